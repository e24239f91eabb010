"""Which models there are, how large, from where and under which licence; and what is the name of a model at all.

A name comes from a learner or a link: it is matched here before anything is done with it. Nothing heavy is imported, so
a page can show a card before torch is there.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from core.errors import InvalidName, ModelDamaged, ModelFileMissing
from core.offers import EXTRA_MODELS, FLOAT32_BYTES

MODELS = Path(__file__).parent / "models"
CARD = "card.json"
EMBEDDED = ("encoder", "decoder", "decoder-m", "decoder-s", "decoder-xs", "seq2seq", "chat")
FEWSHOT = MODELS / "fewshot"  # the family of the few-shot lesson: for its figure, not to be chosen elsewhere
HUB_ID_CHARACTERS = 96
SHOWN_CHARACTERS = 60  # of a wrong name, in the message

Kind = Literal["masked", "causal", "seq2seq"]
Place = Literal["embedded", "extra", "hub", "local"]

_HUB_ID = re.compile(r"\w([\w.-]*\w)?/\w([\w.-]*\w)?", re.ASCII)  # owner/name, as `huggingface_hub` has it
_LOCAL = ("/", "./", "../", "~")


@dataclass(frozen=True)
class Source:
    """A text that a model learned from, or where a model comes from."""

    name: str
    licence: str
    attribution: str


@dataclass(frozen=True)
class File:
    """One file of a model; `sha256` is "" where nobody published it."""

    bytes: int
    sha256: str = ""


@dataclass(frozen=True)
class Card:
    """What a model is and where it comes from. `context`: the longest text in tokens, 0 where it is not known."""

    name: str
    kind: Kind
    parameters: int
    layers: int
    heads: int
    hidden: int
    vocabulary: int
    context: int
    licence: str = ""
    sources: tuple[Source, ...] = ()
    scores: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    files: Mapping[str, File] = field(default_factory=dict)
    title: Mapping[str, str] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """The size of all its files."""
        return sum(file.bytes for file in self.files.values())

    @property
    def memory(self) -> int:
        """The bytes of memory that its weights take when it runs."""
        return self.parameters * FLOAT32_BYTES


def models() -> tuple[Card, ...]:
    """Return the cards of the embedded models that are there, in the order of their names, without the few-shot family.
    Raises ModelDamaged."""
    return tuple(card(name) for name in sorted(_present()))


def card(name: str) -> Card:
    """Return the card of an embedded model. Raises InvalidName, ModelFileMissing or ModelDamaged."""
    if not is_embedded(name):
        raise InvalidName(name=_shown(name))
    return read_card(name, folder(name))


def folder(name: str) -> Path:
    """Return the folder of an embedded model."""
    return (FEWSHOT if name.startswith(FEWSHOT.name) else MODELS) / name


def fewshot() -> tuple[str, ...]:
    """Return the names of the few-shot family that are there."""
    return tuple(sorted(file.parent.name for file in FEWSHOT.glob(f"*/{CARD}")))


def read_card(name: str, folder: Path) -> Card:
    """Return the card in the folder of a model. Raises ModelFileMissing or ModelDamaged."""
    try:
        return _card(json.loads((folder / CARD).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ModelFileMissing(name=name, file=CARD) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelDamaged(name=name, file=CARD) from error


def check_name(name: str, *, local: bool) -> Place:
    """Return where a model of this name is found. Raises InvalidName if it is no name of a model.

    "extra": one of EXTRA_MODELS, and "hub": owner/name, whether or not it is there. "local", only where allowed: an
    existing folder, written as a path that starts with /, ./, ../ or ~.
    """
    if is_embedded(name):
        return "embedded"
    if any(model.name == name for model in EXTRA_MODELS):
        return "extra"
    if is_hub_id(name):
        return "hub"
    if local and name.startswith(_LOCAL) and os.path.isdir(os.path.expanduser(name)):
        return "local"
    raise InvalidName(name=_shown(name))


def is_embedded(name: str) -> bool:
    """Say whether this is the name of an embedded model, one of the few-shot family among them."""
    return name in EMBEDDED or name in _present().union(fewshot())


def is_hub_id(name: str) -> bool:
    """Say whether the name could be one on the Hugging Face hub: owner/name."""
    if len(name) > HUB_ID_CHARACTERS or "--" in name or ".." in name or name.endswith(".git"):
        return False
    return _HUB_ID.fullmatch(name) is not None


def _present() -> set[str]:
    return {file.parent.name for file in MODELS.glob(f"*/{CARD}")}


def _shown(name: str) -> str:
    return name if len(name) <= SHOWN_CHARACTERS else f"{name[:SHOWN_CHARACTERS]}…"


def _card(content: dict[str, Any]) -> Card:
    """Return the card written in card.json. Raises KeyError, ValueError or TypeError if something is not there."""
    if content["kind"] not in get_args(Kind):
        raise ValueError(content["kind"])
    numbers = ("parameters", "layers", "heads", "hidden", "vocabulary", "context")
    return Card(
        name=content["name"],
        kind=content["kind"],
        **{number: int(content[number]) for number in numbers},
        licence=content["licence"],
        sources=tuple(Source(**source) for source in content["sources"]),
        scores=content["scores"],
        command=content["command"],
        files={file: File(**facts) for file, facts in content["files"].items()},
        title=content["title"],
        recipe=content.get("recipe", {}),
    )
