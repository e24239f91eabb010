"""A reader's own task: what was typed or pasted, line by line. Nothing is lost: a line that is no pair is told, not
taken out."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import CoreError
from core.prompting import Pair, Task, read_pairs
from core.prompting.tasks import MOST_CHARACTERS, MOST_PAIRS, SEPARATORS, own

SHOWN = 24  # characters of a line in a message
GIVEN, ANSWER = "given", "answer"  # the columns of the table
MISSING = "…"


@dataclass(frozen=True)
class Problem:
    """Why a line is not used. `kind`: the name of a sentence in ui.toml, with its facts."""

    kind: str
    facts: dict[str, object]


@dataclass(frozen=True)
class Sheet:
    """The pairs that can be used, what is the matter with the other lines, and those lines as they are."""

    pairs: tuple[Pair, ...]
    problems: tuple[Problem, ...]
    rest: tuple[str, ...]

    def task(self) -> Task:
        """Return the task. Raises TooFewPairs."""
        return own(self.pairs)


def read(text: str) -> Sheet:
    """Return the pairs of a text, one a line: the first of those that contradict each other, and at most MOST_PAIRS."""
    pairs: dict[str, str] = {}
    problems, rest, over = [], [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            (pair,) = read_pairs(line)
        except (CoreError, ValueError, csv.Error):
            problems.append(Problem("own_unreadable", {"number": number, "line": _short(line)}))
            rest.append(line)
            continue
        problem = _problem(pair, number, pairs)
        if problem is not None:
            problems.append(problem)
            rest.append(line)
        elif len(pairs) == MOST_PAIRS:
            over += 1
            rest.append(line)
        else:
            pairs[pair.given] = pair.answer
    if over:
        problems.append(Problem("own_too_many", {"count": len(pairs) + over, "limit": MOST_PAIRS}))
    return Sheet(tuple(Pair(given, answer) for given, answer in pairs.items()), tuple(problems), tuple(rest))


def _problem(pair: Pair, number: int, pairs: dict[str, str]) -> Problem | None:
    if max(len(pair.given), len(pair.answer)) > MOST_CHARACTERS:
        return Problem("own_long", {"number": number, "line": _short(pair.given), "limit": MOST_CHARACTERS})
    known = pairs.get(pair.given)
    if known is None:
        return None
    facts = {"number": number, "given": _short(pair.given), "answer": _short(pair.answer), "first": _short(known)}
    return Problem("own_twice" if known == pair.answer else "own_contradiction", facts)


def write(pairs: Iterable[Pair]) -> str:
    """Return pairs as a text that `read` reads back: 高い→低い, or a table's line where a cell has such a sign itself."""
    return "\n".join(map(_line, pairs))


def _line(pair: Pair) -> str:
    cells = (pair.given, pair.answer)
    if not any(sign in cell for cell in cells for sign in (*SEPARATORS, '"')):
        return "→".join(cells)
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="").writerow(cells)
    return out.getvalue()


def edited(pairs: Sequence[Pair], changes: Mapping[str, Any]) -> tuple[Pair, ...]:
    """Return the pairs as the reader changed them in a table (st.data_editor): rows edited, deleted, added. A side that
    is missing is "…", so that the row is seen."""
    rows = [{GIVEN: pair.given, ANSWER: pair.answer} for pair in pairs]
    for place, cells in changes["edited_rows"].items():
        rows[int(place)].update(cells)
    gone = set(changes["deleted_rows"])
    rows = [row for place, row in enumerate(rows) if place not in gone] + list(changes["added_rows"])
    sides = [tuple(" ".join(str(row.get(side) or "").split()) for side in (GIVEN, ANSWER)) for row in rows]
    return tuple(Pair(given or MISSING, answer or MISSING) for given, answer in sides if given or answer)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
