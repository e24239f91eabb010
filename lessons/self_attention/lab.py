"""The lesson's question put to a model: which of the given words stands where 「ナク」 is, and which edges decide it.

A `Lab` answers from a live model or from a recorded run with the same dataclasses, so that the page does not care
which of the two is speaking.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.maps import Cut, Floats, mean_map
from core.tokens import Token
from lessons.text import toml

MASK = "[MASK]"
SEPARATORS = "、,，・/／ 　\t"
MAX_WORDS = 6
RECORDED = Path(__file__).parent / "recorded"
CACHED_RESULTS = 256
# Tokens times million parameters that a model may read for one experiment: about two seconds for the whole map, four
# for the hole's row.
MAP_BUDGET, ROW_BUDGET = 80_000, 160_000


@dataclass(frozen=True)
class Question:
    """A sentence, the word in it that is asked about, and the words it may stand for (the first is followed)."""

    text: str
    word: str
    candidates: tuple[str, ...]

    @property
    def hole(self) -> str:
        """The sentence with a hole in the word's place (unchanged if the word is not in it)."""
        return self.text if MASK in self.text or not self.word else self.text.replace(self.word, MASK, 1)

    @property
    def has_word(self) -> bool:
        return MASK in self.text or (bool(self.word.strip()) and self.word in self.text)


def written_words(written: str) -> tuple[str, ...]:
    """Return the words of a list as a reader writes it: 「鳴く、泣く」, "鳴く/泣く", "鳴く 泣く"."""
    for separator in SEPARATORS:
        written = written.replace(separator, "\n")
    return tuple(dict.fromkeys(word.strip() for word in written.splitlines() if word.strip()))


def words(written: str) -> tuple[str, ...]:
    """Return the first MAX_WORDS of them."""
    return written_words(written)[:MAX_WORDS]


@dataclass(frozen=True)
class Example:
    """One of the lesson's sentences with its note by language."""

    question: Question
    note: dict[str, str]


def examples() -> tuple[Example, ...]:
    """Return the lesson's sentences; the first is the lesson's own."""
    return tuple(
        Example(Question(entry["text"], entry["word"], tuple(entry["candidates"])), entry["note"])
        for entry in toml("self_attention", "examples")["example"]
    )


class Lab(Protocol):
    """What the page asks. None: not known here (a recorded run knows only the lesson's sentences) or too slow."""

    live: bool

    def maps(self, text: str, cuts: tuple[Cut, ...] = ()) -> "Maps | None": ...

    def shares(self, question: Question, cuts: tuple[Cut, ...] = ()) -> "Shares | None": ...

    def effects(self, question: Question, layer: int | None, head: int | None) -> Floats | None: ...


@dataclass(frozen=True)
class Maps:
    """Attention of one text: weights (layer, head, query, key). `detail` has the numbers behind it when live."""

    tokens: tuple[Token, ...]
    weights: Floats
    detail: Any = None  # core.maps.AttentionMaps

    def mean(self, layer: int | None, head: int | None) -> Floats:
        """Return (query, key): one head, or the mean over what is None."""
        return mean_map(self.weights, layer, head)

    @cached_property
    def visible(self) -> list[int]:
        """The positions of the tokens that are not special."""
        return [index for index, token in enumerate(self.tokens) if not token.special]


@dataclass(frozen=True)
class Shares:
    """The share of each candidate that the model can read, in the order given; `method` as in core.masked.Choice."""

    shares: dict[str, float]
    method: str
    top: tuple[tuple[str, float], ...]  # the likeliest words of the whole vocabulary


class LiveLab:
    """Answers from a loaded masked language model. Results are kept, so that a class asking alike asks once."""

    live = True

    def __init__(self, model: Any) -> None:
        self.model = model
        self.maps = lru_cache(CACHED_RESULTS)(self._maps)
        self.shares = lru_cache(CACHED_RESULTS)(self._shares)
        self.effects = lru_cache(CACHED_RESULTS)(self._effects)

    def _maps(self, text: str, cuts: tuple[Cut, ...] = ()) -> Maps:
        found = self.model.attention(text, cuts)
        return Maps(found.tokens, found.weights, found)

    def _shares(self, question: Question, cuts: tuple[Cut, ...] = ()) -> Shares:
        choice = self.model.choose(question.hole, question.candidates, cuts)
        top = self.model.fill(question.hole, 8, cuts)[0].candidates
        shares = {word: choice.prob(word) for word in question.candidates if word in choice.log2}
        return Shares(shares, choice.method, tuple((candidate.token, candidate.prob) for candidate in top))

    def _effects(self, question: Question, layer: int | None, head: int | None) -> Floats | None:
        """Return the effect of every edge; of a long sentence only the hole's row (the rest NaN), of a longer one None."""
        n, reading = len(self.maps(question.hole).tokens), self._reading(question) * self.model.card.parameters / 1e6
        if n * n * reading <= MAP_BUDGET:
            change: Floats = self.model.edge_effects(question.hole, question.candidates, layer, head).change
            return change
        return self._row(question, layer, head) if n * reading <= ROW_BUDGET else None

    def _row(self, question: Question, layer: int | None, head: int | None) -> Floats:
        tokens = self.maps(question.hole).tokens
        hole = [token.text for token in tokens].index(MASK)
        base = self.shares(question).shares
        word = next(iter(base))
        change = np.full((len(tokens), len(tokens)), np.nan, dtype=np.float32)
        for key in range(len(tokens)):
            cut = (Cut(hole, key, layer, head),)
            change[hole, key] = self.model.choose(question.hole, question.candidates, cut).prob(word) - base[word]
        return change

    def _reading(self, question: Question) -> int:
        """Return how many tokens the model reads for one comparison of the words."""
        found = self.shares(question)
        if found.method == "mask":
            return int(self.maps(question.hole).tokens[-1].last)
        lengths = [self.model.tokens(question.hole.replace(MASK, word))[-1].last for word in found.shares]
        return sum(length**2 for length in lengths)


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
        self._questions = {entry["hole"]: entry for entry in run["questions"]}

    def maps(self, text: str, cuts: tuple[Cut, ...] = ()) -> Maps | None:
        entry = self._maps.get(text)
        if entry is None or cuts:
            return None
        tokens = tuple(Token(**{**token, "pieces": tuple(token["pieces"])}) for token in entry["tokens"])
        return Maps(tokens, np.array(entry["weights"], dtype=np.float32))

    def shares(self, question: Question, cuts: tuple[Cut, ...] = ()) -> Shares | None:
        entry = self._questions.get(question.hole)
        if entry is None or cuts or set(entry["shares"]) != set(question.candidates):
            return None
        shares = {word: entry["shares"][word] for word in question.candidates}
        return Shares(shares, entry["method"], tuple((word, share) for word, share in entry["top"]))

    def effects(self, question: Question, layer: int | None, head: int | None) -> Floats | None:
        entry = self._questions.get(question.hole)
        if entry is None or (layer, head) != (None, None) or next(iter(entry["shares"])) != question.candidates[0]:
            return None
        return np.array(entry["effects"], dtype=np.float32)


@lru_cache(maxsize=4)
def recorded(name: str) -> RecordedLab:
    """Return the recorded run of an embedded model."""
    return RecordedLab(json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8")))


def largest(values: Floats, row: int, among: Sequence[int]) -> int:
    """Return the key among those given, other than the row's own, whose value is the largest in size."""
    others = [key for key in among if key != row and np.isfinite(values[row, key])] or list(among)
    return max(others, key=lambda key: abs(float(values[row, key])))
