"""⑦ The quiz, ⑧ what was simplified, sources and the teacher's guide."""

import streamlit as st

from lessons import widgets
from lessons.text import sections
from lessons.tokens.steps.scene import Scene


def quiz(scene: Scene) -> None:
    """⑦ Five questions."""
    scene.heading("quiz")
    widgets.quiz(scene.say, "tokens", scene.say.lang, lambda anchor: scene.text[anchor].title)


def limits(scene: Scene) -> None:
    """⑧ What was simplified, sources, the teacher's guide."""
    scene.heading("limits")
    scene.heading("sources")
    with st.expander(scene.say("teacher_guide"), icon=":material/school:"):
        for section in sections("tokens", scene.say.lang, "guide").values():
            st.markdown(f"#### {section.title}\n\n{section.body}")
