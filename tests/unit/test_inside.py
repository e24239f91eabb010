"""A trace holds what the model computes and nothing else; the beliefs of a layer are those of a model that ends there."""

import copy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny import (
    CONTEXT,
    HEADS,
    LAYERS,
    SEQ2SEQ,
    WIDTH,
    build,
    byte_tokenizer,
    card,
    japanese_tokenizer,
    seq2seq_tokenizer,
)
from torch.nn import functional
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    ElectraConfig,
    Gemma3TextConfig,
    GemmaConfig,
    GPTNeoXConfig,
    GraniteConfig,
    LlamaConfig,
    OPTConfig,
    RobertaConfig,
)

import core
from core.causal import CausalLM
from core.errors import EmptyText, NoMask, TooManyTokens, UnsupportedModel
from core.inside import Stage, Trace, beliefs, trace
from core.language_model import LanguageModel
from core.masked import MaskedLM
from core.seq2seq import Seq2SeqLM
from core.watching import watching

KANA, WRITTEN = "とりがなく", "鳥が"
CLOSE: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5}
ENCODER_BLOCKS = ("self_attention", "add_norm_1", "feed_forward", "add_norm_2")
DECODER_BLOCKS = ("self_attention", "add_norm_1", "cross_attention", "add_norm_2", "feed_forward", "add_norm_3")
SUBLAYERS = ("self_attention", "cross_attention", "feed_forward")


def encoder_decoder(kind: str, folder: Path) -> Seq2SeqLM:
    tokenizer = seq2seq_tokenizer(folder)
    model = SEQ2SEQ[kind](len(tokenizer))
    return Seq2SeqLM(model, tokenizer, card("seq2seq", model))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Seq2SeqLM:
    return encoder_decoder("marian", tmp_path_factory.mktemp("marian"))


@pytest.fixture(scope="module", params=["tiny", "embedded"])
def model(request: pytest.FixtureRequest, tiny: Seq2SeqLM) -> Seq2SeqLM:
    return tiny if request.param == "tiny" else core.load("seq2seq")


def state(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array)  # a copy: the array is read-only


def numbers(stage: Stage) -> list[np.ndarray]:
    return [*stage.inputs, stage.output, *([] if stage.middle is None else [stage.middle])]


def same(found: Trace, expected: Trace) -> None:
    assert found.source == expected.source and found.target == expected.target
    assert found.candidates == expected.candidates
    for one, other in zip(found.stages, expected.stages, strict=True):
        assert one.name == other.name
        for array, known in zip(numbers(one), numbers(other), strict=True):
            np.testing.assert_array_equal(array, known)


# -- trace: what is there ---------------------------------------------------------------------------------------------


def test_the_stages_are_the_boxes_of_the_figure_in_order(model: Seq2SeqLM) -> None:
    found = [stage.name for stage in trace(model, KANA, WRITTEN).stages]
    expected = ["encoder.embedding", "encoder.position"]
    expected += [f"encoder.{layer}.{block}" for layer in range(model.layers) for block in ENCODER_BLOCKS]
    expected += ["decoder.embedding", "decoder.position"]
    expected += [f"decoder.{layer}.{block}" for layer in range(model.decoder_layers) for block in DECODER_BLOCKS]
    assert found == [*expected, "output.linear", "output.softmax"]


def test_every_array_has_a_row_for_each_piece(model: Seq2SeqLM) -> None:
    found = trace(model, KANA, WRITTEN)
    width, neurons = model.card.hidden, model.model.config.encoder_ffn_dim
    for stage in found.stages:
        rows = len(found.labels(stage.part))
        columns = model.card.vocabulary if stage.part == "output" else width
        assert stage.output.shape == (rows, columns) and stage.output.dtype == np.float32
        assert (stage.middle is not None) == (stage.layer is not None)
        if stage.middle is not None:
            assert stage.middle.shape == (rows, neurons if stage.block == "feed_forward" else width)
        for array in numbers(stage):
            assert array.dtype == np.float32 and not array.flags.writeable


def test_a_stage_is_found_by_its_names(tiny: Seq2SeqLM) -> None:
    found = trace(tiny, KANA, WRITTEN)
    assert all(found.stage(stage.part, stage.block, stage.layer) is stage for stage in found.stages)
    with pytest.raises(KeyError):
        found.stage("encoder", "cross_attention", 0)


def test_what_was_read_and_written(tiny: Seq2SeqLM) -> None:
    found = trace(tiny, KANA, WRITTEN)
    start = tiny.tokenizer.convert_ids_to_tokens(tiny.start)
    assert found.source == tiny.tokens(KANA)
    assert found.labels("encoder") == (*KANA, "[EOS]")
    assert found.labels("decoder") == found.labels("output") == (start, *WRITTEN)
    assert [token.text for token in trace(tiny, KANA).target] == [start]
    same(trace(tiny, KANA, [tiny.tokenizer.convert_tokens_to_ids(letter) for letter in WRITTEN]), found)


def test_a_character_of_several_pieces_has_several_rows(tiny: Seq2SeqLM) -> None:
    found = trace(tiny, "と𠮷", "鳥𠮷")
    token = found.target[2]
    assert token.text == "𠮷" and len(token.pieces) > 1
    assert found.labels("decoder")[token.first : token.last] == ("𠮷",) * len(token.pieces)
    assert len(found.stage("decoder", "embedding").output) == token.last


# -- trace: the numbers are the model's -------------------------------------------------------------------------------


def test_each_stage_reads_what_another_has_written(model: Seq2SeqLM) -> None:
    found = trace(model, KANA, WRITTEN)
    memory = [stage.output for stage in found.stages if stage.part == "encoder"][-1]
    before: Stage | None = None
    residual: np.ndarray | None = None
    for stage in found.stages:
        first, *others = stage.inputs
        if stage.block != "embedding":
            assert before is not None
            np.testing.assert_array_equal(first, before.output)
        if stage.block == "cross_attention":
            np.testing.assert_array_equal(others[0], memory)
        if stage.block.startswith("add_norm"):
            np.testing.assert_array_equal(others[0], residual)
        if stage.block in SUBLAYERS:
            residual = first
        before = stage


def attended(module: Any, states: np.ndarray, others: np.ndarray, hidden: torch.Tensor | None = None) -> torch.Tensor:
    """The heads' outputs side by side, after the paper's equation (1)."""
    maps = zip((module.q_proj, module.k_proj, module.v_proj), (states, others, others), strict=True)
    q, k, v = (map_(state(given)).unflatten(-1, (module.num_heads, -1)).transpose(0, 1) for map_, given in maps)
    scores = q @ k.transpose(1, 2) / np.sqrt(q.shape[-1])
    if hidden is not None:
        scores = scores.masked_fill(hidden, float("-inf"))
    mixed: torch.Tensor = torch.softmax(scores, dim=-1) @ v
    return mixed.transpose(0, 1).flatten(1)


def computed(model: Any, stage: Stage) -> tuple[torch.Tensor | None, torch.Tensor]:
    """A stage computed again from its inputs and the weights: what stands in its middle, and its output."""
    first = state(stage.inputs[0])
    if stage.part == "output":
        if stage.block == "softmax":
            return None, torch.softmax(first, dim=-1)
        return None, first @ model.lm_head.weight.T + model.final_logits_bias[0]
    stack = getattr(model.model, stage.part)
    if stage.block == "embedding":
        return None, first * np.sqrt(first.shape[1])
    if stage.block == "position":
        return None, first + state(stage.inputs[1])
    layer = stack.layers[stage.layer]
    if stage.block == "feed_forward":
        neurons = functional.gelu(layer.fc1(first))
        return neurons, layer.fc2(neurons)
    if stage.block.endswith("attention"):
        crossing = stage.block == "cross_attention"
        module = layer.encoder_attn if crossing else layer.self_attn
        later = torch.ones(len(first), len(first)).triu(1).bool()
        masked = stage.part == "decoder" and not crossing
        heads = attended(module, stage.inputs[0], stage.inputs[-1], later if masked else None)
        return heads, module.out_proj(heads)
    norms = {
        "add_norm_1": layer.self_attn_layer_norm,
        "add_norm_2": layer.final_layer_norm if stage.part == "encoder" else layer.encoder_attn_layer_norm,
        "add_norm_3": layer.final_layer_norm,
    }
    norm, total = norms[stage.block], first + state(stage.inputs[1])
    spread = torch.sqrt(total.var(dim=-1, keepdim=True, unbiased=False) + norm.eps)
    return total, (total - total.mean(dim=-1, keepdim=True)) / spread * norm.weight + norm.bias


@torch.no_grad()
def test_each_stage_can_be_computed_from_its_inputs(model: Seq2SeqLM) -> None:
    for stage in trace(model, KANA, WRITTEN).stages:
        middle, output = computed(model.model, stage)
        np.testing.assert_allclose(stage.output, output.numpy(), err_msg=stage.name, rtol=1e-4, atol=1e-4)
        if middle is not None:
            np.testing.assert_allclose(stage.middle, middle.numpy(), err_msg=stage.name, **CLOSE)


def test_the_first_inputs_are_the_table_s_rows_and_the_waves_of_the_paper(model: Seq2SeqLM) -> None:
    found = trace(model, KANA, WRITTEN)
    for part, tokens in (("encoder", found.source), ("decoder", found.target)):
        table = getattr(model.model.model, part).embed_tokens.weight.detach().numpy()
        rows = [piece for token in tokens for piece in token.pieces]
        np.testing.assert_array_equal(found.stage(part, "embedding").inputs[0], table[rows])
        width = table.shape[1]
        angle = np.arange(len(rows))[:, None] / 10000 ** (np.arange(0, width, 2) / width)
        waves = np.concatenate([np.sin(angle), np.cos(angle)], axis=1)  # Marian: sines first, not in turn
        np.testing.assert_allclose(found.stage(part, "position").inputs[1], waves, **CLOSE)


def test_the_attention_is_that_of_the_same_run(model: Seq2SeqLM) -> None:
    found, expected = trace(model, KANA, WRITTEN), model.attention(KANA, target=WRITTEN)
    np.testing.assert_array_equal(found.maps.cross.weights, expected.cross.weights)
    heads = [found.maps.encoder.head(1, head).output for head in range(model.heads)]
    middle = found.stage("encoder", "self_attention", 1).middle
    np.testing.assert_allclose(np.concatenate(heads, axis=1), middle, **CLOSE)


def test_the_softmax_is_the_answer_of_each_step(model: Seq2SeqLM) -> None:
    steps = list(model.steps(KANA, k=5))
    ids = [step.id for step in steps]
    for count, step in enumerate(steps):
        found = trace(model, KANA, ids[:count], k=5)
        assert [one.token for one in found.candidates] == [one.token for one in step.candidates]
        expected = [one.prob for one in step.candidates]
        assert [one.prob for one in found.candidates] == pytest.approx(expected, rel=1e-4, abs=1e-6)
        assert found.stage("output", "softmax").output[-1].argmax() == step.id


def test_the_softmax_gives_the_score(model: Seq2SeqLM) -> None:
    probabilities = trace(model, KANA, WRITTEN).stage("output", "softmax").output
    ids = [*model.tokenizer(WRITTEN, add_special_tokens=False)["input_ids"], model.end]
    log2 = np.log2(probabilities[np.arange(len(ids)), ids])
    np.testing.assert_allclose(log2, model.score(KANA, WRITTEN).log2, atol=1e-4)
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1, atol=1e-5)


# -- trace: one model for everybody -----------------------------------------------------------------------------------


def test_traces_in_several_threads_do_not_mix(model: Seq2SeqLM) -> None:
    asked = [(KANA, WRITTEN), ("あかちん", "赤"), ("りりり", ""), ("と", "鳴く。"), ("なく", "泣")] * 4
    expected = {pair: trace(model, *pair) for pair in set(asked)}
    with ThreadPoolExecutor(4) as pool:
        for pair, found in zip(asked, pool.map(lambda pair: trace(model, *pair), asked), strict=True):
            same(found, expected[pair])


def test_only_the_thread_that_watches_sees(tiny: Seq2SeqLM) -> None:
    with watching([tiny.model]) as seen, ThreadPoolExecutor(1) as pool:
        pool.submit(tiny.convert, KANA).result()
        with pytest.raises(LookupError):
            seen.gave(tiny.model)
        tiny.score(KANA, WRITTEN)
        assert seen.gave(tiny.model).logits.shape[-1] == tiny.card.vocabulary
    tiny.score("と", WRITTEN)
    assert seen.gave(tiny.model).encoder_last_hidden_state.shape[1] == len(tiny.tokens(KANA))


def test_what_is_watched_inside_is_its_own(tiny: Seq2SeqLM) -> None:
    with watching([tiny.model.lm_head]) as outer:
        with watching([tiny.model]) as inner:
            tiny.score(KANA, WRITTEN)
        with pytest.raises(LookupError):
            outer.given(tiny.model.lm_head)
        with pytest.raises(LookupError):
            inner.given(tiny.model.lm_head)


def test_a_module_has_one_hook_however_often_it_is_traced(tiny: Seq2SeqLM) -> None:
    trace(tiny, KANA)
    before = [len(module._forward_hooks) for module in tiny.model.modules()]
    trace(tiny, KANA)
    copied = copy.deepcopy(tiny.model)
    with watching(copied.modules()):
        pass
    assert [len(module._forward_hooks) for module in tiny.model.modules()] == before
    assert max(len(module._forward_hooks) for module in copied.modules()) == max(before)


def test_a_trace_changes_nothing(tiny: Seq2SeqLM) -> None:
    before = tiny.convert(KANA)
    trace(tiny, "あかちん", "赤")
    assert tiny.convert(KANA) == before


# -- trace: what cannot be traced -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bart", "m2m_100"])
def test_other_encoder_decoders_are_told(kind: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel) as error:
        trace(encoder_decoder(kind, tmp_path), KANA)
    assert "tiny" in error.value.message("ja")


def test_bad_texts_are_told(tiny: Seq2SeqLM) -> None:
    for text, written, error in (
        ("", WRITTEN, EmptyText),
        (KANA, "  ", EmptyText),
        ("と" * CONTEXT, WRITTEN, TooManyTokens),
        (KANA, "鳥" * CONTEXT, TooManyTokens),
        (KANA, [7] * CONTEXT, TooManyTokens),
        (KANA, [tiny.card.vocabulary], IndexError),
        (KANA, [-1], IndexError),
    ):
        with pytest.raises(error):
            trace(tiny, text, written)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=8), written=st.text(max_size=6))
def test_any_text_can_be_traced(tiny: Seq2SeqLM, text: str, written: str) -> None:
    try:
        found = trace(tiny, text, written)
    except EmptyText:
        return
    assert len(found.labels("encoder")) == len(found.stage("encoder", "embedding").output)
    assert len(found.labels("output")) == len(found.stage("output", "softmax").output)


# -- beliefs ----------------------------------------------------------------------------------------------------------

HOLE, BEFORE = "鳥が[MASK]。", "雨が激しく"
FAMILIES: dict[str, Any] = {
    "llama": LlamaConfig,
    "gemma": GemmaConfig,
    "gemma3": Gemma3TextConfig,
    "gpt_neox": GPTNeoXConfig,
}
SHAPE = {
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "max_position_embeddings": CONTEXT,
}


def next_word(kind: Any, **more: Any) -> CausalLM:
    tokenizer = byte_tokenizer()
    model = build(AutoModelForCausalLM, kind(vocab_size=len(tokenizer), **SHAPE, **more))
    return CausalLM(model, tokenizer, card("causal", model))


def answer(model: LanguageModel, k: int) -> Any:
    """What the model itself says, and the text it was asked about."""
    if isinstance(model, MaskedLM):
        return model.fill(HOLE, k)[0].candidates
    assert isinstance(model, CausalLM)
    return model.next(BEFORE, k).candidates


def believed(model: LanguageModel, k: int = 5) -> Any:
    return beliefs(model, HOLE if isinstance(model, MaskedLM) else BEFORE, k)


def cut_off(model: LanguageModel, count: int) -> np.ndarray:
    """The probabilities of a copy of the model that has only its first layers."""
    short = copy.deepcopy(model.model)
    base = short.base_model
    owner = getattr(base, "encoder", base)
    name = next(name for name in ("layers", "h", "layer") if hasattr(owner, name))
    setattr(owner, name, getattr(owner, name)[:count])
    found = believed(model)
    ids = torch.tensor([model.encode(HOLE if isinstance(model, MaskedLM) else BEFORE).ids])
    with torch.no_grad():
        logits = short(input_ids=ids, use_cache=False).logits if model.causal else short(input_ids=ids).logits
    probabilities: np.ndarray = torch.softmax(logits[0, found.tokens[found.position].last - 1], dim=-1).numpy()
    return probabilities


def check(model: LanguageModel) -> None:
    found = believed(model)
    assert found.probs.shape == (model.layers + 1, model.card.vocabulary) and found.probs.dtype == np.float32
    assert not found.probs.flags.writeable
    np.testing.assert_allclose(found.probs.sum(axis=-1), 1, atol=1e-5)
    assert found.layers[-1] == answer(model, 5)
    for count, row in enumerate(found.probs):
        np.testing.assert_allclose(row, cut_off(model, count), rtol=1e-3, atol=1e-6, err_msg=str(count))


@pytest.mark.parametrize("name", ["masked", "japanese", "causal", "bytewise", "encoder", "decoder"])
def test_a_layer_believes_what_a_model_that_ends_there_says(name: str, request: pytest.FixtureRequest) -> None:
    check(request.getfixturevalue(name))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_common_families_of_the_hub(family: str) -> None:
    heads = {"num_key_value_heads": HEADS, "head_dim": WIDTH // HEADS} if family.startswith("gemma") else {}
    check(next_word(FAMILIES[family], **heads))


def test_roberta(tmp_path: Path) -> None:
    tokenizer = japanese_tokenizer(tmp_path)
    config = RobertaConfig(
        vocab_size=len(tokenizer), pad_token_id=0, **{**SHAPE, "max_position_embeddings": CONTEXT + 2}
    )
    model = build(AutoModelForMaskedLM, config)
    check(MaskedLM(model, tokenizer, card("masked", model)))


def test_a_head_that_is_not_known_is_told(tmp_path: Path) -> None:
    tokenizer = japanese_tokenizer(tmp_path)
    model = build(AutoModelForMaskedLM, ElectraConfig(vocab_size=len(tokenizer), embedding_size=WIDTH, **SHAPE))
    with pytest.raises(UnsupportedModel):
        believed(MaskedLM(model, tokenizer, card("masked", model)))


@pytest.mark.parametrize(
    ("kind", "more"),
    [(GraniteConfig, {"logits_scaling": 8.0}), (OPTConfig, {"word_embed_proj_dim": WIDTH // 2, "ffn_dim": WIDTH})],
    ids=["scaled logits", "another width"],
)
def test_a_head_that_does_more_is_told(kind: Any, more: Any) -> None:
    with pytest.raises(UnsupportedModel):
        believed(next_word(kind, **more))


@pytest.mark.parametrize("name", ["encoder", "decoder"])
def test_candidates_and_courses_are_read_from_the_probabilities(name: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(name)
    words = ["鳴く", "降る", "鳴く", " ", "長い長い言葉"]
    found = beliefs(model, HOLE if name == "encoder" else BEFORE, 3, words)
    assert list(found.words) == ["鳴く", "降る"]  # one piece each, once each
    for candidates, ids, row in zip(found.layers, found.ids, found.probs, strict=True):
        assert [one.token for one in candidates] == [model.word(entry) for entry in ids]
        assert [one.prob for one in candidates] == pytest.approx(sorted(row)[::-1][:3])
    entry = model.tokenizer.convert_tokens_to_ids("鳴く")
    np.testing.assert_array_equal(found.words["鳴く"], found.course(entry))
    assert found.course(entry).shape == (model.layers + 1,)


def test_the_answer_is_read_at_the_first_hole_or_the_last_token(encoder: MaskedLM, decoder: CausalLM) -> None:
    holes = beliefs(encoder, "[MASK]が[MASK]。")
    assert holes.tokens[holes.position].text == "[MASK]" and holes.position == 1
    found = beliefs(decoder, "雨が🐦")
    assert found.position == len(found.tokens) - 1 and found.tokens[-1].text == "🐦"
    assert found.layers[-1] == decoder.next("雨が🐦", 5).candidates


def test_a_sentence_without_a_hole_is_told(encoder: MaskedLM, decoder: CausalLM) -> None:
    with pytest.raises(NoMask):
        beliefs(encoder, "鳥が鳴く。")
    with pytest.raises(EmptyText):
        beliefs(decoder, " ")


def test_beliefs_in_several_threads_do_not_mix(encoder: MaskedLM) -> None:
    asked = [HOLE, "雨が[MASK]降る。", "[MASK]"] * 6
    expected = {text: beliefs(encoder, text).probs for text in set(asked)}
    with ThreadPoolExecutor(4) as pool:
        for text, found in zip(asked, pool.map(lambda text: beliefs(encoder, text), asked), strict=True):
            np.testing.assert_array_equal(found.probs, expected[text])
