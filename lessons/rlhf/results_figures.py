"""The figures of methods and measurements side by side: numbers and strings in, a plotly figure out.

Lines differ in colour, dash and marker, so that they are told apart without colours, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from lessons.gpt.figures import GRID
from lessons.rlhf.reward_figures import literal
from lessons.self_attention.figures import ACCENT, BAR, FONT, INK

HEIGHT, TALL = 330, 390  # px
ENTRY = 104  # px of an entry of a long legend
CHANCE = "#6b7780"
LOOKS = (  # colour, dash and marker
    (BAR, "solid", "circle"),
    (ACCENT, "dash", "square"),
    ("#7a5195", "dot", "diamond"),
    ("#5b8a2d", "dashdot", "triangle-up"),
    ("#8a6d3b", "longdash", "cross"),
    ("#3f6fb5", "longdashdot", "x"),
    (INK, "solid", "star"),
)


@dataclass(frozen=True)
class Line:
    """A named line. `look`: which of LOOKS; `wide`: it matters more than the others; `low`, `high`: its 95 % intervals."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    look: int
    wide: bool = False
    low: Sequence[float] = ()
    high: Sequence[float] = ()


def lines(found: Sequence[Line], *, axes: tuple[str, str], until: float | None = None) -> go.Figure:
    """Return lines over each other with a legend; `until`: where the horizontal axis ends, at the last point if None."""
    layout = _layout(axes)
    if until is not None:
        layout["xaxis"]["range"] = [0, until]
    return go.Figure([_line(one, "%{y:.2f}") for one in found], layout)


def accuracies(found: Sequence[Line], *, axes: tuple[str, str], counts: Sequence[int], chance: str) -> go.Figure:
    """Return accuracies (0–1) against the number of comparisons, which are as far apart as their logarithms, with their
    intervals, and the line of chance."""
    layout = _layout(axes)
    layout["xaxis"].update({"type": "log", "tickvals": list(counts), "ticktext": [str(one) for one in counts]})
    layout["legend"]["entrywidth"] = ENTRY
    layout["height"] = TALL
    layout["yaxis"].update({"range": [0.45, 1.02], "tickformat": ".0%"})
    layout["shapes"] = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": 0.5,
            "y1": 0.5,
            "line": {"color": CHANCE, "dash": "dot"},
        }
    ]
    says = {"xref": "paper", "x": 1, "y": 0.5, "text": literal(chance), "showarrow": False, "xanchor": "right"}
    layout["annotations"] = [{**says, "yanchor": "bottom", "font": {"color": CHANCE, "size": 12}}]
    return go.Figure([_line(one, "%{y:.1%}") for one in found], layout)


def _line(one: Line, shown: str) -> dict[str, Any]:
    colour, dash, marker = LOOKS[one.look % len(LOOKS)]
    found: dict[str, Any] = {
        "type": "scatter",
        "name": literal(one.name),
        "x": list(one.x),
        "y": list(one.y),
        "mode": "lines+markers",
        "line": {"color": colour, "dash": dash, "width": 4 if one.wide else 2},
        "marker": {"symbol": marker, "size": 9 if one.wide else 7, "color": colour},
        "hovertemplate": f"{literal(one.name)} %{{x}}: {shown}<extra></extra>",
    }
    if one.low:
        above = [high - y for high, y in zip(one.high, one.y, strict=True)]
        below = [y - low for low, y in zip(one.low, one.y, strict=True)]
        error = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
        found["error_y"] = {**error, "thickness": 1, "width": 3, "color": colour}
    return found


def _layout(axes: tuple[str, str]) -> dict[str, Any]:
    return {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": HEIGHT,
        "margin": {"l": 10, "r": 16, "t": 30, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
        "xaxis": _axis(axes[0]),
        "yaxis": _axis(axes[1]),
    }


def _axis(title: str) -> dict[str, Any]:
    heading = {"text": title, "standoff": 6}
    return {"title": heading, "fixedrange": True, "gridcolor": GRID, "zeroline": False, "automargin": True}
