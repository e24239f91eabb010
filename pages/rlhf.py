"""RLHF (SFT → 報酬モデル → PPO): one step of the lesson at a time; what the reader makes is kept in the session."""

import streamlit as st

from core import catalogue
from lessons import live, progress, widgets
from lessons.frame.walk import Walk
from lessons.menu import language_of_page
from lessons.registry import lessons
from lessons.rlhf import demonstrations, keeping, steps
from lessons.rlhf.lab import BASE, CHAT, Lab, live_lab, recorded
from lessons.rlhf.steps import dealing, measured, optimising, scoring
from lessons.rlhf.steps.wrong import DEFAULTS as WRONG
from lessons.state import PageState
from lessons.text import Strings, sections

DEFAULTS = {
    "step": "question",
    "i": "0",  # the prompt of the first step
    "c": "taste",  # what is looked for when answers are ranked: a rule of core.rlhf.labellers, or one's taste
    "p": "",  # a prompt of the reader's own
    "d": "0",  # the seed that draws answers
    "b": "0.15",  # β, the price of leaving the reference
    **demonstrations.DEFAULTS,
    **dealing.DEFAULTS,
    **optimising.DEFAULTS,
    **scoring.DEFAULTS,
    **WRONG,
    **measured.DEFAULTS,
}

lang = language_of_page()
say = Strings("rlhf", lang)
text = sections("rlhf", lang)


def laboratory() -> Lab:
    """Return the live models if they are loaded, else the recorded run."""
    chat, base = live.model(CHAT), live.model(BASE)
    return recorded() if chat is None or base is None else live_lab(chat, base)


@st.fragment(run_every=0.7)
def loading() -> None:
    """Say that the recorded run is shown, until the models are ready."""
    with widgets.told(lang):
        if laboratory().live:
            st.rerun()
        st.caption(f":material/hourglass_top: {say('model_loading')}")


@st.fragment
def lesson() -> None:
    state = PageState("rlhf", DEFAULTS)
    walk = Walk("rlhf", state, lang, tuple(steps.STEPS))
    walk.top()
    known = len(progress.done())
    with widgets.told(lang, say("error_prefix")):
        scene = steps.Scene(laboratory(), state, say, text, catalogue.card(CHAT))
        keeping.take_in(scene.live, lang)
        steps.STEPS[walk.step](scene)
    walk.bottom()
    keeping.keep()
    if len(progress.done()) > known:
        st.rerun()  # what was just done is said above


title = next(entry.title[lang] for entry in lessons() if entry.id == "rlhf")
st.title(title)
with widgets.told(lang):
    if not laboratory().live:
        loading()
lesson()
