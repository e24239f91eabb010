"""Bits per character of a causal LM on held-out text, beside those of word frequencies alone."""

import math
from collections.abc import Sequence

import numpy as np
import torch

from core.causal import CausalLM
from core.training.corpus import EVERYDAY
from core.training.scoring.common import OWN, Scores, Texts, equal_lengths, frequencies, tokenized


@torch.inference_mode()
def bits(model: CausalLM, rows: Sequence[Sequence[int]]) -> list[float]:
    """Return the surprise of each row of ids in bits, given its first token, as CausalLM.score counts it."""
    result = [0.0] * len(rows)
    for numbers in equal_lengths(rows):
        ids = torch.tensor([rows[number] for number in numbers])
        log2 = torch.log_softmax(model.model(input_ids=ids).logits[:, :-1].float(), dim=-1) / math.log(2)
        sums = -log2.gather(2, ids[:, 1:, None])[..., 0].sum(dim=1)
        for number, value in zip(numbers, sums.tolist(), strict=True):
            result[number] = value
    return result


def bits_per_character(model: CausalLM, texts: Texts) -> Scores:
    """Return bits per character of each source, of the EVERYDAY ones together and of all but our own."""
    surprise = -frequencies(model) / math.log(2)
    counted: dict[str, list[float]] = {}
    for name, lines in texts.items():
        rows = tokenized(model, lines)
        baseline = sum(float(surprise[row[1:]].sum()) for row in rows)
        counted[name] = [sum(bits(model, rows)), baseline, sum(map(len, lines))]
    everyday = [name for name in EVERYDAY if name in counted]
    return {
        **_mean([sums for name, sums in counted.items() if name != OWN]),
        "everyday": {**_mean([counted[name] for name in everyday]), "sources": everyday},
        "sources": {name: _mean([sums]) for name, sums in counted.items()},
    }


def _mean(sums: Sequence[Sequence[float]]) -> Scores:
    bits, baseline, characters = np.sum(sums, axis=0) if sums else (0.0, 0.0, 0)
    count = max(1, int(characters))
    return {
        "value": round(float(bits) / count, 4),
        "baseline": round(float(baseline) / count, 4),
        "characters": int(characters),
    }
