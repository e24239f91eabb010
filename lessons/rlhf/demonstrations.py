"""The reader's demonstrations: rows as they were typed, what is learned from them, and how a habit is recognised.

In the state of the page, and so in its address, a row is a line, with a tab between what the model is told and the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from core.rlhf.comparisons import Answer
from core.rlhf.demonstrations import MOST, Row, check_count
from core.rlhf.prompts import train_prompts
from lessons.text import toml

DEFAULTS = {
    "dm": "",  # the demonstrations, as `written` makes them,
    "dn": "15",  # and how many steps are trained on them
}
STEPS = ("5", "15", "30", "60")
FEWEST_ROWS = 3
FULL_STOP = "。"
OTHERS = 16  # prompts without a demonstration that are answered to see what the habit has become


@dataclass(frozen=True)
class Habit:
    """Demonstrations to begin with. `name` by language."""

    name: dict[str, str]
    rows: tuple[Row, ...]


@cache
def habits() -> tuple[Habit, ...]:
    """Return the examples of the lesson."""
    found = toml("rlhf", "examples")["habit"]
    return tuple(Habit(one["name"], tuple((told, answer) for told, answer in one["rows"])) for one in found)


def written(rows: Sequence[Row]) -> str:
    """Return rows as text for the state of the page; rows that are empty at the end are left out."""
    clean = [tuple(part.replace("\t", " ").replace("\n", " ").strip() for part in row) for row in rows]
    while clean and not any(clean[-1]):
        clean.pop()
    return "\n".join("\t".join(row) for row in clean)


def read(text: str) -> tuple[Row, ...]:
    """Return the rows of a text that `written` made; of any other text what can be read as rows, at most MOST."""
    parts = [line.partition("\t") for line in text.split("\n")[:MOST]] if text else []
    return tuple((told.strip(), answer.replace("\t", " ").strip()) for told, _, answer in parts)


def added(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows with an empty one more. Raises TooManyDemonstrations."""
    check_count(len(rows) + 1)
    return (*rows, ("", ""))


def others(demonstrations: Sequence[Answer]) -> tuple[str, ...]:
    """Return OTHERS prompts of the lesson that were not demonstrated."""
    shown = {one.prompt for one in demonstrations}
    return tuple(prompt for prompt in train_prompts() if prompt not in shown)[:OTHERS]


def ending(demonstrations: Sequence[Answer]) -> str:
    """Return the ending that all demonstrations share, "" if there is none to speak of (a full stop alone, or a single
    demonstration)."""
    if len(demonstrations) < 2:
        return ""
    first, *more = [one.text for one in demonstrations]
    length = next(n for n in range(len(first), -1, -1) if all(one.endswith(first[len(first) - n :]) for one in more))
    shared = first[len(first) - length :]
    return "" if shared == FULL_STOP else shared


@dataclass(frozen=True)
class Imitated:
    """Of `total` answers, how many end as the demonstrations do, and how many of those are one of them word for word."""

    total: int
    alike: int
    copied: int


def imitated(answers: Sequence[Answer], demonstrations: Sequence[Answer]) -> Imitated:
    """Return how far answers imitate the demonstrations, which share an ending."""
    shared, texts = ending(demonstrations), {one.text for one in demonstrations}
    alike = [one for one in answers if one.text.endswith(shared)]
    return Imitated(len(answers), len(alike), sum(one.text in texts for one in alike))
