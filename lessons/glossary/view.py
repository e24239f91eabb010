"""The glossary on the page: the search, the word that a link has opened, and the list."""

from collections.abc import Sequence

import streamlit as st

from lessons import widgets
from lessons.glossary import cards
from lessons.glossary.terms import Term, by_lesson, by_reading, search, term, terms
from lessons.registry import Entry, lessons
from lessons.state import PageState
from lessons.text import Strings, plain

BY_LESSON, BY_READING = ORDERS = ("lesson", "reading")
DEFAULTS = {"t": "", "q": "", "by": BY_LESSON}
LONGEST = 60  # characters of a query
COLUMNS = 2


def controls(state: PageState, say: Strings) -> None:
    """Draw the search box and the choice of the order."""
    left, right = st.columns([5, 4], vertical_alignment="bottom")

    def taken() -> None:
        state.taken("q")
        state.set("t", "")

    def ordered() -> None:
        state.set("by", st.session_state[key] or state["by"])

    with left:
        state.set("q", state["q"][:LONGEST])
        st.text_input(
            say("search"),
            key=state.widget("q"),
            on_change=taken,
            max_chars=LONGEST,
            placeholder=say("search_example"),
            icon=":material/search:",
        )
    with right:
        state.pick("by", list(ORDERS))
        key = state.widget("by")
        st.segmented_control(
            say("order"), ORDERS, format_func=lambda order: say(f"order_{order}"), key=key, on_change=ordered
        )


def opened(state: PageState, say: Strings) -> None:
    """Draw the word that the link names, large, with the words close to it as buttons; nothing for an unknown one."""
    one = term(state["t"])
    if one is None:
        state.set("t", "")
        return
    with st.container(border=True):
        st.html(cards.STYLE + cards.entry(one, say, large=True))
        cards.link(one, say)
        with st.container(horizontal=True, vertical_alignment="center"):
            for name in one.see:
                other = term(name)
                if other is not None:
                    st.button(other.name[say.lang], on_click=state.set, args=("t", name), key=f"see:{name}")
            st.button(
                say("close"), on_click=state.set, args=("t", ""), key="close", type="tertiary", icon=":material/close:"
            )


def listed(state: PageState, say: Strings) -> None:
    """Draw the words that the search finds, or all of them in the chosen order."""
    query = state["q"].strip()
    found = search(query)
    if not found:
        st.info(say("nothing", query=plain(query)), icon=":material/info:")
        return
    st.html(cards.STYLE)
    if query:
        st.caption(say("found", count=len(found)))
        _group(found, found, say)
        return
    st.caption(say("all", count=len(terms())))
    if state["by"] == BY_READING:
        for letter, words in by_reading(found, say.lang):
            _group(words, found, say, letter)
        return
    for page, words in by_lesson(found):
        _group(words, found, say, _title(page, say.lang))


def _title(page: Entry, lang: str) -> str:
    numbers = {lesson.id: f"{number}. " for number, lesson in enumerate(lessons(), 1)}
    return numbers.get(page.id, "") + page.title[lang]


def _group(words: Sequence[Term], found: Sequence[Term], say: Strings, title: str = "") -> None:
    """Draw some words in columns, under a heading."""
    shown = {one.id for one in found}
    if title:
        st.markdown(f"#### {plain(title)}")
    half = -(-len(words) // COLUMNS)
    for number, column in enumerate(st.columns(COLUMNS, gap="medium")):
        with column:
            for one in words[number * half : (number + 1) * half]:
                with st.container(border=True, gap=None):
                    st.html(cards.entry(one, say, shown, anchored=True))
                    cards.link(one, say)


def draw(lang: str) -> PageState:
    """Draw the glossary; return the state of the page."""
    state, say = PageState("glossary", DEFAULTS), Strings("glossary", lang)
    with widgets.told(lang):
        controls(state, say)
        opened(state, say)
        listed(state, say)
    return state
