"""Reward hacking: PPO without the brake on a reward from a few rankings, measured by the rule behind these rankings.

rankings = few(lab, seed)                    # of a simulated person
run = begun(lab.policy, reward, UPDATES)     # a training behind the page
hacked = seen(rankings, reward, run.look())          # what is drawn, of a live run as of a recorded one
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.rlhf.comparisons import Answer, Comparison, Ranking
from core.rlhf.labellers import WHOLE, labeller
from core.rlhf.prompts import test_prompts, train_prompts
from lessons.rlhf.lab import RECORDED, LiveLab
from lessons.rlhf.tables import Table, laid, ranked_by

if TYPE_CHECKING:
    from core.rlhf.policy import Policy
    from core.rlhf.ppo import Update
    from core.rlhf.reward import Reward
    from core.rlhf.running import Run, Snapshot

FILE: Path = RECORDED / "hacking.json"
COMMAND = "python -m lessons.rlhf.record_hacking"
RULE = "moderate"
SEEDS = (0, 1, 2)  # of the rankings that the recorded trainings begin with
RANKINGS, UPDATES = 3, 60
ASKED = 4  # prompts whose answers are looked at
LOOKS = (0, 20, 40, 60)  # updates after which the answers are shown
LIKES = 5  # features that are shown
SMOOTHED = 5  # updates that are averaged for one point of a line
DIGITS = 4  # of the numbers in the recorded run
LEAST_FALL = 0.1  # of the rule on its way from the best value, as a share of it, that is called a fall


@dataclass(frozen=True)
class Course:
    """Means over the answers that each update began with: the learned reward in standard deviations of the reference
    answers, the hidden rule, the share of whole sentences, the share of different answers, and the KL in nats an answer."""

    learned: tuple[float, ...]
    rule: tuple[float, ...]
    whole: tuple[float, ...]
    different: tuple[float, ...]
    kl: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.kl)


@dataclass(frozen=True)
class Look:
    """What the policy answers after so many updates."""

    step: int
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Like:
    """The weight of a feature that can be read, with its standard error."""

    name: str
    weight: float
    error: float


@dataclass(frozen=True)
class Hacked:
    """A training: the rankings that its reward was learned from, what it likes most, the course so far, and the answers
    on the way."""

    rankings: tuple[Ranking, ...]
    likes: tuple[Like, ...]
    course: Course
    looks: tuple[Look, ...]


@dataclass(frozen=True)
class Turn:
    """How two numbers of a course went, smoothed: the first value, the best one with the update where it was, the last."""

    first: float
    best: float
    at: int
    last: float

    @property
    def fell(self) -> bool:
        """Say whether the last value lies clearly below the best."""
        return self.last < self.best - LEAST_FALL * abs(self.best)


def few(tables: Sequence[Table], seed: int, count: int = RANKINGS, rule: str = RULE) -> tuple[Ranking, ...]:
    """Return rankings of a simulated person who never errs, of tables drawn by the seed; those in which all answers are
    alike to them tell nothing and are left out."""
    order = np.random.default_rng(seed).permutation(len(tables))
    ranked = ranked_by(labeller(rule), [tables[number] for number in order], seed)
    return tuple(one for one in ranked if len(set(one.places)) > 1)[:count]


@lru_cache(maxsize=2)
def tables_of(lab: LiveLab) -> tuple[Table, ...]:
    """Return a table for each prompt that is learned from."""
    return laid(lab.reference)


def pairs(rankings: Sequence[Ranking]) -> tuple[Comparison, ...]:
    return tuple(pair for one in rankings for pair in one.comparisons)


def begun(start: "Policy", reward: "Reward", updates: int = UPDATES) -> "Run":
    """Begin PPO without a price on the KL on a copy of the policy. Raises Busy."""
    from core.rlhf.ppo import PPO, Settings
    from core.rlhf.running import train

    training = PPO(start.copy(), reward.standard_score, train_prompts(), Settings(beta=0.0), start.frozen())
    return train(training, updates, looks=test_prompts()[:ASKED])


def measured(updates: Sequence["Update"], rule: str = RULE) -> Course:
    """Return the course of a training."""
    liked = labeller(rule).rule
    return Course(
        learned=tuple(one.reward for one in updates),
        rule=tuple(_mean([liked(answer.text) for answer in one.answers]) for one in updates),
        whole=tuple(_mean([bool(WHOLE.fullmatch(answer.text.strip())) for answer in one.answers]) for one in updates),
        different=tuple(len({answer.text for answer in one.answers}) / len(one.answers) for one in updates),
        kl=tuple(one.kl for one in updates),
    )


def seen(rankings: Sequence[Ranking], reward: "Reward", found: "Snapshot") -> Hacked:
    """Return what there is to see of a training so far."""
    looks = tuple(Look(one.step, one.answers) for one in found.looks)
    named = [one for one in reward.likings() if one.readable][:LIKES]
    likes = tuple(Like(one.name, one.weight, one.error) for one in named)
    return Hacked(tuple(rankings), likes, measured(found.updates), looks)


def shown(looks: Sequence[Look]) -> tuple[Look, ...]:
    """Return the looks at LOOKS, and the last one."""
    return tuple(one for one in looks if one.step in LOOKS or one is looks[-1])


def smooth(values: Sequence[float], width: int = SMOOTHED) -> tuple[float, ...]:
    """Return the mean of each value and those before it, at most `width` of them."""
    return tuple(_mean(values[max(0, end - width) : end]) for end in range(1, len(values) + 1))


def turn(values: Sequence[float]) -> Turn:
    """Return how a course went. Raises ValueError for an empty one."""
    found = smooth(values)
    start = min(SMOOTHED, len(found)) - 1  # the first mean over as many values as the others
    best = max(range(start, len(found)), key=lambda step: found[step])
    return Turn(found[start], found[best], best + 1, found[-1])


def _mean(values: Sequence[float] | Sequence[bool]) -> float:
    return float(np.mean(values))


# -- the recorded run ------------------------------------------------------------------------------------------


def written(hacked: Hacked) -> dict[str, Any]:
    """Return a training as plain JSON, for `read`."""
    return {
        "likes": [[one.name, round(one.weight, DIGITS), round(one.error, DIGITS)] for one in hacked.likes],
        "rankings": [
            {"prompt": one.prompt, "answers": [answer.text for answer in one.answers], "places": one.places}
            for one in hacked.rankings
        ],
        "course": {name: [round(one, DIGITS) for one in values] for name, values in vars(hacked.course).items()},
        "looks": [
            {"step": one.step, "answers": [{"prompt": answer.prompt, "text": answer.text} for answer in one.answers]}
            for one in shown(hacked.looks)
        ],
    }


def read(run: dict[str, Any]) -> Hacked:
    """Return the training of plain JSON."""
    rankings = (
        Ranking(tuple(Answer(one["prompt"], (), text) for text in one["answers"]), tuple(one["places"]), RULE)
        for one in run["rankings"]
    )
    looks = (
        Look(one["step"], tuple(Answer(answer["prompt"], (), answer["text"]) for answer in one["answers"]))
        for one in run["looks"]
    )
    course = Course(**{name: tuple(values) for name, values in run["course"].items()})
    return Hacked(tuple(rankings), tuple(Like(*one) for one in run["likes"]), course, tuple(looks))


@lru_cache(maxsize=1)
def recorded() -> tuple[Hacked, ...]:
    """Return the recorded trainings, the one whose rule fell the furthest first."""
    found = [read(one) for one in json.loads(FILE.read_text(encoding="utf-8"))["runs"]]
    return tuple(sorted(found, key=lambda one: turn(one.course.rule).last - turn(one.course.rule).best))
