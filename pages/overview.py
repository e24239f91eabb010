"""全体像: what this is, how to use it, and the road of lessons."""

import streamlit as st

from lessons import live
from lessons.menu import language_of_page
from lessons.registry import Lesson, lessons, references
from lessons.text import Strings, sections

COLUMNS = 3

lang = language_of_page()
text = sections("overview", lang)
say = Strings("self_attention", lang)


def card(number: int, lesson: Lesson) -> None:
    """Draw one lesson of the road."""
    with st.container(border=True, height="stretch"):
        st.badge(say("lesson_ready") if lesson.ready else say("coming_soon"), color="green" if lesson.ready else "gray")
        st.markdown(f"**{number}. {lesson.title[lang]}**")
        st.caption(lesson.summary[lang])
        if lesson.ready and lesson.id != "overview":
            st.page_link(lesson.page, label=say("start_lesson"), icon=":material/play_arrow:")


st.title("大規模言語モデル概観" if lang == "ja" else "Large Language Models, Hands On")
for anchor in ("welcome", "how"):
    st.subheader(text[anchor].title, anchor=anchor)
    st.markdown(text[anchor].body)

st.subheader(text["road"].title, anchor="road")
st.markdown(text["road"].body)
road = list(enumerate(lessons(), 1))
for start in range(0, len(road), COLUMNS):
    for column, (number, lesson) in zip(st.columns(COLUMNS), road[start : start + COLUMNS], strict=False):
        with column:
            card(number, lesson)

st.subheader(text["reference"].title, anchor="reference")
st.markdown(text["reference"].body)
for reference in references():
    with st.container(border=True):
        st.page_link(reference.page, label=reference.title[lang], icon=":material/menu_book:")
        st.caption(reference.summary[lang])

live.model("encoder")  # begins to load behind the page
