"""A recorded run of the embedded models: answers for the lesson's sentences, before a model is loaded.

Arrays of the run are kept as base64 of float16 (`packed`, `unpacked`): a third of the size of written-out numbers.
"""

import base64
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core.maps import Floats
from lessons.gpt.lab import Next
from lessons.transformer.answers import Beliefs, Block, Candidates, Inside, Order, Writing
from lessons.transformer.cutting import Hidden

RECORDED = Path(__file__).parent / "recorded"
FILE = RECORDED / "seq2seq.json"


def packed(values: Floats) -> dict[str, Any]:
    """Return an array as plain JSON."""
    data = base64.b64encode(values.astype("<f2").tobytes()).decode("ascii")
    return {"shape": list(values.shape), "data": data}


def unpacked(entry: dict[str, Any]) -> Floats:
    """Return the array of `packed`, rounded to half precision."""
    values = np.frombuffer(base64.b64decode(entry["data"]), dtype="<f2").astype(np.float32)
    return values.reshape(entry["shape"])


class RecordedLab:
    """Answers from a recorded run. Everything asked of it that was not recorded is None."""

    live = False

    def __init__(self, run: dict[str, Any]) -> None:
        self.command: str = run["command"]
        self._writings = {entry["text"]: entry for entry in run["writings"]}
        self._insides = {entry["text"]: entry for entry in run["insides"]}
        self._afters = {(entry["text"], entry["place"], _hidden(entry)): entry for entry in run["afters"]}
        self._orders = {(entry["text"], entry["seed"]): entry for entry in run["orders"]}
        self.conversions = tuple((one["text"], one["expected"], one["written"]) for one in run["conversions"])
        self._beliefs = {(entry["model"], entry["text"]): entry for entry in run["beliefs"]}
        self.inside = lru_cache(len(self._insides) or 1)(self._inside)

    def fitting(self, text: str) -> str:
        """Return the text: what was recorded is short, and how long another is only the model knows."""
        return text

    def writing(self, text: str) -> Writing | None:
        entry = self._writings.get(text)
        if entry is None:
            return None
        names = {name: tuple(entry[name]) for name in ("source", "read", "words", "ids", "pieces")}
        maps = {name: unpacked(entry[name]) for name in ("encoder", "decoder", "cross")}
        facts: dict[str, Any] = {**names, **maps, "text": entry["written"], "ended": entry["ended"]}
        return Writing(candidates=tuple(map(_candidates, entry["candidates"])), **facts)

    def _inside(self, text: str, written: str = "") -> Inside | None:
        entry = self._insides.get(text)
        if entry is None or written:
            return None
        arrays = [unpacked(one) for one in entry["arrays"]]
        blocks = {}
        for one in entry["blocks"]:
            inputs = tuple(arrays[index] for index in one["inputs"])
            middle = inputs[0] + inputs[1] if one["sum"] else None
            shape = (one["shape"][0], one["shape"][1])
            blocks[one["name"], one["layer"]] = Block(inputs, arrays[one["output"]], shape, middle)
        attention = {name: unpacked(value) for name, value in entry["attention"].items()}
        answers = tuple(map(_candidates, entry["answers"]))
        names = {name: tuple(entry[name]) for name in ("source", "target", "heard", "read", "lasts")}
        return Inside(**names, blocks=blocks, answers=answers, attention=attention)

    def after(self, text: str, place: int, hidden: Hidden) -> Next | None:
        entry = self._afters.get((text, place, hidden))
        if entry is None:
            return None
        return Next(tuple(entry["words"]), tuple(entry["ids"]), tuple(entry["probs"]))

    def orders(self, text: str, seed: int) -> tuple[Order, ...] | None:
        entry = self._orders.get((text, seed))
        if entry is None:
            return None
        return tuple(Order(**{**one, "probs": tuple(one["probs"])}) for one in entry["orders"])

    def beliefs(self, model: str, text: str) -> Beliefs | None:
        """Return what every layer of an embedded model would answer."""
        entry = self._beliefs.get((model, text))
        if entry is None:
            return None
        return Beliefs(text, tuple(map(_candidates, entry["layers"])), tuple(entry["course"]))


def _hidden(entry: dict[str, Any]) -> Hidden:
    return Hidden(*(tuple(entry[name]) for name in ("source", "hidden", "ways")))


def _candidates(entry: list[Any]) -> Candidates:
    return tuple((word, prob) for word, prob in entry)


@lru_cache(maxsize=1)
def recorded() -> RecordedLab:
    """Return the recorded run of the embedded models."""
    return RecordedLab(json.loads(FILE.read_text(encoding="utf-8")))
