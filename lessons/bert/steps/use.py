"""⑧ What such a model is used for after its training; sorting reviews by nothing but a hole."""

import streamlit as st

from lessons import widgets
from lessons.bert import figures
from lessons.bert.lab import Ranked, Review, reviews
from lessons.bert.steps.scene import BLANK, Scene, badge
from lessons.scenes import guessed, quoted, waiting
from lessons.self_attention.lab import MASK
from lessons.text import plain


def use(scene: Scene) -> None:
    """⑧ What such a model is used for after its training; sorting reviews by nothing but a hole."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("use")
    with right, widgets.told(say.lang, say("error_prefix")):
        found = [(review, scene.lab.shares(review)) for review in reviews()]
        known = [(review, shares) for review, shares in found if shares is not None]
        if len(known) < len(found):
            waiting(scene)
            return
        rows = [(str(number), [review.text.replace(MASK, BLANK)]) for number, review in enumerate(reviews(), 1)]
        st.markdown(widgets.markdown_table([say("column_review")], rows))
        options = [say("use_option", count=count) for count in range(len(known) + 1)]
        guess = guessed(scene, f"use:{scene.card.name}", say("use_question", total=len(known)), options)
        if guess is None:
            return
        first = reviews()[0]
        badge(scene, f"python -m core choose {quoted(first.text)} {' '.join(first.words)}")
        _figure(scene, known)
        _verdict(scene, known, guess)


def _figure(scene: Scene, known: list[tuple[Review, Ranked]]) -> None:
    names = known[0][0].words
    rows = [(str(number), dict(shares)[names[0]]) for number, (_, shares) in enumerate(known, 1)]
    table = [(name, [f"{share:.0%}", f"{1 - share:.0%}"]) for name, share in rows]
    alt = ", ".join(f"{name}: {' / '.join(cells)}" for name, cells in table)
    widgets.figure(figures.shares(rows, names=names), "use:shares", alt)
    widgets.table(scene.say, "use:table", names, table)


def _verdict(scene: Scene, known: list[tuple[Review, Ranked]], guess: int) -> None:
    """Say how many reviews were sorted as a reader would."""
    say = scene.say
    right = sum(max(shares, key=lambda pair: pair[1])[0] == review.expected for review, shares in known)
    line = plain(say("use_result", right=right, total=len(known)))
    if guess == right:
        st.success(say("guess_right") + line)
    elif guess >= 0:
        st.warning(say("guess_wrong") + line)
    else:
        st.info(line)
    if right < len(known):
        st.markdown("- " + plain(say("use_why")))
