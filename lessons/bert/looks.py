"""The recorded training of the embedded encoder: its loss curve, and what it guessed at steps on the way.

Both files stand beside the weights; the looks are missing where the training was not watched.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core import catalogue

LOG, LOOKS = "log.json", "guesses.json"

Ranked = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Look:
    """What the model guessed after a step: for each sentence its likeliest words with their probabilities."""

    step: int
    guesses: dict[str, Ranked]


@dataclass(frozen=True)
class Run:
    """A recorded training. `loss`: nats a guessed word, at `steps`; `seconds` since its start. `looks` may be empty."""

    steps: tuple[int, ...]
    loss: tuple[float, ...]
    seconds: tuple[float, ...]
    looks: tuple[Look, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences that were asked, in their order."""
        return tuple(self.looks[-1].guesses) if self.looks else ()

    def loss_at(self, step: int) -> tuple[int, float] | None:
        """Return the logged step nearest to a step, and its loss; None where nothing was logged yet or at all."""
        if not self.steps or step < self.steps[0]:
            return None
        nearest = min(range(len(self.steps)), key=lambda index: abs(self.steps[index] - step))
        return self.steps[nearest], self.loss[nearest]

    def course(self, text: str, words: tuple[str, ...]) -> list[list[float]]:
        """Return the probability of each word in the sentence at every look: (word, look); 0 below the written ones."""
        return [[dict(look.guesses.get(text, ())).get(word, 0.0) for look in self.looks] for word in words]

    def learned(self, text: str) -> int | None:
        """Return the first step from which the first guess was that of the end; None if the sentence was not asked."""
        firsts = [look.guesses[text][0][0] if look.guesses.get(text) else "" for look in self.looks]
        if not firsts or not firsts[-1]:
            return None
        since = len(firsts) - 1
        while since > 0 and firsts[since - 1] == firsts[-1]:
            since -= 1
        return self.looks[since].step


def read(folder: Path) -> Run:
    """Return the training that is written in the folder of a model; what is not there is empty."""
    log = _json(folder / LOG) or {"step": [], "loss": [], "seconds": []}
    looks = [
        Look(
            int(look["step"]),
            {one["text"]: tuple((word, float(prob)) for word, prob in one["candidates"]) for one in look["guesses"]},
        )
        for look in _json(folder / LOOKS) or []
    ]
    looks.sort(key=lambda look: look.step)
    return Run(tuple(log["step"]), tuple(log["loss"]), tuple(log["seconds"]), tuple(looks))


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


@lru_cache(maxsize=1)
def encoder() -> Run:
    """Return the training of the embedded encoder."""
    return read(catalogue.MODELS / "encoder")
