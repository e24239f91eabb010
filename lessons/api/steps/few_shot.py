"""⑨ Examples as messages: pairs of user and assistant before the question, and how often the model follows them."""

import streamlit as st

from core.intervals import wilson
from lessons import widgets
from lessons.api import figures
from lessons.api.cases import SHOTS, Habit, Measured, habits, measured, shown
from lessons.api.lab import COMMAND, LiveLab, recorded
from lessons.api.refusals import Refused
from lessons.api.steps.scene import Scene, program, refused
from lessons.scenes import NOT_GUESSED, guessed
from lessons.text import plain

RESULTS = "few_shot"
WAYS = ("most", "some", "same")
LEAST = 0.08  # more than this share of answers counts as a change


class _Unknown(Exception):
    """An answer that was not recorded."""


def few_shot(scene: Scene) -> None:
    """Draw the step."""
    say, known = scene.say, habits()
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("few_shot")
        habit = known[
            widgets.choose_one(say("habit_label"), scene.state, "h", list(known), lambda one: known[one].name[say.lang])
        ]
    with right:
        program(scene, shown(habit, max(SHOTS), habit.asked[0][0]))
        guess = guessed(
            scene, f"few_shot:{habit.id}", say("habit_ask", shots=max(SHOTS)), [say(f"habit_way_{one}") for one in WAYS]
        )
    if guess is not None:
        _measured(scene, habit, guess)


def way(found: list[Measured]) -> int:
    """Return which of WAYS the answers went, from no examples to most."""
    first, last = (one.right / len(one.answers) for one in (found[0], found[-1]))
    if last > 0.5:
        return 0
    return 1 if last - first > LEAST else 2


def _measured(scene: Scene, habit: Habit, guess: int) -> None:
    say, lab = scene.say, scene.live
    if (
        st.button(
            say("habit_run", calls=len(SHOTS) * len(habit.asked)),
            key="few_shot:do",
            icon=":material/play_arrow:",
            type="primary",
            disabled=lab is None,
        )
        and lab is not None
    ):
        with st.spinner(say("asking")):
            scene.kept.setdefault(RESULTS, {})[habit.id] = _live(scene, lab, habit)
    found: list[Measured] | Refused | None = scene.kept.get(RESULTS, {}).get(habit.id)
    if isinstance(found, Refused):
        refused(scene, found)
        return
    widgets.badge(say, found is not None, COMMAND)
    if found is None:
        found = _recorded(habit)
    else:
        scene.did("few_shot")
    if found:
        _drawn(scene, habit, found, guess)


def _live(scene: Scene, lab: LiveLab, habit: Habit) -> list[Measured] | Refused:
    try:
        return [measured(habit, shots, lambda request: scene.ask(lab, "few_shot", request).text) for shots in SHOTS]
    except Refused as error:
        return error


def _recorded(habit: Habit) -> list[Measured]:
    """Return the recorded answers; none if they are not all there."""

    def text(request: dict[str, object]) -> str:
        found = recorded().known(request)
        if found is None:
            raise _Unknown
        return found.text

    try:
        return [measured(habit, shots, text) for shots in SHOTS]
    except _Unknown:
        return []


def _drawn(scene: Scene, habit: Habit, found: list[Measured], guess: int) -> None:
    say = scene.say
    left, right = st.columns([6, 5], gap="large")
    names = [say("habit_shots", shots=one.shots) for one in found]
    values = [one.right / len(one.answers) for one in found]
    ranges = [wilson(one.right, len(one.answers)) for one in found]
    alt = "; ".join(f"{name}: {value:.0%}" for name, value in zip(names, values, strict=True))
    with left:
        chart = figures.shares(names, values, axis=say("habit_axis"), ranges=ranges)
        widgets.figure(chart, f"few_shot:{habit.id}", alt)
    with right:
        right_way = way(found)
        told = say(
            "habit_told", first=found[0].right, last=found[-1].right, total=len(found[0].answers), shots=max(SHOTS)
        )
        if guess == NOT_GUESSED:
            st.info(told)
        elif guess == right_way:
            st.success(f"{say('guess_right')} {told}")
        else:
            st.warning(f"{say('guess_wrong', guess=say(f'habit_way_{WAYS[guess]}'))} {told}")
        st.caption(say("habit_small"))
    rows = []
    for place, (said, right_answer) in enumerate(habit.asked):
        cells = [
            ("○ " if habit.fits(one.answers[place][1], right_answer) else "") + one.answers[place][1] for one in found
        ]
        rows.append((said, cells))
    st.markdown(widgets.markdown_table(names, rows))
    st.caption(plain(say("habit_mark")))
