"""Record the lesson's sentences as the embedded models answer them, for the first picture before a model is loaded.

python -m lessons.transformer.record
"""

import json
from typing import Any

import core
from core.maps import Floats
from lessons.text import toml
from lessons.transformer.answers import Candidates, Inside, asked, examples
from lessons.transformer.asking import start
from lessons.transformer.cutting import Hidden, combined
from lessons.transformer.lab import LiveLab, beliefs
from lessons.transformer.playback import FILE, RECORDED, packed

COMMAND = "python -m lessons.transformer.record"
DECIMALS = 5
NAMED, BELIEVED = 6, 6  # candidates that are kept
SEED = 0


def _rounded(candidates: Candidates, most: int) -> list[list[Any]]:
    return [[word, round(prob, DECIMALS)] for word, prob in candidates[:most]]


def writing_entry(lab: LiveLab, text: str) -> dict[str, Any]:
    """Return what the model wrote from one text as plain JSON."""
    found = lab.writing(text)
    return {
        "text": text,
        "written": found.text,
        **{name: list(getattr(found, name)) for name in ("source", "read", "words", "ids", "pieces")},
        "candidates": [_rounded(one, NAMED) for one in found.candidates],
        **{name: packed(getattr(found, name)) for name in ("encoder", "decoder", "cross")},
        "ended": found.ended,
    }


def inside_entry(lab: LiveLab, text: str) -> dict[str, Any]:
    """Return the boxes of one run as plain JSON: each array once, sums and neurons left out."""
    found: Inside = lab.inside(text)
    arrays: list[Floats] = []
    places: dict[bytes, int] = {}

    def place(values: Floats) -> int:
        key = values.tobytes()
        if key not in places:
            places[key] = len(arrays)
            arrays.append(values)
        return places[key]

    blocks = [
        {
            "name": name,
            "layer": layer,
            "inputs": [place(one) for one in block.inputs],
            "output": place(block.output),
            "shape": list(block.shape),
            "sum": "add_norm" in name,
        }
        for (name, layer), block in found.blocks.items()
    ]
    return {
        "text": text,
        **{name: list(getattr(found, name)) for name in ("source", "target", "heard", "read", "lasts")},
        "blocks": blocks,
        "arrays": [packed(one) for one in arrays],
        "answers": [_rounded(one, len(one)) for one in found.answers],
        "attention": {name: packed(weights) for name, weights in found.attention.items()},
    }


def after_entry(lab: LiveLab, text: str, place: int, hidden: Hidden) -> dict[str, Any]:
    """Return what may stand at a place when edges are cut as plain JSON."""
    found = lab.after(text, place, hidden)
    return {
        "text": text,
        "place": place,
        "source": list(hidden.source),
        "hidden": list(hidden.written),
        "ways": list(hidden.ways),
        "words": list(found.words[:NAMED]),
        "ids": list(found.ids[:NAMED]),
        "probs": [round(prob, DECIMALS) for prob in found.probs[:NAMED]],
    }


def belief_entry(name: str, text: str) -> dict[str, Any]:
    """Return what every layer of an embedded model would answer as plain JSON."""
    found = beliefs(core.load(name), text)
    course = [round(prob, DECIMALS) for prob in found.course]
    return {"model": name, "text": text, "layers": [_rounded(one, BELIEVED) for one in found.layers], "course": course}


def afters(lab: LiveLab) -> list[dict[str, Any]]:
    """Return the cuts of every example on each choice of ways."""
    found = []
    for example in examples():
        place, hidden = start(example, lab.writing(example.text))
        found += [after_entry(lab, example.text, place, hidden.on(ways)) for ways in combined()]
    return found


def run() -> dict[str, Any]:
    """Return all that the page shows before a model is loaded."""
    lab = LiveLab(core.load("seq2seq"))
    first = examples()[0].text
    orders = [vars(one) for one in lab.orders(first, SEED)]
    return {
        "command": COMMAND,
        "writings": [writing_entry(lab, example.text) for example in examples()],
        "insides": [inside_entry(lab, first)],
        "afters": afters(lab),
        "orders": [{"text": first, "seed": SEED, "orders": orders}],
        "conversions": [{**one, "written": lab.beams(one["text"])} for one in toml("transformer", "examples")["hard"]],
        "beliefs": [belief_entry(name, text) for name in ("encoder", "decoder") for text in asked(name)],
    }


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(run(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
