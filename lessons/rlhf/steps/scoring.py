"""Any sentence of the reader's before the reward model: its reward, why, and which of two it would prefer."""

import streamlit as st

from core.rlhf.comparisons import Answer
from core.rlhf.features import title
from core.rlhf.prompts import train_prompts
from core.rlhf.reward import Reward
from lessons import widgets
from lessons.rlhf import reward_figures
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.reward_figures import Bar
from lessons.rlhf.steps.fitting import half
from lessons.rlhf.steps.scene import Scene
from lessons.text import plain

REASONS = 6  # that are named, the others are summed up
DEFAULTS = {
    "sp": "",  # a prompt,
    "sa": "",  # the reader's answer to it
    "sb": "",  # and another one
}


def scoring(scene: Scene, lab: LiveLab, found: Reward) -> None:
    """Draw the boxes and what the reward model says of what stands in them."""
    say, state = scene.say, scene.state
    st.markdown(f"##### {say('score_title')}")
    rankings = scene.workshop.log.rankings
    usual = rankings[-1].prompt if rankings else train_prompts()[0]
    _box(scene, "sp", say("score_prompt"), usual)
    left, right = st.columns(2, gap="large")
    prompt = state["sp"].strip() or usual
    answers: list[Answer] = []
    for column, name in ((left, "sa"), (right, "sb")):
        with column:
            _box(scene, name, say(f"score_{name}"), say(f"score_{name}_placeholder"))
            text = state[name].strip()
            if text:
                with widgets.told(say.lang, say("error_prefix")):
                    answer = lab.policy.answer(prompt, text)
                    _scored(scene, found, answer, name)
                    answers.append(answer)
    if len(answers) == 2:
        _preferred(scene, found, *answers)


def _box(scene: Scene, name: str, label: str, placeholder: str) -> None:
    key, state = scene.state.widget(name), scene.state
    st.text_input(label, key=key, on_change=state.taken, args=(name,), placeholder=placeholder)


def _scored(scene: Scene, found: Reward, answer: Answer, name: str) -> None:
    """Show the reward of an answer and what it is made of."""
    say = scene.say
    value, error = float(found.score([answer])[0]), half(float(found.doubt([answer])[0]))
    st.metric(say("score_reward"), f"{value:+.2f}", help=say("score_help"))
    st.caption(say("score_interval", low=f"{value - error:+.2f}", high=f"{value + error:+.2f}"))
    bars = reasons(found, answer, say.lang, say("score_frozen"), say("score_rest"))
    alt = "; ".join(f"{bar.name} {bar.value:+.2f}" for bar in bars)
    widgets.figure(reward_figures.reasons(bars, axis=say("score_axis")), f"score:{name}", alt)
    rows = [(bar.name, [f"{bar.value:+.2f}"]) for bar in bars]
    widgets.table(say, f"score:{name}:table", [say("score_axis")], rows)


def reasons(found: Reward, answer: Answer, lang: str, frozen: str, rest: str) -> list[Bar]:
    """Return what the reward of an answer is made of: the largest parts that can be read, the other ones of these as
    `rest`, and those of the language model as `frozen`."""
    readable = dict(zip(found.features.names, found.features.readable.tolist(), strict=True))
    parts = found.reasons(answer)
    named = [(name, part) for name, part in parts if readable[name]]
    bars = [Bar(title(name, lang), part, 0.0) for name, part in named[:REASONS]]
    return [
        *bars,
        Bar(rest, sum(part for _, part in named[REASONS:]), 0.0),
        Bar(frozen, sum(part for name, part in parts if not readable[name]), 0.0),
    ]


def _preferred(scene: Scene, found: Reward, first: Answer, second: Answer) -> None:
    """Say which of the two it would prefer, and how sure it is."""
    say = scene.say
    if first.key == second.key:
        st.info(say("score_same"))
        return
    sure = found.sureness(first, second)
    better = first if sure.prob >= 0.5 else second
    prob = max(sure.prob, 1 - sure.prob)
    low, high = sure.interval if sure.prob >= 0.5 else (1 - sure.interval[1], 1 - sure.interval[0])
    facts = {"text": better.text, "prob": f"{prob:.0%}", "low": f"{low:.0%}", "high": f"{high:.0%}"}
    name = "score_prefers_unsure" if low < 0.5 else "score_prefers"
    st.info(plain(say(name, **facts)), icon=":material/balance:")
