"""What a learner sees on the page of the class: wait, answer, and then the answers of everybody."""

import streamlit as st

from core.classroom import View
from core.classroom.codes import shown
from core.errors import CoreError, NoSuchRoom
from lessons import furigana
from lessons.classroom import following, seats
from lessons.classroom.kinds import KINDS
from lessons.classroom.office import PAGE
from lessons.classroom.scene import Scene
from lessons.classroom.seats import Seat
from lessons.text import Strings, plain, sections

SECONDS = 1.5


@st.fragment(run_every=SECONDS)
def draw(lang: str) -> None:
    """Draw the room for a learner, again and again."""
    here, say = seats.seat(), Strings("classroom", lang)
    if here is None:
        st.rerun()  # to the entrance
    try:
        seen: View | None = seats.look(here)
        if seen is not None:
            following.follow(seen, here, PAGE)
    except NoSuchRoom:
        st.info(say("room_gone"), icon=":material/door_front:")
        return
    except CoreError as error:
        st.warning(plain(error.message(lang)), icon=":material/cloud_off:")
        seen = here.view  # what was asked last stays, and so does the answer to it
    st.markdown(f":material/groups: **{shown(here.code)}** · {plain(here.name)}")
    if seen is not None:
        with st.container(border=True):
            _asked(here, seen, say)
    st.button(
        say("leave_room"),
        on_click=seats.attempt,
        args=(seats.leave,),
        key="class:leave",
        type="tertiary",
        icon=":material/logout:",
    )
    following.offer(here)


def _asked(here: Seat, seen: View, say: Strings) -> None:
    """Draw the question of now, or how to wait for one."""
    asked = seen.activity
    if asked is None or asked.question.kind not in KINDS:
        furigana.section(sections("classroom", say.lang)["wait"], "wait")
        return
    kind = KINDS[asked.question.kind]
    st.subheader(plain(kind.title(asked.question, say.lang)), anchor=False)
    try:
        scene = Scene(say, here.code, asked, seats.answers_of(here, asked.id), seen.members, seen.version)
        if scene.revealed:
            kind.result(scene)
        else:
            kind.answer(scene)
    except CoreError as error:
        st.warning(plain(error.message(say.lang)), icon=":material/cloud_off:")
