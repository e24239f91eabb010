"""The lesson's figures: numbers and strings in, a plotly figure out. No model, no Streamlit, nothing random.

Each is made with one call of `go.Figure`; later `update_…` calls take longer than making all of it. Colours are those of
Okabe and Ito, which colour-blind eyes tell apart, and groups differ in their marks as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from lessons.self_attention.figures import ACCENT, BAR, BAR_BEFORE, FONT, INK
from lessons.tokens.chips import visible

Floats = NDArray[np.float32]
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
COLOURED = len(PALETTE)  # groups that can be told apart at once
FAINT, GRID, OTHER = "#b9c4c9", "#e3e9eb", "#66747a"
NEAR = 0.1  # what is around a word on the map, to each side of it
PIECE, NAME = 12, 20  # characters of a piece and of a bar's name at most


def _layout(height: int, margin: Mapping[str, int] | None = None, **more: object) -> dict[str, object]:
    """Return what every figure's layout has, and more."""
    return {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": height,
        "margin": {"l": 10, "r": 16, "t": 10, "b": 44, **(margin or {})},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
        **more,
    }


def shown(text: str, longest: int = PIECE) -> str:
    """Return a piece as plotly text: shortened, nothing invisible, nothing of it read as markup."""
    text = visible(text)
    return escape(text if len(text) <= longest else f"{text[: longest - 1]}…", quote=False)


def ways(found: Sequence[Sequence[tuple[str, float]]], *, axis: str) -> go.Figure:
    """Return one bar for each way of cutting, best first: its (piece, log probability) laid end to end as −log P.

    The shortest bar is the likeliest way.
    """
    places = list(range(len(found)))
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "y": [row for row in places if len(found[row]) > place],
            "x": [-way[place][1] for way in found if len(way) > place],
            "text": [f"{shown(way[place][0])} {-way[place][1]:.1f}" for way in found if len(way) > place],
            "textposition": "inside",
            "insidetextanchor": "middle",
            "textangle": 0,
            "textfont": {"color": "#ffffff", "size": 14},
            "marker": {
                "color": [(BAR if row == 0 else OTHER) for row in places if len(found[row]) > place],
                "line": {"color": "#ffffff", "width": 2},
            },
            "hoverinfo": "text",
        }
        for place in range(max(map(len, found), default=0))
    ]
    totals = [-sum(score for _, score in way) for way in found]
    sums = {
        "type": "scatter",
        "mode": "text",
        "x": totals,
        "y": places,
        "text": [f" {total:.1f}" for total in totals],
        "textposition": "middle right",
        "hoverinfo": "skip",
    }
    layout = _layout(
        70 + 38 * max(1, len(found)),
        barmode="stack",
        bargap=0.25,
        xaxis={
            "title": {"text": axis, "standoff": 6},
            "range": [0, max(totals, default=1) * 1.15 or 1],
            "fixedrange": True,
            "gridcolor": GRID,
            "zeroline": False,
        },
        yaxis={
            "tickvals": places,
            "ticktext": [f"{place + 1}." for place in places],
            "range": [len(found) - 0.5, -0.5],
            "fixedrange": True,
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
        },
    )
    return go.Figure([*bars, sums], layout)


def bars(values: Sequence[tuple[str, float]], *, axis: str, decimals: int = 0, limit: float | None = None) -> go.Figure:
    """Return named values as horizontal bars, first on top; `limit` draws a dashed line."""
    places = list(range(len(values)))
    numbers = [value for _, value in values]
    low, high = min([0.0, *numbers]), max([1e-9, *numbers, *([limit] if limit is not None else [])])
    drawn = {
        "type": "bar",
        "orientation": "h",
        "x": numbers,
        "y": places,
        "text": [f"{value:,.{decimals}f}" for value in numbers],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": BAR},
        "hoverinfo": "skip",
    }
    edge = {"x0": limit, "x1": limit, "y0": -0.5, "y1": len(values) - 0.5}
    line = [{"type": "line", **edge, "line": {"color": ACCENT, "width": 2, "dash": "dash"}}]
    note = {"x": limit, "y": -0.5, "text": f"{limit:g}" if limit is not None else "", "showarrow": False}
    layout = _layout(
        80 + 32 * len(values),
        {"t": 26, "r": 60},
        shapes=line if limit is not None else [],
        annotations=[{**note, "yanchor": "bottom", "font": {"color": ACCENT}}] if limit is not None else [],
        bargap=0.25,
        xaxis={
            "title": {"text": axis, "standoff": 6},
            "range": [low, high * 1.05],
            "fixedrange": True,
            "gridcolor": GRID,
            "zeroline": False,
        },
        yaxis={
            "tickvals": places,
            "ticktext": [shown(name, NAME) for name, _ in values],
            "range": [len(values) - 0.5, -0.5],
            "fixedrange": True,
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "tickfont": {"size": 15},
        },
    )
    return go.Figure([drawn], layout)


@dataclass(frozen=True)
class Dot:
    """A word on the map. `group` "" for the reader's own."""

    text: str
    group: str
    x: float
    y: float


def word_map(
    dots: Sequence[Dot],
    groups: Mapping[str, str],
    axes: tuple[str, str],
    own: Dot | None = None,
    *,
    near: bool = False,
) -> go.Figure:
    """Return the words at their places. groups: id → title of those to be coloured and named, COLOURED at most.

    The others are faint dots that tell their word under the pointer; the reader's `own` is a star. `near`: only what lies
    around the star, all of it named.
    """
    near = near and own is not None
    if near and own is not None:
        dots = [dot for dot in dots if max(abs(dot.x - own.x), abs(dot.y - own.y)) < NEAR and dot.text != own.text]
    faint = [dot for dot in dots if dot.group not in groups]
    traces = [_dots(faint, "", FAINT, "circle", named=near)] if faint else []
    for (group, title), colour, mark in zip(groups.items(), PALETTE, MARKS, strict=False):
        traces.append(_dots([dot for dot in dots if dot.group == group], title, colour, mark, named=True))
    if own is not None:
        star = _dots([own], own.text, ACCENT, "star", named=True)
        look = {"marker": {"color": ACCENT, "symbol": "star", "size": 18}, "textfont": {"size": 18, "color": ACCENT}}
        traces.append({**star, **look, "showlegend": False})
    plane = {"fixedrange": True, "automargin": True, "gridcolor": GRID, "zeroline": True, "zerolinecolor": BAR_BEFORE}
    layout = _layout(
        560,
        {"t": 40},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={**plane, "title": {"text": axes[0]}, **(_around(own.x) if near and own is not None else {})},
        yaxis={**plane, "title": {"text": axes[1]}, **(_around(own.y) if near and own is not None else {})},
    )
    return go.Figure(traces, layout)


def _around(centre: float) -> dict[str, object]:
    return {"range": [centre - NEAR, centre + NEAR]}


def _dots(dots: Sequence[Dot], title: str, colour: str, mark: str, *, named: bool) -> dict[str, object]:
    names = [shown(dot.text) for dot in dots]
    return {
        "type": "scatter",
        "x": np.array([dot.x for dot in dots], dtype=np.float32),
        "y": np.array([dot.y for dot in dots], dtype=np.float32),
        "mode": "markers+text" if named else "markers",
        "text": names,
        "hovertext": names,
        "hoverinfo": "text",
        "textposition": "top center",
        "textfont": {"size": 12, "color": INK},
        "marker": {"color": colour, "symbol": mark, "size": 9 if named else 6},
        "name": title,
        "showlegend": bool(title),
    }
