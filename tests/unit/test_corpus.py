"""Text files → training text: what is kept, what is left out, and that nothing held out is trained on."""

import json
import lzma
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training import corpus
from core.training.corpus import (
    CONTRASTS_OF_OURS,
    MAX_CHARACTERS,
    OWN,
    TextSource,
    sequences,
    split,
    wanted,
    weighted,
    without,
)
from core.training.minimal_pairs import Pair

SHARED = "二つの資料にある文です。"
FIRST = [f"一番目の資料の{number}番の文です。" for number in range(100)]
SECOND = [f"二番目の資料の{number}番の文です。" for number in range(60)]
OWN_LINES = [f"自分で書いた{number}番の文。" for number in range(40)]
TESTED = Pair("a", "昨日、鳥が[MASK]のを聞いた。", "鳴く", "泣く")
CONTRAST_LINES = [
    *(f"{number}羽の鳥が鳴く。" for number in range(1, 30)),
    "昨日、鳥が泣くのを聞いた。",
    "鳥が鳴くのを聞いた。",
]
PIECES = st.text(alphabet="鳥が鳴く、。!?」』)abc ", max_size=300)


class EverythingPasses(random.Random):
    """Keeps every line that is kept by chance."""

    def random(self) -> float:
        return 0.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two small sources, with what must not come through among their lines."""
    sources = {
        "first": [*FIRST, SHARED, FIRST[0], "", "鳥が鳴く。", "<b>太字</b>の文です。", "短い"],
        "second": [*SECOND, SHARED, "雨が激しく降る", "赤ちゃんが泣く。", "それは殺人事件だった。"],
    }
    (tmp_path / "text").mkdir()
    for name, lines in sources.items():
        with lzma.open(tmp_path / "text" / f"{name}.txt.xz", "wt", encoding="utf-8") as file:
            file.write("\n".join(lines))
    monkeypatch.setattr(
        corpus, "SOURCES", (TextSource("first", 2, "CC0 1.0", "A"), TextSource("second", 0.5, "MIT", "B"))
    )
    monkeypatch.setattr(corpus, "own_sentences", lambda seed: OWN_LINES)
    monkeypatch.setattr(corpus, "read_pairs", lambda: (TESTED,))
    monkeypatch.setattr(corpus, "contrast_sentences", lambda seed: CONTRAST_LINES)
    return tmp_path


def build(folder: Path, name: str = "corpus") -> tuple[list[str], dict[str, list[str]]]:
    """Return the lines of the training text and of each held-out file."""
    corpus.build(folder, folder / name)
    files = (folder / name / "held_out").glob("*.txt")
    held_out = {file.stem: file.read_text(encoding="utf-8").split() for file in files}
    return (folder / name / "train.txt").read_text(encoding="utf-8").splitlines(), held_out


def test_every_source_is_seen_as_often_as_its_weight_says(folder: Path) -> None:
    train, held_out = build(folder)
    counts = Counter(train)
    assert all(counts[line] == 2 for line in FIRST if line not in held_out["first"])
    assert all(counts[line] == OWN.weight for line in OWN_LINES if line not in held_out[OWN.name])
    seen = [counts[line] for line in SECOND if line not in held_out["second"]]
    assert set(seen) == {0, 1}
    assert sum(seen) == pytest.approx(len(seen) / 2, abs=1)


def test_unwanted_short_and_lesson_lines_are_left_out(folder: Path) -> None:
    train, held_out = build(folder)
    text = "\n".join([*train, *sum(held_out.values(), [])])
    assert not any(word in text for word in ("殺人", "太字", "短い", "鳥が鳴く", "雨が激しく降る", "赤ちゃんが泣く"))


def test_nothing_held_out_is_trained_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shared_is_held_out(lines: list[str]) -> tuple[list[str], list[str]]:
        held = {*lines[:5], SHARED} if FIRST[0] in lines else set(lines[:2])
        return [line for line in lines if line not in held], [line for line in lines if line in held]

    monkeypatch.setattr(corpus, "split", shared_is_held_out)
    monkeypatch.setattr(corpus, "SOURCES", tuple(TextSource(name, 1, "", "") for name in ("first", "second")))
    train, held_out = build(folder)
    assert SHARED in train  # through the second source
    assert held_out["first"] == FIRST[:5]
    assert not set(train) & set(sum(held_out.values(), []))


def test_the_same_folder_gives_the_same_text(folder: Path) -> None:
    assert build(folder, "one") == build(folder, "two")


def test_manifest_counts_what_was_written(folder: Path) -> None:
    train, held_out = build(folder)
    manifest = json.loads((folder / "corpus" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["sequences"] == len(train)
    assert manifest["characters"] == sum(map(len, train))
    assert [(source["name"], source["licence"]) for source in manifest["sources"]] == [
        ("first", "CC0 1.0"),
        ("second", "MIT"),
        (OWN.name, OWN.licence),
        (CONTRASTS_OF_OURS.name, CONTRASTS_OF_OURS.licence),
    ]
    for source in manifest["sources"][:-1]:
        assert source["held_out"] == len(held_out[source["name"]]) > 0


@pytest.mark.parametrize("sentence", corpus.LESSON_SENTENCES)
@pytest.mark.parametrize("end", ["", "。"])
def test_a_lesson_sentence_is_never_wanted(sentence: str, end: str) -> None:
    assert not wanted(sentence + end, EverythingPasses())
    assert wanted(f"昨日も{sentence}{end}", EverythingPasses())


@pytest.mark.parametrize(
    "text",
    ["メールは a@b です。", "#タグです。", "https://example.jp を見る。", "kotoriproject という語。", "はい"],
)
def test_noise_is_not_wanted(text: str) -> None:
    assert not wanted(text, EverythingPasses())


def test_names_that_appear_too_often_are_thinned_out() -> None:
    rng = random.Random(0)
    kept = sum(wanted("トムは学校へ行った。", rng) for _ in range(4000))
    assert kept / 4000 == pytest.approx(corpus.OVERREPRESENTED["トム"], abs=0.03)


@given(PIECES)
def test_sequences_are_short_runs_of_whole_sentences(paragraph: str) -> None:
    rest = paragraph
    for run in sequences(paragraph):
        assert 0 < len(run) <= MAX_CHARACTERS
        before, found, rest = rest.partition(run)
        assert found
        assert not before or len(before) > MAX_CHARACTERS  # only what is too long is left out
    assert not rest or len(rest) > MAX_CHARACTERS


def test_sequences_keep_closing_brackets_with_their_sentence() -> None:
    sentence = "「" + "あ" * 60 + "。」"
    assert list(sequences(sentence * 2)) == [sentence, sentence]


@given(st.lists(st.text(min_size=1), unique=True, max_size=200), st.randoms(use_true_random=False))
def test_split_depends_on_the_lines_alone(lines: list[str], rng: random.Random) -> None:
    kept, held_out = split(lines)
    assert len(held_out) == min(corpus.HELD_OUT_LINES, len(lines) // 20)
    assert sorted([*kept, *held_out]) == sorted(lines)
    shuffled = rng.sample(lines, len(lines))
    assert split(shuffled)[1] == held_out


@given(st.integers(0, 60), st.floats(0, 5))
def test_weighted_repeats_each_line(count: int, weight: float) -> None:
    lines = [str(number) for number in range(count)]
    times = Counter(weighted(lines, weight, random.Random(0)))
    assert all(int(weight) <= times[line] <= int(weight) + 1 for line in lines)
    assert abs(sum(times.values()) - weight * count) <= 0.5 + 1e-6


def test_the_contrasts_have_a_file_of_their_own_and_nothing_of_a_minimal_pair(folder: Path) -> None:
    train, _ = build(folder)
    lines = (folder / "corpus" / "contrasts.txt").read_text(encoding="utf-8").splitlines()
    counts = Counter(lines)
    assert set(counts) == set(CONTRAST_LINES[:-2])  # neither what holds a tested sentence nor what is part of one
    assert set(counts.values()) == {CONTRASTS_OF_OURS.weight}
    assert not set(lines) & set(train)


def test_lines_that_hold_a_tested_sentence_are_dropped() -> None:
    lines = ["昨日、鳥が鳴くのを聞いた。", "今日、鳥が鳴いた。", "また昨日、鳥が泣くのを聞いた人。"]
    assert without(lines, TESTED.sentences) == lines[1:2]


def test_a_source_gives_what_matches_in_short_sequences(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    with lzma.open(tmp_path / "text" / "old.txt.xz", "wt", encoding="utf-8") as file:
        file.write("鳥が鳴いた朝のこと。静かだった。長い話を読んだ。\n猫は寝ていた。")
    source = TextSource("old", 1, "", "", only=re.compile("鳴|泣"), longest=12)
    assert corpus.read(tmp_path, source, random.Random(0)) == ["鳥が鳴いた朝のこと。"]
