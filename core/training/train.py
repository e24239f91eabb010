"""Tokens → weights, for the encoder (masked LM) and the decoder (causal LM).

One step: read a batch of about `batch_tokens` tokens, predict the hidden (or the next) words, cross-entropy, backward,
Muon for the matrices and AdamW for the rest. The learning rate rises for `warmup` of the steps, stays, and falls
linearly to zero over the last `decay` of them.

A checkpoint with weights, both optimisers and the step is written every few minutes; the same command continues from
it. Batches and masks are functions of (seed, step), so a stopped run and an unbroken one see the same data.
"""

import argparse
import dataclasses
import json
import os
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn
from tqdm import tqdm
from transformers import AutoTokenizer, PreTrainedModel

from core.training import batches, tokenizer, watch
from core.training.architecture import build, kind
from core.training.loss import cross_entropy

CHECKPOINT_SECONDS = 120
LOG_EVERY = 20  # steps
FOLDERS = {kind: folder for folder, kind in tokenizer.KINDS.items()}
TEXTS = {"masked": ("train.txt", "contrasts.txt"), "causal": ("train.txt",), "seq2seq": ("pairs.tsv",)}


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights, beside the training text."""

    name: str
    tokens: int
    batch_tokens: int = 4096
    muon_rate: float = 0.004
    adam_rate: float = 0.003
    weight_decay: float = 0.01
    warmup: float = 0.02
    decay: float = 0.6
    seed: int = 0

    @property
    def steps(self) -> int:
        return self.tokens // self.batch_tokens

    def rate(self, step: int) -> float:
        """Return the factor of the learning rates at `step`, between 0 and 1."""
        done = step / self.steps
        return min(1.0, (step + 1) / max(1.0, self.warmup * self.steps), (1 - done) / self.decay)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("encoder", tokens=32_000_000),
        Recipe("decoder", tokens=36_000_000),
        *(Recipe(name, tokens=36_000_000) for name in ("decoder-m", "decoder-s", "decoder-xs")),
        Recipe("seq2seq", tokens=15_000_000),
    )
}


def optimisers(model: PreTrainedModel, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return Muon for the layers' matrices and AdamW for embedding, norms and biases (Jordan et al. 2024)."""
    output = model.get_output_embeddings()
    matrices = [m.weight for m in model.modules() if isinstance(m, nn.Linear) and m is not output]
    taken = {id(matrix) for matrix in matrices}
    others = [parameter for parameter in model.parameters() if parameter.requires_grad and id(parameter) not in taken]
    return [
        torch.optim.Muon(
            matrices, lr=recipe.muon_rate, weight_decay=recipe.weight_decay, adjust_lr_fn="match_rms_adamw"
        ),
        torch.optim.AdamW(others, lr=recipe.adam_rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay),
    ]


def loss_of(model: Any, target: torch.Tensor, *read: torch.Tensor) -> torch.Tensor:
    """Return the mean cross-entropy in nats over the words to be guessed, the others are IGNORED.

    target (batch, length) and what is read: (batch, length), for an encoder–decoder the source and the target so far.
    """
    inputs = dict(zip(("input_ids", "decoder_input_ids"), read, strict=False))
    mask = (read[0] != batches.PAD).long()
    hidden = model.model(**inputs, attention_mask=mask, use_cache=False).last_hidden_state
    guessed = hidden[target != batches.IGNORED]  # only these reach the vocabulary: (words, width)
    if hasattr(model, "head"):  # of the masked LM: a layer before its output
        guessed = model.head(guessed)
    output = model.get_output_embeddings()
    return cross_entropy(guessed, output.weight, target[target != batches.IGNORED], output.bias)


class Training:
    """One training in its folder: what is on disk is always enough to go on. The model learns `kind` from the text."""

    def __init__(
        self,
        recipe: Recipe,
        kind: str,
        model: PreTrainedModel,
        text: batches.Text,
        out: Path,
        *,
        compiled: bool = False,
    ) -> None:
        self.recipe, self.kind, self.text, self.out = recipe, kind, text, out
        self.device = model.device
        self.model = cast(Any, model)
        self.model.set_attn_implementation("eager")  # faster than the fused one for sentences, above all backwards
        self.model.train()
        if compiled:
            self.model.model.compile(dynamic=True)
        self.optimisers = optimisers(self.model, recipe)
        self.step, self.seconds = 0, 0.0
        if self.checkpoint.exists():
            self.resume()

    @property
    def checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    def save(self) -> None:
        """Write the checkpoint beside the old one, then replace it: an interrupted write loses nothing."""
        state = {
            "recipe": dataclasses.asdict(self.recipe),
            "model": self.model.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "seconds": self.seconds,
        }
        temporary = self.checkpoint.with_suffix(".tmp")
        torch.save(state, temporary)
        os.replace(temporary, self.checkpoint)

    def resume(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        if state["recipe"] != dataclasses.asdict(self.recipe):
            raise SystemExit(f"{self.checkpoint} was made by another recipe; remove it or give another --out")
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]

    def batch(self, numbers: Any) -> tuple[torch.Tensor, ...]:
        """Return the target of this step, and what is read, on the device."""
        rng = np.random.default_rng((self.recipe.seed, 1, self.step))
        if isinstance(self.text, batches.Pairs):
            read, target = batches.delayed(batches.padded(self.text.target, numbers))
            return batches.tensors(target, batches.padded(self.text.source, numbers), read, device=self.device)
        rows = batches.padded(self.text, numbers)
        vocabulary = self.model.config.vocab_size
        read, target = batches.shifted(rows) if self.kind == "causal" else batches.masked(rows, rng, vocabulary)
        return batches.tensors(target, read, device=self.device)

    def advance(self, numbers: Any) -> float:
        """Make one step; return its loss in nats."""
        factor = self.recipe.rate(self.step)
        for optimiser, rate in zip(self.optimisers, (self.recipe.muon_rate, self.recipe.adam_rate), strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor
        with torch.autocast(self.device.type, torch.bfloat16):
            loss = loss_of(self.model, *self.batch(numbers))
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        return loss.item()

    def finish(self) -> None:
        """Train until the recipe's last step, logging and saving on the way."""
        order = islice(batches.order(self.text, self.recipe.batch_tokens, self.recipe.seed), self.step, None)
        bar = tqdm(total=self.recipe.steps, initial=self.step, desc=self.recipe.name, unit="step", mininterval=5)
        started = saved = time.monotonic()
        losses: list[float] = []
        before = self.seconds
        if self.step == 0:
            self.look()
        while self.step < self.recipe.steps:
            losses.append(self.advance(next(order)))
            if self.due():
                self.look()
            self.seconds = before + time.monotonic() - started
            bar.update()
            if self.step % LOG_EVERY == 0:
                self.log(sum(losses) / len(losses))
                bar.set_postfix(loss=f"{losses[-1]:.3f}")
                losses.clear()
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = time.monotonic()
        self.save()
        bar.close()

    def due(self) -> bool:
        """Say whether the model is looked at after this step."""
        return watch.due(self.step, self.recipe.steps)

    def look(self) -> None:
        """Write down what the model can do now."""

    def log(self, loss: float) -> None:
        line = {
            "step": self.step,
            "loss": round(loss, 4),
            "rate": round(self.recipe.rate(self.step), 4),
            "seconds": round(self.seconds),
        }
        with (self.out / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


class Run(Training):
    """The training of an embedded model on the corpus."""

    def __init__(
        self, recipe: Recipe, corpus: Path, tokenizer: Path, out: Path, device: torch.device, *, compiled: bool = False
    ) -> None:
        out.mkdir(parents=True, exist_ok=True)
        of = kind(recipe.name)
        self.tokenizer = cast(Any, AutoTokenizer.from_pretrained(tokenizer / FOLDERS[of]))
        text = batches.cached([corpus / name for name in TEXTS[of]], self.tokenizer, out, of)
        torch.manual_seed(recipe.seed)
        model = cast(Any, build(recipe.name))
        super().__init__(recipe, of, model.to(device), text, out, compiled=compiled)

    def look(self) -> None:
        """Write down what the model guesses now; an encoder–decoder is not asked."""
        if self.kind in watch.SENTENCES:
            found = watch.guesses(self.model, self.tokenizer, self.kind)
            watch.append(self.out / "guesses.jsonl", self.step, found)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a model; run again to continue after a stop.")
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--tokens", type=int, help="training tokens instead of the recipe's")
    parser.add_argument("--corpus", type=Path, default=Path("runs/corpus"))
    parser.add_argument("--tokenizer", type=Path, default=Path("runs/tokenizer"))
    parser.add_argument("--out", type=Path, help="default: runs/NAME")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--compile", action="store_true", help="a quarter faster after a minute; needs a C++ compiler")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe = RECIPES[arguments.name]
    if arguments.tokens:
        recipe = dataclasses.replace(recipe, tokens=arguments.tokens)
    out = arguments.out or Path("runs") / recipe.name
    device = torch.device(arguments.device)
    Run(recipe, arguments.corpus, arguments.tokenizer, out, device, compiled=arguments.compile).finish()


if __name__ == "__main__":
    main()
