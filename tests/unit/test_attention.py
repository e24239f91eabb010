"""Our attention function gives the library's numbers, and a cut removes one edge and nothing else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from tiny import HEADS, LAYERS, bert, card, eager, qwen3
from transformers import AutoModelForCausalLM, Gemma2Config

from core.attention import IMPLEMENTATION, recording, removal
from core.causal import CausalLM
from core.errors import AllCut, InvalidCut, NoAttention
from core.language_model import LanguageModel
from core.maps import Cut
from core.masked import MaskedLM

TEXT = "鳥が激しく鳴く。"
BYTES = "鳥が𠮷。鰯"  # two characters that the unigram tokenizer spells in bytes
CLOSE: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-6}


def reference(model: LanguageModel, text: str) -> Any:
    with torch.no_grad():
        return eager(model)(input_ids=torch.tensor([model.encode(text).ids]), output_attentions=True)


def pieces(model: LanguageModel, text: str, cut: tuple[Cut, ...] = ()) -> np.ndarray:
    """The weights between pieces (layer, head, query, key)."""
    maps = model.attention(text, cut)
    n = len(model.encode(text).ids)
    return np.stack([record.weights for record in maps.records]).reshape(LAYERS, HEADS, n, n)


@pytest.mark.parametrize("text", [TEXT, BYTES, "鳥"])
def test_weights_equal_the_library_s_eager_attention(model: LanguageModel, text: str) -> None:
    expected = torch.cat(reference(model, text).attentions).numpy()
    np.testing.assert_allclose(pieces(model, text), expected, **CLOSE)


@pytest.mark.parametrize("text", [TEXT, BYTES])
def test_logits_equal_the_library_s(model: LanguageModel, text: str) -> None:
    encoded = model.encode(text)
    ours = model._logits(encoded, torch.tensor([encoded.ids])).numpy()
    np.testing.assert_allclose(ours, reference(model, text).logits.numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("text", [TEXT, BYTES, "鳥"])
def test_rows_sum_to_one(model: LanguageModel, text: str) -> None:
    maps = model.attention(text)
    n = len(maps.tokens)
    assert maps.weights.shape == (LAYERS, HEADS, n, n) and maps.weights.dtype == np.float32
    np.testing.assert_allclose(maps.weights.sum(axis=-1), 1, atol=1e-5)
    assert (maps.weights >= 0).all()


def test_attention_is_not_uniform(model: LanguageModel) -> None:
    weights = pieces(model, TEXT)
    assert np.ptp(weights[0, 0, -1]) > 0.1


def test_a_token_of_several_pieces_receives_their_sum_and_looks_with_their_mean(masked: MaskedLM) -> None:
    maps, between = masked.attention(BYTES), pieces(masked, BYTES)
    token = next(index for index, token in enumerate(maps.tokens) if len(token.pieces) > 1)
    rows = slice(maps.tokens[token].first, maps.tokens[token].last)
    np.testing.assert_allclose(maps.weights[:, :, 0, token], between[:, :, 0, rows].sum(axis=-1), **CLOSE)
    np.testing.assert_allclose(maps.weights[:, :, token, 0], between[:, :, rows, 0].mean(axis=-1), **CLOSE)
    own = between[:, :, rows, rows].sum(axis=-1).mean(axis=-1)
    np.testing.assert_allclose(maps.weights[:, :, token, token], own, **CLOSE)


@pytest.mark.parametrize("name", ["causal", "bytewise"])
@pytest.mark.parametrize("text", [TEXT, BYTES])
def test_a_causal_model_never_looks_ahead(name: str, text: str, request: pytest.FixtureRequest) -> None:
    weights = request.getfixturevalue(name).attention(text).weights
    n = weights.shape[-1]
    assert not weights[..., np.triu(np.ones((n, n), dtype=bool), k=1)].any()


def test_a_cut_edge_has_weight_zero_and_the_others_share_its_weight(model: LanguageModel) -> None:
    query, key = 3, 1
    before, after = pieces(model, TEXT), pieces(model, TEXT, (Cut(query, key),))
    token_of = model.encode(TEXT).groups.argmax(axis=0)
    rows, columns = np.flatnonzero(token_of == query), np.flatnonzero(token_of == key)
    assert not after[:, :, rows[:, None], columns].any()
    expected = before[0].copy()
    expected[:, rows[:, None], columns] = 0
    expected /= expected.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(after[0], expected, **CLOSE)
    np.testing.assert_allclose(after.sum(axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize("layer", range(LAYERS))
@pytest.mark.parametrize("head", [0, HEADS - 1])
def test_a_cut_in_one_head_changes_that_head_first(model: LanguageModel, layer: int, head: int) -> None:
    key = int(model.attention(TEXT).weights[layer, head, 3].argmax())
    before, after = pieces(model, TEXT), pieces(model, TEXT, (Cut(3, key, layer, head),))
    changed = np.abs(after - before).max(axis=(2, 3)) > 1e-6
    assert not changed[:layer].any()
    assert changed[layer].tolist() == [index == head for index in range(HEADS)]
    assert changed[layer + 1 :].all()


def test_a_cut_without_layer_and_head_is_in_all(model: LanguageModel) -> None:
    every = [Cut(3, 1, layer, head) for layer in range(LAYERS) for head in range(HEADS)]
    np.testing.assert_array_equal(pieces(model, TEXT, tuple(every)), pieces(model, TEXT, (Cut(3, 1),)))


def test_nothing_cut_changes_nothing(model: LanguageModel) -> None:
    np.testing.assert_array_equal(model.attention(TEXT, ()).weights, model.attention(TEXT).weights)


@pytest.mark.parametrize("text", [TEXT, BYTES])
def test_a_batch_of_cuts_equals_one_by_one(model: LanguageModel, text: str) -> None:
    encoded = model.encode(text)
    sets: list[list[Cut]] = [[], [Cut(2, 0)], [Cut(2, 1), Cut(2, 0)], [Cut(1, 0, 1)], [Cut(2, 1, 2, 3)]]
    rows = torch.tensor([encoded.ids]).repeat(len(sets), 1)
    together = model._logits(encoded, rows, sets)
    for row, cuts in zip(together, sets, strict=True):
        alone = model._logits(encoded, rows[:1], [cuts])[0]
        torch.testing.assert_close(row, alone, rtol=1e-4, atol=1e-4)


def test_cutting_the_edge_of_a_token_cuts_all_its_pieces(masked: MaskedLM) -> None:
    index = next(i for i, token in enumerate(masked.tokens(BYTES)) if len(token.pieces) > 1)
    maps = masked.attention(BYTES, [Cut(1, index), Cut(index, 1)])
    assert not maps.weights[:, :, 1, index].any() and not maps.weights[:, :, index, 1].any()


@pytest.mark.parametrize(
    "cut", [Cut(99, 0), Cut(0, 99), Cut(-1, 0), Cut(0, -1), Cut(1, 0, LAYERS), Cut(1, 0, 0, HEADS), Cut(1, 0, -1)]
)
def test_a_cut_outside_the_text_or_the_model(model: LanguageModel, cut: Cut) -> None:
    with pytest.raises(InvalidCut):
        model.attention(TEXT, [cut])


def test_everything_cut(model: LanguageModel) -> None:
    n = len(model.tokens(TEXT))
    with pytest.raises(AllCut):
        model.attention(TEXT, [Cut(2, key) for key in range(n)])
    with pytest.raises(AllCut):
        model.attention(TEXT, [Cut(2, key, 1, 2) for key in range(n)])
    assert not model.attention(TEXT, [Cut(2, key) for key in range(n) if key != 1]).weights[:, :, 2, 2].any()


def test_the_first_token_of_a_causal_model_has_only_itself(causal: CausalLM) -> None:
    with pytest.raises(AllCut):
        causal.attention(TEXT, [Cut(0, 0)])


def test_removal_of_nothing_is_none() -> None:
    assert removal([(), ()], 2, 2, 5, causal=False) is None


@pytest.mark.parametrize("cut", [(), (Cut(3, 1),)])
def test_a_head_s_numbers_make_its_weights_and_output(model: LanguageModel, cut: tuple[Cut, ...]) -> None:
    maps = model.attention(TEXT, cut)
    for layer in range(LAYERS):
        for head in range(HEADS):
            detail = maps.head(layer, head)
            dots = detail.q @ detail.k.T
            np.testing.assert_allclose(detail.dots, dots)
            seen = np.isfinite(detail.scores)
            np.testing.assert_allclose(detail.scores[seen], (dots * detail.scale)[seen], rtol=1e-4, atol=1e-5)
            exponent = np.exp(detail.scores - detail.scores.max(axis=-1, keepdims=True))
            weights = exponent / exponent.sum(axis=-1, keepdims=True)
            np.testing.assert_allclose(detail.weights, weights, **CLOSE)
            np.testing.assert_allclose(detail.output, weights @ detail.v, rtol=1e-3, atol=1e-5)
            assert not np.isnan(detail.scores).any()


def test_head_outputs_are_what_the_layer_goes_on_with(masked: MaskedLM) -> None:
    seen: list[torch.Tensor] = []
    output_matrix = masked.model.model.layers[1].attn.Wo
    hook = output_matrix.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    maps = masked.attention(TEXT)
    hook.remove()
    heads = np.concatenate([maps.head(1, head).output for head in range(HEADS)], axis=-1)
    np.testing.assert_allclose(heads, seen[0][0].numpy(), rtol=1e-3, atol=1e-5)


def test_grouped_query_attention_shares_keys(causal: CausalLM) -> None:
    maps = causal.attention(TEXT)
    np.testing.assert_array_equal(maps.head(0, 0).k, maps.head(0, 1).k)
    np.testing.assert_array_equal(maps.head(0, 2).v, maps.head(0, 3).v)
    assert not np.array_equal(maps.head(0, 1).k, maps.head(0, 2).k)
    assert not np.array_equal(maps.head(0, 0).q, maps.head(0, 1).q)


def test_threads_do_not_see_each_other_s_cuts(model: LanguageModel) -> None:
    sets = [(), (Cut(3, 1),), (Cut(2, 0, 1),), (Cut(3, 2, 0, 0),)]
    expected = [model.attention(TEXT, cuts).weights for cuts in sets]
    start = threading.Barrier(len(sets))

    def ask(index: int) -> list[np.ndarray]:
        start.wait()
        return [model.attention(TEXT, sets[index]).weights for _ in range(10)]

    with ThreadPoolExecutor(len(sets)) as threads:
        for index, results in enumerate(threads.map(ask, range(len(sets)))):
            for weights in results:
                np.testing.assert_array_equal(weights, expected[index])


def test_nothing_is_kept_outside_recording(masked: MaskedLM) -> None:
    with recording(keep=False) as recorded, torch.inference_mode():
        masked.model(input_ids=torch.tensor([[1, 2, 3]]))
    assert recorded.calls.total() == LAYERS and not recorded.layers


def test_recording_ends_with_its_block_after_an_error(masked: MaskedLM) -> None:
    before = masked.attention(TEXT).weights
    with pytest.raises(ZeroDivisionError), recording(torch.ones(1, LAYERS, HEADS, 3, 3, dtype=torch.bool)):
        1 / 0  # noqa: B018
    np.testing.assert_array_equal(masked.attention(TEXT).weights, before)


def test_a_model_with_another_kind_of_attention_is_refused(bytewise: CausalLM) -> None:
    """Gemma 2 caps its scores, which our function does not: the numbers would be wrong."""
    config = Gemma2Config(
        vocab_size=300, hidden_size=32, intermediate_size=64, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        num_key_value_heads=HEADS, head_dim=8, max_position_embeddings=64, attn_logit_softcapping=0.5,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config, attn_implementation=IMPLEMENTATION).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.5)
    with pytest.raises(NoAttention):
        CausalLM(model, bytewise.tokenizer, card("causal", model))


def test_a_model_that_does_not_use_our_function_is_refused(japanese: MaskedLM) -> None:
    model = bert(len(japanese.tokenizer))
    model.set_attn_implementation("sdpa")
    with pytest.raises(NoAttention):
        MaskedLM(model, japanese.tokenizer, card("masked", model))


def test_a_card_with_other_heads_is_refused(causal: CausalLM) -> None:
    model = qwen3(len(causal.tokenizer))
    object.__setattr__(wrong := card("causal", model), "heads", HEADS + 1)
    with pytest.raises(NoAttention):
        CausalLM(model, causal.tokenizer, wrong)
