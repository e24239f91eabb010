"""The points of the figure: every member, every group of tasks, every number of examples."""

import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import cast

import core
from core import catalogue, runtime
from core.causal import CausalLM
from core.files import WEIGHTS
from core.prompting import family, optimal
from core.prompting.measure import measure
from core.prompting.points import POINTS, SHOTS
from core.prompting.rules import GROUPS, games

TASKS = tuple(f"kana-{group}" for group in GROUPS)
EPISODES = 500  # of each seed
COMMAND = "python -m core.training.fewshot measure"


def measured(name: str, kept: Path) -> dict[str, list[int]]:
    """Return the right answers of a member by task, for each number of SHOTS; kept in a file for these weights."""
    weights = catalogue.card(name).files[WEIGHTS].sha256
    file = kept / f"{name}-{EPISODES}-{max(SHOTS)}-{weights[:16]}.json"
    if not file.exists():
        runtime.one_thread_a_call()
        model = cast(CausalLM, core.load(name))
        found = {task: [measure(model, games()[task], shots, EPISODES).right for shots in SHOTS] for task in TASKS}
        kept.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found), encoding="utf-8")
    read: dict[str, list[int]] = json.loads(file.read_text(encoding="utf-8"))
    return read


def write(runs: Path, jobs: int) -> None:
    """Measure the family, `jobs` members side by side, and write the points."""
    names = [family.name(*one) for one in _members()]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        found = dict(zip(names, pool.map(partial(measured, kept=runs / "measured"), names), strict=True))
    points = [
        {
            "task": task,
            "size": size,
            "text": text,
            "shots": shots,
            "right": [found[family.name(size, text, seed)][task][place] for seed in family.SEEDS],
        }
        for task in TASKS
        for size in family.SIZES
        for text in family.TEXTS
        for place, shots in enumerate(SHOTS)
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
