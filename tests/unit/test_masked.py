"""Filling holes, comparing words, measuring edges."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import HEADS, LAYERS, eager

from core import masked as module
from core.errors import AllCut, InvalidCut, NoCandidates, NoMask, TooLongWord, TooManyMasks, TooManyTokens
from core.maps import Cut
from core.masked import MaskedLM

HOLE = "鳥が[MASK]。"
SINGLE = ["鳴く", "泣く", "降る"]
MIXED = ["鳴く", "大好きです", "𠮷"]


def log2_of(model: MaskedLM, ids: list[int]) -> torch.Tensor:
    """The library's log2 P (position, vocabulary)."""
    with torch.no_grad():
        logits = eager(model)(input_ids=torch.tensor([ids])).logits[0]
    return torch.log_softmax(logits.double(), dim=-1) / math.log(2)


def test_fill_ranks_the_vocabulary(masked_model: MaskedLM) -> None:
    (filling,) = masked_model.fill(HOLE, k=5)
    assert filling.position == 3
    ids = masked_model.encode(HOLE).ids
    expected, best = (2 ** log2_of(masked_model, list(ids))[3]).topk(5)
    np.testing.assert_allclose([one.prob for one in filling.candidates], expected, rtol=1e-3)
    assert [one.token for one in filling.candidates] == [masked_model.word(i) for i in best.tolist()]


def test_fill_of_the_whole_vocabulary_sums_to_one(masked_model: MaskedLM) -> None:
    (filling,) = masked_model.fill(HOLE, k=10**9)
    assert len(filling.candidates) == len(masked_model.tokenizer)
    assert sum(one.prob for one in filling.candidates) == pytest.approx(1, abs=1e-4)
    assert all(one.token for one in filling.candidates)


def test_fill_of_two_holes(masked: MaskedLM) -> None:
    first, second = masked.fill("[MASK]が[MASK]。")
    assert (first.position, second.position) == (1, 3)
    assert first.candidates != second.candidates


def test_position_is_that_of_the_token(masked: MaskedLM) -> None:
    (filling,) = masked.fill("𠮷が[MASK]。")
    assert masked.tokens("𠮷が[MASK]。")[filling.position].text == "[MASK]"


def test_a_cut_changes_what_is_filled(masked_model: MaskedLM) -> None:
    before = masked_model.fill(HOLE, k=10**9)[0].candidates
    after = masked_model.fill(HOLE, k=10**9, cut=[Cut(3, 1)])[0].candidates
    assert before != after


@pytest.mark.parametrize("ask", ["fill", "choose", "edge_effects"])
def test_holes_are_counted(masked_model: MaskedLM, ask: str) -> None:
    words = [] if ask == "fill" else [SINGLE]
    with pytest.raises(NoMask):
        getattr(masked_model, ask)("鳥が鳴く。", *words)
    with pytest.raises(TooManyMasks) as caught:
        getattr(masked_model, ask)("[MASK]" * 40, *words)
    assert "40" in str(caught.value)


def test_choose_among_single_tokens_reads_the_hole(masked_model: MaskedLM) -> None:
    choice = masked_model.choose(HOLE, SINGLE)
    ids = masked_model.tokenizer.convert_tokens_to_ids(SINGLE)
    log2 = log2_of(masked_model, list(masked_model.encode(HOLE).ids))[3, ids]
    assert choice.method == "mask"
    assert list(choice.log2) == SINGLE
    np.testing.assert_allclose(list(choice.log2.values()), log2, rtol=1e-4)
    shares = (2**log2 / (2**log2).sum()).tolist()
    assert [choice.prob(word) for word in SINGLE] == pytest.approx(shares, rel=1e-3)
    assert [one.prob for one in choice.candidates] == sorted((one.prob for one in choice.candidates), reverse=True)


@pytest.mark.parametrize("words", [SINGLE, MIXED])
def test_shares_sum_to_one(masked_model: MaskedLM, words: list[str]) -> None:
    for cut in ([], [Cut(3, 1)]):
        assert sum(one.prob for one in masked_model.choose(HOLE, words, cut).candidates) == pytest.approx(1)


def test_choose_with_several_holes_adds_them_up(masked: MaskedLM) -> None:
    text = "[MASK]が[MASK]。"
    log2 = log2_of(masked, list(masked.encode(text).ids))
    (identifier,) = masked.tokenizer("鳥", add_special_tokens=False)["input_ids"]
    assert masked.choose(text, ["鳥", "猫"]).log2["鳥"] == pytest.approx(
        float(log2[[1, 3], identifier].sum()), rel=1e-4
    )


def pseudo_likelihood(model: MaskedLM, ids: list[int], groups: list[list[int]]) -> list[float]:
    """By hand: each piece is hidden together with the later ones of its group."""
    result = []
    for group in groups:
        total = 0.0
        for index, position in enumerate(group):
            hidden = list(ids)
            for later in group[index:]:
                hidden[later] = model.tokenizer.mask_token_id
            total += float(log2_of(model, hidden)[position, ids[position]])
        result.append(total)
    return result


@pytest.mark.parametrize("word", MIXED[:2])
def test_words_of_several_pieces_are_compared_in_the_sentence(masked_model: MaskedLM, word: str) -> None:
    choice = masked_model.choose(HOLE, MIXED[:2])
    assert choice.method == "sentence"
    pieces = masked_model.tokenizer(word, add_special_tokens=False)["input_ids"]
    ids = [*masked_model.encode(HOLE).ids]
    ids[3:4] = pieces
    end = 3 + len(pieces)
    expected = pseudo_likelihood(masked_model, ids, [[1], [2], list(range(3, end)), [end]])
    assert choice.log2[word] == pytest.approx(sum(expected), rel=1e-4)


def test_a_cut_is_carried_to_all_pieces_of_the_word(masked: MaskedLM) -> None:
    """Cutting hole → 鳥 must hide 鳥 from every piece of the word: then which other word 鳥 was cannot matter to them."""
    cuts = [Cut(query, 1) for query in range(6) if query != 1]
    encoded, other = (
        masked._filled(masked.encode(text), masked._pieces("大好き")) for text in ("鳥が[MASK]。", "猫が[MASK]。")
    )
    words = [masked._pseudo_likelihood(one, cuts[:5])[[2, 3, 4]] for one in (encoded, other)]
    np.testing.assert_allclose(words[0], words[1], rtol=1e-4)
    free = [masked._pseudo_likelihood(one, ())[[2, 3, 4]] for one in (encoded, other)]
    assert not np.allclose(free[0], free[1], rtol=1e-4)


@pytest.mark.parametrize("words", [[], ["鳴く"], ["鳴く", " 鳴く "], ["", " ", "鳴く"], ["[MASK]", "鳴く"]])
def test_too_few_words(masked_model: MaskedLM, words: list[str]) -> None:
    for ask in (masked_model.choose, masked_model.edge_effects):
        with pytest.raises(NoCandidates):
            ask(HOLE, words)


def test_words_are_stripped_and_not_repeated(masked: MaskedLM) -> None:
    assert masked.choose(HOLE, [" 鳴く", "泣く", "鳴く\n", ""]) == masked.choose(HOLE, ["鳴く", "泣く"])


def test_a_word_of_ten_thousand_characters(masked_model: MaskedLM) -> None:
    with pytest.raises(TooLongWord) as caught:
        masked_model.choose(HOLE, ["鳴く", "あ" * 10_000])
    assert "10,000" in caught.value.message("ja") and "くらべる語" in caught.value.message("ja")


def test_a_word_that_makes_the_sentence_too_long(masked_model: MaskedLM) -> None:
    with pytest.raises(TooManyTokens):
        masked_model.choose("鳥が" * 20 + HOLE, ["鳴く", "大好き" * 13])


@pytest.mark.parametrize("words", [SINGLE, MIXED])
def test_cuts_of_choose_are_checked(masked_model: MaskedLM, words: list[str]) -> None:
    with pytest.raises(InvalidCut):
        masked_model.choose(HOLE, words, [Cut(6, 0)])
    with pytest.raises(AllCut):
        masked_model.choose(HOLE, words, [Cut(3, key) for key in range(6)])


@pytest.mark.parametrize("words", [SINGLE, ["犬猫", "猫犬"]])
@pytest.mark.parametrize(("layer", "head"), [(None, None), (1, None), (0, 2), (None, 3)])
def test_edge_effects_are_single_cuts(masked: MaskedLM, words: list[str], layer: int | None, head: int | None) -> None:
    effects = masked.edge_effects(HOLE, words, layer, head)
    base = masked.choose(HOLE, words)
    assert effects.tokens == masked.tokens(HOLE)
    assert effects.base.prob(words[0]) == pytest.approx(base.prob(words[0]), rel=1e-4)
    n = len(effects.tokens)
    assert effects.change.shape == (n, n) and effects.change.dtype == np.float32
    for query in range(n):
        for key in range(n):
            after = masked.choose(HOLE, words, [Cut(query, key, layer, head)]).prob(words[0])
            assert effects.change[query, key] == pytest.approx(after - base.prob(words[0]), abs=1e-4)
    assert np.abs(effects.change).max() > 1e-4


def test_edge_effects_in_small_chunks(masked: MaskedLM, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = masked.edge_effects(HOLE, SINGLE).change
    monkeypatch.setattr(module, "CHUNK_LOGITS", 7 * 6 * masked.card.vocabulary)
    np.testing.assert_allclose(masked.edge_effects(HOLE, SINGLE).change, whole, atol=1e-5)


@pytest.mark.parametrize(("layer", "head"), [(LAYERS, None), (None, HEADS), (-1, 0)])
def test_edge_effects_of_no_such_head(masked: MaskedLM, layer: int | None, head: int | None) -> None:
    with pytest.raises(InvalidCut):
        masked.edge_effects(HOLE, SINGLE, layer, head)


def test_a_text_of_nothing_but_a_hole(masked_model: MaskedLM) -> None:
    words = ["𠮷", "鰯"]
    choice = masked_model.choose("[MASK]", words)
    assert {one.token for one in choice.candidates} == set(words)
    assert choice.method == "sentence"


def test_score_hides_each_token_in_turn(masked_model: MaskedLM) -> None:
    score = masked_model.score("鳥が鳴く。")
    ids = list(masked_model.encode("鳥が鳴く。").ids)
    assert [token.text for token in score.tokens] == ["鳥", "が", "鳴く", "。"]
    np.testing.assert_allclose(score.log2, pseudo_likelihood(masked_model, ids, [[1], [2], [3], [4]]), rtol=1e-4)
    assert score.bits == pytest.approx(-sum(score.log2)) and score.bits > 0
    assert score.bits_per_character == pytest.approx(score.bits / 5)


def test_score_of_a_character_in_bytes(masked: MaskedLM) -> None:
    ids = list(masked.encode("鳥𠮷。").ids)
    expected = pseudo_likelihood(masked, ids, [[1], [2, 3, 4, 5], [6]])
    np.testing.assert_allclose(masked.score("鳥𠮷。").log2, expected, rtol=1e-4)


def test_score_leaves_holes_out(masked_model: MaskedLM) -> None:
    assert [token.text for token in masked_model.score(HOLE).tokens] == ["鳥", "が", "。"]


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)  # lone surrogates too


@given(text=ANY_TEXT, words=st.lists(ANY_TEXT, max_size=3))
def test_any_words_are_compared_or_refused(masked_model: MaskedLM, text: str, words: list[str]) -> None:
    try:
        choice = masked_model.choose(text + "[MASK]", words)
    except (NoCandidates, TooManyTokens):
        return
    assert sum(one.prob for one in choice.candidates) == pytest.approx(1)
    assert all(np.isfinite(value) for value in choice.log2.values())
