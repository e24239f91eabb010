"""The lesson's figures: numbers and strings in, a plotly figure out. No model, no Streamlit, nothing random."""

from collections.abc import Sequence

import plotly.graph_objects as go

from lessons.gpt.figures import GRID
from lessons.self_attention.figures import ACCENT, BAR, FONT, INK

ROW, FRAME = 34, 80  # px of a bar, and of what is around them
HEIGHT = 320  # px
MOST_NAME = 18  # characters


def literal(text: str) -> str:
    """Return a text as plotly text: nothing of it is markup; shortened."""
    shown = text if len(text) <= MOST_NAME else text[: MOST_NAME - 1] + "…"
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return shown.replace("\n", "⏎") or "∅"


def shares(
    names: Sequence[str], values: Sequence[float], *, axis: str, ranges: Sequence[Sequence[float]] = ()
) -> go.Figure:
    """Return shares (0–1) as bars, the first on top. `ranges`: the 95 % interval of each."""
    rows = list(range(len(names)))
    bars: dict[str, object] = {
        "type": "bar",
        "orientation": "h",
        "x": list(values),
        "y": rows,
        "marker": {"color": BAR},
        "text": [f"{value:.0%}" for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{x:.1%}<extra></extra>",
    }
    if ranges:
        bars["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [high - value for value, (_, high) in zip(values, ranges, strict=True)],
            "arrayminus": [value - low for value, (low, _) in zip(values, ranges, strict=True)],
            "color": INK,
        }
        bars["textposition"] = "none"
    layout = _layout(FRAME + ROW * len(rows))
    layout["xaxis"] = {"title": {"text": axis}, "range": [0, 1.12], "tickformat": ".0%", "gridcolor": GRID}
    layout["yaxis"] = {
        "tickvals": rows,
        "ticktext": [literal(name) for name in names],
        "autorange": "reversed",
        "automargin": True,
        "fixedrange": True,
    }
    return go.Figure([bars], layout)


def sent(
    again: Sequence[int], new: Sequence[int], written: Sequence[int], *, names: Sequence[str], axes: Sequence[str]
) -> go.Figure:
    """Return the tokens of each turn's call as stacked columns: read again, read for the first time, written."""
    turns = [str(number + 1) for number in range(len(new))]
    looks = ((ACCENT, "/"), (BAR, ""), ("#a9bcc0", "."))
    columns = [
        {
            "type": "bar",
            "x": turns,
            "y": list(values),
            "name": name,
            "marker": {"color": colour, "pattern": {"shape": shape}},
            "hovertemplate": "%{y}<extra></extra>",
        }
        for values, name, (colour, shape) in zip((again, new, written), names, looks, strict=True)
    ]
    layout = _layout(HEIGHT)
    layout |= {
        "barmode": "stack",
        "showlegend": True,
        "legend": {"traceorder": "normal", "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "xaxis": {"title": {"text": axes[0]}, "type": "category", "fixedrange": True},
        "yaxis": {"title": {"text": axes[1]}, "gridcolor": GRID, "rangemode": "tozero", "automargin": True},
    }
    return go.Figure(columns, layout)


def arrivals(times: Sequence[float], texts: Sequence[str], *, axis: str) -> go.Figure:
    """Return when each part of a stream came (milliseconds), with the part beside its mark, the first on top."""
    points = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [1000 * one for one in times],
        "y": list(range(len(times))),
        "text": [literal(one) for one in texts],
        "textposition": "middle right",
        "cliponaxis": False,
        "marker": {"color": BAR, "size": 10},
        "hovertemplate": "%{x:.0f} ms<extra></extra>",
    }
    layout = _layout(FRAME + 24 * max(3, len(times)))
    last = 1000 * max(times, default=0.001)
    layout["xaxis"] = {"title": {"text": axis}, "range": [0, 1.25 * last], "gridcolor": GRID}
    layout["yaxis"] = {"autorange": "reversed", "visible": False, "fixedrange": True}
    return go.Figure([points], layout)


def _layout(height: int) -> dict[str, object]:
    return {
        "height": height,
        "font": {"family": FONT, "color": INK, "size": 14},
        "margin": {"l": 8, "r": 16, "t": 24, "b": 48},
        "plot_bgcolor": "white",
        "paper_bgcolor": "white",
        "showlegend": False,
        "dragmode": False,
        "bargap": 0.35,
    }
