"""What the cards say of the models' scores, as a page shows it: each measurement, or None where a card lacks it.

Nothing is computed here but sums of what a card has: a number that was not measured is not shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.catalogue import Card

Interval = tuple[float, float]


@dataclass(frozen=True)
class Compared:
    """One measured value beside its baseline. `count`: the words or characters it was measured on."""

    name: str
    value: float
    baseline: float
    count: int
    interval: Interval | None = None


@dataclass(frozen=True)
class BySource:
    """A measurement over all and for each held-out source, best first."""

    overall: Compared
    sources: tuple[Compared, ...]


@dataclass(frozen=True)
class Pairs:
    """How many minimal pairs were right: over all, and by group as (name, right, pairs), in the card's order."""

    right: int
    pairs: int
    interval: Interval | None
    baseline: float
    baseline_interval: Interval | None
    groups: tuple[tuple[str, int, int], ...]

    @property
    def accuracy(self) -> float:
        return self.right / self.pairs


@dataclass(frozen=True)
class Bin:
    """Guesses of like probability: what the model stated on average, and how many were right."""

    stated: float
    right: float
    words: int


@dataclass(frozen=True)
class System:
    """One system that turns kana into kanji: the share of whole sentences and of characters that it got right."""

    name: str
    exact: float
    characters: float | None
    sentences: int
    interval: Interval | None


@dataclass(frozen=True)
class Failure:
    """One mistake: what the model was given, what was expected, what it said, and with which probability."""

    text: str
    expected: str
    guess: str
    prob: float | None = None


@dataclass(frozen=True)
class Probes:
    """How many of the lessons' own sentences came out as the lessons say, and those that did not."""

    right: int
    count: int
    wrong: tuple[Failure, ...]


def bits_per_character(card: Card) -> BySource | None:
    """Return bits per character beside the word-frequency baseline."""
    found = card.scores.get("bits_per_character")
    return _by_source(found, "value", "baseline", "characters", better_high=False)


def everyday(card: Card) -> Compared | None:
    """Return bits per character of the everyday sources alone, where they were measured apart."""
    found = card.scores.get("bits_per_character")
    part = found.get("everyday") if isinstance(found, Mapping) else None
    if not isinstance(part, Mapping) or not part.get("characters"):
        return None
    return Compared(", ".join(part.get("sources", ())), part["value"], part["baseline"], part["characters"])


def hidden_words(card: Card) -> BySource | None:
    """Return how often the hidden word was the first guess, beside always guessing the most frequent word."""
    found = card.scores.get("hidden_words")
    return _by_source(found, "top1", "baseline_top1", "words", better_high=True)


def top5(card: Card) -> Compared | None:
    """Return how often the hidden word was among the first five guesses."""
    found = card.scores.get("hidden_words")
    if not isinstance(found, Mapping) or not {"top5", "baseline_top5", "words"} <= found.keys():
        return None
    return Compared("", found["top5"], found["baseline_top5"], found["words"])


def minimal_pairs(card: Card) -> Pairs | None:
    """Return the pairs of which the model preferred the fitting word."""
    found = card.scores.get("minimal_pairs")
    if not isinstance(found, Mapping) or not found.get("pairs"):
        return None
    groups = tuple((name, group["right"], group["pairs"]) for name, group in found.get("groups", {}).items())
    return Pairs(
        found["right"],
        found["pairs"],
        _interval(found),
        found["baseline"],
        _interval(found, "baseline_interval"),
        groups,
    )


def calibration(card: Card) -> tuple[Bin, ...]:
    """Return the bins that hold guesses; none where it was not measured."""
    bins = card.scores.get("calibration", {}).get("bins", ())
    return tuple(Bin(entry["probability"], entry["right"], entry["words"]) for entry in bins if entry["words"])


def calibration_gap(card: Card) -> float | None:
    """Return the mean gap between stated probability and share that was right (expected calibration error)."""
    gap: float | None = card.scores.get("calibration", {}).get("error")
    return gap


def conversion(card: Card) -> tuple[System, ...]:
    """Return the systems compared at kana to kanji, best first; none where it was not measured."""
    return _systems(card.scores.get("conversion", {}).get("systems", {}))


def conversion_sources(card: Card) -> tuple[System, ...]:
    """Return how the model itself did on each held-out source, best first."""
    return _systems(card.scores.get("conversion", {}).get("sources", {}))


def failures(card: Card) -> tuple[Failure, ...]:
    """Return the mistakes that the card gives as examples."""
    told = (*card.scores.get("failures", ()), *card.scores.get("conversion", {}).get("failures", ()))
    return tuple(_failure(entry) for entry in told)


def probes(card: Card) -> Probes | None:
    """Return how the model did on the sentences that the lessons stand on."""
    found = card.scores.get("probes")
    if not isinstance(found, Mapping) or not found.get("probes"):
        return None
    return Probes(found["right"], found["probes"], tuple(_failure(entry) for entry in found.get("wrong", ())))


def answers(card: Card) -> Compared | None:
    """Return bits per character at people's answers, beside the model before it learned to talk."""
    found = card.scores.get("answers")
    return Compared("", found["value"], found["baseline"], found["characters"]) if found else None


def manner(card: Card) -> tuple[Compared, ...]:
    """Return the shares of answers that come to an end ("ended") and that are whole sentences ("whole"), beside the
    model before it learned to talk."""
    found = card.scores.get("manner", {})
    return tuple(
        Compared(name, found[name], found["baseline"][name], found["answers"])
        for name in ("ended", "whole")
        if name in found
    )


def obedience(card: Card) -> tuple[Compared, ...]:
    """Return for each wish of a system message the share of answers that fulfil it, beside that when nobody asks."""
    found, count = card.scores.get("obedience", {}), card.scores.get("manner", {}).get("answers", 0)
    return tuple(Compared(name, one["asked"], one["unasked"], count) for name, one in found.items())


def family(cards: Iterable[Card]) -> tuple[tuple[Card, float], ...]:
    """Return the decoders whose bits per character were measured, with them, the smallest first."""
    measured = [(card, bits_per_character(card)) for card in cards if card.kind == "causal"]
    found = [(card, score.overall.value) for card, score in measured if score is not None]
    return tuple(sorted(found, key=lambda pair: pair[0].parameters))


def _systems(systems: Mapping[str, Any]) -> tuple[System, ...]:
    found = [
        System(name, entry["exact"], entry.get("characters"), entry["sentences"], _interval(entry))
        for name, entry in systems.items()
    ]
    return tuple(sorted(found, key=lambda system: -system.exact))


def _failure(entry: Mapping[str, Any]) -> Failure:
    """Return a mistake; of a converter the card calls the text "kana" and the answer "written"."""
    if "kana" in entry:
        return Failure(entry["kana"], entry["expected"], entry["written"])
    return Failure(entry["text"], entry["expected"], entry["guess"], entry.get("prob"))


def _by_source(found: Any, value: str, baseline: str, count: str, *, better_high: bool) -> BySource | None:
    if not isinstance(found, Mapping) or not {value, baseline, count} <= found.keys():
        return None

    def compared(name: str, entry: Mapping[str, Any]) -> Compared:
        return Compared(name, entry[value], entry[baseline], entry[count], _interval(entry))

    sources = [compared(name, entry) for name, entry in found.get("sources", {}).items()]
    return BySource(
        compared("", found),
        tuple(sorted(sources, key=lambda source: -source.value if better_high else source.value)),
    )


def _interval(entry: Mapping[str, Any], name: str = "interval") -> Interval | None:
    given = entry.get(name)
    return (given[0], given[1]) if given else None
