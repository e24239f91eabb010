"""The tokenizer that the training makes: words as tokens, every text readable, every span in its place."""

import math
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from core.training import tokenizer as unigram
from core.training.tokenizer import BYTES, CONTEXT, LESSON_WORDS, SPECIAL, count_pieces, split_words

LINES = [
    "庭で小鳥が鳴く。",
    "赤ちゃんが大きな声で泣く。",
    "雨が激しく降るので、傘を持って行きなさい。",
    "彼は長い橋を渡って、学校へ行った。",
    "母は箸でご飯を食べる。",
    "寒いので、コートを着る。",
    "この薬は風邪によく効く。",
] * 20
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="▁["), max_size=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tokenizer")
    (root / "train.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    unigram.build(root, root / "out")
    return root / "out"


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(folder / "encoder")


@pytest.fixture(scope="module")
def decoder(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(folder / "decoder")


def pieces(tokenizer: Any, text: str) -> list[str]:
    return list(tokenizer.tokenize(text))


@pytest.mark.parametrize("word", sorted(set(LESSON_WORDS)))
def test_every_lesson_word_is_one_piece(encoder: Any, word: str) -> None:
    assert pieces(encoder, word) == [word]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("鳥が鳴く", ["鳥", "が", "鳴く"]),
        ("赤ちゃんが泣く", ["赤ちゃん", "が", "泣く"]),
        ("雨が激しく降る", ["雨", "が", "激しく", "降る"]),
        ("鳥が[MASK]。", ["鳥", "が", "[MASK]", "。"]),
    ],
)
def test_lesson_sentences_are_cut_into_words(encoder: Any, text: str, expected: list[str]) -> None:
    assert pieces(encoder, text) == expected


def test_special_tokens_stand_where_each_model_reads_them(encoder: Any, decoder: Any) -> None:
    def tokens(tokenizer: Any) -> list[str]:
        found: list[str] = tokenizer.convert_ids_to_tokens(tokenizer("鳥が")["input_ids"])
        return found

    assert tokens(encoder) == ["[CLS]", "鳥", "が", "[SEP]"]
    assert tokens(decoder) == ["[BOS]", "鳥", "が"]
    assert (encoder.mask_token, encoder.pad_token, decoder.eos_token) == ("[MASK]", "[PAD]", "[EOS]")
    assert encoder.model_max_length == decoder.model_max_length == CONTEXT
    assert encoder.convert_tokens_to_ids(list(SPECIAL)) == list(range(len(SPECIAL)))


def test_both_tokenizers_share_one_vocabulary(encoder: Any, decoder: Any) -> None:
    assert encoder.get_vocab() == decoder.get_vocab()


@settings(deadline=None)
@given(TEXTS)
def test_any_text_has_tokens_and_comes_back(encoder: Any, text: str) -> None:
    ids = encoder(text, add_special_tokens=False, verbose=False)["input_ids"]
    assert SPECIAL.index("[UNK]") not in ids
    assert encoder.backend_tokenizer.decode(ids, skip_special_tokens=False) == unicodedata.normalize("NFKC", text)


@settings(deadline=None)
@given(TEXTS)
def test_spans_lie_in_the_text(encoder: Any, text: str) -> None:
    offsets = encoder(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)["offset_mapping"]
    assert all(0 <= start <= end <= len(text) for start, end in offsets)


def test_the_letters_tokenizer_reads_and_writes_letters(folder: Path) -> None:
    letters: Any = AutoTokenizer.from_pretrained(folder / "seq2seq")
    assert pieces(letters, "鳥が鳴く。") == list("鳥が鳴く。")
    ids = letters("小鳥が鳴く。")["input_ids"]
    assert letters.convert_ids_to_tokens(ids) == [*"小鳥が鳴く。", "[EOS]"]
    assert letters.eos_token == "[EOS]"
    assert letters.decode(ids, skip_special_tokens=True) == "小鳥が鳴く。"


def test_the_most_frequent_letters_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unigram, "LETTERS", len(SPECIAL) + len(BYTES) + 1 + 2)
    found = dict(unigram.count_letters(Counter({"鳥が": 5, "がが": 2, "鰯": 1})))
    assert list(found) == ["▁", "が", "鳥"]
    assert math.exp(found["が"]) == pytest.approx(9 / 14)


def test_an_unknown_character_is_spelt_in_bytes(encoder: Any) -> None:
    assert pieces(encoder, "鰯") == [f"<0x{byte:02X}>" for byte in "鰯".encode()]


def test_pieces_are_scored_by_log_probability() -> None:
    words = Counter({"学校": 50, "学": 30, "校": 20, "鳥": 40})
    scores = dict(count_pieces(words))
    assert scores["学校"] > scores["鳥"] > scores["学"] > scores["渡る"]
    assert sum(math.exp(score) for score in scores.values()) == pytest.approx(1)


def test_the_vocabulary_is_filled_with_the_most_frequent_words(monkeypatch: pytest.MonkeyPatch) -> None:
    words = Counter({f"語{number}番": 1000 - number for number in range(500)})
    monkeypatch.setattr(unigram, "VOCABULARY", 500)
    found = [piece for piece, _ in count_pieces(words)]
    assert len(found) == len(set(found)) == 500 - len(SPECIAL) - len(BYTES)
    chosen = [piece for piece in found if len(piece) > 2 and piece.endswith("番")]
    assert chosen == [f"語{number}番" for number in range(len(chosen))]


def test_rare_characters_and_long_words_are_no_pieces() -> None:
    words = Counter({"鰯": unigram.RARE - 1, "鯨": unigram.RARE, "あ" * (unigram.LONGEST_WORD + 1): 99})
    found = {piece for piece, _ in count_pieces(words)}
    assert "鯨" in found
    assert "鰯" not in found
    assert max(map(len, found)) <= unigram.LONGEST_WORD


def test_words_are_counted_as_mecab_cuts_them() -> None:
    counts = split_words(["雨が激しく降る。", "雨が降る。"])
    assert (counts["雨"], counts["降る"], counts["激しく"]) == (2, 2, 1)
