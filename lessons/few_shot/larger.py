"""Measure real models, small and larger, on the prepared tasks; keep the accuracies for the lesson.

    python -m lessons.few_shot.larger --models decoder fewshot-l-sequences-0 gemma-3-270m --episodes 50

The models that were measured before are kept. `recorded` reads the file.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import CoreError, PromptTooLong, TooFewPairs
from core.intervals import wilson
from core.prompting.tasks import tasks

FILE = Path(__file__).parent / "recorded" / "larger.json"
SHOTS = (0, 1, 2, 4, 8, 16)
EPISODES = 50
COMMAND = "python -m lessons.few_shot.larger --models"


@dataclass(frozen=True)
class Cell:
    """Right answers of a model in a number of episodes of a task. `chance`: of a guess among the task's answers."""

    task: str
    shots: int
    right: int
    episodes: int
    chance: float

    @property
    def accuracy(self) -> float:
        return self.right / self.episodes

    @property
    def interval(self) -> tuple[float, float]:
        """95 % (Wilson 1927)."""
        low, high = wilson(self.right, self.episodes)
        return low, high


@dataclass(frozen=True)
class Measured:
    """What was measured of a model. `kana`: it read the tasks in kana, because it knows nothing else."""

    name: str
    parameters: int
    kana: bool
    command: str
    cells: tuple[Cell, ...]

    def at(self, task: str, shots: int) -> Cell | None:
        """Return the cell, None where a task has no so many examples or they did not fit."""
        return next((cell for cell in self.cells if (cell.task, cell.shots) == (task, shots)), None)

    def mean(self, shots: int) -> float | None:
        """Return the mean accuracy over the tasks, None if one of them was not measured with so many examples."""
        found = [self.at(name, shots) for name in tasks()]
        known = [cell.accuracy for cell in found if cell is not None]
        return sum(known) / len(known) if len(known) == len(found) else None


@cache
def recorded(file: Path = FILE) -> tuple[Measured, ...]:
    """Return the models that were measured, from the smallest to the largest; none before the first measurement."""
    if not file.is_file():
        return ()
    content = json.loads(file.read_text(encoding="utf-8"))
    found = (Measured(**{**one, "cells": tuple(Cell(**cell) for cell in one["cells"])}) for one in content["models"])
    return tuple(sorted(found, key=lambda one: one.parameters))


def cells(model: Any, episodes: int) -> Iterator[dict[str, Any]]:
    """Yield every cell of a model as plain JSON; none where a task has no so many examples or they do not fit."""
    from core.prompting.measure import fitting, measure

    for name, task in tasks().items():
        for shots in SHOTS:
            try:
                found = measure(model, fitting(task, model), shots, episodes)
            except (TooFewPairs, PromptTooLong):
                continue
            yield {
                "task": name,
                "shots": shots,
                "right": found.right,
                "episodes": found.episodes,
                "chance": round(found.chance, 4),
            }


def measured(name: str, episodes: int) -> dict[str, Any]:
    """Return a model with its cells as plain JSON. Raises what loading and measuring raise."""
    import core
    from core.prompting.measure import fitting

    model: Any = core.load(name)
    kana = any(fitting(task, model) is not task for task in tasks().values())
    found = []
    for cell in cells(model, episodes):
        print(f"{name}  {cell['task']:12} {cell['shots']:2}  {cell['right']}/{cell['episodes']}", flush=True)
        found.append(cell)
    command = f"{COMMAND} {name} --episodes {episodes}"
    return {
        "name": name,
        "parameters": model.card.parameters,
        "kana": kana,
        "command": command,
        "cells": found,
    }


def write(names: Sequence[str], episodes: int, file: Path) -> None:
    """Measure the models and put them into the file, one after the other, so that nothing measured is lost."""
    for name in names:
        old = json.loads(file.read_text(encoding="utf-8"))["models"] if file.is_file() else []
        models = [one for one in old if one["name"] != name] + [measured(name, episodes)]
        file.parent.mkdir(exist_ok=True)
        file.write_text(_text(models), encoding="utf-8")


def _text(models: Sequence[dict[str, Any]]) -> str:
    """Return the file's text, a cell a line."""
    parts = []
    for one in sorted(models, key=lambda one: one["parameters"]):
        head = json.dumps({**one, "cells": None}, ensure_ascii=False)[: -len("null}")]
        lines = ",\n  ".join(json.dumps(cell) for cell in one["cells"])
        parts.append(f"{head}[\n  {lines}\n ]}}")
    return '{"models": [\n ' + ",\n ".join(parts) + "\n]}\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lessons.few_shot.larger", description="Measure models.")
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--episodes", type=int, default=EPISODES)
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args()
    try:
        write(given.models, given.episodes, given.out)
    except CoreError as error:
        parser.exit(2, error.message("en") + "\n")


if __name__ == "__main__":
    main()
