"""Kana to kanji: how it is counted, how the other converters are asked, and that the held-out pairs are sound."""

import ctypes
import ctypes.util
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import SEQ2SEQ, card, seq2seq_tokenizer

from core.seq2seq import Seq2SeqLM
from core.training.evaluate import evaluate
from core.training.scoring import conversion as converting
from core.training.scoring import probes
from core.training.scoring.conversion import Conversion, anthy, conversion, edits, libkkc, measured, read_conversions
from core.training.scoring.tables import conversion_table, probes_table, table

PAIRS = [
    Conversion("one", "とりがなく", "鳥が鳴く", "鳥が泣く"),
    Conversion("two", "はしをわたる!", "橋を渡る!", "橋を渡る!"),
]
TEXTS = st.text(alphabet="鳥が鳴く泣", max_size=6)


class Converter:
    """Stands in for the model: knows two sentences, writes the rest as it is."""

    def convert(self, text: str) -> Any:
        return SimpleNamespace(text={"とりがなく": "鳥がなく", "はしをわたる!": "橋を渡る！"}.get(text, text))


@cache
def naive(one: str, other: str) -> int:
    if not one or not other:
        return len(one) + len(other)
    same = naive(one[1:], other[1:]) + (one[0] != other[0])
    return min(same, naive(one[1:], other) + 1, naive(one, other[1:]) + 1)


@given(TEXTS, TEXTS)
def test_edits_are_the_fewest(one: str, other: str) -> None:
    assert edits(one, other) == edits(other, one) == naive(one, other)


def test_sentences_and_characters_are_counted() -> None:
    found = measured(PAIRS, ["鳥がなく", "橋を渡る！"])  # the width of a mark is no mistake
    assert (found["sentences"], found["exact"]) == (2, 0.5)
    assert found["characters"] == pytest.approx(1 - 1 / 9, abs=1e-4)
    assert found["interval"][0] < 0.5 < found["interval"][1]


def test_every_system_is_measured_on_the_same_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "libkkc", lambda lines: ["鳥が鳴く", "端を渡る!"])
    monkeypatch.setattr(converting, "anthy", lambda lines: None)
    found, failures = conversion(cast(Any, Converter()), PAIRS)
    assert {name: row["exact"] for name, row in found["systems"].items()} == {
        "seq2seq": 0.5,
        "libkkc": 0.5,
        "frequency": 0.5,
    }
    assert {name: row["sentences"] for name, row in found["sources"].items()} == {"one": 1, "two": 1}
    assert failures == [{"kana": "とりがなく", "expected": "鳥が鳴く", "written": "鳥がなく"}]
    assert all(name in "\n".join(conversion_table(found)) for name in ("seq2seq", "libkkc", "frequency", "one", "two"))


def test_what_is_installed_is_measured_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def answer(lines: list[str]) -> list[str]:
        asked.append(lines)
        return [pair.written for pair in PAIRS]

    for name in ("libkkc", "anthy"):
        monkeypatch.setattr(converting, name, answer)
    found, _ = conversion(cast(Any, Converter()), PAIRS)
    assert list(found["systems"]) == ["seq2seq", "libkkc", "anthy", "frequency"]
    assert [row["exact"] for row in found["systems"].values()] == [0.5, 1, 1, 0.5]
    assert [row["exact"] for row in found["sources"].values()] == [0, 1]
    assert asked == [[pair.kana for pair in PAIRS]] * 2


def test_the_worst_failures_are_shown_first_and_not_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("libkkc", "anthy"):
        monkeypatch.setattr(converting, name, lambda lines: None)
    pairs = [Conversion("one", "あ" * number, "亜" * number, "亜" * number) for number in range(20)]
    _, failures = conversion(cast(Any, Converter()), pairs)
    assert [len(failure["kana"]) for failure in failures] == list(range(19, 19 - converting.SHOWN_FAILURES, -1))
    assert converting.SHOWN_FAILURES < 19
    assert failures[0] == {"kana": "あ" * 19, "expected": "亜" * 19, "written": "あ" * 19}


def test_what_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    assert libkkc(["とり"]) is None
    assert anthy(["とり"]) is None


def test_the_answers_of_libkkc_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As its version 0.3.5 prints them."""
    said = (
        "Type kana sentence in the following form:\nSENTENCE [N-BEST [SEGMENT-BOUNDARY...]]\n"
        ">> 0: <鳥/とり><が/が><な/な><く/く>\n>> 0: <赤ちゃん/あかちゃん><が/が><な/な><く/く>\n>> "
    )
    given: list[Any] = []

    def run(words: list[str], **more: Any) -> Any:
        given.extend([words, more["input"]])
        return SimpleNamespace(stdout=said)

    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", run)
    assert libkkc(["とりがなく", "あかちゃんがなく"]) == ["鳥がなく", "赤ちゃんがなく"]
    assert given == [["/usr/bin/kkc", "decoder"], "とりがなく\nあかちゃんがなく\n"]


def anthy_library(segments: dict[str, list[str]], status: int = 0) -> Any:
    """Return functions with the signatures of libanthy that cut the lines they are given into known segments."""
    current: list[bytes] = []
    calls: list[tuple[str, Any]] = []

    def set_string(context: Any, text: bytes) -> None:
        current.extend(segment.encode() for segment in segments[text.decode()])

    def get_stat(context: Any, state: Any) -> None:
        state[0] = len(current)

    def get_segment(context: Any, number: int, candidate: int, buffer: Any, size: int) -> int:
        assert candidate == 0  # the best one
        if buffer is not None:
            assert size == len(current[number]) + 1  # with the zero at the end
            buffer.value = current[number]
        return len(current[number])

    return SimpleNamespace(
        calls=calls,
        anthy_init=lambda: status,
        anthy_create_context=lambda: 1,
        anthy_context_set_encoding=lambda context, encoding: calls.append(("encoding", encoding)),
        anthy_reset_context=lambda context: current.clear(),
        anthy_set_string=set_string,
        anthy_get_stat=get_stat,
        anthy_get_segment=get_segment,
    )


def test_the_segments_of_anthy_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    library = anthy_library({"とりがなく": ["鳥が", "鳴く"], "はし": ["橋"], "": []})
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: f"lib{name}.so")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    assert anthy(["とりがなく", "はし", ""]) == ["鳥が鳴く", "橋", ""]
    assert library.calls == [("encoding", converting.UTF8)]


def test_anthy_without_its_dictionary_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: f"lib{name}.so")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: anthy_library({}, status=-1))
    assert anthy(["とりがなく"]) is None


def test_the_held_out_pairs_are_many_and_in_kana() -> None:
    pairs = read_conversions()
    assert len(pairs) > 500
    assert not [pair for pair in pairs if any("一" <= letter <= "龯" for letter in pair.kana)]
    assert all(pair.kana and pair.written and pair.by_frequency for pair in pairs)


def test_the_scores_of_an_encoder_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("libkkc", "anthy"):
        monkeypatch.setattr(converting, name, lambda lines: None)
    tokenizer = seq2seq_tokenizer(tmp_path / "tokenizer")
    inside = SEQ2SEQ["marian"](len(tokenizer))
    model = Seq2SeqLM(inside, tokenizer, card("seq2seq", inside))
    lines = ["one\tとりがなく\t鳥が鳴く\t鳥が泣く", "two\tあかちゃんがなく\t赤ちゃんが泣く\t赤ちゃんが泣く"]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "one.txt").write_text("鳥が鳴く\n", encoding="utf-8")
    scores = evaluate(model, tmp_path)
    assert scores["held_out"] == {"sequences": 2, "too_long": 0}
    assert scores["conversion"]["systems"]["frequency"]["exact"] == 0.5
    written = [model.convert(line.split("\t")[1]).text for line in lines]
    assert scores["conversion"]["systems"]["seq2seq"] == measured(read_conversions(tmp_path / "pairs.tsv"), written)
    assert {failure["written"] for failure in scores["failures"]} == set(written)
    assert scores["probes"]["probes"] == len(probes.WRITTEN)
    assert json.loads(json.dumps(scores)) == scores
    assert all(name in table(scores) for name in ("one", "two", "seq2seq", "frequency", "lesson sentences"))


def test_the_lesson_s_kana_are_probed() -> None:
    found = probes.written(cast(Any, Converter()))
    assert found["probes"] == len(probes.WRITTEN)
    assert {"text": "とりがなく", "expected": "鳥が鳴く", "guess": "鳥がなく"} in found["wrong"]
    assert "とりがなく" in "\n".join(probes_table(found))
