"""The menu of the app, made from the registry of pages."""

from typing import Any

import streamlit as st

from lessons.registry import Entry, lessons, references
from lessons.state import enter
from lessons.text import sections


def menu(lang: str) -> Any:
    """Draw the menu, the reference pages under a heading of their own; return the page that was asked for."""

    def page(entry: Entry) -> Any:
        return st.Page(entry.page, title=entry.title[lang], url_path=entry.id, default=entry.id == "overview")

    chosen = st.navigation(
        {
            "": [page(lesson) for lesson in lessons() if lesson.ready],
            sections("overview", lang)["reference"].title: [page(reference) for reference in references()],
        }
    )
    enter(chosen.url_path)
    return chosen


def language_of_page() -> str:
    """Return the language that app.py has set; every page begins with this call.

    When a page's address is the first that is opened after the server's start, Streamlit runs the page's file alone,
    because it has not met `st.navigation` yet. Then the menu is made known and the run starts again, through app.py.
    """
    if "lang" not in st.session_state:
        menu("ja")
        st.rerun()
    return str(st.session_state["lang"])
