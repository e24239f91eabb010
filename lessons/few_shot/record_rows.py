"""Record a few rows of both training texts, made by the program that makes all of them.

python -m lessons.few_shot.record_rows
"""

import json
import random
from typing import Any

from core.prompting import family
from core.training import episodes
from lessons.few_shot.lab import RECORDED

COMMAND = "python -m lessons.few_shot.record_rows"
ROWS, LINES = 4, 9  # rows, and examples of each that are kept
DRAWN = 40  # rows among which those that hold one task are looked for
SEED = 3
END = "。"


def lines(row: str) -> list[str]:
    """Return the examples of a row."""
    return [one + END for one in row.split(END) if one]


def run() -> dict[str, Any]:
    """Return rows of one task each, and the same examples after they have changed places, as core.training.episodes
    lets them. `row`: where an example stood before."""
    rng = random.Random(SEED)
    whole = [episodes.row(episodes.pairs(rng), rng)[:LINES] for _ in range(DRAWN)]
    kept = [row for row in whole if len(row) == LINES][:ROWS]
    told = [{"text": line, "row": number} for number, row in enumerate(kept) for line in row]
    mixed = rng.sample(told, len(told))
    together = [told[start : start + LINES] for start in range(0, len(told), LINES)]
    apart = [mixed[start : start + LINES] for start in range(0, len(mixed), LINES)]
    return {"command": COMMAND, family.TEXTS[0]: together, family.TEXTS[1]: apart}


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    file = RECORDED / "rows.json"
    file.write_text(json.dumps(run(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
