"""The training of the family: letters as tokens, resumable, and asked the way the figure measures."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch

import core
from core import catalogue
from core.causal import CausalLM
from core.prompting import family
from core.prompting.measure import measure
from core.prompting.rules import games
from core.training.architecture import Shape, decoder
from core.training.fewshot import export, training
from core.training.fewshot.training import CONTEXT, LETTERS, SHAPES, VOCABULARY, Fewshot, Member, members, tokenizer
from core.training.train import Recipe

TINY = Shape(width=16, mlp=16, layers=2, heads=2, vocabulary=VOCABULARY, context=CONTEXT)
MEMBER = Member("xs", "sequences", 0)
SENTENCES = ["あめがふる。", "とりがなく。", "きょうはいいてんきだ。"] * 60


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(training, "TOKENS", 6 * 4096)
    monkeypatch.setattr(training, "ASKED", 4)
    monkeypatch.setattr(training, "SHAPES", dict.fromkeys(SHAPES, TINY))
    monkeypatch.setattr(export, "SHAPES", dict.fromkeys(SHAPES, TINY))
    (tmp_path / "kana.txt").write_text("\n".join(SENTENCES) + "\n", encoding="utf-8")
    return tmp_path


def test_every_letter_is_a_token(tmp_path: Path) -> None:
    letters = tokenizer(tmp_path)
    text = "とけい→トケイ。「い!ぬ?」は「dog」。10→11。ゔー: "
    ids = letters(text, add_special_tokens=False)["input_ids"]
    assert len(ids) == len(text)
    assert letters.unk_token_id not in ids
    assert letters.decode(ids) == text
    assert letters("高い", add_special_tokens=False)["input_ids"][0] == letters.unk_token_id
    assert len(letters) == VOCABULARY == len(set(LETTERS)) + 7


def test_the_sizes_are_those_of_the_lesson() -> None:
    counts = [sum(one.numel() for one in decoder(SHAPES[size]).parameters()) for size in family.SIZES]
    assert counts == [27_968, 137_952, 614_432, 2_700_864]


def test_the_family_is_whole_and_every_name_is_known() -> None:
    assert len(members()) == len({one.name for one in members()}) == 8 * len(family.SEEDS)
    assert all(family.is_member(one.name) for one in members())


def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(runs: Path) -> None:
    whole = Fewshot(MEMBER, runs)
    whole.finish()
    assert whole.step == 6
    (runs / MEMBER.name / "checkpoint.pt").unlink()
    first = Fewshot(MEMBER, runs)
    for numbers, _ in zip(training.batches.order(first.text, 4096, 0), range(3), strict=False):
        first.advance(numbers)
    first.save()
    second = Fewshot(MEMBER, runs)
    assert second.step == 3
    second.finish()
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, second.model.state_dict()[name]), name


def test_a_finished_member_is_exported_with_its_looks(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "FEWSHOT", runs / "fewshot")
    manifest = {"sources": [{"name": "a", "licence": "CC0", "attribution": "b", "lines": 1}]}
    (runs / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    trained = Fewshot(MEMBER, runs)
    trained.save()
    with pytest.raises(SystemExit, match="0 of 6 steps"):
        export.export(MEMBER, runs, runs)
    trained.finish()
    export.export(MEMBER, runs, runs)
    family.looks.cache_clear()
    card = catalogue.card(MEMBER.name)
    assert (card.kind, card.context, card.vocabulary, card.layers) == ("causal", CONTEXT, VOCABULARY, 2)
    looks = family.looks(MEMBER.name)
    family.looks.cache_clear()
    assert [look.step for look in looks] == [0, 1, 2, 3, 4, 5, 6]
    assert set(looks[0].right["kana-rules"]) == {0, 1, 8}


def test_the_training_asks_as_the_figure_measures() -> None:
    model = core.load(family.DEFAULT)
    assert isinstance(model, CausalLM)
    asked = Fewshot.__new__(Fewshot)
    asked.model, asked.tokenizer = model.model, model.tokenizer
    for name, shots in (("kana-rules", 4), ("kana-endings", 1)):
        found = measure(model, games()[name], shots, training.ASKED, seed=1)
        assert asked.right(name, shots) == pytest.approx(found.accuracy, abs=0.011)


def test_the_recipe_depends_on_the_seed_alone() -> None:
    recipes = {dataclasses.replace(one.recipe, name="") for one in members()}
    assert recipes == {Recipe("", tokens=training.TOKENS, seed=seed) for seed in family.SEEDS}
