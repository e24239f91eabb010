"""The words of a lesson, on the lesson's own page."""

import streamlit as st

from lessons.glossary import cards
from lessons.glossary.terms import of_lesson
from lessons.registry import references
from lessons.text import Strings

PAGE = "glossary"


def terms(lesson: str, lang: str) -> None:
    """Draw a popover with the words of a lesson and the way to the glossary; nothing where it has none."""
    words, say = of_lesson(lesson), Strings(PAGE, lang)
    if not words:
        return
    page = next(page for page in references() if page.id == PAGE)
    with st.popover(say("words_here"), icon=":material/dictionary:"):
        st.html(cards.STYLE + "".join(cards.entry(one, say) for one in words))
        st.page_link(page.page, label=say("all_words"), icon=":material/menu_book:")
