"""The moment in the training at which examples begin to help, and the heads' scores beside it."""

import streamlit as st

from core.errors import CoreError
from core.prompting import family
from core.prompting.family import Look
from lessons import widgets
from lessons.few_shot import curves
from lessons.few_shot.steps.measured import pills
from lessons.few_shot.steps.scene import Scene, badge_recorded
from lessons.text import plain

ASKED = ("kana-endings", "kana-rules", "kana-labels")
DEFAULTS = {"hg": ASKED[0], "hs": ""}  # the group of tasks, and the step that is marked
COMMAND = "python -m core.training.fewshot train"
FULL_TABLE = 20  # rows


def moment(scene: Scene, name: str) -> None:
    """Draw how often the model was right at the steps of its training, with the largest score of a head."""
    say = scene.say
    st.markdown(f"##### {say('moment_title')}")
    try:
        looks = family.looks(name)
    except CoreError:
        st.info(say("looks_missing"), icon=":material/pending:")
        return
    badge_recorded(scene, COMMAND)
    task = pills(scene, say("group_label"), "hg", ASKED, lambda one: say(f"group_{one.removeprefix('kana-')}"))
    looks = _once(looks)
    at = _chosen(scene, looks)
    shots = sorted(looks[0].right[task])
    lines = [(say("column_shots", shots=count), [look.right[task][count] for look in looks]) for count in shots]
    steps, scores = [look.step for look in looks], [_best(look) for look in looks]
    axes = say("axis_step"), say("axis_accuracy"), say("axis_score")
    chart = curves.course(steps, lines, scores, axes=axes, at=at)
    here = looks[at]
    said = say("list_comma").join(
        say("moment_share", shots=count, share=f"{here.right[task][count]:.0%}") for count in shots
    )
    told = say("moment_told", step=f"{here.step:,}", shares=said, score=f"{_best(here):.2f}")
    widgets.figure(chart, "heads:moment", told)
    st.markdown(plain(told))
    st.caption(say("moment_help"))
    some = looks[:: max(1, len(looks) // FULL_TABLE)]
    rows = [
        (f"{look.step:,}", [*(f"{look.right[task][count]:.0%}" for count in shots), f"{_best(look):.2f}"])
        for look in some
    ]
    widgets.table(say, "heads:moment:table", [*(name for name, _ in lines), say("axis_score")], rows)


def _once(looks: tuple[Look, ...]) -> tuple[Look, ...]:
    """Return the looks without one that comes a step before the last."""
    return tuple(
        look for place, look in enumerate(looks) if place == len(looks) - 1 or looks[place + 1].step > look.step + 1
    )


def _best(look: Look) -> float:
    return max(score for layer in look.heads for score in layer)


def _chosen(scene: Scene, looks: tuple[Look, ...]) -> int:
    """Draw the slider over the looks; return the number of the chosen one."""
    state, key = scene.state, f"{scene.state.page}:hs"
    steps = [str(look.step) for look in looks]
    if state["hs"] not in steps:
        state.set("hs", steps[len(steps) // 4])
    st.session_state[key] = state["hs"]

    def taken() -> None:
        state.taken("hs")

    st.select_slider(
        scene.say("moment_slider"), steps, format_func=lambda step: f"{int(step):,}", key=key, on_change=taken
    )
    return steps.index(state["hs"])
