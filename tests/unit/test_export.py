"""Checkpoint → model folder: what it says of itself is true, and any `transformers` opens it."""

import dataclasses
import hashlib
import json
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, AutoTokenizer

from core.training import architecture
from core.training import export as exporting
from core.training import tokenizer as unigram
from core.training.architecture import Shape
from core.training.export import checksums, command, export, loss_curve, read_checkpoint
from core.training.train import RECIPES, Recipe, Run

AUTO = {"encoder": AutoModelForMaskedLM, "decoder": AutoModelForCausalLM, "seq2seq": AutoModelForSeq2SeqLM}
SMALL = Shape(width=16, mlp=32, layers=2, heads=2)
STEPS, TOKENS = 3, 64
SOURCES = [
    {"name": "first", "licence": "CC0 1.0", "attribution": "A", "weight": 2, "sequences": 12},
    {"name": "own_contrasts", "licence": "CC BY-SA 4.0", "attribution": "B", "weight": 3, "sequences": 5},
]
FIELDS = "name title kind parameters layers heads hidden vocabulary context licence recipe files sources scores command"


@dataclasses.dataclass(frozen=True)
class Work:
    """A finished small training and the folders that export reads and writes."""

    name: str
    root: Path
    run: Run

    @property
    def out(self) -> Path:
        return self.root / "exported" / self.name

    def export(self, **changes: Any) -> dict[str, Any]:
        folders = {
            "run": self.run.out,
            "tokenizer": self.root / "tokenizer",
            "corpus": self.root,
            "out": self.out,
        }
        return export(self.name, **{**folders, **changes})


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny matrices are slower on many threads, much slower where something else runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=["encoder", "decoder", "seq2seq"])
def work(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    (tmp_path / "train.txt").write_text("鳥が鳴く。\n子が泣く。\n雨が降る。\n" * 8, encoding="utf-8")
    (tmp_path / "contrasts.txt").write_text("鳥が鳴く\n", encoding="utf-8")
    (tmp_path / "pairs.tsv").write_text("とりがなく。\t鳥が鳴く。\nこがなく。\t子が泣く。\n" * 12, encoding="utf-8")
    (tmp_path / "manifest.json").write_text(json.dumps({"sources": SOURCES}), encoding="utf-8")
    tokenizer = unigram.assemble(
        [(piece, -2.0) for piece in ("▁", "鳥", "子", "雨", "が", "鳴く", "泣く", "降る", "。", *"とりなく")]
    )
    unigram.save(tokenizer, tmp_path / "tokenizer" / request.param, unigram.KINDS[request.param])
    for constant in ("VOCABULARY", "LETTERS"):
        monkeypatch.setattr(architecture, constant, tokenizer.get_vocab_size())
    monkeypatch.setattr(architecture, "SHAPES", {request.param: SMALL})
    recipe = Recipe(request.param, tokens=STEPS * TOKENS, batch_tokens=TOKENS)
    run = Run(recipe, tmp_path, tmp_path / "tokenizer", tmp_path / "run", torch.device("cpu"))
    run.finish()
    return Work(request.param, tmp_path, run)


def test_anybody_opens_it_and_gets_the_trained_weights_in_bfloat16(work: Work) -> None:
    work.export()
    model = AUTO[work.name].from_pretrained(work.out)
    assert model.dtype == torch.bfloat16
    expected = work.run.model.state_dict()
    assert model.state_dict().keys() == expected.keys()
    assert all(torch.equal(weight, expected[key].bfloat16()) for key, weight in model.state_dict().items())


def test_its_answers_are_those_of_the_trained_model_within_rounding(work: Work) -> None:
    work.export()
    tokenizer = AutoTokenizer.from_pretrained(work.out)
    ids = torch.tensor([tokenizer("鳥が鳴く。")["input_ids"]])
    model = AUTO[work.name].from_pretrained(work.out, dtype=torch.float32)
    with torch.inference_mode():
        more = {"decoder_input_ids": ids} if work.name == "seq2seq" else {}
        found, expected = model(ids, **more).logits, work.run.model.eval()(ids, **more).logits
    assert torch.allclose(found, expected, atol=0.03 * expected.abs().max().item())


def test_tied_weights_are_stored_once(work: Work) -> None:
    work.export()
    with safe_open(work.out / "model.safetensors", "pt") as file:
        tensors = [file.get_tensor(key) for key in file.keys()]  # noqa: SIM118
    model = work.run.model
    learned = [weight for weight in model.parameters() if weight.requires_grad]
    learned += [buffer for name, buffer in model.named_buffers() if name == "final_logits_bias"]  # of Marian
    assert sum(tensor.numel() for tensor in tensors) == sum(weight.numel() for weight in learned)
    assert {tensor.dtype for tensor in tensors} == {torch.bfloat16}
    assert json.loads((work.out / "config.json").read_text())["dtype"] == "bfloat16"


def test_the_tokenizer_comes_with_it(work: Work) -> None:
    work.export()
    found, trained = (
        AutoTokenizer.from_pretrained(folder) for folder in (work.out, work.root / "tokenizer" / work.name)
    )
    assert found("鳥が泣く。犬")["input_ids"] == trained("鳥が泣く。犬")["input_ids"]


def test_the_card_says_what_is_there(work: Work) -> None:
    card = work.export()
    assert json.loads((work.out / "card.json").read_text(encoding="utf-8")) == card
    assert list(card) == FIELDS.split()
    assert set(card["title"]) == {"ja", "en"}
    assert card["kind"] == architecture.kind(work.name)
    assert card["parameters"] == sum(parameter.numel() for parameter in work.run.model.parameters())
    shape = (SMALL.layers, SMALL.heads, SMALL.width, architecture.VOCABULARY, architecture.CONTEXT)
    assert tuple(card[key] for key in ("layers", "heads", "hidden", "vocabulary", "context")) == shape
    first, contrasts = ({key: source[key] for key in ("name", "licence", "attribution")} for source in SOURCES)
    assert card["sources"] == ([first] if work.name == "decoder" else [first, contrasts])
    assert card["recipe"].items() >= {**dataclasses.asdict(work.run.recipe), "steps": STEPS, "device": "cpu"}.items()
    assert card["scores"] == {}


def test_every_file_but_the_card_has_its_checksum(work: Work) -> None:
    card = work.export()
    assert set(card["files"]) == {file.name for file in work.out.iterdir()} - {"card.json"}
    for name, facts in card["files"].items():
        content = (work.out / name).read_bytes()
        assert facts == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_the_app_reads_the_card_and_loads_the_model(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    from core import catalogue, loading

    work.export()
    monkeypatch.setattr(catalogue, "MODELS", work.out.parent)
    card = catalogue.card(work.name)
    assert card.files["model.safetensors"].sha256 == checksums(work.out)["model.safetensors"]["sha256"]
    model = loading.load(str(work.out))
    assert model.card.parameters == card.parameters
    found = model.attention("鳥が鳴く。")
    maps = found.cross if work.name == "seq2seq" else found
    assert maps.weights.shape[:2] == (card.layers, card.heads)


def test_scores_stay_with_their_weights(work: Work) -> None:
    card = work.export()
    exporting.write_card(work.out, {**card, "scores": {"right": 1}})
    assert work.export()["scores"] == {"right": 1}
    with torch.no_grad():
        for parameter in work.run.model.parameters():
            parameter.add_(1)
    work.run.save()
    assert work.export()["scores"] == {}


def test_an_unfinished_training_is_not_exported(work: Work) -> None:
    work.run.step = STEPS - 1
    work.run.save()
    with pytest.raises(SystemExit, match=f"{STEPS - 1} of {STEPS} steps"):
        work.export()
    assert not work.out.exists()


def test_an_unfinished_training_never_goes_into_the_app(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    work.run.step = STEPS - 1
    work.run.save()
    monkeypatch.setattr(exporting, "MODELS", work.root / "models")
    with pytest.raises(SystemExit, match="unfinished"):
        work.export(out=work.root / "elsewhere" / ".." / "models" / work.name, unfinished=True)
    assert not (work.root / "models").exists()
    assert work.export(unfinished=True)["recipe"]["steps"] == STEPS - 1


@pytest.mark.parametrize("missing", ["run/checkpoint.pt", "manifest.json"])
def test_what_is_missing_is_told(work: Work, missing: str) -> None:
    (work.root / missing).unlink()
    with pytest.raises(SystemExit, match=f"{missing} does not exist"):
        work.export()


def test_another_model_or_tokenizer_is_told(work: Work) -> None:
    other = "encoder" if work.name == "decoder" else "decoder"
    with pytest.raises(SystemExit, match=f"not of {other}"):
        export(other, work.run.out, work.root / "tokenizer", work.root, work.out)
    unigram.save(unigram.assemble([("▁", -2.0)]), work.root / "other" / work.name, unigram.KINDS[work.name])
    with pytest.raises(SystemExit, match="tokenizer"):
        work.export(tokenizer=work.root / "other")


def test_a_checkpoint_cannot_run_code(tmp_path: Path) -> None:
    torch.save({"recipe": Recipe("encoder", tokens=1)}, tmp_path / "checkpoint.pt")
    with pytest.raises(pickle.UnpicklingError):
        read_checkpoint(tmp_path / "checkpoint.pt")


def test_the_loss_curve_is_short_and_keeps_both_ends(tmp_path: Path) -> None:
    rows = [{"step": step, "loss": 10 / step, "rate": 1.0, "seconds": 2 * step} for step in range(1, 1001)]
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(map(json.dumps, rows)) + "\n")
    curve = loss_curve(log)
    assert {len(column) for column in curve.values()} == {200}
    assert curve["step"] == sorted(set(curve["step"]))
    assert (curve["step"][0], curve["step"][-1]) == (1, 1000)
    assert all(loss == 10 / step for step, loss in zip(curve["step"], curve["loss"], strict=True))


def test_a_step_that_was_trained_twice_counts_once(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    lines = ({"step": step, "loss": loss, "seconds": 0} for step, loss in ((20, 3.0), (40, 2.0), (40, 2.5), (60, 1.0)))
    log.write_text("\n".join(map(json.dumps, lines)))
    assert loss_curve(log) == {"step": [20, 40, 60], "loss": [3.0, 2.5, 1.0], "seconds": [0, 0, 0]}
    assert loss_curve(tmp_path / "none.jsonl") == {"step": [], "loss": [], "seconds": []}


def test_the_command_names_what_differs_from_the_recipe() -> None:
    recipe = RECIPES["decoder"]
    assert "--tokens" not in command(recipe)
    shorter = command(dataclasses.replace(recipe, tokens=5000))
    assert "python -m core.training.train decoder --tokens 5000 &&" in shorter


def test_the_command_line_writes_the_folder(work: Work, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    words = ["export", work.name, "--run", work.run.out, "--tokenizer", work.root / "tokenizer"]
    words += ["--corpus", work.root, "--out", work.out]
    monkeypatch.setattr(sys, "argv", [str(word) for word in words])
    exporting.main()
    assert (work.out / "card.json").exists()
    assert f"in {work.out}" in capsys.readouterr().out
