"""The line above every page while a session sits in a room: which room, who leads, what the teacher asks.

Outside a room it is one invisible element, and nothing of the database is imported.
"""

import streamlit as st

from core.classroom import Place, View
from core.classroom.codes import shown
from core.errors import CoreError, NoSuchRoom
from lessons.classroom import following, keeper, retention, seats
from lessons.classroom.office import PAGE, office
from lessons.classroom.seats import Seat
from lessons.registry import lessons
from lessons.text import Strings, plain

SECONDS = 2.0
STYLE = """<style>
:is(.st-key-kotori-class, :has(> .st-key-kotori-class)) { position: absolute; left: 0; width: 0; height: 0; overflow: hidden; }
.st-key-kotori-go { display: none; }
.st-key-kotori-room { background: #eaf4f4; border-radius: .6rem; padding: .3rem .8rem; align-items: center; min-height: 2.9rem; }
.st-key-kotori-room [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
.st-key-kotori-room [data-testid="stMarkdownContainer"] p { margin: 0; overflow-wrap: anywhere; line-height: 1.45; }
.st-key-kotori-room .stButton button, .st-key-kotori-room [data-testid="stPageLink"] a { min-height: 2.75rem; }
</style>"""


def banner(lang: str, page: str) -> None:
    """Draw it above a page; `page`: its id, "" for the first one. Called once a run, before the page."""
    page = page or lessons()[0].id
    st.html(STYLE)
    retention.begin()
    following.arrive(seats.seat(), page)
    keeper.keep(page == PAGE, lang)
    if seats.seat() is not None and page != PAGE:
        _line(lang, page)


@st.fragment(run_every=SECONDS)
def _line(lang: str, page: str) -> None:
    here, say = seats.seat(), Strings("classroom", lang)
    if here is None:
        return
    with st.container(key="kotori-room", horizontal=True, vertical_alignment="center"):
        try:
            seen = seats.look(here)
            following.follow(seen, here, page)
            draw = _teacher if here.teacher is not None else _learner
            draw(here, seen, say, page)
            seats.tell()
        except NoSuchRoom:
            st.markdown(f":material/door_front: {say('room_gone')}")
        except CoreError as error:
            st.markdown(f":material/cloud_off: {plain(error.message(lang))}")
    following.offer(here)


def _learner(here: Seat, seen: View, say: Strings, page: str) -> None:
    state = "led" if seen.place is not None else "roaming"
    st.markdown(f":material/groups: **{shown(here.code)}** · {plain(here.name)} · {say(f'banner_{state}')}")
    if seen.activity is not None and seen.activity.state == "open" and not here.mine.get(seen.activity.id):
        if st.button(say("banner_answer"), type="primary", key="class:answer", icon=":material/front_hand:"):
            following.go(Place(PAGE))
    elif seen.place is not None:
        st.button(
            say("banner_back"), key="class:back", icon=":material/near_me:", on_click=following.go_again, args=(here,)
        )
    _to_class(say)


def _teacher(here: Seat, seen: View, say: Strings, page: str) -> None:
    state, teacher = "leading" if seen.place is not None else "roaming_teacher", here.teacher
    st.markdown(
        f":material/school: **{shown(here.code)}** · {say('members_count', count=seen.members)} · {say(f'banner_{state}')}"
    )

    def bring() -> None:
        place = following.view_of(page, dict(st.query_params))
        if teacher is not None and seats.trying(lambda: office().lead(teacher, place)):
            st.toast(say("brought"), icon=":material/check:")

    st.button(say("banner_bring"), on_click=bring, key="class:bring", icon=":material/campaign:")
    _to_class(say)


def _to_class(say: Strings) -> None:
    st.page_link(f"pages/{PAGE}.py", label=say("banner_class"), icon=":material/arrow_forward:")
