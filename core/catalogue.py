"""temporary"""
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
MODELS = Path(__file__).parent / "models"
@dataclass(frozen=True)
class Card:
    name: str; kind: str; parameters: int; layers: int; heads: int; hidden: int; vocabulary: int; context: int
    licence: str = ""; sources: tuple = (); scores: dict = field(default_factory=dict); command: str = ""; files: dict = field(default_factory=dict); title: dict = field(default_factory=dict)
def card(name): 
    d = json.loads((MODELS / name / "card.json").read_text()); d.pop("recipe", None); return Card(**d)
def models(): return tuple(card(p.parent.name) for p in sorted(MODELS.glob("*/card.json")))
