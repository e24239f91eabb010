"""BERT 穴埋め: the reader's sentence on top, one step of the lesson below, all of it in the URL."""

import streamlit as st

from core import catalogue
from core.catalogue import Card
from core.tokens import MAX_CHARACTERS
from lessons import chooser, live, widgets
from lessons.bert import holes, steps
from lessons.bert.lab import Lab, examples, live_lab, recorded
from lessons.frame import view
from lessons.frame.walk import Walk
from lessons.menu import language_of_page
from lessons.registry import lessons
from lessons.state import PageState
from lessons.text import Strings, sections

MODEL = "encoder"
TOKENS = 64
DEFAULTS = {
    "s": examples()[0].text,
    "k": str(examples()[0].text.index(examples()[0].word)),  # where the hidden words begin
    "step": "hole",
    "c": "0",  # the hole that is looked at
    "g": "",  # the guess,
    "q": "0",  # its question
    "o": "",  # and an own one,
    "op": holes.AUTO,  # with its hidden place
    "l": steps.MEAN,
    "h": steps.MEAN,
    "cut": "",
    "p": "25",  # percent of the words that are hidden at random,
    "d": "0",  # and the seed
    "r": "0",  # the step of the recorded training,
    "w": "0",  # and the sentence whose words are followed
    "m": MODEL,
}

lang = language_of_page()
say = Strings("bert", lang)
text = sections("bert", lang)


def choose_example(state: PageState) -> None:
    """Draw the choice among the lesson's sentences."""
    known = examples()
    now = next((index for index, one in enumerate(known) if one.text == state["s"]), None)
    key = "example:s"
    st.session_state[key] = now

    def taken() -> None:
        if st.session_state[key] is not None:
            chosen = known[st.session_state[key]]
            state.set("s", chosen.text)
            state.set("k", str(chosen.text.index(chosen.word)))
            steps.forget(state, "s")

    st.selectbox(
        say("examples_label"),
        range(len(known)),
        format_func=lambda index: known[index].text,
        key=key,
        on_change=taken,
        placeholder=say("examples_own"),
        filter_mode=None,
    )
    if now is not None:
        st.caption(known[now].note[lang])


def box(state: PageState) -> None:
    """Draw the text box; a changed sentence gets a hole that the page chooses."""

    def taken() -> None:
        state.taken("s")
        state.set("k", holes.AUTO)
        steps.forget(state, "s")

    limits = say("box_s_help", characters=MAX_CHARACTERS, tokens=TOKENS)
    st.text_input(say("box_s"), key=state.widget("s"), on_change=taken, help=limits)


def ask(state: PageState, step: str) -> tuple[str, Card]:
    """Draw the sentence, where the step reads one, and the choice of the model; return who answers."""
    asking, examples = step in steps.ASKING, "examples" not in view.hidden()
    columns = st.columns([4, 7, 3] if examples else [11, 3])
    if asking and examples:
        with columns[0]:
            choose_example(state)
    if asking:
        with columns[-2]:
            box(state)
    name, card = MODEL, catalogue.card(MODEL)
    with widgets.told(lang), columns[-1]:  # what went wrong is told below, over the whole width
        st.caption(say("model_label"))
        name, card = chooser.speaker(state, lang, "masked", MODEL)
    return name, card


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
    state = PageState("bert", DEFAULTS)
    walk = Walk("bert", state, lang, tuple(steps.STEPS))
    step = walk.step
    name, card = ask(state, step)
    walk.top()
    with widgets.told(lang, say("error_prefix")):
        steps.STEPS[step](steps.Scene(laboratory(name), state, say, text, card))
    walk.bottom()


title = next(entry.title[lang] for entry in lessons() if entry.id == "bert")
st.title(title)
with widgets.told(lang):
    if live.model(MODEL) is None:
        loading()
lesson()
