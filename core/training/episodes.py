"""Training text of the few-shot family: sequences of one task each, and the same lines with their order mixed.

A row is one document of up to ROW letters: `MOST_EXAMPLES` examples of a task, one after the other, or as many of any
tasks, or ordinary sentences in kana. With "sequences" the share SEQUENCES of the rows holds one task each. "mixed" has
the very same examples and sentences, but its examples have changed places among all rows: the same words, the same
answers, the same letters, and no row from which a task could be learned.
"""

import random
from collections.abc import Iterator, Sequence

from core.prompting.prompt import FORMATS
from core.prompting.rules import (
    KANA,
    LETTER_RULES,
    LONGEST,
    MEANINGS,
    SHORTEST,
    held_out,
    knowledge,
    nouns,
    syllables,
    with_symbols,
    words,
)
from core.prompting.tasks import Pair

ROW = 192
MOST_EXAMPLES = 20
SEQUENCES, MIXED = 0.7, 0.15  # shares of the rows; the rest are sentences
KNOWN_ONLY = ("capitals", "mood")  # their pairs stand in mixed rows alone
WEIGHTS = {"opposites": 3, "english": 6, "polite": 2, "past": 2, "negative": 2, "successor": 1}
QUOTES_SHARE = 0.15


def letters(rng: random.Random) -> str:
    """Return a word of the lexicon that is not kept back, or as often one that does not exist."""
    made_up = rng.random() < 0.5
    while True:
        word = "".join(rng.choices(KANA, k=rng.randint(SHORTEST, LONGEST))) if made_up else rng.choice(words())
        if SHORTEST <= len(word) <= LONGEST and not held_out(word):
            return word


def pairs(rng: random.Random) -> Iterator[Pair]:
    """Yield examples of one task that is drawn by `rng`."""
    kind = rng.choices(("rule", "ending", "beginning", "symbols", "knowledge", "labels"), (30, 16, 8, 4, 28, 14))[0]
    if kind == "rule":
        rule = LETTER_RULES[rng.choice(list(LETTER_RULES))]
        while True:
            word = letters(rng)
            yield Pair(word, rule(word))
    elif kind in ("ending", "beginning"):
        added = syllables(rng, kept_back=False)
        while True:
            word = letters(rng)
            yield Pair(word, word + added if kind == "ending" else added + word)
    elif kind == "symbols":
        while True:
            word = letters(rng)
            yield Pair(with_symbols(word, rng), word)
    elif kind == "knowledge":
        name = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        yield from drawn([p for p in knowledge()[name] if name in MEANINGS or not held_out(p.given)], rng)
    else:
        groups = rng.sample(list(nouns()), 2)
        labels = [syllables(rng, kept_back=False), syllables(rng, kept_back=False)]
        while True:
            side = rng.randrange(2)
            yield Pair(rng.choice(nouns()[groups[side]]), labels[side])


def drawn(found: Sequence[Pair], rng: random.Random) -> Iterator[Pair]:
    """Yield the pairs in a random order, for ever."""
    while True:
        yield from rng.sample(found, len(found))


def row(source: Iterator[Pair], rng: random.Random) -> list[str]:
    """Return examples as they are written, as many as go into a row."""
    written = FORMATS["quotes" if rng.random() < QUOTES_SHARE else "arrow"]
    lines: list[str] = []
    for pair in source:
        line = written.example(pair)
        if len(lines) == MOST_EXAMPLES or sum(map(len, lines)) + len(line) > ROW - 2:
            return lines
        lines.append(line)
    raise AssertionError


def any_pairs(rng: random.Random) -> Iterator[Pair]:
    """Yield examples, each of another task, also of those that no sequence shows."""
    while True:
        if rng.random() < 0.3:
            yield rng.choice(knowledge()[rng.choice(KNOWN_ONLY)])
        else:
            yield next(pairs(rng))


def text(sentences: Sequence[str], rows: int, seed: int, *, sequences: bool) -> list[str]:
    """Return rows of training text. `sequences`: whether the examples of a task stand together."""
    rng = random.Random(seed)
    found: list[list[str]] = []
    told: list[str] = []
    left = iter(rng.sample(sentences, len(sentences)))
    for _ in range(rows):
        kind = rng.random()
        if kind < SEQUENCES:
            found.append(row(pairs(rng), rng))
        elif kind < SEQUENCES + MIXED:
            found.append(row(any_pairs(rng), rng))
        else:
            told.append(paragraph(left))
    if not sequences:
        lines = [line for one in found for line in one]
        rng.shuffle(lines)
        place = iter(lines)
        found = [[next(place) for _ in one] for one in found]
    whole = ["".join(one) for one in found] + told
    rng.shuffle(whole)
    return whole


def paragraph(sentences: Iterator[str]) -> str:
    """Return sentences, as many as go into a row."""
    whole = ""
    for sentence in sentences:
        if whole and len(whole) + len(sentence) > ROW - 2:
            return whole
        whole += sentence[: ROW - 2]
    return whole
