"""Training sequences as token batches, the same ones in the same order on every run and after every resume.

Sequences are encoded once into one flat file (memory-mapped), shuffled by seed and pass, and grouped with others of
their length, so that a batch holds about `tokens` tokens and hardly any padding. Batch number i is a function of
(seed, i) alone: to resume is to count.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm
from transformers import PreTrainedTokenizerFast

from core.training.tokenizer import CONTEXT, SPECIAL

PAD, MASK, BOS, EOS = (SPECIAL.index(name) for name in ("[PAD]", "[MASK]", "[BOS]", "[EOS]"))
IGNORED = -100
POOL = 4096  # sequences that are sorted by length together
MASKED_SHARE = 0.25  # of the words, at least one in each sequence
KEPT_SHARE, RANDOM_SHARE = 0.05, 0.05  # of the masked words: left as they are, replaced by any other


@dataclass(frozen=True)
class Sequences:
    """Encoded text: sequence i is ids[ends[i-1]:ends[i]]."""

    ids: NDArray[np.uint16]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ends)

    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.ends, prepend=0)

    def __getitem__(self, index: int) -> NDArray[np.uint16]:
        return self.ids[self.ends[index - 1] if index else 0 : self.ends[index]]


@dataclass(frozen=True)
class Pairs:
    """Encoded texts with the texts to be written from them."""

    source: Sequences
    target: Sequences

    def __len__(self) -> int:
        return len(self.source)

    def lengths(self) -> NDArray[np.int64]:
        return self.source.lengths() + self.target.lengths()


Text = Sequences | Pairs


def encode(lines: list[str], tokenizer: PreTrainedTokenizerFast, *, causal: bool, context: int = CONTEXT) -> Sequences:
    """Return the lines as tokens with their special tokens, cut to the context; a causal text ends with [EOS]."""
    chunks: list[NDArray[np.uint16]] = []
    for start in tqdm(range(0, len(lines), 10_000), desc="tokens", unit="10k lines"):
        for ids in tokenizer(lines[start : start + 10_000])["input_ids"]:
            chunks.append(np.array([*ids, EOS][:context] if causal else ids[:context], dtype=np.uint16))
    return Sequences(np.concatenate(chunks), np.cumsum([len(chunk) for chunk in chunks]))


def cached(files: Iterable[Path], tokenizer: PreTrainedTokenizerFast, out: Path, kind: str) -> Text:
    """Return the encoded training text of a model of this kind, from `out/tokens.npz` if a former start has made it.

    The files have one sequence a line; for "seq2seq" SOURCE TAB TARGET.
    """
    tokens = out / "tokens.npz"
    if not tokens.exists():
        lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        if kind == "seq2seq":
            columns = zip(*(line.split("\t") for line in lines), strict=True)
            parts = [encode(list(column), tokenizer, causal=False) for column in columns]
        else:
            parts = [encode(lines, tokenizer, causal=kind == "causal")]
        np.savez(
            tokens, **{f"{name}{n}": getattr(part, name) for n, part in enumerate(parts) for name in ("ids", "ends")}
        )
    with np.load(tokens) as arrays:
        read = [Sequences(arrays[f"ids{n}"], arrays[f"ends{n}"]) for n in range(len(arrays) // 2)]
    return Pairs(*read) if len(read) == 2 else read[0]


def order(text: Text, tokens: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield, for ever, the sequence numbers of each batch; a pass over the text visits every sequence once."""
    lengths = text.lengths()
    pass_number = 0
    while True:
        rng = np.random.default_rng((seed, pass_number))
        shuffled = rng.permutation(len(text))
        for start in range(0, len(shuffled), POOL):
            pool = shuffled[start : start + POOL]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            longest = np.maximum.accumulate(lengths[pool])
            groups = np.cumsum(longest) // tokens
            batches = np.split(pool, np.flatnonzero(np.diff(groups)) + 1)
            for number in rng.permutation(len(batches)):
                yield batches[number]
        pass_number += 1


def padded(text: Sequences, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sequences as one (batch, length) array, padded on the right."""
    rows = [text[number] for number in numbers]
    batch = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for row, ids in zip(batch, rows, strict=True):
        row[: len(ids)] = ids
    return batch


def masked(
    batch: NDArray[np.int64], rng: np.random.Generator, vocabulary: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (input, target) for a masked LM: targets are IGNORED but at the hidden words."""
    ordinary = batch >= len(SPECIAL)
    draw = np.where(ordinary, rng.random(batch.shape), 2.0)
    chosen = (draw < MASKED_SHARE) | ((draw == draw.min(axis=1, keepdims=True)) & ordinary)
    kind = rng.random(batch.shape)
    hidden = chosen & (kind >= KEPT_SHARE + RANDOM_SHARE)
    replaced = chosen & (kind < RANDOM_SHARE)
    read = np.where(hidden, MASK, batch)
    read = np.where(replaced, rng.integers(len(SPECIAL), vocabulary, batch.shape), read)
    return read, np.where(chosen, batch, IGNORED)


def shifted(batch: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (input, target) for a causal LM: the target of each token is the next one."""
    following = batch[:, 1:]
    return batch[:, :-1], np.where(following == PAD, IGNORED, following)


def delayed(batch: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (input, target) for the writer of an encoder–decoder: it reads [BOS] and all but the last token."""
    start = np.full((len(batch), 1), BOS, dtype=np.int64)
    return np.concatenate([start, batch[:, :-1]], axis=1), np.where(batch == PAD, IGNORED, batch)


def tensors(*arrays: NDArray[np.int64], device: torch.device) -> tuple[torch.Tensor, ...]:
    return tuple(torch.from_numpy(array).to(device) for array in arrays)
