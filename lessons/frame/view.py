"""How the pages are shown, beside what they say: for a projector, with parts left out. Kept for the session, and in
the URL so that a link opens the same view."""

import streamlit as st

LIMIT = 300  # characters of one parameter
PRESENT, HIDE, RUBY = NAMES = ("present", "hide", "ruby")
ON = "1"


def get(name: str) -> str:
    """Return a parameter of the view: what was set, or else what the first address of the session said."""
    key = f"view:{name}"
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get(name, "")[:LIMIT]
    return str(st.session_state[key])


def put(name: str, value: str) -> None:
    """Set a parameter of the view."""
    st.session_state[f"view:{name}"] = value


def presenting() -> bool:
    """Say whether the page is shown on a projector: large type, no menu, arrow keys."""
    return get(PRESENT) == ON


def hidden() -> frozenset[str]:
    """Return the names of steps and parts that are left out."""
    return frozenset(get(HIDE).split(".")) - {""}


def link() -> dict[str, str]:
    """Return the parameters of a link to this view, the language among them."""
    lang = str(st.session_state.get("lang", "ja"))
    shown = {name: get(name) for name in NAMES if get(name)}
    return shown if lang == "ja" else {**shown, "lang": lang}
