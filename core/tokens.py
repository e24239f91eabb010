"""Tokens that a reader can point at: each covers whole characters of the text.

A tokenizer may spell one character in several byte pieces. They are one token here (`pieces` keeps their ids), so
no half character is ever shown or clicked, and no span lies inside another.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import EmptyText, TooManyCharacters, TooManyTokens

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


def check(text: str, limit: int = MAX_CHARACTERS) -> str:
    """Return the text if it is worth reading; raises EmptyText or TooManyCharacters. Lone surrogates become U+FFFD."""
    if not text.strip():
        raise EmptyText()
    if len(text) > limit:
        raise TooManyCharacters(length=f"{len(text):,}", limit=limit)
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def merge(
    text: str, ids: list[int], offsets: list[tuple[int, int]], special: list[bool], name: Callable[[int], str]
) -> tuple[Token, ...]:
    """Return the tokens of a text from its pieces: pieces of one character, or with overlapping spans, become one."""
    groups: list[list[int]] = []
    end = 0
    for index, ((start, stop), added) in enumerate(zip(offsets, special, strict=True)):
        overlaps = bool(groups) and not added and stop > start and start < end and not special[groups[-1][-1]]
        if overlaps:
            groups[-1].append(index)
        else:
            groups.append([index])
        end = max(end, stop)
    return tuple(_token(text, group, ids, offsets, special, name) for group in groups)


def _token(
    text: str, group: list[int], ids: list[int], offsets: list[tuple[int, int]], special: list[bool], name: Callable[[int], str]
) -> Token:
    start = min(offsets[index][0] for index in group)
    end = max(offsets[index][1] for index in group)
    shown = text[start:end] or name(ids[group[0]])
    return Token(shown, start, end, special[group[0]], group[0], tuple(ids[index] for index in group))
