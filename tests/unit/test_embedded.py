"""What the lessons say about the embedded models is true. These tests fail where the models are missing."""

import hashlib
from typing import Any

import numpy as np
import pytest
import torch

import core
from core import catalogue
from core.causal import CausalLM
from core.language_model import LanguageModel
from core.masked import MaskedLM
from core.training.scoring import probes


@pytest.fixture(params=["encoder", "decoder"])
def embedded(request: pytest.FixtureRequest) -> LanguageModel:
    found: LanguageModel = request.getfixturevalue(request.param)
    return found


def reference(model: LanguageModel) -> Any:
    """What anybody gets from the folder, without any code of ours."""
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM

    auto = AutoModelForMaskedLM if isinstance(model, MaskedLM) else AutoModelForCausalLM
    return auto.from_pretrained(
        catalogue.MODELS / model.card.name, attn_implementation="eager", dtype=torch.float32
    ).eval()


@pytest.mark.parametrize(
    ("text", "fits", "other"), [("鳥が[MASK]。", "鳴く", "泣く"), ("赤ちゃんが[MASK]。", "泣く", "鳴く")]
)
def test_who_sings_and_who_weeps(encoder: MaskedLM, text: str, fits: str, other: str) -> None:
    choice = encoder.choose(text, [other, fits])
    assert choice.method == "mask"
    assert choice.prob(fits) > choice.prob(other)


def test_everybody_cries_in_their_own_way(encoder: MaskedLM) -> None:
    found = probes.cries(encoder)
    assert not [wrong for wrong in found["wrong"] if wrong["text"].endswith("が[MASK]。")]
    assert found["right"] >= 0.9 * found["probes"]


def test_the_scores_of_the_card_are_there(embedded: LanguageModel) -> None:
    scores = embedded.card.scores
    assert scores["held_out"]["sequences"] > 500
    assert scores["probes"]["probes"] > 0


def test_rain_falls_hard(decoder: CausalLM) -> None:
    assert {"降る", "降っ", "降り"} & {candidate.token for candidate in decoder.next("雨が激しく", k=5).candidates}


@pytest.mark.parametrize(
    ("text", "expected"), [("鳥が鳴く", ["鳥", "が", "鳴く"]), ("雨が激しく降る", ["雨", "が", "激しく", "降る"])]
)
def test_tokens_are_the_words_of_the_lesson(embedded: LanguageModel, text: str, expected: list[str]) -> None:
    assert [token.text for token in embedded.tokens(text) if not token.special] == expected


def test_files_are_those_of_the_card(embedded: LanguageModel) -> None:
    folder = catalogue.MODELS / embedded.card.name
    assert "model.safetensors" in embedded.card.files
    for name, file in embedded.card.files.items():
        content = (folder / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256), name


def test_the_card_tells_the_model_s_shape(embedded: LanguageModel) -> None:
    card, config = embedded.card, embedded.model.config
    assert card.parameters == embedded.model.num_parameters()
    assert (card.layers, card.heads) == (config.num_hidden_layers, config.num_attention_heads)
    assert (card.hidden, card.vocabulary) == (config.hidden_size, config.vocab_size)
    assert card.vocabulary == len(embedded.tokenizer)
    assert card.licence and card.sources and card.command


@pytest.mark.parametrize("text", ["鳥がナク。", "雨が激しく降る。", "𠮷野家🍚"])
def test_numbers_are_those_of_the_library(embedded: LanguageModel, text: str) -> None:
    encoded = embedded.encode(text)
    with torch.no_grad():
        expected = reference(embedded)(input_ids=torch.tensor([encoded.ids]), output_attentions=True)
    logits = embedded._logits(encoded, torch.tensor([encoded.ids]))
    torch.testing.assert_close(logits, expected.logits, rtol=1e-4, atol=1e-3)
    records = embedded.attention(text).records
    attentions = torch.cat(expected.attentions).flatten(0, 1).numpy()
    np.testing.assert_allclose(np.stack([record.weights for record in records]), attentions, rtol=1e-3, atol=1e-5)


def test_loaded_once(embedded: LanguageModel) -> None:
    assert core.load(embedded.card.name) is embedded
