"""What the page's own components, those of `st.components.v2`, have sent."""

from typing import Any

import streamlit as st


def sent(key: str, event: str) -> Any:
    """Return what a component sent with an event, for the event's callback.

    None if the component is gone: what is sent while the reader goes to another page is told to the new one, where
    Streamlit 1.67 calls the callback of the old page although it has forgotten the component's state.
    """
    return st.session_state.get(key, {}).get(event)
