"""What a teacher does: ask, bring the class to a lesson, look back at results, end the room."""

import streamlit as st

from core.classroom import Place, Question, Teacher
from lessons import widgets
from lessons.classroom import following, saving, seats
from lessons.classroom.kinds import KINDS
from lessons.classroom.office import office
from lessons.classroom.scene import Scene
from lessons.classroom.seats import Seat
from lessons.registry import pages
from lessons.text import Strings, plain, toml

TABS = ("ask", "lead", "results", "end")


def draw(here: Seat, say: Strings) -> None:
    """Draw the four tabs."""
    if here.teacher is None:
        return
    for tab, part in zip(st.tabs([say(f"tab_{name}") for name in TABS]), (_ask, _lead, _results, _end), strict=True):
        with tab:
            part(say.lang)


def _teacher() -> Teacher | None:
    here = seats.seat()
    return here.teacher if here is not None else None


@st.fragment
def _ask(lang: str) -> None:
    say, teacher = Strings("classroom", lang), _teacher()
    kind = st.segmented_control(
        say("kind_label"),
        list(KINDS),
        format_func=lambda one: say(f"kind_{one}"),
        default=next(iter(KINDS)),
        key="class:kind",
        label_visibility="collapsed",
    )
    question = KINDS[kind].compose(say) if kind else None

    def ask(asked: Question) -> None:
        if teacher is not None:
            seats.trying(lambda: office().ask(teacher, asked))

    st.button(
        say("ask"),
        on_click=ask,
        args=(question,),
        disabled=question is None,
        key="class:ask",
        type="primary",
        icon=":material/front_hand:",
    )


@st.fragment
def _lead(lang: str) -> None:
    say, teacher = Strings("classroom", lang), _teacher()
    titles = {page.id: page.title[lang] for page in pages() if page.id != "classroom"}
    page = st.selectbox(
        say("lesson_label"), titles, format_func=titles.__getitem__, key="class:lead:page", filter_mode=None
    )
    steps = following.steps(page)
    if steps:
        names = toml(page, "ui")
        st.selectbox(
            say("step_label"),
            steps,
            format_func=lambda one: names[f"step_{one}"][lang],
            key=f"class:lead:{page}",
            filter_mode=None,
        )

    def lead(place: Place | None) -> None:
        if teacher is not None and seats.trying(lambda: office().lead(teacher, place)):
            st.toast(say("brought" if place else "roam_said"), icon=":material/check:")

    def bring() -> None:  # where was chosen last, though it may not be drawn yet
        chosen = st.session_state["class:lead:page"]
        possible = following.steps(chosen)
        step = st.session_state.get(f"class:lead:{chosen}", possible[0] if possible else "")
        lead(following.step_of(chosen, step) if step else following.view_of(chosen, {}))

    with st.container(horizontal=True):
        st.button(say("bring"), on_click=bring, key="class:lead", type="primary", icon=":material/campaign:")
        st.button(say("roam"), on_click=lead, args=(None,), key="class:roam", icon=":material/explore:")
    st.caption(say("bring_help"))


@st.fragment
def _results(lang: str) -> None:
    here = seats.seat()
    if here is None or here.teacher is None:
        return
    with widgets.told(lang):
        _download(here.teacher, Strings("classroom", lang))
        _asked_before(here, Strings("classroom", lang))


def _download(teacher: Teacher, say: Strings) -> None:
    """Draw the button that saves all answers there are when it is pressed."""
    with st.container(horizontal=True):
        st.button(say("results_again"), key="class:results:again", icon=":material/refresh:")
        saving.button(
            say("csv"), f"kotori-class-{teacher.code}.csv", lambda: office().export(teacher, say.lang), "class:csv"
        )


def _asked_before(here: Seat, say: Strings) -> None:
    """Draw the answers to one of the questions so far."""
    version = office().look(here.code).version
    asked = {one.id: one for one in office().activities(here.code) if one.question.kind in KINDS}
    if not asked:
        st.caption(say("results_none"))
        return

    def name(number: int) -> str:
        one = asked[number]
        kind = KINDS[one.question.kind]
        return f"{list(asked).index(number) + 1}. {say(f'kind_{kind.id}')}: {kind.title(one.question, say.lang)}"

    number = st.selectbox(
        say("results_label"), list(asked)[::-1], format_func=name, key="class:results", filter_mode=None
    )
    kind = KINDS[asked[number].question.kind]
    st.markdown(f"**{plain(kind.title(asked[number].question, say.lang))}**")
    scene = Scene(say, here.code, asked[number], {}, 0, version, "results")
    (kind.result if scene.revealed else kind.tally)(scene)


@st.fragment
def _end(lang: str) -> None:
    say, teacher = Strings("classroom", lang), _teacher()
    st.caption(say("stand_up_help"))
    st.button(say("stand_up"), on_click=seats.leave, key="class:stand_up", icon=":material/logout:")
    st.caption(say("delete_help"))
    sure = st.checkbox(say("delete_sure"), key="class:delete:sure")

    def delete() -> None:
        if teacher is not None and seats.trying(lambda: office().delete(teacher)):
            seats.stand_up()

    st.button(say("delete"), on_click=delete, disabled=not sure, key="class:delete", icon=":material/delete:")
    if seats.seat() is None:
        st.rerun()  # to the entrance
