"""What the reader has used in this session, and in which step of which lesson."""

import streamlit as st

CLICK = "click"  # a cell or bar of a figure
_AT, _TOUCHED = "touched:at", "touched"


def at(lesson: str, step: str) -> None:
    """Note where the reader is: what they touch belongs to this step."""
    st.session_state[_AT] = (lesson, step)


def touch(name: str) -> None:
    """Note that the reader has used a widget, or clicked a figure (CLICK)."""
    if _AT in st.session_state:
        st.session_state.setdefault(_TOUCHED, set()).add((*st.session_state[_AT], name))


def was_touched(lesson: str, step: str, name: str) -> bool:
    """Say whether the reader has used it in this step."""
    return (lesson, step, name) in st.session_state.get(_TOUCHED, ())
