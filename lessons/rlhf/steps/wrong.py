"""⑦ What goes wrong: three experiments, each with a guess before it and a button that runs it."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from lessons.rlhf.steps import wrong_few, wrong_groups, wrong_hacking
from lessons.rlhf.steps.scene import Scene


class Experiment(NamedTuple):
    """`ask` says what is done and returns the reader's guess, None while it is open; `show` runs it."""

    ask: Callable[[Scene], int | None]
    show: Callable[[Scene, int], None]


HACKING = "hacking"
EXPERIMENTS = {
    HACKING: Experiment(wrong_hacking.ask, wrong_hacking.show),
    "few": Experiment(wrong_few.ask, wrong_few.show),
    "groups": Experiment(wrong_groups.ask, wrong_groups.show),
}
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
            key=state.widget("wx"),
            on_change=state.taken,
            args=("wx",),
            horizontal=True,
        )
        experiment = EXPERIMENTS[state["wx"]]
        guess = experiment.ask(scene)
    if guess is not None:
        st.divider()
        experiment.show(scene, guess)
