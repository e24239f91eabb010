"""What every step of the lesson shares: the reader's text, who answers, and the widgets that choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.catalogue import Card
from lessons import furigana, widgets
from lessons.scenes import MEAN, NOT_GUESSED, cut_short, quoted, waiting
from lessons.state import PageState
from lessons.text import Section, Strings, plain
from lessons.transformer.answers import Inside, Writing
from lessons.transformer.lab import Lab, LiveLab

FORGOTTEN = {"s": ("t", "e", "w", "i", "p", "k", "j", "o")}  # what was chosen of a text and goes with it


@dataclass(frozen=True)
class Scene:
    """What every step needs: who answers, in which language, the lesson's text, and the state of the page."""

    lab: Lab
    state: PageState
    say: Strings
    text: dict[str, Section]
    card: Card  # of the encoder–decoder

    @property
    def source(self) -> str:
        """The text that the encoder reads: the beginning of one that is too long."""
        return self.lab.fitting(self.state["s"])

    @property
    def layer(self) -> int | None:
        return None if self.state["a"] == MEAN else int(self.state["a"]) - 1

    @property
    def head(self) -> int | None:
        return None if self.state["h"] == MEAN else int(self.state["h"]) - 1

    @property
    def live(self) -> LiveLab | None:
        """The lab, if a model is behind it."""
        return self.lab if isinstance(self.lab, LiveLab) else None

    def heading(self, anchor: str) -> None:
        furigana.section(self.text[anchor], anchor)

    def show_cut(self) -> None:
        """Show where the reader's text was cut, if it was too long."""
        if self.live is not None:
            cut_short(self.say.lang, self.live.limit, self.state["s"], self.source)

    def writing(self) -> Writing | None:
        """Return what the model makes of the text; say that the model is awaited if it is not known."""
        found = self.lab.writing(self.source)
        if found is None:
            waiting(self)
        return found

    def inside(self, written: str = "") -> Inside | None:
        """Return all boxes; say that the model is awaited if they are not known."""
        found = self.lab.inside(self.source, written)
        if found is None:
            waiting(self)
        return found


def forget(state: PageState, name: str) -> None:
    """Put back what was chosen of the text `name`, which has changed."""
    for other in FORGOTTEN.get(name, ()):
        state.set(other, state.defaults[other])


def index(scene: Scene, name: str, count: int, start: int = 0) -> int:
    """Return the place that the state has, `start` if it has none below `count`."""
    places = [str(place) for place in range(count)]
    if scene.state[name] not in places:
        scene.state.set(name, str(min(start, max(0, count - 1))))
    return int(scene.state[name])


def numbered(names: Sequence[str]) -> Callable[[str], str]:
    """Return how a place is shown in a list: with its number, because letters come more than once."""
    return lambda place: f"{int(place) + 1}. {names[int(place)]}"


def choose_place(
    scene: Scene, label: str, name: str, names: Sequence[str], start: int = 0, shown: Callable[[str], str] | None = None
) -> int:
    """Draw the choice of one of some places, the keyboard's way to it; return it."""
    index(scene, name, len(names), start)
    options = [str(place) for place in range(len(names))]
    return int(widgets.choose_one(label, scene.state, name, options, shown or numbered(names)))


def verdict(scene: Scene, guess: int, right: bool, fact: str) -> None:
    """Say how a guess turned out, with what was found; the fact alone where none was made."""
    if guess == NOT_GUESSED:
        st.info(plain(fact))
    elif right:
        st.success(plain(f"{scene.say('guess_right')} {fact}"))
    else:
        st.warning(plain(f"{scene.say('guess_wrong')} {fact}"))


def badge(scene: Scene, command: str = "") -> None:
    """Say whether the numbers are live, and how to make the model's calculation behind them again."""
    command = command or f"python -m core convert {quoted(scene.source)}"
    recorded = getattr(scene.lab, "command", command)
    widgets.badge(scene.say, scene.lab.live, command if scene.lab.live else recorded)
