"""A measurement of one setting that runs behind the page, and can be stopped."""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import CoreError
from core.prompting import Format, Task

if TYPE_CHECKING:
    from core.prompting.measure import Measurement

EPISODES = 50


@dataclass
class Run:
    """One measurement on its way: `result` or `error` is set before `done`. `seen`: episodes made, and right ones."""

    seen: tuple[int, int] = (0, 0)
    result: "Measurement | None" = None
    error: CoreError | None = None
    done: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """End after the present episode."""
        self.stopping.set()

    def _progress(self, done: int, right: int) -> bool:
        self.seen = done, right
        return not self.stopping.is_set()


def start(model: Any, task: Task, shots: int, *, format: Format, seed: int, shuffled: bool) -> Run:
    """Begin to measure; return at once."""
    run = Run()

    def work() -> None:
        from core.prompting.measure import measure

        try:
            found = measure(
                model,
                task,
                shots,
                EPISODES,
                format=format,
                seed=seed,
                shuffled=shuffled,
                progress=run._progress,
            )
            run.result = found
        except CoreError as error:
            run.error = error
        finally:
            run.done.set()

    threading.Thread(target=work, daemon=True, name="measure").start()
    return run
