"""What the reader has done: steps of lessons that are completed by doing the thing they ask for.

`lessons/LESSON/tasks.toml` says for each step what the reader is asked to do, and by which of these it is done:

    changed   a value of the page's state is another than when the page was opened
    touched   the reader has used the widget of this name, or "click": a cell of a figure
    session   something with a key that begins so was kept in the session (a guess, an answer)
    quiz      every question of the quiz was answered
    read      the step was opened
    noted     the step says so itself (`mark`)
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import streamlit as st

from lessons.frame.touched import was_touched
from lessons.state import PageState
from lessons.text import FOLDER, toml

DONE = "progress"
MARK = re.compile(r"[a-z_]{1,30}/[a-z_-]{1,30}")
MOST = 500  # marks that are taken from a browser or a file


@dataclass(frozen=True)
class Task:
    """What a step asks for, by language, and how it is known to be done."""

    step: str
    ja: str
    en: str
    changed: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    quiz: bool = False
    read: bool = False
    noted: bool = False
    says: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "says", {"ja": self.ja, "en": self.en})


@cache
def tasks(lesson: str) -> dict[str, Task]:
    """Return the tasks of a lesson by step, in their order; none for a page that has none."""
    if not (FOLDER / lesson / "tasks.toml").is_file():
        return {}
    entries = toml(lesson, "tasks")["task"]
    fixed = [{key: tuple(value) if isinstance(value, list) else value for key, value in e.items()} for e in entries]
    return {entry["step"]: Task(**entry) for entry in cast(list[Any], fixed)}


def mark(lesson: str, step: str) -> None:
    """Note that the reader has done what this step of a lesson asks for."""
    done().add(f"{lesson}/{step}")


def done() -> set[str]:
    """Return the completed steps as "LESSON/STEP"."""
    marks: set[str] = st.session_state.setdefault(DONE, set())
    return marks


def take(marks: Iterable[object]) -> None:
    """Add the steps that a browser or a file says were done; what is no step of any lesson is left out."""
    texts = [text for text in list(marks)[:MOST] if isinstance(text, str) and MARK.fullmatch(text)]
    done().update(text for text in texts if text.split("/")[1] in tasks(text.split("/")[0]))


def check(lesson: str, state: PageState, step: str, questions: int = 0) -> bool:
    """Mark the step if its task is done; return whether it is. `questions`: of the lesson's quiz."""
    task = tasks(lesson).get(step)
    if task is not None and _is_done(lesson, state, task, questions):
        mark(lesson, step)
    return f"{lesson}/{step}" in done()


def _is_done(lesson: str, state: PageState, task: Task, questions: int) -> bool:
    return (
        task.read
        or any(state[name] != state.opened[name] for name in task.changed)
        or any(was_touched(lesson, task.step, name) for name in task.touched)
        or any(map(_kept, task.session))
        or (task.quiz and len(st.session_state.get(f"quiz:{lesson}", ())) >= questions > 0)
    )


def _kept(start: str) -> bool:
    """Say whether the session keeps something under a key that begins so, apart from widgets and empty tables."""
    keys = [str(key) for key in st.session_state if str(key).startswith(start)]
    return any(st.session_state[key] not in (None, {}) for key in keys if not key.endswith(":radio"))
