"""What every measurement shares: shares with their intervals, rows of ids, and what counting words would guess."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.language_model import LanguageModel
from core.training.tokenizer import SPECIAL

Scores = dict[str, Any]
Texts = dict[str, list[str]]  # held-out sequences by source

OWN = "own_sentences"  # the source whose held-out sentences come from the same templates as the trained ones
BATCH_TOKENS = 4096
BYTE = re.compile(r"<0x[0-9A-F]{2}>")


def share(right: int, total: int) -> float:
    """Return right / total, 0 of nothing."""
    return round(right / max(1, total), 4)


def tokenized(model: LanguageModel, lines: Sequence[str]) -> list[list[int]]:
    """Return the ids of each line, special tokens included."""
    ids: list[list[int]] = model.tokenizer(list(lines), verbose=False)["input_ids"]
    return ids


def frequencies(model: LanguageModel) -> NDArray[np.float64]:
    """Return the natural log of each token's frequency in the training text: (vocabulary,), special ones -inf.

    They are the scores of the unigram tokenizer, which was counted and not learned (core.training.tokenizer).
    """
    vocabulary = json.loads(model.tokenizer.backend_tokenizer.to_str())["model"]["vocab"]
    result = np.array([score for _, score in vocabulary])
    result[special(model)] = -np.inf
    return result


def special(model: LanguageModel) -> list[int]:
    """Return the ids of all special tokens, those that another kind of model uses among them."""
    ids: list[int] = model.tokenizer.convert_tokens_to_ids(list(SPECIAL))
    return ids


def word_pieces(model: LanguageModel) -> NDArray[np.bool_]:
    """Return which tokens are words or characters: no special tokens, bytes or punctuation. (vocabulary,)"""
    names = model.tokenizer.convert_ids_to_tokens(range(model.model.config.vocab_size))
    words = [not BYTE.fullmatch(name) and any(map(str.isalnum, name)) for name in names]
    result = np.array(words)
    result[special(model)] = False
    return result


def equal_lengths(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the numbers of rows that have one length, at most BATCH_TOKENS tokens together: no padding."""
    by_length: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        by_length.setdefault(len(row), []).append(number)
    for length, numbers in sorted(by_length.items()):
        size = max(1, BATCH_TOKENS // length)
        yield from (numbers[start : start + size] for start in range(0, len(numbers), size))
