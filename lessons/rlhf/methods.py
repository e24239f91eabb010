"""PPO, RLOO and DPO from the same comparisons: begun behind the page, and what there is to compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.rlhf.comparisons import Comparison
from core.rlhf.prompts import test_prompts, train_prompts

if TYPE_CHECKING:
    from core.rlhf.policy import Policy
    from core.rlhf.ppo import Update
    from core.rlhf.reward import Reward
    from core.rlhf.running import Run, Trainer

METHODS = ("ppo", "rloo", "dpo")
FILES = {name: f"core/rlhf/{name}.py" for name in METHODS}
UPDATES = 20
ASKED = 3  # prompts whose answers are shown
LAST = 5  # updates that are averaged for the end of a training


@dataclass(frozen=True)
class Course:
    """The reward and the KL (nats an answer) that each update began with, and the seconds that each took."""

    reward: tuple[float, ...]
    kl: tuple[float, ...]
    seconds: tuple[float, ...]

    @property
    def ending(self) -> tuple[float, float]:
        """The mean reward and KL of the last updates."""
        return float(np.mean(self.reward[-LAST:])), float(np.mean(self.kl[-LAST:]))


def course(updates: Sequence["Update"]) -> Course:
    return Course(*(tuple(getattr(one, name) for one in updates) for name in ("reward", "kl", "seconds")))


def begun(
    name: str, start: "Policy", reward: "Reward", comparisons: Sequence[Comparison], updates: int = UPDATES
) -> "Run":
    """Begin a training of a copy of the policy by one of METHODS with its own settings. Raises Busy."""
    from core.rlhf.running import train

    return train(trainer(name, start, reward, comparisons), updates, looks=test_prompts()[:ASKED])


def trainer(name: str, start: "Policy", reward: "Reward", comparisons: Sequence[Comparison]) -> "Trainer":
    """Return the training. Raises KeyError for an unknown name, ValueError for DPO without comparisons."""
    from core.rlhf.dpo import DPO
    from core.rlhf.ppo import PPO
    from core.rlhf.rloo import RLOO

    policy, score, prompts = start.copy(), reward.standard_score, train_prompts()
    if name == "dpo":
        return DPO(policy, comparisons, score, prompts, reference=start.frozen())
    made: dict[str, type[PPO] | type[RLOO]] = {"ppo": PPO, "rloo": RLOO}
    return made[name](policy, score, prompts, reference=start.frozen())
