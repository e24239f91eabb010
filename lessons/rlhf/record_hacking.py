"""Record trainings without the brake, for the picture that is there before the reader runs one.

python -m lessons.rlhf.record_hacking
"""

import json
import time
from typing import Any

import core
from core import runtime
from lessons.rlhf import hacking
from lessons.rlhf.hacking import COMMAND, FILE, SEEDS, few, pairs, seen, tables_of, written
from lessons.rlhf.lab import BASE, CHAT, RECORDED, LiveLab

WAIT = 0.5  # s


def run() -> dict[str, Any]:
    """Return the trainings as plain JSON. Raises RuntimeError if one came to no end."""
    runtime.one_thread_a_call()
    lab = LiveLab(core.load(CHAT), core.load(BASE))
    return {"command": COMMAND, "runs": [trained(lab, seed) for seed in SEEDS]}


def trained(lab: LiveLab, seed: int) -> dict[str, Any]:
    """Return one training from rankings drawn by the seed."""
    rankings = few(tables_of(lab), seed)
    reward = lab.fit(pairs(rankings))
    training = hacking.begun(lab.policy, reward)
    while (found := training.look()).running:
        time.sleep(WAIT)
    if found.state != "finished":
        raise RuntimeError(f"the training has {found.state}")
    return written(seen(rankings, reward, found))


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(run(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
