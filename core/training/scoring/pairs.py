"""Minimal pairs: does a masked LM prefer the word that fits its sentence to one of the same sound or sort?"""

from collections.abc import Sequence

import numpy as np

from core.intervals import wilson
from core.masked import MaskedLM
from core.training.minimal_pairs import Pair
from core.training.scoring.common import Scores, frequencies, share

SHOWN_FAILURES = 8


def minimal_pairs(model: MaskedLM, pairs: Sequence[Pair]) -> tuple[Scores, list[Scores]]:
    """Return (how often the fitting word is preferred, the failures that the model was surest of)."""
    log_frequency = frequencies(model)

    def frequency(word: str) -> float:
        ids = model.tokenizer(word, add_special_tokens=False)["input_ids"]
        return float(np.sum(log_frequency[ids]))

    groups: dict[str, Scores] = {pair.group: {"right": 0, "pairs": 0} for pair in pairs}
    whole = baseline = 0
    failures: list[Scores] = []
    for pair in pairs:
        choice = model.choose(pair.text, [pair.right, pair.wrong])
        right = choice.prob(pair.right)
        groups[pair.group]["right"] += int(right > 0.5)
        groups[pair.group]["pairs"] += 1
        baseline += frequency(pair.right) > frequency(pair.wrong)
        whole += choice.method == "sentence"
        if right <= 0.5:
            failures.append(
                {"text": pair.text, "expected": pair.right, "guess": pair.wrong, "prob": round(1 - right, 4)}
            )
    right, total = sum(group["right"] for group in groups.values()), len(pairs)
    found = {
        "accuracy": share(right, total),
        "interval": wilson(right, total),
        "baseline": share(baseline, total),
        "baseline_interval": wilson(baseline, total),
        "right": right,
        "pairs": total,
        "whole_sentence": whole,  # compared over the sentence, because a word is not one token
        "groups": groups,
    }
    return found, sorted(failures, key=lambda failure: -failure["prob"])[:SHOWN_FAILURES]
