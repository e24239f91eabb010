"""⑨ The quiz, ⑩ what was simplified, sources and the teacher's guide."""

import streamlit as st

from lessons import widgets
from lessons.bert.steps.scene import Scene
from lessons.text import plain


def quiz(scene: Scene) -> None:
    """⑨ Five questions."""
    scene.heading("quiz")
    widgets.quiz(scene.say, "bert", scene.say.lang, lambda anchor: scene.text[anchor].title)


def _model(scene: Scene) -> None:
    """Say how large the model is and how well it does, as its card has it."""
    say, card = scene.say, scene.card
    shape = {"parameters": f"{card.parameters / 1e6:,.1f}", "layers": card.layers, "heads": card.heads}
    st.info(plain(say("limits_model", **shape, vocabulary=f"{card.vocabulary:,}")))
    hidden = card.scores.get("hidden_words")
    if hidden:
        facts = {"top1": hidden["top1"], "top5": hidden["top5"], "baseline": hidden["baseline_top1"]}
        shown = {name: f"{value:.0%}" for name, value in facts.items()}
        st.info(plain(say("limits_scores", **shown, words=f"{hidden['words']:,}")))
        st.caption(f"`python -m core.training.evaluate {card.name}`")


def limits(scene: Scene) -> None:
    """⑩ What was simplified, sources, the teacher's guide."""
    scene.heading("limits")
    _model(scene)
    scene.heading("sources")
    widgets.guide(scene.say, "bert")
