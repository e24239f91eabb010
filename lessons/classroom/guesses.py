"""What the models say to a question of the class, computed once a process for each question and its words."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.errors import CoreError
from lessons import live
from lessons.bert.lab import live_lab as bert_lab
from lessons.gpt.lab import live_lab as gpt_lab
from lessons.self_attention.lab import MASK

__all__ = ["MASK", "Guesses", "begin", "guesses"]

MODELS = {"masked": "encoder", "next": "decoder"}
FIRST = 10  # of the model's likeliest words
CACHED = 64


@dataclass(frozen=True)
class Guesses:
    """The likeliest words of a model, and probabilities by word: of these, and of those that were asked for. A word
    that an encoder writes in several pieces has none."""

    first: tuple[str, ...]
    probs: Mapping[str, float]


def begin(mode: str) -> None:
    """Begin to load the model, so that it is there when the answers are revealed."""
    with suppress(CoreError):  # told when they are
        live.model(MODELS[mode])


def guesses(mode: str, text: str, words: tuple[str, ...]) -> Guesses | None:
    """Return what the model says, None while it is loading. Raises the errors of the model for this text."""
    model = live.model(MODELS[mode])
    return None if model is None else _guesses(model, mode, text, words)


@lru_cache(CACHED)
def _guesses(model: Any, mode: str, text: str, words: tuple[str, ...]) -> Guesses:
    first = _first(model, mode, text)
    asked = {word: _prob(model, mode, text, word) for word in words if word not in first}
    return Guesses(tuple(first), {**first, **{word: prob for word, prob in asked.items() if prob is not None}})


def _first(model: Any, mode: str, text: str) -> dict[str, float]:
    if mode == "masked":
        return dict(bert_lab(model).fills(text)[0].ranked[:FIRST])
    found = gpt_lab(model).next(text)
    shown: dict[str, float] = {}
    for word, prob in zip(found.words[:FIRST], found.probs, strict=False):
        if word.strip():
            shown.setdefault(word.strip(), prob)
    return shown


def _prob(model: Any, mode: str, text: str, word: str) -> float | None:
    """Return the probability of a word, None if it has none: it is no single token of an encoder, or unreadable."""
    try:
        if mode == "masked":
            found = bert_lab(model).guess(text, word, word)
            return found.prob if found.method == "mask" else None
        return float(gpt_lab(model).guess(text, word).whole)
    except CoreError:
        return None
