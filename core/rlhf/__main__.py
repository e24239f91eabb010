"""Reinforcement learning from human feedback, from a terminal.

python -m core.rlhf evaluate            # measures and prints; --record writes core/rlhf/results.json
"""

import argparse
import json
import sys
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from core import runtime
from core.errors import CoreError
from core.intervals import wilson
from core.rlhf.results import FILE

MODEL = "chat"
COMMAND = "python -m core.rlhf evaluate --record"


def evaluate(model: str, trainings: int) -> dict[str, Any]:
    """Return every measurement; each is printed to the standard error as it is made."""
    import core
    from core.rlhf.evaluate import Bench
    from core.rlhf.labellers import RULES

    runtime.one_thread_a_call()
    bench = Bench(core.load(model))
    reward, ppo = [], []
    for row in bench.rewards():
        reward.append(row)
        _tell("{criterion:10} {comparisons:4} comparisons, {error:.0%} errors: {accuracy:.1%}", row)
    for name in RULES:
        for seed in range(trainings):
            ppo.append(bench.optimised(name, seed))
            _tell("{criterion:10} PPO {seed}: win {win:.1%} of {wins}+{losses}, KL {kl:.2f}, {seconds:.1f} s", ppo[-1])
    return {"command": COMMAND, "model": model, "reward": reward, "ppo": [_together(name, ppo) for name in RULES]}


def _together(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the trainings of one rule as one row."""
    own = [row for row in rows if row["criterion"] == name]
    wins, losses = (sum(row[side] for row in own) for side in ("wins", "losses"))
    low, high = wilson(wins, wins + losses)
    means = {key: round(fmean(row[key] for row in own), 3) for key in ("kl", "seconds", "rule_before", "rule_after")}
    share = round(wins / max(1, wins + losses), 4)
    return {
        "criterion": name,
        "comparisons": own[0]["comparisons"],
        "trainings": len(own),
        "win": share,
        "low": low,
        "high": high,
        "pairs": wins + losses,
        "kl": means["kl"],
        "seconds": means["seconds"],
        "before": means["rule_before"],
        "after": means["rule_after"],
    }


def record(found: dict[str, Any]) -> None:
    """Write the measurements; what was measured beside TRL (tests.benchmarks.rlhf) stays with them."""
    before = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    beside = {"trl": before["trl"]} if "trl" in before else {}
    FILE.write_text(json.dumps({**found, **beside}, indent=1) + "\n", encoding="utf-8")


def _tell(line: str, row: dict[str, Any]) -> None:
    print(line.format_map(row), file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m core.rlhf", description="Reinforcement learning from feedback.")
    parser.add_argument("action", choices=("evaluate",))
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--trainings", type=int, default=3, help="of each rule")
    parser.add_argument("--record", action="store_true", help=f"write {FILE.name}, which the lesson shows")
    arguments = parser.parse_args()
    try:
        found = evaluate(arguments.model, arguments.trainings)
    except CoreError as error:
        print(error.message("en"), file=sys.stderr)
        return 2
    if arguments.record:
        record(found)
    print(json.dumps({**found, "mean": mean(found)}, indent=1))
    return 0


def mean(found: dict[str, Any]) -> dict[str, float]:
    """Return the means over the rules: of the accuracy after 20 comparisons without errors, of PPO's win rate and KL."""
    twenty = [row["accuracy"] for row in found["reward"] if row["comparisons"] == 20 and not row["error"]]
    shares = {f"mean_{key}": round(fmean(row[key] for row in found["ppo"]), 4) for key in ("win", "kl", "seconds")}
    return {"accuracy_20": round(fmean(twenty), 4), **shares}


if __name__ == "__main__":
    runtime.end_with_reader()
    sys.exit(main())
