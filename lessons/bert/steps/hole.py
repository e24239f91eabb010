"""① The reader hides words of a sentence; the model guesses what stood there."""

import streamlit as st

from lessons import widgets
from lessons.bert import holes
from lessons.bert.lab import Hole
from lessons.bert.steps.scene import Puzzle, Scene, badge, bars, forget, hole_line, hole_name, no_hole, word_pills
from lessons.gpt.figures import percent
from lessons.scenes import quoted, waiting
from lessons.self_attention.lab import MASK
from lessons.text import plain

SHOWN, SHOWN_OF_SEVERAL = 8, 5  # words in a figure
ACROSS = 2  # figures side by side
OFFERED = 20  # words that can be put in


def hole(scene: Scene) -> None:
    """① The reader hides words of a sentence; the model guesses what stood there."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("question")
        scene.heading("hole")
    with right, widgets.told(scene.say.lang, scene.say("error_prefix")):
        puzzle = scene.puzzle()
        if puzzle is None:
            waiting(scene)
            return
        word_pills(scene, puzzle)
        if no_hole(scene, puzzle):
            return
        st.markdown(hole_line(puzzle))
        found = scene.lab.fills(puzzle.hole)
        if found is None:
            waiting(scene)
            return
        badge(scene, f"python -m core fill {quoted(puzzle.hole)}")
        _candidates(scene, puzzle, found)
        _told(scene, puzzle, found)
        _put_in(scene, puzzle, found)


def _candidates(scene: Scene, puzzle: Puzzle, found: tuple[Hole, ...]) -> None:
    """Draw the likeliest words of every hole."""
    several, words = len(found) > 1, puzzle.words
    for row in range(0, len(found), ACROSS):
        columns = st.columns(ACROSS) if several else [st.container()]
        for number, column in enumerate(columns[: len(found) - row], row):
            with column:
                if several:
                    st.markdown(f"**{plain(hole_name(scene, puzzle, number))}**")
                shown = SHOWN_OF_SEVERAL if several else SHOWN
                bars(scene, f"hole:bars:{number}", found[number], shown, words[number])


def _told(scene: Scene, puzzle: Puzzle, found: tuple[Hole, ...]) -> None:
    """Say where the hidden words stand, and what the sentence is with the first word in each hole."""
    say = scene.say
    for word, one in zip(puzzle.words, found, strict=True):
        if word == MASK:
            continue
        place = one.place(word)
        if place is None:
            line = say("hole_below", word=word, count=len(one.ranked))
        else:
            line = say("hole_place", word=word, rank=place[0], prob=percent(place[1]))
        st.markdown("- " + plain(line))
    if len(found) > 1:
        st.markdown(hole_line(puzzle, [one.ranked[0][0] for one in found]))
        st.caption(say("hole_each_alone"))


def _put_in(scene: Scene, puzzle: Puzzle, found: tuple[Hole, ...]) -> None:
    """Let the reader put a word into a hole: what do the other holes say then?"""
    if len(found) < 2:
        return
    say = scene.say
    with st.expander(say("put_title"), icon=":material/edit:"):
        st.caption(say("put_help"))
        one, two, three = st.columns([3, 4, 2], vertical_alignment="bottom")
        number = one.selectbox(
            say("hole_label"),
            range(len(found)),
            format_func=lambda number: hole_name(scene, puzzle, number),
            key="put:hole",
            filter_mode=None,
        )
        number = min(number or 0, len(found) - 1)
        offered = found[number].ranked[:OFFERED]
        word = two.selectbox(
            say("put_word"),
            range(len(offered)),
            format_func=lambda place: f"{offered[place][0]} ({percent(offered[place][1])})",
            key=f"put:word:{number}:{puzzle.hole}",
            filter_mode=None,
        )
        chosen = offered[word or 0][0]
        three.button(say("put_do"), on_click=close, args=(scene, puzzle, number, chosen), key="put:do", width="stretch")


def close(scene: Scene, puzzle: Puzzle, number: int, word: str) -> None:
    """Write the word into a hole of the sentence; the other holes stay."""
    own = holes.own(puzzle.tokens)
    hidden = [place for place, token in enumerate(own) if place in puzzle.places or token.text == MASK]
    token = own[hidden[number]]
    text = puzzle.text[: token.start] + word + puzzle.text[token.end :] + puzzle.rest
    shift = len(word) - len(token.text)
    others = [own[place].start for place in puzzle.places if own[place] is not token]
    scene.state.set("s", text)
    scene.state.set("k", ".".join(str(start + shift * (start > token.start)) for start in others))
    forget(scene.state, "s")
