"""Scores: what they count is what they say, and the minimal pairs are fair and unseen."""

import dataclasses
import itertools
import json
import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import core
from core.causal import CausalLM
from core.intervals import wilson
from core.language_model import MASK, LanguageModel
from core.masked import MaskedLM
from core.training import evaluate as evaluation
from core.training.corpus import contrasts as kept_contrasts
from core.training.evaluate import evaluate, held_out
from core.training.minimal_pairs import Pair, read_pairs
from core.training.scoring import holes as scoring_holes
from core.training.scoring.common import equal_lengths, frequencies, tokenized, word_pieces
from core.training.scoring.holes import BINS, Guess, calibration, dig, guess
from core.training.scoring.pairs import minimal_pairs
from core.training.scoring.surprise import bits, bits_per_character
from core.training.scoring.tables import table
from core.training.sentences import own_sentences

PAIRS = read_pairs()
FEW = (Pair("a", "小鳥が[MASK]。", "鳴く", "泣く"), Pair("a", "猫が[MASK]。", "鳴く", "泣く"))
HELD_OUT = ["小鳥が鳴く。", "赤ちゃんが泣く", "猫が大好きです。"]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny matrices are slower on many threads, much slower where something else runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Held-out texts of a few sources."""
    for name, lines in {
        "first": HELD_OUT,
        "second": ["犬" * 100, "雨が降る。"],
        "own_sentences": ["犬が鳴く。"],
    }.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny models spell most words in bytes: the real pairs would be too long for them."""
    monkeypatch.setattr(evaluation, "read_pairs", lambda: FEW)


@pytest.mark.parametrize(
    ("right", "total", "expected"),
    [
        (0, 0, [0, 1]),
        (0, 10, [0, 0.2775]),
        (8, 10, [0.4902, 0.9433]),
        (50, 100, [0.4038, 0.5962]),
        (10, 10, [0.7225, 1]),
    ],
)
def test_wilson_gives_the_published_intervals(right: int, total: int, expected: list[float]) -> None:
    assert wilson(right, total) == pytest.approx(expected, abs=1e-4)


@given(st.integers(1, 5000), st.floats(0, 1))
def test_wilson_contains_the_share(total: int, share: float) -> None:
    right = round(share * total)
    low, high = wilson(right, total)
    assert 0 <= low <= right / total + 1e-4
    assert right / total - 1e-4 <= high <= 1


def test_there_are_many_pairs_each_with_one_hole() -> None:
    assert len(PAIRS) >= 300
    assert len({pair.text for pair in PAIRS}) == len(PAIRS)
    assert all(pair.text.count(MASK) == 1 and pair.text.endswith("。") for pair in PAIRS)
    assert all(pair.right != pair.wrong for pair in PAIRS)
    assert all(pair.right not in pair.text and pair.wrong not in pair.text for pair in PAIRS if len(pair.right) > 1)


def test_the_contrasts_of_the_lessons_are_among_them() -> None:
    words = {word for pair in PAIRS for word in (pair.right, pair.wrong)}
    contrasts = (
        "鳴く 泣く 降る 吹く 橋 箸 雨 飴 紙 髪 切る 着る 暑い 熱い 厚い 帰る 変える 聞く 効く 治る 直る 早い 速い"
    )
    assert words >= set(contrasts.split())


def test_each_word_is_right_as_often_as_it_is_wrong() -> None:
    directions = [(pair.right, pair.wrong) for pair in PAIRS]
    assert all(directions.count((right, wrong)) == directions.count((wrong, right)) for right, wrong in directions)


def test_no_pair_is_a_sentence_of_ours_or_holds_one() -> None:
    own = {sentence.removesuffix("。") for sentence in own_sentences(0)}
    tested = "\n".join(sentence for pair in PAIRS for sentence in pair.sentences)
    assert [
        sentence for sentence in kept_contrasts(0, tested.split("\n")) if sentence.removesuffix("。") in tested
    ] == []
    text = "\n".join(own)
    for pair in PAIRS:
        for sentence in (pair.sentence(pair.right), pair.sentence(pair.wrong)):
            assert sentence not in text
            ends = itertools.combinations(range(len(sentence) + 1), 2)
            assert not own.intersection(sentence[start:end] for start, end in ends)


@given(st.lists(st.integers(1, 60), max_size=50))
def test_rows_of_one_length_go_together(lengths: list[int]) -> None:
    rows = [[0] * length for length in lengths]
    batches = list(equal_lengths(rows))
    assert sorted(sum(batches, [])) == list(range(len(rows)))
    assert all(len({lengths[number] for number in batch}) == 1 for batch in batches)


def test_long_sequences_are_left_out(folder: Path, masked: MaskedLM) -> None:
    texts, long = held_out(folder, masked)
    assert texts == {"first": HELD_OUT, "own_sentences": ["犬が鳴く。"], "second": ["雨が降る。"]}
    assert long == 1


def test_frequencies_are_the_scores_of_the_tokenizer(masked: MaskedLM) -> None:
    found = frequencies(masked)
    names = masked.tokenizer.convert_ids_to_tokens(range(len(found)))
    assert found[names.index("鳥")] == pytest.approx(-3.0 + 1)  # as tiny.unigram_tokenizer has it
    assert found[names.index("小鳥")] == pytest.approx(-3.1 + 2)
    assert all(np.isneginf(found[names.index(name)]) for name in ("[CLS]", "[BOS]", "[EOS]"))


def test_words_are_neither_special_nor_bytes_nor_punctuation(masked: MaskedLM) -> None:
    names = np.array(masked.tokenizer.convert_ids_to_tokens(range(masked.model.config.vocab_size)))
    words = set(names[word_pieces(masked)].tolist())
    assert words >= {"鳥", "が", "鳴く", "a"}
    assert not words & {"[MASK]", "[CLS]", "[BOS]", "。", "▁", "<0x41>"}


def test_bits_are_those_of_the_score(causal: CausalLM) -> None:
    lines = ["鳥が鳴く。", "雨が激しく降る。", "犬が吠える。", "鰯"]
    expected = [causal.score(line).bits for line in lines]
    assert bits(causal, tokenized(causal, lines)) == pytest.approx(expected, rel=1e-4)


def test_holes_hide_one_word_each(masked: MaskedLM) -> None:
    words = word_pieces(masked)
    line = "鳥が鳴く。鰯が好きです。"
    whole = tokenized(masked, [line])[0]
    holes = dig(masked, [line], words, random.Random(0))
    assert len(holes) == scoring_holes.HOLES
    assert len({hole.place for hole in holes}) == len(holes)
    for hole in holes:
        assert words[hole.answer]
        assert hole.ids[hole.place] == masked.tokenizer.mask_token_id
        assert [*hole.ids[: hole.place], hole.answer, *hole.ids[hole.place + 1 :]] == whole
    assert holes == dig(masked, [line], words, random.Random(0))


def test_guesses_are_those_of_fill(masked: MaskedLM) -> None:
    holes = dig(masked, ["鳥が鳴く。", "雨が激しく降る。", "犬"], word_pieces(masked), random.Random(0))
    for hole, found in zip(holes, guess(masked, holes), strict=True):
        text = "".join(masked.tokenizer.convert_ids_to_tokens(hole.ids[1:-1]))
        candidates = masked.fill(text, k=len(word_pieces(masked)))[0].candidates
        answer = masked.word(hole.answer)
        assert found.confidence == pytest.approx(candidates[0].prob, rel=1e-4)
        assert candidates[found.rank].token == answer


def test_calibration_compares_what_was_said_with_what_was_right() -> None:
    sure = [Guess(rank, 0.9) for rank in (0, 0, 0, 1)]
    unsure = [Guess(rank, 0.1) for rank in (7, 0, 3, 2, 9, 1)]
    found = calibration([*sure, *unsure, Guess(0, 1.0)])
    assert [row["words"] for row in found["bins"]] == [6, 0, 0, 0, 5]
    last = found["bins"][-1]
    assert (last["from"], last["to"]) == (0.8, 1.0)
    assert (last["probability"], last["right"]) == pytest.approx((0.92, 0.8))
    gap = (5 * abs(0.92 - 0.8) + 6 * abs(0.1 - 1 / 6)) / 11
    assert found["error"] == pytest.approx(gap, abs=1e-4)
    assert len(calibration([])["bins"]) == BINS


def test_pairs_are_counted_by_group_beside_the_more_frequent_word(masked: MaskedLM) -> None:
    pairs = [
        Pair("a", "赤ちゃんが[MASK]。", "泣く", "鳴く"),
        Pair("a", "小鳥が[MASK]。", "鳴く", "泣く"),
        Pair("b", "[MASK]が吠える。", "犬", "猫"),
    ]
    found, failures = minimal_pairs(masked, pairs)
    probs = [masked.choose(pair.text, [pair.right, pair.wrong]).prob(pair.right) for pair in pairs]
    right = [prob > 0.5 for prob in probs]
    assert (found["pairs"], found["right"]) == (3, sum(right))
    assert found["accuracy"] == pytest.approx(sum(right) / 3, abs=1e-4)
    assert found["groups"] == {
        "a": {"right": sum(right[:2]), "pairs": 2},
        "b": {"right": int(right[2]), "pairs": 1},
    }
    scores = frequencies(masked)
    index = masked.tokenizer.convert_tokens_to_ids
    more_frequent = [scores[index(pair.right)] > scores[index(pair.wrong)] for pair in pairs]
    assert found["baseline"] == pytest.approx(sum(more_frequent) / 3, abs=1e-4)
    assert found["whole_sentence"] == 0
    wrong = [(pair, prob) for pair, prob in zip(pairs, probs, strict=True) if prob <= 0.5]
    assert sorted(failure["prob"] for failure in failures) == pytest.approx(
        sorted(1 - prob for _, prob in wrong), abs=1e-4
    )
    assert {failure["text"] for failure in failures} == {pair.text for pair, _ in wrong}


def test_words_of_several_tokens_are_compared_over_the_sentence(masked: MaskedLM) -> None:
    found, _ = minimal_pairs(masked, [Pair("a", "鳥が[MASK]。", "鳴く", "吠え立てる")])
    assert (found["pairs"], found["whole_sentence"]) == (1, 1)


def test_the_scores_of_a_decoder(folder: Path, causal: CausalLM) -> None:
    scores = evaluate(causal, folder)
    assert scores["held_out"] == {"sequences": 5, "too_long": 1}
    found = scores["bits_per_character"]
    assert set(found["sources"]) == {"first", "own_sentences", "second"}
    first, second = found["sources"]["first"], found["sources"]["second"]
    characters = [first["characters"], second["characters"]]
    assert found["characters"] == sum(characters)  # our own sentences do not count
    assert found["value"] == pytest.approx(np.average([first["value"], second["value"]], weights=characters), abs=1e-3)
    assert second["value"] == pytest.approx(causal.score("雨が降る。").bits_per_character, rel=1e-3)
    ids = tokenized(causal, ["雨が降る。"])[0][1:]
    expected = -frequencies(causal)[ids].sum() / math.log(2) / 5
    assert second["baseline"] == pytest.approx(expected, rel=1e-3)
    assert found["everyday"] == {"value": 0.0, "baseline": 0.0, "characters": 0, "sources": []}
    assert scores["probes"]["probes"] == 2


def test_the_everyday_sources_are_also_counted_together(causal: CausalLM) -> None:
    texts = {"tatoeba_ja": ["鳥が鳴く。"], "asdc": ["雨が降る。"], "real_persona_chat": ["犬が大好きです。"]}
    found = bits_per_character(causal, texts)
    everyday = [found["sources"][name] for name in ("tatoeba_ja", "real_persona_chat")]
    mean = np.average([row["value"] for row in everyday], weights=[row["characters"] for row in everyday])
    assert found["everyday"]["value"] == pytest.approx(mean, abs=1e-3)
    assert found["everyday"]["sources"] == ["tatoeba_ja", "real_persona_chat"]


@pytest.mark.usefixtures("few_pairs")
def test_the_scores_of_an_encoder(folder: Path, masked: MaskedLM) -> None:
    scores = evaluate(masked, folder)
    found = scores["hidden_words"]
    sources = found["sources"]
    assert set(sources) == {"first", "own_sentences", "second"}
    assert found["words"] == sources["first"]["words"] + sources["second"]["words"] == 3 + 3 + 5 + 3
    assert scores["probes"]["probes"] == 45
    assert 0 <= found["top1"] <= found["top5"] <= 1
    assert found["interval"][0] <= found["top1"] <= found["interval"][1]
    first = int(np.argmax(np.where(word_pieces(masked), frequencies(masked), -np.inf)))  # the most frequent word
    ids = tokenized(masked, ["雨が降る。"])[0]
    assert sources["second"]["baseline_top1"] == pytest.approx(ids.count(first) / 3, abs=1e-4)
    assert sum(row["words"] for row in scores["calibration"]["bins"]) == found["words"]
    assert scores["minimal_pairs"]["pairs"] == len(FEW)


@pytest.mark.usefixtures("few_pairs")
def test_the_table_shows_every_source(folder: Path, masked: MaskedLM, causal: CausalLM) -> None:
    for model in (masked, causal):
        scores = evaluate(model, folder)
        text = table(scores)
        assert all(name in text for name in ("first", "second", "own_sentences", "lesson sentences"))
        assert json.loads(json.dumps(scores)) == scores
    assert "bits per character" in text


def test_a_folder_without_texts_is_told(tmp_path: Path, masked: MaskedLM) -> None:
    with pytest.raises(SystemExit, match="has no held-out text"):
        evaluate(masked, tmp_path)


def command(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate", *map(str, words)])
    evaluation.main()


def test_the_command_writes_the_scores_into_the_card(
    folder: Path, causal: CausalLM, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def load(name: str) -> LanguageModel:
        return causal

    (folder / "tiny").mkdir()
    old = {"name": "tiny", "licence": "CC0 1.0", "scores": {"old": 1}, "files": {}}
    (folder / "tiny" / "card.json").write_text(json.dumps(old), encoding="utf-8")
    monkeypatch.setattr(evaluation, "MODELS", folder)
    monkeypatch.setattr(core, "load", load, raising=False)
    command(monkeypatch, "tiny", "--held-out", folder, "--json")
    scores = json.loads(capsys.readouterr().out)
    assert json.loads((folder / "tiny" / "card.json").read_text(encoding="utf-8")) == {
        **old,
        "scores": scores,
    }
    command(monkeypatch, "tiny", "--held-out", folder)
    assert "bits per character" in capsys.readouterr().out


def test_a_model_that_is_not_there_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="export the model first"):
        command(monkeypatch, "nothing", "--held-out", folder)


def test_results_are_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Guess(0, 0.5).rank = 1  # type: ignore[misc]
