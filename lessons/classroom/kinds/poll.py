"""A quick poll: a question of the teacher's own, with options one a line."""

import unicodedata

import streamlit as st

from core.classroom import Question
from lessons.classroom import ballot
from lessons.classroom.kinds.kind import Kind, chosen
from lessons.classroom.scene import Scene
from lessons.text import LANGUAGES, Strings

OWN = "own"
READY = ("understood", "yes_no")
PRESETS = (*READY, OWN)
LONGEST_QUESTION, LONGEST_OPTION, MOST_OPTIONS = 200, 80, 12


def read_options(text: str) -> tuple[str, ...]:
    """Return the options of a text, one a line: no empty one, none twice."""
    lines = (" ".join(unicodedata.normalize("NFKC", line).split())[:LONGEST_OPTION] for line in text.splitlines())
    return tuple(dict.fromkeys(filter(None, lines)))[:MOST_OPTIONS]


def compose(say: Strings) -> Question | None:
    preset = st.selectbox(
        say("poll_preset"),
        PRESETS,
        format_func=lambda one: say(f"poll_{one}"),
        key="class:poll:preset",
        filter_mode=None,
    )
    text = st.text_input(
        say("poll_text"), say(f"poll_{preset}_text"), LONGEST_QUESTION, key=f"class:poll:text:{preset}"
    )
    lines = say(f"poll_{preset}_options")
    if preset == OWN:
        lines = st.text_area(say("poll_options"), lines, 130, 1000, key="class:poll:options")
    options = read_options(lines)
    if not text.strip() or len(options) < 2:
        st.caption(say("poll_needs"))
        return None
    return Question("poll", text.strip(), options, data={"preset": preset})


def _ready(asked: Question) -> str:
    """Return the template that a question was made of, "" if it has words of the teacher's own."""
    name = asked.data.get("preset", "")
    return name if name in READY else ""


def title(asked: Question, lang: str) -> str:
    """Return the question; that of a template, if the teacher left it as it was, in the reader's language."""
    name = _ready(asked)
    known = name and asked.text in [Strings("classroom", one)(f"poll_{name}_text") for one in LANGUAGES]
    return Strings("classroom", lang)(f"poll_{name}_text") if known else asked.text


def options(asked: Question, lang: str) -> tuple[str, ...]:
    """Return the options; those of a template in the reader's language."""
    name = _ready(asked)
    return read_options(Strings("classroom", lang)(f"poll_{name}_options")) if name else asked.options


def answer(scene: Scene) -> None:
    ballot.choice(scene, options(scene.asked.question, scene.say.lang))


def result(scene: Scene) -> None:
    chosen(scene, options(scene.asked.question, scene.say.lang))


KIND = Kind("poll", compose, title, answer, tally=result, result=result)
