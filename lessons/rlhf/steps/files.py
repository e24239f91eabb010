"""The rankings as a file, and how to be rid of them."""

from typing import Any

import streamlit as st

from core.errors import CoreError, UnreadableRankings
from core.rlhf.labellers import RULES
from core.rlhf.logs import joined
from lessons.rlhf import keeping
from lessons.rlhf.steps.desk import TROUBLE
from lessons.rlhf.steps.scene import Scene

FILE, MIME = "kotori-rankings.json", "application/json"
READ = "rank:file:read"  # how many files were read: each has a new widget


def files(scene: Scene) -> None:
    """Draw saving, reading and deleting."""
    say, shop = scene.say, scene.workshop
    with st.expander(say("file_title"), icon=":material/save:"):
        st.markdown(say("file_about"))
        left, right = st.columns(2)
        with left:
            st.download_button(
                say("file_save"),
                shop.log.to_json(),
                FILE,
                MIME,
                disabled=not shop.log.rankings,
                icon=":material/download:",
                on_click="ignore",
                key="rank:file:save",
            )
            _delete(scene)
        with right:
            _read(scene)


def _read(scene: Scene) -> None:
    """Draw the box that takes a file, and whose rankings it has."""
    say, shop = scene.say, scene.workshop
    whose = st.text_input(
        say("file_whose"), max_chars=keeping.MOST_NAME, placeholder=say("file_whose_mine"), key="rank:file:whose"
    )
    key = f"rank:file:{shop.kept.get(READ, 0)}"

    def taken() -> None:
        found: Any = st.session_state[key]
        lab = scene.live
        if found is None or lab is None:
            return
        shop.kept[READ] = shop.kept.get(READ, 0) + 1
        try:
            text = found.getvalue().decode("utf-8")
            log = keeping.checked(text, lab).named("", _name(whose))
            shop.log = joined(shop.log, log)
        except UnicodeDecodeError:
            shop.kept[TROUBLE] = UnreadableRankings()
        except CoreError as error:
            shop.kept[TROUBLE] = error

    st.file_uploader(say("file_read"), type="json", key=key, on_change=taken, disabled=scene.live is None)


def _name(whose: str) -> str:
    """Return the name as that of a person: nobody can be called like a simulated one."""
    name = " ".join(whose.split())
    return f"{name}*" if name in RULES else name


def _delete(scene: Scene) -> None:
    """Draw the button that deletes everything, and asks before."""
    say = scene.say
    with st.popover(say("file_delete"), icon=":material/delete:", disabled=not scene.workshop.log.rankings):
        st.markdown(say("file_delete_sure", rankings=len(scene.workshop.log.rankings)))
        st.button(say("file_delete_yes"), on_click=keeping.forget, type="primary", key="rank:file:delete")
