"""Direct preference optimisation (Rafailov et al. 2023): step 3 without a reward model and without drawing answers.

The policy itself is the reward model: an answer's reward is β (log π - log π_ref), so Bradley–Terry on the comparisons
trains the policy at once,

    loss = -log σ(β [log π(better) - log π_ref(better)] - β [log π(worse) - log π_ref(worse)])

and a tie counts half in each direction. Here β is how dear a nat is: the larger, the closer the policy stays.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from core.rlhf.comparisons import Answer, Comparison
from core.rlhf.policy import Policy
from core.rlhf.ppo import DEFAULT, Score, Settings, Update, drawn, told
from core.rlhf.steps import Steps

Tensor = torch.Tensor
PAIRS = 8  # a step


def margin(log: Tensor, reference: Tensor, beta: float) -> Tensor:
    """Return the difference of rewards (pair,) for log-probabilities of whole answers (pair, 2), the better one first."""
    reward = beta * (log - reference)
    return reward[:, 0] - reward[:, 1]


def preference_loss(margin: Tensor, better: Tensor) -> Tensor:
    """Return the mean of -y log σ(m) - (1-y) log σ(-m); y is 1, and ½ for a tie."""
    return -(better * logsigmoid(margin) + (1 - better) * logsigmoid(-margin)).mean()


class DPO:
    """A training on comparisons, with the records of PPO: after each update answers are drawn, only to be looked at.

    An update is `epochs` steps of PAIRS comparisons. `score` tells how good the answers are that are looked at.
    """

    def __init__(
        self,
        policy: Policy,
        comparisons: Sequence[Comparison],
        score: Score,
        prompts: Sequence[str],
        settings: Settings = DEFAULT,
        reference: Policy | None = None,
    ) -> None:
        """Raises ValueError without comparisons."""
        if not comparisons:
            raise ValueError("there are no comparisons")
        self.policy, self.score, self.prompts, self.settings = policy, score, tuple(prompts), settings
        self.comparisons = tuple(comparisons)
        self.reference = reference or policy.frozen()
        self.steps = Steps(policy, settings.rate)
        self.done = 0
        self._order: list[int] = []

    def updates(self, count: int = 20, stop: Callable[[], bool] = lambda: False) -> Iterator[Update]:
        """Yield one record after each update, as PPO.updates; its answers are those of the policy before it."""
        for _ in range(count):
            with self.steps.update():
                update = self._update(stop)
            if update is None:
                return
            yield update

    def _update(self, stop: Callable[[], bool]) -> Update | None:
        s, began, losses = self.settings, time.perf_counter(), []
        answers = drawn(self.policy, self.prompts, s, self.done, stop)
        if not answers:
            return None
        with torch.no_grad():
            now, reference = self.policy.read(answers), self.reference.read(answers)
        for _ in range(s.epochs):
            if stop():
                return None
            losses.append(self.steps.step(self._loss(self._next())))
        scores = torch.from_numpy(self.score(answers)).float()
        self.done += 1
        return told(self.done, answers, scores, now, reference, 0.0, float(np.mean(losses)), began)

    def _next(self) -> list[Comparison]:
        if len(self._order) < min(PAIRS, len(self.comparisons)):
            rng = np.random.default_rng((self.settings.seed, self.done, len(self._order)))
            self._order += rng.permutation(len(self.comparisons)).tolist()
        taken, self._order = self._order[:PAIRS], self._order[PAIRS:]
        return [self.comparisons[number] for number in taken]

    def _loss(self, pairs: Sequence[Comparison]) -> Tensor:
        answers = [answer for one in pairs for answer in (one.better, one.worse)]
        with torch.no_grad():
            reference = whole(self.reference, answers)
        found = margin(whole(self.policy, answers), reference, self.settings.beta)
        return preference_loss(found, torch.tensor([0.5 if one.tie else 1.0 for one in pairs]))


def whole(policy: Policy, answers: Sequence[Answer]) -> Tensor:
    """Return the log-probability of each answer with its end, (pair, 2) for answers of pairs in a row."""
    found = policy.read(answers)
    return (found.log * found.mask).sum(1).view(-1, 2)
