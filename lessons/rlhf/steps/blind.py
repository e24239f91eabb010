"""⑥ Did it become better? Answers from before and after, side by side, and the reader does not know whose is whose."""

import streamlit as st

from core import runtime
from core.errors import CoreError
from core.rlhf.blind import BlindTest, Choice, Result, blind_test
from core.rlhf.labellers import labeller
from core.rlhf.prompts import test_prompts
from lessons import widgets
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.steps.optimise import nothing_ranked
from lessons.rlhf.steps.optimising import Optimisation, begin, kept_trouble, of_the_session, told, watch, written
from lessons.rlhf.steps.scene import Scene
from lessons.scenes import waiting
from lessons.text import plain

SEED = "blind seed"
BETA, UPDATES = 0.15, 20  # of the training that is offered here
JUDGED = 4  # answers to each prompt that the hidden rule judges
JUDGEMENT = "blind judgement"
CHOICES: dict[Choice, str] = {"left": "1", "same": "2", "right": "3"}  # and the key that makes each
UNDO = "U"  # the key


def blind(scene: Scene) -> None:
    """Draw the step."""
    lab = scene.live
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("blind")
    with right:
        if lab is None:
            waiting(scene)
            return
        made = of_the_session(scene)
        told(scene)
        if made is not None and made.run.look().running:
            watch(scene)
        elif made is None or not made.trainer.done:
            _first(scene, lab)
        else:
            _test(scene, made)
    test = scene.workshop.blind
    if test is not None and test.trials and test.next is None:
        _whose(scene, test)


def _first(scene: Scene, lab: LiveLab) -> None:
    """Say that nothing was trained yet, and offer to do it here."""
    say = scene.say
    if not scene.workshop.log.comparisons:
        nothing_ranked(scene)
        return

    def start() -> None:
        try:
            begin(scene, lab, BETA, UPDATES)
        except CoreError as error:
            kept_trouble(scene, error)

    st.info(say("blind_first"), icon=":material/model_training:")
    st.button(say("blind_train", updates=UPDATES), on_click=start, type="primary", key="blind:train")


def _test(scene: Scene, made: Optimisation) -> None:
    """Draw the next pair, or the result."""
    shop = scene.workshop
    if shop.blind is None:
        seed = int(shop.kept.get(SEED, 0))
        with runtime.slot():
            before, after = (one.sample(test_prompts(), seed) for one in (made.before, made.policy))
        shop.blind = blind_test(before, after, seed + made.number)
    test = shop.blind
    if test.next is None:
        scene.did("blind")
        _result(scene, made, test)
    else:
        _pair(scene, test)


def _pair(scene: Scene, test: BlindTest) -> None:
    say, shop, trial = scene.say, scene.workshop, test.next
    assert trial is not None
    done, total = len(test.choices), len(test.trials)
    st.progress(done / total, text=say("blind_progress", number=done + 1, total=total))
    st.markdown(f"##### {say('asked', prompt=plain(trial.left.prompt))}")

    def choose(choice: Choice) -> None:
        shop.blind = test.choose(choice)

    def undo() -> None:
        shop.blind = test.undo()

    for column, side, answer in zip(st.columns(2), ("left", "right"), (trial.left, trial.right), strict=True):
        with column, st.container(border=True, height=150):
            st.caption(say(f"blind_{side}"))
            st.markdown(plain(written(scene, answer)))
    for column, (choice, key) in zip(st.columns(3), CHOICES.items(), strict=True):
        column.button(
            say(f"choose_{choice}"),
            on_click=choose,
            args=(choice,),
            key=f"blind:{choice}",
            width="stretch",
            shortcut=key,
        )
    st.button(
        say("blind_undo"),
        on_click=undo,
        icon=":material/undo:",
        key="blind:undo",
        disabled=not test.choices,
        shortcut=UNDO,
    )


def _result(scene: Scene, made: Optimisation, test: BlindTest) -> None:
    """Tell the win rate and who was which."""
    say, shop, found = scene.say, scene.workshop, test.result
    if not test.trials:
        st.info(say("blind_identical", total=test.identical), icon=":material/equal:")
    else:
        st.metric(say("blind_rate"), _percent(found.rate), border=True)
        st.markdown(_judged(scene, found))
    if test.identical and test.trials:
        st.caption(say("blind_some_identical", count=test.identical))
    _by_rule(scene, made)

    def again() -> None:
        shop.kept[SEED], shop.blind = int(shop.kept.get(SEED, 0)) + 1, None

    st.button(say("blind_again"), on_click=again, icon=":material/casino:", key="blind:again")


def _whose(scene: Scene, test: BlindTest) -> None:
    """Tell of every pair which answer was whose."""
    say = scene.say
    st.markdown(widgets.markdown_table([say("ppo_before"), say("blind_after")], _rows(scene, test)))
    st.caption(say("blind_chosen"))


def _rows(scene: Scene, test: BlindTest) -> list[tuple[str, list[str]]]:
    rows = []
    for trial, choice in zip(test.trials, test.choices, strict=True):
        after = (choice == "left") == trial.swapped
        marks = ("○ ", "○ ") if choice == "same" else ("", "● ") if after else ("● ", "")
        texts = [mark + written(scene, one) for mark, one in zip(marks, (trial.before, trial.after), strict=True)]
        rows.append((trial.before.prompt, texts))
    return rows


def _judged(scene: Scene, found: Result) -> str:
    """Return what the reader's choices say, and whether chance alone could have made them."""
    say, (low, high) = scene.say, found.interval
    counts = {"wins": found.wins, "losses": found.losses, "same": found.same}
    text = say("blind_told", **counts, low=_percent(low), high=_percent(high))
    return f"{text} {say('blind_unsure' if low <= 0.5 <= high else 'blind_sure')}"


def _percent(share: float) -> str:
    return "–" if share != share else f"{share:.0%}"


def _by_rule(scene: Scene, made: Optimisation) -> None:
    """Tell what the hidden rule says of many more pairs, and how far the policy has gone."""
    say, kept = scene.say, scene.workshop.kept
    about = (made.number, made.trainer.done)
    if kept.get(JUDGEMENT, (None,))[0] != about:
        kept[JUDGEMENT] = (about, _judge(made))
    wins, losses, low, high, kl = kept[JUDGEMENT][1]
    st.caption(say("blind_kl", kl=f"{kl:.1f}"))
    if made.rule:
        rate = _percent(wins / (wins + losses)) if wins + losses else "–"
        facts = {"rule": labeller(made.rule).title[say.lang], "rate": rate, "pairs": wins + losses}
        st.markdown(say("blind_rule", **facts, low=_percent(low), high=_percent(high)))


def _judge(made: Optimisation) -> tuple[int, int, float, float, float]:
    """Return wins and losses by the hidden rule, the interval of the rate, and the KL in nats an answer."""
    from core.rlhf.evaluate import divergence, won

    asked = [prompt for prompt in test_prompts() for _ in range(JUDGED)]
    with runtime.slot():
        before, after = (one.sample(asked, 1) for one in (made.before, made.policy))
        kl = divergence(made.policy, made.before, after)
    if not made.rule:
        return 0, 0, 0.0, 1.0, kl
    found = won(labeller(made.rule), before, after)
    return found.wins, found.losses, *found.interval, kl
