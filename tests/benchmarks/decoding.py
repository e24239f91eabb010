"""Tokens per second: our decoder beside the library's `generate`, on the same weights and the same prompt."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

import core
from core import runtime
from core.attention import recording
from core.catalogue import MODELS
from core.causal import CausalLM
from core.sampling import Sampling

PROMPT = "雨が激しく降って、"
MOST = 50  # tokens
SEEDS = 60
REPEATS = 15


def measure() -> dict[str, Any]:
    """Return ms for a token: the steps that a page shows, the reader alone, and `generate`, in turns.

    All sample from the whole vocabulary and write as many tokens: those of the longest text of SEEDS.
    """
    from transformers import AutoModelForCausalLM

    ours = core.load("decoder")
    assert isinstance(ours, CausalLM)
    peer: Any = AutoModelForCausalLM.from_pretrained(MODELS / "decoder", dtype="float32").eval()
    runtime.one_thread_a_call()
    runtime.settle()
    ids = torch.tensor([ours.encode(PROMPT).ids])
    end = ours.tokenizer.eos_token_id

    def steps(seed: int | None = None) -> int:
        sampling = Sampling(max_tokens=MOST, seed=longest if seed is None else seed)
        return sum(1 for _ in ours.steps(PROMPT, sampling))

    longest = max(range(SEEDS), key=steps)
    tokens = steps()

    def reader() -> None:
        cache = ours.reader.cache(1, ids.shape[1] + tokens)
        read = ids
        for _ in range(tokens):
            with recording(keep=False):
                logits = ours.reader.read(read, cache)[0, -1]
            read = torch.multinomial(torch.softmax(logits, dim=-1), 1)[None]

    def generate() -> None:
        with torch.inference_mode():
            peer.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                do_sample=True,
                top_k=0,
                pad_token_id=end,
            )

    calls: dict[str, Callable[[], object]] = {"steps": steps, "reader": reader, "generate": generate}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(REPEATS + 1):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            if number:  # the first time everything is cold
                times[name].append((time.perf_counter() - started) * 1000 / tokens)
    pairs = {name: [peer / own for own, peer in zip(times[name], times["generate"], strict=True)] for name in calls}
    return {
        name: {
            "tokens": tokens,
            "ms": median(values),
            "low": min(values),
            "high": max(values),
            "faster": median(pairs[name]),
        }
        for name, values in times.items()
    }
