"""What a model returns about its attention: immutable, numpy only, no model and no torch needed to hold it."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.tokens import Token

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Cut:
    """An edge removed before the softmax. `layer` or `head` None: in all of them.

    `part`: of an encoder–decoder "encoder", "decoder" or "cross"; other models have one stack and no parts.
    """

    query: int
    key: int
    layer: int | None = None
    head: int | None = None
    part: str = ""


@dataclass(frozen=True)
class HeadDetail:
    """One head of one layer, step by step; `q` and `k` are as they are multiplied (after any rotary turn and norm).

    scores = q·kᵀ × scale (T5 adds a bias by distance), -inf where masked or cut; weights = softmax(scores);
    output = weights @ v. n pieces (as many as tokens, unless a token has several), head width d. In cross-attention
    q, the rows of scores and weights, and the output are the target's n; k, v and the columns the source's.
    """

    q: Floats  # (n, d)
    k: Floats  # (n, d)
    v: Floats  # (n, d)
    scale: float
    scores: Floats  # (n, n)
    weights: Floats  # (n, n)

    @cached_property
    def dots(self) -> Floats:
        """q·k of each pair, before scale and mask: (n, n)."""
        return self.q @ self.k.T

    @cached_property
    def output(self) -> Floats:
        """The weighted sum of the values: (n, d)."""
        return self.weights @ self.v


def mean_map(weights: Floats, layer: int | None = None, head: int | None = None) -> Floats:
    """Return (query, key) of weights (layer, head, query, key): one head, or the mean over what is None."""
    weights = weights if layer is None else weights[layer : layer + 1]
    weights = weights if head is None else weights[:, head : head + 1]
    mean: Floats = weights.mean(axis=(0, 1))
    return mean


@dataclass(frozen=True)
class Maps:
    """What self- and cross-attention share. `weights`: float32 (layer, head, query, key); rows sum to one."""

    weights: Floats
    records: tuple[HeadDetail, ...] = field(repr=False)  # layer-major: layer * heads + head

    @property
    def layers(self) -> int:
        return int(self.weights.shape[0])

    @property
    def heads(self) -> int:
        return int(self.weights.shape[1])

    def head(self, layer: int, head: int) -> HeadDetail:
        """Return the numbers of one head; raises IndexError outside the model."""
        if not (0 <= layer < self.layers and 0 <= head < self.heads):
            raise IndexError(f"no head {head} in layer {layer}")
        return self.records[layer * self.heads + head]

    def mean(self, layer: int | None = None, head: int | None = None) -> Floats:
        """Return (query, key): one head, or the mean over what is None."""
        return mean_map(self.weights, layer, head)


@dataclass(frozen=True)
class AttentionMaps(Maps):
    """The attention of one text to itself."""

    tokens: tuple[Token, ...]

    def rollout(self) -> Floats:
        """Return (query, key): attention rollout, head means with the residual added, multiplied over the layers
        (Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers")."""
        n = self.weights.shape[-1]
        flow: Floats = np.eye(n, dtype=np.float32)
        for layer in self.weights.mean(axis=1):
            flow = (0.5 * layer + 0.5 * np.eye(n, dtype=np.float32)) @ flow
        return flow


@dataclass(frozen=True)
class CrossMaps(Maps):
    """The attention of what is written to what is read: a query is a token of the target, a key one of the source."""

    queries: tuple[Token, ...]
    keys: tuple[Token, ...]


@dataclass(frozen=True)
class Seq2SeqMaps:
    """The three kinds of attention of an encoder–decoder.

    The decoder's tokens are what it has read: a start token, then the target; row i tells how token i + 1 was written.
    """

    encoder: AttentionMaps
    decoder: AttentionMaps
    cross: CrossMaps
