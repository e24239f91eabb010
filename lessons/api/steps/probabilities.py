"""The log-probabilities of an answer: the likeliest tokens at one of its places."""

import math

import streamlit as st

from lessons import widgets
from lessons.api import figures
from lessons.api.lab import Reply
from lessons.api.steps.scene import Scene
from lessons.text import distinct

MOST_PLACES = 12


def probabilities(scene: Scene, found: Reply, name: str) -> None:
    """Draw the choice of a token of the answer, and what could have stood in its place."""
    say, guesses = scene.say, found.guesses[:MOST_PLACES]
    if not guesses:
        return
    tokens = distinct([one.token.replace(" ", "␣") or "∅" for one in guesses])
    place = st.segmented_control(
        say("place_label"),
        range(len(guesses)),
        format_func=lambda one: f"{one + 1} {tokens[one]}",
        default=0,
        key=f"{name}:place",
    )
    one = guesses[min(place or 0, len(guesses) - 1)]
    names = [token.replace(" ", "␣") for token, _ in one.others]
    values = [math.exp(log) for _, log in one.others]
    alt = "; ".join(f"{token} {value:.1%}" for token, value in zip(names, values, strict=True))
    widgets.figure(figures.shares(names, values, axis=say("probability_axis")), f"{name}:probabilities", alt)
    widgets.table(
        say,
        f"{name}:probabilities:table",
        [say("probability"), "logprob"],
        [(token, [f"{math.exp(log):.1%}", f"{log:.3f}"]) for token, log in one.others],
    )
    st.caption(say("probability_chosen", token=tokens[place or 0], prob=f"{math.exp(one.log):.1%}"))
