"""The lesson's figures: arrays and strings in, a plotly figure out. No model, no Streamlit, nothing random.

The figure of the paper is in lessons.transformer.architecture. Where a row can be clicked, an invisible bar as large as the
row takes the click. Each figure is made with one call of `go.Figure`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core.maps import Floats
from lessons.gpt.figures import GRID, percent
from lessons.self_attention.figures import ACCENT, BAR, BAR_BEFORE, DIVERGING, FONT, INK, SEQUENTIAL, label

OTHER = "#d5dadd"
COLOURED = 0.99  # of the numbers of a strip lie within its colours; the others have the last colour
STEPS = 100  # of colour on either side of nothing: what is sent is a byte a number
SHOW_VALUES_TO = 14  # columns of a map whose cells have their numbers
FLAT_LABELS_TO = 12
CELL = 46  # px of a row of a map at most


def _layout(height: float, margin: Mapping[str, int] | None = None, **more: object) -> dict[str, object]:
    """Return what every figure's layout has, and more."""
    return {
        "font": {"family": FONT, "color": INK, "size": 13},
        "height": round(height),
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10, **(margin or {})},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
        "clickmode": "event+select",
        **more,
    }


def share(prob: float) -> str:
    """Return a probability as plotly text: the sign of "<0.001%" is no markup."""
    return percent(prob).replace("<", "&lt;")


def _unchanged(opacity: float) -> dict[str, object]:
    """Return the settings that keep a trace as it is when one of its points is clicked."""
    return {"selected": {"marker": {"opacity": opacity}}, "unselected": {"marker": {"opacity": opacity}}}


def _hits(count: int, end: float, hover: Sequence[str], start: float = 0.0, **axes: str) -> dict[str, object]:
    """Return invisible bars that take the clicks of the rows."""
    return {
        "type": "bar",
        "orientation": "h",
        "y": list(range(count)),
        "x": [end - start] * count,
        "base": [start] * count,
        "width": 1.0,
        "offset": -0.5,
        "marker": {"color": INK, "opacity": 0},
        **_unchanged(0),
        "hovertext": list(hover),
        "hoverinfo": "text",
        **axes,
    }


def _row_frame(row: int, start: float, end: float, **more: object) -> dict[str, object]:
    box = {"x0": start, "x1": end, "y0": row - 0.5, "y1": row + 0.5}
    return {"type": "rect", **box, "line": {"color": ACCENT, "width": 2.5}, **more}


# -- vectors -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Strip:
    """Vectors as coloured strips: a title, the name of each row (both without markup), and the numbers (row, width)."""

    title: str
    rows: Sequence[str]
    values: Floats


def reach(values: Floats) -> float:
    """Return the number that has the last colour: nearly all numbers are no larger, without their sign."""
    return float(np.quantile(np.abs(values), COLOURED)) or 1.0 if values.size else 1.0


def strip_height(rows: int) -> int:
    """Return the height of a row of a strip in px."""
    return max(9, min(24, 420 // max(1, rows)))


def strips(panels: Sequence[Strip], *, chosen: int | None = None, clicked: Sequence[int] = ()) -> go.Figure:
    """Return strips one above the other, red negative, blue positive. `chosen`: the row in a frame in the panels that
    are `clicked`, whose rows bring back their number."""
    title, gap = 30, 14
    heights = [strip_height(len(panel.rows)) * len(panel.rows) for panel in panels]
    total = sum(heights) + (title + gap) * len(panels)
    traces: list[dict[str, object]] = []
    layout: dict[str, object] = {}
    shapes, annotations = [], []
    top = float(total)
    for index, (panel, height) in enumerate(zip(panels, heights, strict=True)):
        name = "" if index == 0 else str(index + 1)
        top -= title
        domain = [max(0.0, (top - height) / total), top / total]
        axes = {"xaxis": f"x{name}", "yaxis": f"y{name}"}
        width = panel.values.shape[1]
        traces.append(_strip(panel, axes))
        if index in clicked:
            traces.append(_hits(len(panel.rows), width - 0.5, list(panel.rows), -0.5, **axes))
            if chosen is not None and chosen < len(panel.rows):
                shapes.append(_row_frame(chosen, -0.5, width - 0.5, xref=f"x{name}", yref=f"y{name}"))
        layout |= _strip_axes(panel, name, domain)
        place = {"x": 0, "y": domain[1], "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
        annotations.append({"text": panel.title, "showarrow": False, **place, "font": {"size": 13}})
        top -= height + gap
    margin = {"l": 4, "r": 4, "t": 0, "b": 0}
    return go.Figure(
        traces, _layout(total, margin, shapes=shapes, annotations=annotations, barmode="overlay", **layout)
    )


def _strip(panel: Strip, axes: Mapping[str, str]) -> dict[str, object]:
    scaled = np.clip(panel.values / reach(panel.values), -1, 1) * STEPS
    return {
        "type": "heatmap",
        "z": np.round(scaled).astype(np.int8),
        "colorscale": DIVERGING,
        "zmin": -STEPS,
        "zmax": STEPS,
        "showscale": False,
        "hoverinfo": "skip",
        "ygap": 1,
        **axes,
    }


def _strip_axes(panel: Strip, name: str, domain: list[float]) -> dict[str, object]:
    count = len(panel.rows)
    every = 1 if strip_height(count) >= 12 else 2
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False, "ticks": ""}
    return {
        f"xaxis{name}": {
            **axis,
            "anchor": f"y{name}",
            "showticklabels": False,
            "range": [-0.5, panel.values.shape[1] - 0.5],
        },
        f"yaxis{name}": {
            **axis,
            "anchor": f"x{name}",
            "domain": domain,
            "range": [count - 0.5, -0.5],
            "tickvals": list(range(0, count, every)),
            "ticktext": list(panel.rows[::every]),
            "automargin": True,
        },
    }


def turns(names: Sequence[str], values: Sequence[float], colours: Sequence[str], *, axis: str) -> go.Figure:
    """Return how much each sublayer changed a vector, as columns."""
    places = list(range(len(names)))
    bars = {
        "type": "bar",
        "x": places,
        "y": list(values),
        "marker": {"color": list(colours), "line": {"color": INK, "width": 0.5}},
        "text": [f"{value:.2f}" for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    layout = _layout(
        270,
        {"t": 26, "b": 60},
        xaxis={"tickvals": places, "ticktext": list(names), "fixedrange": True, "showgrid": False, "tickangle": 0},
        yaxis={
            "title": {"text": axis},
            "range": [0, max(0.1, *values) * 1.15 if values else 1],
            "fixedrange": True,
            "gridcolor": GRID,
            "zeroline": False,
            "automargin": True,
        },
    )
    return go.Figure([bars], layout)


# -- attention ---------------------------------------------------------------------------------------------------


def attention(
    weights: Floats,
    queries: Sequence[str],
    keys: Sequence[str],
    *,
    axes: tuple[str, str],
    hover: str,
    row: int | None = None,
    reading: int | None = None,
) -> go.Figure:
    """Return a map of attention whose cells can be clicked. weights: (query, key); `hover` formats a cell's text.

    `row`: the query in a frame; `reading`: how many queries there are so far, the others are left blank.
    """
    rows, columns = len(queries), len(keys)
    shown = np.asarray(weights, dtype=np.float32).copy()
    if reading is not None:
        shown[reading:] = np.nan
    names = [label(key) for key in keys]
    heatmap = {
        "type": "heatmap",
        "z": shown,
        "text": [[f"{value:.2f}" if np.isfinite(value) else "" for value in line] for line in shown],
        "texttemplate": "%{text}" if columns <= SHOW_VALUES_TO else None,
        "textfont": {"size": 13 if columns <= 9 else 10},
        "colorscale": SEQUENTIAL,
        "zmin": 0.0,
        "zmax": 1.0,
        "showscale": False,
        "hoverinfo": "skip",
        "xgap": 1,
        "ygap": 1,
    }
    cells = [(query, key) for query in range(rows) for key in range(columns)]
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": [key for _, key in cells],
        "y": [query for query, _ in cells],
        "marker": {"symbol": "square", "size": 30 if columns <= 9 else 18, "opacity": 0, "color": INK},
        **_unchanged(0),
        "hovertext": [
            hover.format(query=label(queries[q]), key=names[k], weight=f"{weights[q, k]:.3f}") for q, k in cells
        ],
        "hoverinfo": "text",
    }
    ticks = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    layout = _layout(
        80 + rows * max(18, min(CELL, 460 // max(1, rows))),
        {"t": 66},
        shapes=[] if row is None or row >= rows else [_row_frame(row, -0.5, columns - 0.5)],
        xaxis={
            **ticks,
            "side": "top",
            "tickvals": list(range(columns)),
            "ticktext": names,
            "tickfont": {"size": 16 if columns <= 9 else 13},
            "tickangle": 0 if columns <= FLAT_LABELS_TO else -60,
            "range": [-0.5, columns - 0.5],
            "title": {"text": axes[1] + " →", "standoff": 6},
        },
        yaxis={
            **ticks,
            "tickvals": list(range(rows)),
            "ticktext": [label(query) for query in queries],
            "tickfont": {"size": 16 if rows <= 12 else 12},
            "range": [rows - 0.5, -0.5],
            "title": {"text": "← " + axes[0], "standoff": 4},
            "automargin": True,
        },
    )
    return go.Figure([heatmap, marks], layout)


# -- cuts --------------------------------------------------------------------------------------------------------


def shares(
    rows: Sequence[str],
    words: Sequence[str],
    probs: Sequence[Sequence[float]],
    *,
    other: str,
    chosen: int | None = None,
) -> go.Figure:
    """Return for each row how the probability is shared among the first words and all others, in rows that can be clicked.

    probs: (row, word).
    """
    count = len(rows)
    columns = [*zip(*probs, strict=True)] if rows else []
    parts = [*columns, tuple(max(0.0, 1 - sum(row)) for row in probs)]
    colours = [BAR, "#e0a878", BAR_BEFORE][: len(words)]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "y": list(range(count)),
            "x": [value * 100 for value in part],
            "name": label(word),
            "width": 0.72,
            "marker": {"color": colour, "line": {"color": "#ffffff", "width": 1}},
            **_unchanged(1),
            "text": [f"{label(word)} {share(value)}" if value >= 0.12 else "" for value in part],
            "textposition": "inside",
            "insidetextanchor": "middle",
            "textangle": 0,
            "textfont": {"size": 13, "color": "#ffffff" if colour == BAR else INK},
            "hoverinfo": "skip",
        }
        for word, part, colour in zip([*words, other], parts, [*colours, OTHER], strict=True)
    ]
    said = [
        f"{row}: " + ", ".join(f"{label(word)} {share(p)}" for word, p in zip(words, line, strict=True))
        for row, line in zip(rows, probs, strict=True)
    ]
    layout = _layout(
        60 + 36 * count,
        {"b": 30, "r": 14},
        barmode="stack",
        shapes=[] if chosen is None else [_row_frame(chosen, 0, 100)],
        xaxis={"range": [0, 100], "ticksuffix": "%", "fixedrange": True, "gridcolor": GRID, "zeroline": False},
        yaxis={
            "tickvals": list(range(count)),
            "ticktext": list(rows),
            "range": [count - 0.5, -0.5],
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
        },
    )
    hits = _hits(count, 100, said, 0.0, xaxis="x2")  # over the stack, not on top of it
    layout["xaxis2"] = {"overlaying": "x", "range": [0, 100], "visible": False, "fixedrange": True}
    return go.Figure([*bars, hits], layout)


# -- places ------------------------------------------------------------------------------------------------------


def waves(values: Floats, *, axes: tuple[str, str], row: int | None = None) -> go.Figure:
    """Return the marks of the places as strips. values: (place, number), each −1…1."""
    count, width = values.shape
    heatmap = {
        "type": "heatmap",
        "z": np.round(values * STEPS).astype(np.int8),
        "colorscale": DIVERGING,
        "zmin": -STEPS,
        "zmax": STEPS,
        "showscale": False,
        "hoverinfo": "skip",
    }
    hits = _hits(count, width - 0.5, [str(place) for place in range(count)], -0.5)
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False}
    layout = _layout(
        330,
        {"t": 6, "b": 44},
        barmode="overlay",
        shapes=[] if row is None or row >= count else [_row_frame(row, -0.5, width - 0.5)],
        xaxis={**axis, "title": {"text": axes[1], "standoff": 4}, "range": [-0.5, width - 0.5]},
        yaxis={**axis, "title": {"text": axes[0], "standoff": 4}, "range": [count - 0.5, -0.5], "automargin": True},
    )
    return go.Figure([heatmap, hits], layout)


def likeness(values: Sequence[float], *, axes: tuple[str, str], row: int) -> go.Figure:
    """Return how alike the mark of one place is to that of every place (−1…1), as columns."""
    places = list(range(len(values)))
    bars = {
        "type": "bar",
        "x": places,
        "y": list(values),
        "marker": {"color": [ACCENT if place == row else BAR for place in places]},
        "hovertext": [f"{place}: {value:.2f}" for place, value in enumerate(values)],
        "hoverinfo": "text",
    }
    axis = {"fixedrange": True, "zeroline": False}
    layout = _layout(
        210,
        {"b": 44},
        xaxis={**axis, "title": {"text": axes[0], "standoff": 4}, "showgrid": False},
        yaxis={
            **axis,
            "title": {"text": axes[1]},
            "gridcolor": GRID,
            "range": [min(0.0, *values), 1.05],
            "automargin": True,
        },
    )
    return go.Figure([bars], layout)


# -- beliefs -----------------------------------------------------------------------------------------------------


def lens(
    layers: Sequence[Sequence[tuple[str, float]]],
    names: Sequence[str],
    *,
    axis: str,
    answer: str,
    columns: int = 4,
) -> go.Figure:
    """Return the likeliest words after each layer as a table of coloured cells, the last layer on top; `answer` in bold."""
    shown = [list(row[:columns]) for row in layers]
    count = len(shown)
    cells = [(layer, rank) for layer in range(count) for rank in range(len(shown[layer]))]

    def text(layer: int, rank: int) -> str:
        word, prob = shown[layer][rank]
        named = f"<b>{label(word)}</b>" if word == answer else label(word)
        return f"{named}<br>{share(prob)}"

    grid = np.full((count, columns), np.nan, dtype=np.float32)
    for layer, rank in cells:
        grid[layer, rank] = shown[layer][rank][1]
    heatmap = {
        "type": "heatmap",
        "z": grid,
        "text": [
            [text(layer, rank) if rank < len(shown[layer]) else "" for rank in range(columns)] for layer in range(count)
        ],
        "texttemplate": "%{text}",
        "textfont": {"size": 14},
        "colorscale": SEQUENTIAL,
        "zmin": 0.0,
        "zmax": 1.0,
        "showscale": False,
        "hoverinfo": "skip",
        "xgap": 2,
        "ygap": 2,
    }
    frames = [
        {
            "type": "rect",
            "x0": rank - 0.5,
            "x1": rank + 0.5,
            "y0": layer - 0.5,
            "y1": layer + 0.5,
            "line": {"color": ACCENT, "width": 3},
        }
        for layer, rank in cells
        if shown[layer][rank][0] == answer
    ]
    ticks = {"fixedrange": True, "showgrid": False, "zeroline": False}
    layout = _layout(
        56 + 48 * count,
        {"t": 34},
        shapes=frames,
        xaxis={
            **ticks,
            "side": "top",
            "tickvals": list(range(columns)),
            "ticktext": [axis.format(rank=rank + 1) for rank in range(columns)],
            "range": [-0.5, columns - 0.5],
        },
        yaxis={
            **ticks,
            "tickvals": list(range(count)),
            "ticktext": list(names),
            "range": [-0.5, count - 0.5],
            "automargin": True,
        },
    )
    return go.Figure([heatmap], layout)
