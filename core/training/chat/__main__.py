"""Command line of the chat model."""

import argparse
import dataclasses
import json
import os
from pathlib import Path
from typing import cast

import torch

import core
from core import catalogue
from core.causal import CausalLM
from core.training.chat import corpus, evaluate, export, training
from core.training.export import write_card


def _score() -> None:
    model, base = (cast(CausalLM, core.load(name)) for name in (training.RECIPE.name, training.BASE))
    scores = evaluate.evaluate(model, base)
    folder = catalogue.folder(training.RECIPE.name)
    card = json.loads((folder / catalogue.CARD).read_text(encoding="utf-8"))
    write_card(folder, {**card, "scores": scores})
    print(json.dumps(scores, ensure_ascii=False, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m core.training.chat", description="Make the chat model.")
    parser.add_argument("stage", choices=("corpus", "train", "export", "evaluate"))
    parser.add_argument("folder", type=Path, nargs="?", help="of the corpus: the one that has dialogue/ in it")
    parser.add_argument("--out", type=Path, default=Path("runs/chat"), help="the folder of the training")
    parser.add_argument("--tokens", type=int, help="training tokens instead of the recipe's")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--compile", action="store_true", help="faster after a minute; needs a C++ compiler")
    arguments = parser.parse_args()
    if arguments.stage == "corpus":
        if arguments.folder is None:
            parser.error("corpus needs the folder of the texts")
        print(f"{corpus.build(arguments.folder, arguments.out):,} exchanges")
    elif arguments.stage == "train":
        torch.set_num_threads(arguments.threads)
        recipe = training.RECIPE
        recipe = dataclasses.replace(recipe, tokens=arguments.tokens) if arguments.tokens else recipe
        training.Chat(recipe, arguments.out, compiled=arguments.compile).finish()
    elif arguments.stage == "export":
        card = export.export(arguments.out, catalogue.MODELS / training.RECIPE.name)
        print(f"{card['parameters']:,} parameters")
    else:
        _score()


if __name__ == "__main__":
    main()
