"""A reward from three rankings beside one from thirty: what each believes, how sure it is, and how often it is right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import combinations

import numpy as np

from core import runtime
from core.rlhf.comparisons import Answer, Ranking
from core.rlhf.features import Floats
from core.rlhf.labellers import Labeller
from core.rlhf.prompts import train_prompts
from core.rlhf.reward import Fit, Liking, Reward, sigmoid
from lessons.rlhf.lab import EACH, LiveLab
from lessons.rlhf.learning import readable
from lessons.rlhf.tables import Table, laid, ranked_by

FEW, MANY = 3, 30  # rankings
RULES = ("easy", "polite", "short", "animals", "asks", "cheerful")
ERRORS = (0, 10, 20)  # percent
SURE = 0.9
REPEATED = 20  # draws of the rankings, over which is averaged
LIKINGS = 6  # that are shown
DRAWS = (0, 1)  # of answers to all prompts, of which tables are made


@dataclass(frozen=True)
class Boast:
    """What a reward says of pairs that a rule tells apart, and what is so, from 0 to 1.

    `right`: the share where it prefers what the rule prefers; `naive`: how likely it calls its choice in the mean when it
    takes its weights for known; `careful`: the same with the doubt about the weights; `certain`: the share of pairs where
    it naively is SURE or more, and `kept`: the share of these where it is right, NaN if there are none.
    """

    right: float
    naive: float
    careful: float
    certain: float
    kept: float

    @property
    def over(self) -> float:
        """How far it naively thinks too well of itself."""
        return self.naive - self.right


@lru_cache(maxsize=2)
def tables_of(lab: LiveLab) -> tuple[Table, ...]:
    """Return the tables that the simulated people rank, some for each prompt."""
    asked = [one for one in train_prompts() for _ in range(EACH)]
    found = list(laid(lab.reference))
    for draw in DRAWS[1:]:
        with runtime.slot():
            found += laid(lab.policy.sample(asked, draw), draw)
    return tuple(found)


def ranked(tables: Sequence[Table], who: Labeller, seed: int) -> tuple[Ranking, ...]:
    """Return MANY rankings of a simulated person, of tables drawn by the seed; the first FEW of them are a start."""
    order = np.random.default_rng(seed).permutation(len(tables))[:MANY]
    return ranked_by(who, [tables[number] for number in order], seed)


def learned(fit: Fit, rankings: Sequence[Ranking]) -> Reward:
    return fit([pair for one in rankings for pair in one.comparisons])


def told_apart(answers: Sequence[Answer], who: Labeller) -> tuple[tuple[Answer, Answer], ...]:
    """Return all pairs of answers to the same prompt that somebody's rule tells apart, the better one first."""
    by_prompt: dict[str, list[Answer]] = {}
    for one in dict.fromkeys(answers):
        by_prompt.setdefault(one.prompt, []).append(one)
    both = (pair for same in by_prompt.values() for pair in combinations(same, 2))
    valued = ((one, other, who.rule(one.text), who.rule(other.text)) for one, other in both)
    return tuple((one, other) if a > b else (other, one) for one, other, a, b in valued if a != b)


def probabilities(reward: Reward, pairs: Sequence[tuple[Answer, Answer]]) -> tuple[Floats, Floats]:
    """Return how likely the first answer of each pair is preferred (pair,): with the weights taken for known, and with all
    doubt about them, as Reward.sureness does for one pair."""
    first, second = (reward.features([pair[side] for pair in pairs]) for side in (0, 1))
    d = first - second
    mean = d @ reward.weights
    variance = np.einsum("ij,jk,ik->i", d, reward.covariance, d, optimize=True).clip(min=0)
    return sigmoid(mean), sigmoid(mean / np.sqrt(1 + np.pi * variance / 8))


def boast(reward: Reward, pairs: Sequence[tuple[Answer, Answer]]) -> Boast:
    """Return how sure it is and how right, for pairs of which the first answer is better. Raises ValueError without any."""
    if not pairs:
        raise ValueError("there are no pairs")
    naive, careful = probabilities(reward, pairs)
    right, sure = naive > 0.5, np.maximum(naive, 1 - naive)
    certain = sure >= SURE
    kept = float(right[certain].mean()) if certain.any() else math.nan
    cautious = float(np.maximum(careful, 1 - careful).mean())
    return Boast(float(right.mean()), float(sure.mean()), cautious, float(certain.mean()), kept)


def mean(found: Sequence[Boast]) -> Boast:
    """Return the mean of several, of `kept` over those that have one."""
    means = []
    for field in fields(Boast):
        values = [value for one in found if not math.isnan(value := getattr(one, field.name))]
        means.append(float(np.mean(values)) if values else math.nan)
    return Boast(*means)


def strongest(reward: Reward, count: int = LIKINGS) -> list[Liking]:
    """Return the largest weights of features that can be read."""
    return readable(reward.likings())[:count]


@dataclass(frozen=True)
class Story:
    """What FEW and what MANY rankings of the same person lead to, in one draw, and in the mean over several draws.
    `pairs`: of fresh answers."""

    rewards: tuple[Reward, Reward]
    boasts: tuple[Boast, Boast]
    means: tuple[Boast, Boast]
    pairs: int


def story(
    fit: Fit, tables: Sequence[Table], answers: Sequence[Answer], who: Labeller, seed: int, repeated: int = REPEATED
) -> Story | None:
    """Return what becomes of FEW and of MANY rankings; None if the rule tells no two of the answers apart."""
    pairs = told_apart(answers, who)
    if not pairs:
        return None

    def both(draw: int) -> tuple[Reward, Reward]:
        rankings = ranked(tables, who, draw)
        return learned(fit, rankings[:FEW]), learned(fit, rankings)

    rewards = both(seed)
    drawn = [both(draw) for draw in range(repeated)]
    few, many = (mean([boast(one[place], pairs) for one in drawn]) for place in (0, 1))
    return Story(rewards, (boast(rewards[0], pairs), boast(rewards[1], pairs)), (few, many), len(pairs))
