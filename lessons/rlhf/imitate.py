"""The step with the demonstrations from a terminal: fine-tune the chat model on them, and see what it answers.

python -m lessons.rlhf.imitate --steps 15 'こんにちは。' 'こんにちはにゃ。' '趣味は何ですか。' '本を読むことだにゃ。'
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from core.errors import CoreError
from core.rlhf.comparisons import Answer
from core.rlhf.demonstrations import Row, learnable
from lessons.rlhf.demonstrations import DEFAULTS, others
from lessons.rlhf.lab import CHAT
from lessons.scenes import quoted

COMMAND = "python -m lessons.rlhf.imitate"


def command(demonstrations: Sequence[Answer], steps: int) -> str:
    """Return the command that does the same again."""
    parts = [quoted(part) for one in demonstrations for part in (one.prompt, one.text)]
    return " ".join([COMMAND, "--steps", str(steps), *parts])


def imitate(rows: Sequence[Row], steps: int) -> None:
    """Fine-tune on the rows; print the loss, and answers before and after. Raises the errors of `learnable`."""
    import core
    from core.chat import BEFORE, BETWEEN
    from core.rlhf.policy import Frame, Policy
    from core.rlhf.sft import fine_tune

    model: Any = core.load(CHAT)
    before = Policy.start(model, frame=Frame(BEFORE, BETWEEN))
    after, shown = before.copy(), learnable(rows, before)
    tuned = fine_tune(after, shown, steps=steps)
    print(f"loss {tuned.before:.2f} → {tuned.after:.2f}")
    prompts = [*(one.prompt for one in shown), *others(shown)]
    for old, new in zip(before.sample(prompts, 0), after.sample(prompts, 0), strict=True):
        print(f"{old.prompt}\t{old.text}\t{new.text}")


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description="Fine-tune the chat model on demonstrations.")
    parser.add_argument("--steps", type=int, default=int(DEFAULTS["dn"]))
    parser.add_argument("parts", nargs="+", metavar="PROMPT ANSWER", help="prompts, each followed by its answer")
    arguments = parser.parse_args()
    parts = [*arguments.parts, *[""] * (len(arguments.parts) % 2)]
    try:
        imitate(list(zip(parts[::2], parts[1::2], strict=True)), arguments.steps)
    except CoreError as error:
        print(error.message("en"), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
