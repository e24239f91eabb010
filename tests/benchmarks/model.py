"""Model time, side by side in one process: our calls, transformers' fill-mask pipeline, bertviz on the same sentence."""

import io
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from statistics import median
from typing import Any

import numpy as np

import core
from core import runtime
from core.catalogue import MODELS
from lessons.self_attention import figures

SENTENCES = (
    "鳥が[MASK]。",
    "昨日の夜、庭で小さな虫が静かに[MASK]と、赤ちゃんが目を覚ました。",
    "今朝は早く起きて、母と一緒に近くの公園へ行き、池のそばで青い鳥が[MASK]声を聞いてから、家に帰って温かいお茶を飲んだ。",
)
WORDS = ("鳴く", "泣く")
REPEATS = 30


def paired(calls: dict[str, Callable[[], Any]], repeats: int = REPEATS) -> dict[str, dict[str, float]]:
    """Return {"median", "low", "high"} in ms for each call; the calls take turns, so that noise hits all of them."""
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - started) * 1000)
    return {
        name: {
            "median": median(values),
            "low": float(np.percentile(values, 10)),
            "high": float(np.percentile(values, 90)),
        }
        for name, values in times.items()
    }


def measure() -> list[dict[str, Any]]:
    """Return one row for each sentence: its tokens, the times of all calls, and the bytes that a browser gets."""
    from bertviz import head_view
    from transformers import AutoModelForMaskedLM, AutoTokenizer, pipeline

    ours = core.load("encoder")
    folder = MODELS / "encoder"
    peer = AutoModelForMaskedLM.from_pretrained(folder, attn_implementation="eager", dtype="float32").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    filler = pipeline("fill-mask", model=peer, tokenizer=tokenizer, device="cpu")
    runtime.one_thread_a_call()
    runtime.settle()

    def figure_bytes(text: str) -> bytes:
        maps = ours.attention(text)
        tokens = [token.text for token in maps.tokens]
        return figures.attention_map(maps.mean(), tokens, axes=("Query", "Key")).to_json().encode()

    def bertviz_bytes(text: str) -> bytes:
        inputs = tokenizer(text, return_tensors="pt")
        attentions = peer(**inputs, output_attentions=True).attentions
        with redirect_stdout(io.StringIO()):
            page = head_view(attentions, tokenizer.convert_ids_to_tokens(inputs["input_ids"][0]), html_action="return")
        return page.data.encode()

    rows = []
    for text in SENTENCES:
        calls: dict[str, Callable[[], Any]] = {
            "attention": lambda text=text: ours.attention(text),
            "fill": lambda text=text: ours.fill(text),
            "pipeline fill-mask": lambda text=text: filler(text, top_k=10),
            "attention + figure": lambda text=text: figure_bytes(text),
            "bertviz head_view": lambda text=text: bertviz_bytes(text),
        }
        rows.append(
            {
                "tokens": len(ours.tokens(text)),
                "times": paired(calls),
                "bytes": {"attention + figure": len(figure_bytes(text)), "bertviz head_view": len(bertviz_bytes(text))},
                "every edge": paired({"edge_effects": lambda text=text: ours.edge_effects(text, WORDS)}, 5)[
                    "edge_effects"
                ],
            }
        )
    return rows
