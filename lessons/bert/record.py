"""Record the lesson's sentences as the embedded model answers them, for the first picture before a model is loaded.

python -m lessons.bert.record
"""

import json
from typing import Any

import numpy as np

import core
from core.tokens import Token
from lessons.bert.lab import RECORDED, Example, Hole, LiveLab, examples, reviews

COMMAND = "python -m lessons.bert.record"
DECIMALS, WEIGHT_DECIMALS = 6, 4
WORDS = 30  # of each hole


def tokens_entry(text: str, tokens: tuple[Token, ...]) -> dict[str, Any]:
    """Return the tokens of a text as plain JSON."""
    return {"text": text, "tokens": [dict(vars(token), pieces=list(token.pieces)) for token in tokens]}


def ranked_entry(hole: Hole) -> dict[str, Any]:
    """Return the likeliest words of a hole as plain JSON."""
    words = [[word, round(prob, DECIMALS)] for word, prob in hole.ranked[:WORDS]]
    return {"position": hole.position, "ranked": words}


def hole_entry(lab: LiveLab, example: Example) -> dict[str, Any]:
    """Return what fills the hole of an example, from both sides and from one, and the attention, as plain JSON."""
    sides, maps = lab.sides(example.hole, 0), lab.maps(example.hole)
    effects = lab.effects(example.hole, 0, sides.both.ranked[0][0], None, None)
    assert effects is not None
    return {
        "hole": example.hole,
        **{name: ranked_entry(getattr(sides, name)) for name in ("both", "left", "right")},
        "has_left": sides.has_left,
        "has_right": sides.has_right,
        "effects": [None if np.isnan(one) else round(float(one), DECIMALS) for one in effects],
        "weights": maps.weights.astype(float).round(WEIGHT_DECIMALS).tolist(),
    }


def run() -> dict[str, Any]:
    """Return the tokens, holes and attention of every example, and the shares of every review."""
    lab = LiveLab(core.load("encoder"))
    texts = [text for example in examples() for text in (example.text, example.hole)]
    shares = [{"text": one.text, "shares": [[w, round(s, DECIMALS)] for w, s in lab.shares(one)]} for one in reviews()]
    return {
        "command": COMMAND,
        "tokens": [tokens_entry(text, lab.tokens(text)) for text in texts],
        "holes": [hole_entry(lab, example) for example in examples()],
        "reviews": shares,
    }


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    file = RECORDED / "encoder.json"
    file.write_text(json.dumps(run(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
