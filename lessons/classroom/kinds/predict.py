"""Predict, then reveal: the class guesses a hidden word or the next one; then the model's guesses stand beside theirs."""

import shlex
import unicodedata

import streamlit as st

from core.classroom import Question
from core.errors import CoreError
from core.tokens import MAX_CHARACTERS
from lessons import widgets
from lessons.classroom import ballot
from lessons.classroom.bars import Pair, pairs
from lessons.classroom.guesses import MASK, Guesses, begin, guesses
from lessons.classroom.kinds.kind import Kind
from lessons.classroom.scene import Scene
from lessons.text import Strings, plain, toml

MASKED, NEXT = MODES = ("masked", "next")
LONGEST_WORD = 20
SHOWN_CLASS, SHOWN_MODEL = 8, 4  # words
LEAST_PROB = 0.001  # of the model's own words
BLANK = "＿\u2060＿"  # which no line end parts


def read_word(text: str) -> str | None:
    """Return a word as it is counted, None if there is nothing to be seen: NFKC, at most LONGEST_WORD characters."""
    word = " ".join(unicodedata.normalize("NFKC", text).split())[:LONGEST_WORD].strip()
    return word if any(unicodedata.category(one)[0] in "LNPS" for one in word) else None


def read_text(text: str, mode: str) -> str | None:
    """Return the sentence of a question, None if it has not exactly one hole, or one where there must be none."""
    text = text.strip()
    return text if text and text.count(MASK) == (mode == MASKED) else None


def compose(say: Strings) -> Question | None:
    mode = st.radio(
        say("predict_mode"),
        MODES,
        format_func=lambda one: say(f"predict_{one}"),
        key="class:predict:mode",
        horizontal=True,
        label_visibility="collapsed",
    )
    begin(mode)
    notes = {one["text"]: one["note"][say.lang] for one in toml("classroom", "examples")[mode]}
    known = list(notes)
    example = st.selectbox(say("predict_example"), known, key=f"class:predict:example:{mode}", filter_mode=None)
    st.caption(notes[example])
    typed = st.text_input(
        say(f"predict_{mode}_text"),
        example,
        MAX_CHARACTERS,
        key=f"class:predict:text:{mode}:{known.index(example)}",
        help=plain(say(f"predict_{mode}_help")),
    )
    text = read_text(typed, mode)
    if text is None:
        st.caption(plain(say(f"predict_{mode}_needs")))
        return None
    return Question("predict", text, data={"mode": mode})


def title(asked: Question, lang: str) -> str:
    say = Strings("classroom", lang)
    shown = asked.text.replace(MASK, BLANK) if mode_of(asked) == MASKED else asked.text + BLANK
    return say(f"predict_{mode_of(asked)}_title", text=shown, blank=BLANK)


def mode_of(asked: Question) -> str:
    return NEXT if asked.data.get("mode") == NEXT else MASKED


def answer(scene: Scene) -> None:
    ballot.word(scene, LONGEST_WORD, read_word)


def tally(scene: Scene) -> None:
    begin(mode_of(scene.asked.question))
    st.caption(scene.say("predict_hidden"))


def result(scene: Scene) -> None:
    """Draw the words of the class beside those of the model; the class's alone while the model is on its way."""
    say, asked = scene.say, scene.asked.question
    votes = scene.tally()
    words = tuple(list(votes)[:SHOWN_CLASS])
    found: Guesses | None = None
    waiting = False
    try:
        found = guesses(mode_of(asked), asked.text, words)
        waiting = found is None
    except CoreError as error:
        st.error(plain(error.message(say.lang)), icon=":material/info:")
    st.html(pairs(rows(scene, votes, words, found), say("the_class"), say("the_model")))
    more = sum(votes.values()) - sum(votes[word] for word in words)
    if more:
        st.caption(say("predict_more", count=more))
    if waiting:
        st.caption(f":material/hourglass_top: {say('model_loading')}")
    if found is not None:
        command = "fill" if mode_of(asked) == MASKED else "next"
        widgets.badge(say, True, f"python -m core {command} {shlex.quote(asked.text)}")
        st.caption(say(f"predict_{mode_of(asked)}_note"))


def rows(scene: Scene, votes: dict[str, int], words: tuple[str, ...], found: Guesses | None) -> list[Pair]:
    """Return the words of the class, then the model's likeliest that nobody said."""
    say, everybody = scene.say, sum(votes.values())
    probs = found.probs if found else {}
    likely = (word for word in (found.first if found else ()) if probs[word] >= LEAST_PROB)
    first = [word for word in likely if word not in words][:SHOWN_MODEL]
    drawn = []
    for word in (*words, *first):
        count, prob = votes.get(word, 0), probs.get(word)
        share = count / everybody if everybody else 0.0
        said = "" if found is None else say("predict_unknown") if prob is None else percent(prob)
        mine = (say("mark_mine"),) if scene.mine.get(0) == word else ()
        drawn.append(Pair(word, share, say("count_share", count=count, share=f"{share:.0%}"), prob, said, mine))
    return drawn


def percent(prob: float) -> str:
    """Return a probability as a reader wants it: "53.3%", "<0.1%"."""
    return f"{prob:.1%}" if prob >= LEAST_PROB else f"<{LEAST_PROB:.1%}"


KIND = Kind("predict", compose, title, answer, tally, result)
