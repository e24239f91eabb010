"""Tokens → weights: a stopped run ends with the weights of an unbroken one."""

import dataclasses
import json
import math
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.training import architecture, batches, train, watch
from core.training import tokenizer as unigram
from core.training.architecture import RESIDUAL_WRITERS, Shape, build
from core.training.train import RECIPES, Recipe, Run, optimisers

NAMES = ["encoder", "decoder", "seq2seq"]
LINES = [
    f"{who}が{how}{what}。"
    for who in ("鳥", "猫", "犬", "子")
    for how in ("", "よく", "また")
    for what in ("鳴く", "来る")
]
PIECES = ("▁", "鳥", "猫", "犬", "子", "が", "よく", "また", "鳴く", "来る", "。")
SMALL = Shape(width=16, mlp=32, layers=2, heads=2)
STEPS, TOKENS = 6, 64  # tokens a batch: the lines are about three batches


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny matrices are slower on many threads, much slower where something else runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a training text and tokenizers; the models are made small enough for a test."""
    (tmp_path / "train.txt").write_text("\n".join(LINES[:12]) + "\n", encoding="utf-8")
    (tmp_path / "contrasts.txt").write_text("\n".join(LINES[12:]) + "\n", encoding="utf-8")
    pairs = (f"{line.replace('鳴く', 'よく')}\t{line}" for line in LINES)
    (tmp_path / "pairs.tsv").write_text("\n".join(pairs) + "\n", encoding="utf-8")
    tokenizer = unigram.assemble([(piece, -2.0) for piece in PIECES])
    for name, kind in unigram.KINDS.items():
        unigram.save(tokenizer, tmp_path / "tokenizer" / name, kind)
    for constant in ("VOCABULARY", "LETTERS"):
        monkeypatch.setattr(architecture, constant, tokenizer.get_vocab_size())
    monkeypatch.setattr(architecture, "SHAPES", dict.fromkeys(NAMES, SMALL))
    return tmp_path


def start(folder: Path, name: str, out: str = "run", **changes: Any) -> Run:
    recipe = Recipe(name, **{"tokens": STEPS * TOKENS, "batch_tokens": TOKENS, **changes})
    return Run(recipe, folder, folder / "tokenizer", folder / out, torch.device("cpu"))


def advance(run: Run, steps: int) -> list[float]:
    """Make some steps, as `finish` does, without coming to the end; return their losses."""
    order = batches.order(run.text, run.recipe.batch_tokens, run.recipe.seed)
    return [run.advance(numbers) for numbers in islice(order, run.step, run.step + steps)]


@pytest.mark.parametrize("name", NAMES)
def test_a_resumed_run_ends_with_the_weights_of_an_unbroken_one(folder: Path, name: str) -> None:
    unbroken = start(folder, name, "unbroken")
    unbroken.finish()
    stopped = start(folder, name, "stopped")
    advance(stopped, STEPS // 2)
    stopped.save()
    resumed = start(folder, name, "stopped")
    assert resumed.step == STEPS // 2
    resumed.finish()
    assert resumed.step == unbroken.step == STEPS
    expected = unbroken.model.state_dict()
    assert all(torch.equal(weight, expected[key]) for key, weight in resumed.model.state_dict().items())


@pytest.mark.parametrize("name", NAMES)
def test_a_finished_run_stays_as_it_is(folder: Path, name: str) -> None:
    start(folder, name).finish()
    weights = torch.load(folder / "run" / "checkpoint.pt", weights_only=True)["model"]
    again = start(folder, name)
    again.finish()
    assert all(torch.equal(weight, weights[key]) for key, weight in again.model.state_dict().items())


@pytest.mark.parametrize("name", NAMES)
def test_training_learns(folder: Path, name: str) -> None:
    run = start(folder, name, tokens=60 * TOKENS)
    losses = advance(run, 60)
    assert losses[0] == pytest.approx(math.log(run.model.config.vocab_size), abs=1.5)  # it starts by knowing nothing
    assert sum(losses[-5:]) / 5 < 0.7 * losses[0]


@pytest.mark.parametrize("name", NAMES)
def test_guesses_are_written_down_on_the_way(folder: Path, name: str) -> None:
    start(folder, name).finish()
    looks = watch.read(folder / "run" / "guesses.jsonl")
    assert [look["step"] for look in looks] == ([] if name == "seq2seq" else [0, STEPS])
    for look in looks:
        for asked in look["guesses"]:
            probs = [prob for _, prob in asked["candidates"]]
            assert probs == sorted(probs, reverse=True)
            assert 0 < sum(probs) <= 1.001


def test_a_checkpoint_of_another_recipe_is_refused(folder: Path) -> None:
    start(folder, "encoder").save()
    with pytest.raises(SystemExit, match="another recipe"):
        start(folder, "encoder", seed=1)


def test_an_interrupted_write_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start(folder, "decoder")
    run.save()
    before = run.checkpoint.read_bytes()

    def break_off(state: Any, file: Path) -> None:
        file.write_bytes(b"half a checkp")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", break_off)
    with pytest.raises(KeyboardInterrupt):
        run.save()
    assert run.checkpoint.read_bytes() == before


def test_the_log_has_a_line_every_few_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "LOG_EVERY", 2)
    start(folder, "encoder").finish()
    rows = [json.loads(line) for line in (folder / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 4, 6]
    assert all(row["loss"] > 0 for row in rows)


def test_the_command_trains_as_many_tokens_as_it_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = 2 * RECIPES["encoder"].batch_tokens
    words = ["train", "encoder", "--tokens", tokens, "--corpus", folder, "--tokenizer", folder / "tokenizer"]
    words += ["--out", folder / "run", "--threads", torch.get_num_threads(), "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", [str(word) for word in words])
    train.main()
    state = torch.load(folder / "run" / "checkpoint.pt", weights_only=True)
    assert state["step"] == 2
    assert state["recipe"] == dataclasses.asdict(dataclasses.replace(RECIPES["encoder"], tokens=tokens))


@given(
    steps=st.integers(1, 10_000),
    warmup=st.floats(0, 0.5),
    decay=st.floats(0.01, 1),
    share=st.floats(0, 1),
)
def test_the_rate_is_a_share(steps: int, warmup: float, decay: float, share: float) -> None:
    recipe = Recipe("encoder", tokens=steps * 8, batch_tokens=8, warmup=warmup, decay=decay)
    assert recipe.steps == steps
    assert 0 < recipe.rate(int(share * (steps - 1))) <= 1
    assert recipe.rate(steps) == 0


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_the_rate_rises_stays_and_falls_to_zero(recipe: Recipe) -> None:
    rates = [recipe.rate(step) for step in range(recipe.steps)]
    top = rates.index(1.0)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert top / recipe.steps == pytest.approx(recipe.warmup, abs=0.01)
    assert rates[int(0.9 * (1 - recipe.decay) * recipe.steps)] == 1.0
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_has_one_optimiser_and_words_are_not_for_muon(folder: Path, name: str) -> None:
    model = build(name)
    muon, adam = (
        [id(parameter) for group in found.param_groups for parameter in group["params"]]
        for found in optimisers(model, RECIPES[name])
    )
    parameters = {key: weight for key, weight in model.named_parameters() if weight.requires_grad}
    assert sorted([*muon, *adam]) == sorted(map(id, parameters.values()))
    matrices = {key for key, weight in parameters.items() if id(weight) in muon}
    inner = ("model.layers.", "head.dense.", "model.encoder.layers.", "model.decoder.layers.")
    assert matrices == {key for key, weight in parameters.items() if key.startswith(inner) and weight.ndim == 2}


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_starts_as_the_identity(folder: Path, name: str) -> None:
    torch.manual_seed(0)
    model = build(name).eval()
    weights = dict(model.named_parameters())
    writers = [key for key in weights if key.removesuffix(".weight").endswith(RESIDUAL_WRITERS)]
    assert len(writers) == (5 if name == "seq2seq" else 2) * SMALL.layers  # its decoder has a third: cross-attention
    assert not any(weights[key].any() for key in writers)
    if name == "seq2seq":  # with the norm after the addition the layer is no identity
        return
    ids = torch.tensor([[3, 270, 265]])
    states = model(ids, output_hidden_states=True).hidden_states
    assert torch.equal(states[0], states[1])
