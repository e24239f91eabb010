"""What every step of the lesson shares: the reader's sentence with its holes, who answers, and the widgets that choose."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.catalogue import Card
from core.tokens import Token, check
from lessons import furigana, widgets
from lessons.bert import holes
from lessons.bert.lab import Hole, Lab, LiveLab
from lessons.gpt.figures import percent, word_bars
from lessons.scenes import MEAN, cut_short
from lessons.self_attention.lab import MASK
from lessons.state import PageState
from lessons.text import Section, Strings, distinct, plain

BLANK = "□"  # a hole in a table or a list: never broken into two lines
DEFAULT_MODEL = "encoder"  # of the commands that ask a masked model
FORGOTTEN = {"s": ("c", "cut"), "k": ("c", "cut")}  # what was chosen of a sentence and its holes, and goes with them


@dataclass(frozen=True)
class Puzzle:
    """A sentence with its tokens, the hidden places among those that the reader wrote, and the text with the holes.

    `rest`: what follows in the reader's text and is not read, because it is too long.
    """

    text: str
    tokens: tuple[Token, ...]
    places: tuple[int, ...]
    hole: str
    rest: str = ""

    @property
    def count(self) -> int:
        """How many holes there are, those that the reader wrote as [MASK] among them."""
        return self.hole.count(MASK)

    @property
    def words(self) -> list[str]:
        """What is hidden, in order; [MASK] for a hole that the reader wrote."""
        own = holes.own(self.tokens)
        return [token.text for place, token in enumerate(own) if place in self.places or token.text == MASK]


@dataclass(frozen=True)
class Scene:
    """What every step needs: who answers, in which language, the lesson's text, and the state of the page."""

    lab: Lab
    state: PageState
    say: Strings
    text: dict[str, Section]
    card: Card  # of the model that answers

    @property
    def layer(self) -> int | None:
        return None if self.state["l"] == MEAN else int(self.state["l"]) - 1

    @property
    def head(self) -> int | None:
        return None if self.state["h"] == MEAN else int(self.state["h"]) - 1

    @property
    def chance(self) -> float:
        """The loss in nats of a model that knows nothing: all words of the vocabulary alike."""
        return math.log(self.card.vocabulary)

    @property
    def live(self) -> LiveLab | None:
        """The lab, if a model is behind it."""
        return self.lab if isinstance(self.lab, LiveLab) else None

    def heading(self, anchor: str) -> None:
        furigana.section(self.text[anchor], anchor)

    def puzzle(self) -> Puzzle | None:
        """Return the reader's sentence with its holes, None while the model is needed and not there.

        Raises the errors of a sentence that cannot be read.
        """
        whole = check(self.state["s"])
        text = self.lab.fitting(whole)
        tokens = self.lab.tokens(text)
        if tokens is None:
            return None
        places = holes.read(self.state["k"], tokens)
        return Puzzle(text, tokens, places, holes.holed(text, tokens, places), whole[len(text) :])


def forget(state: PageState, name: str) -> None:
    """Put back what was chosen of the value `name`, which has changed."""
    for other in FORGOTTEN.get(name, ()):
        state.set(other, state.defaults[other])


def show_cut(scene: Scene, puzzle: Puzzle) -> None:
    """Show where the reader's sentence was cut, if it was too long."""
    if scene.live is not None:
        cut_short(scene.say.lang, scene.live.limit, puzzle.text + puzzle.rest, puzzle.text)


def word_pills(scene: Scene, puzzle: Puzzle) -> None:
    """Draw the words of the sentence as buttons: a pressed one is hidden. Show where one too long was cut."""
    show_cut(scene, puzzle)
    say, state, words = scene.say, scene.state, holes.own(puzzle.tokens)
    key = f"{state.page}:places"
    st.session_state[key] = list(puzzle.places)

    def taken() -> None:
        state.set("k", holes.write(puzzle.tokens, st.session_state[key]))
        forget(state, "k")

    st.pills(
        say("pills_label"),
        [place for place, word in enumerate(words) if holes.can_hide(word)],
        selection_mode="multi",
        wrap=True,
        format_func=distinct([word.text for word in words]).__getitem__,
        key=key,
        on_change=taken,
        help=say("pills_help"),
    )


def hole_line(puzzle: Puzzle, words: Sequence[str] = ()) -> str:
    """Return the sentence as Markdown: its holes as blanks, numbered if they are several, or filled with the words."""
    parts = puzzle.hole.split(MASK)
    count = len(parts) - 1
    blanks = ["＿＿"] if count == 1 else [f"＿{number + 1}＿" for number in range(count)]
    shown = [f":orange[{plain(word)}]" for word in words or blanks]
    line = "".join(plain(part) + filling for part, filling in zip(parts, [*shown, ""], strict=True))
    return f"### {line}"


def no_hole(scene: Scene, puzzle: Puzzle) -> bool:
    """Say so if the sentence has no hole; return whether that is so."""
    if puzzle.count == 0:
        st.info(scene.say("no_hole"), icon=":material/touch_app:")
    return puzzle.count == 0


def chosen_hole(scene: Scene, puzzle: Puzzle) -> int:
    """Draw the choice of a hole, if there are several; return its number."""
    numbers = [str(number) for number in range(puzzle.count)]
    scene.state.pick("c", numbers)
    if len(numbers) == 1:
        return 0
    return int(
        widgets.choose_one(
            scene.say("hole_label"), scene.state, "c", numbers, lambda number: hole_name(scene, puzzle, int(number))
        )
    )


def hole_name(scene: Scene, puzzle: Puzzle, number: int) -> str:
    """Return what a hole is called: its number, and the word that stood there if the reader hid one."""
    word = puzzle.words[number]
    return scene.say("hole_written" if word == MASK else "hole_option", number=number + 1, word=word)


def bars(scene: Scene, key: str, hole: Hole, shown: int, marked: str = "") -> None:
    """Draw the likeliest words of a hole, with the table."""
    words, probs = [word for word, _ in hole.ranked[:shown]], [prob for _, prob in hole.ranked[:shown]]
    rows = [(word, [percent(prob)]) for word, prob in hole.ranked[:shown]]
    alt = ", ".join(f"{word} {cells[0]}" for word, cells in rows)
    widgets.figure(word_bars(words, probs, marked=words.index(marked) if marked in words else None), key, alt)
    widgets.table(scene.say, f"{key}:table", [scene.say("column_prob")], rows)


def badge(scene: Scene, command: str) -> None:
    """Say whether the numbers are live, and how to make them again."""
    if scene.card.name != DEFAULT_MODEL:
        command += f" --model {scene.card.name}"
    recorded = getattr(scene.lab, "command", command)
    widgets.badge(scene.say, scene.lab.live, command if scene.lab.live else recorded)
