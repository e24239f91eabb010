"""Step 3, PPO (Schulman et al. 2017) as in InstructGPT (Ouyang et al. 2022, section 3.5 and appendix C).

One update:

    answers    drawn by the policy, with log π(token) of each token, and log π_ref of the frozen reference
    reward     at each token  -β (log π - log π_ref),  at the last one also the score of the whole answer
    advantage  how much better it went than the value baseline foresaw (GAE, Schulman et al. 2016)
    policy     some epochs on these answers: minimise  -min(ratio · A, clip(ratio, 1-ε, 1+ε) · A)

What is left out or different here:
- The value baseline is no second language model, but a linear function of the reference's hidden state at each token,
  fitted by least squares (`Baseline`); it is fitted after the policy, so it never saw the answers that it judges. There
  is no value loss and no clipping of values.
- No pretraining gradients (the PPO-ptx mix), no averaging of weights, no learning-rate schedule.
- A whole batch is some sixteen answers, not 512, and it is gone through four times, not once; advantages are brought to
  mean 0 and deviation 1 over the batch.
- Scores are told in standard deviations of the reference's, and β is 0.15 such units a nat; in the paper it is 0.02 of the
  reward model's own.
- An answer that is cut off at the longest length is scored as it is.
- The KL that is told is calculated over the whole vocabulary at each token, not only at the one that was drawn.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from core.rlhf.comparisons import Answer
from core.rlhf.features import Floats
from core.rlhf.policy import MOST_TOKENS, Policy, Reading
from core.rlhf.steps import Steps

Tensor = torch.Tensor
Score = Callable[[Sequence[Answer]], Floats]


@dataclass(frozen=True)
class Settings:
    """`answers` an update, `each` of them to the same prompt, of at most `tokens`; `rate`: of learning; `beta`: the price of
    a nat of KL in units of the score; `clip`: how far the ratio counts; `decay`: the λ of GAE."""

    answers: int = 16
    each: int = 4
    tokens: int = MOST_TOKENS
    epochs: int = 4
    minibatch: int = 8
    rate: float = 3e-4
    beta: float = 0.15
    clip: float = 0.2
    decay: float = 0.95
    seed: int = 0


DEFAULT = Settings()


@dataclass(frozen=True)
class Update:
    """What an update began with: answers of the policy before it, their scores, and means over them.

    `kl`: nats per answer from the reference; `length`: tokens; `entropy`: nats per token. `clipped`: the share of tokens
    whose ratio was beyond the clip during the update.
    """

    step: int
    answers: tuple[Answer, ...]
    scores: tuple[float, ...]
    reward: float
    kl: float
    length: float
    entropy: float
    clipped: float
    loss: float
    seconds: float


# -- the formulas: tensors (answer, token); `mask` is 1 where there is a token -----------------------------------


def ratio(log: Tensor, old: Tensor) -> Tensor:
    """Return π(token) / π_old(token)."""
    return (log - old).exp()


def clipped_loss(ratio: Tensor, advantage: Tensor, mask: Tensor, clip: float) -> Tensor:
    """Return the mean over the tokens of -min(ratio · A, clip(ratio) · A)."""
    worth: Tensor = torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)
    return -(worth * mask).sum() / mask.sum()


def kl(log: Tensor, reference: Tensor) -> Tensor:
    """Return KL(π ‖ π_ref) = Σ π (log π - log π_ref) in nats over the last axis, the vocabulary."""
    return (log.exp() * (log - reference)).sum(-1)


def rewards(scores: Tensor, log: Tensor, reference: Tensor, mask: Tensor, beta: float) -> Tensor:
    """Return the reward at each token: the price of leaving the reference, and at the last one the score (answer,)."""
    found = -beta * (log - reference) * mask
    last = mask.sum(1).long() - 1
    found[torch.arange(len(found)), last] += scores
    return found


def advantages(rewards: Tensor, values: Tensor, mask: Tensor, decay: float) -> Tensor:
    """Return A_t = δ_t + λ A_{t+1} with δ_t = r_t + V_{t+1} - V_t, the value after the end being 0. No discount (γ = 1)."""
    found, later, value = torch.zeros_like(rewards), rewards.new_zeros(len(rewards)), rewards.new_zeros(len(rewards))
    for t in reversed(range(rewards.shape[1])):
        delta = rewards[:, t] + value - values[:, t]
        later = (delta + decay * later) * mask[:, t]
        found[:, t], value = later, values[:, t] * mask[:, t]
    return found


def standardised(advantage: Tensor, mask: Tensor) -> Tensor:
    """Return the advantages with mean 0 and standard deviation 1 over all tokens."""
    tokens = advantage[mask > 0]
    return (advantage - tokens.mean()) / (tokens.std(correction=0) + 1e-6) * mask


# -- the training -----------------------------------------------------------------------------------------------


class Baseline:
    """What reward is still to come, foreseen from a hidden state: ridge regression, older answers counting less."""

    MEMORY, PENALTY = 0.8, 1.0

    def __init__(self, width: int) -> None:
        self.products = torch.zeros(width + 1, width + 1, dtype=torch.float64)
        self.targets = torch.zeros(width + 1, dtype=torch.float64)

    def __call__(self, hidden: Tensor) -> Tensor:
        """Return the value at each token for hidden (answer, token, width); 0 before the first fit."""
        penalty = torch.full((len(self.targets),), self.PENALTY, dtype=torch.float64)
        penalty[0] = 1e-6  # of the constant
        weights = torch.linalg.solve(self.products + penalty.diag(), self.targets)
        values: Tensor = (_with_one(hidden) @ weights).float()
        return values

    def fit(self, hidden: Tensor, returns: Tensor, mask: Tensor) -> None:
        """Learn from (answer, token, width) and the reward that did come after each token (answer, token)."""
        x, y = _with_one(hidden)[mask > 0], returns[mask > 0].double()
        self.products = self.MEMORY * self.products + x.T @ x
        self.targets = self.MEMORY * self.targets + x.T @ y


def _with_one(hidden: Tensor) -> Tensor:
    return torch.cat([torch.ones_like(hidden[..., :1]), hidden], dim=-1).double()


class PPO:
    """A training that can be stopped and gone on with: each call of `updates` continues it."""

    def __init__(
        self,
        policy: Policy,
        score: Score,
        prompts: Sequence[str],
        settings: Settings = DEFAULT,
        reference: Policy | None = None,
    ) -> None:
        """`score(answers)` is the reward model; `reference`: the policy as it is now, unless another is given."""
        self.policy, self.score, self.prompts, self.settings = policy, score, tuple(prompts), settings
        self.reference = reference or policy.frozen()
        self.steps = Steps(policy, settings.rate)
        self.baseline: Baseline | None = None
        self.done = 0

    def updates(self, count: int = 20, stop: Callable[[], bool] = lambda: False) -> Iterator[Update]:
        """Yield one record after each update. `stop()` is asked before every token and every minibatch; what the update
        has learned by then is kept. Raises Diverged, with the weights as they were before the update."""
        for _ in range(count):
            with self.steps.update():
                update = self._update(stop)
            if update is None:
                return
            yield update

    def _update(self, stop: Callable[[], bool]) -> Update | None:
        s, began = self.settings, time.perf_counter()
        answers = drawn(self.policy, self.prompts, s, self.done, stop)
        if not answers:
            return None
        with torch.no_grad():
            old, reference = self.policy.read(answers), self.reference.read(answers)
            scores = torch.from_numpy(self.score(answers)).float()
            reward = rewards(scores, old.log, reference.log, old.mask, s.beta)
            self.baseline = self.baseline or Baseline(reference.hidden.shape[-1])
            values = self.baseline(reference.hidden) * old.mask
            advantage = standardised(advantages(reward, values, old.mask, s.decay), old.mask)

        rng, losses, clipped = np.random.default_rng((s.seed, self.done)), [], []
        for _ in range(s.epochs):
            for rows in np.array_split(rng.permutation(len(answers)), max(1, len(answers) // s.minibatch)):
                if stop():
                    return None
                read = self.policy.read([answers[row] for row in rows])
                width = read.log.shape[1]  # of the longest answer of these
                mask, moved = read.mask, ratio(read.log, old.log[rows, :width])
                losses.append(self.steps.step(clipped_loss(moved, advantage[rows, :width], mask, s.clip)))
                clipped.append(float((((moved - 1).abs() > s.clip) * mask).sum() / mask.sum()))

        self.baseline.fit(reference.hidden, reward.flip(1).cumsum(1).flip(1), old.mask)
        self.done += 1
        return told(self.done, answers, scores, old, reference, float(np.mean(clipped)), float(np.mean(losses)), began)


def drawn(
    policy: Policy, prompts: Sequence[str], settings: Settings, step: int, stop: Callable[[], bool]
) -> tuple[Answer, ...]:
    """Return the answers of an update, `each` to a prompt in a row, the prompts drawn by seed and step; () if stopped."""
    rng, wanted = np.random.default_rng((settings.seed, step, 1)), -(-settings.answers // settings.each)
    order = [number for _ in range(-(-wanted // len(prompts))) for number in rng.permutation(len(prompts))]
    asked = [prompts[number] for number in order[:wanted] for _ in range(settings.each)]
    return policy.sample(asked, int(rng.integers(2**62)), settings.tokens, stop)


def told(
    step: int, answers: tuple[Answer, ...], scores: Tensor, now: Reading, reference: Reading, clipped: float,
    loss: float, began: float,
) -> Update:  # fmt: skip
    """Return the record of an update. `now` and `reference`: what the policy and the reference make of the answers."""
    tokens, rows = now.mask.sum(), len(answers)
    return Update(
        step=step,
        answers=answers,
        scores=tuple(scores.tolist()),
        reward=float(scores.mean()),
        kl=float(kl(now.all, reference.all).sum() / rows),
        length=float(tokens / rows),
        entropy=float(now.entropy.mean()),
        clipped=clipped,
        loss=loss,
        seconds=time.perf_counter() - began,
    )
