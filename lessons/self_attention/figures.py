"""The lesson's figures: arrays and strings in, a plotly figure out. No model, no Streamlit, nothing random.

A heatmap has an invisible square marker on each cell: plotly lets markers, not heatmap cells, be clicked.
Queries run from top to bottom, keys from left to right; darker is more. The scales are safe for colour-blind eyes.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

Floats = NDArray[np.float32]
Cell = tuple[int, int]

FONT = "Noto Sans JP, Noto Sans JP More, sans-serif"
INK, ACCENT, BAR, BAR_BEFORE = "#1f2933", "#b4501e", "#1d6a73", "#a9bcc0"
SEQUENTIAL = "Blues"
DIVERGING = "RdBu"  # red: the share fell when the edge was cut
SHOW_VALUES_TO = 14  # tokens; above it the numbers no longer fit into the cells
OVERVIEW_LABELS_TO = 12
LONGEST_LABEL = 6
CELL = 52  # px at most
UPRIGHT_TO, LABELS_TO = 20, 40  # tokens; above them key labels stand on end, and only every other one is written


def label(token: str) -> str:
    """Return a token as plotly text: shortened, nothing of it read as markup."""
    shown = token if len(token) <= LONGEST_LABEL else token[: LONGEST_LABEL - 1] + "…"
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(" ", "␣")


def _layout(height: int, title: str = "", margin: Mapping[str, int] | None = None, **more: object) -> dict[str, object]:
    """Return what every figure's layout has, and more. A figure is made with one call of `go.Figure`: each later
    `update_…` or `add_…` takes longer than making all of it."""
    heading = {"text": title, "font": {"size": 16}, "x": 0, "xanchor": "left", "y": 0.99, "yanchor": "top"}
    return {
        "title": heading if title else None,
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": height,
        "margin": {"l": 10, "r": 10, "t": 40 if title else 10, "b": 10, **(margin or {})},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
        **more,
    }


def map_height(n: int) -> int:
    """Return the height in px of a heatmap of n tokens."""
    return 150 + n * (CELL if n <= 8 else max(24, 420 // n))


def _heatmap(
    values: Floats,
    tokens: Sequence[str],
    *,
    text: list[list[str]],
    hover: list[list[str]],
    axes: tuple[str, str],
    title: str,
    bar: str,
    colours: dict[str, object],
    selected: Cell | None,
    struck: Sequence[Cell],
) -> go.Figure:
    n = len(tokens)
    positions = list(range(n))
    grid = [(query, key) for query in positions for key in positions]
    heatmap = {
        "type": "heatmap",
        "z": np.asarray(values, dtype=np.float32),
        "text": text if n <= SHOW_VALUES_TO else None,
        "texttemplate": "%{text}" if n <= SHOW_VALUES_TO else None,
        "textfont": {"size": 14 if n <= 9 else 11},
        "colorbar": {"title": {"text": bar, "side": "right"}, "thickness": 10, "len": 0.9},
        "hoverinfo": "skip",
        "xgap": 1,
        "ygap": 1,
        **colours,
    }
    cells = {
        "type": "scatter",
        "x": [key for _, key in grid],
        "y": [query for query, _ in grid],
        "mode": "markers",
        "marker": {"symbol": "square", "size": 34 if n <= 9 else 20, "opacity": 0, "color": INK},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "hovertext": [hover[query][key] for query, key in grid],
        "hoverinfo": "text",
    }
    scissors = [
        {
            "x": key + 0.34,
            "y": query - 0.32,
            "text": "✂",
            "showarrow": False,
            "font": {"size": 18, "color": ACCENT},
            "bgcolor": "rgba(255,255,255,0.85)",
            "borderpad": 0,
        }
        for query, key in struck
    ]
    ticks = {
        "tickvals": positions,
        "ticktext": [label(token) for token in tokens],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    layout = _layout(
        map_height(n),
        title,
        {"t": 96 if title else 70},
        clickmode="event+select",
        annotations=scissors,
        shapes=[_frame(*selected)] if selected is not None and max(selected) < n else [],
        xaxis={
            **ticks,
            "side": "top",
            "title": {"text": axes[1] + " →", "standoff": 6},
            "range": [-0.5, n - 0.5],
            "automargin": True,  # the title stands above labels that are turned
            **_key_labels(ticks),
        },
        yaxis={
            **ticks,
            "title": {"text": "← " + axes[0], "standoff": 4},
            "range": [n - 0.5, -0.5],
            "automargin": True,
        },
    )
    return go.Figure([heatmap, cells], layout)


def _key_labels(ticks: Mapping[str, Any]) -> dict[str, object]:
    """Return how the labels above the columns stand, so that they do not cover each other."""
    n = len(ticks["tickvals"])
    if n <= UPRIGHT_TO:
        return {"autotickangles": [0, -60]} if n <= 9 else {"tickangle": -60}
    every = 1 if n <= LABELS_TO else 2
    labels = {name: ticks[name][::every] for name in ("tickvals", "ticktext")}
    return {"tickangle": -90, "tickfont": {"size": 11}, **labels}


def _frame(query: int, key: int) -> dict[str, object]:
    """Return the frame around one cell."""
    box = {"x0": key - 0.5, "x1": key + 0.5, "y0": query - 0.5, "y1": query + 0.5}
    return {"type": "rect", **box, "line": {"color": ACCENT, "width": 3}}


def attention_map(
    weights: Floats,
    tokens: Sequence[str],
    *,
    axes: tuple[str, str],
    title: str = "",
    bar: str = "",
    hover: str = "{query} → {key}: {weight}",
    selected: Cell | None = None,
    struck: Sequence[Cell] = (),
) -> go.Figure:
    """Return the heatmap of one attention map. weights: (query, key), each 0–1; `hover` formats a cell's text.

    The darkest colour is 1 where the numbers stand in the cells, else the largest weight, rounded up to a tenth: among
    many tokens each weight is small.
    """
    labels = [label(token) for token in tokens]
    most = 1.0 if len(tokens) <= SHOW_VALUES_TO else max(1, math.ceil(round(float(weights.max()) * 10, 3))) / 10
    return _heatmap(
        weights,
        tokens,
        text=[[f"{value:.2f}" for value in row] for row in weights],
        hover=[
            [hover.format(query=query, key=key, weight=f"{value:.3f}") for key, value in zip(labels, row, strict=True)]
            for query, row in zip(labels, weights, strict=True)
        ],
        axes=axes,
        title=title,
        bar=bar,
        colours={"colorscale": SEQUENTIAL, "zmin": 0.0, "zmax": most},
        selected=selected,
        struck=struck,
    )


def effect_map(
    change: Floats,
    tokens: Sequence[str],
    *,
    axes: tuple[str, str],
    title: str = "",
    bar: str = "",
    hover: str = "{query} → {key}: {points}",
    selected: Cell | None = None,
    struck: Sequence[Cell] = (),
) -> go.Figure:
    """Return the heatmap of what cutting each edge does. change: (query, key) in shares (−1…1); shown in points."""
    points = np.asarray(change, dtype=np.float32) * 100
    labels = [label(token) for token in tokens]
    reach = max(1.0, float(np.nanmax(np.abs(points))) if np.isfinite(points).any() else 1.0)
    return _heatmap(
        points,
        tokens,
        text=[[signed(value) if np.isfinite(value) else "" for value in row] for row in points],
        hover=[
            [hover.format(query=query, key=key, points=signed(value)) for key, value in zip(labels, row, strict=True)]
            for query, row in zip(labels, points, strict=True)
        ],
        axes=axes,
        title=title,
        bar=bar,
        colours={"colorscale": DIVERGING, "zmin": -reach, "zmax": reach},
        selected=selected,
        struck=struck,
    )


def signed(points: float) -> str:
    """Return points with one decimal and a sign; what rounds to nothing is 0."""
    return "0" if abs(points) < 0.05 else f"{points:+.1f}".replace("-", "−")


def overview(
    weights: Floats, tokens: Sequence[str], *, panel: str, hover: str, chosen: Cell | None = None
) -> go.Figure:
    """Return all heads in one figure: a row a layer, a column a head. weights: (layer, head, query, key)."""
    layers, heads, n, _ = weights.shape
    titles = [panel.format(layer=layer + 1, head=head + 1) for layer in range(layers) for head in range(heads)]
    figure = make_subplots(
        layers, heads, subplot_titles=titles, horizontal_spacing=0.02, vertical_spacing=0.25 / (layers + 1)
    )
    layout = figure.layout.to_plotly_json()
    labels = [label(token) for token in tokens]
    ticks = {"tickvals": list(range(n)), "ticktext": labels, "fixedrange": True}
    readable = n <= OVERVIEW_LABELS_TO
    maps: list[dict[str, object]] = []
    for number, (layer, head) in enumerate(product(range(layers), range(heads)), 1):
        name = "" if number == 1 else str(number)
        texts = [
            [
                hover.format(layer=layer + 1, head=head + 1, query=query, key=key, weight=f"{value:.2f}")
                for key, value in zip(labels, row, strict=True)
            ]
            for query, row in zip(labels, weights[layer, head], strict=True)
        ]
        maps.append(
            {
                "type": "heatmap",
                "z": weights[layer, head],
                "colorscale": SEQUENTIAL,
                "zmin": 0,
                "zmax": 1,
                "showscale": False,
                "hovertext": texts,
                "hoverinfo": "text",
                "xaxis": f"x{name}",
                "yaxis": f"y{name}",
            }
        )
        layout[f"yaxis{name}"] |= {**ticks, "autorange": "reversed", "showticklabels": head == 0 and readable}
        layout[f"xaxis{name}"] |= {**ticks, "showticklabels": layer == layers - 1 and readable, "tickangle": -60}
        if chosen == (layer, head):
            box = {"x0": -0.5, "x1": n - 0.5, "y0": -0.5, "y1": n - 0.5, "xref": f"x{name}", "yref": f"y{name}"}
            layout["shapes"] = [{"type": "rect", **box, "line": {"color": ACCENT, "width": 4}}]
    room = 64 if readable else 10
    headings = [{**heading, "font": {"size": 12, "family": FONT}} for heading in layout.pop("annotations")]
    layout |= _layout(60 + layers * 175, "", {"t": 34, "l": room, "b": room}, annotations=headings)
    return go.Figure(maps, {**layout, "font": {"family": FONT, "color": INK, "size": 12}})


def share_bars(
    before: dict[str, float],
    after: dict[str, float] | None = None,
    *,
    names: tuple[str, str] = ("", ""),
    title: str = "",
) -> go.Figure:
    """Return the shares of the candidates as horizontal bars; with `after`, both states one above the other."""
    words = list(before)
    places = list(range(len(words)))  # not the words themselves: two may be shortened alike, one may be a number
    states = [(names[0], before, BAR if after is None else BAR_BEFORE)]
    if after is not None:
        states.append((names[1], after, BAR))
    bars = [
        {
            "type": "bar",
            "y": places,
            "x": [shares[word] * 100 for word in words],
            "orientation": "h",
            "name": name,
            "marker": {"color": colour},
            "text": [f"{name} {shares[word]:.1%}".strip() for word in words],
            "textposition": "auto",
            "insidetextanchor": "start",
            "textfont": {"size": 15},
            "hoverinfo": "skip",
        }
        for name, shares, colour in states
    ]
    layout = _layout(
        (100 if title else 70) + len(words) * len(states) * 34,
        title,
        {"b": 34, "r": 24},
        bargap=0.25,
        bargroupgap=0.05,
        xaxis={"range": [0, 100], "ticksuffix": "%", "fixedrange": True, "showgrid": True, "gridcolor": "#e3e9eb"},
        yaxis={
            "tickvals": places,
            "ticktext": [label(word) for word in words],
            "autorange": "reversed",
            "fixedrange": True,
            "tickfont": {"size": 18},
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
        },
    )
    return go.Figure(bars, layout)


def vectors(rows: Sequence[tuple[str, Floats]], *, title: str = "", one_scale: bool = False) -> go.Figure:
    """Return vectors of the same length d as coloured strips, one above the other; red negative, blue positive.

    The strongest colour is the largest component of its own strip or, with `one_scale`, of all of them.
    """
    values = np.stack([vector for _, vector in rows]).astype(np.float32)
    reach = np.abs(values).max(axis=None if one_scale else 1, keepdims=True)
    strips = {
        "type": "heatmap",
        "z": values / np.where(reach == 0, 1, reach),
        "customdata": values,
        "colorscale": DIVERGING,
        "zmin": -1,
        "zmax": 1,
        "showscale": False,
        "hovertemplate": "%{x}: %{customdata:.3f}<extra></extra>",
        "xgap": 1,
        "ygap": 6,
    }
    axis = {"fixedrange": True, "showgrid": False, "zeroline": False}
    names = {"tickvals": list(range(len(rows))), "ticktext": [name for name, _ in rows]}
    layout = _layout(
        30 + 44 * len(rows),
        title,
        xaxis={**axis, "showticklabels": False, "ticks": ""},
        yaxis={**axis, **names, "autorange": "reversed", "automargin": True},
    )
    return go.Figure([strips], layout)
