"""The points of the figure: how often each member of the family is right, recorded; chance, and the best learner there
can be.

    python -m core.training.fewshot measure          # makes points.json
    python -m core.prompting measure --task kana-rules --shots 8 --model fewshot-l-sequences --json
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import hypot, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from core.intervals import wilson

POINTS = Path(__file__).with_name("points.json")
SHOTS = (0, 1, 2, 4, 8)
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # 97.5 % of the t distribution, by the number of seeds


@dataclass(frozen=True)
class Point:
    """One point: right answers of each seed in so many episodes of each."""

    task: str
    size: str
    text: str
    shots: int
    right: tuple[int, ...]
    episodes: int

    @property
    def total(self) -> int:
        """The episodes of all seeds."""
        return self.episodes * len(self.right)

    @property
    def shares(self) -> tuple[float, ...]:
        """The accuracy of each seed."""
        return tuple(one / self.episodes for one in self.right)

    @property
    def accuracy(self) -> float:
        return fmean(self.shares)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % for the mean of trainings with other seeds, asked other questions; within 0 and 1.

        Two errors that do not depend on each other: of the trainings (Student's t over the seeds), and of the questions,
        of which every seed was asked the same (Wilson). Their distances from the mean add up as squares (Zou & Donner
        2008, "Construction of confidence limits about effect measures").
        """
        half = STUDENT[len(self.right)] * stdev(self.shares) / sqrt(len(self.right))
        low, high = wilson(sum(self.right) / len(self.right), self.episodes)
        below, above = hypot(half, self.accuracy - low), hypot(half, high - self.accuracy)
        return max(0.0, self.accuracy - below), min(1.0, self.accuracy + above)


@cache
def _recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(POINTS.read_text(encoding="utf-8"))
    return found


def is_there() -> bool:
    """Say whether the points were recorded."""
    return POINTS.exists()


@cache
def points() -> tuple[Point, ...]:
    """Return every recorded point."""
    asked = episodes()
    return tuple(Point(**{**one, "right": tuple(one["right"])}, episodes=asked) for one in _recorded()["points"])


def episodes() -> int:
    """Return how many episodes of each seed a recorded point has."""
    found: int = _recorded()["episodes"]
    return found


def point(task: str, size: str, text: str, shots: int) -> Point | None:
    """Return a recorded point, None if there is none."""
    wanted = task, size, text, shots
    return next((one for one in points() if (one.task, one.size, one.text, one.shots) == wanted), None)


def optimum(task: str) -> Mapping[int, float]:
    """Return, by shots, how often a learner is right that knows every task of the family, but not which one it is
    (core.prompting.optimal)."""
    return {int(shots): share for shots, share in _recorded()["optimum"][task].items()}


def chance(task: str) -> float:
    """Return how often a guess among the answers of the task is right."""
    found: float = _recorded()["chance"][task]
    return found
