"""Record how the models answer the lesson's prompts, for the first picture before they are loaded.

python -m lessons.rlhf.record
"""

import json
from typing import Any

import core
from core.rlhf.prompts import train_prompts
from lessons.rlhf.lab import BASE, CHAT, FILE, RECORDED, LiveLab

COMMAND = "python -m lessons.rlhf.record"


def run() -> dict[str, Any]:
    """Return the replies as plain JSON."""
    lab = LiveLab(core.load(CHAT), core.load(BASE))
    replies = []
    for prompt in train_prompts():
        found = lab.replies(prompt, 0)
        candidates = [{"ids": one.ids, "text": one.text} for one in lab.candidates(prompt, 0)]
        replies.append({"prompt": prompt, "base": found.base, "chat": found.chat, "candidates": candidates})
    return {"command": COMMAND, "replies": replies}


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(run(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
