"""How much each head of a member of the few-shot family attends to what followed last time.

python -m lessons.few_shot.heads --model fewshot-l-mixed-0
python -m lessons.few_shot.heads --on letters

"prompts": while answers are written after examples; "letters": on letters drawn at random, as the training was looked at.
"""

import argparse

import core
from core.errors import CoreError
from core.prompting import family


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lessons.few_shot.heads", description="Scores of heads.")
    parser.add_argument("--model", default=family.DEFAULT)
    parser.add_argument("--on", choices=("prompts", "letters"), default="prompts")
    given = parser.parse_args()
    try:
        from core.prompting import induction

        score = induction.on_prompts if given.on == "prompts" else induction.scores
        scores = score(core.load(given.model))
    except CoreError as error:
        parser.exit(2, error.message("en") + "\n")
    for layer, row in enumerate(scores, 1):
        print(f"{layer:2}  " + "  ".join(f"{score:.2f}" for score in row))


if __name__ == "__main__":
    main()
