"""Step 1, supervised fine-tuning: the policy learns to write the answers that people wrote as demonstrations.

The loss is the mean surprise, in nats a token, at the tokens of the answer and its end; the prompt is only read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from core.rlhf.comparisons import Answer
from core.rlhf.policy import Policy
from core.rlhf.steps import Steps

RATE = 3e-4
STEPS = 30
BATCH = 8  # demonstrations a step


@dataclass(frozen=True)
class Tuned:
    """A fine-tuning at its end. `before` and `after`: the loss over all demonstrations; `losses`: of each step."""

    before: float
    after: float
    losses: tuple[float, ...]
    stopped: bool


def fine_tune(
    policy: Policy,
    demonstrations: Sequence[Answer],
    *,
    steps: int = STEPS,
    rate: float = RATE,
    batch: int = BATCH,
    seed: int = 0,
    progress: Callable[[int, float], bool] | None = None,
) -> Tuned:
    """Train the policy on demonstrations (made by `Policy.answer`) and tell how it went.

    `progress(step, loss)` is called after each step; when it returns False the training ends there. Raises Diverged, with
    the policy as it was before, and ValueError without demonstrations.
    """
    if not demonstrations:
        raise ValueError("there are no demonstrations")
    before, stopped = loss_of(policy, demonstrations), False
    losses: list[float] = []
    order: list[int] = []
    descent, rng = Steps(policy, rate), np.random.default_rng(seed)
    with descent.update():
        for step in range(1, steps + 1):
            if len(order) < min(batch, len(demonstrations)):
                order += rng.permutation(len(demonstrations)).tolist()
            taken, order = order[:batch], order[batch:]
            losses.append(descent.step(surprise(policy, [demonstrations[number] for number in taken])))
            if progress is not None and not progress(step, losses[-1]):
                stopped = step < steps
                break
    return Tuned(before, loss_of(policy, demonstrations), tuple(losses), stopped)


def surprise(policy: Policy, demonstrations: Sequence[Answer]) -> torch.Tensor:
    """Return the mean of -log P over the tokens of the answers, with the gradient."""
    found = policy.read(demonstrations)
    return -(found.log * found.mask).sum() / found.mask.sum()


@torch.no_grad()
def loss_of(policy: Policy, demonstrations: Sequence[Answer], batch: int = 64) -> float:
    """Return the loss in nats a token over all demonstrations."""
    total = count = 0.0
    for start in range(0, len(demonstrations), batch):
        found = policy.read(demonstrations[start : start + batch])
        total, count = total - float((found.log * found.mask).sum()), count + float(found.mask.sum())
    return total / count
