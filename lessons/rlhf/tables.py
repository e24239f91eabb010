"""What lies on the reader's table: answers to one prompt, blind, and which of many tables would tell the most."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.rlhf.comparisons import Answer, Log, Ranking
from lessons.rlhf.lab import RANKED

if TYPE_CHECKING:
    from core.rlhf.labellers import Labeller
    from core.rlhf.reward import Reward

Keys = frozenset[tuple[str, str]]
LEAST = 2  # answers that can be ranked


@dataclass(frozen=True)
class Table:
    """Answers to one prompt in the order in which they are shown, which says nothing about them."""

    answers: tuple[Answer, ...]

    @property
    def prompt(self) -> str:
        return self.answers[0].prompt

    @property
    def keys(self) -> Keys:
        """What makes it the same table for somebody who ranks it."""
        return frozenset(one.key for one in self.answers)

    @cached_property
    def written(self) -> str:
        """The table as JSON, for `read`."""
        return Log((self.ranking(range(1, len(self.answers) + 1)),)).to_json()

    @property
    def id(self) -> str:
        return f"{zlib.crc32(self.written.encode('utf-8', 'replace')):08x}"

    def ranking(self, places: Iterable[int], annotator: str = "") -> Ranking:
        """Return the ranking that gives each answer its place. Raises ValueError if these are no places for them."""
        found = tuple(places)
        if sorted(set(found)) != list(range(1, len(set(found)) + 1)):
            raise ValueError("places are counted from 1 and leave none out")
        return Ranking(self.answers, found, annotator)


class Lain(NamedTuple):
    """The table that lies before the reader. `choice`: of the prompt, for which it was laid, None if it was brought back
    from before; `live`: its answers are no recorded ones."""

    choice: object
    table: Table
    live: bool = True


def blind(answers: Sequence[Answer], seed: int = 0) -> Table:
    """Return the answers in an order that depends on nothing but their prompt and the seed."""
    rng = np.random.default_rng(zlib.crc32(f"{seed} {answers[0].prompt}".encode("utf-8", "replace")))
    return Table(tuple(answers[number] for number in rng.permutation(len(answers))))


def laid(answers: Iterable[Answer], seed: int = 0) -> tuple[Table, ...]:
    """Return a table for each prompt with its first RANKED different answers; none where there is only one."""
    by_prompt: dict[str, dict[str, Answer]] = {}
    for one in answers:
        if one.text:
            by_prompt.setdefault(one.prompt, {}).setdefault(one.text, one)
    found = (tuple(same.values())[:RANKED] for same in by_prompt.values())
    return tuple(blind(same, seed) for same in found if len(same) >= LEAST)


def others(tables: Iterable[Table], known: Iterable[Keys]) -> tuple[Table, ...]:
    """Return the tables that have an answer which is not among those that were known together."""
    found = list(known)
    return tuple(table for table in tables if not any(table.keys <= one for one in found))


def unranked(tables: Iterable[Table], log: Log, annotator: str = "") -> tuple[Table, ...]:
    """Return the tables that an annotator has not ranked."""
    return others(tables, (frozenset(one.key for one in ranking.answers) for ranking in log.of(annotator).rankings))


def filled(table: Table, more: Iterable[Answer]) -> Table:
    """Return the table with more different answers, RANKED if there are so many."""
    found = {answer.text: answer for answer in (*more, *table.answers)}
    new = [answer for text, answer in found.items() if text not in {one.text for one in table.answers}]
    return blind((*table.answers, *new[: RANKED - len(table.answers)]))


def most_telling(reward: "Reward", tables: Sequence[Table]) -> Table:
    """Return the table whose pairs are together expected to tell the most bits about the weights of the reward."""
    owners, pairs = [], []
    for number, table in enumerate(tables):
        for pair in combinations(table.answers, 2):
            owners.append(number)
            pairs.append(pair)
    bits = np.zeros(len(tables))
    for number, gain in reward.most_informative(pairs):
        bits[owners[number]] += gain
    return tables[int(bits.argmax())]


def ranked_by(who: "Labeller", tables: Sequence[Table], seed: int) -> tuple[Ranking, ...]:
    """Return how a simulated person ranks each table."""
    rng = np.random.default_rng(seed)
    return tuple(who.rank(table.answers, rng) for table in tables)


def places(groups: Sequence[Sequence[int]], count: int) -> list[int]:
    """Return the place of each of `count` answers from the groups of their numbers, the best first.

    Raises ValueError if they are not each in one group.
    """
    if sorted(number for group in groups for number in group) != list(range(count)):
        raise ValueError("every answer has one place")
    found = {number: place for place, group in enumerate(filter(len, groups), 1) for number in group}
    return [found[number] for number in range(count)]


def grouped(ranking: Ranking) -> list[list[int]]:
    """Return the numbers of the answers that share a place, the best place first."""
    return [[n for n, at in enumerate(ranking.places) if at == place] for place in sorted(set(ranking.places))]


def read_groups(text: str, count: int) -> list[int]:
    """Return the places that the browser sends as JSON groups. Raises ValueError for anything else."""
    try:
        return places(json.loads(text), count)
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError("no groups") from error
