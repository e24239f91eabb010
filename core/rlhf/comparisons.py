"""What people said: rankings of answers to one prompt, the pairs that they make, and how far these agree.

A ranking of four answers is six pairs; answers in the same place are a tie, which counts half for each. The log never
changes: each ranking gives a new one, and undo the one before.
"""

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from core.errors import UnreadableRankings

MOST_ANSWERS = 4
MOST_CHARACTERS = 5_000_000  # of a log that is read
VERSION = 1


@dataclass(frozen=True)
class Answer:
    """What follows a prompt. `ids`: its tokens as drawn, with the end token if there was one; () if a person wrote it."""

    prompt: str
    ids: tuple[int, ...]
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same answer for somebody who reads it."""
        return self.prompt, self.text


@dataclass(frozen=True)
class Comparison:
    """One answer is better than another to the same prompt, or, in a tie, neither is."""

    prompt: str
    better: Answer
    worse: Answer
    tie: bool = False
    annotator: str = ""


@dataclass(frozen=True)
class Ranking:
    """Two to four answers to one prompt and the place of each: 1 is best, the same place is a tie."""

    answers: tuple[Answer, ...]
    places: tuple[int, ...]
    annotator: str = ""

    def __post_init__(self) -> None:
        if not 2 <= len(self.answers) <= MOST_ANSWERS or len(self.places) != len(self.answers):
            raise ValueError(f"a ranking has 2 to {MOST_ANSWERS} answers with a place each")
        if len({answer.prompt for answer in self.answers}) > 1:
            raise ValueError("the answers of a ranking have the same prompt")

    @property
    def prompt(self) -> str:
        return self.answers[0].prompt

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The n(n-1)/2 pairs, the better answer first."""
        placed = sorted(zip(self.places, range(len(self.answers)), strict=True))
        return tuple(
            Comparison(self.prompt, self.answers[first], self.answers[second], place == other, self.annotator)
            for (place, first), (other, second) in combinations(placed, 2)
        )


@dataclass(frozen=True)
class Log:
    """All rankings so far, in the order they were made."""

    rankings: tuple[Ranking, ...] = ()

    def add(self, ranking: Ranking) -> "Log":
        return Log((*self.rankings, ranking))

    def undo(self, annotator: str | None = None) -> "Log":
        """Return the log without the last ranking (of this annotator); the same log if there is none."""
        for place in reversed(range(len(self.rankings))):
            if annotator in (None, self.rankings[place].annotator):
                return Log((*self.rankings[:place], *self.rankings[place + 1 :]))
        return self

    def of(self, annotator: str) -> "Log":
        """Return what one annotator said."""
        return Log(tuple(one for one in self.rankings if one.annotator == annotator))

    def named(self, old: str, new: str) -> "Log":
        """Return the log with an annotator's name changed."""
        changed = (replace(one, annotator=new) if one.annotator == old else one for one in self.rankings)
        return Log(tuple(changed))

    @property
    def annotators(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.annotator for one in self.rankings))

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        return tuple(pair for ranking in self.rankings for pair in ranking.comparisons)

    def to_json(self) -> str:
        """Return the log as JSON, for `from_json`."""
        rankings = [
            {
                "prompt": ranking.prompt,
                "annotator": ranking.annotator,
                "answers": [{"ids": answer.ids, "text": answer.text} for answer in ranking.answers],
                "places": ranking.places,
            }
            for ranking in self.rankings
        ]
        return json.dumps({"version": VERSION, "rankings": rankings}, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "Log":
        """Return the log of a JSON text. Raises UnreadableRankings if it is none."""
        try:
            if len(text) > MOST_CHARACTERS:
                raise ValueError("too long")
            found = json.loads(text)
            if found["version"] != VERSION:
                raise ValueError("of another version")
            return Log(tuple(_ranking(one) for one in found["rankings"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise UnreadableRankings() from error


def _ranking(found: Mapping[str, object]) -> Ranking:
    """Return a ranking read from JSON. Raises ValueError, TypeError, KeyError for anything else."""
    prompt, annotator = _str(found["prompt"]), _str(found["annotator"])
    answers = (Answer(prompt, tuple(map(_int, one["ids"])), _str(one["text"])) for one in _list(found["answers"]))
    return Ranking(tuple(answers), tuple(map(_int, _list(found["places"]))), annotator)


def _str(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError("no text")
    return found


def _int(found: object) -> int:
    if type(found) is not int:
        raise TypeError("no whole number")
    return found


def _list(found: object) -> list[dict[str, list[object]]]:
    if not isinstance(found, list):
        raise TypeError("no list")
    return found


# -- do they agree with each other, and with themselves? --------------------------------------------------------


@dataclass(frozen=True)
class Agreement:
    """How alike annotators judged what more than one of them judged.

    `alike`: of two annotators and a pair of answers that both judged, the share judged alike (tie with tie). `kappa`: the
    same beyond chance, 0 for coin flips and 1 for full agreement (Fleiss 1971, for any number of judges a pair); NaN
    if chance alone would always agree. Which answer of a pair is called the first means nothing, so by chance "first"
    and "second" are equally likely. `pairs`: of answers judged more than once, `judgements` of two annotators on them.
    """

    pairs: int
    judgements: int
    alike: float
    kappa: float


def agreement(comparisons: Iterable[Comparison]) -> Agreement | None:
    """Return how far the annotators agree, None if no pair was judged by two of them. The last word of each counts."""
    verdicts: dict[tuple[tuple[str, str], ...], dict[str, int]] = {}
    for one in comparisons:
        first, second = sorted((one.better.key, one.worse.key))
        if first != second:
            verdict = 0 if one.tie else 1 if one.better.key == first else -1
            verdicts.setdefault((first, second), {})[one.annotator] = verdict
    shared = [tuple(by.values()) for by in verdicts.values() if len(by) > 1]
    if not shared:
        return None
    both = [(one, other) for judged in shared for one, other in combinations(judged, 2)]
    alike = sum(one == other for one, other in both) / len(both)
    every = [verdict for judged in shared for verdict in judged]
    ties = every.count(0) / len(every)
    chance = ties**2 + 2 * ((1 - ties) / 2) ** 2
    # Fleiss weighs each pair of answers alike, however many judged it
    mean = sum(sum(a == b for a, b in combinations(j, 2)) * 2 / (len(j) * (len(j) - 1)) for j in shared) / len(shared)
    kappa = (mean - chance) / (1 - chance) if chance < 1 else float("nan")
    return Agreement(len(shared), len(both), alike, kappa)


def contradictions(comparisons: Sequence[Comparison]) -> tuple[tuple[Answer, ...], ...]:
    """Return the circles, each as answers of which every one is at least as good as the next, the last as the first, and
    the first better than the second. The shortest for each pair; the same answers are told of once."""
    after: dict[tuple[str, str], dict[tuple[str, str], Answer]] = {}
    for one in comparisons:
        after.setdefault(one.better.key, {})[one.worse.key] = one.worse
        if one.tie:
            after.setdefault(one.worse.key, {})[one.better.key] = one.better
    found: dict[frozenset[tuple[str, str]], tuple[Answer, ...]] = {}
    for one in comparisons:
        if not one.tie and one.better.key != one.worse.key:
            way = _way(after, one.worse, one.better)
            if way:
                found.setdefault(frozenset(answer.key for answer in way), (one.better, *way[:-1]))
    return tuple(found.values())


def _way(
    after: Mapping[tuple[str, str], Mapping[tuple[str, str], Answer]], start: Answer, goal: Answer
) -> list[Answer]:
    """Return the shortest way from the start to the goal, both included; [] if there is none."""
    came: dict[tuple[str, str], Answer | None] = {start.key: None}
    waiting = deque([start])
    while waiting:
        here: Answer | None = waiting.popleft()
        assert here is not None
        if here.key == goal.key:
            way = []
            while here is not None:
                way.append(here)
                here = came[here.key]
            return way[::-1]
        for key, following in after.get(here.key, {}).items():
            if key not in came:
                came[key] = here
                waiting.append(following)
    return []
