"""The menu of the app, made from the registry of lessons."""

from typing import Any

import streamlit as st

from lessons.registry import lessons


def menu(lang: str) -> Any:
    """Draw the menu; return the page that was asked for."""
    return st.navigation(
        [
            st.Page(lesson.page, title=lesson.title[lang], url_path=lesson.id, default=lesson.id == "overview")
            for lesson in lessons()
            if lesson.ready
        ]
    )


def language_of_page() -> str:
    """Return the language that app.py has set; every page begins with this call.

    When a page's address is the first that is opened after the server's start, Streamlit runs the page's file alone,
    because it has not met `st.navigation` yet. Then the menu is made known and the run starts again, through app.py.
    """
    if "lang" not in st.session_state:
        menu("ja")
        st.rerun()
    return str(st.session_state["lang"])
