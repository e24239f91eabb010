"""Did it become better? Answers from before and after, side by side, and nobody knows which is which."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.intervals import wilson
from core.rlhf.comparisons import Answer

Choice = Literal["left", "right", "same"]


@dataclass(frozen=True)
class Trial:
    """Two answers to one prompt. `swapped`: the answer from after stands on the left."""

    before: Answer
    after: Answer
    swapped: bool

    @property
    def left(self) -> Answer:
        return self.after if self.swapped else self.before

    @property
    def right(self) -> Answer:
        return self.before if self.swapped else self.after


@dataclass(frozen=True)
class Result:
    """How often the answer from after was picked. The rate and its 95 % interval (Wilson 1927) are those of the trials
    that were decided; `same` were not."""

    wins: int
    losses: int
    same: int

    @property
    def rate(self) -> float:
        """NaN if nothing was decided."""
        decided = self.wins + self.losses
        return self.wins / decided if decided else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        low, high = wilson(self.wins, self.wins + self.losses)
        return low, high


@dataclass(frozen=True)
class BlindTest:
    """The trials and what was chosen so far. `identical`: pairs with the same text, which nobody is asked about."""

    trials: tuple[Trial, ...]
    choices: tuple[Choice, ...] = ()
    identical: int = 0

    @property
    def next(self) -> Trial | None:
        """The trial to be shown, None at the end."""
        return self.trials[len(self.choices)] if len(self.choices) < len(self.trials) else None

    def choose(self, choice: Choice) -> "BlindTest":
        """Return the test after one more choice. Raises ValueError at the end."""
        if self.next is None:
            raise ValueError("all trials are done")
        return replace(self, choices=(*self.choices, choice))

    def undo(self) -> "BlindTest":
        return replace(self, choices=self.choices[:-1])

    @property
    def result(self) -> Result:
        """What the choices so far say."""
        picked = [
            None if choice == "same" else (choice == "left") == trial.swapped
            for trial, choice in zip(self.trials, self.choices, strict=False)
        ]
        return Result(picked.count(True), picked.count(False), picked.count(None))


def blind_test(before: Sequence[Answer], after: Sequence[Answer], seed: int = 0) -> BlindTest:
    """Return a test of answers to the same prompts, in random order, each pair in a random one.

    Raises ValueError if the prompts differ.
    """
    if [one.prompt for one in before] != [one.prompt for one in after]:
        raise ValueError("the answers are to different prompts")
    rng = np.random.default_rng(seed)
    pairs = [(one, other) for one, other in zip(before, after, strict=True) if one.text != other.text]
    order = rng.permutation(len(pairs))
    trials = [Trial(pairs[number][0], pairs[number][1], swapped=bool(rng.integers(2))) for number in order]
    return BlindTest(tuple(trials), identical=len(before) - len(pairs))
