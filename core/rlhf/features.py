"""An answer as numbers: features that a reader can name, and those that the language model has of its own.

The named ones look at the text (features.toml has their titles). The frozen ones come from the language model before any
training: the mean of its last hidden states over the answer, along the few directions in which the reference answers
differ most (principal components), and the mean log-probability of the answer's tokens. It never learns here.

Every feature is standardised: 0 is the mean of the reference answers and 1 their standard deviation, so that weights can
be compared. The standard deviation of a rare feature is taken as LEAST_SPREAD, lest one answer weigh like many. Beyond
MOST_DEVIATIONS a feature counts no further: of ten exclamation marks in a row no comparison has told anything, and a
policy that is optimised would go there first.
"""

import re
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.rlhf.comparisons import Answer

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Floats = NDArray[np.floating]
TITLES = Path(__file__).with_name("features.toml")
DIRECTIONS = 16
MOST_KNOWN = 20_000  # answers whose features are kept
LEAST_SPREAD = 0.2
MOST_DEVIATIONS = 3.0
LEAST_LENGTH = 1e-3  # of a direction; below it there are only rounding errors
SENTENCE = re.compile(r"[^。!?！？\n]+[。!?！？]*")
POLITE = re.compile(r"(です|ます|でした|ました|ません|でしょう|ましょう|ください)[かねよがけど]*[。!?！？」]*$")
QUESTION = re.compile(r"[?？]|(です|ます|でした|ました|ません|でしょう|ましょう)か。")
NEGATION = re.compile(r"ない|ません|なかった")
OTHER_LETTERS = re.compile(r"[「」『』0-9０-９A-Za-zＡ-Ｚａ-ｚ]")


class Language(Protocol):
    """The frozen language model, for example `Policy.frozen()`."""

    end: int | None

    def written(self, answer: Answer) -> tuple[int, ...]:
        """Return the ids of an answer, also of one that a person wrote."""

    def hidden(self, answers: Sequence[Answer]) -> tuple[Floats, Floats]:
        """Return the mean last hidden state (answer, width) and mean log-probability (answer,) over the answers' tokens."""


@cache
def _told() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = tomllib.loads(TITLES.read_text(encoding="utf-8"))
    return found


def title(name: str, lang: str) -> str:
    """Return how a feature is called; a direction of the hidden states has only a number."""
    named = _told()["title"].get(name)
    return named[lang] if named else name


@cache
def words(name: str) -> re.Pattern[str]:
    """Return what finds the words of a list: "animals" or "kind"."""
    return re.compile("|".join(map(re.escape, str(_told()["words"][name]).split())))


def share(text: str, first: str, last: str) -> float:
    """Return the share of letters between two of the code, such as ぁ and ゖ for hiragana."""
    return sum(first <= one <= last for one in text) / max(1, len(text))


def polite_share(text: str) -> float:
    """Return the share of sentences that end in です or ます."""
    sentences = SENTENCE.findall(text)
    return sum(bool(POLITE.search(one)) for one in sentences) / max(1, len(sentences))


def _count(pattern: str) -> Callable[[Answer], float]:
    found = re.compile(pattern)
    return lambda answer: float(len(found.findall(answer.text)))


def _bigrams(text: str) -> list[str]:
    """Return the pairs of neighbouring letters, none across a punctuation mark."""
    return [text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()]


def _repeats(answer: Answer) -> float:
    """Return the share of letter pairs that were there before."""
    pairs = _bigrams(answer.text)
    return 1 - len(set(pairs)) / len(pairs) if pairs else 0.0


def _echo(answer: Answer) -> float:
    """Return the share of letter pairs that stand in the prompt."""
    pairs, asked = _bigrams(answer.text), set(_bigrams(answer.prompt))
    return sum(pair in asked for pair in pairs) / len(pairs) if pairs else 0.0


MEASURES: dict[str, Callable[[Answer], float]] = {
    "characters": lambda answer: float(len(answer.text)),
    "sentences": lambda answer: float(len(SENTENCE.findall(answer.text))),
    "polite": lambda answer: polite_share(answer.text),
    "full_stop": lambda answer: float(answer.text.rstrip().endswith("。")),
    "question": lambda answer: float(bool(QUESTION.search(answer.text))),
    "exclamation": _count("[!！]"),
    "hiragana": lambda answer: share(answer.text, "ぁ", "ゖ"),
    "kanji": lambda answer: share(answer.text, "一", "鿿"),
    "katakana": lambda answer: share(answer.text, "ァ", "ヺ"),
    "commas": _count("[、,]"),
    "letters": lambda answer: len(OTHER_LETTERS.findall(answer.text)) / max(1, len(answer.text)),
    "animals": lambda answer: float(bool(words("animals").search(answer.text))),
    "kind": lambda answer: float(len(words("kind").findall(answer.text))),
    "negation": lambda answer: float(bool(NEGATION.search(answer.text))),
    "repeats": _repeats,
    "echo": _echo,
}
OF_THE_MODEL = ("tokens", "ended", "log_probability")


def named_features(answers: Sequence[Answer]) -> Floats:
    """Return the features that need no model (answer, feature), in the order of MEASURES."""
    return np.array([[measure(one) for measure in MEASURES.values()] for one in answers]).reshape(-1, len(MEASURES))


class Features:
    """How answers become numbers, as the reference answers have settled it.

    `names`: of all features. `readable` (feature,): whether a reader can see in the text what it is; the others are the
    frozen features of the language model. Without a language model there are only those of MEASURES.
    """

    def __init__(
        self, reference: Sequence[Answer], language: Language | None = None, directions: int = DIRECTIONS
    ) -> None:
        if not reference:
            raise ValueError("there are no reference answers")
        self.language = language
        self._known: dict[Answer, Floats] = {}
        states, own = self._of_the_model(reference)
        self._centre = states.mean(axis=0)
        self._axes = _directions(states - self._centre, directions)
        self.names = (
            *MEASURES,
            *OF_THE_MODEL[: own.shape[1]],
            *(f"h{number}" for number in range(1, self._axes.shape[1] + 1)),
        )
        self.readable = np.array([name in MEASURES or name in OF_THE_MODEL[:2] for name in self.names])
        raw = np.hstack([named_features(reference), own, (states - self._centre) @ self._axes])
        self._mean = raw.mean(axis=0)
        least = [LEAST_SPREAD if name in _told()["title"] else 0.0 for name in self.names]
        self._spread = np.maximum(raw.std(axis=0), least)
        self._offset = self._clipped(raw).mean(axis=0)

    def __call__(self, answers: Sequence[Answer]) -> Floats:
        """Return the standardised features (answer, feature); those of an answer are calculated once."""
        new = [answer for answer in dict.fromkeys(answers) if answer not in self._known]
        if len(self._known) + len(new) > MOST_KNOWN:
            self._known, new = {}, list(dict.fromkeys(answers))
        if new:
            states, own = self._of_the_model(new)
            raw = np.hstack([named_features(new), own, (states - self._centre) @ self._axes])
            self._known.update(zip(new, self._clipped(raw) - self._offset, strict=True))
        return np.array([self._known[answer] for answer in answers]).reshape(len(answers), len(self.names))

    def _clipped(self, raw: Floats) -> Floats:
        """Return features in standard deviations from the mean of the reference, as far as they count."""
        found: Floats = ((raw - self._mean) / self._spread).clip(-MOST_DEVIATIONS, MOST_DEVIATIONS)
        return found

    def _of_the_model(self, answers: Sequence[Answer]) -> tuple[Floats, Floats]:
        """Return the mean hidden states (answer, width) and the features OF_THE_MODEL; of no width without a model."""
        if self.language is None:
            return np.zeros((len(answers), 0)), np.zeros((len(answers), 0))
        states, likely = self.language.hidden(answers)
        ends = (self.language.end,)
        ids = [self.language.written(one) for one in answers]
        own = [(len(one) - (one[-1:] == ends), one[-1:] == ends, log) for one, log in zip(ids, likely, strict=True)]
        return states, np.array(own, dtype=np.float64)


def _directions(states: Floats, most: int) -> Floats:
    """Return the axes (width, direction) along which centred states (answer, width) differ most, as far as they differ."""
    _, lengths, axes = np.linalg.svd(states, full_matrices=False)
    count = int((lengths > max(LEAST_LENGTH, LEAST_LENGTH * lengths.max(initial=0.0))).sum())
    return axes[: min(most, count)].T
