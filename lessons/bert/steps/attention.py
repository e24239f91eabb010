"""④ Which words the hole looks at, and what becomes of its guesses when it must not."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.maps import Cut, Floats
from lessons import widgets
from lessons.bert.lab import Hole
from lessons.bert.steps.scene import Puzzle, Scene, badge, chosen_hole, hole_line, no_hole, word_pills
from lessons.gpt.figures import before_after, percent, why
from lessons.scenes import guessed, layer_and_head, quoted, waiting
from lessons.self_attention.figures import signed
from lessons.text import distinct, plain

SHOWN = 5
SMALL_EFFECT, LARGE_EFFECT = 0.02, 0.03  # probabilities; between them nothing is said


@dataclass(frozen=True)
class Row:
    """What the hole looks at: the positions of all other tokens with their names, weights and effects."""

    hole: Hole
    keys: list[int]
    names: list[str]
    looks: list[float]
    change: Floats


def attention(scene: Scene) -> None:
    """④ Which words the hole looks at, and what becomes of its guesses when it must not."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("attention")
        layer_and_head(scene)
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
        row = _row(scene, puzzle, number)
        if row is None:
            return
        badge(scene, f"python -m core attention {quoted(puzzle.hole)}")
        word = row.hole.ranked[0][0]
        about = f"attention:{scene.card.name}:{puzzle.hole}:{number}"
        guess = guessed(scene, about, say("attention_question", word=word), row.names)
        if guess is not None:
            _verdict(scene, row, guess)
            _figure(scene, row, word)
            _cut(scene, puzzle, row, number)


def _row(scene: Scene, puzzle: Puzzle, number: int) -> Row | None:
    """Return the row of the hole; None, after a sentence on the page, where it is not known."""
    say = scene.say
    maps, found = scene.lab.maps(puzzle.hole), scene.lab.fills(puzzle.hole)
    if maps is None or found is None:
        waiting(scene)
        return None
    hole = found[number]
    change = scene.lab.effects(puzzle.hole, number, hole.ranked[0][0], scene.layer, scene.head)
    if change is None:
        if scene.lab.live:
            st.info(say("attention_too_long"), icon=":material/hourglass_top:")
        else:
            waiting(scene)
        return None
    keys = [key for key in range(len(maps.tokens)) if key != hole.position]
    weights = maps.mean(scene.layer, scene.head)[hole.position, keys]
    return Row(hole, keys, [maps.tokens[key].text for key in keys], weights.tolist(), change[keys])


def _verdict(scene: Scene, row: Row, guess: int) -> None:
    """Say whether the guess was right, and where weight and effect disagree."""
    say, names = scene.say, row.names
    best = int(np.abs(row.change).argmax())
    facts = {"key": names[best], "points": _points(row, best)}
    if guess == best:
        st.success(plain(say("attention_right", **facts)))
    elif 0 <= guess < len(names):
        st.warning(plain(say("attention_wrong", **facts, guess=names[guess], guess_points=_points(row, guess))))
    looked = int(np.argmax(row.looks))

    def line(name: str, index: int) -> str:
        return plain(say(name, key=names[index], weight=f"{row.looks[index]:.2f}", points=_points(row, index)))

    if looked == best:
        st.markdown("- " + line("agree", looked))
        return
    if abs(row.change[looked]) < SMALL_EFFECT:
        st.markdown("- " + line("disagree_attention", looked))
    if abs(row.change[best]) > LARGE_EFFECT:
        st.markdown("- " + line("disagree_effect", best))


def _points(row: Row, index: int) -> str:
    return signed(float(row.change[index]) * 100)


def _read_cuts(scene: Scene, row: Row) -> list[int]:
    """Return which of the other tokens (their places in the row) are cut off."""
    parts = [part for part in scene.state["cut"].split(".") if part.isascii() and part.isdecimal() and len(part) < 4]
    return sorted({row.keys.index(int(part)) for part in parts if int(part) in row.keys})


def _write_cuts(scene: Scene, row: Row, chosen: list[int]) -> None:
    scene.state.set("cut", ".".join(str(row.keys[index]) for index in sorted(chosen)))


def _figure(scene: Scene, row: Row, word: str) -> None:
    say = scene.say

    def toggle(index: int, _: int) -> None:
        _write_cuts(scene, row, sorted(set(_read_cuts(scene, row)) ^ {index}))

    titles = say("attention_weight"), say("attention_effect")
    cuts = _read_cuts(scene, row)
    names = [f"✂ {name}" if index in cuts else name for index, name in enumerate(row.names)]
    rows = [(name, [f"{row.looks[i]:.3f}", _points(row, i)]) for i, name in enumerate(row.names)]
    alt = ", ".join(f"{name}: {' / '.join(cells)}" for name, cells in rows)
    widgets.clickable(why(names, row.looks, row.change, titles=titles), "attention:figure", alt, toggle)
    st.caption(plain(say("attention_help", word=word, prob=percent(row.hole.prob(word)))))
    widgets.table(say, "attention:table", titles, rows)


def _cut(scene: Scene, puzzle: Puzzle, row: Row, number: int) -> None:
    """Let the reader cut edges of the hole; show its guesses before and after."""
    say = scene.say
    key = f"{scene.state.page}:cuts"
    st.session_state[key] = _read_cuts(scene, row)

    def taken() -> None:
        _write_cuts(scene, row, st.session_state[key])

    st.pills(
        say("cut_label"),
        range(len(row.names)),
        selection_mode="multi",
        wrap=True,
        format_func=distinct(row.names).__getitem__,
        key=key,
        on_change=taken,
    )
    chosen = _read_cuts(scene, row)
    if not chosen:
        st.caption(say("cut_none"))
        return
    cuts = tuple(Cut(row.hole.position, row.keys[index], scene.layer, scene.head) for index in chosen)
    after = scene.lab.fills(puzzle.hole, cuts)
    if after is None:
        waiting(scene)
        return
    now = after[number]
    words = list(dict.fromkeys(word for hole in (row.hole, now) for word, _ in hole.ranked[:SHOWN]))
    pairs = [(row.hole.prob(word), now.prob(word)) for word in words]
    names = say("cut_before"), say("cut_after")
    rows = [(word, [row.hole.says(word), now.says(word)]) for word in words]
    chart = before_after(words, [before for before, _ in pairs], [later for _, later in pairs], names=names)
    widgets.figure(chart, "attention:cut", ", ".join(f"{word} {b} → {a}" for word, (b, a) in rows))
    widgets.table(say, "attention:cut:table", names, rows)
