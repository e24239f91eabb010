"""How good an exported model is on text that it has not seen, beside what counting words would give.

    decoder   Bits per character of each source; baseline: word frequencies alone (unigram).
    encoder   One word hidden at a time: how often it is the first guess, or among the first five; baseline:
              always the most frequent words. Calibration: how often a guess made with 70 % is right.
              Minimal pairs (minimal_pairs.toml): how often the fitting one of two words is preferred;
              baseline: always the more frequent one.
    seq2seq   Kana to kanji: sentences and characters as their author wrote them, beside libkkc and Anthy where
              they are installed; baseline: the most frequent writing of each word.

The held-out text is in core/training/held_out and nothing else is needed. Means are over the sources written by others:
the held-out sentences of our own come from the same templates as the trained ones, and are listed but not counted.
The scores go into the card of the model.
"""

import argparse
import json
from pathlib import Path

import core
from core import runtime
from core.catalogue import CARD, MODELS
from core.causal import CausalLM
from core.errors import CoreError
from core.language_model import LanguageModel
from core.masked import MaskedLM
from core.seq2seq import Seq2SeqLM
from core.training.export import write_card
from core.training.minimal_pairs import read_pairs
from core.training.scoring import probes
from core.training.scoring.common import Scores, Texts, tokenized
from core.training.scoring.conversion import conversion, read_conversions
from core.training.scoring.holes import hidden_words
from core.training.scoring.pairs import minimal_pairs
from core.training.scoring.surprise import bits_per_character
from core.training.scoring.tables import table

HELD_OUT = Path(__file__).with_name("held_out")
SEQUENCES = 200  # of each source


def held_out(folder: Path, model: LanguageModel) -> tuple[Texts, int]:
    """Return (at most SEQUENCES of each source, how many of those were left out as too long for the model)."""
    texts: Texts = {}
    long = 0
    for file in sorted(folder.glob("*.txt")):
        lines = [line for line in file.read_text(encoding="utf-8").split("\n") if line][:SEQUENCES]
        readable = [line for line in lines if len(tokenized(model, [line])[0]) <= model.limit]
        long += len(lines) - len(readable)
        if readable:
            texts[file.stem] = readable
    return texts, long


def evaluate(model: LanguageModel, folder: Path = HELD_OUT) -> Scores:
    """Return all scores of the model. Exits with a sentence if there is no held-out text in the folder."""
    if not any(folder.glob("*.txt")):
        raise SystemExit(f"{folder} has no held-out text; build it first (python -m core.training.corpus FOLDER)")
    texts, long = held_out(folder, model)
    scores: Scores = {"held_out": {"sequences": sum(map(len, texts.values())), "too_long": long}}
    if isinstance(model, CausalLM):
        scores["bits_per_character"] = bits_per_character(model, texts)
        scores["probes"] = probes.follows(model)
    elif isinstance(model, MaskedLM):
        scores["hidden_words"], scores["calibration"] = hidden_words(model, texts)
        scores["minimal_pairs"], scores["failures"] = minimal_pairs(model, read_pairs())
        scores["probes"] = probes.cries(model)
    elif isinstance(model, Seq2SeqLM):
        conversions = read_conversions(folder / "pairs.tsv")
        scores["held_out"] = {"sequences": len(conversions), "too_long": 0}
        scores["conversion"], scores["failures"] = conversion(model, conversions)
        scores["probes"] = probes.written(model)
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure an exported model and write the scores into its card.")
    parser.add_argument("name", help="a model in core/models, or a folder that export wrote (./FOLDER)")
    parser.add_argument("--held-out", type=Path, default=HELD_OUT, help="default: the texts of the project")
    parser.add_argument("--json", action="store_true", help="the scores as one JSON object")
    arguments = parser.parse_args()
    folder = MODELS / arguments.name if (MODELS / arguments.name).is_dir() else Path(arguments.name)
    if not (folder / CARD).exists():
        raise SystemExit(
            f"{folder / CARD} does not exist; export the model first (python -m core.training.export NAME)"
        )
    runtime.one_thread_a_call()  # such small models gain little from more, and lose much where something else runs
    try:
        scores = evaluate(core.load(arguments.name), arguments.held_out)
    except CoreError as error:
        raise SystemExit(error.message("en")) from error
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    write_card(folder, {**card, "scores": scores})
    print(json.dumps(scores, ensure_ascii=False) if arguments.json else table(scores))


if __name__ == "__main__":
    main()
