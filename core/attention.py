"""One attention function for every model: it records what happens inside, and it can remove edges.

`transformers` lets a model name its attention function. Ours, registered as IMPLEMENTATION, is the eager one of the
library (scores, mask, softmax, weighted sum) with two additions that act only inside `recording()`:

  - cut: chosen (query, key) edges get the score -inf before the softmax, so the remaining weights of the row still
    sum to one;
  - record: query, key, value, scores and weights of each layer are kept.

Both live in a ContextVar, so one loaded model serves many threads at once. An encoder–decoder has three kinds of
attention: `name_parts` marks its modules, and each part is recorded and cut by itself.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
PART = "kotori_part"  # the attribute of a marked module
ONLY = ""  # the part of a model with one stack of layers
CROSS_NAMES = ("encoder_attn", "cross_attn", "crossattention", "EncDecAttention")
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

    removed: Mapping[str, torch.Tensor | None] = field(
        default_factory=dict
    )  # part: (batch or 1, layer, head, query, key)
    keep: bool = True
    parts: dict[str, list[LayerRecord]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def layers(self) -> list[LayerRecord]:
        """The layers of a model with one stack."""
        return self.parts.get(ONLY, [])

    def cut(self, part: str, scores: torch.Tensor) -> torch.Tensor:
        """Return the scores (batch, head, query, key) of the next layer of a part without the removed edges."""
        removed = self.removed.get(part)
        return scores if removed is None else scores.masked_fill(removed[:, self.calls[part]], float("-inf"))

    def take(self, part: str, layer: LayerRecord) -> None:
        self.calls[part] += 1
        if self.keep:
            self.parts.setdefault(part, []).append(layer)


_current: ContextVar[Recording | None] = ContextVar("recording", default=None)


def attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    position_bias: torch.Tensor | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (output (batch, query, head, d), weights (batch, head, query, key)); registered with `transformers`."""
    groups = query.shape[1] // key.shape[1]  # grouped-query attention: several query heads share a key head
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query, key.transpose(2, 3)) * scale
    if position_bias is not None:  # T5: by how far apart query and key are
        scores = scores + position_bias
    if attention_mask is not None:
        scores = scores + attention_mask[..., : key.shape[-2]]
    recording, part = _current.get(), getattr(module, PART, ONLY)
    if recording is not None:
        scores = recording.cut(part, scores)
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    if recording is not None:
        recording.take(part, LayerRecord(query, key, value, scores, weights, scale))
    output = torch.matmul(torch.dropout(weights, dropout, module.training), value)
    return output.transpose(1, 2).contiguous(), weights


AttentionInterface.register(IMPLEMENTATION, attention)
AttentionMaskInterface.register(IMPLEMENTATION, eager_mask)


def name_parts(model: torch.nn.Module) -> None:
    """Mark the attention modules of an encoder–decoder as "encoder", "decoder" or "cross", by their names."""
    for name, module in model.named_modules():
        stacks = name.split(".")
        if stacks[-1] in CROSS_NAMES:
            setattr(module, PART, "cross")
        elif "encoder" in stacks or "decoder" in stacks:
            setattr(module, PART, "encoder" if "encoder" in stacks else "decoder")


@contextmanager
def recording(
    removed: torch.Tensor | Mapping[str, torch.Tensor | None] | None = None, *, keep: bool = True
) -> Iterator[Recording]:
    """Record (keep=True) and cut (removed, from `removal`) the attention of every model called inside the block.

    `removed`: of a model with one stack, or of each part of an encoder–decoder.
    """
    current = Recording(removed if isinstance(removed, Mapping) else {ONLY: removed}, keep)
    token = _current.set(current)
    try:
        yield current
    finally:
        _current.reset(token)


def removal(
    cuts: Sequence[Iterable[Cut]],
    layers: int,
    heads: int,
    length: int,
    *,
    causal: bool,
    keys: int | None = None,
    part: str = ONLY,
) -> torch.Tensor | None:
    """Return the edges to remove as bool (batch, layer, head, query, key), one row of the batch for each set of cuts.

    `length`: of the queries, and of the keys unless `keys` says otherwise. Raises InvalidCut for an edge outside the text
    or the model, or of another part, AllCut if a query would have nothing left to look at.
    """
    rows = [tuple(row) for row in cuts]
    if not any(rows):
        return None
    keys = length if keys is None else keys
    removed = torch.zeros(len(rows), layers, heads, length, keys, dtype=torch.bool)
    for row, edges in zip(removed, rows, strict=True):
        for edge in edges:
            inside = 0 <= edge.query < length and 0 <= edge.key < keys
            known = edge.layer in (None, *range(layers)) and edge.head in (None, *range(heads))
            if not (inside and known and edge.part == part):
                raise InvalidCut(what=f"{edge.query} → {edge.key}")
            layer = slice(None) if edge.layer is None else edge.layer
            head = slice(None) if edge.head is None else edge.head
            row[layer, head, edge.query, edge.key] = True
    visible = torch.ones(length, keys, dtype=torch.bool)
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
