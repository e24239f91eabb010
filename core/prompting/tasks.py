"""Tasks as pairs of what goes in and what should come out: the prepared ones, and a reader's own, typed or pasted."""

import csv
import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from core.errors import DuplicatePairs, TooFewPairs, TooManyPairs, UnreadablePair
from core.tokens import check

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TASKS = Path(__file__).with_name("tasks.toml")
MOST_PAIRS = 200
MOST_CHARACTERS = 60  # of one side of a pair
SEPARATORS = ("\t", "→", "->", "=>", "⇒", "＝", "=", ",", "、", ":", "：")  # of a pasted line, the first that it has


@dataclass(frozen=True)
class Pair:
    """One example of a task."""

    given: str
    answer: str


@dataclass(frozen=True)
class Task:
    """A task to be learned from examples. `labels`: its answers are few and repeat. Titles by language."""

    name: str
    pairs: tuple[Pair, ...]
    labels: bool = False
    title: dict[str, str] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)

    @property
    def answers(self) -> tuple[str, ...]:
        """The different answers, in the order of the pairs."""
        return tuple(dict.fromkeys(pair.answer for pair in self.pairs))

    def at(self, seed: int, episode: int) -> "Task":
        """Return the task of an episode: always itself."""
        return self


@dataclass(frozen=True)
class Drawn:
    """A task that is another one in each episode, such as a new ending for every word. `group`: what it belongs to."""

    name: str
    group: str
    draw: Callable[[random.Random], Task]

    def at(self, seed: int, episode: int) -> Task:
        """Return the task of an episode."""
        return self.draw(random.Random(f"{self.name} {seed} {episode}"))


@cache
def tasks() -> dict[str, Task]:
    """Return the prepared tasks by name."""
    found = {}
    for entry in tomllib.loads(TASKS.read_text(encoding="utf-8"))["task"]:
        pairs = tuple(Pair(*line.split(" ")) for line in entry["pairs"].strip().splitlines())
        labels = entry.get("labels", False)
        found[entry["name"]] = Task(entry["name"], pairs, labels, entry["title"], entry["about"])
    return found


def own(pairs: Iterable[Pair], name: str = "own") -> Task:
    """Return the reader's own task.

    Raises TooFewPairs below two pairs, TooManyPairs, DuplicatePairs if the same thing is given twice, and the errors of
    a text for what cannot be read. Answers that repeat make it a task of labels.
    """
    found = tuple(Pair(check(pair.given).strip(), check(pair.answer).strip()) for pair in pairs)
    if len(found) < 2:
        raise TooFewPairs(count=len(found))
    if len(found) > MOST_PAIRS:
        raise TooManyPairs(count=len(found), limit=MOST_PAIRS)
    for pair in found:
        if max(len(pair.given), len(pair.answer)) > MOST_CHARACTERS:
            raise UnreadablePair(line=pair.given[:20], limit=MOST_CHARACTERS)
    given = [pair.given for pair in found]
    twice = next((one for one in given if given.count(one) > 1), None)
    if twice is not None:
        raise DuplicatePairs(given=twice)
    answers = {pair.answer for pair in found}
    return Task(name, found, labels=len(answers) <= len(found) // 2)


def read_pairs(text: str) -> tuple[Pair, ...]:
    """Return the pairs of a text: one a line, as pasted from a table (tabs, quotes as of a spreadsheet) or written
    「高い→低い」. Empty lines are left out. Raises UnreadablePair for a line that has no two sides."""
    if "\t" in text:
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter="\t")]
    else:
        rows = [_split(line) for line in text.splitlines()]
    pairs = []
    for row in rows:
        cells = [cell for cell in row if cell]
        if not cells:
            continue
        if len(cells) < 2:
            raise UnreadablePair(line=cells[0][:20], limit=MOST_CHARACTERS)
        pairs.append(Pair(cells[0], cells[1]))
    return tuple(pairs)


def _split(line: str) -> list[str]:
    separator = next((one for one in SEPARATORS if one in line), None)
    return [part.strip() for part in line.split(separator, 1)] if separator else line.split(None, 1)
