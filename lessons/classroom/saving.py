"""A file that is made when it is asked for, and handed to the browser with the page.

A download button of Streamlit lays such a file down for the browser to fetch, and takes it away again if a part of the
page is drawn anew in between: at the desk, which is drawn every second, one in eight was never saved.
"""

import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from lessons.classroom import seats

SCRIPT = Path(__file__).with_suffix(".js")


def button(label: str, name: str, make: Callable[[], str], key: str) -> None:
    """Draw a button that saves what `make` returns as CSV; its CoreError is told by `seats.tell`."""

    def take() -> None:
        made: list[str] = []
        if seats.trying(lambda: made.append(make())):
            st.session_state[seats.FILE] = {"number": uuid.uuid4().hex, "name": name, "text": made[0]}

    st.button(label, on_click=take, key=key, icon=":material/download:")
    _component()(key=f"{key}:file", data={"type": "text/csv;charset=utf-8", **st.session_state.get(seats.FILE, {})})


@cache
def _component() -> Any:
    return st.components.v2.component("kotori_class_file", js=SCRIPT.read_text(encoding="utf-8"))
