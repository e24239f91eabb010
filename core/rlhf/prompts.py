"""What the policy is asked: prompts to learn from, and others by which it is judged."""

import sys
from functools import cache
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_name("prompts.toml")


@cache
def _read() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return found


def train_prompts() -> tuple[str, ...]:
    """Return the prompts whose answers are ranked and learned from."""
    return tuple(_read()["train"])


def test_prompts() -> tuple[str, ...]:
    """Return the prompts that no training has seen, not even the supervised one."""
    return tuple(_read()["test"])
