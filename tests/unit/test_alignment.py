"""Character spans for a tokenizer that does not tell them."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alignment import align, normalised, spans
from core.masked import MaskedLM

HALF_WIDTH = "\uff76\uff9e"  # two characters that NFKC makes ガ
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=3),
        st.sampled_from(
            [
                HALF_WIDTH,
                "か\u3099",
                "㍿",
                "e\u0301\u0323",
                "q\u0307\u0323",
                "\u1100\u1161\u11a8",
                "\ufdfa",
                "\ufb01",
                "①",
            ]
        ),
    )
).map("".join)


@given(text=TEXTS)
def test_normalised_is_nfkc_and_knows_its_origin(text: str) -> None:
    normal, origin = normalised(text)
    assert normal == unicodedata.normalize("NFKC", text)
    assert len(origin) == len(normal)
    assert origin == sorted(origin)
    assert "".join(text[start:end] for start, end in dict.fromkeys(origin)) == text


@given(text=TEXTS, data=st.data())
def test_pieces_of_the_normal_form_cover_the_text(text: str, data: st.DataObject) -> None:
    normal, _ = normalised(text)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(normal) - 1)))))
    pieces = [piece for a, b in zip([0, *cuts], [*cuts, len(normal)], strict=True) if (piece := normal[a:b])]
    if any(piece.startswith("##") or "▁" in piece for piece in pieces):
        return
    found = align(pieces, text)
    assert all(a <= c and b <= d for (a, b), (c, d) in pairwise(found))
    if found:
        assert found[0][0] == 0 and found[-1][1] == len(text)


@pytest.mark.parametrize(
    ("pieces", "text", "expected"),
    [
        (["鳥", "が", "鳴", "##く"], "鳥が鳴く", [(0, 1), (1, 2), (2, 3), (3, 4)]),
        (["ガ", "鳴く"], HALF_WIDTH + "鳴く", [(0, 2), (2, 4)]),
        (["株式", "会社"], "㍿", [(0, 1), (0, 1)]),
        (["鳥", "", "が"], "鳥𠮷野が", [(0, 1), (1, 3), (3, 4)]),
        (["鳥", ""], "鳥𠮷", [(0, 1), (1, 2)]),
        (["", ""], "𠮷野", [(0, 2), (2, 2)]),
        (["▁", "鳥", "▁が"], "鳥 が", [(0, 0), (0, 1), (2, 3)]),
        ([], "鳥", []),
        ([""], "", [(0, 0)]),
    ],
)
def test_align(pieces: list[str], text: str, expected: list[tuple[int, int]]) -> None:
    assert align(pieces, text) == expected


def test_slow_tokenizer_with_an_unknown_word_at_the_end(japanese: MaskedLM) -> None:
    assert not japanese.tokenizer.is_fast
    tokens = japanese.tokens("鳥が鰯")
    assert [(token.text, token.start, token.end) for token in tokens if not token.special] == [
        ("鳥", 0, 1),
        ("が", 1, 2),
        ("鰯", 2, 3),
    ]


def test_typed_special_tokens_are_not_added_ones(masked: MaskedLM, japanese: MaskedLM) -> None:
    for model in (masked, japanese):
        _, _, added = spans(model.tokenizer, "[CLS]鳥[SEP]")
        assert added == [True, False, False, False, True]
