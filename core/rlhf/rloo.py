"""REINFORCE leave-one-out (Ahmadian et al. 2024, "Back to Basics"): step 3 without value, clipping and epochs.

Several answers are drawn to each prompt. The whole answer is one action, its reward the score less β times the KL at its
tokens, and its baseline the mean reward of the other answers to the same prompt. One step is made on each batch, so the
policy that learns is the one that drew.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import torch

from core.rlhf.policy import Policy
from core.rlhf.ppo import Score, Settings, Update, drawn, told
from core.rlhf.steps import Steps

Tensor = torch.Tensor
DEFAULT = Settings(rate=1e-3)  # one step an update may be longer than eight


def advantages(rewards: Tensor) -> Tensor:
    """Return reward less the mean of the others' for rewards (prompt, answer), at least two answers each."""
    others = rewards.shape[1] - 1
    return rewards - (rewards.sum(1, keepdim=True) - rewards) / others


class RLOO:
    """A training that can be stopped and gone on with, as PPO. Of the settings, epochs, minibatch, clip and decay are unused.

    Raises ValueError if there is no other answer to the same prompt.
    """

    def __init__(
        self,
        policy: Policy,
        score: Score,
        prompts: Sequence[str],
        settings: Settings = DEFAULT,
        reference: Policy | None = None,
    ) -> None:
        if settings.each < 2 or settings.answers % settings.each:
            raise ValueError("RLOO needs the same number of answers, at least two, to each prompt")
        self.policy, self.score, self.prompts, self.settings = policy, score, tuple(prompts), settings
        self.reference = reference or policy.frozen()
        self.steps = Steps(policy, settings.rate)
        self.done = 0

    def updates(self, count: int = 20, stop: Callable[[], bool] = lambda: False) -> Iterator[Update]:
        """Yield one record after each update, as PPO.updates."""
        for _ in range(count):
            with self.steps.update():
                update = self._update(stop)
            if update is None:
                return
            yield update

    def _update(self, stop: Callable[[], bool]) -> Update | None:
        s, began = self.settings, time.perf_counter()
        answers = drawn(self.policy, self.prompts, s, self.done, stop)
        if not answers or stop():
            return None
        with torch.no_grad():
            reference = self.reference.read(answers)
        now = self.policy.read(answers)
        log = (now.log * now.mask).sum(1)  # of whole answers
        scores = torch.from_numpy(self.score(answers)).float()
        reward = scores - s.beta * (log.detach() - (reference.log * reference.mask).sum(1))
        advantage = advantages(reward.view(-1, s.each)).flatten()
        loss = self.steps.step(-(advantage * log).mean() / now.mask.sum(1).mean())
        self.done += 1
        with torch.no_grad():
            return told(self.done, answers, scores, now, reference, 0.0, loss, began)
