"""The Transformer on the blackboard is the embedded encoder: the same numbers as `transformers`, by torch alone."""

import ast
import json
import math
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tiny import CONTEXT, modern_bert

from core import catalogue
from core.errors import CoreError, EmptyText, TooManyTokens
from core.masked import MaskedLM
from lessons.transformer import blackboard, code, proof
from lessons.transformer.blackboard import Transformer

ROOT = Path(__file__).parents[2]
FOLDER = catalogue.MODELS / "encoder"
TOLERANCE = 1e-4
SENTENCES = [
    "鳥が[MASK]。",
    "鳥がナク",
    "雨が激しく降る。",
    "🐦とﾄﾘがﾅｸ",
    "𠮷野家で🍚を食べた。",
    "[MASK]",
    "A bird sings, 1 2 3!",
    "猫が好きです。" * 4,
]


@pytest.fixture(scope="module")
def ours() -> Transformer:
    return Transformer.load(FOLDER)


def ids(model: MaskedLM, text: str) -> torch.Tensor:
    return torch.tensor(model.encode(text).ids)


@pytest.mark.parametrize("text", SENTENCES)
def test_logits_are_those_of_the_library(ours: Transformer, encoder: MaskedLM, text: str) -> None:
    read = ids(encoder, text)
    with torch.inference_mode():
        expected = encoder.model(input_ids=read.unsqueeze(0)).logits[0]
    found = ours(read)
    assert found.shape == (len(read), encoder.card.vocabulary)
    assert (found - expected).abs().max() < TOLERANCE


@pytest.mark.parametrize("text", SENTENCES)
def test_attention_is_that_of_core(ours: Transformer, encoder: MaskedLM, text: str) -> None:
    maps, found = encoder.attention(text), ours.attention(ids(encoder, text)).numpy()
    assert found.shape == (encoder.layers, encoder.heads, *[len(encoder.encode(text).ids)] * 2)
    pieces = np.stack([head.weights for head in maps.records]).reshape(found.shape)
    np.testing.assert_allclose(found, pieces, atol=TOLERANCE)
    if len(maps.tokens) == found.shape[-1]:
        np.testing.assert_allclose(found, maps.weights, atol=TOLERANCE)


def test_the_word_in_the_hole_is_that_of_fill(ours: Transformer, encoder: MaskedLM) -> None:
    (hole,) = encoder.fill("鳥が[MASK]。", k=5)
    probabilities = ours.probabilities(ids(encoder, "鳥が[MASK]。"))
    torch.testing.assert_close(probabilities.sum(dim=-1), torch.ones(len(probabilities)))
    top = probabilities[hole.position].topk(5)
    assert [encoder.word(entry) for entry in top.indices.tolist()] == [one.token for one in hole.candidates]
    assert top.values.tolist() == pytest.approx([one.prob for one in hole.candidates], abs=TOLERANCE)


def test_another_model_of_the_same_build(tmp_path: Path) -> None:
    model = modern_bert(50)
    model.save_pretrained(tmp_path)
    read = torch.randint(50, (CONTEXT,), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model(input_ids=read.unsqueeze(0)).logits[0]
    torch.testing.assert_close(Transformer.load(tmp_path)(read), expected, atol=TOLERANCE, rtol=1e-4)


def test_a_weight_that_is_missing_or_left_over_is_an_error(tmp_path: Path) -> None:
    modern_bert(50).save_pretrained(tmp_path)
    stored = load_file(tmp_path / "model.safetensors")
    first, *others = stored
    for wrong in ({name: stored[name] for name in others}, {**stored, "another": torch.zeros(1)}):
        save_file(wrong, tmp_path / "model.safetensors")
        with pytest.raises(RuntimeError, match=r"Missing key|Unexpected key"):
            Transformer.load(tmp_path)
    assert first not in others


def test_the_blackboard_needs_torch_alone() -> None:
    tree = ast.parse(Path(blackboard.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == {"torch", "safetensors"}


# -- proof ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", SENTENCES)
def test_the_proof_compares_every_number(encoder: MaskedLM, text: str) -> None:
    found, length = proof.proof(text), len(encoder.encode(text).ids)
    assert found.tokens == length
    assert found.logits == length * encoder.card.vocabulary
    assert found.weights == encoder.layers * encoder.heads * length**2
    assert found.compared == found.logits + found.weights
    assert 0 <= found.logits_difference < TOLERANCE and 0 <= found.weights_difference < TOLERANCE
    assert found.scale > 1


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=20))
def test_the_proof_holds_for_any_text(text: str) -> None:
    try:
        found = proof.proof(text)
    except CoreError:
        return
    assert math.isfinite(found.logits_difference)
    assert max(found.logits_difference, found.weights_difference) < TOLERANCE


def test_the_proof_would_see_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Transformer.load(FOLDER)
    with torch.no_grad():
        other.layers[3].attn.Wqkv.weight *= 1.1
    monkeypatch.setattr(proof, "blackboard", lambda: other)
    found = proof.proof("鳥がナク")
    assert found.logits_difference > TOLERANCE and found.weights_difference > TOLERANCE


def test_texts_that_cannot_be_read_are_told() -> None:
    with pytest.raises(EmptyText):
        proof.proof(" ")
    with pytest.raises(TooManyTokens):
        proof.proof("鳥" * 100)


def test_the_proof_from_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["proof", "鳥がナク"])
    monkeypatch.delitem(sys.modules, proof.__name__)
    runpy.run_module(proof.__name__, run_name="__main__")
    assert "logits_difference" in capsys.readouterr().out


# -- code -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", code.BLOCKS)
def test_the_lines_of_a_block_stand_on_the_blackboard(block: str) -> None:
    source, found = code.SOURCE.read_text(encoding="utf-8"), code.lines(block)
    assert all(part in source for part in found.split("\n\n\n"))
    names = [node.name for node in ast.parse(found).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    assert tuple(names) == code.BLOCKS[block]
    assert "#" in found


def test_every_definition_of_the_blackboard_but_the_whole_belongs_to_a_block() -> None:
    shown = [name for names in code.BLOCKS.values() for name in names]
    defined = [
        node.name
        for node in ast.parse(code.SOURCE.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    ]
    assert sorted([*shown, "Transformer"]) == sorted(defined)


def test_a_block_that_is_not_there_is_told() -> None:
    with pytest.raises(KeyError):
        code.lines("cross_attention")


def test_lines_and_results_need_no_torch() -> None:
    program = (
        "import sys, lessons.transformer.proof, core.stages; from lessons.transformer.code import lines;"
        "assert lines('position'); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_configuration_is_the_one_that_the_docstring_describes() -> None:
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    assert set(config["layer_types"]) == {"full_attention"}
    assert not any(config[f"{part}_bias"] for part in ("attention", "mlp", "norm", "classifier"))
    assert config["decoder_bias"] and config["tie_word_embeddings"]
    assert config["hidden_activation"] == config["classifier_activation"] == "gelu"
