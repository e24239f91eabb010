"""Steps down the gradient that leave no broken weights behind: Adam, clipped gradients, and the way back."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.errors import Diverged
from core.rlhf.policy import Policy

LONGEST_GRADIENT = 1.0  # a longer one is shortened to it
BETAS = (0.9, 0.95)  # of Adam, as Ouyang et al. 2022, appendix C


class Steps:
    """The optimiser of a policy, with the last weights that were good."""

    def __init__(self, policy: Policy, rate: float) -> None:
        self.policy, self.rate = policy, rate
        self._begin()

    def _begin(self) -> None:
        self.adam = torch.optim.Adam(self.policy.parameters, lr=self.rate, betas=BETAS)
        self.good = self.policy.weights()

    def step(self, loss: torch.Tensor) -> float:
        """Make one step; return the loss. Raises Diverged instead of a step that is no number."""
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        length = torch.nn.utils.clip_grad_norm_(self.policy.parameters, LONGEST_GRADIENT)
        if not torch.isfinite(loss) or not torch.isfinite(length):
            raise Diverged()
        self.adam.step()
        return loss.item()

    @contextmanager
    def update(self) -> Iterator[None]:
        """Hold one update: at its end the weights are the good ones; Diverged inside it brings back those before."""
        try:
            yield
            if not all(torch.isfinite(parameter).all() for parameter in self.policy.parameters):
                raise Diverged()
        except Diverged:
            self.policy.restore(self.good)
            self._begin()
            raise
        finally:
            self.adam.zero_grad(set_to_none=True)
        self.good = self.policy.weights()
