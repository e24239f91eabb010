"""Record the lesson's sentences as the embedded models answer them, for the first picture before a model is loaded.

python -m lessons.gpt.record
"""

import json
from typing import Any

import core
from lessons.gpt.lab import RECORDED, LiveLab, examples, fills

COMMAND = "python -m lessons.gpt.record"
DECIMALS, WEIGHT_DECIMALS = 6, 4
FILLS_KEPT = 20


def _rounded(values: Any) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]


def map_entry(lab: LiveLab, text: str) -> dict[str, Any]:
    """Return the attention of one text as plain JSON."""
    maps = lab.maps(text)
    tokens = [dict(vars(token), pieces=list(token.pieces)) for token in maps.tokens]
    return {"text": text, "tokens": tokens, "weights": maps.weights.astype(float).round(WEIGHT_DECIMALS).tolist()}


def next_entry(lab: LiveLab, text: str) -> dict[str, Any]:
    """Return the likeliest next words of one beginning as plain JSON."""
    found = lab.next(text)
    return {"text": text, "words": list(found.words), "ids": list(found.ids), "probs": _rounded(found.probs)}


def surprise_entry(lab: LiveLab, text: str) -> dict[str, Any]:
    """Return the bits of each token of one text as plain JSON."""
    found = lab.surprise(text)
    bits = _rounded(found.bits)
    return {"text": text, "words": list(found.words), "bits": bits, "characters": found.characters}


def fills_entry(encoder: Any, hole: str) -> dict[str, Any]:
    """Return what the encoder puts into one hole as plain JSON."""
    return {"text": hole, "fills": [[word, round(prob, DECIMALS)] for word, prob in fills(encoder, hole)[:FILLS_KEPT]]}


def run() -> dict[str, Any]:
    """Return maps, next words and surprise of every example, and what the encoder puts into the holes."""
    lab, encoder = LiveLab(core.load("decoder")), core.load("encoder")
    beginnings = [example.sentence for example in examples()]
    holes = [example.sentence for example in examples("both_sides")]
    return {
        "command": COMMAND,
        "maps": [map_entry(lab, sentence.text) for sentence in beginnings],
        "next": [next_entry(lab, sentence.left) for sentence in (*beginnings, *holes)],
        "surprise": [surprise_entry(lab, sentence.text) for sentence in beginnings],
        "fills": [fills_entry(encoder, sentence.hole) for sentence in holes],
    }


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    file = RECORDED / "decoder.json"
    file.write_text(json.dumps(run(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
