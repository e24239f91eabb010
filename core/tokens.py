"""Tokens that a reader can point at: each covers whole characters of the text.

A tokenizer may spell one character in several byte pieces. They are one token here (`pieces` keeps their ids), so
no half character is ever shown or clicked, and no span lies inside another.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.alignment import Span
from core.errors import EmptyText, TooManyCharacters

MAX_CHARACTERS = 400


@dataclass(frozen=True)
class Token:
    """`text` is what to show; `start:end` its characters in the text (start == end for an added special token).

    `first` and `pieces`: the position of its first piece in the model's input, and the ids of all its pieces.
    """

    text: str
    start: int
    end: int
    special: bool
    first: int
    pieces: tuple[int, ...]

    @property
    def id(self) -> int:
        """The id of the (first) piece."""
        return self.pieces[0]

    @property
    def last(self) -> int:
        """The position after its last piece in the model's input."""
        return self.first + len(self.pieces)


def check(text: str, limit: int = MAX_CHARACTERS) -> str:
    """Return the text if it is worth reading; raises EmptyText or TooManyCharacters. Lone surrogates become U+FFFD."""
    if not text.strip():
        raise EmptyText()
    if len(text) > limit:
        raise TooManyCharacters(length=f"{len(text):,}", limit=limit)
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def merge(
    text: str, ids: list[int], spans: list[Span], special: list[bool], name: Callable[[int], str]
) -> tuple[Token, ...]:
    """Return the tokens of a text from its pieces, in order.

    A piece that shares a character with the token before it, or that has no character of its own, becomes part of
    that token. An added special token is always by itself; `name` gives what to show for it.
    """
    tokens: list[Token] = []
    for position, (identifier, span, added) in enumerate(zip(ids, spans, special, strict=True)):
        last = tokens[-1] if tokens else None
        cursor = last.end if last else 0
        start, end = (cursor, cursor) if added else (max(span[0], cursor), max(span[1], cursor))
        textless = start == end or (last is not None and last.start == last.end)
        if last is not None and not (last.special or added) and (span[0] < cursor or textless):
            start = last.start if last.start < last.end else start
            tokens[-1] = Token(text[start:end] or last.text, start, end, False, last.first, (*last.pieces, identifier))
        else:
            tokens.append(Token(text[start:end] or name(identifier), start, end, added, position, (identifier,)))
    return tuple(tokens)
