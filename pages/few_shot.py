"""In-Context Learning と Few-shot: one step of the lesson at a time, all of it in the URL."""

import streamlit as st

from core import catalogue
from core.prompting.family import DEFAULT, SIZES, TEXTS, name
from lessons import chooser, live, widgets
from lessons.few_shot import steps
from lessons.few_shot.lab import Lab, live_lab, recorded
from lessons.frame.walk import Walk
from lessons.menu import language_of_page
from lessons.registry import lessons
from lessons.state import PageState
from lessons.text import Strings, sections

MODEL = DEFAULT
MEMBERS = (*(name(size, TEXTS[0], 0) for size in reversed(SIZES)), name(SIZES[-1], TEXTS[1], 0))
FAMILY = tuple(one for one in MEMBERS if one in catalogue.fewshot())  # who of them is listed among the models
DEFAULTS = {
    "step": "question",
    "i": "0",  # the question of the first step
    "t": "opposites",  # the task,
    "n": "4",  # how many examples of it are shown,
    "d": "0",  # the seed that draws them,
    "q": "",  # the pair that is asked for; "" for one that is drawn,
    "w": "",  # or a word of the reader's,
    "f": "arrow",  # and how an example is written
    "o": "",  # the reader's own pairs,
    "on": "4",  # and what is asked of them
    "oq": "",
    "ow": "",
    "m": MODEL,
    **steps.DEFAULTS,
}

lang = language_of_page()
say = Strings("few_shot", lang)
text = sections("few_shot", lang)


def laboratory(name: str) -> Lab:
    """Return the live model if it is loaded, else the recorded run of the embedded one."""
    model = live.model(name)
    return recorded() if model is None else live_lab(model)


@st.fragment(run_every=0.7)
def loading() -> None:
    """Say that the recorded run is shown, until the model is ready."""
    with widgets.told(lang):
        if live.model(MODEL) is not None:
            st.rerun()
        st.caption(f":material/hourglass_top: {say('model_loading')}")


@st.fragment
def lesson() -> None:
    state = PageState("few_shot", DEFAULTS)
    walk = Walk("few_shot", state, lang, tuple(steps.STEPS))
    step = walk.step
    answering, card = MODEL, catalogue.card(MODEL)
    with st.columns([9, 3])[1], widgets.told(lang):
        st.caption(say("model_label"))
        answering, card = chooser.speaker(state, lang, "causal", MODEL, FAMILY)
    walk.top()
    with widgets.told(lang, say("error_prefix")):
        steps.STEPS[step](steps.Scene(laboratory(answering), state, say, text, card))
    walk.bottom()


title = next(entry.title[lang] for entry in lessons() if entry.id == "few_shot")
st.title(title)
with widgets.told(lang):
    if live.model(MODEL) is None:
        loading()
lesson()
