"""Best-of-n: draw n answers and keep the one with the highest reward. No weight changes (Stiennon et al. 2020)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.rlhf.comparisons import Answer
from core.rlhf.features import Floats
from core.rlhf.policy import MOST_TOKENS, Policy


@dataclass(frozen=True)
class Best:
    """The best of the answers to a prompt, its score, and those of all of them in the order they were drawn."""

    answer: Answer
    score: float
    scores: tuple[float, ...]


def kl_bound(n: int) -> float:
    """Return log n - (n-1)/n, in nats: how far from the policy the best of n can be at most.

    It is exact if no two answers have the same reward and none is likely by itself; else the true KL is smaller
    (Beirami et al. 2024, "Theoretical guarantees on the best-of-n alignment policy").
    """
    return math.log(n) - (n - 1) / n


def best_of(
    policy: Policy,
    score: Callable[[Sequence[Answer]], Floats],
    prompts: Sequence[str],
    n: int,
    *,
    seed: int = 0,
    most: int = MOST_TOKENS,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Best, ...]:
    """Return the best of n answers to each prompt, () if stopped. Raises the errors of `Policy.sample`."""
    answers = policy.sample([prompt for prompt in prompts for _ in range(n)], seed, most, stop)
    if not answers:
        return ()
    scores = score(answers).reshape(len(prompts), n)
    return tuple(
        Best(answers[row * n + int(np.argmax(line))], float(line.max()), tuple(line.tolist()))
        for row, line in enumerate(scores)
    )
