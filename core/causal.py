"""Causal language models: guess the next word from what stands before it (Radford et al. 2018, GPT)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch

from core import runtime
from core.attention import recording
from core.decoding import Reader, reader
from core.errors import TooManyTokens
from core.language_model import LanguageModel
from core.maps import Cut, Floats
from core.masked import CHUNK_LOGITS, Candidate, Score
from core.sampling import Sampling, draw, filtered, softmax
from core.tokens import Token


@dataclass(frozen=True)
class Distribution:
    """What comes next: `logits` float32 (vocabulary,), and the k likeliest tokens with their probabilities."""

    logits: Floats
    candidates: tuple[Candidate, ...]

    @cached_property
    def probabilities(self) -> Floats:
        return softmax(self.logits)


@dataclass(frozen=True)
class Step:
    """One token of a generated text: the distribution before it, what the sampling left of it, and the draw."""

    before: Distribution
    kept: Floats  # (vocabulary,)
    token: str
    id: int
    text: str  # everything generated so far, whole characters only


@dataclass(frozen=True)
class Continuation:
    """A text carried on by chosen tokens: `log2` P of each given all before it, and what comes after the last."""

    ids: tuple[int, ...]
    text: str  # of the chosen tokens, whole characters only
    log2: tuple[float, ...]
    next: Distribution


@dataclass(frozen=True)
class Beam:
    """One text that beam search has found. `log2` P of the whole, with that of its end where it has `ended`."""

    ids: tuple[int, ...]  # without the end token
    text: str
    log2: float
    ended: bool


@dataclass(frozen=True)
class ColumnEffects:
    """What each token of a text does for one next token.

    `prob` (token,): the probability of the next token when no later token can look at this one. NaN for the last token:
    the answer is read there. `base`: the probability with nothing cut.
    """

    tokens: tuple[Token, ...]
    base: float
    prob: Floats

    @property
    def change(self) -> Floats:
        """(token,): the probability after the cut less the one before it."""
        difference: Floats = self.prob - np.float32(self.base)
        return difference


class CausalLM(LanguageModel):
    """A model that reads from the left and guesses what comes next."""

    causal: ClassVar[bool] = True

    @cached_property
    def reader(self) -> Reader:
        """What writes on, one token after the other."""
        return reader(self.model)

    def next(self, text: str, k: int = 10, cut: Iterable[Cut] = ()) -> Distribution:
        """Return the distribution of the token after the text. Raises the errors of `attention`."""
        encoded = self.encode(text)
        logits = self._logits(encoded, torch.tensor([encoded.ids]), [tuple(cut)])[0, -1]
        return self._distribution(logits, k)

    def follow(self, prompt: str, ids: Sequence[int], k: int = 10) -> Continuation:
        """Return how likely each of the tokens `ids` was after the prompt, and what comes next. The ids are read as they
        are: a text of its own might be cut into other tokens. Raises the errors of `tokens`; IndexError for no such id."""
        encoded = self.encode(prompt)
        read = (*encoded.ids, *ids)
        if len(read) > self.limit:
            raise TooManyTokens(length=len(read), limit=self.limit)
        if not all(0 <= identifier < self.card.vocabulary for identifier in ids):
            raise IndexError(f"no such id among {tuple(ids)}")
        logits = self._logits(encoded, torch.tensor([read]))[0, len(encoded.ids) - 1 :]
        log2 = torch.log_softmax(logits[:-1].double(), dim=-1) / np.log(2)
        chosen = tuple(float(row[identifier]) for row, identifier in zip(log2, ids, strict=True))
        return Continuation(tuple(ids), self.text(ids), chosen, self._distribution(logits[-1], k))

    def column_effects(
        self, text: str, identifier: int, layer: int | None = None, head: int | None = None
    ) -> ColumnEffects:
        """Return how likely the next token `identifier` is when all edges to one earlier token are cut, in `layer` and
        `head` (None: all), for each token in turn. One model row for each. Raises the errors of `attention`."""
        encoded = self.encode(text)
        n = len(encoded.tokens)
        columns = [[Cut(query, key, layer, head) for query in range(key + 1, n)] for key in range(n - 1)]
        sets: list[Sequence[Cut]] = [(), *columns]
        size = max(1, CHUNK_LOGITS // (len(encoded.ids) * self.card.vocabulary))
        parts = []
        for start in range(0, len(sets), size):
            chunk = sets[start : start + size]
            logits = self._logits(encoded, torch.tensor([encoded.ids]).expand(len(chunk), -1), chunk)[:, -1]
            parts.append(torch.softmax(logits.double(), dim=-1)[:, identifier])
        base, *probs = torch.cat(parts).tolist()
        return ColumnEffects(encoded.tokens, base, np.array([*probs, np.nan], dtype=np.float32))

    def beams(self, prompt: str, width: int = 4, length: int = 16) -> tuple[Beam, ...]:
        """Return the `width` texts of up to `length` tokens that beam search finds, the likeliest first.

        The search is the library's `generate`, comparing whole texts by the sum of their log-probabilities: no length
        penalty, nor one for repetition, whatever the model's own settings are.
        Raises ValueError below two beams, and the errors of `steps`.
        """
        if width < 2:
            raise ValueError("a beam search has at least two beams")
        encoded = self.encode(prompt)
        end, used = self.tokenizer.eos_token_id, len(encoded.ids)
        ids = torch.tensor([encoded.ids])
        with runtime.slot(), torch.inference_mode(), recording(keep=False):
            found = self.model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=min(self._room(used, length), length),
                num_beams=width,
                num_return_sequences=width,
                do_sample=False,
                length_penalty=0.0,
                repetition_penalty=1.0,
                no_repeat_ngram_size=0,
                eos_token_id=end,
                pad_token_id=self.tokenizer.pad_token_id if end is None else end,
                return_dict_in_generate=True,
                output_scores=True,
            )
        log2 = (found.sequences_scores / np.log(2)).tolist()
        return tuple(self._beam(row[used:], score) for row, score in zip(found.sequences.tolist(), log2, strict=True))

    def _beam(self, ids: list[int], log2: float) -> Beam:
        end = self.tokenizer.eos_token_id
        written = ids[: ids.index(end)] if end in ids else ids
        return Beam(tuple(written), self.text(written), log2, end in ids)

    def steps(self, prompt: str, sampling: Sampling = Sampling(), k: int = 10) -> Iterator[Step]:
        """Yield one step for each generated token until the end token, `max_tokens` or the end of the context.

        The prompt is read once; each step reads one token on top of the model's key-value cache.
        """
        encoded = self.encode(prompt)
        room = self._room(len(encoded.ids), sampling.max_tokens)
        return self._steps(encoded.ids, sampling, min(room, sampling.max_tokens), k)

    def _room(self, used: int, wanted: int) -> int:
        """Return how many tokens can follow (`wanted` where the context is not known). Raises TooManyTokens if none."""
        room = (self.card.context or used + wanted) - used
        if room < 1:
            raise TooManyTokens(length=used, limit=self.card.context - 1)
        return room

    def _steps(self, ids: tuple[int, ...], sampling: Sampling, count: int, k: int) -> Iterator[Step]:
        rng = np.random.default_rng(sampling.seed)
        generated: list[int] = []
        read, cache = torch.tensor([ids]), self.reader.cache(1, len(ids) + count)
        for _ in range(count):
            with runtime.slot(), recording(keep=False):
                logits = self.reader.read(read, cache)
            before = self._distribution(logits[0, -1], k)
            kept = filtered(before.logits, sampling)
            chosen = draw(kept, rng)
            if chosen == self.tokenizer.eos_token_id:
                return
            generated.append(chosen)
            yield Step(before, kept, self.word(chosen), chosen, self.text(generated))
            read = torch.tensor([[chosen]])

    def generate(self, prompt: str, sampling: Sampling = Sampling()) -> str:
        """Return what the model writes after the prompt."""
        text = ""
        for step in self.steps(prompt, sampling, k=1):
            text = step.text
        return text

    def score(self, text: str) -> Score:
        """Return log2 P of each token given those before it (bits of surprise, negated).

        Without a begin token in the model's vocabulary the first token has nothing before it and is not scored.
        """
        encoded = self.encode(text)
        logits = self._logits(encoded, torch.tensor([encoded.ids]))[0, :-1].double()
        following = torch.tensor(encoded.ids[1:], dtype=torch.long).unsqueeze(1)
        log2 = torch.log_softmax(logits, dim=-1).gather(1, following)[:, 0] / np.log(2)
        scored = tuple(token for token in encoded.tokens[1:] if not token.special)
        sums = tuple(float(log2[token.first - 1 : token.last - 1].sum()) for token in scored)
        return Score(scored, sums, max(1, len(text) - encoded.tokens[0].end))

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of generated tokens; a character is there when all its bytes are."""
        for count in range(len(ids), 0, -1):
            decoded = str(self.tokenizer.decode(list(ids[:count])))
            if not decoded.endswith("\ufffd"):
                return decoded
        return ""

    def word(self, identifier: int) -> str:
        """Return the surface of one vocabulary entry."""
        if identifier not in self._words:
            surface = str(self.tokenizer.decode([identifier]))
            token = surface if surface.strip("� ") else str(self.tokenizer.convert_ids_to_tokens(identifier))
            self._words[identifier] = token
        return self._words[identifier]

    @cached_property
    def _words(self) -> dict[int, str]:
        return {}

    def _distribution(self, logits: torch.Tensor, k: int) -> Distribution:
        values, ids = torch.topk(torch.softmax(logits, dim=-1), min(k, len(logits)))
        candidates = tuple(Candidate(self.word(i), p) for i, p in zip(ids.tolist(), values.tolist(), strict=True))
        return Distribution(logits.numpy(), candidates)
