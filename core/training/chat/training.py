"""Exchanges → the chat model: the decoder learns to go on with the answer. Only the tokens of answers are learned."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForCausalLM, AutoTokenizer

from core import catalogue
from core.training import batches
from core.training.chat.corpus import Exchange, read
from core.training.train import Recipe, Training

BASE = "decoder"
CONTEXT = 128  # twice that of the decoder: a conversation is longer than a sentence
RECIPE = Recipe("chat", tokens=6_000_000, muon_rate=0.003, adam_rate=0.002, decay=0.9)


@dataclass(frozen=True)
class Answers(batches.Sequences):
    """Encoded exchanges: of sequence i, the answer begins at token begins[i]."""

    begins: NDArray[np.int64]


def encode(found: list[Exchange], tokenizer: Any) -> Answers:
    """Return the exchanges as tokens, each ended; what does not fit the context is left out."""
    prompts = tokenizer([one.prompt for one in found])["input_ids"]
    answers = tokenizer([one.answer for one in found], add_special_tokens=False)["input_ids"]
    rows = [(p, [*a, batches.EOS]) for p, a in zip(prompts, answers, strict=True) if len(p) + len(a) < CONTEXT]
    ids = np.concatenate([np.array([*p, *a], dtype=np.uint16) for p, a in rows])
    return Answers(ids, np.cumsum([len(p) + len(a) for p, a in rows]), np.array([len(p) for p, _ in rows]))


class Chat(Training):
    """The training of the chat model in its folder."""

    def __init__(self, recipe: Recipe, out: Path, *, compiled: bool = False) -> None:
        folder = catalogue.folder(BASE)
        self.tokenizer = cast(Any, AutoTokenizer.from_pretrained(folder))
        text = encode(read(out / "train.jsonl"), self.tokenizer)
        torch.manual_seed(recipe.seed)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        model.config.max_position_embeddings = CONTEXT
        self.answers = text
        super().__init__(recipe, "causal", model, text, out, compiled=compiled)

    def batch(self, numbers: Any) -> tuple[torch.Tensor, ...]:
        """Return the target of this step, answers only, and what is read."""
        read, target = batches.shifted(batches.padded(self.answers, numbers))
        places = np.arange(target.shape[1])
        target = np.where(places >= self.answers.begins[numbers][:, None] - 1, target, batches.IGNORED)
        return batches.tensors(target, read, device=self.device)
