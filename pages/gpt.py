"""GPT 次の単語 「雨が激しく降る」: the reader's text on top, one step of the lesson below, all of it in the URL."""

import streamlit as st

from core import catalogue
from core.catalogue import Card
from core.tokens import MAX_CHARACTERS, check
from lessons import chooser, live, widgets
from lessons.frame import view
from lessons.frame.walk import Walk
from lessons.gpt import steps
from lessons.gpt.lab import Example, Lab, examples, live_lab, recorded
from lessons.menu import language_of_page
from lessons.registry import lessons
from lessons.state import PageState
from lessons.text import Strings, sections

MODEL = "decoder"
TOKENS = 64
FIRST, SIDED = examples()[0].sentence, examples("both_sides")[0].sentence
DEFAULTS = {
    "s": FIRST.left,  # the beginning that is carried on
    "t": FIRST.text,  # the sentence that is read from the left
    "f": SIDED.text,  # the sentence that both models read,
    "w": SIDED.word,  # and the word that is hidden from them
    "step": "mask",
    "g": "",  # the guess
    "l": steps.MEAN,
    "h": steps.MEAN,
    "e": "",  # the row of the map
    "T": "1",
    "k": "0",
    "p": "1",
    "d": "0",  # seed
    "x": "",
    "b": "",  # branches,
    "n": "0",  # the one that is written on,
    "v": "",  # and the mark of the beginning and the model that they belong to
    "y": "",  # the next word that is explained,
    "q": "",  # and the earlier word that is cut
    "bw": "4",
    "bl": "12",
    "m": MODEL,
}

lang = language_of_page()
say = Strings("gpt", lang)
text = sections("gpt", lang)


def boxes(asked: str, example: Example) -> dict[str, str]:
    """Return what an example writes into the boxes of a step."""
    sentence = example.sentence
    return {"s": {"s": sentence.left}, "t": {"t": sentence.text}, "f": {"f": sentence.text, "w": sentence.word}}[asked]


def choose_example(state: PageState, asked: str) -> None:
    """Draw the choice among the lesson's sentences for this step."""
    known = examples("both_sides" if asked == "f" else "example")
    now = [all(state[name] == value for name, value in boxes(asked, one).items()) for one in known]
    key = f"example:{asked}"
    st.session_state[key] = now.index(True) if any(now) else None

    def taken() -> None:
        if st.session_state[key] is not None:
            for name, value in boxes(asked, known[st.session_state[key]]).items():
                state.set(name, value)
                steps.forget(state, name)
            state.set("g", "")

    st.selectbox(
        say("examples_label"),
        range(len(known)),
        format_func=lambda index: boxes(asked, known[index])[asked],
        key=key,
        on_change=taken,
        placeholder=say("examples_own"),
        filter_mode=None,
    )
    if any(now):
        st.caption(known[now.index(True)].note[lang])


def box(state: PageState, name: str) -> None:
    """Draw one text box; a changed text forgets what belonged to the old one."""

    def taken() -> None:
        state.taken(name)
        steps.forget(state, name)

    limits = say(f"box_{name}_help", characters=MAX_CHARACTERS, tokens=TOKENS)
    st.text_input(say(f"box_{name}"), key=state.widget(name), on_change=taken, help=limits)


def ask(state: PageState, asked: str) -> tuple[str, Card]:
    """Draw the boxes of a step and the choice of the model; return who answers."""
    examples = "examples" not in view.hidden()
    boxes = {"f": 5, "w": 2} if asked == "f" else {asked: 7}  # widths
    first, *others = boxes.values()
    columns = st.columns([4, first, *others, 3] if examples else [4 + first, *others, 3])
    if asked:
        if examples:
            with columns[0]:
                choose_example(state, asked)
        for column, name in zip(columns[-1 - len(boxes) : -1], boxes, strict=True):
            with column:
                box(state, name)
    name, card = MODEL, catalogue.card(MODEL)
    with widgets.told(lang), columns[-1]:  # what went wrong is told below, over the whole width
        st.caption(say("model_label"))
        name, card = chooser.speaker(state, lang, "causal", MODEL)
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
    state = PageState("gpt", DEFAULTS)
    walk = Walk("gpt", state, lang, tuple(steps.STEPS))
    step = walk.step
    asked = steps.ASKS[step]
    name, card = ask(state, asked)
    walk.top()
    with widgets.told(lang, say("error_prefix")):
        scene = steps.Scene(laboratory(name), state, say, text, card)
        if asked:
            check(state[asked])
        if asked in ("s", "t"):
            scene.show_cut(asked)
        steps.STEPS[step](scene)
    walk.bottom()


title = next(entry.title[lang] for entry in lessons() if entry.id == "gpt")
st.title(title)
with widgets.told(lang):
    if live.model(MODEL) is None:
        loading()
    else:
        live.model("encoder")  # for the step that compares the two; begins to load now
lesson()
