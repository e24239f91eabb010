"""The lesson's questions put to a causal model: what comes next, why, and where a chosen way of writing leads.

A `Lab` answers from a live model or from a recorded run with the same dataclasses, so that the page does not care
which of the two is speaking.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.errors import TooManyTokens
from core.maps import Cut, Floats
from core.sampling import Sampling, softmax
from core.tokens import Token
from lessons.self_attention.lab import MASK, Maps
from lessons.text import toml

RECORDED = Path(__file__).parent / "recorded"
WORDS = 20  # of the likeliest next words, by name
FILLS = 100  # guesses of the encoder that are ranked
CACHED_RESULTS = 64  # one distribution of a large vocabulary is 0.6 MB
EFFECT_BUDGET = 160_000  # tokens times million parameters for one experiment: about four seconds


@dataclass(frozen=True)
class Hidden:
    """A sentence and the word in it that is hidden. The word stands in the sentence."""

    text: str
    word: str

    @property
    def left(self) -> str:
        """What stands before the word: all that a decoder may see."""
        return self.text[: self.text.index(self.word)]

    @property
    def hole(self) -> str:
        """The sentence with a hole in the word's place: what an encoder reads."""
        return self.text.replace(self.word, MASK, 1)


@dataclass(frozen=True)
class Example:
    """One of the lesson's sentences, guesses to pick from (none where both sides are read), and its note by language."""

    sentence: Hidden
    candidates: tuple[str, ...]
    note: dict[str, str]


def examples(kind: str = "example") -> tuple[Example, ...]:
    """Return the sentences of one kind ("example" or "both_sides"); the first is the one that the lesson begins with."""
    return tuple(
        Example(Hidden(entry["text"], entry["word"]), tuple(entry.get("candidates", ())), entry["note"])
        for entry in toml("gpt", "examples")[kind]
    )


@dataclass(frozen=True)
class Next:
    """What may come next: the likeliest words with ids and probabilities; all `logits` (vocabulary,) when live."""

    words: tuple[str, ...]
    ids: tuple[int, ...]
    probs: tuple[float, ...]
    logits: Floats | None = None

    def place(self, identifier: int) -> tuple[int, float] | None:
        """Return the rank (from 1) and the probability of a token; None if a recorded run does not know it."""
        if self.logits is not None:
            rank = int((self.logits > self.logits[identifier]).sum()) + 1
            return rank, float(softmax(self.logits)[identifier])
        if identifier not in self.ids:
            return None
        index = self.ids.index(identifier)
        return index + 1, self.probs[index]


@dataclass(frozen=True)
class Guess:
    """A reader's guess: the pieces in which the model writes it, rank and probability of the first, and of all."""

    pieces: tuple[str, ...]
    rank: int
    prob: float
    whole: float


@dataclass(frozen=True)
class Written:
    """A beginning carried on: the chosen tokens, their text and log2 probabilities, and what may come next."""

    ids: tuple[int, ...]
    words: tuple[str, ...]
    text: str
    log2: tuple[float, ...]
    next: Next


@dataclass(frozen=True)
class Way:
    """One way that a text can go. `log2` P of all its tokens, with that of the end where it has `ended`."""

    text: str
    tokens: int
    log2: float
    ended: bool


@dataclass(frozen=True)
class Effects:
    """What each token of a text does for one next word: the change of its probability (token,), NaN for the last."""

    tokens: tuple[Token, ...]
    base: float
    change: Floats


@dataclass(frozen=True)
class Surprise:
    """How many bits each token of a text surprised; `bits_per_character` of the whole."""

    words: tuple[str, ...]
    bits: tuple[float, ...]
    characters: int

    @property
    def bits_per_character(self) -> float:
        return sum(self.bits) / self.characters


class Lab(Protocol):
    """What the page asks. None: not known here (a recorded run knows only the lesson's sentences) or too slow."""

    live: bool

    def fitting(self, text: str) -> str: ...

    def maps(self, text: str) -> Maps | None: ...

    def next(self, text: str, cuts: tuple[Cut, ...] = ()) -> Next | None: ...

    def guess(self, text: str, word: str) -> Guess | None: ...

    def surprise(self, text: str) -> Surprise | None: ...


class LiveLab:
    """Answers from a loaded causal language model. Results are kept, so that a class asking alike asks once."""

    live = True

    def __init__(self, model: Any) -> None:
        self.model = model
        self.fitting = lru_cache(CACHED_RESULTS)(model.fitting)
        self.maps = lru_cache(CACHED_RESULTS)(self._maps)
        self.next = lru_cache(CACHED_RESULTS)(self._next)
        self.guess = lru_cache(CACHED_RESULTS)(self._guess)
        self.surprise = lru_cache(CACHED_RESULTS)(self._surprise)
        self.follow = lru_cache(CACHED_RESULTS)(self._follow)
        self.effects = lru_cache(CACHED_RESULTS)(self._effects)
        self.beams = lru_cache(CACHED_RESULTS)(self._beams)
        self.sample = lru_cache(CACHED_RESULTS)(self._sample)

    @property
    def limit(self) -> int:
        """How many tokens beginning and continuation may have together."""
        return int(self.model.limit)

    @property
    def end(self) -> int | None:
        """The id of the token that ends a text."""
        found: int | None = self.model.tokenizer.eos_token_id
        return found

    @property
    def vocabulary(self) -> int:
        return int(self.model.card.vocabulary)

    def used(self, text: str) -> int:
        """Return how many tokens of the context a text takes."""
        return len(self.model.encode(text).ids)

    def word(self, identifier: int) -> str:
        return str(self.model.word(identifier))

    def _maps(self, text: str) -> Maps:
        found = self.model.attention(text)
        return Maps(found.tokens, found.weights, found)

    def _next(self, text: str, cuts: tuple[Cut, ...] = ()) -> Next:
        return self._named(self.model.next(text, 1, cuts))

    def _named(self, found: Any) -> Next:
        """Return a core.causal.Distribution with the names of its likeliest words."""
        ids = tuple(np.argsort(-found.logits, kind="stable")[:WORDS].tolist())
        probs = tuple(float(found.probabilities[identifier]) for identifier in ids)
        return Next(tuple(map(self.word, ids)), ids, probs, found.logits)

    def _guess(self, text: str, word: str) -> Guess:
        ids = self._pieces(text, word)
        rank, prob = _known(self.next(text).place(ids[0]))
        log2 = self.follow(text, ids[:-1]).log2 if len(ids) > 1 else ()
        last = self.follow(text, ids[:-1]).next.place(ids[-1]) if len(ids) > 1 else (rank, prob)
        return Guess(tuple(map(self.word, ids)), rank, prob, float(2.0 ** sum(log2)) * _known(last)[1])

    def _pieces(self, text: str, word: str) -> tuple[int, ...]:
        """Return the ids that carry the text on by the word: as the tokenizer cuts both together, if it leaves the text
        as it was, else as it cuts the word alone. Raises the errors of `encode` for the word."""
        self.model.encode(word)
        before = self.model.encode(text).ids
        try:
            after = self.model.encode(text + word).ids
        except TooManyTokens:
            after = ()
        if after[: len(before)] == before and len(after) > len(before):
            return tuple(after[len(before) :])
        return tuple(self.model.tokenizer(word, add_special_tokens=False)["input_ids"])

    def _surprise(self, text: str) -> Surprise:
        found = self.model.score(text)
        words = tuple(token.text for token in found.tokens)
        return Surprise(words, tuple(-log2 for log2 in found.log2), found.characters)

    def _follow(self, prompt: str, ids: tuple[int, ...]) -> Written:
        found = self.model.follow(prompt, ids, 1)
        return Written(found.ids, tuple(map(self.word, ids)), found.text, found.log2, self._named(found.next))

    def _effects(self, text: str, identifier: int) -> Effects | None:
        """Return None for a text that takes too long."""
        n = self.used(text)
        if n * n * self.model.card.parameters / 1e6 > EFFECT_BUDGET:
            return None
        found = self.model.column_effects(text, identifier)
        return Effects(found.tokens, found.base, found.change)

    def _sample(self, prompt: str, sampling: Sampling) -> Way:
        """Return the text that the sampling writes (temperature 0: greedy), not longer than the limit."""
        room = min(self.limit - self.used(prompt), sampling.max_tokens)
        steps = [step for _, step in zip(range(room), self.model.steps(prompt, sampling, 1), strict=False)]
        ids = tuple(step.id for step in steps)
        found, ended = self.follow(prompt, ids), len(ids) < room
        log2 = sum(found.log2)
        if ended and self.end is not None:
            log2 += float(np.log2(_known(found.next.place(self.end))[1]))
        return Way(found.text, len(ids), log2, ended)

    def _beams(self, prompt: str, width: int, length: int) -> tuple[Way, ...]:
        length = min(self.limit - self.used(prompt), length)
        found = self.model.beams(prompt, width, length)
        return tuple(Way(beam.text, len(beam.ids), beam.log2, beam.ended) for beam in found)


def _known(place: tuple[int, float] | None) -> tuple[int, float]:
    """Return the place of a token in a distribution that has them all."""
    assert place is not None
    return place


@lru_cache(maxsize=4)
def live_lab(model: object) -> LiveLab:
    """Return the one lab of a loaded model, whose cached answers every session shares."""
    return LiveLab(model)


class RecordedLab:
    """Answers from a recorded run of the embedded model, for the lesson's sentences with nothing cut."""

    live = False

    def __init__(self, run: dict[str, Any]) -> None:
        self.command: str = run["command"]
        self._maps = {entry["text"]: entry for entry in run["maps"]}
        self._next = {entry["text"]: entry for entry in run["next"]}
        self._surprise = {entry["text"]: entry for entry in run["surprise"]}
        self._fills = {entry["text"]: entry for entry in run["fills"]}

    def fitting(self, text: str) -> str:
        """Return the text: what was recorded is short, and how long another is only the model knows."""
        return text

    def maps(self, text: str) -> Maps | None:
        entry = self._maps.get(text)
        if entry is None:
            return None
        tokens = tuple(Token(**{**token, "pieces": tuple(token["pieces"])}) for token in entry["tokens"])
        return Maps(tokens, np.array(entry["weights"], dtype=np.float32))

    def next(self, text: str, cuts: tuple[Cut, ...] = ()) -> Next | None:
        entry = self._next.get(text)
        if entry is None or cuts:
            return None
        return Next(tuple(entry["words"]), tuple(entry["ids"]), tuple(entry["probs"]))

    def guess(self, text: str, word: str) -> Guess | None:
        found = self.next(text)
        if found is None or word not in found.words:
            return None
        index = found.words.index(word)
        return Guess((word,), index + 1, found.probs[index], found.probs[index])

    def surprise(self, text: str) -> Surprise | None:
        entry = self._surprise.get(text)
        if entry is None:
            return None
        return Surprise(tuple(entry["words"]), tuple(entry["bits"]), entry["characters"])

    def fills(self, hole: str) -> tuple[tuple[str, float], ...] | None:
        """Return what the encoder put into the hole, the likeliest first."""
        entry = self._fills.get(hole)
        return None if entry is None else tuple((word, prob) for word, prob in entry["fills"])


@lru_cache(maxsize=1)
def recorded() -> RecordedLab:
    """Return the recorded run of the embedded models."""
    return RecordedLab(json.loads((RECORDED / "decoder.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=CACHED_RESULTS)
def fills(encoder: Any, hole: str, number: int = 0) -> tuple[tuple[str, float], ...]:
    """Return what the encoder puts into one of the holes of a text, the likeliest first."""
    return tuple((one.token, one.prob) for one in encoder.fill(hole, FILLS)[number].candidates)
