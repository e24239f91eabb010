"""Record what the lesson begins with as the family's largest member answers it, for the first picture before it is loaded.

python -m lessons.few_shot.record
"""

import json
from collections.abc import Iterator
from typing import Any

import core
from core.prompting import FORMATS, Prompt, tasks
from core.prompting.family import DEFAULT
from lessons.few_shot.lab import FILE, RECORDED, LiveLab
from lessons.few_shot.questions import SHOTS, questions
from lessons.few_shot.variants import Setting, variants

COMMAND = "python -m lessons.few_shot.record"
DECIMALS = 6
BENCH_SHOTS = 4  # what the bench begins with


def asked(lab: LiveLab) -> Iterator[tuple[Prompt, tuple[str, ...]]]:
    """Yield the prompts with the answers that are compared."""
    for question in questions():
        yield from ((question.prompt(shots), ()) for shots in SHOTS)
    for name in tasks():
        setting = Setting(lab.task(name), BENCH_SHOTS, 0, FORMATS["arrow"])
        yield from ((one, setting.answers) for one in variants(setting).values())


def run() -> dict[str, Any]:
    """Return the replies as plain JSON."""
    lab = LiveLab(core.load(DEFAULT))
    replies = []
    for one, answers in asked(lab):
        found = lab.reply(one, answers)
        among = [[answer, round(prob, DECIMALS)] for answer, prob in found.among]
        replies.append({"prompt": one.text, "text": found.text, "among": among})
    return {"command": COMMAND, "replies": replies}


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(run(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
