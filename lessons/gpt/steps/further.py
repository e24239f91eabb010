"""⑨ The quiz, ⑩ what was simplified, sources and the teacher's guide."""

import streamlit as st

from lessons import widgets
from lessons.gpt.steps.scene import Scene
from lessons.text import plain


def quiz(scene: Scene) -> None:
    """⑨ Five questions."""
    scene.heading("quiz")
    widgets.quiz(scene.say, "gpt", scene.say.lang, lambda anchor: scene.text[anchor].title)


def _model(scene: Scene) -> None:
    """Say how large the model is and how well it does, as its card has it."""
    say, card = scene.say, scene.card
    shape = {"parameters": f"{card.parameters / 1e6:,.1f}", "layers": card.layers, "heads": card.heads}
    st.info(plain(say("limits_model", **shape, vocabulary=f"{card.vocabulary:,}")))
    bits = card.scores.get("bits_per_character")
    if bits:
        st.info(plain(say("limits_scores", bits=f"{bits['value']:.2f}", baseline=f"{bits['baseline']:.2f}")))
        st.caption(f"`python -m core.training.evaluate {card.name}`")


def limits(scene: Scene) -> None:
    """⑩ What was simplified, sources, the teacher's guide."""
    scene.heading("limits")
    _model(scene)
    scene.heading("sources")
    widgets.guide(scene.say, "gpt")
