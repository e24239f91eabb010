"""The ways by which what stands in the source can reach a letter that is being written, and the edges that close them.

cross      the decoder looks at the source (cross-attention)
encoder    other letters of the source look at these letters, and carry on what they found
decoder    later letters look at what has been written already
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from core.maps import Cut
from core.tokens import Token

WAYS = ("cross", "encoder", "decoder")


@dataclass(frozen=True)
class Hidden:
    """What is hidden: tokens of the source and of what was written, by their places (the start token of the decoder is
    none), on which of the ways."""

    source: tuple[int, ...] = ()
    written: tuple[int, ...] = ()
    ways: tuple[str, ...] = ()

    def on(self, ways: Sequence[str]) -> "Hidden":
        """Return the same letters hidden on other ways."""
        return Hidden(self.source, self.written, tuple(way for way in WAYS if way in ways))


def combined() -> tuple[tuple[str, ...], ...]:
    """Return every choice among the ways: none, each alone, …, all of them."""
    return tuple(chosen for count in range(len(WAYS) + 1) for chosen in combinations(WAYS, count))


def edges(hidden: Hidden, source: Sequence[Token], read: Sequence[Token]) -> tuple[Cut, ...]:
    """Return the edges that are cut for what encoder and decoder have read."""
    found = {"cross": _cross, "encoder": _encoder, "decoder": _decoder}
    return tuple(cut for way in hidden.ways for cut in found[way](hidden, len(source), len(read)))


def _cross(hidden: Hidden, source: int, read: int) -> Iterator[Cut]:
    keys = [key for key in hidden.source if key < source]
    return (Cut(query, key, part="cross") for query in range(read) for key in keys)


def _encoder(hidden: Hidden, source: int, read: int) -> Iterator[Cut]:
    keys = [key for key in hidden.source if key < source]
    others = [query for query in range(source) if query not in keys]
    return (Cut(query, key, part="encoder") for query in others for key in keys)


def _decoder(hidden: Hidden, source: int, read: int) -> Iterator[Cut]:
    keys = [place + 1 for place in hidden.written if place + 1 < read]
    later = [query for query in range(read) if query not in keys]
    return (Cut(query, key, part="decoder") for query in later for key in keys if query > key)
