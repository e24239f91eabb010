"""Exchanges of our own: questions of daily life and answers to each in many manners (exchanges/*.toml).

In a topic every answer fits every prompt. `{a|b}` is one of the two, drawn by chance.
"""

import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.rlhf.labellers import RULES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).with_name("exchanges")
WISHES = Path(__file__).with_name("wishes.toml")
CHOICE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Topic:
    """Prompts that ask for the same, and answers to them; both are templates."""

    name: str
    prompts: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Wish:
    """What a system message asks for: `lines` say it, and an answer fits if the rule of its name gives `least`."""

    name: str
    least: float
    lines: tuple[str, ...]

    def fits(self, answer: str) -> bool:
        return RULES[self.name](answer) >= self.least


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def topics() -> tuple[Topic, ...]:
    """Return all topics, in the order of files and lines."""
    found = (one for file in sorted(FOLDER.glob("*.toml")) for one in _read(file)["topic"])
    return tuple(Topic(one["name"], tuple(one["prompts"]), tuple(one["answers"])) for one in found)


@cache
def wishes() -> tuple[Wish, ...]:
    """Return what a system message may ask for."""
    return tuple(Wish(name, one["least"], tuple(one["lines"])) for name, one in _read(WISHES).items())


def choose(template: str, rng: random.Random) -> str:
    """Return one sentence of a template."""
    return CHOICE.sub(lambda found: rng.choice(found[1].split("|")), template)


def exchanges(rng: random.Random, each: int, without: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield (prompt, answer), `each` for every answer template; prompts in `without` are never drawn."""
    kept = frozenset(without)
    for topic in topics():
        for template in topic.answers:
            for _ in range(each):
                prompt = choose(rng.choice(topic.prompts), rng)
                if prompt not in kept:
                    yield prompt, choose(template, rng)


def wished(answer: str, rng: random.Random) -> str | None:
    """Return a system message that the answer fulfils; None if there is none for it."""
    fitting = [wish for wish in wishes() if wish.fits(answer)]
    return rng.choice(rng.choice(fitting).lines) if fitting else None
