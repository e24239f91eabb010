"""What a page without steps has of the frame: the link to the view, the way out of the projector view, the progress."""

import streamlit as st

from lessons.frame import view
from lessons.frame.browser import browser
from lessons.frame.links import share_link
from lessons.frame.walk import LEAVE
from lessons.state import PageState
from lessons.text import Strings


def around(lang: str, state: PageState | None = None) -> None:
    """Draw it below the page, and show the state of the page, if it has one, in the address bar."""
    if view.presenting():
        st.button(Strings("frame", lang)("present_leave"), on_click=_pressed, args=(LEAVE,), key="present:leave")
    elif state is not None:
        share_link(state, lang)
    browser(lang, _pressed)
    if state is not None:
        state.publish()
    if view.presenting() != st.session_state.get("view:drawn", False):
        st.rerun()  # the menu and the size of the type belong to the whole page


def _pressed(key: str) -> None:
    if key == LEAVE:
        view.put(view.PRESENT, "")
