"""The lesson on tokens: cutting without torch is cutting with it, the likeliest way is the tokenizer's, vectors are the
model's, and what the texts claim holds of our tokenizer."""

import math
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.errors import EmptyText, ModelDamaged, ModelFileMissing, TooManyCharacters
from core.masked import MaskedLM
from core.tokens import MAX_CHARACTERS, check
from lessons.text import toml
from lessons.tokens import embeddings, lab, lattice, record
from lessons.tokens.steps.pieces import read

TRICKY = [
    "[MASK]",
    "[CLS]",
    "[SEP]",
    "[BOS]",
    "<0x41>",
    "▁",
    " ",
    "🐦",
    "👨‍👩‍👧",
    "が",
    "か\u3099",
    "ｶﾞ",
    "①",
    "激しく",
    "اَلعَ",
]
PARTS = st.lists(st.one_of(st.sampled_from(TRICKY), st.text(max_size=4)), max_size=12).map("".join)
SHORT = st.lists(st.one_of(st.sampled_from([*TRICKY, *"激しくナク人参政権"]), st.characters()), max_size=8).map("".join)


def pieces_of(text: str) -> list[str]:
    return lab.tokenizer().encode(text, add_special_tokens=False).tokens


# -- our tokens ------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(text=PARTS)
def test_tokens_without_torch_are_those_of_the_model(encoder: MaskedLM, text: str) -> None:
    assume(text.strip() and len(text) <= MAX_CHARACTERS)
    cutting = lab.ours(text)
    if cutting.length <= encoder.limit:
        assert cutting.tokens == encoder.tokens(text)


@settings(max_examples=200)
@given(text=PARTS)
def test_spans_are_the_text(text: str) -> None:
    assume(text.strip() and len(text) <= MAX_CHARACTERS)
    cutting, text = lab.ours(text), check(text)

    assert "".join(text[token.start : token.end] for token in cutting.own) == text
    assert all(token.text == text[token.start : token.end] for token in cutting.own if token.start < token.end)
    assert all(before.end <= after.start for before, after in pairwise(cutting.own))
    assert [name for token in cutting.tokens for name in cutting.spelt(token)] == list(cutting.names)
    assert cutting.count == len(pieces_of(text)) == cutting.length - 2


@given(text=PARTS)
def test_characters_and_bytes_are_the_text(text: str) -> None:
    assume(text.strip() and len(text) <= MAX_CHARACTERS)
    letters, utf8, text = lab.characters(text), lab.utf8(text), check(text)

    assert "".join(chr(token.id) for token in letters.tokens) == text
    assert letters.count == letters.length == len(text)
    assert bytes(piece for token in utf8.tokens for piece in token.pieces) == text.encode()
    assert utf8.count == len(text.encode()) and bytes.fromhex("".join(utf8.names)) == text.encode()


@pytest.mark.parametrize("cut", [lab.ours, lab.characters, lab.utf8, lab.compare])
def test_text_that_cannot_be_read_is_told(cut: object) -> None:
    assert callable(cut)
    for text in ("", "  ", "　"):
        with pytest.raises(EmptyText):
            cut(text)
    with pytest.raises(TooManyCharacters):
        cut("鳥" * 500)


def test_a_long_text_is_cut_to_its_end() -> None:
    assert lab.ours("鳥" * MAX_CHARACTERS).count == MAX_CHARACTERS > lab.CONTEXT


def test_the_context_is_that_of_the_model(encoder: MaskedLM) -> None:
    assert encoder.limit == lab.CONTEXT


def test_lone_surrogates_become_readable() -> None:
    assert lab.readable("鳥\ud800が\udfff") == "鳥\ufffdが\ufffd"
    assert lab.ours("鳥\ud800").own[1].text == "\ufffd"


def test_special_tokens_that_are_typed_belong_to_the_text() -> None:
    cutting = lab.ours("鳥が[MASK][CLS]")

    assert [(token.text, len(token.pieces)) for token in cutting.own][-2:] == [("[MASK]", 1), ("[CLS]", 1)]
    assert [token.text for token in cutting.tokens if token.special] == ["[CLS]", "[SEP]"]


def test_a_model_of_the_hub_is_cut_by_its_own_tokenizer(japanese: MaskedLM, bytewise: MaskedLM) -> None:
    for model in (japanese, bytewise):
        cutting = lab.guest(model, "鳥が鳴く")
        assert cutting.tokens == model.tokens("鳥が鳴く")
        assert len(cutting.names) == cutting.tokens[-1].last
        assert "".join(token.text for token in cutting.own) == "鳥が鳴く"


def test_a_tokenizer_that_is_missing_or_damaged_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    monkeypatch.setattr(lab.catalogue, "MODELS", tmp_path)
    with pytest.raises(ModelFileMissing):
        lab.tokenizer.__wrapped__()
    with pytest.raises(ModelFileMissing):
        embeddings.table.__wrapped__()
    (tmp_path / lab.MODEL).mkdir()
    for file in ("tokenizer.json", "model.safetensors"):
        (tmp_path / lab.MODEL / file).write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    with pytest.raises(ModelDamaged):
        lab.tokenizer.__wrapped__()
    with pytest.raises(ModelDamaged):
        embeddings.table.__wrapped__()


# -- a reader's words ------------------------------------------------------------------------------------------


def test_words_are_compared_with_tokens() -> None:
    found = lab.compare("外国/人/参政/権")

    assert found.words == ("外国", "人", "参政", "権")
    assert "".join(token.text for token in found.cutting.own) == "外国人参政権"
    borders = {2, 3, 5}
    assert set(found.across) == {
        token.text for token in found.cutting.own if any(token.start < border < token.end for border in borders)
    }


def test_words_that_are_cut_alike_are_neither_broken_nor_crossed() -> None:
    found = lab.compare("雨/が／激しく//降る")

    assert found.words == ("雨", "が", "激しく", "降る")
    assert found.broken == found.across == ()


def test_a_word_in_bytes_is_broken() -> None:
    assert lab.compare("🐦/が").broken == ("🐦",)


@given(text=PARTS)
def test_any_text_can_be_compared(text: str) -> None:
    assume(text.replace("/", "").replace("／", "").strip() and len(text) <= MAX_CHARACTERS)
    found = lab.compare(text)

    assert set(found.broken) <= set(found.words)
    assert set(found.across) <= {token.text for token in found.cutting.own}


# -- ways ------------------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(text=SHORT)
def test_the_likeliest_way_is_the_tokenizers_own(text: str) -> None:
    text = lab.readable(text)
    best = lattice.ways(text)[0]

    assert best.ids == lab.tokenizer().encode(text, add_special_tokens=False).ids


@given(text=st.text(st.sampled_from("激しくナク人参政権🐦きしゃ"), max_size=8))
def test_ways_are_all_ways_in_their_order(text: str) -> None:
    number, found = lattice.number_of_ways(text), lattice.ways(text, best=10_000)

    assert len(found) == number == len({tuple(piece.text for piece in way.pieces) for way in found})
    assert all("".join(piece.text for piece in way.pieces) == text for way in found)
    assert all(
        way.log_probability == pytest.approx(sum(piece.log_probability for piece in way.pieces)) for way in found
    )
    assert [way.log_probability for way in found] == sorted((way.log_probability for way in found), reverse=True)
    assert lattice.ways(text, best=3) == found[:3]
    assert number == brute_force(text)


def brute_force(text: str) -> int:
    """Return in how many ways the text falls into pieces, trying each."""
    known = lattice.vocabulary()
    count = 0
    for cuts in product((False, True), repeat=max(0, len(text) - 1)):
        parts, start = [], 0
        for place, cut in enumerate(cuts, 1):
            if cut:
                parts.append(text[start:place])
                start = place
        parts.append(text[start:])
        count += all(part in known or len(part) == 1 for part in parts if part)
    return count


def test_ways_of_nothing_are_one() -> None:
    assert lattice.ways("") == [lattice.NOTHING]
    assert lattice.number_of_ways("") == 1


def test_a_special_token_is_never_cut() -> None:
    assert [piece.text for piece in lattice.ways("鳥[MASK]")[0].pieces] == ["鳥", "[MASK]"]
    assert lattice.number_of_ways("[MASK]") == 1


def test_an_unknown_character_costs_more_than_any_piece() -> None:
    (piece,) = lattice.ways("🐦")[0].pieces

    assert not piece.known
    assert piece.log_probability < min(lattice.vocabulary().values())


@pytest.mark.parametrize(
    ("text", "counted"), [("鳥", True), ("🐦", False), ("[MASK]", False), ("[BOS]", False), ("<0x41>", False)]
)
def test_only_words_and_characters_have_a_count(text: str, counted: bool) -> None:
    (piece,) = lattice.ways(text)[0].pieces

    assert piece.counted == counted


def test_probabilities_are_those_of_the_file() -> None:
    (piece,) = lattice.ways("激しく")[0].pieces

    assert piece.log_probability == lattice.vocabulary()["激しく"]
    assert piece.per_million == pytest.approx(math.exp(piece.log_probability) * 1e6)
    assert len(lattice.vocabulary()) == lab.tokenizer().get_vocab_size()


@pytest.mark.parametrize("module", [lattice, embeddings])
def test_the_commands_that_the_page_names_answer(module: object, capsys: pytest.CaptureFixture[str]) -> None:
    main = getattr(module, "main")  # noqa: B009
    main(["激しく", "ナク", "🐦"])
    said = capsys.readouterr().out.splitlines()

    assert said[0].startswith("激しく") and any(line.startswith("ナク") for line in said)


@pytest.mark.parametrize(
    ("written", "words"),
    [("激しく、ナク", ["激しく", "ナク"]), (" 鳥 , 鳥，雨\n", ["鳥", "雨"]), ("、、", []), ("", []), ("a b", ["a b"])],
)
def test_words_are_read_as_a_reader_writes_them(written: str, words: list[str]) -> None:
    assert read(written) == words


# -- vectors ---------------------------------------------------------------------------------------------------


def test_the_table_is_the_models(encoder: MaskedLM) -> None:
    expected = encoder.model.get_input_embeddings().weight.detach().float().numpy()

    np.testing.assert_array_equal(embeddings.table(), expected)
    np.testing.assert_array_equal(embeddings.vector(7), expected[7])


@pytest.mark.parametrize("word", ["鳥", "雨", "母", "激しく"])
def test_neighbours_are_the_largest_cosines(word: str) -> None:
    identifier = embeddings.single(word)
    assert identifier is not None
    found = embeddings.neighbours(identifier)
    rows = embeddings.table()
    cosines = rows @ rows[identifier] / np.linalg.norm(rows, axis=1) / np.linalg.norm(rows[identifier])

    assert len(found) == embeddings.NEAREST and word not in [near.text for near in found]
    assert [near.cosine for near in found] == sorted((near.cosine for near in found), reverse=True)
    for near in found:
        assert near.cosine == pytest.approx(cosines[near.id], abs=1e-5)
        assert near.text == lab.name(near.id) and not near.text.startswith(("<0x", "["))
    assert embeddings.cosine(identifier, identifier) == pytest.approx(1, abs=1e-5)


def test_only_a_single_piece_has_a_row() -> None:
    assert embeddings.single("鳥") == lab.tokenizer().token_to_id("鳥")
    assert embeddings.single("ナク") is None and embeddings.single("🐦") is None
    assert embeddings.single("ﾅ") == embeddings.single("ナ")
    with pytest.raises(EmptyText):
        embeddings.single(" ")


@pytest.mark.parametrize(("kind", "raw"), [("BF16", "803f40c0"), ("F32", "0000803f000040c0"), ("F16", "003c00c2")])
def test_numbers_of_any_kind_are_read(kind: str, raw: str) -> None:
    np.testing.assert_array_equal(embeddings._floats(bytes.fromhex(raw), kind), [1, -3])


# -- the map ---------------------------------------------------------------------------------------------------


def test_the_recorded_map_is_that_of_the_model() -> None:
    said, again = record.recorded(), record.run()

    assert [[dot.text, dot.group, dot.x, dot.y] for dot in said.dots] == [
        [word, group, pytest.approx(x, abs=1e-3), pytest.approx(y, abs=1e-3)] for word, group, x, y in again["words"]
    ]
    assert said.shares == pytest.approx(again["shares"], abs=1e-3)
    assert list(said.neighbours) == again["neighbours"]
    assert said.command == record.COMMAND
    assert record.FILE.stat().st_size < 50_000


def test_the_map_is_the_best_plane_for_its_words() -> None:
    found = record.recorded()
    rows = np.stack([record._direction(embeddings.vector(embeddings.single(dot.text) or 0)) for dot in found.dots])
    spread = np.linalg.eigvalsh(np.cov(rows.T))[::-1]

    assert found.shares == pytest.approx((spread[:2] / spread.sum()).tolist(), abs=1e-3)
    assert len(found.dots) > 250
    for dot in found.dots[::40]:
        assert found.place(embeddings.vector(embeddings.single(dot.text) or 0)) == pytest.approx(
            (dot.x, dot.y), abs=5e-3
        )


def test_words_of_the_map_are_different_and_of_a_group_with_a_title() -> None:
    words = [dot.text for dot in record.recorded().dots]

    assert len(set(words)) == len(words)
    assert {dot.group for dot in record.recorded().dots} == set(record.titles("ja")) == set(record.titles("en"))


def test_whole_vectors_keep_what_the_map_hides() -> None:
    full, plane, chance = record.recorded().neighbours

    assert full > plane > chance


# -- what the texts claim --------------------------------------------------------------------------------------


def test_the_lessons_claim_holds() -> None:
    assert pieces_of("激しく") == ["激しく"]
    assert pieces_of("ナク") == ["ナ", "ク"]
    assert pieces_of("パン") == ["パン"] and pieces_of("ライオン") == ["ライオン"]
    assert len(pieces_of("🐦")) == 4
    assert [token.text for token in lab.ours(lab.examples()[0].text).own] == ["雨", "が", "激しく", "降る"]
    assert "人参" in pieces_of("外国人参政権")
    assert len(pieces_of("ありがとうございます")) < 5


@pytest.mark.parametrize("pair", lab.pairs(), ids=lambda pair: pair.texts[0])
def test_pairs_are_as_long_and_differ_in_tokens(pair: lab.Pair) -> None:
    assert len(pair.texts[0]) == len(pair.texts[1])
    counts = [lab.ours(text).count for text in pair.texts]
    assert abs(counts[0] - counts[1]) >= 3
    assert counts[pair.more] == max(counts)


def test_the_longer_one_is_not_always_the_same() -> None:
    assert {pair.more for pair in lab.pairs()} == {0, 1}


@pytest.mark.parametrize("example", lab.hard(), ids=lambda example: example.text)
def test_hard_texts_are_cut_badly(example: lab.Example) -> None:
    found = lab.compare(example.text)

    assert found.broken or found.across


def test_prepared_texts_are_different() -> None:
    texts = toml("tokens", "examples")
    for name in ("sentence", "guess", "hard"):
        written = [entry["text"] for entry in texts[name]]
        assert len(set(written)) == len(written) > 4
    assert lab.ours(texts["long"][0]["text"]).length > lab.CONTEXT


@pytest.mark.parametrize("word", ["暑い"])
def test_opposites_are_near(word: str) -> None:
    identifier = embeddings.single(word)
    assert identifier is not None
    assert "寒い" in [near.text for near in embeddings.neighbours(identifier)]
