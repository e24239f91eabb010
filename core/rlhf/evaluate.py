"""How well the three steps work, measured with simulated people whose rule is known.

    reward    the share of answer pairs to unseen prompts that a reward model tells right, by the number of comparisons
              that it learned from and by how often its labeller errs
    ppo       of answers to unseen prompts, how often the rule prefers the one from after the training; the KL from the
              policy before it, in nats per answer; the seconds of 20 updates

Ties are not counted: a rule such as "names an animal" does not tell most pairs apart.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from core.chat import BEFORE, BETWEEN
from core.intervals import wilson
from core.rlhf import ppo
from core.rlhf.comparisons import Answer, Comparison
from core.rlhf.features import Features
from core.rlhf.labellers import RULES, Labeller, labeller
from core.rlhf.policy import Frame, Policy
from core.rlhf.ppo import PPO, Settings
from core.rlhf.prompts import test_prompts, train_prompts
from core.rlhf.reward import Fit

COMPARISONS = (10, 20, 50, 100)
ERRORS = (0.0, 0.1)
SEEDS = 20
POOL = 16  # answers to each prompt
PAIRS = 400  # of unseen answers, on which a reward is tested
UPDATES = 20
LEARNED_FROM = 50  # comparisons of the reward that PPO follows
TRAININGS = 3  # of each rule, with comparisons and answers drawn anew
JUDGED = 8  # answers to each test prompt, before and after


@dataclass(frozen=True)
class Won:
    """How often the second of two policies was preferred: ties aside."""

    wins: int
    losses: int

    @property
    def share(self) -> float:
        return self.wins / max(1, self.wins + self.losses)

    @property
    def interval(self) -> tuple[float, float]:
        low, high = wilson(self.wins, self.wins + self.losses)
        return low, high


def won(who: Labeller, before: Sequence[Answer], after: Sequence[Answer]) -> Won:
    """Return how often the rule prefers the answer from after to the one from before, in the same place."""
    pairs = [(who.rule(one.text), who.rule(other.text)) for one, other in zip(before, after, strict=True)]
    return Won(sum(one < other for one, other in pairs), sum(one > other for one, other in pairs))


def decided(answers: Sequence[Answer], who: Labeller, count: int, rng: np.random.Generator) -> list[Comparison]:
    """Return comparisons of two answers to the same prompt that the labeller does not find equally good; with a rate of
    error it says the opposite. Fewer than `count` if hardly any pair differs."""
    by_prompt: dict[str, list[Answer]] = {}
    for one in answers:
        by_prompt.setdefault(one.prompt, []).append(one)
    prompts, found = list(by_prompt), []
    for _ in range(50 * count):
        same = by_prompt[prompts[rng.integers(len(prompts))]]
        one, other = (same[number] for number in rng.choice(len(same), 2, replace=False))
        verdict = who.prefers(one, other, rng)
        if verdict:
            better, worse = (one, other) if verdict > 0 else (other, one)
            found.append(Comparison(one.prompt, better, worse, annotator=who.name))
        if len(found) == count:
            break
    return found


class Bench:
    """A policy with answers to the prompts that are learned from, and to those that are not."""

    def __init__(self, model: Any, temperature: float = 1.0) -> None:
        self.policy = Policy.start(model, frame=Frame(BEFORE, BETWEEN), temperature=temperature)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        return self.policy.sample([prompt for prompt in train_prompts() for _ in range(POOL)], seed=1)

    @cached_property
    def unseen(self) -> tuple[Answer, ...]:
        return self.policy.sample([prompt for prompt in test_prompts() for _ in range(POOL)], seed=2)

    @cached_property
    def fit(self) -> Fit:
        return Fit(Features(self.answers, self.policy.frozen()), self.answers)

    def reward(self, name: str, error: float, count: int, seed: int) -> float:
        """Return the share of unseen pairs that a reward from `count` comparisons tells right."""
        rng = np.random.default_rng((seed, count))
        learned = self.fit(decided(self.answers, labeller(name, error), count, rng))
        pairs = decided(self.unseen, labeller(name), PAIRS, np.random.default_rng((seed, 0)))
        better, worse = (learned.score([getattr(one, side) for one in pairs]) for side in ("better", "worse"))
        return float((better > worse).mean())

    def rewards(self) -> Iterator[dict[str, Any]]:
        """Yield the accuracy by rule, error rate and number of comparisons: mean over SEEDS, and its 95 % interval."""
        for name in RULES:
            for error in ERRORS:
                for count in COMPARISONS:
                    shares = [self.reward(name, error, count, seed) for seed in range(SEEDS)]
                    mean, half = float(np.mean(shares)), 2.093 * float(np.std(shares, ddof=1)) / SEEDS**0.5
                    yield {
                        "criterion": name,
                        "error": error,
                        "comparisons": count,
                        "accuracy": round(mean, 4),
                        "low": round(max(0.0, mean - half), 4),
                        "high": round(min(1.0, mean + half), 4),
                    }

    def optimised(self, name: str, seed: int, settings: Settings = ppo.DEFAULT) -> dict[str, Any]:
        """Return how PPO went on a reward from LEARNED_FROM comparisons of one simulated person."""
        who, rng = labeller(name), np.random.default_rng(seed)
        reward = self.fit(decided(self.answers, who, LEARNED_FROM, rng))
        policy, reference = self.policy.copy(), self.policy.frozen()
        training = PPO(policy, reward.standard_score, train_prompts(), settings, reference)
        began = time.perf_counter()
        updates = list(training.updates(UPDATES))
        seconds = time.perf_counter() - began
        asked = [prompt for prompt in test_prompts() for _ in range(JUDGED)]
        before, after = (one.sample(asked, seed + 10) for one in (reference, policy))
        found = won(who, before, after)
        return {
            "criterion": name,
            "seed": seed,
            "comparisons": LEARNED_FROM,
            "wins": found.wins,
            "losses": found.losses,
            "win": round(found.share, 4),
            "kl": round(divergence(policy, reference, after), 3),
            "reward_before": round(updates[0].reward, 3),
            "reward_after": round(float(np.mean(reward.standard_score(after))), 3),
            "rule_before": round(mean_rule(who, before), 3),
            "rule_after": round(mean_rule(who, after), 3),
            "seconds": round(seconds, 2),
        }


def mean_rule(who: Labeller, answers: Sequence[Answer]) -> float:
    return float(np.mean([who.rule(one.text) for one in answers]))


@torch.no_grad()
def divergence(policy: Policy, reference: Policy, answers: Sequence[Answer]) -> float:
    """Return the mean KL from the reference in nats per answer, over answers of the policy."""
    total = 0.0
    for start in range(0, len(answers), 64):
        some = answers[start : start + 64]
        total += float(ppo.kl(policy.read(some).all, reference.read(some).all).sum())
    return total / len(answers)
