"""Command line of the few-shot family."""

import argparse
import os
from pathlib import Path

from core.prompting import family
from core.training.fewshot import export, measuring, training


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m core.training.fewshot", description="Train, export and measure the few-shot family."
    )
    parser.add_argument("stage", choices=("train", "export", "measure"))
    parser.add_argument("--corpus", type=Path, default=Path("runs/corpus"))
    parser.add_argument("--out", type=Path, default=Path("runs/fewshot"), help="the folder of the trainings")
    parser.add_argument("--sizes", nargs="+", choices=family.SIZES, default=list(family.SIZES))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes side by side, a thread each")
    parser.add_argument("--compile", action="store_true", help="train faster after a minute; needs a C++ compiler")
    arguments = parser.parse_args()
    chosen = [member for member in training.members() if member.size in arguments.sizes]
    if arguments.stage == "train":
        training.train_all(chosen, arguments.corpus, arguments.out, arguments.jobs, compiled=arguments.compile)
    elif arguments.stage == "export":
        for member in chosen:
            print(export.export(member, arguments.out, arguments.corpus))
    else:
        measuring.write(arguments.out, arguments.jobs)


if __name__ == "__main__":
    main()
