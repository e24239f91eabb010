"""What `python -m core.rlhf evaluate --record` has measured."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("results.json")


@cache
def results() -> dict[str, Any] | None:
    """Return the recorded measurements, None if there are none."""
    if not FILE.exists():
        return None
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
