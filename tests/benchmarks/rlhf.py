"""Our reward model and RLOO beside TRL's RewardTrainer and RLOOTrainer: the same comparisons, weights and reward.

    pip install -r tests/benchmarks/requirements.txt
    python -m tests.benchmarks.rlhf            # --record writes it beside the other results of core.rlhf

Reward: learned from COMPARISONS of one simulated person, tested on pairs of answers to unseen prompts; TRL trains the
whole chat model with a new output. RLOO: UPDATES of 16 answers of at most 24 tokens, 4 to a prompt, one step each; both
follow the same reward, and the rule of the simulated person judges answers to unseen prompts.
"""

import argparse
import json
import logging
import tempfile
import time
import warnings
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer
from trl import RewardConfig, RewardTrainer, RLOOConfig, RLOOTrainer

import core
from core import catalogue
from core.chat import BEFORE, BETWEEN
from core.rlhf import rloo
from core.rlhf.comparisons import Answer, Comparison
from core.rlhf.evaluate import JUDGED, PAIRS, Bench, decided, divergence, won
from core.rlhf.labellers import labeller
from core.rlhf.policy import MOST_TOKENS, Policy
from core.rlhf.prompts import test_prompts, train_prompts
from core.rlhf.results import FILE
from core.rlhf.rloo import RLOO

COMMAND = "python -m tests.benchmarks.rlhf --record"
RULES = ("polite", "short", "cheerful")
COMPARISONS = 50
UPDATES = 20
EPOCHS = 3  # of TRL's reward model over the comparisons
RATE = 1e-4  # of TRL's reward model; among 1e-5 … 1e-3 the best on these data


def text(answer: Answer) -> str:
    return f"{BEFORE}{answer.prompt}{BETWEEN}{answer.text}"


def quiet(folder: str) -> dict[str, Any]:
    """Return the settings of a trainer of TRL that writes nothing."""
    return {"output_dir": folder, "use_cpu": True, "report_to": "none", "save_strategy": "no", "disable_tqdm": True}


def reward_of_trl(learned: Sequence[Comparison], tested: Sequence[Comparison]) -> tuple[float, float]:
    """Return (share of the tested pairs that TRL's reward model tells right, seconds of its training)."""
    folder = catalogue.folder("chat")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1, dtype=torch.float32)
    rows = Dataset.from_list([{"chosen": text(one.better), "rejected": text(one.worse)} for one in learned])
    with tempfile.TemporaryDirectory() as out:
        settings = RewardConfig(
            **quiet(out),
            num_train_epochs=EPOCHS,
            learning_rate=RATE,
            per_device_train_batch_size=8,
            max_length=128,
            gradient_checkpointing=False,
            bf16=False,
        )
        trainer = RewardTrainer(model=model, args=settings, train_dataset=rows, processing_class=tokenizer)
        began = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - began

    @torch.no_grad()
    def score(answers: Sequence[Answer]) -> torch.Tensor:
        read = tokenizer([text(one) + tokenizer.eos_token for one in answers], padding=True, return_tensors="pt")
        scores: torch.Tensor = model.eval()(read["input_ids"], attention_mask=read["attention_mask"]).logits[:, 0]
        return scores

    better, worse = (score([getattr(one, side) for one in tested]) for side in ("better", "worse"))
    return float((better > worse).float().mean()), seconds


def rloo_of_trl(score: Any, beta: float, rate: float) -> tuple[Policy, float]:
    """Return (the trained policy, seconds) for TRL's RLOO with the same reward."""
    folder = catalogue.folder("chat")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    rows = Dataset.from_list([{"prompt": f"{BEFORE}{one}{BETWEEN}"} for one in train_prompts()])
    asked = {f"{BEFORE}{one}{BETWEEN}": one for one in train_prompts()}

    def rewards(prompts: list[str], completions: list[str], completion_ids: list[list[int]], **_: Any) -> list[float]:
        told = [
            Answer(asked[prompt], tuple(ids), tokenizer.decode(ids, skip_special_tokens=True).strip())
            for prompt, ids in zip(prompts, completion_ids, strict=True)
        ]
        return [float(one) for one in score(told)]

    with tempfile.TemporaryDirectory() as out:
        settings = RLOOConfig(
            **quiet(out),
            max_steps=UPDATES,
            per_device_train_batch_size=16,
            num_generations=4,
            max_completion_length=MOST_TOKENS,
            temperature=1.0,
            beta=beta,
            learning_rate=rate,
            lr_scheduler_type="constant",
            gradient_checkpointing=False,
            bf16=False,
            seed=0,
        )
        trainer = RLOOTrainer(
            model=model, reward_funcs=rewards, args=settings, train_dataset=rows, processing_class=tokenizer
        )
        began = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - began
    policy = Bench(core.load("chat")).policy
    policy.model.load_state_dict(model.state_dict())
    return policy, seconds


def measured(name: str, bench: Bench) -> dict[str, Any]:
    """Return both sides for one rule."""
    who, rng = labeller(name), np.random.default_rng(0)
    fresh = bench.policy.sample([prompt for prompt in train_prompts() for _ in range(8)], seed=int(rng.integers(2**31)))
    learned = decided(fresh, who, COMPARISONS, rng)  # the time counts their features, too
    tested = decided(bench.unseen, who, PAIRS, np.random.default_rng(1))
    bench.fit([])  # what the features are standardised on is there before any comparison
    began = time.perf_counter()
    reward = bench.fit(learned)
    ours = time.perf_counter() - began
    better, worse = (reward.score([getattr(one, side) for one in tested]) for side in ("better", "worse"))
    trl_accuracy, trl_seconds = reward_of_trl(learned, tested)

    settings = rloo.DEFAULT
    policy, reference = bench.policy.copy(), bench.policy.frozen()
    training = RLOO(policy, reward.standard_score, train_prompts(), settings, reference)
    began = time.perf_counter()
    list(training.updates(UPDATES))
    seconds = time.perf_counter() - began
    other, trl_rloo = rloo_of_trl(reward.standard_score, settings.beta, settings.rate)
    asked = [prompt for prompt in test_prompts() for _ in range(JUDGED)]
    before, after, theirs = (one.sample(asked, 5) for one in (reference, policy, other))
    return {
        "criterion": name,
        "reward_accuracy": round(float((better > worse).mean()), 4),
        "reward_seconds": round(ours, 4),
        "trl_reward_accuracy": round(trl_accuracy, 4),
        "trl_reward_seconds": round(trl_seconds, 2),
        "rloo_seconds": round(seconds, 2),
        "rloo_win": round(won(who, before, after).share, 4),
        "rloo_kl": round(divergence(policy, reference, after), 2),
        "trl_rloo_seconds": round(trl_rloo, 2),
        "trl_rloo_win": round(won(who, before, theirs).share, 4),
        "trl_rloo_kl": round(divergence(other, reference, theirs), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Our reward model and RLOO beside those of TRL.")
    parser.add_argument("--record", action="store_true", help=f"add the rows to {FILE.name}")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    bench = Bench(core.load("chat"))
    rows = [measured(name, bench) for name in RULES]
    for row in rows:
        print(json.dumps(row))
    means = {key: round(fmean(row[key] for row in rows), 4) for key in rows[0] if key != "criterion"}
    print(json.dumps({"mean": means}, indent=1))
    if arguments.record:
        found = json.loads(FILE.read_text(encoding="utf-8"))
        found["trl"] = {"command": COMMAND, "rows": rows, "mean": means}
        FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
