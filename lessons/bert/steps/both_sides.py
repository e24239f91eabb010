"""③ What the words to the left and to the right of a hole contribute."""

import streamlit as st

from lessons import widgets
from lessons.bert import figures
from lessons.bert.lab import Sides
from lessons.bert.steps.scene import Scene, badge, bars, chosen_hole, hole_line, no_hole, word_pills
from lessons.scenes import guessed, quoted, waiting
from lessons.text import plain

SHOWN = 2  # words of each state
SHOWN_OF_ONE = 5  # words where there is only one state
EQUAL = 0.02  # difference of probabilities below which no side is said to matter more


def both_sides(scene: Scene) -> None:
    """③ What the words to the left and to the right of a hole contribute."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("sides")
    with right, widgets.told(say.lang, say("error_prefix")):
        puzzle = scene.puzzle()
        if puzzle is None:
            waiting(scene)
            return
        word_pills(scene, puzzle)
        if no_hole(scene, puzzle):
            return
        number = chosen_hole(scene, puzzle)
        st.markdown(hole_line(puzzle))
        found = scene.lab.sides(puzzle.hole, number)
        if found is None:
            waiting(scene)
            return
        badge(scene, f"python -m core fill {quoted(puzzle.hole)}")
        if not (found.has_left and found.has_right):
            st.info(say("sides_one"), icon=":material/info:")
            bars(scene, "sides:one", found.both, SHOWN_OF_ONE)
            return
        word = found.both.ranked[0][0]
        about = f"sides:{scene.card.name}:{puzzle.hole}:{number}"
        guess = guessed(scene, about, say("sides_question", word=word), [say("side_left"), say("side_right")])
        if guess is not None:
            _verdict(scene, found, word, guess)
            _figure(scene, found)


def _verdict(scene: Scene, found: Sides, word: str, guess: int) -> None:
    """Say which side the first word needs more."""
    say = scene.say
    both, left, right = (hole.prob(word) for hole in (found.both, found.left, found.right))
    said = {name: getattr(found, name).says(word) for name in ("both", "left", "right")}
    facts = {"word": word, **said}
    if abs(left - right) < EQUAL:
        st.info(plain(say("sides_equal", **facts)), icon=":material/balance:")
        return
    needed = 0 if left > right else 1  # the side that alone gives the word more
    side = say("side_left") if needed == 0 else say("side_right")
    line = plain(say("sides_needed", **facts, side=side))
    if guess == needed:
        st.success(say("guess_right") + line)
    elif guess in (0, 1):
        st.warning(say("guess_wrong") + line)
    else:
        st.info(line)
    if both > max(left, right) + EQUAL:
        st.markdown("- " + plain(say("sides_together")))


def _figure(scene: Scene, found: Sides) -> None:
    say = scene.say
    states = [(say("state_both"), found.both), (say("state_left"), found.left), (say("state_right"), found.right)]
    words = list(dict.fromkeys(word for _, hole in states for word, _ in hole.ranked[:SHOWN]))
    drawn = [(name, [hole.prob(word) for word in words]) for name, hole in states]
    said = [[hole.says(word) for word in words] for _, hole in states]
    rows = [(word, [of_state[index] for of_state in said]) for index, word in enumerate(words)]
    alt = ", ".join(f"{word}: {' / '.join(cells)}" for word, cells in rows)
    widgets.figure(figures.sides(words, drawn, said), "sides:bars", alt)
    st.caption(say("sides_help"))
    widgets.table(say, "sides:table", [name for name, _ in drawn], rows)
