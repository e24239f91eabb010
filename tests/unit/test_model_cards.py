"""What the page of model cards takes from a card, how it writes numbers, and what its figures draw."""

import dataclasses

import pytest

from core import catalogue
from core.catalogue import Card
from lessons.models import figures, scores, units

BARE = Card("bare", "causal", 1_000_000, 2, 2, 64, 500, 64)
NAMES = ("model", "baseline")


def scored(**given: object) -> Card:
    return dataclasses.replace(BARE, scores=given)


# -- units -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "ja", "en"),
    [
        (64, "64", "64"),
        (4_394, "4,394", "4,394"),
        (99_999, "99,999", "99,999"),
        (2_902_080, "290 万", "2.9 million"),
        (36_873_728, "3,687 万", "36.9 million"),
        (152_000_000, "1.52 億", "152 million"),
        (4_390_000_000, "43.9 億", "4.39 billion"),
    ],
)
def test_counts(number: int, ja: str, en: str) -> None:
    assert (units.count(number, "ja"), units.count(number, "en")) == (ja, en)


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0.0 MB"), (6_279_552, "6.3 MB"), (157_000_000, "157 MB"), (1_203_000_000, "1.2 GB")],
)
def test_sizes(number: int, shown: str) -> None:
    assert units.size(number) == shown


@pytest.mark.parametrize(
    ("seconds", "ja", "en"), [(3643, "61 分", "61 min"), (30, "0 分", "0 min"), (9000, "2.5 時間", "2.5 hours")]
)
def test_durations(seconds: int, ja: str, en: str) -> None:
    assert (units.duration(seconds, "ja"), units.duration(seconds, "en")) == (ja, en)


# -- scores ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"bits_per_character": 3.5, "hidden_words": 1, "minimal_pairs": 0.5},
        {"bits_per_character": {}, "hidden_words": {}, "calibration": {}, "minimal_pairs": {}, "conversion": {}},
        {"bits_per_character": {"value": 3.5}, "hidden_words": {"top1": 0.5}, "minimal_pairs": {"pairs": 0}},
    ],
)
def test_what_was_not_measured_is_left_out(given: dict[str, object]) -> None:
    card = scored(**given)
    assert scores.bits_per_character(card) is scores.hidden_words(card) is scores.top5(card) is None
    assert scores.minimal_pairs(card) is scores.probes(card) is scores.everyday(card) is None
    assert scores.calibration_gap(card) is None
    assert scores.conversion_sources(card) == ()
    assert scores.calibration(card) == scores.conversion(card) == scores.failures(card) == ()
    assert scores.family([card]) == ()


def test_sources_are_the_best_first() -> None:
    def entry(value: float) -> dict[str, float]:
        return {"value": value, "baseline": 6.0, "characters": 10}

    found = scores.bits_per_character(
        scored(bits_per_character={**entry(3.5), "sources": {"a": entry(4.0), "b": entry(3.0)}})
    )
    assert found is not None
    assert found.overall == scores.Compared("", 3.5, 6.0, 10)
    assert [source.name for source in found.sources] == ["b", "a"]


def test_of_words_more_is_better() -> None:
    def entry(top1: float) -> dict[str, object]:
        return {
            "top1": top1,
            "interval": [0.1, 0.9],
            "top5": 0.9,
            "baseline_top1": 0.1,
            "baseline_top5": 0.2,
            "words": 7,
        }

    card = scored(hidden_words={**entry(0.5), "sources": {"a": entry(0.4), "b": entry(0.6)}})
    found, five = scores.hidden_words(card), scores.top5(card)
    assert found is not None and five is not None
    assert [source.name for source in found.sources] == ["b", "a"]
    assert found.overall.interval == (0.1, 0.9)
    assert (five.value, five.baseline, five.count) == (0.9, 0.2, 7)


def test_bins_without_guesses_are_left_out() -> None:
    bins = [{"probability": 0.1, "right": 0.2, "words": 5}, {"probability": 0, "right": 0, "words": 0}]
    assert scores.calibration(scored(calibration={"bins": bins})) == (scores.Bin(0.1, 0.2, 5),)


def test_systems_are_the_best_first() -> None:
    systems = {"anthy": {"exact": 0.4, "sentences": 9}, "seq2seq": {"exact": 0.5, "sentences": 9, "interval": [0, 1]}}
    assert scores.conversion(scored(conversion={"systems": systems})) == (
        scores.System("seq2seq", 0.5, None, 9, (0, 1)),
        scores.System("anthy", 0.4, None, 9, None),
    )


def test_failures_of_every_kind() -> None:
    guess = {"text": "鳥が[MASK]", "expected": "鳴く", "guess": "泣く", "prob": 0.6}
    written = {"kana": "はし", "expected": "橋", "written": "箸"}
    found = (scores.Failure("鳥が[MASK]", "鳴く", "泣く", 0.6), scores.Failure("はし", "橋", "箸"))
    assert scores.failures(scored(failures=[guess, written])) == found
    assert scores.failures(scored(failures=[guess], conversion={"failures": [written]})) == found


def test_probes() -> None:
    wrong = {"text": "はしをわたる", "expected": "橋を渡る", "guess": "端を渡る"}
    found = scores.probes(scored(probes={"probes": 6, "right": 5, "wrong": [wrong]}))
    assert found == scores.Probes(5, 6, (scores.Failure("はしをわたる", "橋を渡る", "端を渡る"),))


def test_everyday_text_apart() -> None:
    part = {"value": 3.1, "baseline": 6.0, "characters": 20, "sources": ["a", "b"]}
    card = scored(bits_per_character={"value": 3.5, "baseline": 6.5, "characters": 30, "everyday": part})
    assert scores.everyday(card) == scores.Compared("a, b", 3.1, 6.0, 20)
    assert scores.everyday(scored(bits_per_character={"everyday": {**part, "characters": 0}})) is None


def test_the_family_grows() -> None:
    measured = {"value": 3.5, "baseline": 6.0, "characters": 10}
    large = dataclasses.replace(scored(bits_per_character=measured), name="large", parameters=9)
    small = dataclasses.replace(large, name="small", parameters=3)
    masked = dataclasses.replace(large, name="masked", kind="masked")
    assert scores.family([large, masked, small, BARE]) == ((small, 3.5), (large, 3.5))


@pytest.mark.parametrize("card", catalogue.models(), ids=lambda card: card.name)
def test_the_cards_of_the_embedded_models_are_read(card: Card) -> None:
    parts = (scores.bits_per_character, scores.hidden_words, scores.minimal_pairs, scores.conversion, scores.answers)
    assert not card.scores or any(part(card) for part in parts)


# -- figures -----------------------------------------------------------------------------------------------------


def test_bars_beside_their_baselines() -> None:
    rows = [scores.Compared("<a>", 0.5, 0.1, 7, (0.4, 0.7)), scores.Compared("b", 0.4, 0.2, 7, (0.3, 0.5))]
    figure = figures.beside_baseline(rows, NAMES, percent=True, axis="right")
    model, baseline = figure.data
    assert (model.name, list(model.x), list(model.text)) == ("model", [0.5, 0.4], ["50.0%", "40.0%"])
    assert list(baseline.x) == [0.1, 0.2]
    assert list(model.error_x.array) == pytest.approx([0.2, 0.1])
    assert list(model.error_x.arrayminus) == pytest.approx([0.1, 0.1])
    assert baseline.error_x.array is None
    assert list(figure.layout.yaxis.ticktext) == ["&lt;a&gt;", "b"]


def test_bars_without_intervals_have_no_error_bars() -> None:
    figure = figures.beside_baseline([scores.Compared("a", 3.5, 6.0, 7)], NAMES, percent=False, axis="bits")
    assert figure.data[0].error_x.array is None
    assert list(figure.data[0].text) == ["3.50"]
    assert figure.layout.xaxis.range[1] > 6


def test_groups_of_pairs_are_the_best_first() -> None:
    pairs = scores.Pairs(3, 6, None, 0.5, None, (("a", 1, 4), ("b", 2, 2)))
    figure = figures.pair_groups(pairs, "right")
    assert list(figure.data[0].x) == [1, 0.25]
    assert list(figure.data[0].text) == ["2 / 2", "1 / 4"]
    assert list(figure.layout.yaxis.ticktext) == ["b", "a"]
    assert figure.layout.shapes[0].x0 == pairs.baseline


def test_calibration_beside_the_diagonal() -> None:
    figure = figures.calibration([scores.Bin(0.1, 0.2, 5), scores.Bin(0.9, 0.8, 20)], ("stated", "right"), "ideal")
    diagonal, found = figure.data
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]
    assert (list(found.x), list(found.y)) == ([0.1, 0.9], [0.2, 0.8])
    assert found.marker.size[0] < found.marker.size[1]


def test_our_system_has_the_strong_colour() -> None:
    rows = [scores.System("anthy", 0.6, 0.9, 10, (0.5, 0.7)), scores.System("seq2seq", 0.5, 0.9, 10, (0.4, 0.6))]
    figure = figures.systems(rows, ["Anthy", "ours"], "seq2seq", "right")
    assert list(figure.data[0].marker.color) == [figures.BAR_BEFORE, figures.BAR]
    assert list(figure.layout.yaxis.ticktext) == ["Anthy", "ours"]


def test_family_on_a_log_scale() -> None:
    figure = figures.family([("a", 10**6, 3.9), ("b", 10**7, 3.2)], ("parameters", "bits"))
    assert figure.layout.xaxis.type == "log"
    assert list(figure.data[0].y) == [3.9, 3.2]
    assert list(figure.data[0].text) == ["a<br>3.90", "b<br>3.20"]
