"""⑪ The quiz, and ⑫ what our server does not do and what a large model changes, with sources and the teacher's guide."""

import streamlit as st

from lessons import widgets
from lessons.api.steps.scene import LESSON, Scene
from lessons.text import plain


def quiz(scene: Scene) -> None:
    """Draw the quiz."""
    scene.heading("quiz")
    widgets.quiz(scene.say, LESSON, scene.say.lang, lambda anchor: scene.text[anchor].title)


def limits(scene: Scene) -> None:
    """Draw the limits, the sources and the guide."""
    say, card = scene.say, scene.card
    scene.heading("limits")
    facts = {"parameters": f"{card.parameters / 1e6:,.1f}", "context": card.context}
    st.info(plain(say("limits_model", **facts)))
    scene.heading("sources")
    widgets.guide(say, LESSON)
