"""⑦ What goes wrong: three experiments, each with a guess before it and a button that runs it."""

from collections.abc import Callable

import streamlit as st

from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.steps.wrong_few import few
from lessons.rlhf.steps.wrong_groups import two_groups
from lessons.rlhf.steps.wrong_hacking import hacking

HACKING = "hacking"
EXPERIMENTS: dict[str, Callable[[Scene], None]] = {HACKING: hacking, "few": few, "groups": two_groups}
DEFAULTS = {
    "wx": HACKING,  # which experiment,
    "wh": "0",  # which of the recorded trainings without a brake,
    "wr": "easy",  # whose few rankings,
    "we": "10",  # how often these are wrong (percent),
    "wg": "short",  # what the first of two groups likes,
    "ws": "50",  # and how many of the people are in it (percent)
}


def wrong(scene: Scene) -> None:
    """Draw the step."""
    say, state = scene.say, scene.state
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("wrong")
    with right:
        state.pick("wx", list(EXPERIMENTS))
        st.radio(
            say("wrong_which"),
            list(EXPERIMENTS),
            format_func=lambda one: say(f"wrong_{one}"),
            captions=[say(f"wrong_{one}_about") for one in EXPERIMENTS],
            key=state.widget("wx"),
            on_change=state.taken,
            args=("wx",),
        )
    st.divider()
    EXPERIMENTS[state["wx"]](scene)
