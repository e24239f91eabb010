"""`python -m core.rlhf evaluate --record`: what it writes."""

import json
from pathlib import Path

import pytest

from core.rlhf import __main__ as terminal
from core.rlhf.evaluate import COMPARISONS, SEEDS, TRAININGS
from core.rlhf.labellers import RULES
from core.rlhf.results import results

FEWEST_SEEDS = 20


def test_recording_anew_keeps_what_was_measured_beside_trl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "results.json"
    monkeypatch.setattr(terminal, "FILE", file)
    terminal.record({"reward": [1]})
    assert json.loads(file.read_text(encoding="utf-8")) == {"reward": [1]}
    file.write_text('{"reward": [1], "trl": {"rows": []}}', encoding="utf-8")
    terminal.record({"reward": [2]})
    assert json.loads(file.read_text(encoding="utf-8")) == {"reward": [2], "trl": {"rows": []}}


def test_the_recorded_measurement_is_whole() -> None:
    found = results()
    assert found is not None and SEEDS >= FEWEST_SEEDS
    measured = {(row["criterion"], row["error"], row["comparisons"]) for row in found["reward"]}
    assert {(name, count) for name, _, count in measured} == {(name, count) for name in RULES for count in COMPARISONS}
    assert len({error for _, error, _ in measured}) > 1
    assert {row["criterion"]: row["trainings"] for row in found["ppo"]} == dict.fromkeys(RULES, TRAININGS)
    assert found["trl"]["rows"] and set(found["trl"]["mean"]) >= {"trl_reward_accuracy", "trl_rloo_seconds"}
