"""⑨ The quiz, ⑩ what was simplified and what the model gets wrong, sources and the teacher's guide."""

import streamlit as st

from lessons import widgets
from lessons.text import plain
from lessons.transformer.playback import recorded
from lessons.transformer.steps.scene import Scene


def quiz(scene: Scene) -> None:
    """⑨ The questions."""
    scene.heading("quiz")
    widgets.quiz(scene.say, "transformer", scene.say.lang, lambda anchor: scene.text[anchor].title)


def limits(scene: Scene) -> None:
    """⑩ What was simplified, what the model gets wrong, sources, the teacher's guide."""
    scene.heading("limits")
    _model(scene)
    _wrong(scene)
    scene.heading("sources")
    widgets.guide(scene.say, "transformer")


def _model(scene: Scene) -> None:
    """Say how large the model is and how well it does, as its card has it."""
    say, card = scene.say, scene.card
    shape = {"parameters": f"{card.parameters / 1e6:,.1f}", "layers": card.layers, "heads": card.heads}
    st.info(plain(say("limits_model", **shape, width=card.hidden, vocabulary=f"{card.vocabulary:,}")))
    found = card.scores.get("conversion", {}).get("systems", {})
    if card.name in found and "frequency" in found:
        own, counted = found[card.name], found["frequency"]
        facts = {"exact": f"{own['exact']:.1%}", "sentences": own["sentences"], "counted": f"{counted['exact']:.1%}"}
        st.info(plain(say("limits_scores", **facts)))
        st.caption(f"`python -m core.training.evaluate {card.name}`")


def _wrong(scene: Scene) -> None:
    """Show sentences that the model does not write as they were meant, as they were recorded."""
    say = scene.say
    wrong = [one for one in recorded().conversions if one[1] != one[2]]
    if not wrong:
        return
    st.markdown(f"**{say('wrong_title')}**")
    widgets.badge(say, False, recorded().command)
    rows = [(text, [expected, written]) for text, expected, written in wrong]
    st.markdown(widgets.markdown_table([say("column_expected"), say("column_written")], rows))
