"""The lesson's figures: arrays and strings in, a plotly figure out. No model, no Streamlit, nothing random.

Where a row of a figure can be clicked, an invisible bar or square as large as the row takes the click: a word of 0.1% is
as easy to hit as one of 50%. Each figure is made with one call of `go.Figure`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.maps import Floats
from lessons.self_attention.figures import (
    ACCENT,
    BAR,
    BAR_BEFORE,
    FONT,
    INK,
    SEQUENTIAL,
    SHOW_VALUES_TO,
    label,
    map_height,
    signed,
)

GRID, MASKED = "#e3e9eb", "#8a959b"
ROW = 34  # px
FLAT_LABELS_TO = 12  # words of a row of bars whose names need not be turned


def percent(prob: float) -> str:
    """Return a probability for a reader: "53.3%", "0.012%", "<0.001%", "0%"."""
    if prob == 0:
        return "0%"
    if prob >= 0.001:
        return f"{prob:.1%}"
    return f"{prob:.3%}" if prob >= 0.00001 else "<0.001%"


def _layout(height: int, margin: Mapping[str, int] | None = None, **more: object) -> dict[str, object]:
    """Return what every figure's layout has, and more."""
    return {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": height,
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10, **(margin or {})},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
        "clickmode": "event+select",
        **more,
    }


def _unchanged(opacity: float) -> dict[str, object]:
    """Return the settings that keep a trace as it is when one of its points is clicked."""
    return {"selected": {"marker": {"opacity": opacity}}, "unselected": {"marker": {"opacity": opacity}}}


# -- the triangle ------------------------------------------------------------------------------------------------


def masked_map(
    weights: Floats,
    tokens: Sequence[str],
    *,
    axes: tuple[str, str],
    bar: str,
    hover: str,
    hidden: str,
    row: int | None = None,
) -> go.Figure:
    """Return the map of a causal model. weights: (query, key). What a query may not see is hatched, not coloured.

    `hover` and `hidden` format the text of a cell that is seen and of one that is not; `row`: the query in a frame.
    """
    n = len(tokens)
    labels = [label(token) for token in tokens]
    seen = np.tril(np.ones((n, n), dtype=bool))
    heatmap = {
        "type": "heatmap",
        "z": np.where(seen, weights, np.nan).astype(np.float32),
        "text": [[f"{weights[q, k]:.2f}" if seen[q, k] else "" for k in range(n)] for q in range(n)],
        "texttemplate": "%{text}" if n <= SHOW_VALUES_TO else None,
        "textfont": {"size": 14 if n <= 9 else 11},
        "colorscale": SEQUENTIAL,
        "zmin": 0.0,
        "zmax": 1.0,
        "colorbar": {"title": {"text": bar, "side": "right"}, "thickness": 10, "len": 0.9},
        "hoverinfo": "skip",
        "xgap": 1,
        "ygap": 1,
    }
    grid = [(query, key) for query in range(n) for key in range(n)]
    cells = {
        "type": "scatter",
        "x": [key for _, key in grid],
        "y": [query for query, _ in grid],
        "mode": "markers",
        "marker": {"symbol": "square", "size": 34 if n <= 9 else 20, "opacity": 0, "color": INK},
        **_unchanged(0),
        "hovertext": [
            hover.format(query=labels[q], key=labels[k], weight=f"{weights[q, k]:.3f}")
            if seen[q, k]
            else hidden.format(query=labels[q], key=labels[k])
            for q, k in grid
        ],
        "hoverinfo": "text",
    }
    ticks = {
        "tickvals": list(range(n)),
        "ticktext": labels,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    layout = _layout(
        map_height(n),
        {"t": 70},
        shapes=[] if row is None or row >= n else [_row_frame(row, n)],
        xaxis={
            **ticks,
            "side": "top",
            "title": {"text": axes[1] + " →", "standoff": 6},
            "range": [-0.5, n - 0.5],
            "tickangle": 0 if n <= 9 else -60,
        },
        yaxis={
            **ticks,
            "title": {"text": "← " + axes[0], "standoff": 4},
            "range": [n - 0.5, -0.5],
            "automargin": True,
        },
    )
    return go.Figure([*([_hatching(n)] if n > 1 else []), heatmap, cells], layout)


def _hatching(n: int) -> dict[str, object]:
    """Return the hatched staircase over the cells right of the diagonal."""
    corners = [(0.5, -0.5)]
    for step in range(n - 1):
        corners += [(step + 0.5, step + 0.5), (step + 1.5, step + 0.5)]
    corners += [(n - 0.5, -0.5), (0.5, -0.5)]
    return {
        "type": "scatter",
        "x": [x for x, _ in corners],
        "y": [y for _, y in corners],
        "mode": "lines",
        "line": {"color": MASKED, "width": 1},
        "fill": "toself",
        "fillcolor": "rgba(0,0,0,0)",
        "fillpattern": {"shape": "/", "fgcolor": MASKED, "bgcolor": "rgba(0,0,0,0)", "size": 8, "solidity": 0.25},
        "hoverinfo": "skip",
    }


def _row_frame(row: int, n: int) -> dict[str, object]:
    box = {"x0": -0.5, "x1": n - 0.5, "y0": row - 0.5, "y1": row + 0.5}
    return {"type": "rect", **box, "line": {"color": ACCENT, "width": 3}}


# -- words and their probabilities -------------------------------------------------------------------------------


def _words_axis(words: Sequence[str]) -> dict[str, object]:
    return {
        "tickvals": list(range(len(words))),  # not the words: two of them may look alike
        "ticktext": [label(word) for word in words],
        "range": [len(words) - 0.5, -0.5],
        "fixedrange": True,
        "tickfont": {"size": 17},
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
    }


def _percent_axis(reach: float) -> dict[str, object]:
    return {
        "range": [0, reach],
        "ticksuffix": "%",
        "fixedrange": True,
        "showgrid": True,
        "gridcolor": GRID,
        "zeroline": False,
    }


def _hits(count: int, start: float, end: float, hover: Sequence[str], axis: str = "x") -> dict[str, object]:
    """Return invisible bars from `start` to `end` that take the clicks of the rows."""
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
        "xaxis": axis,
    }


def word_bars(words: Sequence[str], probs: Sequence[float], *, marked: int | None = None) -> go.Figure:
    """Return the probabilities of words as horizontal bars that can be clicked; `marked` has another colour."""
    reach = min(100.0, max(5.0, max(probs, default=0.0) * 125))
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": list(range(len(words))),
        "x": [prob * 100 for prob in probs],
        "width": 0.7,
        "marker": {"color": [ACCENT if index == marked else BAR for index in range(len(words))]},
        **_unchanged(1),
        "text": [percent(prob) for prob in probs],
        "textposition": "auto",
        "insidetextanchor": "start",
        "textfont": {"size": 14},
        "hoverinfo": "skip",
    }
    said = [f"{label(word)} {percent(prob)}" for word, prob in zip(words, probs, strict=True)]
    layout = _layout(
        50 + ROW * len(words),
        {"b": 34, "r": 24},
        barmode="overlay",
        xaxis=_percent_axis(reach),
        yaxis=_words_axis(words),
    )
    return go.Figure([bars, _hits(len(words), 0, reach, said)], layout)


def before_after(
    words: Sequence[str], before: Sequence[float], after: Sequence[float], *, names: tuple[str, str]
) -> go.Figure:
    """Return two states of the probabilities of words as pairs of bars."""
    reach = min(100.0, max(5.0, max([*before, *after], default=0.0) * 125))
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "y": list(range(len(words))),
            "x": [prob * 100 for prob in probs],
            "name": name,
            "marker": {"color": colour},
            "text": [f"{name} {percent(prob)}" for prob in probs],
            "textposition": "auto",
            "insidetextanchor": "start",
            "textfont": {"size": 13},
            "hoverinfo": "skip",
        }
        for name, probs, colour in zip(names, (before, after), (BAR_BEFORE, BAR), strict=True)
    ]
    layout = _layout(
        50 + 50 * len(words),
        {"b": 34, "r": 24},
        bargap=0.22,
        bargroupgap=0.04,
        xaxis=_percent_axis(reach),
        yaxis=_words_axis(words),
    )
    return go.Figure(bars, layout)


# -- why this word -----------------------------------------------------------------------------------------------


def why(
    tokens: Sequence[str],
    attention: Sequence[float],
    change: Floats,
    *,
    titles: tuple[str, str],
    chosen: int | None = None,
) -> go.Figure:
    """Return, for each earlier token, the attention to it beside what its cut did, in rows that can be clicked.

    attention: 0–1; change: of a probability (−1…1), shown in points.
    """
    n = len(tokens)
    points = np.asarray(change, dtype=np.float64) * 100
    reach = max(1.0, float(np.abs(points).max(initial=0.0))) * 1.35
    looks = {
        "type": "bar",
        "orientation": "h",
        "y": list(range(n)),
        "x": list(attention),
        "width": 0.7,
        "marker": {"color": BAR},
        **_unchanged(1),
        "text": [f"{weight:.2f}" for weight in attention],
        "textposition": "auto",
        "hoverinfo": "skip",
    }
    does = {
        **looks,
        "x": points.tolist(),
        "marker": {"color": [ACCENT if value < 0 else BAR_BEFORE for value in points]},
        "text": [signed(float(value)) for value in points],
        "textposition": "outside",
        "cliponaxis": False,
        "xaxis": "x2",
    }
    rows = [
        f"{label(token)}: {weight:.2f}, {signed(float(value))}"
        for token, weight, value in zip(tokens, attention, points, strict=True)
    ]
    axis = {"fixedrange": True, "showgrid": True, "gridcolor": GRID, "side": "top"}
    frame = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "line": {"color": ACCENT, "width": 2}}
    layout = _layout(
        84 + ROW * n,
        {"t": 66},
        barmode="overlay",
        shapes=[] if chosen is None else [{**frame, "y0": chosen - 0.5, "y1": chosen + 0.5}],
        xaxis={**axis, "range": [0, 1], "domain": [0, 0.44], "title": {"text": titles[0], "standoff": 6}},
        xaxis2={
            **axis,
            "anchor": "y",
            "range": [-reach, reach],
            "domain": [0.5, 1],
            "title": {"text": titles[1], "standoff": 6},
            "zeroline": True,
            "zerolinecolor": MASKED,
        },
        yaxis=_words_axis(tokens),
    )
    hits = [_hits(n, 0, 1, rows), _hits(n, -reach, reach, rows, "x2")]
    return go.Figure([looks, does, *hits], layout)


# -- surprise ----------------------------------------------------------------------------------------------------


def surprise(words: Sequence[str], bits: Sequence[float], *, axis: str, marked: int | None = None) -> go.Figure:
    """Return the surprise of each word of a text, in bits, as a row of bars; `marked` has another colour."""
    places = list(range(len(words)))
    bars = {
        "type": "bar",
        "x": places,
        "y": list(bits),
        "marker": {"color": [ACCENT if place == marked else BAR for place in places]},
        "text": [f"{value:.1f}" for value in bits],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"{label(word)}: {value:.2f}" for word, value in zip(words, bits, strict=True)],
        "hoverinfo": "text",
    }
    layout = _layout(
        340,
        {"t": 24, "b": 40},
        xaxis={
            "tickvals": places,
            "ticktext": [label(word) for word in words],
            "tickangle": 0 if len(words) <= FLAT_LABELS_TO else -60,
            "tickfont": {"size": 15},
            "fixedrange": True,
            "showgrid": False,
            "automargin": True,
        },
        yaxis={
            "title": {"text": axis},
            "range": [0, max(1.0, max(bits, default=0.0)) * 1.15],
            "fixedrange": True,
            "gridcolor": GRID,
            "zeroline": False,
            "automargin": True,
        },
    )
    return go.Figure([bars], layout)
