"""What every model can do: turn a text into tokens, run, and show its attention. The two kinds add their questions.

A model object holds no state between calls: each call returns an immutable result, so one object serves every
session and thread.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from core import runtime
from core.alignment import spans
from core.attention import IMPLEMENTATION, LayerRecord, Recording, detail, recording, removal
from core.catalogue import Card
from core.errors import EmptyText, NoAttention, TooLongWord, TooManyTokens
from core.maps import AttentionMaps, Cut, Floats, HeadDetail
from core.tokens import Token, check, merge

MASK = "[MASK]"  # what a reader writes for a hole, whatever the model calls it
MAX_TOKENS = 64  # a map of more is not readable, and every edge is an experiment
MAX_WORD = 40  # characters of a word to compare
PROBE = torch.tensor([[0, 1, 2]])
TOLERANCE = 1e-3  # of a logit, between our attention and the library's own


@dataclass(frozen=True)
class Encoded:
    """A text as a model reads it: `ids` of the pieces, and the tokens that they make."""

    ids: tuple[int, ...]
    tokens: tuple[Token, ...]

    @property
    def groups(self) -> NDArray[np.float32]:
        """(token, piece): 1 where the piece belongs to the token."""
        membership = np.zeros((len(self.tokens), len(self.ids)), dtype=np.float32)
        for row, token in zip(membership, self.tokens, strict=True):
            row[token.first : token.last] = 1
        return membership


class LanguageModel:
    """A `transformers` model with its tokenizer and card. Use MaskedLM, CausalLM or Seq2SeqLM."""

    causal: ClassVar[bool]

    def __init__(self, model: Any, tokenizer: Any, card: Card) -> None:
        self.model, self.tokenizer, self.card = model, tokenizer, card
        self._check_attention()

    @property
    def limit(self) -> int:
        """How many tokens a text may have here, special ones included."""
        return min(self.card.context or MAX_TOKENS, MAX_TOKENS)

    @property
    def layers(self) -> int:
        return self.card.layers

    @property
    def heads(self) -> int:
        return self.card.heads

    def tokens(self, text: str) -> tuple[Token, ...]:
        """Return the tokens of the text, special ones included. Raises EmptyText, TooManyCharacters, TooManyTokens."""
        return self.encode(text).tokens

    def encode(self, text: str) -> Encoded:
        """Return ids and tokens of the text (errors as `tokens`)."""
        return self._encode(check(text))

    def fitting(self, text: str) -> str:
        """Return as much of the text, from its beginning and in whole tokens, as the model reads: all of a short one.

        Raises EmptyText and TooManyCharacters.
        """
        text = check(text)
        while len((encoded := self._whole(text)).ids) > self.limit:
            own = [token for token in encoded.tokens if not token.special]
            dropped = own.pop()
            surplus = len(encoded.ids) - self.limit - len(dropped.pieces)
            while surplus > 0 and own:
                dropped = own.pop()
                surplus -= len(dropped.pieces)
            text = text[: dropped.start]
        return text

    def _encode(self, text: str) -> Encoded:
        encoded = self._whole(text)
        if len(encoded.ids) > self.limit:
            raise TooManyTokens(length=len(encoded.ids), limit=self.limit)
        return encoded

    def _whole(self, text: str) -> Encoded:
        """Return ids and tokens of a text of any length. Raises EmptyText."""
        written, origin = _written(text, self.tokenizer.mask_token or MASK)
        ids, spanned, special = spans(self.tokenizer, written)
        if all(special):  # nothing that the tokenizer knows how to read
            raise EmptyText()
        spanned = [(origin[start], origin[end]) for start, end in spanned]
        return Encoded(tuple(ids), merge(text, ids, spanned, special, self.tokenizer.convert_ids_to_tokens))

    def attention(self, text: str, cut: Iterable[Cut] = ()) -> AttentionMaps:
        """Return all attention maps of the text, with the edges in `cut` removed.

        A token of several pieces is attended to with the sum, and attends with the mean, of its pieces
        (Clark et al. 2019, section 4.1). Raises the errors of `tokens`, InvalidCut and AllCut.
        """
        encoded = self.encode(text)
        with runtime.slot(), torch.inference_mode(), self._recording(encoded, [tuple(cut)]) as recorded:
            self.model(input_ids=torch.tensor([encoded.ids]))
        weights, records = collected(recorded.layers, encoded, encoded)
        return AttentionMaps(weights, records, encoded.tokens)

    def _recording(
        self, encoded: Encoded, cuts: Sequence[Sequence[Cut]], *, keep: bool = True
    ) -> AbstractContextManager[Recording]:
        return recording(self._removal(encoded, cuts), keep=keep)

    def _removal(self, encoded: Encoded, cuts: Sequence[Sequence[Cut]]) -> torch.Tensor | None:
        """Return the removed edges between pieces for cuts given between tokens."""
        removed = removal(cuts, self.layers, self.heads, len(encoded.tokens), causal=self.causal)
        if removed is None or len(encoded.tokens) == len(encoded.ids):
            return removed
        token_of = torch.from_numpy(encoded.groups.argmax(axis=0))
        return removed[..., token_of, :][..., token_of]

    @torch.inference_mode()
    def _logits(self, encoded: Encoded, rows: torch.Tensor, cuts: Sequence[Sequence[Cut]] = ((),)) -> torch.Tensor:
        """Return logits (batch, piece, vocabulary) of rows of ids (batch, piece); `cuts`: one set, or one for each row."""
        with runtime.slot(), self._recording(encoded, cuts, keep=False):
            logits: torch.Tensor = self.model(input_ids=rows).logits.float()
        return logits

    def _check_attention(self) -> None:
        """Run the model twice: every layer must pass through our attention function, and ours must give the numbers of
        the library's own (some models add a bias, a cap or a sink to the scores). Raises NoAttention."""
        with torch.inference_mode(), recording() as recorded:
            ours = self._probe()
        self.model.set_attn_implementation("eager")
        with torch.inference_mode():
            reference = self._probe()
        self.model.set_attn_implementation(IMPLEMENTATION)
        if not self._complete(recorded) or not torch.allclose(ours, reference, atol=TOLERANCE):
            raise NoAttention(name=self.card.name)

    def _probe(self) -> torch.Tensor:
        """Return the logits of any short text."""
        logits: torch.Tensor = self.model(input_ids=PROBE).logits
        return logits

    def _complete(self, recorded: Recording) -> bool:
        """Say whether every layer and head of the model was recorded."""
        return complete(recorded.layers, self.layers, self.heads)

    def words(self, words: Sequence[str]) -> list[str]:
        """Return the words stripped, empty ones and repetitions left out. Raises TooLongWord."""
        found = [word.strip() for word in words if word.strip()]
        longest = max(map(len, found), default=0)
        if longest > MAX_WORD:
            raise TooLongWord(length=f"{longest:,}", limit=MAX_WORD)
        return list(dict.fromkeys(map(check, found)))


def complete(found: Sequence[LayerRecord], layers: int, heads: int) -> bool:
    """Say whether a recording has this many layers, each with this many heads."""
    return len(found) == layers and all(layer.weights.shape[1] == heads for layer in found)


def collected(layers: Sequence[LayerRecord], queries: Encoded, keys: Encoded) -> tuple[Floats, tuple[HeadDetail, ...]]:
    """Return (weights between tokens (layer, head, query, key), the numbers of each head between pieces)."""
    heads = layers[0].q.shape[1]
    records = tuple(detail(layer, head) for layer in layers for head in range(heads))
    shape = len(layers), heads, len(queries.ids), len(keys.ids)
    weights = np.stack([record.weights for record in records]).reshape(shape)
    if len(queries.tokens) < len(queries.ids) or len(keys.tokens) < len(keys.ids):
        groups = queries.groups
        weights = (groups / groups.sum(axis=1, keepdims=True)) @ weights @ keys.groups.T
    return weights, records


def _written(text: str, mask: str) -> tuple[str, list[int]]:
    """Return the text with the model's own mask token for each [MASK] and, for each of its positions (and the end),
    the position in the text."""
    parts = text.split(MASK)
    origin: list[int] = []
    start = 0
    for part in parts:
        origin += [*range(start, start + len(part)), *[start + len(part)] * len(mask)]
        start += len(part) + len(MASK)
    end = len(origin) - len(mask)  # no mask follows the last part
    return mask.join(parts), [*origin[:end], len(text)]
