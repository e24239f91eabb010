"""Tokens → batches: the same after every start, nothing lost, never a special token to be guessed."""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from transformers import AutoTokenizer

from core.training import tokenizer as unigram
from core.training.batches import (
    BOS,
    EOS,
    IGNORED,
    MASK,
    PAD,
    Pairs,
    Sequences,
    cached,
    delayed,
    encode,
    masked,
    order,
    padded,
    shifted,
)
from core.training.tokenizer import CONTEXT, SPECIAL

Batch = NDArray[np.int64]
VOCABULARY = 300
ORDINARY = st.integers(len(SPECIAL), VOCABULARY - 1)
LENGTHS = st.lists(st.integers(1, CONTEXT), min_size=1, max_size=80)


def sequences(lengths: list[int]) -> Sequences:
    """Return sequences whose ids count up, so that each can be told from the others."""
    ids = np.arange(sum(lengths)) % (VOCABULARY - len(SPECIAL)) + len(SPECIAL)
    return Sequences(ids.astype(np.uint16), np.cumsum(lengths))


@st.composite
def rows(draw: st.DrawFn) -> Batch:
    """Rows as the encoder reads them: [CLS], one ordinary token or more, [SEP], padding."""
    found = draw(st.lists(st.lists(ORDINARY, min_size=1, max_size=20), min_size=1, max_size=8))
    texts = [[SPECIAL.index("[CLS]"), *row, SPECIAL.index("[SEP]")] for row in found]
    ids = np.array(sum(texts, []), dtype=np.uint16)
    return padded(Sequences(ids, np.cumsum([len(text) for text in texts])), np.arange(len(texts)))


@pytest.fixture(scope="module", params=["encoder", "decoder"])
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tokenizer")
    pieces = [(piece, -2.0) for piece in ("▁", "鳥", "が", "鳴く", "。", "あ")]
    unigram.save(unigram.assemble(pieces), folder, unigram.KINDS[request.param])
    return AutoTokenizer.from_pretrained(folder)


def test_encode_adds_special_tokens_and_cuts_to_the_context(tokenizer: Any) -> None:
    causal = tokenizer.bos_token is not None
    text = encode(["鳥が鳴く。", "あ" * 100], tokenizer, causal=causal)
    first, last = ("[BOS]", "[EOS]") if causal else ("[CLS]", "[SEP]")
    assert tokenizer.convert_ids_to_tokens(text[0]) == [first, "鳥", "が", "鳴く", "。", last]
    assert text.lengths().tolist() == [6, CONTEXT]
    assert len(text) == 2


def test_text_is_encoded_once(tokenizer: Any, tmp_path: Path) -> None:
    kind = "masked" if tokenizer.bos_token is None else "causal"
    files = [tmp_path / "train.txt", tmp_path / "more.txt"]
    for file, text in zip(files, ("鳥が鳴く。\n鳥が\n", "あ。\n"), strict=True):
        file.write_text(text, encoding="utf-8")
    fresh = cached(files, tokenizer, tmp_path, kind)
    for file in files:
        file.unlink()
    kept = cached(files, tokenizer, tmp_path, kind)
    assert isinstance(fresh, Sequences) and isinstance(kept, Sequences)
    assert len(fresh) == 3
    assert kept.ids.tolist() == fresh.ids.tolist()
    assert kept.ends.tolist() == fresh.ends.tolist()


def test_pairs_are_encoded_side_by_side(tmp_path: Path) -> None:
    unigram.save(unigram.assemble([(piece, -2.0) for piece in "▁とりが鳥"]), tmp_path, "seq2seq")
    tokenizer: Any = AutoTokenizer.from_pretrained(tmp_path)
    (tmp_path / "pairs.tsv").write_text("とりが\t鳥が\nとり\t鳥\n", encoding="utf-8")
    for _ in range(2):  # the second time from what the first has kept
        text = cached([tmp_path / "pairs.tsv"], tokenizer, tmp_path, "seq2seq")
        assert isinstance(text, Pairs)
        assert tokenizer.convert_ids_to_tokens(text.source[0]) == ["と", "り", "が", "[EOS]"]
        assert tokenizer.convert_ids_to_tokens(text.target[1]) == ["鳥", "[EOS]"]
        assert text.lengths().tolist() == [4 + 3, 3 + 2]
        assert len(text) == 2


@given(arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(2, 20)), elements=st.integers(1, VOCABULARY - 1)))
def test_delayed_reads_what_has_been_written_and_asks_for_the_rest(batch: Batch) -> None:
    batch[0, -1] = PAD
    read, target = delayed(batch)
    assert read.shape == target.shape == batch.shape
    assert (read[:, 0] == BOS).all() and (read[:, 1:] == batch[:, :-1]).all()
    assert target[0, -1] == IGNORED
    assert (target[batch != PAD] == batch[batch != PAD]).all()


def one_pass(text: Sequences, tokens: int, seed: int) -> list[list[int]]:
    """Return the batches of the first pass over the text."""
    batches: list[list[int]] = []
    for numbers in order(text, tokens, seed):
        batches.append(numbers.tolist())
        if sum(map(len, batches)) == len(text):
            return batches
    raise AssertionError("the order never ends")


@given(LENGTHS, st.integers(CONTEXT, 500), st.integers(0, 3))
def test_a_pass_visits_every_sequence_once_in_batches_of_like_size(lengths: list[int], tokens: int, seed: int) -> None:
    text = sequences(lengths)
    batches = one_pass(text, tokens, seed)
    assert sorted(sum(batches, [])) == list(range(len(text)))
    assert all(0 < text.lengths()[batch].sum() <= tokens + CONTEXT for batch in batches)


@given(LENGTHS, st.integers(1, 500), st.integers(0, 30))
def test_to_resume_is_to_count(lengths: list[int], tokens: int, start: int) -> None:
    text = sequences(lengths)
    unbroken = [batch.tolist() for batch in islice(order(text, tokens, 0), start + 5)]
    resumed = [batch.tolist() for batch in islice(order(text, tokens, 0), start, start + 5)]
    assert resumed == unbroken[start:]


def test_the_seed_and_the_pass_change_the_order() -> None:
    text = sequences([5, 9, 3, 7] * 30)
    count = len(one_pass(text, 50, 0))
    first, second = (
        [batch.tolist() for batch in islice(order(text, 50, 0), start, start + count)] for start in (0, count)
    )
    assert first != second
    assert first != one_pass(text, 50, 1)


@given(LENGTHS)
def test_padded_keeps_the_tokens_and_fills_the_right(lengths: list[int]) -> None:
    text = sequences(lengths)
    batch = padded(text, np.arange(len(text))[::-1])
    assert batch.shape == (len(lengths), max(lengths))
    for row, number in zip(batch, reversed(range(len(text))), strict=True):
        length = lengths[number]
        assert row[:length].tolist() == text[number].tolist()
        assert (row[length:] == PAD).all()


@settings(deadline=None)
@given(rows(), st.integers(0, 1000))
def test_every_row_has_a_word_to_guess_and_never_a_special_one(batch: Batch, seed: int) -> None:
    read, target = masked(batch, np.random.default_rng(seed), VOCABULARY)
    guessed = target != IGNORED
    assert guessed.any(axis=1).all()
    assert (batch[guessed] >= len(SPECIAL)).all()
    assert (target[guessed] == batch[guessed]).all()
    assert (read[~guessed] == batch[~guessed]).all()
    assert ((read[guessed] == MASK) | (read[guessed] >= len(SPECIAL))).all()


@given(rows(), st.integers(0, 1000))
def test_masks_are_a_function_of_the_seed(batch: Batch, seed: int) -> None:
    one, other = (masked(batch, np.random.default_rng(seed), VOCABULARY) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_a_quarter_of_the_words_is_guessed_and_most_of_them_hidden() -> None:
    batch = np.random.default_rng(1).integers(len(SPECIAL), VOCABULARY, (200, 50))
    read, target = masked(batch, np.random.default_rng(0), VOCABULARY)
    guessed = target != IGNORED
    assert guessed.mean() == pytest.approx(0.25, abs=0.02)
    assert (read[guessed] == MASK).mean() == pytest.approx(0.9, abs=0.02)
    assert (read[guessed] == batch[guessed]).mean() == pytest.approx(0.05, abs=0.02)


@given(arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(2, 20)), elements=st.integers(1, VOCABULARY - 1)))
def test_shifted_asks_each_token_for_the_next(batch: Batch) -> None:
    batch[0, -1] = PAD
    batch[-1, 0] = EOS
    read, target = shifted(batch)
    assert read.shape == target.shape == (batch.shape[0], batch.shape[1] - 1)
    assert (read == batch[:, :-1]).all()
    assert target[0, -1] == IGNORED
    assert (target[target != IGNORED] == batch[:, 1:][batch[:, 1:] != PAD]).all()
