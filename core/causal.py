"""Causal language models: guess the next word from what stands before it (Radford et al. 2018, GPT)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch

from core import runtime
from core.attention import recording
from core.errors import TooManyTokens
from core.language_model import LanguageModel
from core.maps import Cut, Floats
from core.masked import Candidate, Score
from core.sampling import Sampling, draw, filtered, softmax


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


class CausalLM(LanguageModel):
    """A model that reads from the left and guesses what comes next."""

    causal: ClassVar[bool] = True

    def next(self, text: str, k: int = 10, cut: Iterable[Cut] = ()) -> Distribution:
        """Return the distribution of the token after the text. Raises the errors of `attention`."""
        encoded = self.encode(text)
        logits = self._logits(encoded, torch.tensor([encoded.ids]), [tuple(cut)])[0, -1]
        return self._distribution(logits, k)

    def steps(self, prompt: str, sampling: Sampling = Sampling(), k: int = 10) -> Iterator[Step]:
        """Yield one step for each generated token until the end token, `max_tokens` or the end of the context.

        The prompt is read once; each step reads one token on top of the model's key-value cache.
        """
        encoded = self.encode(prompt)
        room = (self.card.context or len(encoded.ids) + sampling.max_tokens) - len(encoded.ids)
        if room < 1:
            raise TooManyTokens(length=len(encoded.ids), limit=self.card.context - 1)
        return self._steps(encoded.ids, sampling, min(room, sampling.max_tokens), k)

    def _steps(self, ids: tuple[int, ...], sampling: Sampling, count: int, k: int) -> Iterator[Step]:
        rng = np.random.default_rng(sampling.seed)
        generated: list[int] = []
        text = ""
        read, past = torch.tensor([ids]), None
        for _ in range(count):
            with runtime.slot(), torch.inference_mode(), recording(keep=False):
                output = self.model(input_ids=read, past_key_values=past, use_cache=True)
            past = output.past_key_values
            before = self._distribution(output.logits[0, -1].float(), k)
            kept = filtered(before.logits, sampling)
            chosen = draw(kept, rng)
            if chosen == self.tokenizer.eos_token_id:
                return
            generated.append(chosen)
            decoded = str(self.tokenizer.decode(generated))
            text = text if decoded.endswith("�") else decoded  # a character is shown when all its bytes are there
            yield Step(before, kept, self.word(chosen), chosen, text)
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

    def word(self, identifier: int) -> str:
        """Return the surface of one vocabulary entry."""
        surface = str(self.tokenizer.decode([identifier]))
        return surface if surface.strip("� ") else str(self.tokenizer.convert_ids_to_tokens(identifier))

    def _distribution(self, logits: torch.Tensor, k: int) -> Distribution:
        values, ids = torch.topk(torch.softmax(logits, dim=-1), min(k, len(logits)))
        candidates = tuple(Candidate(self.word(i), p) for i, p in zip(ids.tolist(), values.tolist(), strict=True))
        return Distribution(logits.numpy(), candidates)
