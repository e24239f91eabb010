"""全体像: the question of the course, the map and the road of its lessons, and how large models are."""

import streamlit as st

from lessons import furigana
from lessons.frame.around import around
from lessons.menu import language_of_page
from lessons.overview import compare, opening, road
from lessons.registry import references
from lessons.text import Strings, sections

lang = language_of_page()
text = sections("overview", lang)
say = Strings("overview", lang)


def heading(anchor: str) -> None:
    furigana.section(text[anchor], anchor)


st.title(say("title"))
left, right = st.columns([5, 6], gap="large")
with left:
    heading("welcome")
with right:
    opening.draw(say)
heading("made")
road.draw_map(say)
heading("road")
road.draw_cards(say)
heading("sizes")
compare.draw(say)
heading("how")
heading("reference")
for reference in references():
    with st.container(border=True):
        st.page_link(reference.page, label=reference.title[lang], icon=":material/menu_book:")
        st.caption(reference.summary[lang])

around(lang)
