"""What the tokens of a model are in bytes, which of them end an answer, and which are no text at all."""

import re
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from core.causal import CausalLM

BYTE = re.compile(r"<0x([0-9A-F]{2})>")
BRACKETED = re.compile(r"\[[A-Z]+\]")  # [CLS], [MASK]: special in one of our tokenizers and in the vocabulary of all
SPACE = "▁"


@dataclass(frozen=True)
class Vocabulary:
    """`names`: finds the names of tokens that a text must not spell. `ends`: the ids that end an answer. `silent`: the ids
    that stand for no text. `barred` (vocabulary,): true for those that are never drawn, which are the silent ones that do
    not end an answer. `pieces`: the text of each token, as its tokenizer keeps it; `bytewise`: in an alphabet of bytes."""

    names: re.Pattern[str]
    ends: frozenset[int]
    silent: frozenset[int]
    barred: NDArray[np.bool_]
    pieces: tuple[str, ...]
    bytewise: bool

    def name(self, identifier: int) -> str:
        """Return what a token is called in its tokenizer."""
        return self.pieces[identifier]

    def bytes(self, identifier: int) -> bytes:
        """Return the UTF-8 bytes that a token adds to a text: a part of a character perhaps, b"" for a silent one."""
        if identifier in self.silent:
            return b""
        piece = self.pieces[identifier]
        if self.bytewise and byte_alphabet().keys() >= set(piece):
            return bytes(byte_alphabet()[letter] for letter in piece)
        found = BYTE.fullmatch(piece)
        return bytes([int(found[1], 16)]) if found else piece.replace(SPACE, " ").encode()


_lock = threading.Lock()
_known: "WeakKeyDictionary[CausalLM, Vocabulary]" = WeakKeyDictionary()


def vocabulary(model: "CausalLM") -> Vocabulary:
    """Return what is known of the model's tokens, looked up once."""
    with _lock:
        found = _known.get(model)
        if found is None:
            found = _known[model] = _vocabulary(model)
        return found


@cache
def byte_alphabet() -> dict[str, int]:
    """Return the byte that each letter of a byte-level tokenizer stands for (Radford et al. 2019, GPT-2): the printable
    ones stand for themselves, the others for the letters from U+0100 on."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + place): byte for place, byte in enumerate(others)}


def _vocabulary(model: "CausalLM") -> Vocabulary:
    tokenizer, size = model.tokenizer, model.card.vocabulary
    known = {identifier: piece for piece, identifier in tokenizer.get_vocab().items()}
    pieces = tuple(known.get(identifier, "") for identifier in range(size))
    added = {str(token): token.special for token in tokenizer.added_tokens_decoder.values()}
    special = {*tokenizer.all_special_tokens, *(name for name, silent in added.items() if silent)}
    special |= {piece for piece in pieces if BRACKETED.fullmatch(piece)}
    silent = frozenset(number for number, piece in enumerate(pieces) if piece in special or not piece)
    ends = frozenset(_ends(model.model, tokenizer))
    barred = np.array([number in silent and number not in ends for number in range(size)])
    spelt = {*special, *added, *(piece for piece in pieces if BYTE.fullmatch(piece))} - {""}
    names = re.compile("|".join(map(re.escape, sorted(spelt, key=len, reverse=True))) or r"(?!)")
    return Vocabulary(names, ends, silent | ends, barred, pieces, _bytewise(tokenizer))


def _ends(model: Any, tokenizer: Any) -> set[int]:
    """Return the end token of the tokenizer, and those that the model's own settings name."""
    named = getattr(model.generation_config, "eos_token_id", None)
    more = named if isinstance(named, list) else [named]
    return {one for one in (tokenizer.eos_token_id, *more) if one is not None}


def _bytewise(tokenizer: Any) -> bool:
    return tokenizer.is_fast and "ByteLevel" in str(tokenizer.backend_tokenizer.decoder)
