"""The points of the figure: how often each member of the family is right, recorded; chance, and the best learner there
can be.

    python -m core.training.fewshot measure          # makes points.json
    python -m core.prompting measure --task kana-rules --shots 8 --model fewshot-l-sequences-0 --episodes 500 --json
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

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
        """95 % for the mean of trainings with other seeds (Student's t over the seeds), within 0 and 1."""
        half = STUDENT[len(self.right)] * stdev(self.shares) / sqrt(len(self.right))
        return max(0.0, self.accuracy - half), min(1.0, self.accuracy + half)


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
    episodes = _recorded()["episodes"]
    return tuple(Point(**{**one, "right": tuple(one["right"])}, episodes=episodes) for one in _recorded()["points"])


def optimum(task: str) -> Mapping[int, float]:
    """Return, by shots, how often a learner is right that knows every task of the family, but not which one it is
    (core.prompting.optimal)."""
    return {int(shots): share for shots, share in _recorded()["optimum"][task].items()}


def chance(task: str) -> float:
    """Return how often a guess among the answers of the task is right."""
    found: float = _recorded()["chance"][task]
    return found
