"""The best learner there can be: it knows every task of the family and every word, but not which task it is given.

It goes by Bayes' rule. Every group of tasks is as likely as the others, in a group every task, in a task every word; an
ending is one to three letters, drawn as `rules.syllables` draws them. After some examples it keeps the tasks that could
have given them, each with its probability, adds up the probability of every possible answer, and gives the likeliest.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from statistics import fmean

from core.prompting.prompt import FORMATS, Prompt, prompt
from core.prompting.rules import (
    COMPOSED_RULES,
    GROUPS,
    KANA,
    LETTER_RULES,
    MEANINGS,
    SYMBOLS,
    games,
    held_out,
    kept_words,
    knowledge,
    nouns,
)
from core.prompting.tasks import Pair

EPISODES = 2000
LENGTHS = {1: 0.25, 2: 0.5, 3: 0.25}  # of what `syllables` draws
Table = Mapping[str, str]  # the answers of a task


def chance(name: str, episodes: int) -> float:
    """Return how often a guess among the answers of the task is right, over so many episodes."""
    return fmean(1 / len(games()[name].at(0, episode).answers) for episode in range(episodes))


def accuracy(name: str, shots: int, episodes: int = EPISODES) -> float:
    """Return how often the best learner is right after so many examples of the task or group."""
    asked = (
        prompt(games()[name].at(0, episode), shots, FORMATS["arrow"], episode=episode) for episode in range(episodes)
    )
    return fmean(answer(one) == one.answer for one in asked)


def answer(asked: Prompt) -> str:
    """Return the likeliest answer to a prompt; "" if nothing can be said about it."""
    mass: dict[str, float] = {}
    for weight, found in beliefs(asked.examples, asked.given):
        mass[found] = mass.get(found, 0.0) + weight
    return max(mass, key=mass.__getitem__, default="")


def beliefs(examples: Sequence[Pair], given: str) -> Iterator[tuple[float, str]]:
    """Yield, for every task that could have given the examples and the question, its probability (not normalised) and
    its answer. Tasks whose answer cannot be known, such as a label not seen yet, are left out."""
    for prior, table in _tables():
        if given in table and all(table.get(pair.given) == pair.answer for pair in examples):
            yield prior * len(table) ** -(len(examples) + 1), table[given]
    words = len(kept_words()) ** -(len(examples) + 1)
    if all(_bare(pair.given) == pair.answer for pair in examples) and set(given) & set(SYMBOLS):
        yield _prior("rules") * words, _bare(given)
    if given in kept_words():
        yield from ((weight * words, found) for weight, found in _added(examples, given))
    label = _label(examples, given)
    if label is not None:
        yield label


@cache
def _tables() -> tuple[tuple[float, Table], ...]:
    """Return the tasks whose answers are known beforehand, each with its probability."""
    rules = {"rules": LETTER_RULES, "composed": COMPOSED_RULES}
    found: list[tuple[float, Table]] = [
        (_prior(group), {word: rule(word) for word in kept_words()})
        for group in rules
        for rule in rules[group].values()
    ]
    for name, pairs in knowledge().items():
        meaning = name in MEANINGS
        table = {pair.given: pair.answer for pair in pairs if meaning or held_out(pair.given)}
        found.append((_prior("meanings" if meaning else "forms"), table))
    return tuple(found)


@cache
def _prior(group: str) -> float:
    """Return the probability of each task of a group."""
    tasks = {name for name, game in games().items() if game.group == group}
    return 1 / len(GROUPS) / max(1, len(tasks - {f"kana-{group}"}))


def _bare(word: str) -> str:
    return "".join(letter for letter in word if letter not in SYMBOLS)


def _added(examples: Sequence[Pair], given: str) -> Iterator[tuple[float, str]]:
    """Yield the ending and the beginning that every example has, with their probability."""
    if not examples:
        return
    first = examples[0]
    if first.answer.startswith(first.given):
        added = first.answer[len(first.given) :]
        if all(pair.answer == pair.given + added for pair in examples):
            yield _prior("endings") * _drawn(added), given + added
    if first.answer.endswith(first.given):
        added = first.answer[: len(first.answer) - len(first.given)]
        if all(pair.answer == added + pair.given for pair in examples):
            yield _prior("endings") * _drawn(added), added + given


def _drawn(added: str) -> float:
    """Return the probability of an ending."""
    chances: float = LENGTHS.get(len(added), 0.0) * len(KANA) ** -len(added)
    return chances if set(added) <= set(KANA) else 0.0


def _label(examples: Sequence[Pair], given: str) -> tuple[float, str] | None:
    """Return the label of the question's kind with the probability of two labels such as the examples', None if it was
    not seen or the examples are none of two kinds with a label each."""
    kind = {word: group for group, members in nouns().items() for word in members}
    labels: dict[str, str] = {}
    for pair in examples:
        group = kind.get(pair.given)
        if group is None or labels.setdefault(group, pair.answer) != pair.answer:
            return None
    wanted = kind.get(given)
    if wanted not in labels or len(labels) > 2:
        return None
    weight, used = _prior("labels"), Counter(kind[word] for word in (*(pair.given for pair in examples), given))
    for group, label in labels.items():
        weight *= _drawn(label) * (2 * len(nouns()[group])) ** -used[group]
    return weight * 2 / (len(nouns()) * (len(nouns()) - 1)), labels[wanted]
