"""Two groups of simulated people with opposite taste, whose rankings go into one pot.

A class of PEOPLE; each ranks TABLES_EACH tables, drawn so that most tables are ranked by several people. Everybody says
the opposite of what they mean in a share ERROR of the comparisons.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.rlhf.comparisons import Agreement, Answer, Comparison, agreement
from core.rlhf.features import polite_share
from core.rlhf.labellers import WHOLE, WORST, Labeller, labeller
from core.rlhf.reward import Fit, Liking, Reward
from lessons.rlhf.overconfident import boast, probabilities, told_apart
from lessons.rlhf.tables import Table, ranked_by

PEOPLE, TABLES_EACH = 20, 3
KNOWN = 15  # tables among which they are drawn
ERROR = 0.1
SHARES = (50, 65, 80)  # percent of the people who are in the first group
REPEATED = 10  # classes, over which is averaged
SHOWN = 3  # pairs of answers


def long(text: str) -> float:
    """Return the length in characters; what is no whole sentence is worst."""
    return float(len(text)) if WHOLE.fullmatch(text.strip()) else WORST


def blunt(text: str) -> float:
    """Return the share of sentences that end in です or ます, negated."""
    return -polite_share(text)


OPPOSITES: dict[str, Callable[[str], float]] = {"polite": blunt, "short": long}
FEATURES = {"polite": "polite", "short": "characters"}  # the readable feature that tells the two groups apart

Pairs = tuple[tuple[Answer, Answer], ...]


@dataclass(frozen=True)
class Sides:
    """The pooled reward's accuracy on pairs of answers as the first group sees them, and as the second does (0 to 1)."""

    first: float
    second: float


@dataclass(frozen=True)
class Agreed:
    """How far people agree: within the first group, within the second, and one group with the other (the last word of a
    group counts); None where none judged the same."""

    first: Agreement | None
    second: Agreement | None
    between: Agreement | None


@dataclass(frozen=True)
class Pooled:
    """What one reward learned from everybody. `sides`: of this class; `mean`: over REPEATED classes; `liking`: the weight
    of the feature in which the groups differ."""

    reward: Reward
    sides: Sides
    mean: Sides
    agreed: Agreed
    liking: Liking
    sizes: tuple[int, int]


def groups(rule: str, error: float = ERROR) -> tuple[Labeller, Labeller]:
    """Return somebody of either group. Raises KeyError for a rule that has no opposite here."""
    one = labeller(rule, error)
    return one, replace(one, rule=OPPOSITES[rule])


def sizes(share: int) -> tuple[int, int]:
    """Return how many people are in the groups, the first with so many percent."""
    first = round(PEOPLE * share / 100)
    return first, PEOPLE - first


def said(tables: Sequence[Table], rule: str, share: int, seed: int) -> tuple[list[Comparison], list[Comparison]]:
    """Return the comparisons of the first and of the second group, the annotators numbered."""
    rng = np.random.default_rng((seed, share))
    some = [tables[number] for number in rng.permutation(len(tables))[:KNOWN]]
    found: tuple[list[Comparison], list[Comparison]] = ([], [])
    first, _ = sizes(share)
    for person in range(PEOPLE):
        group = int(person >= first)
        own = [some[number] for number in rng.permutation(len(some))[:TABLES_EACH]]
        for ranking in ranked_by(groups(rule)[group], own, int(rng.integers(2**31))):
            found[group].extend(replace(pair, annotator=str(person)) for pair in ranking.comparisons)
    return found


def sides(reward: Reward, first: Pairs, second: Pairs) -> Sides:
    """Return the accuracy for each group's pairs, of which the first answer is the one that the group prefers."""
    return Sides(boast(reward, first).right, boast(reward, second).right)


def pooled(fit: Fit, tables: Sequence[Table], answers: Sequence[Answer], rule: str, share: int, seed: int) -> Pooled:
    """Return what becomes of a class with `share` percent in the first group.

    Raises ValueError if a group does not tell any two of the answers apart.
    """
    first, second = (told_apart(answers, one) for one in groups(rule))
    one, other = said(tables, rule, share, seed)
    reward = fit([*one, *other])
    others = [[*a, *b] for a, b in (said(tables, rule, share, seed + 1 + n) for n in range(REPEATED))]
    found = [sides(fit(pairs), first, second) for pairs in others]
    mean = Sides(*(float(np.mean([getattr(s, name) for s in found])) for name in ("first", "second")))
    voices = [replace(pair, annotator=str(group)) for group, pairs in enumerate((one, other)) for pair in pairs]
    agreed = Agreed(agreement(one), agreement(other), agreement(voices))
    liking = next(like for like in reward.likings() if like.name == FEATURES[rule])
    return Pooled(reward, sides(reward, first, second), mean, agreed, liking, sizes(share))


@dataclass(frozen=True)
class Contested:
    """Two answers on which the groups disagree, and how likely the pooled reward prefers the first group's."""

    liked: Answer
    disliked: Answer
    prob: float


def contested(reward: Reward, answers: Sequence[Answer], rule: str, count: int = SHOWN) -> tuple[Contested, ...]:
    """Return a pair for each of the first prompts that have one: the two answers between which the groups differ most."""
    one, other = groups(rule)
    by_prompt: dict[str, list[Answer]] = {}
    for answer in answers:
        if WHOLE.fullmatch(answer.text.strip()):
            by_prompt.setdefault(answer.prompt, []).append(answer)
    found = []
    for same in by_prompt.values():
        liked, disliked = _most_liked(same, one), _most_liked(same, other)
        if one.rule(liked.text) > one.rule(disliked.text):
            found.append((liked, disliked))
    shown = found[:count]
    _, careful = probabilities(reward, shown) if shown else ((), ())
    return tuple(Contested(*pair, float(prob)) for pair, prob in zip(shown, careful, strict=True))


def _most_liked(answers: Sequence[Answer], who: Labeller) -> Answer:
    return max(answers, key=lambda answer: who.rule(answer.text))
