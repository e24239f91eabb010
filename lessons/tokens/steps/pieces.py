"""③ Why it is cut there: all ways of cutting a word, and their probabilities."""

import math
import shlex

import streamlit as st

from core.errors import EmptyText
from lessons import widgets
from lessons.text import plain
from lessons.tokens import chips, figures, lattice
from lessons.tokens.steps.scene import Scene

WORDS = 3  # at once
LARGEST = 700.0  # logarithm of a factor that a float can hold
PREPARED = ("激しく、ナク", "鳴く、泣いた", "外国人参政権", "うれしかった", "きしゃ、汽車", "はい、とり", "🐦、鳥")


def read(written: str) -> list[str]:
    """Return the words of a list, as a reader writes it: 「激しく、ナク」."""
    for separator in "、,，\n":
        written = written.replace(separator, "、")
    return list(dict.fromkeys(word.strip() for word in written.split("、") if word.strip()))


def pieces(scene: Scene) -> None:
    """③ Why it is cut there."""
    say = scene.say
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("pieces")
        scene.prepared(say("words_prepared"), "w", PREPARED)
        facts = {"words": WORDS, "characters": lattice.LONGEST}
        written = scene.box(say("words_label"), "w", say("words_help", **facts), say("words_placeholder"))
        st.caption(say("ways_reading"))
    with right, scene.told():
        words = read(written)
        if not words:
            raise EmptyText()
        widgets.badge(say, True, "python -m lessons.tokens.lattice " + shlex.join(words[:WORDS]))
        for word in words[:WORDS]:
            with st.container(border=True):
                _word(scene, word)
        if len(words) > WORDS:
            st.info(plain(say("words_left", words=WORDS, rest=say.listed(map(chips.visible, words[WORDS:])))))


def _word(scene: Scene, word: str) -> None:
    """Draw the likeliest ways of cutting one word."""
    say, shown = scene.say, chips.visible(word)
    if len(lattice.normalised(word)) > lattice.LONGEST:
        st.warning(plain(say("word_long", word=shown, characters=lattice.LONGEST)))
        return
    number, found = lattice.number_of_ways(word), lattice.ways(word)
    best = found[0]
    st.markdown(f"#### {plain(shown)} → {chips.words([piece.text for piece in best.pieces])}")
    st.markdown(plain(_finding(scene, shown, best, number)))
    drawn = [[(piece.text, piece.log_probability) for piece in way.pieces] for way in found]
    alt = say("ways_alt", word=shown, way=_joined(best), cost=f"{-best.log_probability:.1f}")
    widgets.figure(figures.ways(drawn, axis=say("ways_axis")), f"ways:{word}", alt)
    if len(found) < number:
        st.caption(plain(say("ways_more", shown=len(found), number=f"{number:,}")))
    if len(found) > 1:
        times = math.exp(min(LARGEST, best.log_probability - found[1].log_probability))
        st.markdown(plain(say("ways_times", times=_times(times), second=_joined(found[1]))))
    widgets.table(
        say,
        f"ways:{word}:table",
        [say("column_log"), say("column_million")],
        _rows(scene, found),
    )


def _finding(scene: Scene, word: str, best: lattice.Way, number: int) -> str:
    """Return a sentence on whether the word is in the vocabulary, and in how many ways it can be cut."""
    say = scene.say
    if len(best.pieces) == 1 and best.pieces[0].counted:
        return say("word_known", word=word, million=_million(best.pieces[0].per_million), number=f"{number:,}")
    if len(best.pieces) == 1 and best.pieces[0].known:
        return say("word_special", word=word)
    if any(not piece.known for piece in best.pieces):
        return say("word_unknown", word=word, number=f"{number:,}")
    if "".join(piece.text for piece in best.pieces) in lattice.vocabulary():
        return say("word_beaten", word=word, way=_joined(best), number=f"{number:,}")
    return say("word_pieces", word=word, number=f"{number:,}")


def _rows(scene: Scene, found: list[lattice.Way]) -> list[tuple[str, list[str]]]:
    """Return every way with its sum, and below it its pieces."""
    rows = []
    for number, way in enumerate(found, 1):
        rows.append((f"{number}. {_joined(way)}", [f"{way.log_probability:.3f}", ""]))
        for piece in way.pieces:
            rows.append((chips.visible(piece.text), [f"{piece.log_probability:.3f}", _count(scene, piece)]))
    return rows


def _count(scene: Scene, piece: lattice.Piece) -> str:
    """Return how often the piece is expected in a million tokens, if that is known."""
    if piece.counted:
        return _million(piece.per_million)
    return "–" if piece.known else scene.say("not_known")


def _joined(way: lattice.Way) -> str:
    return " | ".join(chips.visible(piece.text) for piece in way.pieces)


def _million(count: float) -> str:
    return f"{count:,.0f}" if count >= 10 else f"{count:.1f}"


def _times(times: float) -> str:
    """Return a factor to two figures."""
    return f"{float(f'{times:.2g}'):,.0f}" if 10 <= times < 1e9 else f"{times:.2g}"
