"""The part of the frame that runs in the browser: it keeps the progress there, across visits and tabs, listens to the
arrow keys, and tells the browser the page's language."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from lessons import progress
from lessons.components import sent
from lessons.frame import view

SCRIPT = Path(__file__).with_suffix(".js")
KEY, FORGOTTEN = "frame:browser", "progress:forgotten"


@cache
def _component() -> Any:
    return st.components.v2.component("kotori_frame", js=SCRIPT.read_text(encoding="utf-8"))


def browser(lang: str, on_key: Callable[[str], None] | None = None) -> None:
    """Draw the invisible part; `on_key` is called with "next", "back" or "leave" when such a key was pressed."""

    def stored() -> None:
        progress.take(sent(KEY, "stored") or ())

    def forgotten() -> None:
        progress.done().clear()  # in another tab

    def pressed() -> None:
        key = sent(KEY, "key")
        if key and on_key is not None:
            on_key(str(key))

    data = {
        "lang": lang,
        "present": view.presenting(),
        "done": sorted(progress.done()),
        "forgotten": st.session_state.get(FORGOTTEN, 0),
    }
    told = {"on_stored_change": stored, "on_key_change": pressed, "on_era_change": forgotten}
    with st.container(key="kotori-browser"):
        _component()(key=KEY, data=data, default={"stored": [], "era": ""}, **told)


def forget() -> None:
    """Forget the progress, here and in the browser."""
    progress.done().clear()
    st.session_state[FORGOTTEN] = st.session_state.get(FORGOTTEN, 0) + 1
