"""From the model's scores to the next word: temperature, top-k, top-p, and the draw. Works on logits already computed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. temperature 0 is greedy; top_k 0 and top_p 1 leave everything in."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    max_tokens: int = 32


def softmax(logits: NDArray[np.floating]) -> Floats:
    """Return probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = (shifted / shifted.sum(axis=-1, keepdims=True)).astype(np.float32)
    return result


def filtered(logits: Floats, sampling: Sampling) -> Floats:
    """Return the distribution (vocabulary,) that is drawn from: temperature first, then top-k, then top-p.

    top-p keeps the smallest set of likeliest tokens whose probabilities reach top_p (Holtzman et al. 2020).
    """
    if sampling.temperature == 0:
        greedy = np.zeros_like(logits)
        greedy[logits.argmax()] = 1
        return greedy
    probabilities = softmax(logits / sampling.temperature)
    order = np.argsort(-probabilities, kind="stable")
    kept = np.ones(len(order), dtype=bool)
    if sampling.top_k:
        kept[sampling.top_k :] = False
    ranked = np.where(kept, probabilities[order], 0)
    ranked /= ranked.sum()
    kept &= np.cumsum(ranked) - ranked < sampling.top_p
    result = np.zeros_like(probabilities)
    result[order[kept]] = probabilities[order[kept]]
    return result / result.sum()


def draw(probabilities: Floats, rng: np.random.Generator) -> int:
    """Return one index, drawn from the distribution."""
    exact = probabilities.astype(np.float64)
    return int(rng.choice(len(exact), p=exact / exact.sum()))
