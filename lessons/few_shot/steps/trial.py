"""One setting of the bench: the prompt letter for letter, the answer, and the same question asked in other ways."""

from collections.abc import Mapping

import streamlit as st

from core.errors import CoreError, UnknownLetters
from core.prompting import Prompt
from lessons import widgets
from lessons.few_shot.lab import Reply
from lessons.few_shot.steps.measured import duration
from lessons.few_shot.steps.scene import RIGHT, WRONG, Scene, badge
from lessons.few_shot.variants import BASE, Setting, changed, variants
from lessons.gpt.figures import percent, word_bars
from lessons.scenes import quoted, waiting
from lessons.text import plain

READERS = ("decoder",)  # of kanji: offered where the model knows none
CARD_HEIGHT = 130  # px of a prompt in a card


def trial(scene: Scene, setting: Setting, key: str, command: str = "") -> None:
    """Draw the prompt of a setting, what the model makes of it, and of the others. `command` makes the answer again."""
    say, prompts = scene.say, variants(setting)
    base = prompts[BASE]
    left, right = st.columns([5, 6], gap="large")
    with left:
        _prompt(scene, base)
    replies: Mapping[str, Reply | None] = {}
    with right:
        try:
            if _wanted(scene, setting, prompts, key):
                first = scene.lab.reply(base, setting.answers)
                if first is None:
                    waiting(scene)
                else:
                    badge(scene, command or f"python -m core next {quoted(base.text)}")
                    _answer(scene, base, first, key)
                    replies = {BASE: first}
        except CoreError as error:
            st.error(plain(say("error_prefix") + error.message(say.lang)), icon=":material/info:")
            if isinstance(error, UnknownLetters):
                _other_reader(scene)
    if replies and len(prompts) > 1:
        _ways(scene, setting, prompts)


def _prompt(scene: Scene, asked: Prompt) -> None:
    say, shots = scene.say, len(asked.examples)
    name = ("zero", "one")[shots] if shots < 2 else "few"
    st.markdown(f"**{say('prompt_title')}** — {say(f'shots_{name}', shots=shots)}")
    st.code(asked.text, language=None, wrap_lines=True)
    lab = scene.live
    if lab is not None:
        facts = {"used": lab.used(asked.text), "letters": len(asked.text)}
        st.caption(say("prompt_size", **facts, limit=lab.limit) if lab.limit else say("prompt_size_open", **facts))


def _wanted(scene: Scene, setting: Setting, prompts: Mapping[str, Prompt], key: str) -> bool:
    """Return whether to ask: at once where that is quick, else when the reader presses the button."""
    lab, base = scene.live, prompts[BASE]
    asked = f"few_shot:asked:{scene.card.name}:{base.text}"
    if lab is None or (lab.limit and lab.used(base.text) > lab.limit):
        return True  # what does not fit is told without waiting
    if lab.is_quick(base, setting.answers, len(prompts)) or asked in st.session_state:
        return True

    def ask() -> None:
        st.session_state[asked] = True

    seconds = lab.seconds(base, setting.answers, len(prompts))
    told = scene.say("trial_slow", time=duration(scene.say, seconds))
    st.info(told, icon=":material/schedule:")
    st.button(scene.say("trial_ask"), on_click=ask, type="primary", key=f"{key}:ask")
    return False


def _answer(scene: Scene, asked: Prompt, reply: Reply, key: str) -> None:
    """Show what was written and how likely the answers are."""
    say = scene.say
    st.markdown(f"### {plain(asked.given)}{plain(asked.format.between.strip() or '→')} :blue[{_written(scene, reply)}]")
    if asked.answer:
        right = reply.text == asked.answer
        told = say("trial_right") if right else plain(say("trial_wrong", answer=asked.answer))
        st.markdown(f"{RIGHT if right else WRONG} {told}")
    if not reply.among:
        return
    words, probs = [word for word, _ in reply.among], [prob for _, prob in reply.among]
    marked = words.index(asked.answer) if asked.answer in words else None
    st.caption(say("trial_among", count=len(words)))
    rows = [(word, [percent(prob)]) for word, prob in reply.among]
    alt = ", ".join(f"{word} {cells[0]}" for word, cells in rows)
    widgets.figure(word_bars(words, probs, marked=marked), f"{key}:bars", alt)
    widgets.table(say, f"{key}:table", [say("column_prob")], rows)


def _written(scene: Scene, reply: Reply) -> str:
    return plain(reply.text) if reply.text else scene.say("wrote_nothing")


def _ways(scene: Scene, setting: Setting, prompts: Mapping[str, Prompt]) -> None:
    """Draw the other ways of asking side by side."""
    say = scene.say
    others = [name for name in prompts if name != BASE]
    st.markdown(f"**{say('ways_title')}**")
    for column, name in zip(st.columns(len(others)), others, strict=True):
        with column, st.container(border=True):
            _way(scene, setting, name, prompts)


def _way(scene: Scene, setting: Setting, name: str, prompts: Mapping[str, Prompt]) -> None:
    say, asked = scene.say, prompts[name]
    st.markdown(f"**{say(f'way_{name}', shots=len(asked.examples))}**")
    st.code(asked.text, language=None, wrap_lines=True, height=CARD_HEIGHT)
    with widgets.told(say.lang):
        reply = scene.lab.reply(asked, setting.answers)
        if reply is None:
            waiting(scene)
            return
        mark = "" if not asked.answer else RIGHT if reply.text == asked.answer else WRONG
        st.markdown(f"→ :blue[{_written(scene, reply)}] {mark}")
        prob = reply.prob(asked.answer)
        if prob is not None:
            st.caption(plain(say("way_prob", answer=asked.answer, prob=percent(prob))))
        others = changed(prompts[BASE].examples, asked.examples) if name == "shuffled" else 0
        if 0 < others < len(asked.examples):
            st.caption(say("way_changed", changed=others))


def _other_reader(scene: Scene) -> None:
    """Offer a model that knows kanji."""
    for name in READERS:
        if name != scene.card.name:
            st.caption(plain(scene.say("trial_other_help", name=name)))
            st.button(
                scene.say("trial_other", name=name),
                on_click=scene.state.set,
                args=("m", name),
                key=f"reader:{name}",
                icon=":material/neurology:",
            )
