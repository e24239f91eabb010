"""The words of a sentence that the reader has hidden: as places of its tokens, as a text with holes, and in the URL.

In the address they are written "3.5", by the characters of the sentence at which they begin, so that another model, which
cuts the sentence in another way, hides the same; AUTO stands for one word that the page chooses, "" for none.
"""

from collections.abc import Sequence

import numpy as np

from core.tokens import Token
from lessons.self_attention.lab import MASK

AUTO = "auto"


def own(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens that the reader wrote: without the added special ones."""
    return [token for token in tokens if not token.special]


def can_hide(token: Token) -> bool:
    """Say whether a token can be hidden: what is a hole already, or only a space, cannot."""
    return token.text != MASK and bool(token.text.strip())


def read(written: str, tokens: Sequence[Token]) -> tuple[int, ...]:
    """Return the hidden places among `own(tokens)`, in order; what is no place of the sentence is left out."""
    words = own(tokens)
    if written == AUTO:
        return _longest(words)
    parts = [part for part in written.split(".") if part.isascii() and part.isdecimal() and len(part) < 5]
    starts = {int(part) for part in parts}
    return tuple(
        place
        for place, word in enumerate(words)
        if can_hide(word) and any(word.start <= start < word.end for start in starts)
    )


def _longest(words: Sequence[Token]) -> tuple[int, ...]:
    """Return the place of the longest word, the last of them, unless the reader has written a hole."""
    places = [place for place, word in enumerate(words) if can_hide(word)]
    if not places or any(word.text == MASK for word in words):
        return ()
    return (max(places, key=lambda place: (len(words[place].text), place)),)


def write(tokens: Sequence[Token], places: Sequence[int]) -> str:
    """Return the places as `read` reads them."""
    words = own(tokens)
    return ".".join(str(words[place].start) for place in sorted(places))


def holed(text: str, tokens: Sequence[Token], places: Sequence[int]) -> str:
    """Return the text with a hole in each of the places."""
    words = own(tokens)
    for place in sorted(places, reverse=True):
        text = text[: words[place].start] + MASK + text[words[place].end :]
    return text


def drawn(tokens: Sequence[Token], share: float, seed: int, most: int) -> tuple[int, ...]:
    """Return places hidden at random: each with the probability `share`, at least one and at most `most` of them."""
    words = own(tokens)
    places = [place for place, word in enumerate(words) if can_hide(word)]
    draw = np.random.default_rng(seed).random(len(words))
    ranked = sorted(places, key=lambda place: draw[place])
    count = max(1, sum(draw[place] < share for place in places))
    return tuple(sorted(ranked[: min(count, most)]))
