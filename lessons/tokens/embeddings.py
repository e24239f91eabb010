"""What an id stands for: its row in the embedding table of our encoder, and which other rows point the same way.

The table is read from the weights' file without torch. From a terminal:

    python -m lessons.tokens.embeddings 鳥 雨
"""

import json
import re
import sys
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core import catalogue, files
from core.errors import ModelDamaged, ModelFileMissing
from lessons.tokens.lab import MODEL, name, ours

Floats = NDArray[np.float32]
TABLE = "model.embeddings.tok_embeddings.weight"  # its name in a ModernBERT
NEAREST = 10


@dataclass(frozen=True)
class Neighbour:
    """A token of the vocabulary and the cosine of the angle between its vector and the one asked about."""

    text: str
    id: int
    cosine: float


@lru_cache(maxsize=1)
def table() -> Floats:
    """Return the embedding table (vocabulary, width). Raises ModelFileMissing or ModelDamaged."""
    file = catalogue.MODELS / MODEL / files.WEIGHTS
    try:
        with file.open("rb") as content:
            size = int.from_bytes(content.read(8), "little")
            entry = json.loads(content.read(size))[TABLE]
            start, end = entry["data_offsets"]
            content.seek(8 + size + start)
            return _floats(content.read(end - start), entry["dtype"]).reshape(entry["shape"])
    except FileNotFoundError as error:
        raise ModelFileMissing(name=MODEL, file=file.name) from error
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ModelDamaged(name=MODEL, file=file.name) from error


def _floats(raw: bytes, kind: str) -> Floats:
    """Return numbers of a safetensors file; a bfloat16 is the upper half of a float32. Raises KeyError."""
    if kind == "BF16":
        return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(raw, {"F32": "<f4", "F16": "<f2"}[kind]).astype(np.float32)


@lru_cache(maxsize=1)
def _directions() -> Floats:
    """Return the table with every row divided by its length."""
    rows = table()
    directions: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return directions


def single(word: str) -> int | None:
    """Return the id of a word that is one piece, else None. Raises EmptyText and TooManyCharacters."""
    pieces = [identifier for token in ours(word).own for identifier in token.pieces]
    return pieces[0] if len(pieces) == 1 else None


def vector(identifier: int) -> Floats:
    """Return the row of an id (width,)."""
    row: Floats = table()[identifier]
    return row


@lru_cache(maxsize=256)
def neighbours(identifier: int, count: int = NEAREST) -> tuple[Neighbour, ...]:
    """Return the words whose vectors point most nearly the same way, nearest first; special tokens and bytes are none."""
    cosines = _directions() @ _directions()[identifier]
    cosines[identifier] = -np.inf
    cosines[~_words()] = -np.inf
    nearest = np.argsort(-cosines)[:count]
    return tuple(Neighbour(name(int(i)), int(i), float(cosines[i])) for i in nearest)


def cosine(one: int, other: int) -> float:
    """Return the cosine of the angle between the vectors of two ids."""
    return float(_directions()[one] @ _directions()[other])


@lru_cache(maxsize=1)
def _words() -> NDArray[np.bool_]:
    """Say of every id whether it is a piece of text: no special token, no byte."""
    names = [name(identifier) for identifier in range(len(table()))]
    return np.array([not re.fullmatch(r"<0x[0-9A-F]{2}>|\[[A-Z]+\]|", known) for known in names])


def main(words: list[str]) -> None:
    """Print the nearest words of each word."""
    for word in words:
        identifier = single(word)
        found = [] if identifier is None else neighbours(identifier)
        print(f"{word} ({identifier}): " + " ".join(f"{near.text} {near.cosine:.3f}" for near in found))


if __name__ == "__main__":
    main(sys.argv[1:])
