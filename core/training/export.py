"""Checkpoint → a folder that anybody's `transformers` opens, with a card: what is in it and how to remake it.

    core/models/NAME/model.safetensors, config.json      the weights in bfloat16, tied ones stored once
    core/models/NAME/tokenizer.json, tokenizer_config.json
    core/models/NAME/log.json                            the loss during training, in at most 200 points
    core/models/NAME/card.json                           size, licence, sources, recipe, scores, checksums

Scores are added by `core.training.evaluate`; they are kept when the same weights are exported again.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedModel

from core.catalogue import CARD, MODELS
from core.training import watch
from core.training.architecture import build, kind
from core.training.corpus import CONTRASTS_OF_OURS
from core.training.train import FOLDERS, RECIPES, Recipe

LICENCE = "CC BY-SA 4.0"  # the strictest of the sources' licences
LOG_POINTS = 200
WEIGHTS = "model.safetensors"
TITLES = {
    "encoder": {"ja": "小鳥エンコーダー(穴埋め)", "en": "Kotori encoder (fill in the blank)"},
    "decoder": {"ja": "小鳥デコーダー(次の単語)", "en": "Kotori decoder (next word)"},
    "decoder-m": {"ja": "小鳥デコーダー・中", "en": "Kotori decoder, medium"},
    "decoder-s": {"ja": "小鳥デコーダー・小", "en": "Kotori decoder, small"},
    "decoder-xs": {"ja": "小鳥デコーダー・極小", "en": "Kotori decoder, extra small"},
    "seq2seq": {"ja": "小鳥エンコーダー・デコーダー(かな→漢字)", "en": "Kotori encoder–decoder (kana to kanji)"},
}


@dataclasses.dataclass(frozen=True)
class Trained:
    """What a checkpoint holds, without the optimisers. `device`: where the training ran, "cpu" or "cuda"."""

    recipe: Recipe
    weights: dict[str, torch.Tensor]
    step: int
    seconds: float
    device: str

    @property
    def finished(self) -> bool:
        return self.step >= self.recipe.steps


def read_checkpoint(file: Path) -> Trained:
    """Return the training's state on the CPU. Exits with a sentence if there is none."""
    if not file.exists():
        raise SystemExit(f"{file} does not exist; train the model first (python -m core.training.train NAME)")
    devices: set[str] = set()

    def to_cpu(storage: Any, location: str) -> Any:
        devices.add(location.partition(":")[0])
        return storage

    state = torch.load(file, map_location=to_cpu, weights_only=True)
    device = "cpu" if devices <= {"cpu"} else max(devices - {"cpu"})
    return Trained(Recipe(**state["recipe"]), state["model"], state["step"], state["seconds"], device)


def restore(trained: Trained) -> PreTrainedModel:
    """Return the model with the trained weights in bfloat16."""
    model = build(trained.recipe.name)
    model.load_state_dict(trained.weights)
    model.bfloat16()
    return model


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def checksums(folder: Path) -> dict[str, dict[str, object]]:
    """Return {file name: {bytes, sha256}} for every file of the folder but the card."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.name != CARD)
    return {file.name: {"bytes": file.stat().st_size, "sha256": sha256(file)} for file in files}


def loss_curve(log: Path) -> dict[str, list[float]]:
    """Return the columns step, loss (nats a guessed token) and seconds of at most LOG_POINTS logged lines.

    A step that was trained twice, because a run was stopped after its last checkpoint, counts as it was last.
    """
    lines = map(json.loads, log.read_text(encoding="utf-8").splitlines()) if log.exists() else ()
    by_step = {line["step"]: line for line in lines}
    rows = [by_step[step] for step in sorted(by_step)]
    count = min(LOG_POINTS, len(rows))
    chosen = [rows[round(i * (len(rows) - 1) / max(1, count - 1))] for i in range(count)]
    return {column: [row[column] for row in chosen] for column in ("step", "loss", "seconds")}


def command(recipe: Recipe) -> str:
    """Return the shell line that makes the model again from the folder of texts."""
    tokens = f" --tokens {recipe.tokens}" if recipe.tokens != RECIPES[recipe.name].tokens else ""
    name = recipe.name
    texts = ("corpus FOLDER", "tokenizer", *(["readings"] if kind(name) == "seq2seq" else []))
    stages = (*texts, f"train {name}{tokens}", f"export {name}", f"evaluate {name}")
    return " && ".join(f"python -m core.training.{stage}" for stage in stages)


def earlier_scores(folder: Path, weights: str) -> dict[str, object]:
    """Return the scores of the card in the folder if it describes weights with this sha256, else nothing."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    same = card.get("files", {}).get(WEIGHTS, {}).get("sha256") == weights
    return dict(card.get("scores", {})) if same else {}


def facts(trained: Trained, model: PreTrainedModel, folder: Path) -> dict[str, Any]:
    """Return what the card of every exported model says: its size, how it was trained, and its files."""
    config = model.config
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "hidden": config.hidden_size,
        "vocabulary": config.vocab_size,
        "context": config.max_position_embeddings,
        "licence": LICENCE,
        "recipe": {
            **dataclasses.asdict(trained.recipe),
            "steps": trained.step,
            "seconds": round(trained.seconds),
            "torch": torch.__version__,
            "device": trained.device,
        },
        "files": checksums(folder),
    }


def describe(trained: Trained, model: PreTrainedModel, manifest: Path, folder: Path) -> dict[str, object]:
    """Return the card of the exported folder; the scores are those of an earlier card of the same weights."""
    recipe, found = trained.recipe, facts(trained, model, folder)
    return {
        "name": recipe.name,
        "title": TITLES[recipe.name],
        "kind": kind(recipe.name),
        **found,
        "sources": sources(manifest, recipe),
        "scores": earlier_scores(folder, str(found["files"][WEIGHTS]["sha256"])),
        "command": command(recipe),
    }


def sources(manifest: Path, recipe: Recipe) -> list[dict[str, str]]:
    """Return the texts that a model of the recipe read, as its card names them."""
    found = json.loads(manifest.read_text(encoding="utf-8"))["sources"]
    kept = ("name", "licence", "attribution")
    return [{key: source[key] for key in kept} for source in found if _used(recipe, source)]


def _used(recipe: Recipe, source: dict[str, Any]) -> bool:
    """Say whether a model of the recipe read a source: the contrasts are for those that tell homophones apart."""
    return kind(recipe.name) != "causal" or source["name"] != CONTRASTS_OF_OURS.name


def write_model(model: PreTrainedModel, tokenizer: Path, run: Path, out: Path) -> None:
    """Write weights, tokenizer and loss curve of the training in `run` to the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    (out / WEIGHTS).chmod(0o644)  # the library leaves it to its owner alone
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / file, out / file)
    (out / "log.json").write_text(json.dumps(loss_curve(run / "log.jsonl")) + "\n", encoding="utf-8")


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Write the card beside the old one, then replace it: a reader finds one or the other, whole."""
    temporary = folder / f"{CARD}.tmp"
    temporary.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, folder / CARD)


def export(
    name: str, run: Path, tokenizer: Path, corpus: Path, out: Path, *, unfinished: bool = False
) -> dict[str, object]:
    """Write the folder `out` from the checkpoint in `run`; return the card.

    Exits with a sentence, before anything is written, if something is missing, the parts do not belong
    together, or the training has not ended (`unfinished` allows that, but not into the app's own models).
    """
    trained = read_checkpoint(run / "checkpoint.pt")
    if trained.recipe.name != name:
        raise SystemExit(f"{run} holds a training of {trained.recipe.name}, not of {name}; give the right --run")
    if unfinished and out.resolve().is_relative_to(MODELS.resolve()):
        raise SystemExit(f"an unfinished model is not written to {out}; give an --out outside {MODELS}")
    if not (trained.finished or unfinished):
        done = f"{trained.step} of {trained.recipe.steps} steps"
        raise SystemExit(f"the training in {run} has made {done}; run the same training command again to finish it")
    manifest = corpus / "manifest.json"
    if not manifest.exists():
        raise SystemExit(f"{manifest} does not exist; build it first (python -m core.training.corpus FOLDER)")
    model = restore(trained)
    read_with = tokenizer / FOLDERS[kind(name)]
    pieces = AutoTokenizer.from_pretrained(read_with)
    if len(pieces) != model.config.vocab_size:
        sizes = f"{len(pieces)} pieces and the model {model.config.vocab_size}"
        raise SystemExit(f"the tokenizer has {sizes}; give the --tokenizer that the model was trained with")
    write_model(model, read_with, run, out)
    looks = watch.read(run / "guesses.jsonl")
    if looks:
        (out / "guesses.json").write_text(json.dumps(looks, ensure_ascii=False) + "\n", encoding="utf-8")
    card = describe(trained, model, manifest, out)
    write_card(out, card)
    return card


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a trained model for the app: safetensors, tokenizer, card.")
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--run", type=Path, help="default: runs/NAME")
    parser.add_argument("--tokenizer", type=Path, default=Path("runs/tokenizer"))
    parser.add_argument("--corpus", type=Path, default=Path("runs/corpus"))
    parser.add_argument("--out", type=Path, help="default: core/models/NAME")
    parser.add_argument("--unfinished", action="store_true", help="write a training that still runs; needs --out")
    arguments = parser.parse_args()
    run, out = arguments.run or Path("runs") / arguments.name, arguments.out or MODELS / arguments.name
    card = export(arguments.name, run, arguments.tokenizer, arguments.corpus, out, unfinished=arguments.unfinished)
    print(f"{card['parameters']:,} parameters, {(out / WEIGHTS).stat().st_size / 1e6:.1f} MB in {out}")


if __name__ == "__main__":
    main()
