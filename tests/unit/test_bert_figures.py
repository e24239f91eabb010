"""The figures of the lesson on filling holes: what is drawn is what was given, and nothing of a word is markup."""

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.bert import figures

WORDS = ["本", "新聞", "<b>"]
STATES = [("両側", [0.9, 0.03, 0.0]), ("左だけ", [0.001, 0.0, 0.5]), ("右だけ", [0.6, 0.1, 0.0])]
SAYS = [["90.0%", "3.0%", "<0.1%"], ["0.1%", "<0.1%", "50.0%"], ["60.0%", "10.0%", "<0.1%"]]


def sides() -> go.Figure:
    return figures.sides(WORDS, STATES, SAYS)


def curve(at: tuple[int, float] | None = (80, 4.5)) -> go.Figure:
    return figures.recorded_curve([20, 80, 320], [8.0, 4.5, 3.0], axes=("歩", "損失"), at=at, says="いまここ")


# -- both sides ------------------------------------------------------------------------------------------------


def test_each_state_is_a_bar_of_each_word_and_says_its_probability() -> None:
    drawn = sides()

    assert [bars.name for bars in drawn.data] == ["両側", "左だけ", "右だけ"]
    for bars, (name, probs), says in zip(drawn.data, STATES, SAYS, strict=True):
        assert list(bars.x) == pytest.approx([prob * 100 for prob in probs])
        assert list(bars.text) == [f"{name} {one}" for one in says]
    assert len({bars.marker.color for bars in drawn.data}) == 3
    assert list(drawn.layout.yaxis.ticktext) == ["本", "新聞", "&lt;b&gt;"]
    assert drawn.layout.yaxis.range[0] > drawn.layout.yaxis.range[1]  # the first word on top


def test_there_is_room_for_what_is_written_beside_a_full_bar() -> None:
    assert sides().layout.xaxis.range[1] > 125
    assert max(sides().layout.xaxis.tickvals) == 100


# -- loss of the hidden words ----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 10])
def test_losses_are_a_bar_for_each_word(count: int) -> None:
    nats = [0.5 * number for number in range(count)]
    drawn = figures.losses(nats, ["本"] * count, axis="損失")

    (bars,) = drawn.data
    assert list(bars.y) == nats and list(bars.text) == [f"{one:.2f}" for one in nats]
    assert drawn.layout.yaxis.range[1] >= max(1.0, *nats, 0)
    assert list(drawn.layout.xaxis.tickvals) == list(range(count))


# -- the recorded training -------------------------------------------------------------------------------------


def test_the_curve_is_the_loss_and_the_mark_is_where_the_reader_looks() -> None:
    line, mark = curve().data

    assert (list(line.x), list(line.y)) == ([20, 80, 320], [8.0, 4.5, 3.0])
    assert (list(mark.x), list(mark.y), list(mark.text)) == ([80], [4.5], ["いまここ"])
    assert curve().layout.xaxis.type == "log"
    low, high = curve().layout.xaxis.range
    assert low < np.log10(20) and high > np.log10(320)


def test_nothing_is_marked_before_the_first_step_was_logged() -> None:
    assert list(curve(None).data[1].x) == []


@pytest.mark.parametrize("steps", [[], [7]])
def test_a_curve_of_hardly_any_point_is_drawn(steps: list[int]) -> None:
    drawn = figures.recorded_curve(steps, [3.0] * len(steps), axes=("a", "b"), at=None, says="")
    assert drawn.layout.xaxis.range[0] < drawn.layout.xaxis.range[1]


def test_a_course_is_a_line_for_each_word_that_differs_in_more_than_colour() -> None:
    lines = [(word, [0.1, 0.5, 0.9]) for word in ("鳴く", "泣く", "の", "<b>")]
    drawn = figures.course([0, 10, 1280], lines, axes=("歩", "確率"), at=1)

    assert [list(line.y) for line in drawn.data] == [pytest.approx([10, 50, 90])] * 4
    assert len({(line.line.dash, line.marker.symbol) for line in drawn.data}) == 4
    assert list(drawn.layout.xaxis.ticktext) == ["0", "10", "1,280"]
    (mark,) = drawn.layout.shapes
    assert mark.x0 == mark.x1 == 1
    assert drawn.data[3].name == "&lt;b&gt;"
    assert not figures.course([0], lines[:1], axes=("", "")).layout.shapes


# -- the live training -----------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 10), min_size=1, max_size=45))
def test_smoothing_keeps_the_mean_and_the_order(losses: list[float]) -> None:
    steps, means = figures.smooth(losses)

    assert len(steps) == len(means) == -(-len(losses) // figures.SMOOTHED)
    assert steps == sorted(steps) and steps[0] >= 1 and steps[-1] <= len(losses)
    weights = [len(losses[start : start + figures.SMOOTHED]) for start in range(0, len(losses), figures.SMOOTHED)]
    assert np.average(means, weights=weights) == pytest.approx(np.mean(losses))


@pytest.mark.parametrize("count", [0, 1, 5, 400])
def test_the_live_curve_stands_beside_what_knowing_nothing_costs(count: int) -> None:
    drawn = figures.live_curve([5.0] * count, chance=7.0, axes=("歩", "損失"), says="何も知らないとき")

    line, level = drawn.data
    assert list(level.y) == [7.0, 7.0]
    assert len(line.x) == -(-count // figures.SMOOTHED)
    assert drawn.layout.yaxis.range[1] > 7.0
    assert drawn.layout.xaxis.range[1] >= count
    assert drawn.layout.annotations[0].text == "何も知らないとき"


# -- afterwards ------------------------------------------------------------------------------------------------


def test_shares_are_one_divided_bar_for_each_review() -> None:
    drawn = figures.shares([("1", 0.97), ("2", 0.4)], names=("良い", "悪い"))

    good, bad = drawn.data
    assert list(good.x) == pytest.approx([97, 40]) and list(bad.x) == pytest.approx([3, 60])
    assert list(bad.text) == ["", "悪い 60%"]  # too narrow for a text
    assert drawn.layout.barmode == "stack"
    assert bad.marker.pattern.shape == "/"  # not by colour alone


# -- all of them -----------------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_no_figure_reads_markup_in_a_word(words: list[str]) -> None:
    n = len(words)
    drawn = (
        figures.sides(words, [("a", [0.1] * n)], [["1%"] * n]),
        figures.losses([1.0] * n, words, axis="x"),
        figures.course([0, 1], [(word, [0.1, 0.2]) for word in words], axes=("a", "b")),
    )
    for chart in drawn:
        for axis in (chart.layout.xaxis, chart.layout.yaxis):
            assert not any(set(name) & set("<> ") for name in axis.ticktext or ())
        for trace in chart.data:
            assert not set(trace.name or "") & set("<>")
            assert not any(set(said) & set("<>") for said in trace.hovertext or ())


def test_a_figure_depends_only_on_what_is_given_and_asks_nothing_of_the_internet() -> None:
    for draw in (sides, curve):
        first, second = (draw().to_json() for _ in range(2))
        assert first == second
        assert "http" not in first
