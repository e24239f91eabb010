"""What a model guesses while it learns: a few fixed sentences, asked again at doubling steps of the training."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

SENTENCES = {  # a masked LM fills the hole, a causal LM goes on after the last word
    "masked": (
        "鳥が[MASK]。",
        "赤ちゃんが[MASK]。",
        "雨が激しく[MASK]。",
        "鳥が空を[MASK]。",
        "[MASK]を食べる。",
        "今日は天気が[MASK]。",
        "図書館で[MASK]を読む。",
    ),
    "causal": ("雨が激しく", "風が強く", "鳥が", "今日は天気が", "図書館で本を"),
}
GUESSES = 5
FIRST = 10  # step of the second look; the following ones are each at twice the step before


def due(step: int, last: int) -> bool:
    """Say whether the model is asked after this step: at 0, 10, 20, 40, 80, … and at the last one."""
    doubled, rest = divmod(step, FIRST)
    return step in (0, last) or (rest == 0 and doubled & (doubled - 1) == 0)


@torch.no_grad()
def guesses(model: Any, tokenizer: Any, kind: str) -> list[dict[str, Any]]:
    """Return the likeliest words for each sentence of the kind: {"text", "candidates": [[word, probability], …]}.

    Of several holes the first counts. The model is left as it was; nothing is compiled for this.
    """
    found = []
    device = next(model.parameters()).device
    for text in SENTENCES.get(kind, ()):
        ids = tokenizer(text)["input_ids"]
        if kind == "causal" and ids[-1] == tokenizer.eos_token_id:
            ids = ids[:-1]
        place = ids.index(tokenizer.mask_token_id) if kind == "masked" else len(ids) - 1
        with torch.compiler.set_stance("force_eager"):
            logits = model(torch.tensor([ids], device=device)).logits[0, place].float()
        best = logits.softmax(-1).topk(min(GUESSES, len(logits)))
        words = tokenizer.convert_ids_to_tokens(best.indices.tolist())
        candidates = [[word, round(prob, 4)] for word, prob in zip(words, best.values.tolist(), strict=True)]
        found.append({"text": text, "candidates": candidates})
    return found


def append(file: Path, step: int, found: Iterable[dict[str, Any]]) -> None:
    """Add one look, with the step after which it was taken, to the file."""
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"step": step, "guesses": list(found)}, ensure_ascii=False) + "\n")


def read(file: Path) -> list[dict[str, Any]]:
    """Return the looks in the order of their steps; of a step that was trained twice, the later one."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    looks = {look["step"]: look for look in map(json.loads, lines)}
    return [looks[step] for step in sorted(looks)]
