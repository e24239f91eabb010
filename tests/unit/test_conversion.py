"""Kana to kanji: how it is counted, how the other converters are asked, and that the held-out pairs are sound."""

import ctypes.util
import shutil
import subprocess
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.scoring import conversion as converting
from core.training.scoring import probes
from core.training.scoring.conversion import Conversion, anthy, conversion, edits, libkkc, measured, read_conversions
from core.training.scoring.tables import conversion_table, probes_table

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
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/kkc")
    monkeypatch.setattr(subprocess, "run", lambda *words, **more: SimpleNamespace(stdout=said))
    assert libkkc(["とりがなく", "あかちゃんがなく"]) == ["鳥がなく", "赤ちゃんがなく"]


def test_the_held_out_pairs_are_many_and_in_kana() -> None:
    pairs = read_conversions()
    assert len(pairs) > 500
    assert not [pair for pair in pairs if any("一" <= letter <= "龯" for letter in pair.kana)]
    assert all(pair.kana and pair.written and pair.by_frequency for pair in pairs)


def test_the_lesson_s_kana_are_probed() -> None:
    found = probes.written(cast(Any, Converter()))
    assert found["probes"] == len(probes.WRITTEN)
    assert {"text": "とりがなく", "expected": "鳥が鳴く", "guess": "鳥がなく"} in found["wrong"]
    assert "とりがなく" in "\n".join(probes_table(found))
