"""How long a live training goes on after its reader has stopped it, and how much memory its session leaves behind.

python -m tests.benchmarks.stopping [--json]
"""

import argparse
import gc
import json
import random
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import core
from core import runtime
from core.rlhf.evaluate import LEARNED_FROM, Bench, decided
from core.rlhf.labellers import labeller
from core.rlhf.policy import Policy
from core.rlhf.ppo import PPO
from core.rlhf.prompts import train_prompts
from core.rlhf.reward import Reward
from core.rlhf.running import Run, train

STOPS = 20
SESSIONS = 8
LATEST = 4.0  # s after its begin that a training is stopped
POLL = 0.005  # s


def megabytes() -> float:
    """Return the memory of this process (resident). Linux."""
    gc.collect()
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024


def begun(policy: Policy, reward: Reward) -> Run:
    """Return a training on its way, of a copy of the policy."""
    return train(PPO(policy.copy(), reward.standard_score, train_prompts(), reference=policy.frozen()), 20)


def stopped(run: Run) -> float:
    """Stop it; return the seconds until its thread does nothing more."""
    run.stop()
    began = time.perf_counter()
    while run.look().running:
        time.sleep(POLL)
    return time.perf_counter() - began


def measure() -> dict[str, Any]:
    """Return the seconds until stopped trainings stand still, and MB after each of several sessions."""
    bench = Bench(core.load("chat"))
    runtime.one_thread_a_call()
    rng = random.Random(0)
    reward = bench.fit(decided(bench.answers, labeller("polite"), LEARNED_FROM, np.random.default_rng(0)))
    seconds = []
    for _ in range(STOPS):
        run = begun(bench.policy, reward)
        time.sleep(rng.uniform(0.05, LATEST))
        seconds.append(stopped(run))
    memory = [megabytes()]
    for _ in range(SESSIONS):
        run = begun(bench.policy, reward)
        while run.look().running and run.look().done < 3:
            time.sleep(POLL)
        stopped(run)
        del run
        memory.append(megabytes())
    return {"seconds": {"median": median(seconds), "most": max(seconds), "count": STOPS}, "megabytes": memory}


def main() -> None:
    parser = argparse.ArgumentParser(description="Stop trainings, and look at what they leave behind.")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON")
    found = measure()
    print(json.dumps(found, indent=None if parser.parse_args().json else 1))


if __name__ == "__main__":
    main()
