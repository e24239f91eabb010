"""Self-Attention 「鳥がナク」: the reader's sentence on top, one step of the lesson below, all of it in the URL."""

import streamlit as st

from core import catalogue
from core.catalogue import Card
from core.tokens import check
from lessons import chooser, live, widgets
from lessons.frame import view
from lessons.frame.walk import Walk
from lessons.menu import language_of_page
from lessons.registry import lessons
from lessons.self_attention import steps
from lessons.self_attention.lab import (
    MAX_WORDS,
    Lab,
    Question,
    examples,
    live_lab,
    recorded,
    words,
    written_words,
)
from lessons.state import PageState
from lessons.text import Strings, plain, sections

MODEL = "encoder"
OWN = "-"
SHOWN_CHARACTERS = 30  # of a word that is not in the sentence
FIRST = examples()[0].question
DEFAULTS = {
    "s": FIRST.text,
    "w": FIRST.word,
    "c": "、".join(FIRST.candidates),
    "step": "question",
    "l": steps.MEAN,
    "h": steps.MEAN,
    "r": "hole",
    "v": "heatmap",
    "x": "",
    "e": "",
    "cut": "",
    "scope": "all",
    "b": "",
    "p": "",
    "m": MODEL,
}

lang = language_of_page()
say = Strings("self_attention", lang)
text = sections("self_attention", lang)


def example_chosen(state: PageState) -> None:
    """Put the chosen example into the boxes."""
    index = st.session_state["example"]
    if index is not None:
        question = examples()[index].question
        fill(state, question)


def fill(state: PageState, question: Question) -> None:
    for name, value in (
        ("s", question.text),
        ("w", question.word),
        ("c", "、".join(question.candidates)),
        ("e", ""),
        ("cut", ""),
    ):
        state.set(name, value)


def box(state: PageState, label: str, name: str, help: str, placeholder: str = "") -> None:
    """Draw one text box; a changed text forgets the edges of the old one."""

    def taken() -> None:
        state.taken(name)
        state.set("e", "")
        state.set("cut", "")

    st.text_input(label, key=state.widget(name), on_change=taken, help=help, placeholder=placeholder)


def choose_example(state: PageState) -> None:
    """Draw the choice among the lesson's sentences."""
    known = [example.question for example in examples()]
    now = Question(state["s"], state["w"], words(state["c"]))
    st.session_state["example"] = known.index(now) if now in known else None
    st.selectbox(
        say("examples_label"),
        range(len(known)),
        format_func=lambda i: known[i].text,
        key="example",
        on_change=example_chosen,
        args=(state,),
        placeholder=say("examples_own"),
        filter_mode=None,
    )


def ask(state: PageState) -> tuple[Question, str, Card]:
    """Draw the boxes of the question and the choice of the model; return the question, and who answers."""
    columns = st.columns([3, 4, 2, 3, 3], vertical_alignment="bottom")
    if "examples" not in view.hidden():
        with columns[0]:
            choose_example(state)
    with columns[1]:
        box(
            state,
            say("sentence_label"),
            "s",
            placeholder=say("sentence_placeholder"),
            help=say("sentence_help", characters=400, tokens=64),
        )
    with columns[2]:
        box(state, say("question_word_label"), "w", help=say("question_word_help"))
    with columns[3]:
        box(state, say("candidates_label"), "c", placeholder=say("candidates_placeholder"), help=say("candidates_help"))
        if len(written_words(state["c"])) > MAX_WORDS:
            st.caption(say("candidates_most", count=MAX_WORDS))
    name, card = MODEL, catalogue.card(MODEL)
    with widgets.told(lang), columns[4]:  # what went wrong is told below, over the whole width
        name, card = chooser.speaker(state, lang, "masked", MODEL)
    return Question(state["s"], state["w"].strip(), words(state["c"])), name, card


def _shortened(word: str) -> str:
    return word if len(word) <= SHOWN_CHARACTERS else f"{word[:SHOWN_CHARACTERS]}…"


def laboratory(name: str) -> Lab:
    """Return the live model if it is loaded, else the recorded run of the embedded one."""
    model = None if live.failed(name) else live.model(name)
    return recorded(MODEL) if model is None else live_lab(model)


@st.fragment(run_every=0.7)
def loading() -> None:
    """Say that the recorded run is shown, until the model is ready."""
    with widgets.told(lang):
        if live.failed(MODEL):
            st.button(say("load_again"), on_click=live.forget, args=(MODEL,), icon=":material/refresh:")
        if live.model(MODEL) is not None:
            st.rerun()
        st.caption(f":material/hourglass_top: {say('model_loading')}")


@st.fragment
def lesson() -> None:
    state = PageState("self-attention", DEFAULTS)
    walk = Walk("self_attention", state, lang, tuple(steps.STEPS))
    question, name, card = ask(state)
    step = walk.top()
    with widgets.told(lang, say("error_prefix")):
        if step not in steps.TEXTS:
            check(question.text)
        if not question.has_word:
            st.warning(plain(say("question_word_missing", word=_shortened(question.word))))
        steps.STEPS[step](steps.Scene(question, laboratory(name), state, say, text, card))
    walk.bottom()


title = next(entry.title[lang] for entry in lessons() if entry.id == "self_attention")
st.title(title)
if live.present(MODEL) is None:
    loading()
elif not live.failed("decoder"):
    live.model("decoder")  # for the step that compares the two; begins to load now
lesson()
