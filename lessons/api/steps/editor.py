"""The playground's messages: rows that can be added, changed and removed. Kept in the session, and in the link if short."""

import streamlit as st

from lessons.api.messages import LONGEST, MOST, ROLES, Turn, read, user, written
from lessons.api.steps.scene import Scene

TURNS, LINK = "api:turns", "api:turns:link"  # of the session: the messages, and the link that they last made
FIRST = '[["s","動物の話をしてください。"],["u","お腹がすきました。"]]'


def turns(scene: Scene) -> list[Turn]:
    """Return the messages: of the session, unless the page was opened by a link with others."""
    given = scene.state["m"]
    if TURNS not in st.session_state or (given and given != st.session_state.get(LINK)):
        put(scene, list(read(given) or read(FIRST) or ()))
    found: list[Turn] = st.session_state[TURNS]
    return found


def put(scene: Scene, found: list[Turn]) -> None:
    """Keep the messages, and put them into the link."""
    link = written(found)
    st.session_state[TURNS], st.session_state[LINK] = found, link
    scene.state.set("m", link)


def editor(scene: Scene) -> list[Turn]:
    """Draw the rows; return the messages."""
    say, found = scene.say, turns(scene)
    for number, one in enumerate(found):
        _row(scene, found, number, one)
    with st.container(horizontal=True):
        st.button(
            say("editor_add"),
            on_click=lambda: put(scene, [*found, _next(found)]),
            icon=":material/add:",
            disabled=len(found) >= MOST,
            key="editor:add",
        )
        st.button(
            say("editor_reset"),
            on_click=lambda: put(scene, list(read(FIRST) or ())),
            icon=":material/restart_alt:",
            key="editor:reset",
        )
    if not written(found):
        st.caption(say("editor_long"))
    return found


def _row(scene: Scene, found: list[Turn], number: int, one: Turn) -> None:
    say = scene.say
    role_key, text_key = f"editor:role:{number}", f"editor:text:{number}"
    st.session_state[role_key], st.session_state[text_key] = one.role, one.content

    def taken() -> None:
        changed = Turn(st.session_state[role_key], st.session_state[text_key][:LONGEST])
        put(scene, [*found[:number], changed, *found[number + 1 :]])

    def removed() -> None:
        put(scene, [*found[:number], *found[number + 1 :]])

    role, text, gone = st.columns([3, 7, 1], vertical_alignment="bottom")
    role.selectbox(say("editor_role", number=number + 1), ROLES, key=role_key, on_change=taken, filter_mode=None)
    text.text_input(say("editor_text", number=number + 1), key=text_key, on_change=taken, max_chars=LONGEST)
    gone.button(
        "",
        on_click=removed,
        icon=":material/delete:",
        key=f"editor:remove:{number}",
        disabled=len(found) < 2,
        help=say("editor_remove", number=number + 1),
    )


def _next(found: list[Turn]) -> Turn:
    return Turn("assistant", "") if found and found[-1].role == "user" else user("")
