"""Kana of ordinary sentences, and the pairs made of them."""

import random
from collections import Counter
from pathlib import Path

import pytest

from core.training import readings
from core.training.readings import (
    BARE_SHARE,
    KATAKANA_SHARE,
    LONGEST,
    PLAIN_SHARE,
    Reader,
    Word,
    hiragana,
    katakana,
    most_frequent,
    pair,
    readable,
    source,
    write,
)

READER = Reader()


def read(text: str) -> str | None:
    words = READER.words(text)
    return None if words is None else "".join(word.kana for word in words)


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("鳥が鳴く。", "とりがなく。"),
        ("赤ちゃんが泣く", "あかちゃんがなく"),
        ("私は日本の雨が好きだ。", "わたしはにほんのあめがすきだ。"),
        ("お母さんとお父さんは明日来る。", "おかあさんとおとうさんはあしたくる。"),
        ("何を言うの?", "なにをいうの?"),
        ("テレビを見て、パンを3つ食べた!", "てれびをみて、ぱんを3つたべた!"),
        ("父の母", "ちちのはは"),
        ("何の本ですか", "なんのほんですか"),
        ("人に言う", "ひとにいう"),
        ("その他", "そのほか"),
        ("彼女の私生活", "かのじょのしせいかつ"),  # 私 is mended where the dictionary has わたくし alone
    ],
)
def test_readings_are_what_people_say(text: str, kana: str) -> None:
    assert read(text) == kana


def test_words_are_kept_as_they_are_written() -> None:
    words = READER.words("鳥がナク。")
    assert words is not None
    assert "".join(word.written for word in words) == "鳥がナク。"


@pytest.mark.parametrize("text", ["鱏鱚鱝の鱗", "々", "二つ の 語"])  # not in the dictionary, no reading, spaces
def test_what_cannot_be_read_as_a_whole_is_left_out(text: str) -> None:
    assert READER.words(text) is None
    assert list(readable([text, "鳥が鳴く"], READER)) == [READER.words("鳥が鳴く")]


def test_kana_turn_into_each_other() -> None:
    assert katakana("とりがなく。ー") == "トリガナク。ー"
    assert hiragana("トリガナク。ー") == "とりがなく。ー"


def test_a_source_is_plain_or_katakana_or_partly_written() -> None:
    words = [Word("鳥", "とり"), Word("が", "が"), Word("テレビ", "てれび"), Word("鳴く", "なく")]
    found = {source(words, random.Random(seed)) for seed in range(200)}
    assert {"とりがてれびなく", "とりがテレビなく"} <= found  # plain, a loan word either way
    assert any("ナク" in text for text in found) and any("鳥" in text for text in found)
    assert all(hiragana(text).replace("鳥", "とり").replace("鳴く", "なく") == "とりがてれびなく" for text in found)


def test_most_sources_are_plain_and_some_have_katakana_or_kanji() -> None:
    words = [Word(f"鳥{number}", f"とり{number}") for number in range(30)]
    found = [source(words, random.Random(seed)) for seed in range(1000)]
    assert sum("鳥" in text for text in found) / 1000 == pytest.approx(1 - PLAIN_SHARE - KATAKANA_SHARE, abs=0.05)
    assert sum("トリ" in text for text in found) / 1000 == pytest.approx(KATAKANA_SHARE, abs=0.05)
    assert found.count("".join(word.kana for word in words)) / 1000 == pytest.approx(PLAIN_SHARE, abs=0.05)


def test_the_full_stop_goes_from_both_or_from_none() -> None:
    words = [Word("鳥", "とり"), Word("。", "。")]
    found = [pair(words, random.Random(seed)) for seed in range(500)]
    assert {typed.endswith("。") == written.endswith("。") for typed, written in found} == {True}
    assert {written for _, written in found} == {"鳥", "鳥。"}
    assert sum(written == "鳥" for _, written in found) / 500 == pytest.approx(BARE_SHARE, abs=0.06)


def test_long_lines_and_lines_with_tabs_are_left_out() -> None:
    lines = ["鳥が鳴く", "", "あ" * (LONGEST + 1), "鳥\tが", "東京" * (LONGEST // 4)]
    assert ["".join(word.written for word in words) for words in readable(lines, READER)] == ["鳥が鳴く"]


def test_the_most_frequent_writing_of_a_reading_wins() -> None:
    counts = Counter({Word("鳴く", "なく"): 2, Word("泣く", "なく"): 5, Word("鳥", "とり"): 1})
    assert most_frequent(counts) == {"なく": "泣く", "とり": "鳥"}


def test_both_files_are_written_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "EVERYDAY", ("one",))
    (tmp_path / "train.txt").write_text("子供が泣く。\n妹が泣く。\n" * 20, encoding="utf-8")
    (tmp_path / "contrasts.txt").write_text("虫が鳴く。\n", encoding="utf-8")
    (tmp_path / "held_out").mkdir()
    (tmp_path / "held_out" / "one.txt").write_text("鳥が鳴く。\n", encoding="utf-8")
    assert write(tmp_path) == 41
    first = (tmp_path / "pairs.tsv").read_text(encoding="utf-8")
    assert all(len(line.split("\t")) == 2 for line in first.splitlines())
    kept = (tmp_path / "held_out" / "pairs.tsv").read_text(encoding="utf-8")
    assert kept == "one\tとりがなく。\t鳥が鳴く。\tとりが泣く。\n"  # it has met 泣く more often, and never 鳥
    write(tmp_path)
    assert (tmp_path / "pairs.tsv").read_text(encoding="utf-8") == first
