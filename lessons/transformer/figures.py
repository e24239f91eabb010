"""The lesson's figures of attention, cuts and beliefs: arrays and strings in, a plotly figure out. No model, no Streamlit,
nothing random; each is made with one call of `go.Figure`.

The figure of the paper is in lessons.transformer.architecture, those of vectors in lessons.transformer.vectors.
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.maps import Floats
from lessons.gpt.figures import GRID
from lessons.self_attention.figures import ACCENT, BAR, BAR_BEFORE, INK, SEQUENTIAL, label
from lessons.transformer import drawing
from lessons.transformer.drawing import share

OTHER, SECOND = "#d5dadd", "#e0a878"
SHOW_VALUES_TO = 14  # columns of a map whose cells have their numbers
CROWDED = 12  # columns of a map above which their names are shortened and small
LABELS = 380  # px that the names of the columns have together
CELL = 46  # px of a row of a map at most


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
        **drawing.unchanged(0),
        "hovertext": [
            hover.format(query=label(queries[q]), key=names[k], weight=f"{weights[q, k]:.3f}") for q, k in cells
        ],
        "hoverinfo": "text",
    }
    ticks = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    layout = drawing.layout(
        80 + rows * max(18, min(CELL, 460 // max(1, rows))),
        {"t": 66},
        shapes=[] if row is None or row >= rows else [drawing.row_frame(row, -0.5, columns - 0.5)],
        xaxis={
            **ticks,
            "side": "top",
            "tickvals": list(range(columns)),
            "ticktext": names if columns <= CROWDED else [_short(key) for key in keys],
            "tickfont": {"size": 16 if columns <= 9 else max(7, min(13, LABELS // columns))},
            "tickangle": 0,
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


def _short(name: str) -> str:
    """Return a name for a narrow column: letters as they are, of others the first letter."""
    return label(name if len(name) <= 2 else name[0] + "…")


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
    colours = [BAR, SECOND, BAR_BEFORE][: len(words)]
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "y": list(range(count)),
            "x": [value * 100 for value in part],
            "name": label(word),
            "width": 0.72,
            "marker": {"color": colour, "line": {"color": "#ffffff", "width": 1}},
            **drawing.unchanged(1),
            "text": [f"{label(word)} {share(value)}" if value >= 0.16 else "" for value in part],
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
    layout = drawing.layout(
        60 + 36 * count,
        {"b": 30, "r": 24},
        barmode="stack",
        shapes=[] if chosen is None else [drawing.row_frame(chosen, 0, 100)],
        xaxis={
            "range": [0, 100],
            "tickvals": [0, 50, 100],
            "ticksuffix": "%",
            "fixedrange": True,
            "gridcolor": GRID,
            "zeroline": False,
        },
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
    hits = drawing.hits(count, 100, said, 0.0, xaxis="x2")  # over the stack, not on top of it
    layout["xaxis2"] = {"overlaying": "x", "range": [0, 100], "visible": False, "fixedrange": True}
    return go.Figure([*bars, hits], layout)


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
    layout = drawing.layout(
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
