"""The link that reopens a view, as it is or with parts left out."""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from lessons.frame import view
from lessons.state import PageState
from lessons.text import Strings


def share_link(state: PageState, lang: str, parts: Mapping[str, str] | None = None) -> None:
    """Offer the link in a popover. `parts`: what it may leave out, by name, as the reader knows it."""
    say = Strings("frame", lang)
    with st.popover(say("share_link"), icon=":material/link:"):
        st.caption(say("share_link_help"))
        wanted = {**state.link(), **view.link()}
        if parts:
            hidden = st.multiselect(say("link_hide"), list(parts), format_func=parts.__getitem__, key="link:hide")
            if hidden:
                wanted[view.HIDE] = ".".join(hidden)
            if st.toggle(say("link_present"), key="link:present"):
                wanted[view.PRESENT] = view.ON
        address = (st.context.url or "").split("?")[0]
        st.code(address + "?" + urlencode(wanted), language=None, wrap_lines=True)
