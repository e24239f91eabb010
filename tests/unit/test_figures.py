"""The lesson's figures: what is drawn is what was given, and nothing of a token is read as markup."""

import re
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.self_attention import figures

AXES = ("見る側", "見られる側")
TOKENS = ["[CLS]", "鳥", "が", "[MASK]", "[SEP]"]


def weights(n: int, *more: int) -> figures.Floats:
    drawn = np.random.default_rng(0).random((*more, n, n)).astype(np.float32)
    rows: figures.Floats = drawn / drawn.sum(-1, keepdims=True)
    return rows


def heatmaps(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.type == "heatmap"]


def markers(figure: go.Figure) -> Any:
    return next(trace for trace in figure.data if trace.type == "scatter")


def signs(figure: go.Figure) -> list[tuple[int, int]]:
    """The (query, key) of every cell with scissors in it."""
    return [(round(note.y), round(note.x)) for note in figure.layout.annotations if note.text == "✂"]


# -- labels ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("鳥", "鳥"),
        ("[MASK]", "[MASK]"),
        ("たくさんの人が", "たくさんの…"),
        ("<b>", "&lt;b&gt;"),
        ("a&b", "a&amp;b"),
        ("a b", "a␣b"),
        ("", ""),
    ],
)
def test_labels_are_short_and_literal(token: str, shown: str) -> None:
    assert figures.label(token) == shown


@given(st.text())
def test_no_label_has_markup(token: str) -> None:
    shown = figures.label(token)

    assert not set("<> ") & set(shown)
    assert not re.search("&(?!amp;|lt;|gt;)", shown)
    assert len(shown) <= figures.LONGEST_LABEL * len("&amp;")


# -- one map ---------------------------------------------------------------------------------------------------


def test_a_map_shows_the_weights_it_was_given() -> None:
    given_weights = weights(5)
    figure = figures.attention_map(given_weights, TOKENS, axes=AXES, bar="重み")

    (heatmap,) = heatmaps(figure)
    np.testing.assert_array_equal(heatmap.z, given_weights)
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)
    assert heatmap.text[1][2] == f"{given_weights[1, 2]:.2f}"
    assert heatmap.colorbar.title.text == "重み"
    for axis, name in ((figure.layout.yaxis, AXES[0]), (figure.layout.xaxis, AXES[1])):
        assert list(axis.ticktext) == TOKENS
        assert name in axis.title.text
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first query is on top


def test_every_cell_can_be_clicked_and_says_its_numbers() -> None:
    given_weights = weights(5)
    figure = figures.attention_map(given_weights, TOKENS, axes=AXES, hover="{query}|{key}|{weight}")

    points = markers(figure)
    assert sorted(zip(points.y, points.x, strict=True)) == [(row, column) for row in range(5) for column in range(5)]
    for row, column, said in zip(points.y, points.x, points.hovertext, strict=True):
        assert said == f"{TOKENS[row]}|{TOKENS[column]}|{given_weights[row, column]:.3f}"
    assert figure.layout.clickmode == "event+select"


def test_hover_text_is_literal() -> None:
    tokens = ["<b>", "{x}", "{query}", "a&b", "%{x}"]
    figure = figures.attention_map(weights(5), tokens, axes=AXES)

    assert markers(figure).hovertext[1] == f"&lt;b&gt; → {{x}}: {weights(5)[0, 1]:.3f}"
    assert not any("<" in text for text in markers(figure).hovertext)


def test_a_map_marks_the_chosen_cell_and_the_cut_ones() -> None:
    figure = figures.attention_map(weights(5), TOKENS, axes=AXES, selected=(3, 1), struck=[(3, 1), (2, 1)])

    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, 2.5, 3.5)
    assert signs(figure) == [(3, 1), (2, 1)]


def test_a_chosen_cell_that_is_not_there_is_not_marked() -> None:
    assert not figures.attention_map(weights(5), TOKENS, axes=AXES, selected=(3, 5)).layout.shapes
    assert not figures.attention_map(weights(5), TOKENS, axes=AXES).layout.shapes


@pytest.mark.parametrize("n", [1, 2, 9, 14, 15, 64])
def test_a_map_has_room_for_its_tokens(n: int) -> None:
    figure = figures.attention_map(weights(n), ["鳥"] * n, axes=AXES)

    assert (heatmaps(figure)[0].text is not None) == (n <= figures.SHOW_VALUES_TO)
    assert figure.layout.height == figures.map_height(n) < 2000
    assert list(figure.layout.yaxis.tickvals) == list(range(n))  # equal tokens stay apart
    every = 1 if n <= figures.LABELS_TO else 2
    assert list(figure.layout.xaxis.tickvals) == list(range(0, n, every))
    assert len(figure.layout.xaxis.ticktext) == len(figure.layout.xaxis.tickvals)


@pytest.mark.parametrize(("n", "most", "darkest"), [(14, 0.2, 1.0), (15, 0.2, 0.2), (15, 0.21, 0.3), (40, 0.04, 0.1)])
def test_small_weights_of_many_tokens_are_told_apart(n: int, most: float, darkest: float) -> None:
    given_weights = np.full((n, n), most / 2, dtype=np.float32)
    given_weights[3, 1] = most
    (heatmap,) = heatmaps(figures.attention_map(given_weights, ["鳥"] * n, axes=AXES))
    assert heatmap.zmax == pytest.approx(darkest)


def test_a_figure_depends_only_on_what_is_given() -> None:
    first, second = (figures.attention_map(weights(5), TOKENS, axes=AXES).to_json() for _ in range(2))

    assert first == second


def test_a_figure_asks_nothing_of_the_internet() -> None:
    for figure in (figures.attention_map(weights(5), TOKENS, axes=AXES), figures.share_bars({"鳴く": 1.0})):
        assert "http" not in figure.to_json()


# -- effects ---------------------------------------------------------------------------------------------------


def test_effects_are_shown_in_points_around_zero() -> None:
    change = np.zeros((5, 5), dtype=np.float32)
    change[3, 1], change[3, 2], change[0, 0] = -0.254, 0.1, np.nan
    figure = figures.effect_map(change, TOKENS, axes=AXES, hover="{query}|{key}|{points}")

    (heatmap,) = heatmaps(figure)
    assert heatmap.z[3, 1] == pytest.approx(-25.4)
    assert heatmap.zmin == -heatmap.zmax == pytest.approx(-25.4)
    assert [heatmap.text[3][1], heatmap.text[3][2], heatmap.text[4][4], heatmap.text[0][0]] == [
        "−25.4",
        "+10.0",
        "0",
        "",
    ]
    assert "[MASK]|鳥|−25.4" in markers(figure).hovertext


@pytest.mark.parametrize("value", [0.0, 0.001, np.nan])
def test_small_effects_do_not_fill_the_scale(value: float) -> None:
    figure = figures.effect_map(np.full((5, 5), value, dtype=np.float32), TOKENS, axes=AXES)

    assert heatmaps(figure)[0].zmax == 1.0  # a point


@pytest.mark.parametrize(
    ("points", "shown"), [(0, "0"), (0.04, "0"), (-0.04, "0"), (0.05, "+0.1"), (-12.34, "−12.3"), (100, "+100.0")]
)
def test_points_have_a_sign(points: float, shown: str) -> None:
    assert figures.signed(points) == shown


# -- all maps --------------------------------------------------------------------------------------------------


def test_the_overview_has_a_panel_for_each_head() -> None:
    given_weights = weights(5, 3, 4)
    figure = figures.overview(
        given_weights, TOKENS, panel="L{layer} H{head}", hover="{layer}.{head} {query} {key} {weight}", chosen=(1, 2)
    )

    panels = heatmaps(figure)
    assert len(panels) == 12
    np.testing.assert_array_equal(panels[1 * 4 + 2].z, given_weights[1, 2])
    assert panels[1 * 4 + 2].hovertext[3][1] == f"2.3 [MASK] 鳥 {given_weights[1, 2, 3, 1]:.2f}"
    assert [note.text for note in figure.layout.annotations][:2] == ["L1 H1", "L1 H2"]
    assert len(figure.layout.shapes) == 1


@pytest.mark.parametrize(("layers", "heads", "n"), [(1, 1, 1), (4, 4, 64), (12, 12, 32)])
def test_the_overview_fits_any_model(layers: int, heads: int, n: int) -> None:
    figure = figures.overview(weights(n, layers, heads), ["鳥"] * n, panel="{layer}.{head}", hover="{weight}")

    assert len(heatmaps(figure)) == layers * heads
    assert not figure.layout.shapes


# -- shares and vectors ----------------------------------------------------------------------------------------


def test_bars_are_the_shares_in_the_given_order() -> None:
    figure = figures.share_bars({"鳴く": 0.812, "泣く": 0.188}, title="割合")

    (bars,) = figure.data
    assert list(bars.x) == pytest.approx([81.2, 18.8])
    assert list(bars.text) == ["81.2%", "18.8%"]
    assert list(figure.layout.yaxis.ticktext) == ["鳴く", "泣く"]
    assert list(figure.layout.xaxis.range) == [0, 100]
    assert figure.layout.title.text == "割合"


def test_bars_of_two_states_stand_side_by_side() -> None:
    figure = figures.share_bars({"鳴く": 0.8, "泣く": 0.2}, {"泣く": 0.6, "鳴く": 0.4}, names=("前", "後"))

    before, after = figure.data
    assert (before.name, list(before.x)) == ("前", [80, 20])
    assert (after.name, list(after.x)) == ("後", [40, 60])
    assert list(after.text) == ["後 40.0%", "後 60.0%"]


@pytest.mark.parametrize(
    "words", [("飛び回っていた", "飛び回っている"), ("1", "2"), ("<b>", "<b"), ("2020-01-01", "2020-01-02")]
)
def test_words_that_look_alike_keep_their_own_bar(words: tuple[str, str]) -> None:
    figure = figures.share_bars({words[0]: 0.9, words[1]: 0.1})

    assert len(set(figure.data[0].y)) == 2
    assert list(figure.layout.yaxis.ticktext) == [figures.label(word) for word in words]
    assert list(figure.layout.yaxis.tickvals) == list(figure.data[0].y)


def test_vectors_are_scaled_each_by_itself_and_keep_their_numbers() -> None:
    rows = [("q", np.array([1, -2, 0.5], dtype=np.float32)), ("0", np.zeros(3, dtype=np.float32))]
    figure = figures.vectors(rows)

    (strips,) = heatmaps(figure)
    np.testing.assert_allclose(strips.z, [[0.5, -1, 0.25], [0, 0, 0]])
    np.testing.assert_array_equal(strips.customdata, [[1, -2, 0.5], [0, 0, 0]])
    assert list(figure.layout.yaxis.ticktext) == ["q", "0"]


def test_vectors_of_one_scale_show_how_little_a_small_weight_leaves() -> None:
    v = np.array([1, -2, 0.5], dtype=np.float32)
    (strips,) = heatmaps(figures.vectors([("v", v), ("0.01 × v", v * np.float32(0.01))], one_scale=True))
    np.testing.assert_allclose(strips.z, [[0.5, -1, 0.25], [0.005, -0.01, 0.0025]], rtol=1e-5)


@pytest.mark.parametrize("n", [5, 29])
def test_the_title_makes_room_for_turned_labels(n: int) -> None:
    weights = np.full((n, n), 1 / n, dtype=np.float32)
    axis = figures.attention_map(weights, ["[MASK]"] * n, axes=("Query", "Key")).layout.xaxis
    assert axis.automargin
    assert {-60, -90} & {axis.tickangle, *(axis.autotickangles or ())}
