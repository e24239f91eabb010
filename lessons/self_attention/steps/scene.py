"""What every step of the lesson shares: the reader's question, who answers, and the widgets that choose."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.catalogue import Card
from lessons import furigana, widgets
from lessons.frame.touched import touch
from lessons.scenes import MEAN
from lessons.self_attention.lab import Lab, Maps, Question, largest
from lessons.state import PageState
from lessons.text import Section, Strings
from lessons.tokens.chips import visible

EDGE = "edge"  # what the tasks call the two selectors of an edge
DEFAULT_MODEL = "encoder"  # of the commands that ask a masked model


@dataclass(frozen=True)
class Scene:
    """What every step needs: the reader's question, who answers, in which language, and the state of the page."""

    question: Question
    lab: Lab
    state: PageState
    say: Strings
    text: dict[str, Section]
    card: Card  # of the model that answers

    @property
    def layers(self) -> int:
        return self.card.layers

    @property
    def heads(self) -> int:
        return self.card.heads

    @property
    def reading(self) -> str:
        """The text that the model reads: with the hole, or as it is."""
        return self.question.hole if self.state["r"] == "hole" and self.question.has_word else self.question.text

    @property
    def layer(self) -> int | None:
        return None if self.state["l"] == MEAN else int(self.state["l"]) - 1

    @property
    def head(self) -> int | None:
        return None if self.state["h"] == MEAN else int(self.state["h"]) - 1

    def heading(self, anchor: str) -> None:
        furigana.section(self.text[anchor], anchor)

    def axes(self) -> tuple[str, str]:
        return self.say("axis_query"), self.say("axis_key")


def reading_switch(scene: Scene) -> None:
    """Draw the switch between the sentence as it is and with the hole."""
    say = scene.say
    widgets.choose_one(
        say("reading_label"),
        scene.state,
        "r",
        ["hole", "plain"],
        lambda v: say("reading_hole") if v == "hole" else say("reading_as_is", word=scene.question.word),
    )


def shown_positions(scene: Scene, maps: Maps) -> list[int]:
    """Return the positions that are on the map."""
    return (maps.visible or list(range(len(maps.tokens)))) if scene.state["x"] == "1" else list(range(len(maps.tokens)))


def chosen_edge(scene: Scene, maps: Maps) -> tuple[int, int]:
    """Return the chosen (query, key); by default the word that is asked about, looking at its strongest key."""
    n = len(maps.tokens)
    written = scene.state["e"].split("-")
    if len(written) == 2 and all(part.isdecimal() and int(part) < n for part in written):
        return int(written[0]), int(written[1])
    query = asked_position(scene, maps)
    return query, largest(maps.mean(scene.layer, scene.head), query, maps.visible or range(n))


def asked_position(scene: Scene, maps: Maps) -> int:
    """Return the position of the hole, or of the first token of the word that is asked about."""
    hole = [index for index, token in enumerate(maps.tokens) if token.text == "[MASK]"]
    start = scene.question.text.find(scene.question.word)
    word = [index for index, token in enumerate(maps.tokens) if not token.special and token.start <= start < token.end]
    return (hole or word or maps.visible or [0])[0]


def choose_edge(scene: Scene, shown: list[int]) -> Callable[[int, int], None]:
    return lambda row, column: scene.state.set("e", f"{shown[row]}-{shown[column]}")


def names_of(maps: Maps, positions: list[int] | None = None) -> list[str]:
    """Return what to show for the tokens: also one that has no look of its own (a joiner in an emoji) can be told."""
    return [
        visible(maps.tokens[index].text) for index in (positions if positions is not None else range(len(maps.tokens)))
    ]


def edge_selectors(scene: Scene, maps: Maps, labels: tuple[str, str]) -> tuple[int, int]:
    """Draw the two selectors of an edge (the keyboard's way to a cell); return (query, key)."""
    query, key = chosen_edge(scene, maps)
    scene.state.set("e", f"{query}-{key}")
    options = list(range(len(maps.tokens)))
    names = names_of(maps)
    chosen = []
    for column, label, value, name in zip(st.columns(2), labels, (query, key), ("eq", "ek"), strict=True):
        widget = f"{scene.state.page}:{name}"
        st.session_state[widget] = value

        def taken() -> None:
            touch(EDGE)
            new = [st.session_state[f"{scene.state.page}:{part}"] for part in ("eq", "ek")]
            scene.state.set("e", f"{new[0]}-{new[1]}")

        with column:
            chosen.append(
                st.selectbox(
                    label,
                    options,
                    format_func=lambda i: f"{i + 1}. {names[i]}",
                    key=widget,
                    on_change=taken,
                    filter_mode=None,
                )
            )
    return chosen[0], chosen[1]


def badge(scene: Scene, command: str) -> None:
    if scene.card.name != DEFAULT_MODEL:
        command += f" --model {scene.card.name}"
    recorded = getattr(scene.lab, "command", command)
    widgets.badge(scene.say, scene.lab.live, command if scene.lab.live else recorded)
