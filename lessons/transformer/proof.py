"""Is the Transformer on the blackboard the real one? Compare its numbers with those of `transformers`.

From a terminal:

    python -m lessons.transformer.proof 鳥が[MASK]。
"""

import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from core import catalogue

if TYPE_CHECKING:
    from lessons.transformer.blackboard import Transformer

MODEL = "encoder"


@dataclass(frozen=True)
class Equality:
    """The largest difference between two numbers that should be the same, and how many there were of each kind.

    `scale`: the largest logit without its sign; what a difference is to be measured by. An attention weight is at most 1.
    """

    tokens: int
    logits: int
    logits_difference: float
    weights: int
    weights_difference: float
    scale: float

    @property
    def compared(self) -> int:
        """How many numbers were compared in all."""
        return self.logits + self.weights


def proof(text: str) -> Equality:
    """Return how far the blackboard is from `transformers` on this text: all logits and all attention weights.

    Loads the encoder if it is not yet there. Raises the errors of `core.load` and of the model's `tokens`.
    """
    import torch

    import core
    from core import runtime
    from core.watching import watching

    model = core.load(MODEL)
    with watching([model.model]) as seen:
        maps = model.attention(text)
    theirs = seen.gave(model.model).logits[0].numpy()  # (T, V)
    pieces = [piece for token in maps.tokens for piece in token.pieces]
    with runtime.slot():
        found, attention = (part.numpy() for part in blackboard().run(torch.tensor(pieces)))
    weights = np.stack([head.weights for head in maps.records]).reshape(attention.shape)
    return Equality(
        len(pieces),
        found.size,
        float(np.abs(found - theirs).max()),
        attention.size,
        float(np.abs(attention - weights).max()),
        float(np.abs(theirs).max()),
    )


@cache
def blackboard() -> "Transformer":
    """Return the blackboard Transformer with the weights of the embedded encoder, read once a process."""
    from lessons.transformer.blackboard import Transformer

    return Transformer.load(catalogue.MODELS / MODEL)


if __name__ == "__main__":
    print(proof(sys.argv[1]))
