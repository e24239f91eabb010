"""⑧ The quiz, ⑨ what was simplified, sources and the teacher's guide."""

import streamlit as st

from lessons import widgets
from lessons.few_shot.steps.scene import LESSON, Scene
from lessons.text import plain


def quiz(scene: Scene) -> None:
    """⑧ Six questions."""
    scene.heading("quiz")
    widgets.quiz(scene.say, LESSON, scene.say.lang, lambda anchor: scene.text[anchor].title)


def limits(scene: Scene) -> None:
    """⑨ What was simplified, sources, the teacher's guide."""
    say, card = scene.say, scene.card
    scene.heading("limits")
    shape = {"parameters": f"{card.parameters / 1e6:,.1f}", "layers": card.layers, "heads": card.heads}
    st.info(plain(say("limits_model", **shape, vocabulary=f"{card.vocabulary:,}")))
    scene.heading("sources")
    widgets.guide(say, LESSON)
