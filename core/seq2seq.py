"""Encoder–decoders: read a text as a whole, write another word by word (Vaswani et al. 2017, "Attention Is All You Need").

Three kinds of attention: the encoder's, of the source to itself; the decoder's, of what is written to what stands before
it; and cross-attention, of what is written to the source.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import GenerationConfig

from core import runtime
from core.attention import LayerRecord, Recording, name_parts, recording, removal
from core.catalogue import Card
from core.errors import InvalidCut, TooManyTokens, UnsupportedModel
from core.language_model import PROBE, Encoded, LanguageModel, collected, complete
from core.maps import AttentionMaps, CrossMaps, Cut, Seq2SeqMaps
from core.masked import Candidate, Score
from core.tokens import Token

PARTS = ("encoder", "decoder", "cross")
BEAMS = 4
HALF = "\ufffd"  # what a character is shown as before all its bytes are there
LENGTH_PENALTY = 1.0  # of the beams: the log probability is divided by the number of tokens


@dataclass(frozen=True)
class Written:
    """One text that a beam ended with, its log2 probability given the source, and how many tokens it took.

    The end token counts in both; a text that reached the limit before its end has none.
    """

    text: str
    log2: float
    tokens: int

    @property
    def log2_per_token(self) -> float:
        """What beams are ranked by: otherwise the shortest would always win (Wu et al. 2016, section 7)."""
        return self.log2 / self.tokens


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
    id: int
    text: str  # whole characters only


class Seq2SeqLM(LanguageModel):
    """A model that turns one text into another. It writes at most `limit` − 1 tokens, its end token included.

    What a generation_config.json asks for (penalties, forced tokens) is left out: texts and probabilities are the
    model's own.
    """

    causal: ClassVar[bool] = False

    def __init__(self, model: Any, tokenizer: Any, card: Card) -> None:
        self.start, self.end = _ids(model, tokenizer, card.name)
        model.generation_config = GenerationConfig()
        name_parts(model)
        super().__init__(model, tokenizer, card)

    @property
    def decoder_layers(self) -> int:
        return _of_decoder(self.model.config, "decoder_layers", "num_decoder_layers", "num_hidden_layers")

    @property
    def decoder_heads(self) -> int:
        return _of_decoder(self.model.config, "decoder_attention_heads", "num_attention_heads")

    def convert(self, text: str, beams: int = BEAMS) -> Conversion:
        """Return what the model makes of the text, with a beam search of this width (1: always the likeliest token).

        Beams that say the same in other tokens are one. Raises the errors of `tokens`; ValueError below one beam.
        """
        source = self.encode(text)
        found: dict[str, Written] = {}
        rows = self._search(source, beams)
        for ids, log2 in zip(rows, self._log2(source, rows), strict=True):
            written = Written(self._text(ids), float(log2.sum()), len(ids))
            found.setdefault(written.text, written)
        return Conversion(tuple(found.values()))

    def _search(self, source: Encoded, beams: int) -> list[tuple[int, ...]]:
        """Return the ids that each beam wrote, with the end token where it was reached, the best first."""
        read = torch.tensor([source.ids])
        with runtime.slot(), torch.inference_mode(), recording(keep=False):
            rows = self.model.generate(
                read,
                attention_mask=torch.ones_like(read),
                generation_config=GenerationConfig(
                    num_beams=beams,
                    num_return_sequences=beams,
                    max_new_tokens=self.limit - 1,
                    length_penalty=LENGTH_PENALTY,
                    do_sample=False,
                    decoder_start_token_id=self.start,
                    eos_token_id=self.end,
                    pad_token_id=self.end,
                ),
            )
        written = [tuple(row[1:]) for row in rows.tolist()]
        return [ids[: ids.index(self.end) + 1] if self.end in ids else ids for ids in written]

    def steps(self, text: str, k: int = 10) -> Iterator[Seq2SeqStep]:
        """Yield one step for each token that the model writes, always the likeliest, the end token last."""
        return self._steps(self.encode(text), k)

    def _steps(self, source: Encoded, k: int) -> Iterator[Seq2SeqStep]:
        written: list[int] = []
        text = ""
        state: dict[str, Any] = {"input_ids": torch.tensor([source.ids])}
        while len(written) < self.limit - 1:
            read = torch.tensor([[written[-1] if written else self.start]])
            with runtime.slot(), torch.inference_mode(), recording(keep=False):
                output = self.model(**state, decoder_input_ids=read, use_cache=True)
            state = {
                "encoder_outputs": (output.encoder_last_hidden_state,),
                "past_key_values": output.past_key_values,
            }
            probabilities = torch.softmax(output.logits[0, -1].float(), dim=-1)
            values, ids = torch.topk(probabilities, min(k, len(probabilities)))
            chosen = int(ids[0])
            written.append(chosen)
            decoded = self._text(written)
            text = text if decoded.endswith(HALF) else decoded
            candidates = tuple(Candidate(self.word(i), p) for i, p in zip(ids.tolist(), values.tolist(), strict=True))
            yield Seq2SeqStep(candidates, self.word(chosen), chosen, text)
            if chosen == self.end:
                return

    def score(self, text: str, target: str) -> Score:
        """Return log2 P of each token of the target, its end token included, given the source and those before it."""
        source, following = self.encode(text), self.encode(target)
        (log2,) = self._log2(source, [following.ids])
        sums = tuple(float(log2[token.first : token.last].sum()) for token in following.tokens)
        return Score(following.tokens, sums, max(1, len(target)))

    def attention(  # type: ignore[override]  # an encoder–decoder has three maps
        self, text: str, cut: Iterable[Cut] = (), target: str | Sequence[int] | None = None
    ) -> Seq2SeqMaps:
        """Return the maps of the source, of the target (None: what the model converts the text to) and between them.

        A target may be given as ids, for a text of its own might be cut into others; "" and (): nothing is written yet.
        Every cut names its part. Raises the errors of `tokens`, InvalidCut and AllCut; IndexError for no such id.
        """
        source = self.encode(text)
        read = self._read(self._converted(source) if target is None else self._target(target))
        removed = self._removed(tuple(cut), source, read)
        with runtime.slot(), torch.inference_mode(), recording(removed) as recorded:
            self._run([source.ids], [read.ids])

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
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def _run(self, sources: Sequence[Sequence[int]], read: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return logits (batch, piece of the target, vocabulary)."""
        output = self.model(input_ids=torch.tensor(sources), decoder_input_ids=torch.tensor(read), use_cache=False)
        logits: torch.Tensor = output.logits
        return logits

    def _log2(self, source: Encoded, rows: Sequence[tuple[int, ...]]) -> list[NDArray[np.float64]]:
        """Return, for each row of ids, log2 P (id,) of each given the source and those before it."""
        width = max(map(len, rows))
        following = [[*ids, *[self.end] * (width - len(ids))] for ids in rows]
        read = [[self.start, *ids[:-1]] for ids in following]
        with runtime.slot(), torch.inference_mode(), recording(keep=False):
            logits = self._run([source.ids] * len(rows), read).double()
        chosen = torch.log_softmax(logits, dim=-1).gather(2, torch.tensor(following).unsqueeze(2))[:, :, 0] / np.log(2)
        return [log2[: len(ids)] for log2, ids in zip(chosen.numpy(), rows, strict=True)]

    def _converted(self, source: Encoded) -> Encoded:
        """Return what the model writes, token by token."""
        return self._spelled(self._search(source, BEAMS)[0])

    def _target(self, target: str | Sequence[int]) -> Encoded:
        """Return what is to be written, the end token last."""
        if target and isinstance(target, str):
            return self.encode(target)
        ids = (*map(int, target), self.end)
        if len(ids) > self.limit:
            raise TooManyTokens(length=len(ids), limit=self.limit)
        if not all(0 <= identifier < self.card.vocabulary for identifier in ids):
            raise IndexError(f"no such id among {ids}")
        return self._spelled(ids)

    def _spelled(self, ids: tuple[int, ...]) -> Encoded:
        """Return ids that were written with their tokens: the pieces that spell one character are one token."""
        tokens: list[Token] = []
        text, first = "", 0
        for last in range(1, len(ids) + 1):
            decoded = self._text(ids[:last])
            if decoded.endswith(HALF) and last < len(ids):
                continue
            name = decoded[len(text) :] or str(self.tokenizer.convert_ids_to_tokens(ids[first]))
            special = all(identifier in self.tokenizer.all_special_ids for identifier in ids[first:last])
            tokens.append(Token(name, len(text), len(decoded), special, first, ids[first:last]))
            text, first = decoded, last
        return Encoded(ids, tuple(tokens))

    def _read(self, following: Encoded) -> Encoded:
        """Return what the decoder reads to write a text: the start token, then all but the last piece."""
        name = str(self.tokenizer.convert_ids_to_tokens(self.start))
        tokens = [Token(name, 0, 0, True, 0, (self.start,))]
        for token in following.tokens:
            if pieces := token.pieces[: len(following.ids) - 1 - token.first]:
                tokens.append(replace(token, first=token.first + 1, pieces=pieces))
        return Encoded((self.start, *following.ids[:-1]), tuple(tokens))

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
            removed = removal([edges], layers, heads, lengths[0], causal=part == "decoder", keys=lengths[1], part=part)
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


def _ids(model: Any, tokenizer: Any, name: str) -> tuple[int, int]:
    """Return the ids of what the decoder reads first and writes last. Raises UnsupportedModel if there are none."""
    configs = (model.config, model.generation_config)
    start = next(
        (found for config in configs if (found := getattr(config, "decoder_start_token_id", None)) is not None), None
    )
    if start is None or tokenizer.eos_token_id is None:
        raise UnsupportedModel(name=name, kind=f"{type(model).__name__}, start or end token")
    return int(start), int(tokenizer.eos_token_id)


def _of_decoder(config: Any, *names: str) -> int:
    """Return the first of these entries that the configuration has."""
    return next(int(found) for name in names if (found := getattr(config, name, None)) is not None)
