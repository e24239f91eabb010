"""What temperature, top-k and top-p leave of a distribution. Works on scores that are there: no model is asked."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from core.maps import Floats
from core.sampling import Sampling, draw, filtered, softmax


@dataclass(frozen=True)
class Kept:
    """A distribution before and after temperature, top-k and top-p: the first of the likeliest words, and the others
    together. `count` words of all are left; the others had `cut_off` of the probability before."""

    before: tuple[float, ...]
    after: tuple[float, ...]
    others: tuple[float, float]
    count: int
    cut_off: float


def kept(logits: Floats, sampling: Sampling, ids: tuple[int, ...]) -> Kept:
    """Return what the sampling leaves of the words `ids` and of all others."""
    before, after = softmax(logits), filtered(logits, sampling)
    count, shown = _count(after, sampling), list(ids)
    likeliest = np.argsort(-logits, kind="stable")[:count]
    return Kept(
        tuple(before[shown].tolist()),
        tuple(after[shown].tolist()),
        (_rest(before[shown]), _rest(after[shown]) if count > len(shown) else 0.0),
        count,
        _rest(before[likeliest]) if count < len(logits) else 0.0,
    )


def _rest(probs: Floats) -> float:
    return max(0.0, 1.0 - float(probs.astype(np.float64).sum()))


def _count(after: Floats, sampling: Sampling) -> int:
    """Return how many words are left. Temperature alone removes none, even where float32 has no number so small."""
    if sampling.temperature == 0:
        return 1
    if sampling.top_p < 1:
        return int((after > 0).sum())
    return min(sampling.top_k or len(after), len(after))


def draws(logits: Floats, sampling: Sampling, count: int) -> list[tuple[int, int]]:
    """Return (id, how often) of `count` draws, the most frequent first."""
    rng, after = np.random.default_rng(sampling.seed), filtered(logits, sampling)
    return Counter(draw(after, rng) for _ in range(count)).most_common()
