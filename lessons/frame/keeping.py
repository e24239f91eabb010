"""The reader's progress as they see it: how far, in a file of their own, and how to forget it."""

import json
from collections.abc import Iterable

import streamlit as st

from lessons import progress
from lessons.frame.browser import forget
from lessons.text import Strings, plain

FILE = "kotori-progress.json"
UPLOAD, REFUSED = "progress:file", "progress:refused"
LARGEST = 100_000  # bytes of a file that is read


def progress_panel(lang: str, lessons: Iterable[str]) -> None:
    """Draw how many steps of the lessons are done, with buttons to save, read and forget."""
    say = Strings("frame", lang)
    steps = [f"{lesson}/{step}" for lesson in lessons for step in progress.tasks(lesson)]
    done = [step for step in steps if step in progress.done()]
    if not steps:
        return
    st.progress(len(done) / len(steps), text=plain(say("progress_label", done=len(done), all=len(steps))))
    with st.popover(say("progress_file"), icon=":material/save:"):
        st.caption(plain(say("progress_help")))
        data = json.dumps({"done": sorted(progress.done())}, indent=1)
        st.download_button(say("progress_save"), data, FILE, "application/json", icon=":material/download:")
        st.file_uploader(say("progress_read"), type="json", key=UPLOAD, on_change=_uploaded, max_upload_size=1)
        if st.session_state.get(REFUSED):
            st.error(plain(say("progress_bad_file")), icon=":material/info:")
        st.button(say("progress_forget"), on_click=forget, icon=":material/delete:", disabled=not done)


def _uploaded() -> None:
    """Take the marks of the file, once."""
    given = st.session_state[UPLOAD]
    st.session_state[REFUSED] = False
    try:
        progress.take(read(given.getvalue()) if given is not None else ())
    except ValueError:
        st.session_state[REFUSED] = True


def read(data: bytes) -> list[object]:
    """Return the marks of a saved file. Raises ValueError for anything else."""
    if len(data) > LARGEST:
        raise ValueError(f"{len(data)} bytes")
    try:
        saved = json.loads(data.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(saved, dict) or not isinstance(saved.get("done"), list):
        raise ValueError("no list of steps")
    return list(saved["done"])
