"""A tiny masked language model, trained from nothing in a minute while a reader watches.

    training = live.start(["猫が庭で[MASK]。"])
    training.look()          # how far it is, its losses, what it guesses: asked again and again from any thread
    training.stop()

It is built as the embedded encoder, only smaller, and reads the sentences that `core.training.sentences` writes, cut by
the encoder's tokenizer; it knows no token beside theirs. One training runs at a time in a process, with one thread; the
others wait in a line. When it ends, nothing of the model is kept. From a terminal, `python -m core.training.live` trains
one and prints what it guesses on the way.
"""

import logging
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import AutoTokenizer

from core import catalogue, runtime
from core.line import Line
from core.tokens import check
from core.training import architecture, batches
from core.training.sentences import own_sentences
from core.training.tokenizer import CONTEXT, SPECIAL
from core.training.train import Recipe, loss_of, optimisers

SECONDS = 60.0  # of one training, counted from its first step
SHAPE = architecture.Shape(width=64, mlp=160, layers=2, heads=4)
RECIPE = Recipe("live", tokens=0, batch_tokens=1024, muon_rate=0.01, adam_rate=0.01, decay=0.5)
WARMUP = 10  # steps in which the learning rates rise
SENTENCES = ("鳥が[MASK]。", "赤ちゃんが[MASK]。", "雨が激しく[MASK]。", "風が強く[MASK]。", "[MASK]が鳴く。")
GUESSES = 5
HELD_OUT = 200  # sentences that are not read; in each of them one word is guessed
LOOK_SECONDS, LOOK_SHARE = 1.0, 0.2  # at least between two looks; of the time, for looking
CHUNK = 2000  # sentences that are cut into tokens at once
CPU = torch.device("cpu")
POLL_SECONDS = 0.3  # between two looks of the terminal
MAX_WAITING = 20
UNWATCHED_SECONDS = 15.0  # after which a training that nobody looks at gives way to those that wait

State = Literal["waiting", "preparing", "training", "finished", "stopped", "failed"]
Ranked = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Look:
    """What the model knows after a step. `accuracy`: share of the held-out words that it guesses right.

    `guesses`: for each text the likeliest words of each of its holes, with their probabilities.
    """

    step: int
    seconds: float
    accuracy: float
    guesses: Mapping[str, tuple[Ranked, ...]]


@dataclass(frozen=True)
class Facts:
    """What is trained, and on what. `baseline`: the accuracy of always guessing the most frequent word."""

    parameters: int
    vocabulary: int
    sentences: int
    held_out: int
    baseline: float


@dataclass(frozen=True)
class Snapshot:
    """A training at one moment. `ahead`: how many trainings come before it. `losses`: nats a guessed word, one a step.

    `seconds` and `limit`: of the training itself, without waiting and preparation. `facts` is None until it begins.
    """

    state: State
    ahead: int
    seconds: float
    limit: float
    losses: tuple[float, ...]
    looks: tuple[Look, ...]
    facts: Facts | None

    @property
    def running(self) -> bool:
        """Say whether it may still change."""
        return self.state in ("waiting", "preparing", "training")


class Training:
    """One training, in the line from the moment it is made."""

    def __init__(self, texts: Sequence[str], seed: int, seconds: float) -> None:
        self.texts, self.seed, self.limit = tuple(dict.fromkeys((*SENTENCES, *texts))), seed, seconds
        self.state: State = "waiting"
        self.losses: list[float] = []
        self.looks: list[Look] = []
        self.facts: Facts | None = None
        self.began = self.ended = 0.0
        self._stopped = threading.Event()
        self._seen = time.monotonic()

    def look(self) -> Snapshot:
        """Return how far it is."""
        self._seen = time.monotonic()
        seconds = (self.ended or self._seen) - self.began if self.began else 0.0
        ahead = _line.ahead(self) if self.state == "waiting" else 0
        return Snapshot(
            self.state, ahead, min(seconds, self.limit), self.limit, tuple(self.losses), tuple(self.looks), self.facts
        )

    def stop(self) -> None:
        """End it after the present step; what it has shown stays."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Say whether it has to end: somebody stopped it, or nobody watches it while others wait."""
        if _line.crowded and time.monotonic() - self._seen > UNWATCHED_SECONDS:
            self._stopped.set()
        return self._stopped.is_set()

    def run(self) -> None:
        """Wait for the turn, train, and leave the line."""
        try:
            if _line.wait(self, lambda: self.stopped):
                self.state = "preparing"
                _train(self)
            self.state = "stopped" if self._stopped.is_set() else "finished"
        except Exception:
            logging.getLogger(__name__).exception("live training")
            self.state = "failed"
        finally:
            self.ended = time.monotonic()
            _line.leave(self)


_line = Line(places=1, most=MAX_WAITING)


def start(texts: Sequence[str] = (), *, seed: int = 0, seconds: float = SECONDS) -> Training:
    """Begin a training, or take a place in the line. `texts`: sentences with holes that are guessed beside SENTENCES.

    Raises EmptyText and TooManyCharacters for a text, Busy if the line is too long.
    """
    training = Training([check(text) for text in texts], seed, seconds)
    _line.join(training)
    threading.Thread(target=training.run, daemon=True, name="live-training").start()
    return training


@dataclass(frozen=True)
class Text:
    """The sentences, in a vocabulary of their own: `ids[token]` is the encoder's id of a token.

    Of the held-out ones: `exam` (sentence, piece), with a hole at `places` (sentence,) for `words` (sentence,).
    """

    tokenizer: Any
    ids: NDArray[np.int64]
    practice: batches.Sequences
    exam: torch.Tensor
    places: torch.Tensor
    words: torch.Tensor

    def read(self, text: str) -> torch.Tensor:
        """Return a text as tokens (1, piece); what the sentences do not have is [UNK]."""
        found = np.array(self.tokenizer(text)["input_ids"][:CONTEXT])
        places = np.searchsorted(self.ids, found).clip(max=len(self.ids) - 1)
        return torch.from_numpy(np.where(self.ids[places] == found, places, SPECIAL.index("[UNK]")))[None]

    def word(self, token: int) -> str:
        identifier = int(self.ids[token])
        return str(self.tokenizer.decode([identifier])).strip() or str(self.tokenizer.convert_ids_to_tokens(identifier))


@lru_cache(maxsize=1)
def _text() -> Text:
    """Return the sentences, always the same."""
    tokenizer: Any = AutoTokenizer.from_pretrained(catalogue.MODELS / "encoder")
    lines = own_sentences(RECIPE.seed)
    chunks = [tokenizer(lines[start : start + CHUNK])["input_ids"] for start in range(0, len(lines), CHUNK)]
    rows = [np.array(ids[:CONTEXT]) for chunk in chunks for ids in chunk]
    ids = np.unique(np.concatenate([np.arange(len(SPECIAL)), *rows]))  # the special tokens keep their places
    rows = [np.searchsorted(ids, row).astype(np.uint16) for row in rows]
    exam = batches.padded(_sequences(rows[:HELD_OUT]), np.arange(HELD_OUT))
    draw, every = np.random.default_rng(RECIPE.seed).random(exam.shape), np.arange(HELD_OUT)
    places = np.where(exam >= len(SPECIAL), draw, -1).argmax(axis=1)
    words = exam[every, places]
    exam[every, places] = batches.MASK
    return Text(tokenizer, ids, _sequences(rows[HELD_OUT:]), *batches.tensors(exam, places, words, device=CPU))


def _sequences(rows: Sequence[NDArray[np.uint16]]) -> batches.Sequences:
    return batches.Sequences(np.concatenate(rows), np.cumsum([len(row) for row in rows]))


def _train(training: Training) -> None:
    """Train until the time is over or the training has to stop."""
    runtime.one_thread_a_call()
    text = _text()
    model = _model(len(text.ids), training.seed)
    parameters, frequent = sum(one.numel() for one in model.parameters()), float(text.words.bincount().max())
    training.facts = Facts(parameters, len(text.ids), len(text.practice), HELD_OUT, frequent / HELD_OUT)
    both, order = optimisers(model, RECIPE), batches.order(text.practice, RECIPE.batch_tokens, training.seed)
    training.began, training.state = time.monotonic(), "training"
    seconds = following = 0.0
    while seconds < training.limit and not training.stopped:
        if seconds >= following:
            training.looks.append(_look(model, text, training, seconds))
            looked = time.monotonic() - training.began - seconds
            following = seconds + max(LOOK_SECONDS, looked / LOOK_SHARE)
        step = len(training.losses)
        rng = np.random.default_rng((training.seed, 1, step))
        read, target = batches.masked(batches.padded(text.practice, next(order)), rng, len(text.ids))
        factor = min(1.0, (step + 1) / WARMUP, (1 - seconds / training.limit) / RECIPE.decay)
        training.losses.append(_step(model, both, factor, *batches.tensors(target, read, device=CPU)))
        seconds = time.monotonic() - training.began
    training.looks.append(_look(model, text, training, min(seconds, training.limit)))


def _model(vocabulary: int, seed: int) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = architecture.encoder(SHAPE)
        model.resize_token_embeddings(vocabulary)
        architecture.initialise(model)
    model.set_attn_implementation("eager")
    return model.train()


def _step(
    model: Any, both: Sequence[torch.optim.Optimizer], factor: float, target: torch.Tensor, read: torch.Tensor
) -> float:
    """Change the weights a little; return the loss in nats. `factor`: of the learning rates."""
    for optimiser, rate in zip(both, (RECIPE.muon_rate, RECIPE.adam_rate), strict=True):
        for group in optimiser.param_groups:
            group["lr"] = rate * factor
    loss = loss_of(model, target, read)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimiser in both:
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return loss.item()


@torch.no_grad()
def _look(model: Any, text: Text, training: Training, seconds: float) -> Look:
    hidden = model.model(input_ids=text.exam, attention_mask=(text.exam != batches.PAD).long()).last_hidden_state
    logits = model.decoder(model.head(hidden[torch.arange(len(hidden)), text.places]))
    accuracy = (logits.argmax(-1) == text.words).float().mean().item()
    return Look(len(training.losses), seconds, accuracy, {one: _guess(model, text, one) for one in training.texts})


def _guess(model: Any, text: Text, written: str) -> tuple[Ranked, ...]:
    read = text.read(written)
    best = model(input_ids=read).logits[0, read[0] == batches.MASK].softmax(-1).topk(GUESSES)
    holes = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return tuple(tuple(zip(map(text.word, tokens), probs, strict=True)) for tokens, probs in holes)


def main() -> None:
    """Train one and print each of its looks."""
    training, shown = start(sys.argv[1:]), 0
    while (found := training.look()).running or shown < len(found.looks):
        for look in found.looks[shown:]:
            words = ", ".join(f"{text} {holes[0][0][0]}" for text, holes in look.guesses.items() if holes)
            print(f"{look.seconds:4.0f} s, {look.step} steps, {look.accuracy:.0%} right: {words}")
        shown = len(found.looks)
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
