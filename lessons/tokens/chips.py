"""Tokens as coloured Markdown: every sign of the reader's text is shown and none of it is read as markup."""

import unicodedata
from collections.abc import Sequence

from core.tokens import Token
from lessons.text import plain
from lessons.tokens.lab import Cutting

COLOURS = ("blue", "orange")  # in turn, so that neighbours differ, for colour-blind eyes too
SPELT, ADDED = "violet", "gray"  # a character in several pieces; a special token
SHOWN = 120  # chips of one text; the rest is counted
ISOLATE, POP = "\u2068", "\u2069"  # around what is written from right to left, so that it does not move the others
NAMED = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}  # categories without a look of their own
SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))  # invisible marks that choose a glyph


def visible(text: str) -> str:
    """Return the text with spaces as ␣, what cannot be seen as its number, and a mark without a letter on ◌."""
    shown = "".join(_letter(letter, index == 0) for index, letter in enumerate(text))
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in shown)
    return f"{ISOLATE}{shown}{POP}" if turned else shown


def _letter(letter: str, first: bool) -> str:
    category, number = unicodedata.category(letter), ord(letter)
    if category == "Zs":
        return "␣"
    if category in NAMED or any(number in selectors for selectors in SELECTORS):
        return f"〈{number:04X}〉"
    return f"◌{letter}" if first and category.startswith("M") else letter


def chip(text: str, colour: str) -> str:
    """Return one coloured piece of text."""
    return f":{colour}-background[{plain(text)}]"


def chips(cutting: Cutting, *, bytes_: bool = False, special: bool = False, more: str = "… +{count}") -> str:
    """Return the tokens as chips; one of several pieces says how many. `bytes_`: show the names of the pieces."""
    tokens = list(cutting.tokens) if special else cutting.own
    shown = [
        chip(_shown(cutting, token, bytes_), colour_of(token, index, plain_bytes=bytes_))
        for index, token in enumerate(tokens[:SHOWN])
    ]
    left = tokens[SHOWN:]
    return " ".join(shown) + (" " + plain(more.format(count=len(left))) if left else "")


def colour_of(token: Token, index: int, *, plain_bytes: bool = False) -> str:
    """Return the colour of the token at this place of its text."""
    if token.special:
        return ADDED
    return SPELT if len(token.pieces) > 1 and not plain_bytes else COLOURS[index % 2]


def _shown(cutting: Cutting, token: Token, bytes_: bool) -> str:
    if bytes_:
        return " ".join(cutting.spelt(token))
    text = visible(token.text)
    return text if len(token.pieces) == 1 else f"{text} ×{len(token.pieces)}"


def words(texts: Sequence[str]) -> str:
    """Return given words as chips in turn."""
    return " ".join(chip(visible(text), COLOURS[index % 2]) for index, text in enumerate(texts))
