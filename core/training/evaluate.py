"""How good an exported model is on text that it has not seen, beside what counting words would give.

    decoder   bits per character of each source; baseline: word frequencies alone (unigram).
    encoder   One word hidden at a time: how often it is the first guess, or among the first five; baseline:
              always the most frequent words. Calibration: how often a guess made with 70 % is right.
              Minimal pairs (minimal_pairs.toml): how often the fitting one of two words is preferred;
              baseline: always the more frequent one.

Means are over the sources written by others: the held-out sentences of our own come from the same templates
as the trained ones, and are listed but not counted. The scores go into the card of the model.
"""

import argparse
import json
import math
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import core
from core import runtime
from core.catalogue import CARD, MODELS
from core.causal import CausalLM
from core.errors import CoreError
from core.language_model import MASK, LanguageModel
from core.masked import MaskedLM
from core.training.corpus import OWN
from core.training.export import write_card

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Scores = dict[str, Any]

SEED = 0
SEQUENCES = 200  # of each source
HOLES = 5  # of each sequence, at most
BINS = 5  # of the calibration
BASELINE_LINES = 100_000  # of the training text, which is shuffled: where word frequencies are counted
BATCH_TOKENS = 4096
BYTE = re.compile(r"<0x[0-9A-F]{2}>")
PAIRS = Path(__file__).with_name("minimal_pairs.toml")


@dataclass(frozen=True)
class HeldOut:
    """Held-out sequences by source, and how many were left out: also trained on, or too long to read."""

    sources: dict[str, list[str]]
    trained: int
    too_long: int


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


@dataclass(frozen=True)
class Pair:
    """A sentence with a hole, the word that fits, and one that does not."""

    group: str
    text: str
    right: str
    wrong: str

    def sentence(self, word: str) -> str:
        """Return the sentence with the word in the hole, without its full stop."""
        return self.text.replace(MASK, word).removesuffix("。")


def wilson(right: int, total: int) -> list[float]:
    """Return the 95 % interval of a share (Wilson 1927); [0, 1] of nothing."""
    if not total:
        return [0.0, 1.0]
    z = 1.959964
    share, width = right / total, z * z / total
    centre = (share + width / 2) / (1 + width)
    half = z * math.sqrt(share * (1 - share) / total + width / (4 * total)) / (1 + width)
    return [round(max(0.0, centre - half), 4), round(min(1.0, centre + half), 4)]


def held_out(corpus: Path, model: LanguageModel, trained: set[str]) -> HeldOut:
    """Return at most SEQUENCES of each source (its file is in the order of a hash, so the first are any).

    `trained`: the trained sequences without their full stops.
    """
    sources: dict[str, list[str]] = {}
    dropped = long = 0
    for file in sorted((corpus / "heldout").glob("*.txt")):
        lines = [line for line in file.read_text(encoding="utf-8").split("\n") if line][:SEQUENCES]
        unseen = [line for line in lines if line.removesuffix("。") not in trained]
        readable = [line for line in unseen if len(tokenized(model, [line])[0]) <= model.limit]
        dropped, long = dropped + len(lines) - len(unseen), long + len(unseen) - len(readable)
        if readable:
            sources[file.stem] = readable
    return HeldOut(sources, dropped, long)


def tokenized(model: LanguageModel, lines: Sequence[str]) -> list[list[int]]:
    """Return the ids of each line, special tokens included."""
    ids: list[list[int]] = model.tokenizer(list(lines), verbose=False)["input_ids"]
    return ids


def frequencies(model: LanguageModel, lines: Sequence[str]) -> NDArray[np.int64]:
    """Return how often each token occurs in the lines, special ones never: (vocabulary,)."""
    counts: Counter[int] = Counter()
    for start in range(0, len(lines), 10_000):
        for ids in tokenized(model, lines[start : start + 10_000]):
            counts.update(ids)
    result = np.zeros(model.model.config.vocab_size, dtype=np.int64)
    for identifier, count in counts.items():
        result[identifier] = count
    result[model.tokenizer.all_special_ids] = 0
    return result


def word_pieces(model: LanguageModel) -> NDArray[np.bool_]:
    """Return which tokens are words or characters: no special tokens, bytes or punctuation. (vocabulary,)"""
    names = model.tokenizer.convert_ids_to_tokens(range(model.model.config.vocab_size))
    words = [not BYTE.fullmatch(name) and any(map(str.isalnum, name)) for name in names]
    result = np.array(words)
    result[model.tokenizer.all_special_ids] = False
    return result


def equal_lengths(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the numbers of rows that have one length, at most BATCH_TOKENS tokens together: no padding."""
    by_length: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        by_length.setdefault(len(row), []).append(number)
    for length, numbers in sorted(by_length.items()):
        size = max(1, BATCH_TOKENS // length)
        yield from (numbers[start : start + size] for start in range(0, len(numbers), size))


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


def bits_per_character(model: CausalLM, text: HeldOut, counts: NDArray[np.int64]) -> Scores:
    """Return bits per character of each source and the mean over characters, with the unigram baseline."""
    surprise = -np.log2((counts + 1) / (counts + 1).sum())  # add one: Laplace
    table: Scores = {}
    sums = np.zeros(3)
    for name, lines in text.sources.items():
        rows = tokenized(model, lines)
        baseline = sum(surprise[row[1:]].sum() for row in rows)
        found = np.array([sum(bits(model, rows)), baseline, sum(map(len, lines))])
        sums += found if name != OWN.name else 0
        table[name] = _per_character(*found)
    return {**_per_character(*sums), "sources": table}


def _per_character(total: float, baseline: float, characters: float) -> Scores:
    count = max(1.0, characters)
    return {
        "value": round(total / count, 4),
        "baseline": round(baseline / count, 4),
        "characters": int(characters),
    }


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


def hidden_words(model: MaskedLM, text: HeldOut, counts: NDArray[np.int64]) -> tuple[Scores, Scores]:
    """Return (accuracy at the hidden words by source and over all, calibration of the first guesses)."""
    words = word_pieces(model)
    frequent = np.argsort(-np.where(words, counts, -1), kind="stable")[:5].tolist()
    table: Scores = {}
    everything: list[Guess] = []
    baseline: list[int] = []
    for name, lines in text.sources.items():
        holes = dig(model, lines, words, random.Random(f"{SEED} {name}"))
        guesses = guess(model, holes)
        ranks = [frequent.index(hole.answer) if hole.answer in frequent else len(words) for hole in holes]
        table[name] = _accuracy(guesses, ranks)
        if name != OWN.name:
            everything, baseline = everything + guesses, baseline + ranks
    return {**_accuracy(everything, baseline), "sources": table}, calibration(everything)


def _accuracy(guesses: Sequence[Guess], baseline: Sequence[int]) -> Scores:
    total = len(guesses)
    first = sum(guess.rank == 0 for guess in guesses)

    def share(right: int) -> float:
        return round(right / max(1, total), 4)

    return {
        "top1": share(first),
        "interval": wilson(first, total),
        "top5": share(sum(guess.rank < 5 for guess in guesses)),
        "baseline_top1": share(sum(rank == 0 for rank in baseline)),
        "baseline_top5": share(sum(rank < 5 for rank in baseline)),
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


def read_pairs(file: Path = PAIRS) -> tuple[Pair, ...]:
    """Return the minimal pairs: of each contrast as many that want the one word as want the other."""
    pairs: list[Pair] = []
    for contrast in tomllib.loads(file.read_text(encoding="utf-8"))["contrast"]:
        one, other = contrast["words"]
        pairs += [Pair(contrast["group"], text, one, other) for text in contrast["first"]]
        pairs += [Pair(contrast["group"], text, other, one) for text in contrast["second"]]
    return tuple(pairs)


def minimal_pairs(model: MaskedLM, pairs: Sequence[Pair], trained: str) -> Scores:
    """Return how often the fitting word is preferred.

    Left out are the pairs whose sentence, with either word, occurs in the trained text.
    """
    fresh = [pair for pair in pairs if not any(pair.sentence(word) in trained for word in (pair.right, pair.wrong))]
    words = {word for pair in fresh for word in (pair.right, pair.wrong)}
    counts = {word: trained.count(word) for word in words}
    groups: dict[str, Scores] = {pair.group: {"right": 0, "pairs": 0} for pair in fresh}
    whole = baseline = 0
    for pair in fresh:
        choice = model.choose(pair.text, [pair.right, pair.wrong])
        groups[pair.group]["right"] += int(choice.prob(pair.right) > 0.5)
        groups[pair.group]["pairs"] += 1
        baseline += counts[pair.right] > counts[pair.wrong]
        whole += choice.method == "sentence"
    right, total = sum(group["right"] for group in groups.values()), len(fresh)
    return {
        "accuracy": round(right / max(1, total), 4),
        "interval": wilson(right, total),
        "baseline": round(baseline / max(1, total), 4),
        "baseline_interval": wilson(baseline, total),
        "right": right,
        "pairs": total,
        "trained_on": len(pairs) - total,  # left out
        "whole_sentence": whole,  # compared over the sentence, because a word is not one token
        "groups": groups,
    }


def evaluate(model: LanguageModel, corpus: Path) -> Scores:
    """Return all scores of the model. Exits with a sentence if the corpus is not there."""
    if not (corpus / "train.txt").exists():
        raise SystemExit(f"{corpus}/train.txt does not exist; build it first (python -m core.training.corpus FOLDER)")
    trained = (corpus / "train.txt").read_text(encoding="utf-8")
    lines = trained.removesuffix("\n").split("\n")
    text = held_out(corpus, model, {line.removesuffix("。") for line in lines})
    counts = frequencies(model, lines[:BASELINE_LINES])
    sequences = sum(map(len, text.sources.values()))
    scores: Scores = {"held_out": {"sequences": sequences, "trained_on": text.trained, "too_long": text.too_long}}
    if isinstance(model, CausalLM):
        scores["bits_per_character"] = bits_per_character(model, text, counts)
    elif isinstance(model, MaskedLM):
        scores["hidden_words"], scores["calibration"] = hidden_words(model, text, counts)
        scores["minimal_pairs"] = minimal_pairs(model, read_pairs(), trained)
    return scores


def percent(*shares: float) -> str:
    """Return shares as columns of percentages."""
    return "".join(f"{100 * share:8.1f}" for share in shares)


def bits_table(found: Scores) -> list[str]:
    head = f"{'bits per character':30}{'model':>8}{'unigram':>8}{'characters':>12}"
    rows = {**found["sources"], "mean": found}.items()
    return [
        head,
        *(f"{n:30}{row['value']:8.3f}{row['baseline']:8.3f}{row['characters']:12,}" for n, row in rows),
    ]


def words_table(found: Scores) -> list[str]:
    columns = {"top1": "top 1", "top5": "top 5", "baseline_top1": "freq 1", "baseline_top5": "freq 5"}
    head = f"{'hidden words (%)':30}" + "".join(f"{title:>8}" for title in (*columns.values(), "words"))
    rows = {**found["sources"], "mean": found}.items()
    return [
        head,
        *(f"{n:30}{percent(*(row[column] for column in columns))}{row['words']:8,}" for n, row in rows),
    ]


def calibration_table(found: Scores) -> list[str]:
    head = f"{'calibration (%)':18}{'said':>8}{'right':>8}{'words':>8}"
    rows = ((f"{row['from']:.0%} to {row['to']:.0%}", row) for row in found["bins"])
    lines = [f"{name:18}{percent(row['probability'], row['right'])}{row['words']:8,}" for name, row in rows]
    return [head, *lines, f"mean gap {found['error']:.1%}"]


def pairs_table(found: Scores) -> list[str]:
    low, high = found["interval"]
    right = f"{found['right']} of {found['pairs']} = {found['accuracy']:.1%} ({low:.1%} to {high:.1%})"
    return [
        f"minimal pairs: {right}; left out, because trained on: {found['trained_on']}",
        f"always the more frequent word: {found['baseline']:.1%}",
        *(f"{row['right']:6} of {row['pairs']:3}  {group}" for group, row in found["groups"].items()),
    ]


TABLES = {
    "bits_per_character": bits_table,
    "hidden_words": words_table,
    "calibration": calibration_table,
    "minimal_pairs": pairs_table,
}


def table(scores: Scores) -> str:
    """Return the scores for a reader of a terminal."""
    counts = scores["held_out"]
    left_out = f"left out: {counts['trained_on']} trained on, {counts['too_long']} too long"
    lines = [f"held-out sequences: {counts['sequences']:,}; {left_out}"]
    for name, rows in TABLES.items():
        if name in scores:
            lines += ["", *rows(scores[name])]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure an exported model and write the scores into its card.")
    parser.add_argument("name", help="a model in core/models, or a folder that export wrote (./FOLDER)")
    parser.add_argument("--corpus", type=Path, default=Path("runs/corpus"))
    parser.add_argument("--json", action="store_true", help="the scores as one JSON object")
    arguments = parser.parse_args()
    folder = MODELS / arguments.name if (MODELS / arguments.name).is_dir() else Path(arguments.name)
    if not (folder / CARD).exists():
        raise SystemExit(
            f"{folder / CARD} does not exist; export the model first (python -m core.training.export NAME)"
        )
    runtime.one_thread_a_call()  # such small models gain little from more, and lose much where something else runs
    try:
        scores = evaluate(core.load(arguments.name), arguments.corpus)
    except CoreError as error:
        raise SystemExit(error.message("en")) from error
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    write_card(folder, {**card, "scores": scores})
    print(json.dumps(scores, ensure_ascii=False) if arguments.json else table(scores))


if __name__ == "__main__":
    main()
