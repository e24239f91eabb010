"""Transformer: the reader's text on top, one step of the lesson below, all of it in the URL."""

import streamlit as st

from core import catalogue
from core.tokens import MAX_CHARACTERS, check
from lessons import live, widgets
from lessons.frame import view
from lessons.frame.walk import Walk
from lessons.menu import language_of_page
from lessons.registry import lessons
from lessons.state import PageState
from lessons.text import Strings, sections
from lessons.transformer import steps
from lessons.transformer.answers import asked, examples
from lessons.transformer.lab import Lab, live_lab
from lessons.transformer.playback import recorded

MODEL = "seq2seq"
DEFAULTS = {
    "s": examples()[0].text,  # what the encoder reads
    "step": "figure",
    "b": "encoder.self_attention",  # the box of the figure,
    "l": "2",  # its layer,
    "t": "0",  # and the token whose numbers are told
    "w": "",  # what is said to have been written
    "e": "",  # the row of the decoder's map
    "a": steps.MEAN,  # layer
    "h": steps.MEAN,  # and head of the maps
    "i": "0",  # the step of the writing
    "p": "",  # the place that is asked about,
    "k": "",  # the letters of the source
    "j": "",  # and of what was written that are hidden from it,
    "x": "cross",  # and on which ways
    "o": "16",  # the place whose mark is compared
    "d": "0",  # seed of the shuffling
    "f": asked("encoder")[0],
    "g": asked("decoder")[0],
    "n": "self_attention",  # the lines of the blackboard
}

lang = language_of_page()
say = Strings("transformer", lang)
text = sections("transformer", lang)


def choose_example(state: PageState) -> None:
    """Draw the choice among the lesson's sentences."""
    known = examples()
    now = next((place for place, one in enumerate(known) if one.text == state["s"]), None)
    st.session_state["example:s"] = now

    def taken() -> None:
        place = st.session_state["example:s"]
        if place is not None:
            state.set("s", known[place].text)
            steps.forget(state, "s")

    st.selectbox(
        say("examples_label"),
        range(len(known)),
        format_func=lambda place: known[place].text,
        key="example:s",
        on_change=taken,
        placeholder=say("examples_own"),
        filter_mode=None,
    )
    if now is not None:
        st.caption(known[now].note[lang])


def ask(state: PageState) -> None:
    """Draw the choice of an example and the box for the text; a changed text forgets what belonged to the old one."""

    def taken() -> None:
        state.taken("s")
        steps.forget(state, "s")

    left, right = st.columns([5, 7])
    if "examples" not in view.hidden():
        with left:
            choose_example(state)
    with right:
        limits = say("box_s_help", characters=MAX_CHARACTERS, tokens=catalogue.card(MODEL).context)
        st.text_input(say("box_s"), key=state.widget("s"), on_change=taken, help=limits)


def laboratory() -> Lab:
    """Return the live model if it is loaded, else the recorded run of it."""
    model = live.model(MODEL)
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
    state = PageState("transformer", DEFAULTS)
    walk = Walk("transformer", state, lang, tuple(steps.STEPS))
    step = walk.step
    if step in steps.ASKING:
        ask(state)
    walk.top()
    with widgets.told(lang, say("error_prefix")):
        scene = steps.Scene(laboratory(), state, say, text, catalogue.card(MODEL))
        if step in steps.ASKING:
            check(state["s"])
            scene.show_cut()
        steps.STEPS[step](scene)
    walk.bottom()


title = next(entry.title[lang] for entry in lessons() if entry.id == "transformer")
st.title(title)
with widgets.told(lang):
    if live.model(MODEL) is None:
        loading()
    else:
        for other in ("encoder", "decoder"):  # for the steps that read every layer; they begin to load now
            live.model(other)
lesson()
