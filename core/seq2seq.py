"""Encoder–decoders: read a text as a whole, write another word by word (Vaswani et al. 2017, "Attention Is All You Need").

Three kinds of attention: the encoder's, of the source to itself; the decoder's, of what is written to what stands before
it; and cross-attention, of what is written to the source.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from transformers import GenerationConfig

from core import runtime
from core.attention import LayerRecord, Recording, name_parts, recording, removal
from core.catalogue import Card
from core.errors import InvalidCut
from core.language_model import PROBE, Encoded, LanguageModel, collected, complete
from core.maps import AttentionMaps, CrossMaps, Cut, Seq2SeqMaps
from core.masked import Candidate, Score
from core.tokens import Token

PARTS = ("encoder", "decoder", "cross")
LENGTH_PENALTY = 1.0  # of the beams: the log probability is divided by the number of tokens


@dataclass(frozen=True)
class Written:
    """One text that a beam ended with, and its log2 probability given the source."""

    text: str
    log2: float


@dataclass(frozen=True)
class Conversion:
    """What the model made of a text; `beams`: the best one and the others, the likeliest by token first."""

    beams: tuple[Written, ...]

    @property
    def text(self) -> str:
        return self.beams[0].text


@dataclass(frozen=True)
class Seq2SeqStep:
    """One written token: the likeliest candidates for its place, the one that was taken, and all that is written."""

    candidates: tuple[Candidate, ...]
    token: str
    text: str


class Seq2SeqLM(LanguageModel):
    """A model that turns one text into another."""

    causal: ClassVar[bool] = False

    def __init__(self, model: Any, tokenizer: Any, card: Card) -> None:
        name_parts(model)
        super().__init__(model, tokenizer, card)

    @property
    def start(self) -> int:
        """The id of what the decoder reads first."""
        return int(self.model.config.decoder_start_token_id)

    @property
    def decoder_layers(self) -> int:
        config = self.model.config
        return int(getattr(config, "decoder_layers", None) or config.num_hidden_layers)

    @property
    def decoder_heads(self) -> int:
        config = self.model.config
        return int(getattr(config, "decoder_attention_heads", None) or config.num_attention_heads)

    def convert(self, text: str, beams: int = 4) -> Conversion:
        """Return what the model makes of the text, with a beam search of this width. Raises the errors of `tokens`."""
        ids = torch.tensor([self.encode(text).ids])
        with runtime.slot(), torch.inference_mode(), recording(keep=False):
            rows = self.model.generate(
                ids,
                generation_config=GenerationConfig(
                    num_beams=beams,
                    num_return_sequences=beams,
                    max_new_tokens=self.limit - 1,
                    length_penalty=LENGTH_PENALTY,
                    do_sample=False,
                    decoder_start_token_id=self.start,
                    eos_token_id=self.tokenizer.eos_token_id,
                    pad_token_id=self.tokenizer.pad_token_id,
                ),
            )
            logits = self.model(input_ids=ids.expand(len(rows), -1), decoder_input_ids=rows[:, :-1]).logits.double()
        log2 = torch.log_softmax(logits, dim=-1).gather(2, rows[:, 1:, None])[..., 0] / np.log(2)
        sums = log2.masked_fill(rows[:, 1:] == self.tokenizer.pad_token_id, 0).sum(dim=1)
        found: dict[str, float] = {}
        for row, total in zip(rows.tolist(), sums.tolist(), strict=True):
            found.setdefault(self._text(row), total)
        return Conversion(tuple(Written(one, total) for one, total in found.items()))

    def steps(self, text: str, k: int = 10) -> Iterator[Seq2SeqStep]:
        """Yield one step for each token that the model writes, always the likeliest, the end token last."""
        return self._steps(self.encode(text), k)

    def _steps(self, source: Encoded, k: int) -> Iterator[Seq2SeqStep]:
        written: list[int] = []
        state: dict[str, Any] = {"input_ids": torch.tensor([source.ids])}
        while len(written) < self.limit - 1:
            read = torch.tensor([[written[-1] if written else self.start]])
            with runtime.slot(), torch.inference_mode(), recording(keep=False):
                output = self.model(**state, decoder_input_ids=read, use_cache=True)
            state = {
                "encoder_outputs": (output.encoder_last_hidden_state,),
                "past_key_values": output.past_key_values,
            }
            values, ids = torch.topk(torch.softmax(output.logits[0, -1].float(), dim=-1), k)
            chosen = int(ids[0])
            written.append(chosen)
            candidates = tuple(Candidate(self.word(i), p) for i, p in zip(ids.tolist(), values.tolist(), strict=True))
            yield Seq2SeqStep(candidates, self.word(chosen), self._text(written))
            if chosen == self.tokenizer.eos_token_id:
                return

    def score(self, text: str, target: str) -> Score:
        """Return log2 P of each token of the target, its end token included, given the source and those before it."""
        source, (read, following) = self.encode(text), self._target(target)
        with runtime.slot(), torch.inference_mode(), recording(keep=False):
            logits = self._forward(source, read).logits[0].double()
        log2 = torch.log_softmax(logits, dim=-1).gather(1, torch.tensor(following.ids)[:, None])[:, 0] / np.log(2)
        sums = tuple(float(log2[token.first : token.last].sum()) for token in following.tokens)
        return Score(following.tokens, sums, max(1, len(target)))

    def attention(  # type: ignore[override]  # an encoder–decoder has three maps
        self, text: str, cut: Iterable[Cut] = (), target: str | None = None
    ) -> Seq2SeqMaps:
        """Return the maps of the source, of the target (None: what the model converts the text to) and between them.

        Every cut names its part. Raises the errors of `tokens`, InvalidCut and AllCut.
        """
        source = self.encode(text)
        read, _ = self._target(self.convert(text).text if target is None else target)
        removed = self._removed(tuple(cut), source, read)
        with runtime.slot(), torch.inference_mode(), recording(removed) as recorded:
            self._forward(source, read)

        encoder = collected(recorded.parts["encoder"], source, source)
        decoder = collected(recorded.parts["decoder"], read, read)
        cross = collected(recorded.parts["cross"], read, source)
        return Seq2SeqMaps(
            AttentionMaps(*encoder, tokens=source.tokens),
            AttentionMaps(*decoder, tokens=read.tokens),
            CrossMaps(*cross, queries=read.tokens, keys=source.tokens),
        )

    def word(self, identifier: int) -> str:
        """Return the surface of one vocabulary entry."""
        surface = str(self.tokenizer.decode([identifier]))
        return surface if surface.strip("� ") else str(self.tokenizer.convert_ids_to_tokens(identifier))

    def _text(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(ids, skip_special_tokens=True)).strip()

    def _forward(self, source: Encoded, read: Encoded) -> Any:
        return self.model(
            input_ids=torch.tensor([source.ids]), decoder_input_ids=torch.tensor([read.ids]), use_cache=False
        )

    def _target(self, text: str) -> tuple[Encoded, Encoded]:
        """Return the target as the decoder reads it, after the start token, and as it should be written."""
        following = self.encode(text)
        name = str(self.tokenizer.convert_ids_to_tokens(self.start))
        tokens = [Token(name, 0, 0, True, 0, (self.start,))]
        for token in following.tokens:
            if token.last < len(following.ids):  # the last piece, the end token, is never read
                tokens.append(Token(token.text, token.start, token.end, token.special, token.first + 1, token.pieces))
        return Encoded((self.start, *following.ids[:-1]), tuple(tokens)), following

    def _removed(self, cuts: Sequence[Cut], source: Encoded, read: Encoded) -> dict[str, torch.Tensor | None]:
        """Return the removed edges of each part, between pieces. Raises InvalidCut, also for a cut without a part."""
        if unknown := [cut for cut in cuts if cut.part not in PARTS]:
            raise InvalidCut(what=f"{unknown[0].query} → {unknown[0].key}")
        sizes = {
            "encoder": (self.layers, self.heads, source, source),
            "decoder": (self.decoder_layers, self.decoder_heads, read, read),
            "cross": (self.decoder_layers, self.decoder_heads, read, source),
        }
        result: dict[str, torch.Tensor | None] = {}
        for part, (layers, heads, queries, keys) in sizes.items():
            edges = [cut for cut in cuts if cut.part == part]
            lengths = len(queries.tokens), len(keys.tokens)
            removed = removal([edges], layers, heads, lengths[0], causal=part == "decoder", keys=lengths[1])
            if removed is not None:
                row, column = (torch.from_numpy(side.groups.argmax(axis=0)) for side in (queries, keys))
                removed = removed[..., row, :][..., column]
            result[part] = removed
        return result

    def _probe(self) -> torch.Tensor:
        logits: torch.Tensor = self.model(input_ids=PROBE, decoder_input_ids=PROBE).logits
        return logits

    def _complete(self, recorded: Recording) -> bool:
        def found(part: str) -> list[LayerRecord]:
            return recorded.parts.get(part, [])

        written = (self.decoder_layers, self.decoder_heads)
        return (
            complete(found("encoder"), self.layers, self.heads)
            and complete(found("decoder"), *written)
            and complete(found("cross"), *written)
        )
