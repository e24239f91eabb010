"""Trainings behind a page: each in a thread of its own, two at a time, the others in a line that can be seen.

    run = train(PPO(policy, reward.standard_score, prompts), 20, looks=TEST)
    run.look()               # how far it is: asked again and again from any thread
    run.stop()               # within a second; the weights are those after the last whole update
    run = train(run.trainer, 10, before=run)     # goes on where it stopped

Nobody's training is kept: with the last reference to a run its policy goes, too.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from core import runtime
from core.errors import CoreError
from core.line import Line
from core.rlhf.comparisons import Answer
from core.rlhf.policy import Policy
from core.rlhf.ppo import Update
from core.rlhf.sft import Tuned, fine_tune

PLACES = 2
MOST_WAITING = 20
UNWATCHED_SECONDS = 20.0  # after which a training that nobody looks at gives way to those that wait
LOOK_EVERY = 4  # updates between two looks at the answers
LOOK_SEED = 11
STOPPING_SECONDS = 0.8  # in which a training that is stopped has ended, unless the machine is very busy

State = Literal["waiting", "training", "finished", "stopped", "failed"]
_line = Line(PLACES, MOST_WAITING)


class Trainer(Protocol):
    """PPO, RLOO or DPO. `done`: the updates so far."""

    policy: Policy
    done: int

    def updates(self, count: int, stop: Callable[[], bool]) -> Iterator[Update]: ...


@dataclass(frozen=True)
class Look:
    """What the policy answers after so many updates."""

    step: int
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Snapshot:
    """A training at one moment. `ahead`: how many must end before it begins; `goal`: how many steps were asked for, of
    which `done` are made; `error`: why it failed, in a sentence for the reader, None for what has none."""

    state: State
    ahead: int
    goal: int
    done: int
    updates: tuple[Update, ...]
    looks: tuple[Look, ...]
    losses: tuple[float, ...]
    error: CoreError | None

    @property
    def running(self) -> bool:
        """Say whether it may still change."""
        return self.state in ("waiting", "training")


class Run:
    """One training on its way."""

    def __init__(self, goal: int, updates: Sequence[Update] = (), looks: Sequence[Look] = ()) -> None:
        self.goal = goal
        self.state: State = "waiting"
        self.made: list[Update] = list(updates)
        self.looks: list[Look] = list(looks)
        self.losses: list[float] = []
        self.tuned: Tuned | None = None
        self.error: CoreError | None = None
        self._first = len(self.made)
        self._stopped, self._ended = threading.Event(), threading.Event()
        self._seen = time.monotonic()

    def look(self) -> Snapshot:
        """Return how far it is."""
        self._seen = time.monotonic()
        done = len(self.losses) + len(self.made) - self._first
        ahead = _line.ahead(self) if self.state == "waiting" else 0
        return Snapshot(
            self.state, ahead, self.goal, done, tuple(self.made), tuple(self.looks), tuple(self.losses), self.error
        )

    def stop(self) -> None:
        """End it as soon as can be; what was learned by then stays."""
        self._stopped.set()

    def end(self) -> None:
        """Stop it and wait for its end, STOPPING_SECONDS at most: who asks then is told that it has ended."""
        self.stop()
        self._ended.wait(STOPPING_SECONDS)

    def stopped(self) -> bool:
        """Say whether it has to end: somebody stopped it, or nobody watches it while others wait."""
        if _line.crowded and time.monotonic() - self._seen > UNWATCHED_SECONDS:
            self._stopped.set()
        return self._stopped.is_set()

    def begin(self, work: Callable[["Run"], None]) -> None:
        """Do the work in a thread when it is this one's turn. Raises Busy if too many wait."""
        _line.join(self)
        threading.Thread(target=self._do, args=(work,), daemon=True, name="rlhf-training").start()

    def _do(self, work: Callable[["Run"], None]) -> None:
        try:
            if _line.wait(self, self.stopped):
                self.state = "training"
                runtime.one_thread_a_call()
                work(self)
            self.state = "stopped" if self._stopped.is_set() else "finished"
        except CoreError as error:
            self.error, self.state = error, "failed"
        except Exception:
            logging.getLogger(__name__).exception("training")
            self.state = "failed"
        finally:
            _line.leave(self)
            self._ended.set()


def train(trainer: Trainer, count: int, looks: Sequence[str] = (), before: Run | None = None) -> Run:
    """Begin `count` more updates; `looks`: prompts that are answered every LOOK_EVERY updates, at first and at the end.

    `before`: the run that goes on here; its updates and looks are shown with the new ones. Raises Busy.
    """
    run = Run(count) if before is None else Run(count, before.made, before.looks)

    def answered() -> None:
        if looks and not (run.looks and run.looks[-1].step == trainer.done):
            run.looks.append(Look(trainer.done, trainer.policy.sample(looks, LOOK_SEED)))

    def work(run: Run) -> None:
        answered()
        for update in trainer.updates(count, run.stopped):
            run.made.append(update)
            if trainer.done % LOOK_EVERY == 0:
                answered()
        if not run.stopped():
            answered()

    run.begin(work)
    return run


def tune(policy: Policy, demonstrations: Sequence[Answer], steps: int) -> Run:
    """Begin a supervised fine-tuning of the policy (core.rlhf.sft); `tuned` says how it went at the end. Raises Busy."""
    run = Run(steps)

    def progress(step: int, loss: float) -> bool:
        run.losses.append(loss)
        return not run.stopped()

    def work(run: Run) -> None:
        run.tuned = fine_tune(policy, demonstrations, steps=steps, progress=progress)

    run.begin(work)
    return run
