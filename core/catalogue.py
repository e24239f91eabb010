"""Which models exist: the embedded ones with their cards, and which other names may be asked for.

Importing this is instant: no torch, no transformers, no network.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.errors import InvalidName, ModelMissing

MODELS = Path(__file__).parent / "models"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")  # author/model, as huggingface_hub allows
LONGEST_NAME = 96  # characters, the hub's own limit
PATH_STARTS = ("/", "./", "../", "~")
UNKNOWN = "unknown"

Place = Literal["embedded", "hub", "local"]


@dataclass(frozen=True)
class Source:
    """A text that a model was trained on."""

    name: str
    licence: str
    attribution: str


@dataclass(frozen=True)
class Card:
    """What is known about a model. `context` 0: no limit known. `files`: name → {"bytes", "sha256"} (embedded only)."""

    name: str
    kind: Literal["masked", "causal"]
    parameters: int
    layers: int
    heads: int
    hidden: int
    vocabulary: int
    context: int
    licence: str = UNKNOWN
    title: dict[str, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    recipe: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    command: str = ""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """The size of all its files."""
        return sum(int(entry["bytes"]) for entry in self.files.values())


@cache
def card(name: str) -> Card:
    """Return the card of an embedded model. Raises ModelMissing if its folder or card is not there."""
    file = MODELS / name / "card.json"
    if name not in {folder.name for folder in MODELS.iterdir()} or not file.is_file():
        raise ModelMissing(name=name)
    written = json.loads(file.read_text(encoding="utf-8"))
    return Card(**{**written, "sources": tuple(Source(**source) for source in written["sources"])})


def models() -> tuple[Card, ...]:
    """Return the cards of the embedded models, the larger ones first."""
    names = sorted(file.parent.name for file in MODELS.glob("*/card.json"))
    return tuple(sorted(map(card, names), key=lambda entry: (-entry.parameters, entry.name)))


def place(name: str, *, local: bool) -> Place:
    """Return where a model of that name is to be found. Raises InvalidName for anything else.

    `local` False (the app): a path is never accepted, whatever it points to.
    """
    if any(entry.name == name for entry in models()):
        return "embedded"
    if local and name.startswith(PATH_STARTS) and Path(name).expanduser().is_dir():
        return "local"
    is_hub_id = len(name) <= LONGEST_NAME and HUB_ID.fullmatch(name) is not None
    if is_hub_id and ".." not in name and "--" not in name:
        return "hub"
    raise InvalidName(name=name[:LONGEST_NAME])
