"""Encoder–decoders: the three maps are the library's, cuts reach the part they name, steps and beams are `generate`'s."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import CONTEXT, HEADS, LAYERS, SEQ2SEQ, WIDTH, seq2seq_tokenizer
from transformers import T5Config, T5ForConditionalGeneration

import core
from core import __main__ as cli
from core.attention import IMPLEMENTATION
from core.catalogue import Card
from core.errors import AllCut, EmptyText, InvalidCut, ModelDamaged, TooManyTokens
from core.maps import Cut
from core.masked import MaskedLM
from core.seq2seq import PARTS, Seq2SeqLM

KANA, WRITTEN = "とりがなく", "鳥が鳴く"


def card(model: Any) -> Card:
    sizes = (model.num_parameters(), LAYERS, HEADS, WIDTH, model.config.vocab_size, CONTEXT)
    return Card("tiny", "seq2seq", *sizes)


@pytest.fixture(scope="module", params=sorted(SEQ2SEQ))
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seq2SeqLM:
    tokenizer = seq2seq_tokenizer(tmp_path_factory.mktemp("seq2seq"))
    inside = SEQ2SEQ[request.param](len(tokenizer))
    return Seq2SeqLM(inside, tokenizer, card(inside))


def reference(model: Seq2SeqLM, source: str, target: str) -> Any:
    """What the library itself gives for the same ids, with eager attention."""
    eager = copy.deepcopy(model.model)
    eager.set_attn_implementation("eager")
    ids = model.tokenizer([source], return_tensors="pt")["input_ids"]
    target_ids = model.tokenizer([target], return_tensors="pt")["input_ids"]
    read = torch.cat([torch.tensor([[model.start]]), target_ids[:, :-1]], dim=1)
    with torch.inference_mode():
        return eager(input_ids=ids, decoder_input_ids=read, output_attentions=True)


def test_the_three_maps_are_those_of_the_library(model: Seq2SeqLM) -> None:
    maps, expected = model.attention(KANA, target=WRITTEN), reference(model, KANA, WRITTEN)
    for found, theirs in (
        (maps.encoder, expected.encoder_attentions),
        (maps.decoder, expected.decoder_attentions),
        (maps.cross, expected.cross_attentions),
    ):
        assert found.weights.shape[:2] == (LAYERS, HEADS)
        np.testing.assert_allclose(found.weights, torch.stack(theirs)[:, 0].numpy(), atol=1e-5)
        np.testing.assert_allclose(found.weights.sum(axis=-1), 1, atol=1e-5)


def test_the_maps_name_what_looks_and_what_is_looked_at(model: Seq2SeqLM) -> None:
    maps = model.attention(KANA, target=WRITTEN)
    source, written = [t.text for t in maps.encoder.tokens], [t.text for t in maps.decoder.tokens]
    assert source == [*KANA, "[EOS]"]
    assert written == [model.tokenizer.convert_ids_to_tokens(model.start), *WRITTEN]
    assert maps.cross.queries == maps.decoder.tokens and maps.cross.keys == maps.encoder.tokens
    assert maps.cross.weights.shape[2:] == (len(written), len(source))
    assert np.triu(maps.decoder.weights, 1).max() == 0  # nothing that comes later


def test_a_head_has_its_numbers(model: Seq2SeqLM) -> None:
    cross = model.attention(KANA, target=WRITTEN).cross
    head = cross.head(1, 2)
    np.testing.assert_allclose(head.dots * head.scale, head.scores, atol=1e-4)
    np.testing.assert_allclose(head.weights, cross.weights[1, 2], atol=1e-6)


@pytest.mark.parametrize("part", PARTS)
def test_a_cut_reaches_the_part_it_names_and_no_other(model: Seq2SeqLM, part: str) -> None:
    before = model.attention(KANA, target=WRITTEN)
    after = model.attention(KANA, [Cut(2, 1, layer=0, part=part)], target=WRITTEN)
    for name in PARTS:
        was, now = getattr(before, name).weights[0], getattr(after, name).weights[0]
        if name == part:
            assert (now[:, 2, 1] == 0).all() and (was[:, 2, 1] > 0).all()
            np.testing.assert_allclose(now.sum(axis=-1), 1, atol=1e-5)
            others = [key for key in range(was.shape[-1]) if key != 1]
            expected = was[:, 2, others] / was[:, 2, others].sum(axis=-1, keepdims=True)
            np.testing.assert_allclose(now[:, 2, others], expected, atol=1e-5)
        elif name == "encoder":
            np.testing.assert_array_equal(was, now)


def test_cuts_that_cannot_be_are_told(model: Seq2SeqLM) -> None:
    source = len(model.tokens(KANA))
    for cut in (Cut(0, 0), Cut(0, source, part="cross"), Cut(0, 0, layer=LAYERS, part="decoder")):
        with pytest.raises(InvalidCut):
            model.attention(KANA, [cut], target=WRITTEN)
    with pytest.raises(AllCut):
        model.attention(KANA, [Cut(0, 0, part="decoder")], target=WRITTEN)
    with pytest.raises(AllCut):
        model.attention(KANA, [Cut(1, key, part="cross") for key in range(source)], target=WRITTEN)


def test_steps_are_greedy_generation(model: Seq2SeqLM) -> None:
    steps = list(model.steps(KANA, k=3))
    assert steps[-1].text == model.convert(KANA, beams=1).text
    assert all(step.candidates[0].token == step.token for step in steps)
    assert all(len(step.candidates) == 3 for step in steps)
    assert len(steps) <= model.limit - 1


def test_beams_are_the_library_s(model: Seq2SeqLM) -> None:
    ids = model.tokenizer([KANA], return_tensors="pt")["input_ids"]
    found = model.model.generate(
        ids,
        num_beams=3,
        num_return_sequences=3,
        max_new_tokens=CONTEXT - 1,
        do_sample=False,
        decoder_start_token_id=model.start,
        eos_token_id=model.tokenizer.eos_token_id,
        pad_token_id=model.tokenizer.pad_token_id,
        return_dict_in_generate=True,
        output_scores=True,
    )
    expected: dict[str, float] = {}
    for row, score in zip(found.sequences, found.sequences_scores.tolist(), strict=True):
        expected.setdefault(model.tokenizer.decode(row, skip_special_tokens=True), score / np.log(2))
    beams = model.convert(KANA, beams=3).beams
    assert [beam.text for beam in beams] == list(expected)
    assert [beam.log2_per_token for beam in beams] == pytest.approx(list(expected.values()), abs=1e-4)


def test_a_score_is_that_of_the_steps_and_of_the_library(model: Seq2SeqLM) -> None:
    score = model.score(KANA, WRITTEN)
    assert [token.text for token in score.tokens] == [*WRITTEN, "[EOS]"]
    logits = reference(model, KANA, WRITTEN).logits[0].double()
    ids = torch.tensor(model.tokenizer(WRITTEN)["input_ids"])
    expected = torch.log_softmax(logits, -1)[torch.arange(len(ids)), ids] / np.log(2)
    np.testing.assert_allclose(score.log2, expected.numpy(), atol=1e-4)
    first = next(iter(model.steps(KANA, k=model.model.config.vocab_size)))
    said = next(candidate.prob for candidate in first.candidates if candidate.token == WRITTEN[0])
    assert said == pytest.approx(2 ** score.log2[0], rel=1e-4)


@pytest.mark.parametrize(("text", "error"), [("", EmptyText), ("  ", EmptyText), ("と" * CONTEXT, TooManyTokens)])
def test_bad_texts_are_told(model: Seq2SeqLM, text: str, error: type[Exception]) -> None:
    for ask in (model.convert, model.attention, lambda text: list(model.steps(text)), model.tokens):
        with pytest.raises(error):
            ask(text)


def test_a_saved_folder_is_loaded_as_what_it_is(model: Seq2SeqLM, tmp_path: Path, capsys: Any) -> None:
    model.model.save_pretrained(tmp_path)
    model.tokenizer.save_pretrained(tmp_path)
    loaded = core.load(str(tmp_path))
    assert isinstance(loaded, Seq2SeqLM)
    assert loaded.card.kind == "seq2seq" and loaded.card.layers == LAYERS
    assert loaded.model.config._attn_implementation == IMPLEMENTATION
    text = loaded.convert(KANA).text
    assert text == model.convert(KANA).text
    assert cli.main(["convert", KANA, "--model", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == text
    assert cli.main(["attention", KANA, "--model", str(tmp_path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert np.array(answer["weights"]).shape[:2] == np.array(answer["cross"]).shape[:2] == (LAYERS, HEADS)
    assert cli.main(["score", KANA, "--model", str(tmp_path), "--lang", "en"]) == 2
    assert "score" in capsys.readouterr().err
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("text", [KANA, "あかちん", "く", "りりり", "猫が[MASK]。"])
def test_whatever_is_written_can_be_looked_at(model: Seq2SeqLM, text: str) -> None:
    """A model may write nothing, half characters, or no end: all of it has maps."""
    maps, steps = model.attention(text), list(model.steps(text))
    assert maps.decoder.tokens[-1].last <= model.limit
    np.testing.assert_allclose(maps.cross.weights.sum(axis=-1), 1, atol=1e-5)
    assert not any("\ufffd" in step.text for step in steps)
    assert model.convert(text, beams=1).beams[0].log2 == pytest.approx(
        sum(np.log2(step.candidates[0].prob) for step in steps), abs=1e-2
    )


def test_the_maps_of_a_conversion_are_those_of_its_text(model: Seq2SeqLM, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = tuple(model.tokenizer(WRITTEN + "𠮷")["input_ids"])  # the last character is spelt in bytes
    monkeypatch.setattr(model, "_search", lambda source, beams: [ids])
    found, expected = model.attention(KANA), model.attention(KANA, target=WRITTEN + "𠮷")
    assert found.decoder.tokens == expected.decoder.tokens
    np.testing.assert_array_equal(found.cross.weights, expected.cross.weights)
    monkeypatch.setattr(model, "_search", lambda source, beams: [ids[-1:]])  # nothing but the end
    assert len(model.attention(KANA).decoder.tokens) == 1


def test_more_candidates_than_there_are(model: Seq2SeqLM) -> None:
    assert len(next(model.steps(KANA, k=10**6)).candidates) == model.card.vocabulary


def test_settings_beside_a_model_change_nothing(tmp_path: Path) -> None:
    tokenizer = seq2seq_tokenizer(tmp_path)
    SEQ2SEQ["marian"](len(tokenizer)).save_pretrained(tmp_path)
    before = core.load(str(tmp_path)).convert(KANA)
    steering = {"repetition_penalty": 9.0, "no_repeat_ngram_size": 1, "forced_bos_token_id": 9, "num_beam_groups": 2}
    (tmp_path / "generation_config.json").write_text(json.dumps(steering), encoding="utf-8")
    assert core.load(str(tmp_path)).convert(KANA) == before


@pytest.mark.parametrize("entry", ["encoder_layers", "decoder_layers"])
@pytest.mark.parametrize("count", [0, -1, 10**9, "many"])
def test_a_configuration_with_layers_that_are_not_there(tmp_path: Path, entry: str, count: object) -> None:
    tokenizer = seq2seq_tokenizer(tmp_path)
    SEQ2SEQ["marian"](len(tokenizer)).save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, entry: count}), encoding="utf-8")
    with pytest.raises(ModelDamaged):
        core.load(str(tmp_path))


def test_stacks_of_different_heights(tmp_path: Path) -> None:
    """T5, which adds a bias by distance to its scores."""
    tokenizer = seq2seq_tokenizer(tmp_path)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=WIDTH, d_ff=WIDTH, d_kv=8, num_layers=3, num_decoder_layers=2, num_heads=HEADS,
        pad_token_id=0, eos_token_id=6, decoder_start_token_id=0,
    )  # fmt: skip
    torch.manual_seed(0)
    T5ForConditionalGeneration(config).save_pretrained(tmp_path)
    model = core.load(str(tmp_path))
    assert isinstance(model, Seq2SeqLM)
    maps, expected = model.attention(KANA, target=WRITTEN), reference(model, KANA, WRITTEN)
    assert (len(maps.encoder.weights), len(maps.decoder.weights), len(maps.cross.weights)) == (3, 2, 2)
    np.testing.assert_allclose(maps.decoder.weights, torch.stack(expected.decoder_attentions)[:, 0].numpy(), atol=1e-5)
    with pytest.raises(InvalidCut):
        model.attention(KANA, [Cut(1, 0, layer=2, part="cross")], target=WRITTEN)


def test_a_cut_of_a_part_that_a_model_does_not_have(masked: MaskedLM) -> None:
    with pytest.raises(InvalidCut):
        masked.attention("鳥が鳴く。", [Cut(1, 0, part="cross")])
