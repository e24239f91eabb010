"""The browser remembers where it sat: its secret, the learner's nickname, the teacher's key. Never in the address."""

import uuid
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from lessons.classroom import seats
from lessons.components import sent
from lessons.text import Strings

SCRIPT = Path(__file__).with_suffix(".js")
KEY, SESSION = "class:keeper", "class:session"


@cache
def _component() -> Any:
    return st.components.v2.component("kotori_class", js=SCRIPT.read_text(encoding="utf-8"))


def keep(wanted: bool, lang: str) -> None:
    """Draw the invisible part. `wanted`: the session needs the browser's secret, as somebody may join here. `lang`: in
    which the browser says that the server cannot be reached."""

    def heard() -> None:
        seats.hear(sent(KEY, "hello"))

    here, say = seats.seat(), Strings("classroom", lang)
    data = {
        "session": st.session_state.setdefault(SESSION, uuid.uuid4().hex),
        "wanted": wanted,
        "heard": seats.SECRET in st.session_state,
        "forgotten": st.session_state.get(seats.FORGOTTEN, 0),
        "keep": {"role": here.role, "code": here.code, "name": here.name} if here is not None else None,
        "cut": {"title": say("cut_title"), "text": say("cut_text")},
    }
    with st.container(key="kotori-class"):
        _component()(key=KEY, data=data, on_hello_change=heard)
