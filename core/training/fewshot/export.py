"""Checkpoint of a member → its folder in core/models/fewshot, with a card and what it could do while it learned."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import torch

from core import catalogue
from core.prompting.family import LOOKS
from core.training import export as embedded
from core.training.architecture import decoder
from core.training.fewshot.training import LOOKED_AT, SHAPES, SHOTS, Member

SIZES = {"xs": ("極小", "extra small"), "s": ("小", "small"), "m": ("中", "medium"), "l": ("大", "large")}
TEXTS = {"sequences": ("課題の列あり", "with sequences"), "mixed": ("順番をまぜた文", "lines mixed")}


def title(member: Member) -> dict[str, str]:
    size, text = SIZES[member.size], TEXTS[member.text]
    return {
        "ja": f"小鳥 Few-shot・{size[0]}({text[0]}、種{member.seed})",
        "en": f"Kotori few-shot, {size[1]} ({text[1]}, seed {member.seed})",
    }


def looks(file: Path) -> dict[str, Any]:
    """Return the looks of a training; of a step that was trained twice, the later one."""
    by_step = {look["step"]: look for look in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
    found = [
        {"step": step, "right": {name: look[name] for name in LOOKED_AT}, "heads": look["heads"]}
        for step, look in sorted(by_step.items())
    ]
    return {"shots": list(SHOTS), "looks": found}


def export(member: Member, runs: Path, corpus: Path) -> str:
    """Write the member's folder; return a line about it. Exits with a sentence if its training has not ended."""
    run, out = runs / member.name, catalogue.folder(member.name)
    trained = embedded.read_checkpoint(run / "checkpoint.pt")
    if not trained.finished:
        raise SystemExit(f"{member.name} has made {trained.step} of {trained.recipe.steps} steps; train on first")
    model = decoder(SHAPES[member.size])
    model.load_state_dict(trained.weights)
    out.mkdir(parents=True, exist_ok=True)
    model.bfloat16().save_pretrained(out)
    (out / embedded.WEIGHTS).chmod(0o644)  # the library leaves it to its owner alone
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(runs / "tokenizer" / file, out / file)
    (out / "log.json").write_text(json.dumps(embedded.loss_curve(run / "log.jsonl")) + "\n", encoding="utf-8")
    (out / LOOKS).write_text(json.dumps(looks(run / "looks.jsonl")) + "\n", encoding="utf-8")
    embedded.write_card(out, card(member, trained, model, corpus / "manifest.json", out))
    return f"{member.name}: {sum(one.numel() for one in model.parameters()):,} parameters"


def card(member: Member, trained: embedded.Trained, model: Any, manifest: Path, out: Path) -> dict[str, object]:
    """Return the card of the exported folder."""
    config = model.config
    return {
        "name": member.name,
        "title": title(member),
        "kind": "causal",
        "parameters": sum(one.numel() for one in model.parameters()),
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "hidden": config.hidden_size,
        "vocabulary": config.vocab_size,
        "context": config.max_position_embeddings,
        "licence": embedded.LICENCE,
        "sources": embedded.sources(manifest, trained.recipe),
        "recipe": {
            **dataclasses.asdict(trained.recipe),
            "steps": trained.step,
            "seconds": round(trained.seconds),
            "torch": torch.__version__,
            "device": trained.device,
        },
        "scores": {},
        "command": "python -m core.training.corpus FOLDER && python -m core.training.fewshot train && "
        "python -m core.training.fewshot export",
        "files": embedded.checksums(out),
    }
