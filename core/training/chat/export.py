"""Checkpoint → core/models/chat, with a card and the chat template in its tokenizer."""

import json
from pathlib import Path
from typing import Any, cast

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from core import catalogue
from core.chat import TEMPLATE
from core.training import export as embedded
from core.training.chat.training import BASE, CONTEXT, RECIPE

TITLE = {"ja": "小鳥チャット(会話)", "en": "Kotori chat (conversation)"}
COMMAND = " && ".join(f"python -m core.training.chat {stage}" for stage in ("corpus FOLDER", "train", "export"))


def tokenizer(folder: Path) -> Path:
    """Write the tokenizer of the decoder, for conversations, to the folder; return it."""
    read_with = cast(Any, AutoTokenizer.from_pretrained(catalogue.folder(BASE)))
    read_with.model_max_length, read_with.chat_template = CONTEXT, TEMPLATE
    read_with.save_pretrained(folder, save_jinja_files=False)
    return folder


def export(run: Path, out: Path) -> dict[str, object]:
    """Write the folder of the model; return its card. Exits with a sentence if the training has not ended."""
    trained = embedded.read_checkpoint(run / "checkpoint.pt")
    if not trained.finished:
        raise SystemExit(f"chat has made {trained.step} of {trained.recipe.steps} steps; train on first")
    model = AutoModelForCausalLM.from_pretrained(catalogue.folder(BASE), dtype=torch.bfloat16)
    model.load_state_dict(trained.weights)
    model.config.max_position_embeddings = CONTEXT
    embedded.write_model(model.bfloat16(), tokenizer(run / "tokenizer"), run, out)
    card = describe(trained, model, json.loads((run / "manifest.json").read_text(encoding="utf-8")), out)
    embedded.write_card(out, card)
    return card


def describe(trained: embedded.Trained, model: Any, manifest: dict[str, Any], out: Path) -> dict[str, object]:
    """Return the card: its sources are those of the decoder and those of the exchanges."""
    found = embedded.facts(trained, model, out)
    learned = [vars(source) for source in catalogue.card(BASE).sources]
    return {
        "name": RECIPE.name,
        "title": TITLE,
        "kind": "causal",
        **found,
        "sources": [*learned, *manifest["sources"]],
        "scores": embedded.earlier_scores(out, str(found["files"][embedded.WEIGHTS]["sha256"])),
        "command": COMMAND,
    }
