"""Measurements that run behind the page, one after the other, with the waiting time told before they begin.

    python -m lessons.few_shot.remeasure --task kana-endings --shots 4 --without 3.2

First a few episodes are timed. What takes longer than a short while then waits for the reader's word.
"""

import argparse
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import CoreError
from core.prompting import family
from core.prompting.rules import task as named
from core.prompting.tasks import Drawn, Task

if TYPE_CHECKING:
    from core.prompting.measure import Measurement

EPISODES, SEED = 200, 1  # the recorded points have another seed: these episodes are new ones
TIMED = 4  # episodes of each measurement that are timed first
SHORT = 6.0  # s that need no asking
PATIENCE = 600.0  # s that a measurement waits for the reader's word

Head = tuple[int, int]


@dataclass(frozen=True)
class Arm:
    """One measurement that is wanted. `without`: heads that are left out."""

    task: str
    shots: int
    episodes: int = EPISODES
    without: tuple[Head, ...] = ()


@dataclass(frozen=True)
class Look:
    """How far a job is. `state`: "timing", "asking" (for the reader's word), "running" or "ended". `seconds`: how long
    all takes, None before it is known; `found`: the measurements made, None for one that was not begun."""

    state: str
    done: int
    total: int
    seconds: float | None
    found: "tuple[Measurement | None, ...]"
    error: Exception | None


class Job:
    """Measurements of one model on their way. `load` is called in the job's own thread."""

    def __init__(self, arms: Sequence[Arm], load: Callable[[], Any]) -> None:
        self.arms = tuple(arms)
        self._load = load
        self._go, self._stop = threading.Event(), threading.Event()
        self._state, self._done = "timing", 0
        self._seconds: float | None = None
        self._found: list[Measurement | None] = [None] * len(self.arms)
        self._error: Exception | None = None
        threading.Thread(target=self._work, daemon=True, name="remeasure").start()

    def go(self) -> None:
        """Begin what the reader was asked about."""
        self._go.set()

    def stop(self) -> None:
        """End after the present episode."""
        self._stop.set()
        self._go.set()

    def look(self) -> Look:
        """Return how far it is."""
        total = sum(arm.episodes for arm in self.arms)
        return Look(self._state, self._done, total, self._seconds, tuple(self._found), self._error)

    def _work(self) -> None:
        try:
            model = self._load()
            self._seconds = self._timed(model)
            if self._seconds > SHORT and not self._stop.is_set():
                self._state = "asking"
                if not self._go.wait(PATIENCE):
                    self.stop()
            self._state = "running"
            for number, arm in enumerate(self.arms):
                if self._stop.is_set():
                    break
                self._found[number] = self._measured(model, arm)
        except Exception as error:
            self._error = error
        finally:
            self._state = "ended"

    def _timed(self, model: Any) -> float:
        """Return how many seconds all of it will take, going by a few episodes of each arm; the first is not counted."""
        run(model, self.arms[0], episodes=1)
        whole = 0.0
        for arm in self.arms:
            if self._stop.is_set():
                break
            begun = time.perf_counter()
            run(model, arm, episodes=TIMED)
            whole += (time.perf_counter() - begun) / TIMED * arm.episodes
        return whole

    def _measured(self, model: Any, arm: Arm) -> "Measurement":
        before = self._done

        def progress(done: int, right: int) -> bool:
            self._done = before + done
            return not self._stop.is_set()

        return run(model, arm, progress=progress)


def run(
    model: Any, arm: Arm, *, episodes: int | None = None, progress: Callable[[int, int], bool] | None = None
) -> "Measurement":
    """Return the measurement of an arm. Raises what core.prompting.measure raises."""
    from core.prompting.measure import fitting, measure

    source: Task | Drawn = named(arm.task)
    source = fitting(source, model) if isinstance(source, Task) else source
    return measure(
        model,
        source,
        arm.shots,
        arm.episodes if episodes is None else episodes,
        seed=SEED,
        progress=progress,
        without=arm.without,
    )


def member(name: str) -> Callable[[], Any]:
    """Return what loads a member of the family, without taking the place of a model that the pages hold."""

    def load() -> Any:
        from core.loading import load as loaded

        return loaded(name)

    return load


def head(text: str) -> Head:
    """Return a head that is written as a reader counts: "3.2" is the second of the third layer."""
    layer, number = text.split(".")
    return int(layer) - 1, int(number) - 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lessons.few_shot.remeasure", description="Measure one point.")
    parser.add_argument("--model", default=family.DEFAULT)
    parser.add_argument("--task", required=True)
    parser.add_argument("--shots", type=int, default=4)
    parser.add_argument("--episodes", type=int, default=EPISODES)
    parser.add_argument("--without", type=head, nargs="*", default=[], help="heads to leave out, as layer.head from 1")
    given = parser.parse_args()
    try:
        arm = Arm(given.task, given.shots, given.episodes, tuple(given.without))
        found = run(member(given.model)(), arm)
    except CoreError as error:
        parser.exit(2, error.message("en") + "\n")
    low, high = found.interval
    print(f"{found.right} / {found.episodes} = {found.accuracy:.1%} ({low:.1%}–{high:.1%})")


if __name__ == "__main__":
    main()
