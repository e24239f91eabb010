"""What a class ranked: written as "2>0=3>1" (answer 2 is best, 0 and 3 are alike, 1 is last), pooled, and compared.

Of two people and a pair of answers that both ranked, the share judged alike is the agreement that Ouyang et al. give for
the labellers of InstructGPT (2022, arXiv:2203.02155, 3.4); Kendall's tau-b (1945, Biometrika 33) compares two whole
rankings with ties, 1 for the same order and -1 for the opposite one.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

from core.classroom import records
from core.rlhf.comparisons import Answer, Log, Ranking

FORM = re.compile(r"[0-9](?:[>=][0-9])*")
Places = tuple[int, ...]


def read(text: str, count: int) -> Places | None:
    """Return the place of each of `count` answers, from 1, those in the same place alike; None if the text is no ranking
    of exactly these."""
    if not FORM.fullmatch(text):
        return None
    places = {int(one): place for place, tied in enumerate(text.split(">"), 1) for one in tied.split("=")}
    named = re.findall("[0-9]", text)
    return tuple(places[one] for one in range(count)) if sorted(named) == [str(one) for one in range(count)] else None


def write(places: Sequence[int]) -> str:
    """Return the text of a ranking; `read` gives places in the same order back."""
    tied = ("=".join(str(one) for one, at in enumerate(places) if at == place) for place in sorted(set(places)))
    return ">".join(tied)


def pooled(question: records.Question, answers: Iterable[records.Answer]) -> Log:
    """Return the rankings of everybody as one log, whose `comparisons` a reward model learns from. The annotator is the
    nickname. What is no ranking of its item is left out."""
    found = []
    for one in answers:
        item = question.items[one.item] if one.item < len(question.items) else None
        places = None if item is None else read(one.answer, len(item.answers))
        if item is not None and places is not None:
            ids = item.ids or ((),) * len(item.answers)
            texts = tuple(Answer(item.prompt, tokens, text) for tokens, text in zip(ids, item.answers, strict=True))
            found.append(Ranking(texts, places, one.nickname))
    return Log(tuple(found))


@dataclass(frozen=True)
class Agreement:
    """How far people agree on an item. `people`: who ranked it. `alike`: of two of them and a pair of answers, the share
    judged alike, from 0 to 1. `tau`: the mean tau-b of two of them; NaN if nobody put one answer over another."""

    item: int
    people: int
    alike: float
    tau: float


def agreement(question: records.Question, answers: Iterable[records.Answer]) -> tuple[Agreement, ...]:
    """Return how far people agree, for each item that at least two ranked; what divides them most comes first."""
    ranked: dict[int, Counter[Places]] = {}
    for one in answers:
        count = len(question.items[one.item].answers) if one.item < len(question.items) else 0
        places = read(one.answer, count)
        if places is not None:
            ranked.setdefault(one.item, Counter())[places] += 1
    found = [_agreement(item, counts) for item, counts in ranked.items() if counts.total() > 1]
    return tuple(sorted(found, key=lambda one: (one.alike, one.item)))


def alike(agreements: Sequence[Agreement]) -> float:
    """Return the share of judgements alike over all items, each item with the same weight; NaN if there are none."""
    return sum(one.alike for one in agreements) / len(agreements) if agreements else math.nan


def _agreement(item: int, counts: Counter[Places]) -> Agreement:
    """Compare everybody with everybody: the same rankings are counted, not compared again."""
    people, pairs, same = counts.total(), 0, 0.0
    taus: list[tuple[float, int]] = []
    for one, other in combinations_with_replacement(sorted(counts), 2):
        times = counts[one] * counts[other] if one != other else math.comb(counts[one], 2)
        signs = list(zip(_signs(one), _signs(other), strict=True))
        pairs += times * len(signs)
        same += times * sum(a == b for a, b in signs)
        tau = _tau(signs)
        if times and not math.isnan(tau):
            taus.append((tau, times))
    compared = sum(times for _, times in taus)
    mean = sum(tau * times for tau, times in taus) / compared if compared else math.nan
    return Agreement(item, people, same / pairs, mean)


def _signs(places: Places) -> list[int]:
    """Return for each pair of answers -1 if the first is better, 1 if the second is, 0 for a tie."""
    return [(a > b) - (a < b) for a, b in combinations(places, 2)]


def _tau(signs: Sequence[tuple[int, int]]) -> float:
    """Return tau-b, NaN if one of the two put everything in the same place."""
    first, second = sum(a != 0 for a, _ in signs), sum(b != 0 for _, b in signs)
    return sum(a * b for a, b in signs) / math.sqrt(first * second) if first and second else math.nan
