"""Where a session sits: at the teacher's desk of a room, among its learners, or nowhere."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from core.classroom import Member, Place, Teacher, View
from core.classroom.codes import read
from core.errors import CoreError, DatabaseAway, NoSuchRoom, TooManyGuesses
from lessons.classroom.office import office, who

SEAT, SECRET, FORGOTTEN, TOLD = "class:seat", "class:secret", "class:forgotten", "class:told"
WISH = "class:wish"  # the code and the nickname of whoever pressed before the browser's secret was heard
FILE = "class:file"  # what the teacher saved last
ENDED = "class:ended"  # the room that this session sat in is gone
TOLD_SECONDS = 12.0  # how long an error stays in sight
LONGEST = 200  # characters of what a browser kept
Role = Literal["teacher", "member"]


@dataclass
class Seat:
    """One session in a room. Without `teacher` and `member` it is still to be let in: the database was away.

    `view`: what was seen last. `followed`: where the teacher has brought this session; `called`: the question that it
    was brought to. `mine`: activity → item → accepted answer. `received`, `refused`: the ballot that was answered last.
    """

    role: Role
    code: str
    name: str = ""  # nickname; the key of a teacher
    teacher: Teacher | None = None
    member: Member | None = None
    view: View | None = None
    followed: Place | None = None
    called: int = 0
    mine: dict[int, dict[int, str]] = field(default_factory=dict)
    received: str = ""
    refused: tuple[int, str, CoreError] | None = None  # activity, ballot, why

    @property
    def let_in(self) -> bool:
        return self.teacher is not None or self.member is not None


def seat() -> Seat | None:
    """Return where this session sits, None if in no room."""
    found: Seat | None = st.session_state.get(SEAT)
    return found


def open_room() -> None:
    """Open a room and sit down at its desk."""
    opened = office().open()
    teach(opened.code, opened.key)


def teach(code: str, key: str) -> None:
    """Sit down at the teacher's desk of an open room."""
    teacher = office().enter(code, key, who())
    st.session_state[SEAT] = Seat("teacher", teacher.code, key, teacher=teacher)


def join(code: str, nickname: str) -> None:
    """Sit down among the learners. Whoever is quicker than the word of the browser joins as soon as that is heard."""
    st.session_state[WISH] = None if SECRET in st.session_state else (code, nickname)
    member = office().join(code, nickname, token(code), who())
    st.session_state[SEAT] = Seat("member", member.code, member.nickname, member=member)


def token(code: str) -> str:
    """Return this browser's secret for one room, which tells nothing about its other rooms; "" if it has sent none."""
    secret = str(st.session_state.get(SECRET, ""))
    return hashlib.sha256(f"{secret}:{read(code)}".encode()).hexdigest() if secret else ""


def hear(found: object) -> None:
    """Take in what the browser has kept: its secret, and where it sat. Nothing of it is believed."""
    if not isinstance(found, Mapping):
        return
    texts = {name: str(found.get(name) or "")[:LONGEST] for name in ("secret", "role", "code", "name")}
    if texts["secret"]:
        st.session_state[SECRET] = texts["secret"]
        wish = st.session_state.get(WISH)
        if wish is not None and seat() is None:
            trying(lambda: join(*wish))
    if seat() is None and texts["role"] in ("teacher", "member") and read(texts["code"]):
        role: Role = "teacher" if texts["role"] == "teacher" else "member"
        st.session_state[SEAT] = Seat(role, read(texts["code"]) or "", texts["name"])


def settle(here: Seat) -> None:
    """Let a session in again that the browser remembers. Raises DatabaseAway, TooManyGuesses: try again later;
    another error, after which the seat is forgotten, if the room or its member is gone."""
    if here.let_in:
        return
    try:
        if here.role == "teacher":
            here.teacher = office().enter(here.code, here.name, who())
            return
        here.member = office().rejoin(here.code, token(here.code))
    except (DatabaseAway, TooManyGuesses):
        raise
    except CoreError:
        stand_up()
        raise
    if here.member is None:
        stand_up()
        raise NoSuchRoom()
    here.name = here.member.nickname


def look(here: Seat) -> View:
    """Return how things stand in the room, and be seen there. Raises what `Classroom.look` raises; when the room is
    gone the seat is forgotten."""
    try:
        settle(here)
        if here.member is not None:
            office().seen(here.member)
        here.view = office().look(here.code)
    except NoSuchRoom:
        stand_up()
        st.session_state[ENDED] = True
        raise
    return here.view


def answers_of(here: Seat, activity: int) -> dict[int, str]:
    """Return what was accepted of this learner: item → answer. Asks the database once."""
    if here.member is None:
        return {}
    if activity not in here.mine:
        here.mine[activity] = office().mine(here.member, activity)
    return here.mine[activity]


def leave() -> None:
    """Leave the room; a teacher's room stays open."""
    here = seat()
    if here is not None and here.member is not None:
        office().leave(here.member)
    stand_up()


def stand_up() -> None:
    """Forget the seat, here and in the browser."""
    for name in (SEAT, FILE):
        st.session_state.pop(name, None)
    st.session_state[FORGOTTEN] = st.session_state.get(FORGOTTEN, 0) + 1


def trying(act: Callable[[], object]) -> bool:
    """Do something in a callback of a widget; say whether it went well. What went wrong is told by `tell`."""
    try:
        act()
    except CoreError as error:
        st.session_state[TOLD] = (error, time.monotonic() + TOLD_SECONDS)
        return False
    st.session_state.pop(TOLD, None)
    st.session_state.pop(ENDED, None)
    return True


def attempt(act: Callable[[], object]) -> None:
    """`trying`, as the callback of a widget."""
    trying(act)


def tell() -> None:
    """Raise what went wrong last, as long as it stays in sight."""
    error, until = st.session_state.get(TOLD, (None, 0.0))
    if error is not None and time.monotonic() < until:
        raise error
