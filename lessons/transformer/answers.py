"""What a `Lab` answers with (lessons.transformer.lab): numpy and strings, whether the model was live or recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.maps import Floats
from lessons.text import toml

Candidates = tuple[tuple[str, float], ...]  # words with their probabilities, the likeliest first


@dataclass(frozen=True)
class Example:
    """One of the lesson's sentences: the word that decides, how it is written, the spellings it decides between."""

    text: str
    word: str
    candidates: tuple[str, ...]
    note: dict[str, str]
    spelled: str = ""


def examples() -> tuple[Example, ...]:
    """Return the lesson's sentences; the first is the one that the lesson begins with."""
    return tuple(
        Example(**{**entry, "candidates": tuple(entry["candidates"])})
        for entry in toml("transformer", "examples")["example"]
    )


def asked(kind: str) -> tuple[str, ...]:
    """Return the texts whose answer is read from every layer; `kind`: "encoder" or "decoder"."""
    return tuple(entry["text"] for entry in toml("transformer", "examples")[kind])


@dataclass(frozen=True)
class Writing:
    """What the model wrote, token by token, always the likeliest.

    `source`: what the encoder read, with the end token; `words`: what was written, with the end token if it was reached;
    `pieces`: how many ids of `ids` each of them takes. `candidates`: for each, what might have stood there.
    `encoder`, `decoder`, `cross`: attention (layer, head, query, key); the decoder read `read`: row i wrote words[i].
    """

    text: str
    source: tuple[str, ...]
    read: tuple[str, ...]
    words: tuple[str, ...]
    ids: tuple[int, ...]
    pieces: tuple[int, ...]
    candidates: tuple[Candidates, ...]
    encoder: Floats
    decoder: Floats
    cross: Floats
    ended: bool

    @property
    def source_text(self) -> str:
        """The text that was read."""
        return "".join(self.source[:-1])

    def before(self, place: int) -> tuple[int, ...]:
        """Return the ids of what stands before the word at this place."""
        return self.ids[: sum(self.pieces[:place])]

    def written(self, place: int) -> str:
        """Return the text of what stands before this place, without the end token."""
        return "".join(self.words[: min(place, len(self.words) - self.ended)])


@dataclass(frozen=True)
class Block:
    """What went into a box of the figure and came out, a row a piece; `shape` of what came out.

    For linear and softmax `output` has only the columns of the words that `Inside.answers` names.
    """

    inputs: tuple[Floats, ...]
    output: Floats
    shape: tuple[int, int]
    middle: Floats | None = None


@dataclass(frozen=True)
class Inside:
    """All boxes of one run, by name (architecture.NAMES) and layer from 0 (None outside the stacks).

    `source`, `target`: what encoder and decoder read, a name a piece; `answers`: the likeliest next words of each row of
    the output. `attention`: (layer, head, query, key) of the boxes that attend, between tokens; `heard`, `read`: their
    names, and `lasts` the row of the last piece of each token of `read`.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    heard: tuple[str, ...]
    read: tuple[str, ...]
    lasts: tuple[int, ...]
    blocks: Mapping[tuple[str, int | None], Block]
    answers: tuple[Candidates, ...]
    attention: Mapping[str, Floats] = field(repr=False)

    def rows(self, name: str) -> tuple[str, ...]:
        """Return the names of the rows of a box."""
        return self.source if name.startswith("encoder") else self.target

    def attending(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the queries and of the keys of a box that attends."""
        queries = self.heard if name.startswith("encoder") else self.read
        return queries, self.read if name == "decoder.self_attention" else self.heard

    @property
    def layers(self) -> int:
        return 1 + max(layer for _, layer in self.blocks if layer is not None)


@dataclass(frozen=True)
class Order:
    """The letters of a text in one order, and what is written: with their places, and without."""

    letters: str
    text: str
    blind: str
    probs: tuple[float, ...]  # of the written tokens, without places


@dataclass(frozen=True)
class Beliefs:
    """The answer read after 0, 1, … all layers: the likeliest words, and the course of the final answer."""

    text: str
    layers: tuple[Candidates, ...]
    course: tuple[float, ...]

    @property
    def answer(self) -> str:
        return self.layers[-1][0][0]
