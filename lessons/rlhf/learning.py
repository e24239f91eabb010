"""What the lesson tells of a learned reward: how well it does as comparisons grow, by a hidden rule, between people."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from core import runtime
from core.intervals import wilson
from core.rlhf.comparisons import Agreement, Answer, Log, agreement
from core.rlhf.features import Floats
from core.rlhf.labellers import labeller
from core.rlhf.prompts import test_prompts
from core.rlhf.reward import Fit, Held, Liking, Reward
from lessons.rlhf.lab import LiveLab

MOST_POINTS = 12  # of the curve
FRESH_EACH, FRESH_SEED = 8, 5  # new answers to each prompt that nobody has ranked
GUESSES = ("polite", "characters", "hiragana", "animals", "question", "kind")


@dataclass(frozen=True)
class Point:
    """How the reward does after so many comparisons."""

    rankings: int
    comparisons: int
    held: Held | None


@dataclass(frozen=True)
class Judged:
    """Of pairs of answers that a rule tells apart, how many the reward tells alike. `interval`: 95 % (Wilson 1927)."""

    right: int
    total: int

    @property
    def share(self) -> float:
        return self.right / max(1, self.total)

    @property
    def interval(self) -> tuple[float, float]:
        low, high = wilson(self.right, self.total)
        return low, high


@dataclass(frozen=True)
class Shares:
    """How far the reward of the reference answers varies by features that can be read, and by frozen ones (standard
    deviations, in points), and how many there are of these."""

    readable: float
    frozen: float
    directions: int


def growth(fit: Fit, log: Log, known: dict[int, Held | None]) -> tuple[Point, ...]:
    """Return the held-out accuracy after the first rankings of a log, at most at MOST_POINTS of them, the last included.

    `known`: what was calculated before, by the hash of the rankings; new results are put there.
    """
    count = len(log.rankings)
    at = sorted({round(one) for one in np.linspace(min(2, count), count, min(MOST_POINTS, count))}) if count else []
    found = []
    for rankings in at:
        first = Log(log.rankings[:rankings])
        key = hash(first.rankings)
        if key not in known:
            known[key] = fit.held_out(first.comparisons)
        found.append(Point(rankings, len(first.comparisons), known[key]))
    return tuple(found)


def shares(reward: Reward, reference: Sequence[Answer]) -> Shares:
    """Return how much of the reward of the reference answers comes from which features."""
    parts: Floats = reward.features(reference) * reward.weights
    readable = reward.features.readable
    named, frozen = (float(parts[:, which].sum(axis=1).std()) for which in (readable, ~readable))
    return Shares(named, frozen, int((~readable).sum()))


@lru_cache(maxsize=2)
def fresh_answers(lab: LiveLab) -> tuple[Answer, ...]:
    """Return answers to prompts that nobody ranks."""
    with runtime.slot():
        return lab.policy.sample([one for one in test_prompts() for _ in range(FRESH_EACH)], FRESH_SEED)


def judged(reward: Reward, answers: Sequence[Answer], rule: str) -> Judged:
    """Return how often the reward prefers what a rule prefers. Neighbours are compared, so that no answer counts twice."""
    prefers = labeller(rule).rule
    pairs = [
        (one, other) for one, other in zip(answers[::2], answers[1::2], strict=False) if one.prompt == other.prompt
    ]
    decided = [(one, other) for one, other in pairs if prefers(one.text) != prefers(other.text)]
    if not decided:
        return Judged(0, 0)
    first, second = (reward.score([pair[side] for pair in decided]) for side in (0, 1))
    truth = np.array([prefers(one.text) > prefers(other.text) for one, other in decided])
    return Judged(int(((first > second) == truth).sum()), len(decided))


def agreements(log: Log) -> tuple[tuple[str, str, Agreement], ...]:
    """Return how far any two annotators agree who have judged the same answers."""
    found = []
    for one, other in combinations(log.annotators, 2):
        both = [pair for pair in log.comparisons if pair.annotator in (one, other)]
        alike = agreement(both)
        if alike is not None:
            found.append((one, other, alike))
    return tuple(found)


def most_unsure(reward: Reward, answers: Sequence[Answer]) -> tuple[Answer, Answer] | None:
    """Return the pair of answers to one prompt from which the reward would learn most; None if there is none."""
    by_prompt: dict[str, dict[str, Answer]] = {}
    for one in answers:
        if one.text:
            by_prompt.setdefault(one.prompt, {})[one.text] = one
    pairs = [pair for same in by_prompt.values() for pair in combinations(same.values(), 2)]
    return pairs[reward.most_informative(pairs)[0][0]] if pairs else None


def readable(likings: Sequence[Liking]) -> list[Liking]:
    """Return those that a reader can see in a text, the largest first."""
    return [one for one in likings if one.readable]


def guesses(likings: Sequence[Liking]) -> list[Liking]:
    """Return the likings that the reader guesses among, in the order of GUESSES."""
    by_name = {one.name: one for one in likings}
    return [by_name[name] for name in GUESSES]
