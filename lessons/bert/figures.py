"""The lesson's figures: arrays and strings in, a plotly figure out. No model, no Streamlit, nothing random.

Each figure is made with one call of `go.Figure`. Lines differ in dash and marker as well as in colour.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from lessons.gpt.figures import GRID, ROW, percent
from lessons.self_attention.figures import ACCENT, BAR, BAR_BEFORE, FONT, INK, label

SIDE_COLOURS = (BAR, "#c8811a", "#7a5195")  # both sides, the left alone, the right alone
LINES = (  # colour, dash and marker of each word
    (BAR, "solid", "circle"),
    (ACCENT, "dash", "square"),
    ("#7a5195", "dot", "diamond"),
    ("#4f6f1f", "dashdot", "triangle-up"),
    ("#8a959b", "longdash", "x"),
)
TICKS, ROOM = (0, 25, 50, 75, 100), 135  # percent; what is written behind the longest bar needs room
NARROW = 12  # percent of a divided bar that are too narrow for a text
SMOOTHED = 10  # steps of the live training that are averaged for one point of its line


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
        **more,
    }


def _axis(title: str = "", /, **more: object) -> dict[str, object]:
    heading = {"title": {"text": title, "standoff": 6}} if title else {}
    return {"fixedrange": True, "gridcolor": GRID, "zeroline": False, "automargin": True, **heading, **more}


def _legend(top: bool = True) -> dict[str, object]:
    return {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02 if top else -0.2, "yanchor": "bottom"}


def sides(
    words: Sequence[str], states: Sequence[tuple[str, Sequence[float]]], says: Sequence[Sequence[str]]
) -> go.Figure:
    """Return the probabilities of words in several named states as groups of bars; `says` (state, word): beside them."""
    places = list(range(len(words)))
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "y": places,
            "x": [prob * 100 for prob in probs],
            "name": name,
            "marker": {"color": colour},
            "text": [f"{name} {text}" for text in said],
            "textposition": "outside",
            "cliponaxis": False,
            "textfont": {"size": 13},
            "hoverinfo": "skip",
        }
        for (name, probs), said, colour in zip(states, says, SIDE_COLOURS, strict=False)
    ]
    names = {
        "tickvals": places,
        "ticktext": [label(word) for word in words],
        "range": [len(words) - 0.5, -0.5],
        "tickfont": {"size": 17},
        "showgrid": False,
    }
    layout = _layout(
        50 + (ROW - 8) * len(words) * len(states),
        {"b": 34, "r": 24},
        bargap=0.22,
        bargroupgap=0.04,
        xaxis=_axis(range=[0, ROOM], tickvals=TICKS, ticktext=[f"{tick}%" for tick in TICKS]),
        yaxis=_axis(**names),
    )
    return go.Figure(bars, layout)


def losses(nats: Sequence[float], words: Sequence[str], *, axis: str) -> go.Figure:
    """Return the loss of each hidden word as a row of bars, in nats."""
    places = list(range(len(words)))
    bars = {
        "type": "bar",
        "x": places,
        "y": list(nats),
        "marker": {"color": BAR},
        "width": 0.6,
        "text": [f"{value:.2f}" for value in nats],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    names = {"tickvals": places, "ticktext": [label(word) for word in words], "tickfont": {"size": 16}}
    layout = _layout(
        280,
        {"t": 26, "b": 36},
        xaxis=_axis(**names, showgrid=False, range=[-0.6, max(3, len(words)) - 0.4]),
        yaxis=_axis(axis, range=[0, max(1.0, max(nats, default=0.0)) * 1.15]),
    )
    return go.Figure([bars], layout)


def recorded_curve(
    steps: Sequence[int], loss: Sequence[float], *, axes: tuple[str, str], at: tuple[int, float] | None, says: str
) -> go.Figure:
    """Return the loss of a whole training against its steps, on a logarithmic scale; `at`: a point that is marked.

    `says` is written beside the mark.
    """
    line = {
        "type": "scatter",
        "x": list(steps),
        "y": list(loss),
        "mode": "lines",
        "line": {"color": BAR, "width": 3},
        "hovertemplate": "%{x}: %{y:.2f}<extra></extra>",
    }
    mark = {
        "type": "scatter",
        "x": [at[0]] if at else [],
        "y": [at[1]] if at else [],
        "mode": "markers+text",
        "marker": {"color": ACCENT, "size": 15, "symbol": "diamond", "line": {"color": "white", "width": 2}},
        "text": [says],
        "textposition": "top right",
        "textfont": {"color": ACCENT, "size": 15},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    first, last = (np.log10(max(1, value)) for value in (min(steps, default=1), max(steps, default=10)))
    room = 0.04 * (last - first) + 0.02
    layout = _layout(
        320,
        {"t": 30, "b": 44, "r": 60},
        xaxis=_axis(axes[0], type="log", range=[first - room, last + room], dtick=1, minor={"ticks": "outside"}),
        yaxis=_axis(axes[1], range=[0, max(loss, default=1.0) * 1.08]),
    )
    return go.Figure([line, mark], layout)


def course(
    steps: Sequence[int],
    lines: Sequence[tuple[str, Sequence[float]]],
    *,
    axes: tuple[str, str],
    at: int | None = None,
) -> go.Figure:
    """Return the probabilities of words (each a named line) at the looks of a training; the looks stand side by side.

    `at`: the look (its number, from 0) that is marked.
    """
    places = list(range(len(steps)))
    drawn = [
        {
            "type": "scatter",
            "x": places,
            "y": [prob * 100 for prob in probs],
            "mode": "lines+markers",
            "name": label(word),
            "line": {"color": colour, "dash": dash, "width": 2.5},
            "marker": {"symbol": marker, "size": 9, "color": colour},
            "hovertext": [f"{label(word)} {percent(prob)}" for prob in probs],
            "hoverinfo": "text",
        }
        for (word, probs), (colour, dash, marker) in zip(lines, LINES, strict=False)
    ]
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "line": {"color": ACCENT, "width": 2, "dash": "dot"}}
    ticks = {"tickvals": places, "ticktext": [f"{step:,}" for step in steps], "tickangle": -60 if len(steps) > 6 else 0}
    layout = _layout(
        330,
        {"t": 40, "b": 44, "r": 16},
        showlegend=True,
        legend={**_legend(), "font": {"size": 15}},
        shapes=[] if at is None else [{**line, "x0": at, "x1": at}],
        xaxis=_axis(axes[0], **ticks, range=[-0.4, max(1, len(steps) - 1) + 0.4]),
        yaxis=_axis(axes[1], range=[0, 103], ticksuffix="%"),
    )
    return go.Figure(drawn, layout)


def smooth(losses_: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return (steps, means) of the losses in groups of SMOOTHED; the last group may be smaller."""
    groups = [losses_[start : start + SMOOTHED] for start in range(0, len(losses_), SMOOTHED)]
    middle = [number * SMOOTHED + (len(group) + 1) / 2 for number, group in enumerate(groups)]
    return middle, [float(np.mean(group)) for group in groups]


def live_curve(losses_: Sequence[float], *, chance: float, axes: tuple[str, str], says: str) -> go.Figure:
    """Return the loss of a training that runs: the mean of each few steps. `chance`: the loss of knowing nothing."""
    steps, means = smooth(losses_)
    line = {
        "type": "scatter",
        "x": steps,
        "y": means,
        "mode": "lines+markers",
        "line": {"color": BAR, "width": 3},
        "marker": {"size": 5},
        "hovertemplate": "%{x:.0f}: %{y:.2f}<extra></extra>",
    }
    reach = max(100.0, len(losses_) * 1.05)
    level = {
        "type": "scatter",
        "x": [0, reach],
        "y": [chance, chance],
        "mode": "lines",
        "line": {"color": INK, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
    }
    note = {"x": reach, "y": chance, "text": says, "showarrow": False, "xanchor": "right", "yanchor": "bottom"}
    layout = _layout(
        300,
        {"t": 20, "b": 44},
        annotations=[note],
        xaxis=_axis(axes[0], range=[0, reach]),
        yaxis=_axis(axes[1], range=[0, max([chance, *means]) * 1.15]),
    )
    return go.Figure([line, level], layout)


def shares(rows: Sequence[tuple[str, float]], *, names: tuple[str, str]) -> go.Figure:
    """Return, for each named row, the share of the first of two words against the second, as one divided bar."""
    places = list(range(len(rows)))
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "y": places,
            "x": values,
            "name": name,
            "marker": {"color": colour, "pattern": {"shape": shape}},
            "text": [f"{name} {value:.0f}%" if value >= NARROW else "" for value in values],
            "textposition": "inside",
            "insidetextanchor": anchor,
            "textfont": {"size": 13, "color": ink},
            "hoverinfo": "skip",
        }
        for name, values, colour, shape, anchor, ink in (
            (names[0], [share * 100 for _, share in rows], BAR, "", "start", "white"),
            (names[1], [(1 - share) * 100 for _, share in rows], BAR_BEFORE, "/", "end", INK),
        )
    ]
    ticks = {"tickvals": places, "ticktext": [name for name, _ in rows], "range": [len(rows) - 0.5, -0.5]}
    layout = _layout(
        40 + 44 * len(rows),
        {"b": 34, "r": 24},
        barmode="stack",
        bargap=0.3,
        xaxis=_axis(range=[0, 100], ticksuffix="%"),
        yaxis=_axis(**ticks, tickfont={"size": 16}, showgrid=False),
    )
    return go.Figure(bars, layout)
