"""Record how the local API answers the lesson's calls, for the first picture before it is ready.

python -m lessons.api.record
"""

import json
from functools import cache
from typing import Any

import core
from core import serving
from lessons.api.cases import basics, prompts, turns, wishes
from lessons.api.lab import CHAT, COMMAND, FILE, RECORDED, Caller, pieces

KEPT = ("choices", "usage", "model", "object")  # of a response: what is the same the next time


@cache
def load(name: str) -> Any:
    """Return a model, loaded once."""
    return core.load(name)


def run() -> dict[str, Any]:
    """Return calls, their answers, and the tokens of conversations as plain JSON."""
    running = serving.start(load, serving.Settings(port=0))
    try:
        caller = Caller(running.url)
        calls = [{"request": one, "reply": _kept(caller.ask(one).body)} for one in basics()]
    finally:
        running.stop()
    read = []
    for wish in wishes():
        for prompt in prompts():
            said = turns(wish["text"], prompt["text"])
            found = [[piece.text, piece.role] for piece in pieces(said, load(CHAT))]
            read.append({"messages": [one.sent for one in said], "pieces": found})
    return {"command": COMMAND, "calls": calls, "pieces": read}


def _kept(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in KEPT if name in body}


def main() -> None:
    RECORDED.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(run(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
