"""From the model's scores to the next word: temperature, top-k, top-p, and the draw. Works on logits already computed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. temperature 0 is greedy; top_k 0 and top_p 1 leave everything in.

    The likeliest token is always left in, even with top_p 0.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    max_tokens: int = 32


def softmax(logits: NDArray[np.floating]) -> Floats:
    """Return probabilities along the last axis."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    result: Floats = (shifted / shifted.sum(axis=-1, keepdims=True)).astype(np.float32)
    return result


def filtered(logits: Floats, sampling: Sampling) -> Floats:
    """Return the distribution (vocabulary,) that is drawn from: temperature first, then top-k, then top-p.

    top-p keeps the smallest set of likeliest tokens whose probabilities reach top_p (Holtzman et al. 2020).
    """
    if sampling.temperature and not sampling.top_k and sampling.top_p >= 1:
        return softmax(logits.astype(np.float64) / sampling.temperature)
    order = _likeliest(logits, 1 if sampling.temperature == 0 else sampling.top_k)
    ranked = softmax(logits[order].astype(np.float64) / (sampling.temperature or 1))
    if sampling.top_p < 1:
        reached = np.cumsum(ranked) - ranked  # by the likelier ones
        order = order[: max(1, int((reached < sampling.top_p).sum()))]
    result = np.zeros(len(logits), dtype=np.float32)
    result[order] = ranked[: len(order)] / ranked[: len(order)].sum()
    return result


def _likeliest(logits: Floats, count: int) -> NDArray[np.intp]:
    """Return the numbers of the `count` likeliest tokens (0: of all), of equal ones the first."""
    if 0 < count < len(logits):
        least = np.partition(logits, -count)[-count]
        candidates = np.flatnonzero(logits >= least)
        return candidates[np.argsort(-logits[candidates], kind="stable")][:count]
    return np.argsort(-logits, kind="stable")


def draw(probabilities: Floats, rng: np.random.Generator) -> int:
    """Return one index, drawn from the distribution."""
    reached = np.cumsum(probabilities, dtype=np.float64)
    return int(np.searchsorted(reached / reached[-1], rng.random(), side="right"))
