"""What a look inside a model returns (core.inside): immutable, numpy only, no model and no torch needed to hold it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.maps import Floats, Seq2SeqMaps
from core.tokens import Token

if TYPE_CHECKING:
    from core.masked import Candidate

Part = Literal["encoder", "decoder", "output"]


@dataclass(frozen=True)
class Stage:
    """One box of the figure in "Attention Is All You Need": what went in, what came out.

    | block | inputs | middle | output |
    |---|---|---|---|
    | embedding | the tokens' rows of the table | | the same × √width |
    | position | embedding, sine and cosine waves | | their sum |
    | self_attention | states | the heads' outputs side by side | (piece, width) |
    | cross_attention | the decoder's states, the encoder's output | the heads' outputs side by side | (piece, width) |
    | feed_forward | states | the neurons (piece, ffn width), after their activation | (piece, width) |
    | add_norm_1, _2, _3 | the sublayer's output, the residual | their sum | the sum after LayerNorm |
    | linear | states | | logits (piece, vocabulary) |
    | softmax | logits | | probabilities (piece, vocabulary) |

    All arrays are float32 with one row for each piece, and read-only.
    """

    part: Part
    layer: int | None  # from 0; None outside the stacks
    block: str
    inputs: tuple[Floats, ...]
    output: Floats
    middle: Floats | None = None

    @property
    def name(self) -> str:
        """The name within the trace: "encoder.0.self_attention", "output.softmax"."""
        return ".".join(str(word) for word in (self.part, self.layer, self.block) if word is not None)


@dataclass(frozen=True)
class Trace:
    """Everything that an encoder–decoder computed, in the order of the computation.

    `source`: the tokens that it read; `target`: the start token, then those written so far. Row i of the decoder and the
    output is what comes after token i of the target. A token of several pieces has several rows (`first` to `last`).
    `maps`: the attention of the same run. `candidates`: the likeliest next tokens.
    """

    source: tuple[Token, ...]
    target: tuple[Token, ...]
    stages: tuple[Stage, ...]
    maps: Seq2SeqMaps
    candidates: "tuple[Candidate, ...]"

    def stage(self, part: Part, block: str, layer: int | None = None) -> Stage:
        """Return one stage; raises KeyError if there is none of that name."""
        for stage in self.stages:
            if (stage.part, stage.block, stage.layer) == (part, block, layer):
                return stage
        raise KeyError(f"{part}.{block} of layer {layer}")

    def labels(self, part: Part) -> tuple[str, ...]:
        """Return the token's text for each row of a part's arrays."""
        tokens = self.source if part == "encoder" else self.target
        return tuple(token.text for token in tokens for _ in token.pieces)


@dataclass(frozen=True)
class Beliefs:
    """The answer read from every layer: what the model would say if it ended there.

    `layers`: the k likeliest tokens after 0 (the embedding), 1, …, all layers; the last are the model's own answer.
    `ids`: theirs. `probs`: float32 (layer + 1, vocabulary), read-only. `words`: the course (layer + 1,) of each word asked
    for that is one entry of the vocabulary. `position`: of the token in `tokens` where the answer was read.
    """

    tokens: tuple[Token, ...]
    position: int
    layers: "tuple[tuple[Candidate, ...], ...]"
    ids: tuple[tuple[int, ...], ...]
    probs: Floats
    words: Mapping[str, Floats]

    def course(self, identifier: int) -> Floats:
        """Return how likely one entry of the vocabulary is after each layer: (layer + 1,)."""
        return self.probs[:, identifier]
