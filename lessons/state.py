"""The state of a page: kept for the session, mirrored in the URL, restored from a link.

Streamlit forgets a widget that is not drawn; the state does not. A widget is drawn with the key of `widget()` and
its value put back with `set()`; `publish()` writes what differs from the defaults into the URL.
"""

from collections.abc import Mapping

import streamlit as st

from lessons.frame import touched, view

_AT, _ENTERED = "state:at", "state:entered"


def enter(page: str) -> None:
    """Note which page is drawn: what its address says counts when the reader comes to it from another page."""
    if st.session_state.get(_AT) != page:
        st.session_state.update({_AT: page, _ENTERED: True})


class PageState:
    """Named strings with defaults. Everything is a string, as in a URL; the page checks what it means.

    `opened`: the values that the page was opened with.
    """

    def __init__(self, page: str, defaults: Mapping[str, str], limit: int = 2000) -> None:
        self.page, self.defaults, self.limit = page, dict(defaults), limit
        key = f"state:{page}"
        entered = st.session_state.pop(_ENTERED, False)
        if entered or key not in st.session_state:
            given = {name: st.query_params[name][:limit] for name in defaults if name in st.query_params}
            st.session_state[key] = {**self.defaults, **st.session_state.get(key, {}), **given}
            st.session_state[f"{key}:opened"] = dict(st.session_state[key])
        self._values: dict[str, str] = st.session_state[key]
        self.opened: dict[str, str] = st.session_state[f"{key}:opened"]

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def set(self, name: str, value: str) -> None:
        self._values[name] = value

    def pick(self, name: str, options: list[str]) -> str:
        """Return the value if it is one of the options, else the default if that is, else the first option."""
        value = self._values[name]
        if value not in options:
            value = self.defaults[name] if self.defaults[name] in options else options[0]
            self._values[name] = value
        return value

    def widget(self, name: str) -> str:
        """Return the key for the widget that edits `name`, holding the present value."""
        key = f"{self.page}:{name}"
        st.session_state[key] = self._values[name]
        return key

    def taken(self, name: str) -> None:
        """Callback of a widget: take its value into the state."""
        touched.touch(name)
        self._values[name] = str(st.session_state[f"{self.page}:{name}"])

    def link(self) -> dict[str, str]:
        """Return the parameters of a link to this very view; a value over the limit is cut off, as when it is read."""
        return {name: value[: self.limit] for name, value in self._values.items() if value != self.defaults[name]}

    def publish(self, **others: str) -> None:
        """Show the state and the view in the address bar."""
        wanted = {**self.link(), **view.link(), **others}
        if dict(st.query_params) != wanted:
            st.query_params.from_dict(wanted)
