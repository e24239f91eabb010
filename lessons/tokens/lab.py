"""The reader's text as several tokenizers cut it: ours, characters, UTF-8 bytes, and that of a loaded model.

Ours is read straight from its file by the `tokenizers` package and aligned to characters by `core`, so that the tokens
are those of `core.load("encoder").tokens(text)` without torch.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

from tokenizers import Tokenizer

from core import catalogue, files
from core.alignment import spans
from core.errors import EmptyText, ModelDamaged, ModelFileMissing
from core.tokens import Token, check, merge
from lessons.text import toml

MODEL = "encoder"
CONTEXT = 64  # tokens that our models read, [CLS] and [SEP] included
CACHED_TEXTS = 256


@dataclass(frozen=True)
class Cutting:
    """How one tokenizer cuts a text: its tokens, added special ones included, and the name of every piece in them.

    A piece's name is its entry in the vocabulary; a token of several pieces is a character spelt in bytes.
    """

    tokens: tuple[Token, ...]
    names: tuple[str, ...]

    @property
    def own(self) -> list[Token]:
        """The tokens of the text itself."""
        return [token for token in self.tokens if not token.special]

    @property
    def count(self) -> int:
        """How many pieces the text itself takes: what is meant by the number of its tokens."""
        return sum(len(token.pieces) for token in self.own)

    @property
    def length(self) -> int:
        """How many pieces the model reads, special ones included."""
        return len(self.names)

    def spelt(self, token: Token) -> tuple[str, ...]:
        """Return the names of the token's pieces."""
        return self.names[token.first : token.last]


class _Backend:
    """A tokenizer of the `tokenizers` package, called as `core.alignment.spans` calls one of the library."""

    is_fast = True

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    def __call__(self, text: str, **_: object) -> dict[str, Any]:
        encoding = self.tokenizer.encode(text)
        return {
            "input_ids": encoding.ids,
            "offset_mapping": encoding.offsets,
            "special_tokens_mask": encoding.special_tokens_mask,
        }


def readable(text: str) -> str:
    """Return the text with lone surrogates, which no page can show, as U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """Return our tokenizer. Raises ModelFileMissing or ModelDamaged."""
    file = catalogue.MODELS / MODEL / files.TOKENIZER
    if not file.is_file():
        raise ModelFileMissing(name=MODEL, file=file.name)
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # the package raises no type of its own
        raise ModelDamaged(name=MODEL, file=file.name) from error


def name(identifier: int) -> str:
    """Return the entry of an id in our vocabulary, "" where there is none."""
    return tokenizer().id_to_token(identifier) or ""


@lru_cache(CACHED_TEXTS)
def ours(text: str) -> Cutting:
    """Return the text as our models read it, however long. Raises EmptyText and TooManyCharacters."""
    text = check(text)
    ids, found, special = spans(_Backend(tokenizer()), text)
    if all(special):
        raise EmptyText()
    return Cutting(merge(text, ids, found, special, name), tuple(map(name, ids)))


def characters(text: str) -> Cutting:
    """Return the text cut into code points, whose ids are their numbers in Unicode (errors as `ours`)."""
    text = check(text)
    tokens = [Token(letter, place, place + 1, False, place, (ord(letter),)) for place, letter in enumerate(text)]
    return Cutting(tuple(tokens), tuple(f"U+{ord(letter):04X}" for letter in text))


def utf8(text: str) -> Cutting:
    """Return the text in UTF-8: one token for each code point, whose pieces are its bytes (errors as `ours`)."""
    tokens: list[Token] = []
    for place, letter in enumerate(check(text)):
        first = tokens[-1].last if tokens else 0
        tokens.append(Token(letter, place, place + 1, False, first, tuple(letter.encode())))
    return Cutting(tuple(tokens), tuple(f"{byte:02X}" for token in tokens for byte in token.pieces))


def guest(model: Any, text: str) -> Cutting:
    """Return the text as a loaded model reads it. Raises the errors of its `tokens`."""
    tokens = tuple(model.tokens(text))
    ids = [identifier for token in tokens for identifier in token.pieces]
    return Cutting(tokens, tuple(map(str, model.tokenizer.convert_ids_to_tokens(ids))))


@dataclass(frozen=True)
class Example:
    """A sentence with a note by language."""

    text: str
    note: dict[str, str]


@dataclass(frozen=True)
class Pair:
    """Two texts of as many characters, one of which takes more tokens, and why."""

    texts: tuple[str, str]
    note: dict[str, str]

    @property
    def more(self) -> int:
        """Which of the two takes more tokens with our tokenizer."""
        counts = [ours(text).count for text in self.texts]
        return counts.index(max(counts))


def examples() -> tuple[Example, ...]:
    """Return the sentences to cut; the first is the lesson's own."""
    return tuple(Example(**entry) for entry in toml("tokens", "examples")["sentence"])


def pairs() -> tuple[Pair, ...]:
    """Return the pairs of which the reader guesses the longer one."""
    return tuple(Pair(tuple(entry["texts"]), entry["note"]) for entry in toml("tokens", "examples")["pair"])


def hard() -> tuple[Example, ...]:
    """Return sentences that our tokenizer cuts badly, "/" between the words as a reader cuts them."""
    return tuple(Example(**entry) for entry in toml("tokens", "examples")["hard"])


@dataclass(frozen=True)
class Comparison:
    """Our tokens beside the words of a reader: how many words are in pieces, how many tokens lie across a border."""

    words: tuple[str, ...]
    cutting: Cutting
    broken: tuple[str, ...]
    across: tuple[str, ...]


def compare(written: str) -> Comparison:
    """Return our tokens of a text in which the reader has put "/" between the words (errors as `ours`)."""
    words = tuple(word for word in check(written).replace("／", "/").split("/") if word)
    text = "".join(words)
    cutting = ours(text)
    borders = list(accumulate((len(word) for word in words), initial=0))
    broken = tuple(
        word for word, (start, end) in zip(words, pairwise(borders), strict=True) if _in_pieces(cutting, start, end)
    )
    across = tuple(token.text for token in cutting.own if any(token.start < border < token.end for border in borders))
    return Comparison(words, cutting, broken, across)


def _in_pieces(cutting: Cutting, start: int, end: int) -> bool:
    """Say whether a token begins inside the word start:end, or a character of it is spelt in bytes."""
    return any(
        start < token.start < end or (start <= token.start < end and len(token.pieces) > 1) for token in cutting.own
    )
