"""Tokens: where a text is cut, why there, and what becomes of the pieces; one step below another, all of it in the URL."""

import streamlit as st

from lessons import widgets
from lessons.frame.walk import Walk
from lessons.menu import language_of_page
from lessons.registry import lessons
from lessons.state import PageState
from lessons.text import Strings, sections, toml
from lessons.tokens import lab, steps
from lessons.tokens.steps.pieces import PREPARED as WORDS
from lessons.tokens.steps.rare import PREPARED as CHARACTERS

DEFAULTS = {
    "s": lab.examples()[0].text,
    "step": "cut",
    "k": lab.MODEL,
    "m": lab.MODEL,
    "t": "ours",
    "g": toml("tokens", "examples")["guess"][0]["text"],
    "p": "1",
    "w": WORDS[0],
    "u": CHARACTERS[0],
    "b": lab.hard()[0].text,
    "i": "",
    "n": "鳥",
    "z": "",
    "gr": "animals.weather.family",
}

lang = language_of_page()
say = Strings("tokens", lang)
text = sections("tokens", lang)


@st.fragment
def lesson() -> None:
    state = PageState("tokens", DEFAULTS)
    walk = Walk("tokens", state, lang, tuple(steps.STEPS))
    for name in DEFAULTS:
        state.set(name, lab.readable(state[name]))
    step = walk.top()
    with widgets.told(lang, say("error_prefix")):
        steps.STEPS[step](steps.Scene(state, say, text))
    walk.bottom()


st.title(next(entry.title[lang] for entry in lessons() if entry.id == "tokens"))
lesson()
