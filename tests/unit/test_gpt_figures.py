"""The figures of the lesson 「雨が激しく降る」: what is drawn is what was given, and nothing of a token is markup."""

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.maps import Floats
from lessons.gpt import figures

AXES = ("見る側", "見られる側")
TOKENS = ["[BOS]", "雨", "が", "激しく", "降る"]


def causal(n: int) -> Floats:
    drawn = np.tril(np.random.default_rng(0).random((n, n))).astype(np.float32)
    rows: Floats = drawn / drawn.sum(-1, keepdims=True)
    return rows


def masked(n: int = 5, row: int | None = None, tokens: list[str] | None = None) -> go.Figure:
    return figures.masked_map(
        causal(n),
        tokens or TOKENS[:n],
        axes=AXES,
        bar="重み",
        hover="{query}|{key}|{weight}",
        hidden="{query}|{key}|masked",
        row=row,
    )


# -- the triangle ------------------------------------------------------------------------------------------------


def test_the_triangle_has_weights_below_and_nothing_above() -> None:
    heatmap = next(trace for trace in masked().data if trace.type == "heatmap")

    below, above = np.tril_indices(5), np.triu_indices(5, 1)
    np.testing.assert_array_equal(heatmap.z[below], causal(5)[below])
    assert np.isnan(heatmap.z[above]).all()
    assert heatmap.text[1][1] == f"{causal(5)[1, 1]:.2f}" and heatmap.text[1][2] == ""
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)


@pytest.mark.parametrize("n", [2, 5])
def test_the_hatching_covers_the_masked_cells_and_no_other(n: int) -> None:
    hatching = masked(n).data[0]
    assert hatching.fill == "toself" and hatching.fillpattern.shape == "/"

    corners = list(zip(hatching.x, hatching.y, strict=True))
    assert corners[0] == corners[-1]
    for query in range(n):
        for key in range(n):
            assert inside(corners, key, query) == (key > query)


def inside(corners: list[tuple[float, float]], x: float, y: float) -> bool:
    """Say whether a point is inside a polygon: a ray from it crosses the edge an odd number of times."""
    crossed = 0
    for (x1, y1), (x2, y2) in pairwise(corners):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossed += 1
    return crossed % 2 == 1


def test_every_cell_of_the_triangle_can_be_clicked_and_says_what_it_is() -> None:
    cells = next(trace for trace in masked().data if trace.type == "scatter" and trace.mode == "markers")

    for row, column, said in zip(cells.y, cells.x, cells.hovertext, strict=True):
        last = "masked" if column > row else f"{causal(5)[row, column]:.3f}"
        assert said == f"{TOKENS[row]}|{TOKENS[column]}|{last}"
    assert len(cells.x) == 25
    assert masked().layout.clickmode == "event+select"


def test_the_chosen_row_has_a_frame() -> None:
    (frame,) = masked(row=2).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 4.5, 1.5, 2.5)
    assert not masked(row=9).layout.shapes and not masked().layout.shapes


@pytest.mark.parametrize("n", [1, 15, 64])
def test_the_triangle_has_room_for_its_tokens(n: int) -> None:
    figure = masked(n, tokens=["雨"] * n)

    assert figure.layout.height < 2000
    assert list(figure.layout.xaxis.tickvals) == list(range(n))


# -- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prob", "shown"),
    [(1, "100.0%"), (0.5331, "53.3%"), (0.001, "0.1%"), (0.00012, "0.012%"), (1e-9, "<0.001%"), (0, "0%")],
)
def test_a_probability_is_never_shown_as_nothing_unless_it_is(prob: float, shown: str) -> None:
    assert figures.percent(prob) == shown


def test_bars_are_the_probabilities_and_every_row_takes_a_click() -> None:
    figure = figures.word_bars(["降っ", "降り", "<b>"], [0.5, 0.3, 0.001], marked=1)

    bars, hits = figure.data
    assert list(bars.x) == pytest.approx([50, 30, 0.1])
    assert list(bars.marker.color) == [figures.BAR, figures.ACCENT, figures.BAR]
    assert list(figure.layout.yaxis.ticktext) == ["降っ", "降り", "&lt;b&gt;"]
    assert list(hits.y) == [0, 1, 2] and len(set(hits.x)) == 1  # as wide as the figure, whatever the word has
    assert hits.x[0] == figure.layout.xaxis.range[1]
    assert hits.marker.opacity == hits.unselected.marker.opacity == 0
    assert hits.hoverinfo == "text"  # "skip" would take no click
    assert bars.unselected.marker.opacity == 1


def test_words_that_look_alike_keep_their_own_bar() -> None:
    figure = figures.word_bars(["雨", "雨"], [0.5, 0.4])

    assert list(figure.data[0].y) == [0, 1] == list(figure.layout.yaxis.tickvals)


def test_no_words_are_no_error() -> None:
    assert len(figures.word_bars([], []).data[0].y) == 0
    assert len(figures.surprise([], [], axis="").data[0].y) == 0


def test_two_states_stand_side_by_side() -> None:
    figure = figures.before_after(["降っ", "他"], [0.5, 0.5], [1.0, 0.0], names=("前", "後"))

    before, after = figure.data
    assert (before.name, list(before.x)) == ("前", [50, 50])
    assert (after.name, list(after.x)) == ("後", [100, 0])
    assert list(after.text) == ["後 100.0%", "後 0%"]
    assert before.marker.color != after.marker.color


# -- why ---------------------------------------------------------------------------------------------------------


def test_attention_and_effect_are_rows_of_one_figure() -> None:
    change = np.array([0.01, -0.254, 0.0], dtype=np.float32)
    figure = figures.why(TOKENS[:3], [0.7, 0.2, 0.1], change, titles=("重み", "変化"), chosen=1)

    looks, does, *hits = figure.data
    assert list(looks.x) == [0.7, 0.2, 0.1]
    assert list(does.x) == pytest.approx([1, -25.4, 0], abs=1e-4) and does.xaxis == "x2"
    assert list(does.text) == ["+1.0", "−25.4", "0"]
    assert does.marker.color[1] == figures.ACCENT != does.marker.color[0]
    assert figure.layout.xaxis2.range[0] == -figure.layout.xaxis2.range[1] < -25.4
    assert [(hit.xaxis, hit.hovertext[1]) for hit in hits] == [("x", "雨: 0.20, −25.4"), ("x2", "雨: 0.20, −25.4")]
    (frame,) = figure.layout.shapes
    assert (frame.y0, frame.y1) == (0.5, 1.5)


def test_small_effects_do_not_fill_the_scale() -> None:
    figure = figures.why(["雨"], [1.0], np.zeros(1, dtype=np.float32), titles=("", ""))

    assert figure.layout.xaxis2.range[1] >= 1  # a point
    assert not figure.layout.shapes


# -- surprise ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 12, 13, 64])
def test_surprise_is_a_bar_for_each_word(n: int) -> None:
    bits = [float(place) for place in range(n)]
    figure = figures.surprise(["雨"] * n, bits, axis="ビット", marked=n - 1)

    (bars,) = figure.data
    assert list(bars.y) == bits
    assert bars.marker.color[n - 1] == figures.ACCENT
    assert figure.layout.yaxis.range[1] > max(bits)
    assert figure.layout.xaxis.tickangle == (0 if n <= 12 else -60)


# -- all of them -------------------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1), min_size=1, max_size=6))
def test_no_figure_reads_markup_in_a_token(tokens: list[str]) -> None:
    n = len(tokens)
    drawn = (
        masked(n, tokens=tokens),
        figures.word_bars(tokens, [0.1] * n),
        figures.before_after(tokens, [0.1] * n, [0.2] * n, names=("a", "b")),
        figures.why(tokens, [0.1] * n, np.zeros(n, dtype=np.float32), titles=("a", "b")),
        figures.surprise(tokens, [1.0] * n, axis="x"),
    )
    for figure in drawn:
        for axis in (figure.layout.xaxis, figure.layout.yaxis):
            assert not any(set(name) & set("<> ") for name in axis.ticktext or ())
        for trace in figure.data:
            for said in trace.hovertext or ():
                assert "<" not in said and ">" not in said


def test_a_figure_depends_only_on_what_is_given_and_asks_nothing_of_the_internet() -> None:
    first, second = (masked().to_json() for _ in range(2))
    assert first == second
    assert "http" not in first
