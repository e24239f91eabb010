"""For whoever is in no room: join one with a code and a nickname, or open one."""

import streamlit as st

from core.classroom.nicknames import LONGEST
from lessons import furigana, widgets
from lessons.classroom import seats
from lessons.state import PageState
from lessons.text import Strings, sections

LONGEST_CODE, LONGEST_KEY = 20, 40  # characters that can be typed


def draw(say: Strings, state: PageState) -> None:
    """Draw the two cards. `state`: holds the code of the link."""
    if st.session_state.get(seats.ENDED):
        st.info(say("room_gone"), icon=":material/door_front:")
    with widgets.told(say.lang):
        seats.tell()
    left, right = st.columns(2, gap="large")
    with left, st.container(border=True):
        furigana.section(sections("classroom", say.lang)["join"], "join")
        _join(say, state)
    with right, st.container(border=True):
        furigana.section(sections("classroom", say.lang)["open"], "open")
        st.button(
            say("open_room"),
            on_click=seats.attempt,
            args=(seats.open_room,),
            key="class:open",
            icon=":material/add_home:",
        )
        with st.expander(say("enter_open")):
            _enter(say, state)


def _join(say: Strings, state: PageState) -> None:
    def join() -> None:
        code, nickname = st.session_state["class:code"], st.session_state["class:nickname"]
        state.set("room", code)
        seats.trying(lambda: seats.join(code, nickname))

    with st.form("class:join", border=False):
        st.text_input(say("code_label"), state["room"], LONGEST_CODE, key="class:code", placeholder="CFH-JKM")
        st.text_input(say("nickname_label"), max_chars=LONGEST, key="class:nickname", help=say("nickname_help"))
        st.form_submit_button(
            say("join_room"), on_click=join, type="primary", icon=":material/login:", key="class:join:do"
        )


def _enter(say: Strings, state: PageState) -> None:
    def enter() -> None:
        code, key = st.session_state["class:teach:code"], st.session_state["class:teach:key"]
        seats.trying(lambda: seats.teach(code, key))

    with st.form("class:teach", border=False):
        st.text_input(say("code_label"), state["room"], LONGEST_CODE, key="class:teach:code")
        st.text_input(say("key_label"), max_chars=LONGEST_KEY, key="class:teach:key", type="password")
        st.form_submit_button(say("enter_room"), on_click=enter, key="class:teach:do")
