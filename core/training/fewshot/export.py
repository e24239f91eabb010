"""Checkpoint of a member → its folder in core/models/fewshot, with a card and what it could do while it learned."""

import json
from pathlib import Path
from typing import Any

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
    embedded.write_model(model.bfloat16(), runs / "tokenizer", run, out)
    (out / LOOKS).write_text(json.dumps(looks(run / "looks.jsonl")) + "\n", encoding="utf-8")
    embedded.write_card(out, card(member, trained, model, corpus / "manifest.json", out))
    return f"{member.name}: {sum(one.numel() for one in model.parameters()):,} parameters"


def card(member: Member, trained: embedded.Trained, model: Any, manifest: Path, out: Path) -> dict[str, object]:
    """Return the card of the exported folder."""
    return {
        "name": member.name,
        "title": title(member),
        "kind": "causal",
        **embedded.facts(trained, model, out),
        "sources": embedded.sources(manifest, trained.recipe),
        "scores": {},
        "command": "python -m core.training.corpus FOLDER && python -m core.training.fewshot train && "
        "python -m core.training.fewshot export",
    }
