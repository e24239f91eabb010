"""Where the teacher brings the class, and how a session goes there.

A place with a step is that step of a lesson, in which everybody keeps their own sentence. A place without one is the
teacher's view: whoever goes there opens the link to it. A place bears the time at which it was chosen, so that the
class can be brought to the same place again.
"""

import time
from collections.abc import Mapping

import streamlit as st

from core.classroom import Place, View
from lessons import progress
from lessons.classroom.office import PAGE
from lessons.classroom.seats import Seat
from lessons.frame import view as frame
from lessons.registry import Entry, pages
from lessons.text import Strings, toml

AT = "_at"  # a parameter of a place that is no part of the address
OWN = (*frame.NAMES, "lang", "room")  # parameters that everybody has for themselves


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
    """Go where the teacher calls; `page`: where the session is. Ends the run if it has to go."""
    place = call(seen, here) if here.member is not None else None
    if place is None:
        return
    here.followed = seen.place
    if place.page == PAGE and seen.activity is not None:
        here.called = seen.activity.id
    if (place.page, page) != (PAGE, PAGE):
        go(place)


def go(place: Place) -> None:
    """Open a place in this session."""
    entry = entry_of(place)
    if entry is None:
        return
    params = {name: value for name, value in place.params.items() if name != AT and name not in OWN}
    for key in _states(place.page):
        if place.step and key in st.session_state:
            st.session_state[key]["step"] = place.step
        elif not place.step:
            st.session_state.pop(key, None)  # the address alone says what is shown
    if place.step:
        params["step"] = place.step
    st.switch_page(entry.page, query_params={**params, **frame.link()})


def _states(page: str) -> tuple[str, ...]:
    """Return under which keys a page may keep its state (lessons.state)."""
    return tuple({f"state:{page}", f"state:{page.replace('_', '-')}"})
