"""The figures of the heads and of the larger models: maps of cells. Arrays and strings in, a plotly figure out."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.maps import Floats
from lessons.self_attention.figures import ACCENT, FONT, INK, SEQUENTIAL, label

Head = tuple[int, int]
ROW, LETTER = 52, 11  # px: of a head or a task, and at least of a letter of a text
READABLE = 30  # letters that have their name at the map
WHITE_FROM = 0.55  # share of the scale from which text is white


def heads(
    scores: Floats, *, axes: tuple[str, str], hover: str, chosen: Head, without: Sequence[Head] = ()
) -> go.Figure:
    """Return the scores (layer, head) as cells that can be clicked. `hover` formats a cell's text; `chosen` is framed,
    those in `without` have scissors."""
    layers, count = scores.shape
    names = [str(number + 1) for number in range(max(layers, count))]
    says = [
        hover.format(layer=names[layer], head=names[head], score=f"{scores[layer, head]:.2f}")
        for layer in range(layers)
        for head in range(count)
    ]
    return _cells(
        scores,
        [[f"{value:.2f}" for value in row] for row in scores],
        says,
        columns=names[:count],
        rows=names[:layers],
        axes=axes,
        top=max(0.01, float(scores.max())),
        framed=chosen,
        cut=without,
    )


def shares(
    values: Floats,
    *,
    columns: Sequence[str],
    rows: Sequence[str],
    axes: tuple[str, str],
    chosen: Head | None,
) -> go.Figure:
    """Return accuracies (row, column), 0–1, as cells that can be clicked; NaN is a cell that was not measured."""
    texts = [["–" if np.isnan(value) else f"{100 * value:.0f}" for value in row] for row in values]
    says = [f"{rows[row]} / {columns[column]}: {texts[row][column]}%" for row, column in np.ndindex(values.shape)]
    return _cells(values, texts, says, columns=columns, rows=rows, axes=axes, top=1.0, framed=chosen)


def _cells(
    values: Floats,
    texts: list[list[str]],
    says: Sequence[str],
    *,
    columns: Sequence[str],
    rows: Sequence[str],
    axes: tuple[str, str],
    top: float,
    framed: Head | None,
    cut: Sequence[Head] = (),
) -> go.Figure:
    height, width = values.shape
    grid = list(np.ndindex(values.shape))
    heatmap = {
        "type": "heatmap",
        "z": np.asarray(values, dtype=np.float32),
        "colorscale": SEQUENTIAL,
        "zmin": 0.0,
        "zmax": top,
        "showscale": False,
        "hoverinfo": "skip",
        "xgap": 2,
        "ygap": 2,
    }
    cells = {
        "type": "scatter",
        "x": [column for _, column in grid],
        "y": [row for row, _ in grid],
        "mode": "markers+text",
        "marker": {"symbol": "square", "size": 34, "opacity": 0, "color": INK},
        "text": [texts[row][column] for row, column in grid],
        "textfont": {
            "size": 14,
            "color": ["white" if values[place] > WHITE_FROM * top else INK for place in grid],
        },
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "hovertext": list(says),
        "hoverinfo": "text",
    }
    scissors = [
        {"x": head + 0.36, "y": layer - 0.3, "text": "✂", "showarrow": False, "font": {"size": 18, "color": ACCENT}}
        for layer, head in cut
    ]
    ticks = {"showgrid": False, "zeroline": False, "fixedrange": True, "automargin": True}
    across = {"tickvals": list(range(width)), "ticktext": list(columns), "range": [-0.5, width - 0.5], "side": "top"}
    down = {"tickvals": list(range(height)), "ticktext": list(rows), "range": [height - 0.5, -0.5]}
    layout = {
        **_layout(90 + (ROW if height <= 6 else 42) * height),
        "clickmode": "event+select",
        "annotations": scissors,
        "shapes": [_frame(framed)] if framed is not None else [],
        "xaxis": {**ticks, **across, "title": {"text": axes[0], "standoff": 6}},
        "yaxis": {**ticks, **down, "title": {"text": axes[1], "standoff": 6}},
    }
    return go.Figure([heatmap, cells], layout)


def attention(weights: Floats, tokens: Sequence[str], *, axes: tuple[str, str], hover: str) -> go.Figure:
    """Return what one head looks at in a text: (query, key). What a letter cannot see is empty."""
    n = len(tokens)
    names = [label(token) for token in tokens]
    seen = np.tril(np.ones((n, n), dtype=bool))
    heatmap = {
        "type": "heatmap",
        "z": np.where(seen, weights, np.nan).astype(np.float32),
        "colorscale": SEQUENTIAL,
        "zmin": 0.0,
        "zmax": 1.0,
        "showscale": False,
        "hoverongaps": False,
        "text": [
            [hover.format(query=names[q], key=names[k], weight=f"{weights[q, k]:.2f}") for k in range(n)]
            for q in range(n)
        ],
        "hovertemplate": "%{text}<extra></extra>",
    }
    ticks = {
        "tickvals": list(range(n)),
        "ticktext": names,
        "tickangle": 0,
        "tickfont": {"size": 13 if n <= READABLE else 10},
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }
    layout = {
        **_layout(110 + max(260, LETTER * n)),
        "xaxis": {**ticks, "side": "top", "range": [-0.5, n - 0.5], "title": {"text": axes[1], "standoff": 6}},
        "yaxis": {**ticks, "range": [n - 0.5, -0.5], "title": {"text": axes[0], "standoff": 6}},
        "shapes": [
            {"type": "rect", "x0": -0.5, "x1": n - 0.5, "y0": n - 1.5, "y1": n - 0.5}
            | {"line": {"color": ACCENT, "width": 2}}
        ],
    }
    return go.Figure([heatmap], layout)


def _frame(cell: Head) -> dict[str, object]:
    row, column = cell
    box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    return {"type": "rect", **box, "line": {"color": ACCENT, "width": 3}}


def _layout(height: int) -> dict[str, object]:
    return {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": height,
        "margin": {"l": 10, "r": 10, "t": 70, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
    }
