"""The few-shot family by name: four sizes, two training texts, some seeds (core.training.fewshot trains them).

"sequences": in most rows of the text examples of one task follow each other. "mixed": the very same lines, but the
examples have changed places among the rows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from core import catalogue
from core.errors import ModelDamaged, ModelFileMissing

SIZES = ("xs", "s", "m", "l")
TEXTS = ("sequences", "mixed")
SEEDS = (0, 1, 2)
LOOKS = "looks.json"


def name(size: str, text: str, seed: int) -> str:
    """Return the name of a member."""
    return f"fewshot-{size}-{text}-{seed}"


DEFAULT = name("l", "sequences", 0)


def is_member(model: str) -> bool:
    """Say whether this is the name of a member."""
    return model in {name(size, text, seed) for size in SIZES for text in TEXTS for seed in SEEDS}


def parts(model: str) -> tuple[str, str, tuple[int, ...]] | None:
    """Return size, text and seeds of a member, or of all seeds for a name without one; None for any other model."""
    for size, text in product(SIZES, TEXTS):
        for seed in SEEDS:
            if model == name(size, text, seed):
                return size, text, (seed,)
        if f"{model}-0" == name(size, text, 0):
            return size, text, SEEDS
    return None


def parameters(size: str) -> int:
    """Return how many parameters the models of a size have. Raises ModelFileMissing or ModelDamaged."""
    return catalogue.card(name(size, *(TEXTS[0], SEEDS[0]))).parameters


@dataclass(frozen=True)
class Look:
    """What a model could do at a step of its training. `right`: the share of right answers by task and shots; `heads`:
    the score of each head (layer, head), see core.prompting.induction."""

    step: int
    right: Mapping[str, Mapping[int, float]]
    heads: tuple[tuple[float, ...], ...]


@cache
def looks(model: str) -> tuple[Look, ...]:
    """Return the looks at a member while it learned, in their order. Raises ModelFileMissing or ModelDamaged."""
    try:
        content = json.loads((catalogue.folder(model) / LOOKS).read_text(encoding="utf-8"))
        return tuple(_look(one, content["shots"]) for one in content["looks"])
    except FileNotFoundError as error:
        raise ModelFileMissing(name=model, file=LOOKS) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelDamaged(name=model, file=LOOKS) from error


def _look(one: dict[str, Any], shots: list[int]) -> Look:
    right = {task: dict(zip(shots, values, strict=True)) for task, values in one["right"].items()}
    return Look(one["step"], right, tuple(map(tuple, one["heads"])))
