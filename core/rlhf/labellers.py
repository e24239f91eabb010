"""Simulated people with one stated wish and a rate of error: for a lesson without a class, and for measurements.

What they prefer follows from the text alone; they know nothing of the reward model. Three of the rules (polite, easy,
animals) are the same thing as one of its readable features, which makes its task easy; the others are not.
"""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.rlhf.comparisons import Answer, Ranking
from core.rlhf.features import polite_share, share, words

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LABELLERS = Path(__file__).with_name("labellers.toml")
QUESTION = re.compile(r"([?？]|(です|ます|ました|でした|ません|でしょう|ましょう)か。)$")
WHOLE = re.compile(r".{3,}[。!?！？]$", re.DOTALL)
CHEERFUL = re.compile(
    r"[!！]|ありがとう|うれし|嬉し|楽し|素敵|すてき|すばらし|最高|おめでとう|よかった|良かった|元気|幸せ"
)
MOST_CHEERFUL = 3
WELCOME = 2  # cheerful words; of more somebody moderate has enough
WORST = -1000.0


def short(text: str) -> float:
    """Return the length in characters, negated; what is no whole sentence is worst."""
    return -float(len(text)) if WHOLE.fullmatch(text.strip()) else WORST


def asks(text: str) -> float:
    """Return 1 if the text ends with a question."""
    return float(bool(QUESTION.search(text.strip())))


def cheerful(text: str) -> float:
    """Return how many cheerful words and exclamation marks there are, at most three; 0 for what is no whole sentence."""
    return float(min(MOST_CHEERFUL, len(CHEERFUL.findall(text)))) if WHOLE.fullmatch(text.strip()) else 0.0


def moderate(text: str) -> float:
    """Return how many cheerful words and exclamation marks there are, each beyond WELCOME taking one away again; 0 for what
    is no whole sentence. In few answers of a model that is not trained on it there are more, so that rankings of those
    hardly tell it from `cheerful`: a reward that is learned from them does not know that there can be too much."""
    if not WHOLE.fullmatch(text.strip()):
        return 0.0
    found = len(CHEERFUL.findall(text))
    return float(found if found <= WELCOME else 2 * WELCOME - found)


RULES: dict[str, Callable[[str], float]] = {
    "polite": polite_share,
    "short": short,
    "easy": lambda text: share(text, "ぁ", "ゖ"),
    "animals": lambda text: float(bool(words("animals").search(text))),
    "asks": asks,
    "cheerful": cheerful,
}
OVERDONE: dict[str, Callable[[str], float]] = {"moderate": moderate}  # not among what is measured and chosen from


@dataclass(frozen=True)
class Labeller:
    """Somebody who wishes for more of `rule(text)`, and in a share of the comparisons says the opposite."""

    name: str
    error: float
    rule: Callable[[str], float]
    title: dict[str, str]
    wish: dict[str, str]

    def prefers(self, first: Answer, second: Answer, rng: np.random.Generator) -> int:
        """Return 1 if the first answer is said to be better, -1 if the second, 0 if they are equally good."""
        one, other = self.rule(first.text), self.rule(second.text)
        truth = (one > other) - (one < other)
        return -truth if rng.random() < self.error else truth

    def rank(self, answers: Sequence[Answer], rng: np.random.Generator) -> Ranking:
        """Return a ranking, made by putting one answer after the other into its place, with a comparison each time."""
        order: list[list[int]] = []  # places from the best, each with the answers that share it
        for number, answer in enumerate(answers):
            for place, group in enumerate(order):
                verdict = self.prefers(answer, answers[group[0]], rng)
                if verdict == 0:
                    group.append(number)
                    break
                if verdict > 0:
                    order.insert(place, [number])
                    break
            else:
                order.append([number])
        places = {number: place for place, group in enumerate(order, 1) for number in group}
        return Ranking(tuple(answers), tuple(places[number] for number in range(len(answers))), self.name)


@cache
def _told() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = tomllib.loads(LABELLERS.read_text(encoding="utf-8"))
    return found


def labeller(name: str, error: float = 0.0) -> Labeller:
    """Return the simulated person of a name among RULES or OVERDONE. Raises KeyError for another, ValueError if the error rate is
    not between 0 and 1/2."""
    if not 0 <= error <= 0.5:
        raise ValueError("an error rate is between 0 and 1/2")
    told = _told()[name]
    return Labeller(name, error, {**RULES, **OVERDONE}[name], told["title"], told["rule"])
