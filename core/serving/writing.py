"""An answer as it grows: bytes of tokens → whole characters, and nothing of a stop string ever shown."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

Finish = Literal["", "stop", "length"]


@dataclass(frozen=True)
class Likely:
    """A token that could have stood at a place. `bytes`: None where it stands for no text, like the end of an answer."""

    token: str
    log: float
    bytes: bytes | None


@dataclass(frozen=True)
class Drawn:
    """A token of an answer: its bytes, the natural logarithm of its probability, and the likeliest at its place."""

    bytes: bytes
    log: float
    likeliest: tuple[Likely, ...] = ()


@dataclass(frozen=True)
class Piece:
    """What is new in answer number `index`: whole characters, and the tokens that they come from. The bytes of the tokens
    are those of the text (a byte that belongs to no character is U+FFFD there). `finish`: why the answer ends here."""

    index: int = 0
    text: str = ""
    drawn: tuple[Drawn, ...] = ()
    finish: Finish = ""


class Paper:
    """What an answer is written on. `stops`: strings before which it ends."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._open = Piece()  # tokens the last of which ends within a character
        self._held: list[Piece] = []  # whole tokens that may be the beginning of a stop string

    def write(self, drawn: Drawn) -> Piece:
        """Add a token and return what can be shown; with `finish` "stop" if a stop string is complete."""
        text = self._open.text + self._decoder.decode(drawn.bytes)
        self._open = Piece(text=text, drawn=(*self._open.drawn, drawn))
        if not self._decoder.getstate()[0]:
            self._hold(self._open)
        held, place = self._search()
        if place is not None:
            return replace(self._release(place), finish="stop")
        return self._release(len(held) - _begun(held, self._stops), whole=True)

    def close(self, finish: Finish) -> Piece:
        """End the answer; return what was held back. A character that lacks bytes is left out, and its tokens."""
        complete = sum(len(one.bytes) for one in self._open.drawn) - len(self._decoder.getstate()[0])
        self._hold(replace(self._open, drawn=_first(self._open.drawn, complete)))
        held, place = self._search()
        found = self._release(len(held) if place is None else place)
        return replace(found, finish=finish if place is None else "stop")

    def _search(self) -> tuple[str, int | None]:
        """Return the text that is held, and where the first stop string begins in it."""
        held = "".join(one.text for one in self._held)
        return held, min((place for stop in self._stops if (place := held.find(stop)) >= 0), default=None)

    def _hold(self, piece: Piece) -> None:
        self._held.append(piece)
        self._open = Piece()

    def _release(self, length: int, *, whole: bool = False) -> Piece:
        """Return the first so many characters of what is held; the piece over the limit stays if `whole`, or is cut."""
        shown: list[Piece] = []
        while self._held and len(self._held[0].text) <= length:
            shown.append(self._held.pop(0))
            length -= len(shown[-1].text)
        if length > 0 and not whole and self._held:
            shown.append(cut(self._held[0], length))
        text = "".join(one.text for one in shown)
        return Piece(text=text, drawn=tuple(drawn for one in shown for drawn in one.drawn))


def cut(piece: Piece, length: int) -> Piece:
    """Return the first so many characters of a piece, its tokens cut to the bytes of these."""
    text = piece.text[:length]
    return replace(piece, text=text, drawn=_first(piece.drawn, len(text.encode())))


def _first(drawn: Sequence[Drawn], count: int) -> tuple[Drawn, ...]:
    """Return the tokens of the first so many bytes, the last of them cut there."""
    found = []
    for one in drawn:
        if count > 0:
            found.append(replace(one, bytes=one.bytes[:count]))
        count -= len(one.bytes)
    return tuple(found)


def _begun(text: str, stops: Sequence[str]) -> int:
    """Return how many characters at the end of the text begin a stop string."""
    longest = max((len(stop) for stop in stops), default=1) - 1
    for count in range(min(longest, len(text)), 0, -1):
        if any(stop.startswith(text[-count:]) for stop in stops):
            return count
    return 0
