"""Record the lesson's sentences as the embedded models answer them, for the first picture before a model is loaded.

python -m lessons.self_attention.record
"""

import json
from typing import Any

import core
from lessons.self_attention.lab import RECORDED, LiveLab, Question, examples

COMMAND = "python -m lessons.self_attention.record"
DECIMALS = 4


def _rounded(values: Any) -> Any:
    return [[round(float(value), DECIMALS) for value in row] for row in values]


def map_entry(lab: LiveLab, text: str) -> dict[str, Any]:
    """Return the attention of one text as plain JSON."""
    maps = lab.maps(text)
    tokens = [dict(vars(token), pieces=list(token.pieces)) for token in maps.tokens]
    return {"text": text, "tokens": tokens, "weights": [[_rounded(head) for head in layer] for layer in maps.weights]}


def question_entry(lab: LiveLab, question: Question) -> dict[str, Any]:
    """Return shares, top words and the effect of every edge of one question as plain JSON."""
    found = lab.shares(question)
    return {
        "hole": question.hole,
        "shares": {word: round(share, DECIMALS) for word, share in found.shares.items()},
        "method": found.method,
        "top": [[word, round(share, DECIMALS)] for word, share in found.top],
        "effects": _rounded(lab.effects(question, None, None)),
    }


def encoder_run() -> dict[str, Any]:
    """Return maps (sentence as it is, and with the hole), shares and edge effects of every example."""
    lab = LiveLab(core.load("encoder"))
    questions = [example.question for example in examples()]
    return {
        "command": COMMAND,
        "maps": [map_entry(lab, text) for question in questions for text in (question.text, question.hole)],
        "questions": [question_entry(lab, question) for question in questions],
    }


def decoder_run() -> dict[str, Any]:
    """Return the maps of every example as it is."""
    lab = LiveLab(core.load("decoder"))
    return {
        "command": COMMAND,
        "maps": [map_entry(lab, example.question.text) for example in examples()],
        "questions": [],
    }


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    for name, run in (("encoder", encoder_run()), ("decoder", decoder_run())):
        file = RECORDED / f"{name}.json"
        file.write_text(json.dumps(run, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
