"""The teacher's desk: the code for the learners and who is there, the question of now, and what can be done."""

from contextlib import suppress
from html import escape

import streamlit as st

from core.classroom import View
from core.classroom.codes import shown
from core.errors import CoreError, NoSuchRoom
from lessons import widgets
from lessons.classroom import address, controls, following, guesses, seats
from lessons.classroom.kinds import KINDS
from lessons.classroom.office import office
from lessons.classroom.scene import Scene
from lessons.classroom.seats import Seat
from lessons.frame import view as frame
from lessons.text import Strings, plain

SECONDS = 1.5
CHOSEN = "class:address:chosen"
STYLE = """<style>
.cl-code { font-size: 3.2rem; font-weight: 700; letter-spacing: .06em; line-height: 1.15; font-variant-numeric: tabular-nums; }
.cl-link { font-size: .95rem; overflow-wrap: anywhere; color: #1d6a73; }
.cl-qr { display: block; width: min(100%, 15rem); height: auto; background: #fff; border: 1px solid #e3e9eb; border-radius: .4rem; margin: .4rem 0; }
.cl-count { font-size: 1.25rem; font-weight: 700; margin-bottom: .35rem; }
.cl-chips { display: flex; flex-wrap: wrap; gap: .3rem; list-style: none; margin: 0; padding: 0 !important; }
.cl-chips li { margin: 0; padding: .08rem .55rem; border-radius: .8rem; background: #e3f0e6; color: #1c5a2c; font-size: .85rem; line-height: 1.5; overflow-wrap: anywhere; }
.cl-chips li.away { background: #eef1f2; color: #5b6b75; }
.cl-asked { font-size: 1.35rem; font-weight: 700; line-height: 1.4; overflow-wrap: anywhere; word-break: auto-phrase; text-wrap: balance; margin: 0 0 .6rem; }
.cl-voted { font-size: 1.1rem; margin: 0 0 .6rem; }
</style>"""
LARGE = """<style>
.cl-asked { font-size: 1.7rem; } .cl-voted { font-size: 1.25rem; } .cl-chips li { font-size: 1.05rem; }
.cl-bars li { font-size: 1.25rem; } .cl-bar { height: 1.3rem; } .cl-value, .cl-key { font-size: 1.05rem; }
.cl-pair { grid-template-columns: 1fr 7.6rem; }
</style>"""


def draw(here: Seat, lang: str) -> None:
    """Draw the desk; on a projector what the class is to see: the code, the question, the answers."""
    say = Strings("classroom", lang)
    for mode in guesses.MODELS:
        guesses.begin(mode)  # before forty learners ask the same process for something every two seconds
    st.html(STYLE + LARGE * frame.presenting())
    left, right = st.columns([4, 7] if not frame.presenting() else [3, 7], gap="large")
    with left:
        with widgets.told(lang):
            _door(here, say)
        _present(lang)
    with right:
        _now(lang)
        if not frame.presenting():
            with widgets.told(lang):
                controls.draw(here, say)


def _door(here: Seat, say: Strings) -> None:
    """Draw the ways in: code, QR code, link; why nobody may get through the link."""
    found = address.link(here.code, say.lang, st.session_state.get(CHOSEN, ""))
    st.html(
        f'<div>{escape(say("code_heading"))}</div><div class="cl-code">{escape(shown(here.code))}</div>'
        f'<img class="cl-qr" src="{found.image}" alt="{escape(say("qr_alt", link=found.text))}">'
        f'<div class="cl-link">{escape(found.text)}</div>'
    )
    if found.trouble:
        st.warning(say(f"link_{found.trouble}"), icon=":material/wifi_off:")
    if not frame.presenting():
        with st.container(horizontal=True):
            with st.popover(say("key_show"), icon=":material/key:"):
                st.caption(say("key_help"))
                st.code(here.name, language=None)
            if len(found.choice) > 1:
                _addresses(found.choice, say)


def _addresses(choice: tuple[str, ...], say: Strings) -> None:
    """Draw the addresses of this machine: which of its networks the learners are in is not for us to know."""

    def taken() -> None:
        st.session_state[CHOSEN] = st.session_state["class:address"]

    now = st.session_state.get(CHOSEN)
    with st.popover(say("address_show"), icon=":material/lan:"):
        st.caption(say("address_help"))
        st.radio(
            say("address_label"),
            choice,
            index=choice.index(now) if now in choice else 0,
            key="class:address",
            on_change=taken,
        )


@st.fragment(run_every=2 * SECONDS)
def _present(lang: str) -> None:
    """Draw who is there; on a projector how many, as the question has the room."""
    here = seats.seat()
    if here is None or here.teacher is None:
        return
    if frame.presenting() and here.view is not None and here.view.activity is None:
        return  # they stand where the question will
    with suppress(CoreError):  # the question's part tells it
        _members(here, Strings("classroom", lang), names=not frame.presenting())


def _members(here: Seat, say: Strings, *, names: bool) -> None:
    everybody = office().members(here.code)
    there = sum(one.present for one in everybody)
    away = len(everybody) - there
    count = say("members_count", count=there) + (say("members_away", count=away) if away else "")
    chips = "".join(f"<li{'' if one.present else ' class=away'}>{escape(one.nickname)}</li>" for one in everybody)
    drawn = f'<ul class="cl-chips">{chips}</ul>' if names else ""
    st.html(f'<div class="cl-count">{escape(count)}</div>{drawn}')


@st.fragment(run_every=SECONDS)
def _now(lang: str) -> None:
    """Draw the question of now with its answers."""
    here, say = seats.seat(), Strings("classroom", lang)
    if here is None:
        st.rerun()  # to the entrance
    with st.container(border=True):
        try:
            waiting, seen = not here.let_in, seats.look(here)
            if waiting:
                st.rerun()  # the database was away: draw the whole desk
            _asked(here, seen, say)
            seats.tell()
        except NoSuchRoom:
            st.info(say("room_gone"), icon=":material/door_front:")
        except CoreError as error:
            st.warning(plain(error.message(lang)), icon=":material/cloud_off:")
    following.offer(here)


def _asked(here: Seat, seen: View, say: Strings) -> None:
    asked = seen.activity
    if asked is None or asked.question.kind not in KINDS:
        if frame.presenting():
            _members(here, say, names=True)
        else:
            st.markdown(say("nothing_asked"))
        return
    kind = KINDS[asked.question.kind]
    voted = say("voted", votes=seen.votes, members=seen.members)
    st.html(
        f'<p class="cl-asked">{escape(kind.title(asked.question, say.lang))}</p>'
        f'<p class="cl-voted">{escape(say(f"state_{asked.state}"))} · {escape(voted)}</p>'
    )
    scene = Scene(say, here.code, asked, {}, seen.members, seen.version)
    if scene.revealed:
        kind.result(scene)
    else:
        kind.tally(scene)
    with st.container(horizontal=True):
        if asked.state == "open":
            _button(here, say, "close", ":material/lock:")
        if not scene.revealed:
            _button(here, say, "reveal", ":material/visibility:", main=True)


def _button(here: Seat, say: Strings, act: str, icon: str, main: bool = False) -> None:
    """Draw a button that closes or reveals the question of now."""
    seen, teacher = here.view, here.teacher
    if teacher is None or seen is None or seen.activity is None:
        return
    number = seen.activity.id

    def do() -> None:
        rooms = office()
        change = rooms.close if act == "close" else rooms.reveal
        seats.trying(lambda: change(teacher, number))

    st.button(say(act), on_click=do, key=f"class:{act}", icon=icon, type="primary" if main else "secondary")
