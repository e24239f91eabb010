"""The figures of the Transformer lesson: what is drawn is what was given, and nothing of a token is markup."""

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.maps import Floats
from lessons.transformer import architecture, blueprint, figures, vectors
from lessons.transformer.architecture import BLACKBOARD, PAPER, Plan
from lessons.transformer.vectors import Strip

AXES = ("書く字", "読んだ文")
PLANS = pytest.mark.parametrize("plan", [PAPER, BLACKBOARD], ids=["paper", "blackboard"])


def drawn(plan: Plan, chosen: str = "") -> go.Figure:
    names = {box.name: box.name for box in plan.boxes}
    sides = [str(side) for side in plan.sides]
    return blueprint.draw(
        plan, names, chosen=chosen, inputs=sides, output="鳥", titles=sides, layers="× 3", hover=names
    )


def rows(queries: int, keys: int) -> Floats:
    values = np.random.default_rng(0).random((queries, keys)).astype(np.float32)
    found: Floats = values / values.sum(axis=-1, keepdims=True)
    return found


# -- the figure of the paper ---------------------------------------------------------------------------------------


def test_the_paper_has_the_boxes_of_its_figure_in_their_order() -> None:
    def side(right: bool) -> list[str]:
        return [box.block for box in sorted(PAPER.boxes, key=lambda box: box.row) if box.right == right]

    assert side(False) == ["embedding", "position", "self_attention", "add_norm_1", "feed_forward", "add_norm_2"]
    assert side(True) == [
        "embedding",
        "position",
        "self_attention",
        "add_norm_1",
        "cross_attention",
        "add_norm_2",
        "feed_forward",
        "add_norm_3",
        "linear",
        "softmax",
    ]


@PLANS
def test_every_box_can_be_clicked_and_is_known_by_its_place(plan: Plan) -> None:
    (bars,) = drawn(plan).data

    assert len(set(plan.names)) == len(plan.boxes)
    for box, y, left, width, name in zip(plan.boxes, bars.y, bars.base, bars.x, bars.text, strict=True):
        assert plan.at(int(y), int(left + width)) is box and plan.box(name) is box  # as plotly tells of a bar
    assert bars.hoverinfo == "text"  # "skip" would take no click
    assert bars.unselected.marker.opacity == bars.selected.marker.opacity == 1
    assert plan.at(-1, 0) is None


@PLANS
def test_boxes_do_not_cover_each_other(plan: Plan) -> None:
    (bars,) = drawn(plan).data
    frames = [
        (left, left + width, place + bars.offset, place + bars.offset + bars.width)
        for left, width, place in zip(bars.base, bars.x, bars.y, strict=True)
    ]
    for one, (left, right, low, high) in enumerate(frames):
        assert 0 <= left < right <= 100
        for other in frames[one + 1 :]:
            assert right <= other[0] or other[1] <= left or high <= other[2] or other[3] <= low


@PLANS
def test_the_chosen_box_has_a_frame(plan: Plan) -> None:
    for name in plan.names:
        (bars,) = drawn(plan, name).data
        marked = [text for text, width in zip(bars.text, bars.marker.line.width, strict=True) if width > 1]
        assert marked == [name]
    (bars,) = drawn(plan).data
    assert set(bars.marker.line.width) == {1}


def test_a_residual_runs_around_every_sublayer_and_one_way_leads_to_the_decoder() -> None:
    paths = [shape for shape in drawn(PAPER).layout.shapes if shape.type == "path"]
    colours = [shape.line.color for shape in paths]

    assert colours.count(figures.ACCENT) == 1
    assert len(paths) - 1 == sum(box.block.startswith("add_norm") for box in PAPER.boxes) == 5
    assert not [shape for shape in drawn(BLACKBOARD).layout.shapes if shape.line.color == figures.ACCENT]


def test_every_layer_frame_holds_the_boxes_that_are_repeated() -> None:
    frames = [shape for shape in drawn(PAPER).layout.shapes if shape.type == "rect"]

    assert len(frames) == 2
    for frame, right in zip(frames, PAPER.sides, strict=True):
        for box in (box for box in PAPER.boxes if box.right == right):
            assert (frame.y0 < architecture.STEP * box.row < frame.y1) == box.stacked


def test_what_goes_in_and_out_is_written_at_the_ends() -> None:
    written = {note.text: note.y for note in drawn(PAPER).layout.annotations if note.text}

    assert written["<b>False</b>"] == written["<b>True</b>"] == 0
    assert written["<b>鳥</b>"] > architecture.STEP * PAPER.top(True)


def test_many_tokens_are_shortened() -> None:
    assert blueprint.shortened(["と", "り"]) == "と り"
    assert blueprint.shortened(["あ"] * 20, most=2) == "あ あ …"


# -- strips ------------------------------------------------------------------------------------------------------


def test_strips_are_the_numbers_as_colours() -> None:
    values = np.array([[0.0, 2.0, -2.0], [1.0, -1.0, 0.5]], dtype=np.float32)
    figure = vectors.strips(
        [Strip("入る", ["と", "り"], values), Strip("出る", ["と", "り"], values)], chosen=1, clicked=[1]
    )

    first, second, hits = figure.data
    scale = vectors.reach(values)
    np.testing.assert_allclose(np.array(first.z) / 100 * scale, np.clip(values, -scale, scale), atol=0.02)
    assert np.array(first.z).dtype == np.int8 and first.zmin == -first.zmax
    assert (first.yaxis, second.yaxis, hits.yaxis) == ("y", "y2", "y2")
    assert list(hits.y) == [0, 1]
    (frame,) = figure.layout.shapes
    assert (frame.y0, frame.y1, frame.yref) == (0.5, 1.5, "y2")
    assert figure.layout.yaxis.domain[0] >= figure.layout.yaxis2.domain[1]
    assert [note.text for note in figure.layout.annotations] == ["入る", "出る"]


@pytest.mark.parametrize("count", [1, 6, 64])
def test_strips_have_room_for_their_rows(count: int) -> None:
    names = [str(row) for row in range(count)]
    figure = vectors.strips(
        [Strip("", names, np.ones((count, 192), dtype=np.float32))] * 3, chosen=99, clicked=[0, 1, 2]
    )

    assert figure.layout.height < 2000
    assert all(0 <= figure.layout[f"yaxis{one}"].domain[0] < 1 for one in ("", "2", "3"))
    assert not figure.layout.shapes  # there is no such row
    assert len(figure.to_json()) < 100_000


def test_vectors_of_nothing_are_no_error() -> None:
    assert vectors.reach(np.zeros((2, 3), dtype=np.float32)) == 1.0
    assert np.array(vectors.strips([Strip("", ["と"], np.zeros((1, 3), dtype=np.float32))]).data[0].z).max() == 0


# -- attention ---------------------------------------------------------------------------------------------------


def test_a_cross_map_has_other_rows_than_columns() -> None:
    weights = rows(2, 3)
    figure = figures.attention(
        weights, ["鳥", "が"], ["と", "り", "が"], axes=AXES, hover="{query}|{key}|{weight}", row=1
    )

    heatmap, marks = figure.data
    np.testing.assert_array_equal(np.array(heatmap.z).reshape(2, 3), weights)
    assert list(figure.layout.xaxis.ticktext) == ["と", "り", "が"]
    assert marks.hovertext[5] == f"が|が|{weights[1, 2]:.3f}"
    assert (figure.layout.shapes[0].y0, figure.layout.shapes[0].x1) == (0.5, 2.5)


def test_what_is_not_written_yet_is_blank() -> None:
    figure = figures.attention(rows(3, 2), ["鳥", "が", ""], ["と", "り"], axes=AXES, hover="", reading=1)

    shown = np.array(figure.data[0].z).reshape(3, 2)
    assert np.isfinite(shown[0]).all() and np.isnan(shown[1:]).all()
    assert list(figure.data[0].text[1]) == ["", ""]


@pytest.mark.parametrize("n", [1, 15, 64])
def test_a_map_has_room_for_its_tokens(n: int) -> None:
    figure = figures.attention(rows(n, n), ["鳥"] * n, ["と"] * n, axes=AXES, hover="")

    assert figure.layout.height < 2000
    assert (figure.data[0].texttemplate is None) == (n > figures.SHOW_VALUES_TO)


# -- cuts, places, beliefs ---------------------------------------------------------------------------------------


def test_shares_of_a_row_fill_it() -> None:
    figure = figures.shares(["なし", "✂ cross"], ["鳴", "泣"], [[0.9, 0.1], [0.2, 0.5]], other="ほか", chosen=1)

    *bars, hits = figure.data
    assert [bar.name for bar in bars] == ["鳴", "泣", "ほか"]
    assert [sum(bar.x[row] for bar in bars) for row in range(2)] == pytest.approx([100, 100])
    assert bars[2].x[0] == pytest.approx(0, abs=1e-6) and bars[0].text[1] == "鳴 20.0%"
    assert list(hits.y) == [0, 1] and set(hits.x) == {100}
    assert figure.layout.shapes[0].y0 == 0.5


def test_turns_are_columns_with_their_values() -> None:
    (bars,) = vectors.turns(["1", "2"], [0.1, 0.45], ["#fff", "#000"], axis="x").data

    assert list(bars.y) == [0.1, 0.45] and list(bars.text) == ["0.10", "0.45"]
    assert list(vectors.turns([], [], [], axis="x").data[0].y) == []


def test_waves_and_their_likeness() -> None:
    marks = np.sin(np.arange(12, dtype=np.float32)).reshape(4, 3)
    figure = vectors.waves(marks, axes=("位置", "数"), row=2)
    heatmap, hits = figure.data
    np.testing.assert_allclose(np.array(heatmap.z).reshape(4, 3) / 100, marks, atol=0.01)
    assert list(hits.y) == [0, 1, 2, 3] and figure.layout.shapes[0].y0 == 1.5

    (bars,) = vectors.likeness([0.5, 1.0, -0.2], axes=("位置", "似かた"), row=1).data
    assert list(bars.y) == [0.5, 1.0, -0.2]
    assert list(bars.marker.color) == [figures.BAR, figures.ACCENT, figures.BAR]


def test_beliefs_mark_the_final_answer_wherever_it_stands() -> None:
    layers = [[("の", 0.3), ("が", 0.1)], [("泣く", 0.4), ("鳴く", 0.3)], [("鳴く", 0.9), ("泣く", 0.1)]]
    figure = figures.lens(layers, ["埋めこみ", "1", "2"], axis="{rank} 位", answer="鳴く", columns=2)

    (heatmap,) = figure.data
    np.testing.assert_allclose(np.array(heatmap.z).reshape(3, 2)[:, 0], [0.3, 0.4, 0.9], rtol=1e-6)
    assert heatmap.text[2][0] == "<b>鳴く</b><br>90.0%" and heatmap.text[1][0] == "泣く<br>40.0%"
    assert [(frame.y0, frame.x0) for frame in figure.layout.shapes] == [(0.5, 0.5), (1.5, -0.5)]
    assert list(figure.layout.xaxis.ticktext) == ["1 位", "2 位"]


# -- all of them -------------------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_no_figure_reads_markup_in_a_token(tokens: list[str]) -> None:
    n = len(tokens)
    layers = [[(token, 0.1) for token in tokens]] * 2
    shown = (
        figures.attention(rows(n, n), tokens, tokens, axes=AXES, hover="{query}{key}"),
        figures.shares(["a"] * n, tokens[:2], [[0.1] * len(tokens[:2])] * n, other="x"),
        figures.lens(layers, ["a", "b"], axis="{rank}", answer=tokens[0], columns=n),
    )
    for figure in shown:
        for axis in (figure.layout.xaxis, figure.layout.yaxis):
            assert not any(set(name) & set("<>") for name in axis.ticktext or ())
        for trace in figure.data:
            said = [*(trace.hovertext or ()), trace.name or ""]
            assert not any(set(text) & set("<>") for text in said)
            if trace.type == "heatmap" and trace.text is not None:
                for text in np.ravel(np.array(trace.text, dtype=object)):
                    plain = text.replace("<b>", "").replace("</b>", "").replace("<br>", "")
                    assert not set(plain) & set("<>")


def test_a_figure_depends_only_on_what_is_given_and_asks_nothing_of_the_internet() -> None:
    first, second = (drawn(PAPER).to_json() for _ in range(2))
    assert first == second
    assert "http" not in first
