"""Why the text is cut there: the unigram model at work (Kudo 2018), on the numbers of our tokenizer's own file.

A piece of the vocabulary has a log probability. A text can be cut in many ways; the log probability of one is the sum over
its pieces, and the tokenizer takes the largest. Here the next best are kept, too. From a terminal:

    python -m lessons.tokens.lattice 激しく ナク
"""

import json
import math
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from lessons.tokens.lab import tokenizer

UNKNOWN_PENALTY = 10.0  # of the `tokenizers` package: an unknown character costs this more than the rarest piece
LONGEST = 12  # characters of a word whose ways are shown
BEST = 6
BYTE = re.compile("<0x[0-9A-F]{2}>")


@dataclass(frozen=True)
class Piece:
    """A piece with its natural log probability. `known`: it stands in the vocabulary; else it is spelt in bytes."""

    text: str
    log_probability: float
    known: bool = True

    @property
    def counted(self) -> bool:
        """Whether its probability comes from a count: not that of a special token, a byte or an unknown character."""
        return self.known and self.log_probability < 0 and not BYTE.fullmatch(self.text)

    @property
    def per_million(self) -> float:
        """How often the model expects the piece in a million tokens."""
        return math.exp(self.log_probability) * 1e6


@dataclass(frozen=True)
class Way:
    """One way of cutting a text, with the sum of its pieces' log probabilities."""

    pieces: tuple[Piece, ...]
    log_probability: float

    @property
    def ids(self) -> list[int]:
        """The ids that the model would read."""
        known = _ids()
        return [
            known[name]
            for piece in self.pieces
            for name in ([piece.text] if piece.known else [f"<0x{byte:02X}>" for byte in piece.text.encode()])
        ]


NOTHING = Way((), 0.0)


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, float]:
    """Return the natural log probability of every piece."""
    return dict(json.loads(tokenizer().to_str())["model"]["vocab"])


@lru_cache(maxsize=1)
def _ids() -> dict[str, int]:
    return {name: identifier for identifier, name in enumerate(vocabulary())}


@lru_cache(maxsize=1)
def _limits() -> tuple[int, float]:
    """Return the length of the longest piece, and what an unknown character costs."""
    return max(map(len, vocabulary())), min(vocabulary().values()) - UNKNOWN_PENALTY


@lru_cache(maxsize=1)
def _special() -> re.Pattern[str]:
    """Return a pattern for the tokens that are found in a text before anything is normalised."""
    added = [token.content for token in tokenizer().get_added_tokens_decoder().values()]
    return re.compile("(" + "|".join(map(re.escape, added)) + ")")


def normalised(text: str) -> str:
    """Return the text as the model cuts it: NFKC, spaces as ▁."""
    return str(tokenizer().normalizer.normalize_str(text))


def _parts(text: str) -> list[tuple[str, bool]]:
    """Return the text's parts and whether each is a special token that the reader has typed."""
    parts = [(part, index % 2 == 1) for index, part in enumerate(_special().split(text)) if part]
    return [(part if special else normalised(part), special) for part, special in parts]


def ways(text: str, best: int = BEST) -> list[Way]:
    """Return the `best` likeliest ways of cutting the text, the tokenizer's own first."""
    found = [NOTHING]
    for part, special in _parts(text):
        here = [Way((Piece(part, 0.0),), 0.0)] if special else _ways(part, best)
        joined = [Way(a.pieces + b.pieces, a.log_probability + b.log_probability) for a, b in product(found, here)]
        found = _likeliest(joined, best)
    return found


def _ways(text: str, best: int) -> list[Way]:
    """Return the likeliest ways for a text as the model sees it: Viterbi, with the `best` of each place kept.

    Of two that are as likely, the one whose last piece is longer comes first, as in the `tokenizers` package.
    """
    ending: list[list[Way]] = [[NOTHING], *([] for _ in text)]
    for end in range(1, len(text) + 1):
        candidates = [
            Way((*before.pieces, piece), before.log_probability + piece.log_probability)
            for start in range(max(0, end - _limits()[0]), end)
            if (piece := _piece(text[start:end])) is not None
            for before in ending[start]
        ]
        ending[end] = _likeliest(candidates, best)
    return ending[-1]


def _likeliest(found: list[Way], best: int) -> list[Way]:
    return sorted(found, key=lambda way: -way.log_probability)[:best]


def _piece(text: str) -> Piece | None:
    """Return the piece, None if the vocabulary has no such piece; a single character always is one."""
    score = vocabulary().get(text)
    if score is not None:
        return Piece(text, score)
    return Piece(text, _limits()[1], known=False) if len(text) == 1 else None


def number_of_ways(text: str) -> int:
    """Return in how many ways the text can be cut."""
    number = 1
    for part, special in _parts(text):
        counts = [1]
        for end in range(1, len(part) + 1):
            starts = range(max(0, end - _limits()[0]), end)
            counts.append(sum(counts[start] for start in starts if _piece(part[start:end]) is not None))
        number *= 1 if special else counts[-1]
    return number


def main(words: list[str]) -> None:
    """Print the ways of each word."""
    for word in words:
        print(f"{word}: {number_of_ways(word)}")
        for way in ways(word):
            print(f"{way.log_probability:9.3f}  " + " + ".join(f"{p.text} {p.log_probability:.3f}" for p in way.pieces))


if __name__ == "__main__":
    main(sys.argv[1:])
