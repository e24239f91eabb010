"""The lesson's questions put to a masked model: what fills the holes, which side and which word decide it.

A `Lab` answers from a live model or from a recorded run with the same dataclasses, so that the page does not care
which of the two is speaking.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.maps import Cut, Floats
from core.tokens import Token
from lessons.bert import holes
from lessons.gpt.figures import percent
from lessons.self_attention.lab import MASK, Maps
from lessons.text import toml

RECORDED = Path(__file__).parent / "recorded"
RANKED = 200  # words of one hole, by name
CACHED_RESULTS = 128
EFFECT_BUDGET = 160_000  # tokens times million parameters for one experiment: about four seconds

Cuts = tuple[Cut, ...]
Ranked = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Example:
    """A sentence, the word in it that is hidden (it stands there once), guesses to pick from, and a note by language.

    `hard`: the small model is known to have trouble with it.
    """

    text: str
    word: str
    candidates: tuple[str, ...]
    hard: bool
    note: dict[str, str]

    @property
    def hole(self) -> str:
        return self.text.replace(self.word, MASK, 1)


@lru_cache(maxsize=1)
def examples() -> tuple[Example, ...]:
    """Return the lesson's sentences; the first is the one that the lesson begins with."""
    return tuple(
        Example(one["text"], one["word"], tuple(one["candidates"]), one["hard"], one["note"])
        for one in toml("bert", "examples")["example"]
    )


@dataclass(frozen=True)
class Review:
    """A sentence of a guest with a hole for a judgement, and which of the two words a reader would put there."""

    text: str
    words: tuple[str, str]
    expected: str


@lru_cache(maxsize=1)
def reviews() -> tuple[Review, ...]:
    """Return the sentences that are sorted by filling a hole."""
    found = toml("bert", "examples")["review"]
    return tuple(Review(one["text"], (one["words"][0], one["words"][1]), one["expected"]) for one in found)


@dataclass(frozen=True)
class Hole:
    """One hole: its token's position, and the likeliest words of the whole vocabulary with their probabilities."""

    position: int
    ranked: Ranked

    def place(self, word: str) -> tuple[int, float] | None:
        """Return rank (from 1) and probability of a word, None if it is not among the likeliest."""
        for rank, (name, prob) in enumerate(self.ranked, 1):
            if name == word:
                return rank, prob
        return None

    def prob(self, word: str) -> float:
        """Return the probability of a word, 0 if it is not among the likeliest (RANKED of them, when live)."""
        found = self.place(word)
        return 0.0 if found is None else found[1]

    def says(self, word: str) -> str:
        """Return the probability of a word for a reader: below that of the last ranked word where it is not among them."""
        found = self.place(word)
        return percent(found[1]) if found else "<" + percent(self.ranked[-1][1]).removeprefix("<")


@dataclass(frozen=True)
class Sides:
    """What one hole says when it sees both sides, only the left, only the right. A side without words changes nothing."""

    both: Hole
    left: Hole
    right: Hole
    has_left: bool
    has_right: bool


@dataclass(frozen=True)
class Guess:
    """What the model makes of a reader's word: `method` "mask": `prob` over the vocabulary and `rank` (None: below RANKED).
    "sentence": the word is no single token, so whole sentences were compared, and `shares` are those of these words.
    "unreadable": it is a hole itself, or nothing that can be seen."""

    method: str
    prob: float = 0.0
    rank: int | None = None
    shares: Ranked = ()


@dataclass(frozen=True)
class Loss:
    """One hidden word of a training sentence: −ln P in nats, its probability, and the model's first guess."""

    word: str
    prob: float
    nats: float
    best: str


class Lab(Protocol):
    """What the page asks. None: not known here (a recorded run knows only the lesson's sentences) or too slow."""

    live: bool

    def fitting(self, text: str) -> str: ...

    def tokens(self, text: str) -> tuple[Token, ...] | None: ...

    def fills(self, hole: str, cuts: Cuts = ()) -> tuple[Hole, ...] | None: ...

    def maps(self, hole: str) -> Maps | None: ...

    def sides(self, hole: str, number: int) -> Sides | None: ...

    def effects(self, hole: str, number: int, word: str, layer: int | None, head: int | None) -> Floats | None: ...

    def shares(self, review: Review) -> Ranked | None: ...


class LiveLab:
    """Answers from a loaded masked language model. Results are kept, so that a class asking alike asks once."""

    live = True

    def __init__(self, model: Any) -> None:
        self.model = model
        self.fitting = lru_cache(CACHED_RESULTS)(model.fitting)
        self.tokens = lru_cache(CACHED_RESULTS)(self._tokens)
        self.maps = lru_cache(CACHED_RESULTS)(self._maps)
        self.fills = lru_cache(CACHED_RESULTS)(self._fills)
        self.sides = lru_cache(CACHED_RESULTS)(self._sides)
        self.effects = lru_cache(CACHED_RESULTS)(self._effects)
        self.guess = lru_cache(CACHED_RESULTS)(self._guess)
        self.losses = lru_cache(CACHED_RESULTS)(self._losses)
        self.shares = lru_cache(CACHED_RESULTS)(self._shares)

    @property
    def limit(self) -> int:
        """How many tokens a text may have."""
        return int(self.model.limit)

    def _tokens(self, text: str) -> tuple[Token, ...]:
        found: tuple[Token, ...] = self.model.tokens(text)
        return found

    def _maps(self, hole: str) -> Maps:
        found = self.model.attention(hole)
        return Maps(found.tokens, found.weights, found)

    def _fills(self, hole: str, cuts: Cuts = ()) -> tuple[Hole, ...]:
        return tuple(
            Hole(one.position, tuple((word.token, word.prob) for word in one.candidates))
            for one in self.model.fill(hole, RANKED, cuts)
        )

    def _sides(self, hole: str, number: int) -> Sides:
        """Return the hole with each side out of sight: no token beside the words of that side sees them."""
        tokens, found = self.tokens(hole), self.fills(hole)
        position = found[number].position
        left = [place for place, token in enumerate(tokens) if place < position and not token.special]
        right = [place for place, token in enumerate(tokens) if place > position and not token.special]

        def without(hidden: Sequence[int]) -> Hole:
            seeing = [query for query in range(len(tokens)) if query not in hidden]
            cuts = tuple(Cut(query, key) for query in seeing for key in hidden)
            return self.fills(hole, cuts)[number]

        return Sides(found[number], without(right), without(left), bool(left), bool(right))

    def _effects(self, hole: str, number: int, word: str, layer: int | None, head: int | None) -> Floats | None:
        """Return how P(word) in the hole changes when the edge to each token is cut (token,); NaN to the hole itself.

        None for a text that takes too long.
        """
        tokens, found = self.tokens(hole), self.fills(hole)[number]
        length = tokens[-1].last
        if length * length * self.model.card.parameters / 1e6 > EFFECT_BUDGET:
            return None
        change = np.full(len(tokens), np.nan, dtype=np.float32)
        for key in range(len(tokens)):
            if key != found.position:
                cut = self.fills(hole, (Cut(found.position, key, layer, head),))[number]
                change[key] = cut.prob(word) - found.prob(word)
        return change

    def _guess(self, hole: str, word: str, answer: str) -> Guess:
        """Return what the model makes of a word in the only hole; one that is no single token is compared with the
        answer and the model's first guesses. Raises the errors of `choose`."""
        found = self.fills(hole)[0]
        first = [name for name, _ in found.ranked[:2]]
        choice = self.model.choose(hole, (word, *first))
        if word not in choice.log2:
            return Guess("unreadable")
        if choice.method == "mask":
            known = found.place(word)
            return Guess("mask", float(2.0 ** choice.log2[word]), known[0] if known else None)
        choice = self.model.choose(hole, (word, answer, *first))
        return Guess("sentence", shares=tuple((one.token, one.prob) for one in choice.candidates))

    def _losses(self, text: str, places: tuple[int, ...]) -> tuple[Loss, ...]:
        """Return the loss of each hidden word, given that the others are hidden as well."""
        tokens = self.tokens(text)
        found = self.fills(holes.holed(text, tokens, places))
        losses, shift = [], 0
        for number, place in enumerate(places):
            token = holes.own(tokens)[place]
            others = places[:number] + places[number + 1 :]
            start = token.start + shift
            log2 = self._log2(holes.holed(text, tokens, others), start, start + len(token.text))
            best = found[number + text[: token.start].count(MASK)].ranked[0][0]
            losses.append(Loss(token.text, float(2.0**log2), float(-log2 * np.log(2)), best))
            shift += len(MASK) - len(token.text)
        return tuple(losses)

    def _log2(self, text: str, start: int, end: int) -> float:
        """Return log2 P of the tokens in start:end, each given all the others."""
        score = self.model.score(text)
        pairs = zip(score.tokens, score.log2, strict=True)
        return float(sum(log2 for token, log2 in pairs if token.start < end and token.end > start))

    def _shares(self, review: Review) -> Ranked:
        choice = self.model.choose(review.text, review.words)
        return tuple((word, choice.prob(word)) for word in review.words)


@lru_cache(maxsize=4)
def live_lab(model: object) -> LiveLab:
    """Return the one lab of a loaded model, whose cached answers every session shares."""
    return LiveLab(model)


class RecordedLab:
    """Answers from a recorded run of the embedded model, for the lesson's sentences."""

    live = False

    def __init__(self, run: dict[str, Any]) -> None:
        self.command: str = run["command"]
        self._tokens = {one["text"]: one["tokens"] for one in run["tokens"]}
        self._holes = {one["hole"]: one for one in run["holes"]}
        self._shares = {one["text"]: one["shares"] for one in run["reviews"]}

    def fitting(self, text: str) -> str:
        """Return the text: what was recorded is short, and how long another is only the model knows."""
        return text

    def tokens(self, text: str) -> tuple[Token, ...] | None:
        found = self._tokens.get(text)
        return None if found is None else tuple(Token(**{**one, "pieces": tuple(one["pieces"])}) for one in found)

    def fills(self, hole: str, cuts: Cuts = ()) -> tuple[Hole, ...] | None:
        found = self._holes.get(hole)
        return None if found is None or cuts else (_hole(found["both"]),)

    def maps(self, hole: str) -> Maps | None:
        found, tokens = self._holes.get(hole), self.tokens(hole)
        if found is None or tokens is None:
            return None
        return Maps(tokens, np.array(found["weights"], dtype=np.float32))

    def sides(self, hole: str, number: int) -> Sides | None:
        found = self._holes.get(hole)
        if found is None or number != 0:
            return None
        both, left, right = (_hole(found[name]) for name in ("both", "left", "right"))
        return Sides(both, left, right, found["has_left"], found["has_right"])

    def effects(self, hole: str, number: int, word: str, layer: int | None, head: int | None) -> Floats | None:
        found = self._holes.get(hole)
        if found is None or (number, layer, head) != (0, None, None) or word != found["both"]["ranked"][0][0]:
            return None
        return np.array([np.nan if one is None else one for one in found["effects"]], dtype=np.float32)

    def shares(self, review: Review) -> Ranked | None:
        found = self._shares.get(review.text)
        return None if found is None else tuple((word, share) for word, share in found)


def _hole(entry: dict[str, Any]) -> Hole:
    return Hole(entry["position"], tuple((word, prob) for word, prob in entry["ranked"]))


@lru_cache(maxsize=1)
def recorded() -> RecordedLab:
    """Return the recorded run of the embedded model."""
    return RecordedLab(json.loads((RECORDED / "encoder.json").read_text(encoding="utf-8")))
