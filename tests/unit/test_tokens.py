"""Any text has tokens that a reader can point at, or an error that says why not."""

from itertools import pairwise

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from core.errors import EmptyText, TooManyCharacters, TooManyTokens
from core.language_model import LanguageModel
from core.masked import MaskedLM
from core.tokens import MAX_CHARACTERS, Token, check, merge

HALF_WIDTH = "\uff76\uff9e"  # two characters that NFKC makes ガ
TRICKY = [
    "鳥が鳴く",
    "[MASK]",
    "\uff3bMASK\uff3d",  # full-width brackets, which NFKC makes [MASK]
    "[CLS]",
    "<0x41>",
    "👩\u200d👩\u200d👧",
    "🏳\ufe0f\u200d🌈",
    HALF_WIDTH,
    "か\u3099",
    "\u1100\u1161\u11a8",  # a Korean syllable in three characters
    "\u337f",  # one character that NFKC makes 株式会社
    "\ufdfa",  # one that NFKC makes eighteen
    "𠮷",
    "\x00",
    "\ud800",
    "\ufffd",
    "\u200b",
    " ",
    "\u3000",
    "\t\n",
    "▁",
    "##く",
    "e\u0301\u0323",
    "{}",
    "</script>",
]
CHARACTERS = st.characters(exclude_categories=())  # lone surrogates too
TEXTS = st.lists(st.one_of(CHARACTERS, st.sampled_from(TRICKY)), min_size=1, max_size=12).map("".join)


def tokens_of(model: LanguageModel, text: str) -> tuple[Token, ...]:
    try:
        return model.tokens(text)
    except (EmptyText, TooManyTokens, TooManyCharacters):
        reject()


@given(text=TEXTS)
def test_tokens_of_any_text_are_whole_characters_in_order(model: LanguageModel, text: str) -> None:
    tokens = tokens_of(model, text)
    seen = check(text)
    end = 0
    for token in tokens:
        assert token.text
        assert end <= token.start <= token.end <= len(seen)
        assert not token.special or token.start == token.end
        assert token.start == token.end or token.text == seen[token.start : token.end]
        assert "\ufffd" not in token.text or "\ufffd" in seen
        end = token.end


@given(text=TEXTS)
def test_pieces_of_the_tokens_are_what_the_model_reads(model: LanguageModel, text: str) -> None:
    tokens = tokens_of(model, text)
    assert sum((token.pieces for token in tokens), ()) == model.encode(text).ids
    assert [token.first for token in tokens] == [sum(len(t.pieces) for t in tokens[:i]) for i in range(len(tokens))]


@pytest.mark.parametrize("name", ["masked", "causal", "bytewise"])
@given(text=TEXTS)
def test_no_character_is_left_out(name: str, request: pytest.FixtureRequest, text: str) -> None:
    tokens = tokens_of(request.getfixturevalue(name), text)
    assert "".join(token.text for token in tokens if not token.special) == check(text)


@pytest.mark.parametrize(
    ("name", "before", "after"), [("masked", 1, 1), ("japanese", 1, 1), ("causal", 1, 0), ("bytewise", 0, 0)]
)
@given(text=TEXTS)
def test_only_what_the_tokenizer_adds_is_special(
    name: str, before: int, after: int, request: pytest.FixtureRequest, text: str
) -> None:
    flags = [token.special for token in tokens_of(request.getfixturevalue(name), text)]
    assert flags == [True] * before + [False] * (len(flags) - before - after) + [True] * after


def test_ordinary_words_are_their_own_tokens(masked: MaskedLM) -> None:
    assert [token.text for token in masked.tokens("鳥が鳴く。")] == ["[CLS]", "鳥", "が", "鳴く", "。", "[SEP]"]


def test_byte_pieces_of_a_character_are_one_token(masked: MaskedLM) -> None:
    token = next(token for token in masked.tokens("鳥が𠮷") if token.text == "𠮷")
    assert len(token.pieces) == len("𠮷".encode())


@pytest.mark.parametrize("name", ["masked", "causal"])
def test_rare_characters_side_by_side_are_tokens_of_their_own(name: str, request: pytest.FixtureRequest) -> None:
    tokens = [token for token in request.getfixturevalue(name).tokens("鰯🐦é") if not token.special]
    assert [token.text for token in tokens] == ["鰯", "🐦", "é"]
    assert [len(token.pieces) for token in tokens] == [3, 4, 2]


def test_half_width_kana_keep_their_two_characters(masked: MaskedLM) -> None:
    token = masked.tokens(HALF_WIDTH)[1]
    assert (token.text, token.start, token.end) == (HALF_WIDTH, 0, 2)
    assert token.pieces == masked.tokens("ガ")[1].pieces


def test_a_mask_is_one_token_whatever_the_model_calls_it(masked: MaskedLM, japanese: MaskedLM) -> None:
    for model in (masked, japanese):
        hole = model.tokens("鳥が[MASK]。")[3]
        assert (hole.text, hole.start, hole.end) == ("[MASK]", 2, 8)
        assert hole.pieces == (model.tokenizer.mask_token_id,)


@pytest.mark.parametrize("text", ["", " ", "\u3000\t\n", "\x1f"])
def test_nothing_to_read(model: LanguageModel, text: str) -> None:
    with pytest.raises(EmptyText):
        model.tokens(text)


def test_text_that_the_tokenizer_drops_altogether_is_empty(japanese: MaskedLM) -> None:
    with pytest.raises(EmptyText):
        japanese.tokens(
            "\u200b\x00" if not japanese.tokenizer("\u200b\x00", add_special_tokens=False)["input_ids"] else " "
        )


def test_ten_thousand_characters(model: LanguageModel) -> None:
    with pytest.raises(TooManyCharacters) as caught:
        model.tokens("鳥" * 10_000)
    assert "10,000" in caught.value.message("ja") and str(MAX_CHARACTERS) in caught.value.message("ja")


def test_more_tokens_than_the_model_reads(model: LanguageModel) -> None:
    with pytest.raises(TooManyTokens):
        model.tokens("鳥が鳴く。" * 40)


def test_as_much_of_a_long_text_as_the_model_reads(model: LanguageModel) -> None:
    text = "鳥が鳴く。" * 40
    fitting = model.fitting(text)
    assert text.startswith(fitting)
    read = model.encode(fitting)
    longest = max(len(token.pieces) for token in read.tokens)
    assert model.limit - longest < len(read.ids) <= model.limit


@given(text=TEXTS.map(lambda text: text * 8))
def test_the_beginning_of_any_text_can_be_read(model: LanguageModel, text: str) -> None:
    try:
        fitting = model.fitting(text)
    except (EmptyText, TooManyCharacters):
        return
    assert check(text).startswith(fitting)
    assert len(model.encode(fitting).ids) <= model.limit


def test_a_text_that_fits_is_read_whole(model: LanguageModel) -> None:
    assert model.fitting("鳥が鳴く") == "鳥が鳴く"


def test_lone_surrogates_become_the_replacement_character() -> None:
    assert check("鳥\ud800が") == "鳥\ufffdが"


SPANS = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda pair: (min(pair), max(pair)))


@given(pieces=st.lists(st.tuples(SPANS, st.booleans())))
def test_merge_of_any_spans(pieces: list[tuple[tuple[int, int], bool]]) -> None:
    spans, special = [span for span, _ in pieces], [added for _, added in pieces]
    tokens = merge("abcdef", list(range(len(pieces))), spans, special, lambda identifier: f"<{identifier}>")
    assert sum((token.pieces for token in tokens), ()) == tuple(range(len(pieces)))
    assert all(before.end <= after.start for before, after in pairwise(tokens))
    assert all(token.text == "abcdef"[token.start : token.end] or token.start == token.end for token in tokens)
    assert all(token.text for token in tokens)
    assert sum(token.special for token in tokens) == sum(special)


def test_merge_joins_pieces_that_share_a_character() -> None:
    tokens = merge("鳥が", [7, 8, 9], [(0, 1), (0, 1), (1, 2)], [False] * 3, str)
    assert [(token.text, token.pieces) for token in tokens] == [("鳥", (7, 8)), ("が", (9,))]


def test_merge_joins_a_piece_without_characters() -> None:
    tokens = merge("鳥が", [7, 8, 9], [(0, 0), (0, 1), (1, 2)], [False] * 3, str)
    assert [(token.text, token.pieces) for token in tokens] == [("鳥", (7, 8)), ("が", (9,))]
