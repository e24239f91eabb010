"""The points of the figure: every member, every group of tasks, every number of examples."""

import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import cast

import core
from core import runtime
from core.causal import CausalLM
from core.prompting import family, optimal
from core.prompting.measure import measure
from core.prompting.points import POINTS
from core.prompting.rules import GROUPS, games

TASKS = tuple(f"kana-{group}" for group in GROUPS)
SHOTS = (0, 1, 2, 4, 8, 16)
EPISODES = 350  # of each of the three seeds
COMMAND = "python -m core.training.fewshot measure"


def measured(name: str) -> dict[str, dict[int, int]]:
    """Return the right answers of a member by task and shots."""
    runtime.one_thread_a_call()
    model = cast(CausalLM, core.load(name))
    return {task: {shots: measure(model, games()[task], shots, EPISODES).right for shots in SHOTS} for task in TASKS}


def write(jobs: int) -> None:
    """Measure the family, `jobs` members side by side, and write the points."""
    names = [family.name(*one) for one in _members()]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found = dict(zip(names, pool.map(measured, names), strict=True))
    points = [
        {
            "task": task,
            "size": size,
            "text": text,
            "shots": shots,
            "right": [found[family.name(size, text, seed)][task][shots] for seed in family.SEEDS],
        }
        for task in TASKS
        for size in family.SIZES
        for text in family.TEXTS
        for shots in SHOTS
    ]
    recorded = {
        "command": COMMAND,
        "episodes": EPISODES,
        "chance": {task: optimal.chance(task, EPISODES) for task in TASKS},
        "optimum": {task: {shots: optimal.accuracy(task, shots) for shots in SHOTS} for task in TASKS},
    }
    lines = ",\n  ".join(json.dumps(point) for point in points)
    head = json.dumps(recorded, indent=1)[:-2]
    POINTS.write_text(f'{head},\n "points": [\n  {lines}\n ]\n}}\n', encoding="utf-8")


def _members() -> Iterable[tuple[str, str, int]]:
    return ((size, text, seed) for size in reversed(family.SIZES) for text in family.TEXTS for seed in family.SEEDS)
