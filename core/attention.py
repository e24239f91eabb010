"""One attention function for every model: it records what happens inside, and it can remove edges.

`transformers` lets a model name its attention function. Ours, registered as IMPLEMENTATION, is the eager one of the
library (scores, mask, softmax, weighted sum) with two additions that act only inside `recording()`:

  - cut: chosen (query, key) edges get the score -inf before the softmax, so the remaining weights of the row still
    sum to one;
  - record: query, key, value, scores and weights of each layer are kept.

Both live in a ContextVar, so one loaded model serves many threads at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from core.errors import AllCut, InvalidCut
from core.maps import Cut, Floats, HeadDetail

IMPLEMENTATION = "kotori"
MASKED = -1e30  # the library masks with the smallest float instead of -inf


@dataclass(frozen=True)
class LayerRecord:
    """What one layer computed. q: (batch, head, query, d); k, v: (batch, head, key, d); the others (batch, head,
    query, key)."""

    q: torch.Tensor
    k: torch.Tensor
    v: torch.Tensor
    scores: torch.Tensor
    weights: torch.Tensor
    scale: float


@dataclass
class Recording:
    """Shared between `recording()` and the attention function while a model runs."""

    removed: torch.Tensor | None = None  # bool (batch or 1, layer, head, query, key)
    keep: bool = True
    layers: list[LayerRecord] = field(default_factory=list)
    calls: int = 0


_current: ContextVar[Recording | None] = ContextVar("recording", default=None)


def attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (output (batch, query, head, d), weights (batch, head, query, key)); registered with `transformers`."""
    groups = query.shape[1] // key.shape[1]  # grouped-query attention: several query heads share a key head
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query, key.transpose(2, 3)) * scale
    if attention_mask is not None:
        scores = scores + attention_mask[..., : key.shape[-2]]
    recording = _current.get()
    if recording is not None and recording.removed is not None:
        scores = scores.masked_fill(recording.removed[:, recording.calls], float("-inf"))
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    if recording is not None:
        recording.calls += 1
        if recording.keep:
            recording.layers.append(LayerRecord(query, key, value, scores, weights, scale))
    output = torch.matmul(torch.dropout(weights, dropout, module.training), value)
    return output.transpose(1, 2).contiguous(), weights


AttentionInterface.register(IMPLEMENTATION, attention)
AttentionMaskInterface.register(IMPLEMENTATION, eager_mask)


@contextmanager
def recording(removed: torch.Tensor | None = None, *, keep: bool = True) -> Iterator[Recording]:
    """Record (keep=True) and cut (removed, from `removal`) the attention of every model called inside the block."""
    current = Recording(removed, keep)
    token = _current.set(current)
    try:
        yield current
    finally:
        _current.reset(token)


def removal(
    cuts: Sequence[Iterable[Cut]], layers: int, heads: int, length: int, *, causal: bool
) -> torch.Tensor | None:
    """Return the edges to remove as bool (batch, layer, head, query, key), one row of the batch for each set of cuts.

    Raises InvalidCut for an edge outside the text or the model, AllCut if a query would have nothing left to look at.
    """
    rows = [tuple(row) for row in cuts]
    if not any(rows):
        return None
    removed = torch.zeros(len(rows), layers, heads, length, length, dtype=torch.bool)
    for row, edges in zip(removed, rows, strict=True):
        for edge in edges:
            inside = 0 <= edge.query < length and 0 <= edge.key < length
            known = edge.layer in (None, *range(layers)) and edge.head in (None, *range(heads))
            if not (inside and known):
                raise InvalidCut(what=f"{edge.query} → {edge.key}")
            layer = slice(None) if edge.layer is None else edge.layer
            head = slice(None) if edge.head is None else edge.head
            row[layer, head, edge.query, edge.key] = True
    visible = torch.ones(length, length, dtype=torch.bool)
    if causal:
        visible = visible.tril()
    if (removed | ~visible).all(dim=-1).any():
        raise AllCut()
    return removed


def detail(layer: LayerRecord, head: int) -> HeadDetail:
    """Return one head of the first text of a recorded batch as numpy arrays."""

    def array(tensor: torch.Tensor) -> Floats:
        result: Floats = tensor[0, head].detach().to(torch.float32).cpu().numpy()
        return result

    scores = array(layer.scores)
    scores[scores < MASKED] = -np.inf
    return HeadDetail(array(layer.q), array(layer.k), array(layer.v), layer.scale, scores, array(layer.weights))
