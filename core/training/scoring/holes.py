"""Hidden words: how often a masked LM finds the word at a hole, and whether it is right as often as it says."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.intervals import wilson
from core.masked import MaskedLM
from core.training.scoring.common import (
    OWN,
    Scores,
    Texts,
    equal_lengths,
    frequencies,
    share,
    tokenized,
    word_pieces,
)

SEED = 0
HOLES = 5  # of each sequence, at most
BINS = 5  # of the calibration


@dataclass(frozen=True)
class Hole:
    """A sequence with one word hidden: the ids that the model reads, where the hole is, what was there."""

    ids: list[int]
    place: int
    answer: int


@dataclass(frozen=True)
class Guess:
    """What a masked LM made of a hole: the answer's rank, from 0, and how probable the first guess was."""

    rank: int
    confidence: float


def dig(model: MaskedLM, lines: Sequence[str], words: NDArray[np.bool_], rng: random.Random) -> list[Hole]:
    """Return at most HOLES holes of each line, each alone in its copy of the line."""
    mask = model.tokenizer.mask_token_id
    holes: list[Hole] = []
    for ids in tokenized(model, lines):
        places = [place for place, identifier in enumerate(ids) if words[identifier]]
        for place in sorted(rng.sample(places, min(HOLES, len(places)))):
            holes.append(Hole([*ids[:place], mask, *ids[place + 1 :]], place, ids[place]))
    return holes


@torch.inference_mode()
def guess(model: MaskedLM, holes: Sequence[Hole]) -> list[Guess]:
    """Return what the model guesses at each hole."""
    result: dict[int, Guess] = {}
    for numbers in equal_lengths([hole.ids for hole in holes]):
        batch = [holes[number] for number in numbers]
        hidden = model.model.model(input_ids=torch.tensor([hole.ids for hole in batch])).last_hidden_state
        hidden = hidden[torch.arange(len(batch)), torch.tensor([hole.place for hole in batch])]
        logits = model.model.decoder(model.model.head(hidden)).float()  # of the holes only: (hole, vocabulary)
        answer = logits.gather(1, torch.tensor([[hole.answer] for hole in batch]))
        ranks = (logits > answer).sum(dim=1).tolist()
        confidences = torch.softmax(logits, dim=-1).amax(dim=-1).tolist()
        result.update(zip(numbers, map(Guess, ranks, confidences), strict=True))
    return [result[number] for number in range(len(holes))]


def hidden_words(model: MaskedLM, texts: Texts) -> tuple[Scores, Scores]:
    """Return (accuracy at the hidden words by source and over all, calibration of the first guesses)."""
    words = word_pieces(model)
    frequent = np.argsort(-np.where(words, frequencies(model), -np.inf), kind="stable")[:5].tolist()
    table: Scores = {}
    everything: list[Guess] = []
    baseline: list[int] = []
    for name, lines in texts.items():
        holes = dig(model, lines, words, random.Random(f"{SEED} {name}"))
        guesses = guess(model, holes)
        ranks = [frequent.index(hole.answer) if hole.answer in frequent else len(words) for hole in holes]
        table[name] = _accuracy(guesses, ranks)
        if name != OWN:
            everything, baseline = everything + guesses, baseline + ranks
    return {**_accuracy(everything, baseline), "sources": table}, calibration(everything)


def _accuracy(guesses: Sequence[Guess], baseline: Sequence[int]) -> Scores:
    total = len(guesses)
    first = sum(guess.rank == 0 for guess in guesses)
    return {
        "top1": share(first, total),
        "interval": wilson(first, total),
        "top5": share(sum(guess.rank < 5 for guess in guesses), total),
        "baseline_top1": share(sum(rank == 0 for rank in baseline), total),
        "baseline_top5": share(sum(rank < 5 for rank in baseline), total),
        "words": total,
    }


def calibration(guesses: Sequence[Guess]) -> Scores:
    """Return how often first guesses of like probability were right, and the mean gap between the two.

    The gap is the expected calibration error (Guo et al. 2017) with BINS bins of equal width.
    """
    bins: list[Scores] = []
    for number in range(BINS):
        inside = [guess for guess in guesses if min(int(guess.confidence * BINS), BINS - 1) == number]
        count = max(1, len(inside))
        bins.append(
            {
                "from": number / BINS,
                "to": (number + 1) / BINS,
                "words": len(inside),
                "probability": round(sum(guess.confidence for guess in inside) / count, 4),
                "right": round(sum(guess.rank == 0 for guess in inside) / count, 4),
            }
        )
    gap = sum(row["words"] * abs(row["probability"] - row["right"]) for row in bins) / max(1, len(guesses))
    return {"bins": bins, "error": round(gap, 4)}
