"""Where the teacher brings the class, and how a session goes there.

A place with a step is that step of a lesson, in which everybody keeps their own sentence. A place without one is the
teacher's view: whoever goes there opens the link to it. A place bears the time at which it was chosen, so that the
class can be brought to the same place again.
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from core.classroom import Place, View
from lessons import progress
from lessons.classroom.office import PAGE
from lessons.classroom.seats import Seat
from lessons.frame import view as frame
from lessons.registry import Entry, pages
from lessons.text import Strings, toml

SCRIPT = Path(__file__).with_suffix(".js")
LINK, KEY, GOING = "kotori-go", "kotori-go:go", "class:going"
AT = "_at"  # a parameter of a place that is no part of the address
MOST_TRIES = 8  # to bring a session to a place, one every 1.5 or 2 s
OWN = (*frame.NAMES, "lang", "room")  # parameters that everybody has for themselves
Mark = tuple[Place | None, int]  # where the teacher has brought a learner, and the question that called last


@dataclass(frozen=True)
class Going:
    """A place that the browser is to open, and its page. `mark`: what a learner has followed once there, None if they go
    by themselves; `number`: of this call; `tried`: how often it was drawn."""

    place: Place
    entry: Entry
    mark: Mark | None
    number: str
    tried: int = 0


def steps(page: str) -> list[str]:
    """Return the steps of a page that the class can be brought to."""
    return [] if page == "overview" else list(progress.tasks(page))  # all steps of the overview stand on one page


def step_of(page: str, step: str) -> Place:
    """Return a step of a lesson as a place."""
    return Place(page, step, {} | _now())


def view_of(page: str, link: Mapping[str, str]) -> Place:
    """Return what the teacher sees as a place: the page with what its address says."""
    return Place(page, "", {name: value for name, value in link.items() if name not in OWN} | _now())


def _now() -> dict[str, str]:
    return {AT: f"{time.time():.3f}"}


def since(place: Place) -> float:
    """Return when the class was brought there (s since 1970)."""
    try:
        return float(place.params.get(AT, 0))
    except ValueError:
        return 0.0


def entry_of(place: Place) -> Entry | None:
    """Return the page of a place, None if this version of the app has no such page."""
    return next((page for page in pages() if page.id == place.page), None)


def name_of(place: Place, lang: str) -> str:
    """Return how a place is called: "GPT 次の単語 — ② 次の語"."""
    entry = entry_of(place)
    step = place.step or place.params.get("step", "")
    known = Strings(place.page, lang)(f"step_{step}") if entry and f"step_{step}" in _strings(place.page) else ""
    return " — ".join(filter(None, [entry.title[lang] if entry else "", known]))


def _strings(page: str) -> Mapping[str, object]:
    return toml(page, "ui")


def call(seen: View, here: Seat) -> Place | None:
    """Return where a learner is to be brought now, None to leave them where they are. What the teacher did last counts:
    a question that was asked since the class was brought somewhere calls to the page of the class."""
    if seen.place is None:
        return None
    asked = seen.activity
    if asked is not None and asked.asked_at >= since(seen.place):
        return Place(PAGE) if asked.id != here.called else None
    return seen.place if seen.place != here.followed else None


def follow(seen: View, here: Seat, page: str) -> None:
    """Set out to where the teacher calls; `page`: where the session is. Every call of this function says it anew until
    the session has come there."""
    place, known = call(seen, here) if here.member is not None else None, _going()
    if place is None:
        if known is not None and known.mark is not None:
            del st.session_state[GOING]  # the teacher lets everybody roam
        return
    asked = seen.activity.id if place.page == PAGE and seen.activity is not None else here.called
    if (place.page, page) == (PAGE, PAGE):
        here.followed, here.called = seen.place, asked
    elif known is None or known.mark != (seen.place, asked):
        go(place, (seen.place, asked))


def go(place: Place, mark: Mark | None = None) -> None:
    """Let the browser open a place as soon as `offer` is called. `mark`: what a learner has followed once there."""
    entry = entry_of(place)
    if entry is not None:
        st.session_state[GOING] = Going(place, entry, mark, uuid.uuid4().hex)


def go_again(here: Seat) -> None:
    """Let a learner be brought once more to where the class is."""
    here.followed, here.called = None, 0
    st.session_state.pop(GOING, None)


def _going() -> Going | None:
    """Return where the browser is to go and has not arrived."""
    found: Going | None = st.session_state.get(GOING)
    return found


def offer(here: Seat | None) -> None:
    """Draw, unseen, the link that the browser is to follow. Called at the end of one part of the page that draws itself
    again and again: what it drew may be lost, when the whole page is drawn meanwhile. It gives up after `MOST_TRIES`."""
    found = _going()
    if found is None:
        return
    if found.tried == MOST_TRIES:
        _end(here, found)
        return
    st.session_state[GOING] = replace(found, tried=found.tried + 1)
    with st.container(key=LINK):
        st.page_link(
            found.entry.page,
            label=found.entry.title["en"],
            query_params={**_params(found.place), **frame.link()},
        )
        _component()(key=KEY, data={"number": found.number, "beside": LINK})


def arrive(here: Seat | None, page: str) -> None:
    """Let a page that a place is on show the place. Called before the page is drawn."""
    found = _going()
    if found is None or found.place.page != page:
        return
    place = found.place
    if any(value and st.query_params.get(name) != value for name, value in _params(place).items()):
        return  # the browser is not there yet
    _end(here, found)
    for key in _states(page):
        if place.step and key in st.session_state:
            st.session_state[key]["step"] = place.step
        elif not place.step:
            st.session_state.pop(key, None)  # the address alone says what is shown


def _end(here: Seat | None, found: Going) -> None:
    del st.session_state[GOING]
    if here is not None and found.mark is not None:
        here.followed, here.called = found.mark


def _params(place: Place) -> dict[str, str]:
    """Return what the address of a place says."""
    params = {name: value for name, value in place.params.items() if name != AT and name not in OWN}
    return {**params, "step": place.step} if place.step else params


def _states(page: str) -> tuple[str, ...]:
    """Return under which keys a page may keep its state (lessons.state)."""
    return tuple({f"state:{page}", f"state:{page.replace('_', '-')}"})


@cache
def _component() -> Any:
    return st.components.v2.component("kotori_class_go", js=SCRIPT.read_text(encoding="utf-8"))
