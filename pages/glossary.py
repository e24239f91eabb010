"""用語集: the words of the course, searchable, each with the step in which it is done."""

import streamlit as st

from lessons.frame.around import around
from lessons.glossary import view
from lessons.menu import language_of_page
from lessons.registry import references
from lessons.text import sections

lang = language_of_page()


@st.fragment
def glossary() -> None:
    around(lang, view.draw(lang))


st.title(next(page.title[lang] for page in references() if page.id == "glossary"))
st.markdown(sections("glossary", lang)["intro"].body)
glossary()
