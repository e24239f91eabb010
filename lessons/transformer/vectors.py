"""Vectors as pictures: coloured strips, the waves of the places, how far a vector was turned. Pure: arrays and strings in, a
plotly figure out, each made with one call of `go.Figure`.

Where a row can be clicked, an invisible bar as large as the row takes the click.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core.maps import Floats
from lessons.gpt.figures import GRID
from lessons.self_attention.figures import ACCENT, BAR, DIVERGING, INK
from lessons.transformer import drawing

COLOURED = 0.99  # of the numbers of a strip lie within its colours; the others have the last colour
STEPS = 100  # of colour on either side of nothing: what is sent is a byte a number


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
            traces.append(drawing.hits(len(panel.rows), width - 0.5, list(panel.rows), -0.5, **axes))
            if chosen is not None and chosen < len(panel.rows):
                shapes.append(drawing.row_frame(chosen, -0.5, width - 0.5, xref=f"x{name}", yref=f"y{name}"))
        layout |= _strip_axes(panel, name, domain)
        place = {"x": 0, "y": domain[1], "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
        annotations.append({"text": panel.title, "showarrow": False, **place, "font": {"size": 13}})
        top -= height + gap
    margin = {"l": 4, "r": 4, "t": 0, "b": 0}
    return go.Figure(
        traces, drawing.layout(total, margin, shapes=shapes, annotations=annotations, barmode="overlay", **layout)
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
    layout = drawing.layout(
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
    hits = drawing.hits(count, width - 0.5, [str(place) for place in range(count)], -0.5)
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False}
    layout = drawing.layout(
        330,
        {"t": 6, "b": 44},
        barmode="overlay",
        shapes=[] if row is None or row >= count else [drawing.row_frame(row, -0.5, width - 0.5)],
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
    layout = drawing.layout(
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
