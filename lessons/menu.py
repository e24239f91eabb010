"""The menu of the app, made from the registry of pages."""

from typing import Any

import streamlit as st

from lessons.registry import Entry, lessons, references
from lessons.state import enter
from lessons.text import sections

FIRST, ROOT = "overview", "start"


def menu(lang: str) -> Any:
    """Draw the menu, the reference pages under a heading of their own; return the page that was asked for."""

    def page(entry: Entry) -> Any:
        first = entry.id == FIRST
        return st.Page(entry.page, title=entry.title[lang], url_path=ROOT if first else entry.id, default=first)

    start, *others = [page(lesson) for lesson in lessons() if lesson.ready]

    def to_start() -> None:
        st.switch_page(start, query_params=st.query_params.to_dict())

    # The first page stands at "/" alone: without a page at its own name, /overview would be an unknown address. Streamlit
    # keeps the name of the first page for itself, so it is given another.
    named = st.Page(to_start, title=start.title, url_path=FIRST, visibility="hidden")
    chosen = st.navigation(
        {
            "": [start, *others, named],
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
