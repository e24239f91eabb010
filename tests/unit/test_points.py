"""The recorded points: complete, within their limits, and made again by the measurement."""

import math

import pytest

import core
from core.intervals import wilson
from core.prompting import __main__ as command
from core.prompting import family, points
from core.prompting.measure import measure
from core.prompting.points import SHOTS, Point
from core.prompting.rules import GROUPS, games
from core.training.fewshot.measuring import EPISODES


def test_the_interval_is_of_trainings_and_of_questions() -> None:
    point = Point("kana-rules", "s", "mixed", 4, (40, 50, 60), 100)
    assert (point.accuracy, point.total) == (0.5, 300)
    low, high = wilson(50, 100)
    half = math.hypot(4.303 * 0.1 / math.sqrt(3), 0.5 - low)
    assert high - 0.5 == pytest.approx(0.5 - low)
    assert point.interval == pytest.approx((0.5 - half, 0.5 + half))
    alike = Point("kana-rules", "s", "mixed", 4, (50, 50, 50), 100)
    assert alike.interval == pytest.approx((low, high))  # seeds that agree do not make the questions certain
    none = Point("kana-rules", "s", "mixed", 4, (0, 0, 0), 100)
    assert none.interval == pytest.approx(tuple(wilson(0, 100)))
    assert Point("kana-rules", "s", "mixed", 4, (0, 0, 1), 100).interval[0] == 0
    assert Point("kana-rules", "s", "mixed", 4, (100, 100, 99), 100).interval[1] == 1


def test_every_point_is_there() -> None:
    found = {(one.task, one.size, one.text, one.shots) for one in points.points()}
    expected = {
        (f"kana-{group}", size, text, shots)
        for group in GROUPS
        for size in family.SIZES
        for text in family.TEXTS
        for shots in SHOTS
    }
    assert found == expected
    for one in points.points():
        assert len(one.right) == len(family.SEEDS) and one.total >= 1000
        assert all(0 <= right <= one.episodes for right in one.right)


def test_the_models_of_every_point_lie_within_its_interval() -> None:
    for one in points.points():
        low, high = one.interval
        assert all(low <= share <= high for share in one.shares)


def test_larger_models_rise_above_smaller_ones_and_with_examples() -> None:
    """What the lesson says of the figure; of rules put together it says that it is not so."""
    for group in GROUPS:
        small, large = (points.point(f"kana-{group}", size, "sequences", SHOTS[-1]) for size in ("xs", "l"))
        none = points.point(f"kana-{group}", "l", "sequences", 0)
        assert small and large and none
        apart = small.interval[1] < large.interval[0] and none.interval[1] < large.interval[0]
        assert apart == (group != "composed")


def test_the_command_makes_a_point_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "episodes", lambda: 6)
    recorded = points.point("kana-rules", "xs", "sequences", 1)
    assert recorded is not None
    given = ["measure", "--task", "kana-rules", "--shots", "1", "--model"]
    found = command.measured(command.parser().parse_args([*given, "fewshot-xs-sequences"]))
    assert (found["model"], found["seeds"], found["episodes"]) == ("fewshot-xs-sequences", [0, 1, 2], 18)
    assert found["right"] == sum(found["right_by_seed"])
    assert found["recorded"] == {"accuracy": recorded.accuracy, "interval": list(recorded.interval)}
    assert len(command._text(found).splitlines()) == 2
    one = command.measured(command.parser().parse_args([*given, "fewshot-xs-sequences-1"]))
    assert (one["episodes"], one["right"]) == (6, found["right_by_seed"][1]) and "recorded" in one
    other = command.measured(command.parser().parse_args([*given, "fewshot-xs-sequences-1", "--shuffled"]))
    assert "recorded" not in other


def test_chance_and_the_best_learner_are_there() -> None:
    for group in GROUPS:
        best = points.optimum(f"kana-{group}")
        assert list(best) == list(SHOTS)
        assert list(best.values()) == sorted(best.values())
        assert 0 < points.chance(f"kana-{group}") < 1


@pytest.mark.parametrize(("task", "size", "shots"), [("kana-endings", "xs", 4), ("kana-rules", "s", 1)])
def test_a_point_can_be_made_again(task: str, size: str, shots: int) -> None:
    recorded = next(
        one for one in points.points() if (one.task, one.size, one.text, one.shots) == (task, size, "sequences", shots)
    )
    found = measure(core.load(family.name(size, "sequences", 0)), games()[task], shots, EPISODES)
    assert found.right == pytest.approx(recorded.right[0], abs=2)  # other processors add in another order


@pytest.mark.parametrize("text", family.TEXTS)
def test_looks_are_there_from_the_first_to_the_last_step(text: str) -> None:
    for size in family.SIZES:
        found = family.looks(family.name(size, text, 0))
        assert found[0].step == 0
        assert [look.step for look in found] == sorted({look.step for look in found})
        assert all(set(look.right) == {"kana-rules", "kana-endings", "kana-labels"} for look in found)


def test_members_are_known_by_name() -> None:
    assert family.is_member(family.DEFAULT)
    assert not family.is_member("fewshot-l-sequences-9")
    assert not family.is_member("decoder")
    assert family.parts("fewshot-m-mixed-2") == ("m", "mixed", (2,))
    assert family.parts("fewshot-m-mixed") == ("m", "mixed", family.SEEDS)
    assert family.parts("decoder") is None
    sizes = [family.parameters(size) for size in family.SIZES]
    assert sizes == sorted(sizes) and sizes[0] < 30_000 < 2_500_000 < sizes[-1]
