"""③ The reader ranks four answers, blind, again and again; simulated people may do it, too."""

import streamlit as st

from lessons import widgets
from lessons.rlhf.steps.desk import choosing, desk, told
from lessons.rlhf.steps.files import files
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.steps.simulated import simulated


def rank(scene: Scene) -> None:
    """Draw the step."""
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("rank")
        told(scene)
    with right:
        choosing(scene)
        with widgets.told(scene.say.lang, scene.say("error_prefix")):
            desk(scene)
    simulated(scene)
    files(scene)
