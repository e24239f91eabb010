"""The lesson's sentences as probes, and scores as tables: what is right is counted, and nothing is left out."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.intervals import wilson
from core.training.scoring import probes
from core.training.scoring.common import OWN, share
from core.training.scoring.tables import TABLES, bits_table, conversion_table, pairs_table, table, words_table

BITS = {"value": 3.25, "baseline": 6.5, "characters": 1234}
WORDS = {"top1": 0.4, "top5": 0.7, "baseline_top1": 0.1, "baseline_top5": 0.3, "words": 1500}
BIN = {"from": 0.8, "to": 1.0, "words": 90, "probability": 0.92, "right": 0.88}
PAIRS = {"right": 45, "pairs": 60, "accuracy": 0.75, "interval": [0.62, 0.84], "baseline": 0.5}
SCORES = {
    "held_out": {"sequences": 1200, "too_long": 3},
    "bits_per_character": {**BITS, "everyday": {**BITS, "value": 3.75}, "sources": {"first": BITS, OWN: BITS}},
    "hidden_words": {**WORDS, "sources": {"second": WORDS, OWN: WORDS}},
    "calibration": {"bins": [BIN], "error": 0.043},
    "minimal_pairs": {**PAIRS, "groups": {"鳴く・泣く": {"right": 20, "pairs": 30}}},
    "conversion": {
        "systems": {"seq2seq": {"exact": 0.6, "characters": 0.95, "sentences": 800}},
        "sources": {"third": {"exact": 0.5, "characters": 0.9, "sentences": 40}},
    },
    "probes": {"probes": 6, "right": 5, "wrong": [{"text": "とりがなく", "expected": "鳥が鳴く", "guess": "鳥が泣く"}]},
}


class Chooser:
    """Stands in for a masked LM that says 泣く of everybody whose name it knows, and 鳴く of the others."""

    def __init__(self, *criers: str) -> None:
        self.criers = criers

    def choose(self, text: str, words: list[str]) -> Any:
        assert sorted(words) == ["泣く", "鳴く"]
        best = "泣く" if any(name in text for name in self.criers) else "鳴く"
        return SimpleNamespace(candidates=[SimpleNamespace(token=word) for word in sorted(words, key=best.__ne__)])


class Continuer:
    """Stands in for a causal LM that knows what follows."""

    def __init__(self, **following: str) -> None:
        self.following = following

    def next(self, text: str, k: int) -> Any:
        return SimpleNamespace(candidates=[SimpleNamespace(token=self.following[text])])


def test_each_singer_and_crier_is_asked_in_every_pattern() -> None:
    found = probes.cries(cast(Any, Chooser(*probes.CRIERS)))
    count = (len(probes.SINGERS) + len(probes.CRIERS)) * len(probes.PATTERNS)
    assert found == {"probes": count, "right": count, "wrong": []}


def test_who_is_mistaken_for_another_is_listed() -> None:
    found = probes.cries(cast(Any, Chooser("赤ちゃん", "子供", "妹", "猫")))  # not 母, but 猫
    assert (found["probes"] - found["right"]) == len(found["wrong"]) == 2 * len(probes.PATTERNS)
    assert {"text": "猫が[MASK]。", "expected": "鳴く", "guess": "泣く"} in found["wrong"]
    assert {"text": "母が[MASK]。", "expected": "泣く", "guess": "鳴く"} in found["wrong"]


def test_any_form_of_the_verb_follows() -> None:
    found = probes.follows(cast(Any, Continuer(雨が激しく="降っ", 風が強く="なる")))
    assert found == {"probes": 2, "right": 1, "wrong": [{"text": "風が強く", "expected": "吹く", "guess": "なる"}]}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_shows_the_scores_that_are_there_and_no_others(name: str) -> None:
    one = table({"held_out": SCORES["held_out"], name: SCORES[name]})
    assert one.splitlines()[0] == "held-out sequences: 1,200; too long: 3"
    rows = TABLES[name](cast(Any, SCORES[name]))
    assert one.splitlines()[2:] == rows
    assert "\n".join(rows) in table(SCORES)


def test_every_source_and_every_mean_has_a_row() -> None:
    text = table(SCORES)
    named = (
        "first",
        "second",
        "third",
        OWN,
        "everyday",
        "all but our own",
        "mean",
        "鳴く・泣く",
        "seq2seq",
        "とりがなく",
    )
    assert [name for name in named if name not in text] == []


def cells(row: str) -> list[str]:
    return row[30:].split()


def test_numbers_stand_under_their_titles() -> None:
    head, *rows = bits_table(cast(Any, SCORES["bits_per_character"]))
    assert cells(head) == ["model", "unigram", "characters"]
    assert [cells(row)[0] for row in rows] == ["3.250", "3.250", "3.750", "3.250"]
    assert cells(rows[0])[1:] == ["6.500", "1,234"]
    head, *rows = words_table(cast(Any, SCORES["hidden_words"]))
    assert cells(head.replace(" 1", "1").replace(" 5", "5")) == ["top1", "top5", "freq1", "freq5", "words"]
    assert cells(rows[-1]) == ["40.0", "70.0", "10.0", "30.0", "1,500"]
    head, *rows = conversion_table(cast(Any, SCORES["conversion"]))
    assert cells(head) == ["exact", "letters", "lines"]
    assert cells(rows[0]) == ["50.0", "90.0", "40"]
    assert cells(rows[1]) == ["60.0", "95.0", "800"]


def test_pairs_are_told_with_their_interval_beside_the_baseline() -> None:
    assert pairs_table(cast(Any, SCORES["minimal_pairs"])) == [
        "minimal pairs: 45 of 60 = 75.0% (62.0% to 84.0%)",
        "always the more frequent word: 50.0%",
        "    20 of  30  鳴く・泣く",
    ]


def test_of_nothing_no_share_is_right_and_nothing_is_known() -> None:
    assert share(0, 0) == 0
    assert wilson(0, 0) == [0, 1]
