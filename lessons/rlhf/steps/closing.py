"""⑨ The quiz, and ⑩ what was simplified and what this small model cannot do, with sources and the teacher's guide."""

import streamlit as st

from lessons import widgets
from lessons.frame import view
from lessons.rlhf import paper
from lessons.rlhf.steps.scene import LESSON, Scene
from lessons.text import plain


def quiz(scene: Scene) -> None:
    """Draw the quiz."""
    scene.heading("quiz")
    widgets.quiz(scene.say, LESSON, scene.say.lang, lambda anchor: scene.text[anchor].title)


def limits(scene: Scene) -> None:
    """Draw the limits, the sources and the guide."""
    say, card = scene.say, scene.card
    scene.heading("limits")
    shape = {"parameters": f"{card.parameters / 1e6:,.1f}", "layers": card.layers, "heads": card.heads}
    st.info(plain(say("limits_model", **shape, vocabulary=f"{card.vocabulary:,}")))
    scene.heading("sources")
    widgets.guide(say, LESSON)
    if "guide" not in view.hidden():
        st.download_button(
            say("paper_offer"),
            paper.sheet(say.lang),
            f"kotori-rlhf-ranking-{say.lang}.html",
            "text/html",
            on_click="ignore",
            icon=":material/print:",
            key="limits:paper",
        )
