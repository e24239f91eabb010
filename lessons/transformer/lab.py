"""The lesson's questions put to an encoder–decoder: what is inside each box, what it writes, what a cut changes.

A `Lab` answers from a live model or from a recorded run (lessons.transformer.playback) with the same dataclasses, so that
the page does not care which of the two is speaking. Every array is numpy and belongs to one text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from core.maps import Floats
from lessons.gpt.lab import Next
from lessons.text import toml
from lessons.transformer.cutting import Hidden, edges

CACHED_RESULTS = 64
CACHED_INSIDES = 12  # all arrays of a run of 64 tokens take 8 MB
WORDS = 20  # of the likeliest next words, by name
ANSWERS = 10  # of them for each row of the output
LONGER = 6  # tokens that a text may be longer than its source when something is missing: some models never end then

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


class Lab(Protocol):
    """What the page asks. None: not known here (a recorded run knows only the lesson's sentences)."""

    live: bool

    def writing(self, text: str) -> Writing | None: ...

    def inside(self, text: str, written: str = "") -> Inside | None: ...

    def after(self, text: str, place: int, hidden: Hidden) -> Next | None: ...

    def orders(self, text: str, seed: int) -> tuple[Order, ...] | None: ...


class LiveLab:
    """Answers from a loaded encoder–decoder. Results are kept, so that a class asking alike asks once."""

    live = True

    def __init__(self, model: Any) -> None:
        self.model = model
        self.writing = lru_cache(CACHED_RESULTS)(self._writing)
        self.inside = lru_cache(CACHED_INSIDES)(self._inside)
        self.after = lru_cache(CACHED_RESULTS)(self._after)
        self.freely = lru_cache(CACHED_RESULTS)(self._freely)
        self.orders = lru_cache(CACHED_RESULTS)(self._orders)
        self.beams = lru_cache(CACHED_RESULTS)(self._beams)

    def used(self, text: str) -> int:
        """Return how many tokens of the context a text takes."""
        return len(self.model.encode(text).ids)

    def _writing(self, text: str) -> Writing:
        steps = list(self.model.steps(text, ANSWERS))
        ids = tuple(step.id for step in steps)
        maps = self.model.attention(text, target=ids[:-1])
        read = maps.decoder.tokens
        pieces = tuple(len(token.pieces) for token in read[1:])
        firsts = [token.last - 1 for token in read]  # the step that wrote what follows a token
        named = [tuple((one.token, one.prob) for one in steps[first].candidates) for first in firsts]
        ended = ids[-1] == self.model.end
        return Writing(
            text=steps[-1].text,
            source=tuple(token.text for token in maps.encoder.tokens),
            read=tuple(token.text for token in read),
            words=(*(token.text for token in read[1:]), steps[-1].token),
            ids=ids,
            pieces=(*pieces, 1),
            candidates=tuple(named),
            encoder=maps.encoder.weights,
            decoder=maps.decoder.weights,
            cross=maps.cross.weights,
            ended=ended,
        )

    def _inside(self, text: str, written: str = "") -> Inside:
        """Return what is inside while the model writes its own text, or after another that is `written` already."""
        from core.inside import trace

        found = trace(self.model, text, written or self.writing(text).ids[:-1])
        best = np.argsort(-found.stage("output", "linear").output, axis=1, kind="stable")[:, :ANSWERS]
        blocks = {}
        for stage in found.stages:
            name, output, inputs = f"{stage.part}.{stage.block}", stage.output, stage.inputs
            if stage.part == "output":  # of thousands of columns those with a name
                output = np.take_along_axis(stage.output, best, axis=1)
                inputs = inputs if stage.block == "linear" else (np.take_along_axis(inputs[0], best, axis=1),)
            shape = (stage.output.shape[0], stage.output.shape[1])
            blocks[name, stage.layer] = Block(inputs, output, shape, stage.middle)
        probs = blocks["output.softmax", None].output
        answers = tuple(
            tuple((str(self.model.word(one)), float(prob)) for one, prob in zip(ids, row, strict=True))
            for ids, row in zip(best.tolist(), probs, strict=True)
        )
        attention = {
            "encoder.self_attention": found.maps.encoder.weights,
            "decoder.self_attention": found.maps.decoder.weights,
            "decoder.cross_attention": found.maps.cross.weights,
        }
        return Inside(
            source=found.labels("encoder"),
            target=found.labels("decoder"),
            heard=tuple(token.text for token in found.source),
            read=tuple(token.text for token in found.target),
            lasts=tuple(token.last - 1 for token in found.target),
            blocks=blocks,
            answers=answers,
            attention=attention,
        )

    def _after(self, text: str, place: int, hidden: Hidden) -> Next:
        """Return what may stand at a place of what the model writes, after its own words, with edges cut."""
        from core.ablation import following

        own = self.writing(text)
        maps = self.model.attention(text, target=own.before(place))
        cut = edges(hidden, maps.encoder.tokens, maps.decoder.tokens)
        probs = following(self.model, text, own.before(place), cut)
        ids = tuple(np.argsort(-probs, kind="stable")[:WORDS].tolist())
        words = tuple(str(self.model.word(one)) for one in ids)
        return Next(words, ids, tuple(float(probs[one]) for one in ids), np.log(np.maximum(probs, 1e-30)))

    def _freely(self, text: str, hidden: Hidden) -> str:
        """Return what the model writes when the edges are cut from the first letter on."""
        from core.ablation import write

        steps = write(self.model, text, lambda source, read: edges(hidden, source, read), self._most(text))
        return self._spelled([step.id for step in steps])

    def _orders(self, text: str, seed: int) -> tuple[Order, ...]:
        """Return the letters of a text as they stand, backwards and shuffled."""
        letters = [token.text for token in self.model.tokens(text) if not token.special]
        mixed = np.random.default_rng(seed).permutation(len(letters))
        turns: Sequence[Sequence[str]] = (letters, letters[::-1], [letters[one] for one in mixed])
        return tuple(self._order("".join(turn)) for turn in turns)

    def _order(self, letters: str) -> Order:
        from core.ablation import write_without_places

        blind = write_without_places(self.model, letters, self._most(letters))
        probs = tuple(step.candidates[0].prob for step in blind)
        return Order(letters, self.writing(letters).text, self._spelled([step.id for step in blind]), probs)

    def _beams(self, text: str) -> str:
        """Return what a beam search makes of a text, which looks further than one letter."""
        return str(self.model.convert(text).text)

    def _most(self, text: str) -> int:
        return self.used(text) + LONGER

    def _spelled(self, ids: Sequence[int]) -> str:
        return str(self.model.tokenizer.decode(list(ids), skip_special_tokens=True))


@lru_cache(maxsize=4)
def live_lab(model: object) -> LiveLab:
    """Return the one lab of a loaded model, whose cached answers every session shares."""
    return LiveLab(model)


@lru_cache(maxsize=CACHED_RESULTS)
def beliefs(model: Any, text: str) -> Beliefs:
    """Return what every layer of an encoder or decoder would answer."""
    from core.inside import beliefs as read

    found = read(model, text, ANSWERS)
    layers = tuple(tuple((one.token, one.prob) for one in row) for row in found.layers)
    return Beliefs(text, layers, tuple(found.course(found.ids[-1][0]).astype(float).tolist()))
