"""The figures of the reward model: numbers and strings in, a plotly figure out. No model, no Streamlit, nothing random.

What is sure (its 95 % interval has no 0 in it) is filled; what is not is pale and hatched, so that it is seen without
colours, too.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from lessons.gpt.figures import GRID
from lessons.self_attention.figures import ACCENT, BAR, FONT, INK

ROW = 34  # px
MORE, LESS, PALE = BAR, ACCENT, 0.35
LEAST_REACH = 1.0  # points that an axis shows at least, so that small weights look small
WRAP = 17  # characters of a line of an answer beside a figure
LINES = 2
MOST_TITLE = 26  # characters of the title of a feature
NEVER_FIRST = "。、，．!?！？」』）)…ー"  # of a line
CHANCE = "#6b7780"

Interval = tuple[float, float]


@dataclass(frozen=True)
class Bar:
    """A named number with the half of its 95 % interval. `sure`: the interval has no 0 in it."""

    name: str
    value: float
    half: float
    sure: bool = True


def literal(text: str) -> str:
    """Return a text as plotly text: nothing of it is markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def wrapped(text: str, width: int = WRAP, lines: int = LINES) -> str:
    """Return a text in lines of `width` characters, broken between words where there are any, as plotly text. Of one that
    is too long for them the last ends with …"""
    found, rest = [], " ".join(text.split())
    while rest:
        line = textwrap.wrap(rest, width)[0]
        after = rest[len(line) :].lstrip(NEVER_FIRST)
        found.append(rest[: len(rest) - len(after)])  # closing marks hang
        rest = after.lstrip()
    if len(found) > lines:
        found = [*found[: lines - 1], found[lines - 1][: width - 1] + "…"]
    return "<br>".join(map(literal, found))


def weights(bars: Sequence[Bar], *, axis: str) -> go.Figure:
    """Return what each feature adds to the reward, as bars with their intervals, the first on top."""
    return go.Figure([_bars(bars)], _layout(bars, axis, [wrapped(bar.name, MOST_TITLE) for bar in bars]))


def reasons(bars: Sequence[Bar], *, axis: str) -> go.Figure:
    """Return the parts that make up the reward of one answer, without intervals, and their sum as the last."""
    drawn = _bars(bars)
    drawn.pop("error_x")
    return go.Figure([drawn], _layout(bars, axis, [wrapped(bar.name, MOST_TITLE) for bar in bars]))


def rewards(bars: Sequence[Bar], *, axis: str) -> go.Figure:
    """Return the reward of some answers as dots with their intervals, the first on top."""
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [bar.value for bar in bars],
        "y": list(range(len(bars))),
        "marker": {"size": 13, "color": BAR},
        "error_x": _error(bars),
        "hovertemplate": [f"{bar.value:+.2f} ± {bar.half:.2f}<extra></extra>" for bar in bars],
    }
    layout = _layout(bars, axis, [wrapped(bar.name) for bar in bars])
    return go.Figure([dots], {**layout, "height": 70 + 52 * len(bars)})


def growth(
    counts: Sequence[int], shares: Sequence[float], intervals: Sequence[Interval], *, axes: tuple[str, str], chance: str
) -> go.Figure:
    """Return the held-out accuracy (0–1) with its interval against the number of comparisons, and the line of chance."""
    band = {
        "type": "scatter",
        "x": [*counts, *reversed(counts)],
        "y": [100 * high for _, high in intervals] + [100 * low for low, _ in reversed(intervals)],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": "rgba(29,106,115,0.16)",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    line = {
        "type": "scatter",
        "x": list(counts),
        "y": [100 * share for share in shares],
        "mode": "lines+markers",
        "line": {"color": BAR, "width": 3},
        "marker": {"size": 9},
        "hovertemplate": "%{x}: %{y:.0f}%<extra></extra>",
    }
    end = max(counts, default=0) * 1.05 + 2
    level = {"type": "line", "x0": 0, "x1": end, "y0": 50, "y1": 50, "line": {"color": CHANCE, "dash": "dot"}}
    says = {"x": end, "y": 50, "text": chance, "showarrow": False, "xanchor": "right", "yanchor": "top"}
    layout = {
        **_frame(280),
        "shapes": [level],
        "annotations": [{**says, "font": {"color": CHANCE, "size": 12}}],
        "xaxis": {**_axis(axes[0]), "range": [0, end]},
        "yaxis": {**_axis(axes[1]), "range": [0, 104], "ticksuffix": "%"},
    }
    return go.Figure([band, line], layout)


def _bars(bars: Sequence[Bar]) -> dict[str, object]:
    return {
        "type": "bar",
        "orientation": "h",
        "x": [bar.value for bar in bars],
        "y": list(range(len(bars))),
        "marker": {
            "color": [MORE if bar.value >= 0 else LESS for bar in bars],
            "opacity": [1 if bar.sure else PALE for bar in bars],
            "pattern": {"shape": ["" if bar.sure else "/" for bar in bars], "fgcolor": "#ffffff", "size": 6},
        },
        "error_x": _error(bars),
        "hovertemplate": [f"{literal(bar.name)}: {bar.value:+.2f} ± {bar.half:.2f}<extra></extra>" for bar in bars],
    }


def _error(bars: Sequence[Bar]) -> dict[str, object]:
    return {"type": "data", "array": [bar.half for bar in bars], "color": INK, "thickness": 1.5, "width": 5}


def _layout(bars: Sequence[Bar], axis: str, names: Sequence[str]) -> dict[str, object]:
    reach = max([LEAST_REACH, *(abs(bar.value) + bar.half for bar in bars)]) * 1.05
    ticks = {"tickmode": "array", "tickvals": list(range(len(bars))), "ticktext": list(names), "showgrid": False}
    return {
        **_frame(70 + ROW * len(bars)),
        "xaxis": {
            **_axis(axis),
            "range": [-reach, reach],
            "zeroline": True,
            "zerolinecolor": INK,
            "zerolinewidth": 1.5,
        },
        "yaxis": {**_axis(), **ticks, "range": [len(bars) - 0.5, -0.5]},
    }


def _frame(height: int) -> dict[str, object]:
    return {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": height,
        "margin": {"l": 10, "r": 16, "t": 26, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
    }


def _axis(title: str = "") -> dict[str, object]:
    heading = {"title": {"text": title, "standoff": 6}} if title else {}
    return {"fixedrange": True, "gridcolor": GRID, "zeroline": False, "automargin": True, **heading}
