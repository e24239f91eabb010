"""クラス: a room of a class. Join it, or open it and teach."""

import streamlit as st

from core.errors import CoreError
from lessons import furigana, widgets
from lessons.classroom import bars, desk, entrance, learner, seats
from lessons.frame import view
from lessons.frame.around import around
from lessons.menu import language_of_page
from lessons.registry import references
from lessons.state import PageState
from lessons.text import Strings, plain, sections

lang = language_of_page()
say = Strings("classroom", lang)
text = sections("classroom", lang)
state = PageState("classroom", {"room": ""}, limit=entrance.LONGEST_CODE)


def draw() -> None:
    """Draw what belongs to where the session sits."""
    here = seats.seat()
    if here is not None:
        try:
            seats.settle(here)
        except CoreError as error:
            st.error(plain(error.message(lang)), icon=":material/info:")
            here = seats.seat()
    if here is None:
        entrance.draw(say, state)
    elif here.role == "teacher":
        desk.draw(here, lang)
    else:
        learner.draw(lang)


if not view.presenting():
    st.title(next(page.title[lang] for page in references() if page.id == "classroom"))
st.html(bars.STYLE)
draw()
sitting = seats.seat()
if not view.presenting() and (sitting is None or sitting.role == "teacher"):
    furigana.section(text["about"], "about")
    furigana.section(text["keeps"], "keeps")
    widgets.guide(say, "classroom")
around(lang, state)
