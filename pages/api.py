"""ChatGPT API 入門: one step of the lesson at a time, against the local OpenAI-compatible server."""

import streamlit as st

from core import catalogue
from lessons import live, progress, serving, widgets
from lessons.api import steps
from lessons.api.lab import BASE, CHAT, Lab, LiveLab, import_client, recorded
from lessons.api.programs import Server
from lessons.api.steps.playground import DEFAULTS as PLAYGROUND
from lessons.api.steps.servers import forget_key
from lessons.frame.walk import Walk
from lessons.menu import language_of_page
from lessons.registry import lessons
from lessons.state import PageState
from lessons.text import Strings, sections

DEFAULTS = {
    "step": "question",
    "i": "0",  # what is said to the model: a prompt of the lesson, or one's own
    "p": "",  # a prompt of the reader's own
    "w": "1",  # the system message
    "pi": "",  # price of a million tokens that are read
    "po": "",  # price of a million tokens that are written
    "sl": "",  # whether a stream is slowed down
    "sw": "1",  # which temperature or seed
    "e": "key",  # which error
    "h": "asks",  # what examples show
    **PLAYGROUND,
}

lang = language_of_page()
say = Strings("api", lang)
text = sections("api", lang)


def laboratory() -> Lab:
    """Return the local server if it and its models are there, else the recorded run."""
    found = serving.endpoint()
    chat, base = live.model(CHAT), live.model(BASE)
    if found is None or chat is None or base is None:
        return recorded()
    import_client()
    reached = found.seen_from(st.context.url or "")
    seen = reached or found.base
    server = Server(seen, variable="KOTORI_API_KEY" if found.key else "", inside=found.base)
    training = Server(serving.practice(seen), inside=found.practice)
    return LiveLab(server, training, found.issue, chat, found.key, far=reached is None)


@st.fragment(run_every=0.7)
def loading() -> None:
    """Say that the recorded run is shown, until the server is ready."""
    with widgets.told(lang):
        if laboratory().live:
            st.rerun()
        if serving.off() or serving.failed():
            st.warning(say("server_off" if serving.off() else "server_failed"), icon=":material/cloud_off:")
        else:
            st.caption(f":material/hourglass_top: {say('model_loading')}")


@st.fragment
def lesson() -> None:
    state = PageState("api", DEFAULTS)
    walk = Walk("api", state, lang, tuple(steps.STEPS))
    if walk.top() != "servers":
        forget_key()
    mark = f"api/{walk.step}"
    done = mark in progress.done()
    with widgets.told(lang, say("error_prefix")):
        steps.STEPS[walk.step](steps.Scene(laboratory(), state, say, text, catalogue.card(CHAT)))
    walk.bottom()
    if not done and mark in progress.done():
        st.rerun()  # the task stands above what completes it


title = next(entry.title[lang] for entry in lessons() if entry.id == "api")
st.title(title)
with st.container(), widgets.told(lang):  # always there: the lesson keeps its place when the line above it goes
    if not laboratory().live:
        loading()
lesson()
