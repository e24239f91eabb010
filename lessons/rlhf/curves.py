"""The curves of a training: numbers and strings in, a plotly figure out."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from lessons.gpt.figures import GRID
from lessons.self_attention.figures import ACCENT, BAR, FONT, INK

HEIGHT = 230  # px
GAP = 0.09  # between two panels, as a share of the width
LEAST_STEPS = 5  # that an axis shows at least


@dataclass(frozen=True)
class Panel:
    """One number by update. `least`: the axis reaches at least from 0 to here."""

    title: str
    values: tuple[float, ...]
    least: float = 1.0
    other: bool = False  # not what the training raises: drawn in the second colour


def course(panels: Sequence[Panel], *, axis: str) -> go.Figure:
    """Return the panels side by side, each with a line over the updates."""
    width = (1 - GAP * (len(panels) - 1)) / len(panels)
    layout = {
        "font": {"family": FONT, "color": INK, "size": 13},
        "height": HEIGHT,
        "margin": {"l": 10, "r": 10, "t": 34, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"font": {"family": FONT}},
        "annotations": [],
    }
    lines = []
    for number, panel in enumerate(panels):
        of = str(number + 1) if number else ""
        start = number * (width + GAP)
        lines.append(_line(panel, of))
        layout[f"xaxis{of}"] = {**_axis(), "domain": [start, start + width], "anchor": f"y{of}", "title": {"text": axis}}
        layout[f"xaxis{of}"]["range"] = [0.5, max(LEAST_STEPS, len(panel.values)) + 0.5]
        layout[f"yaxis{of}"] = {**_axis(), "anchor": f"x{of}", "range": _reach(panel)}
        layout["annotations"].append(
            {
                "text": f"<b>{panel.title}</b>",
                "x": start,
                "y": 1.04,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
            }
        )
    return go.Figure(data=lines, layout=layout)


def _line(panel: Panel, of: str) -> dict[str, object]:
    color = ACCENT if panel.other else BAR
    return {
        "type": "scatter",
        "x": list(range(1, len(panel.values) + 1)),
        "y": list(panel.values),
        "xaxis": f"x{of}",
        "yaxis": f"y{of}",
        "mode": "lines+markers",
        "line": {"color": color, "width": 3, "dash": "dot" if panel.other else "solid"},
        "marker": {"size": 6},
        "hovertemplate": "%{x}: %{y:.2f}<extra></extra>",
    }


def _axis() -> dict[str, object]:
    return {"automargin": True, "gridcolor": GRID, "zeroline": False, "fixedrange": True}


def _reach(panel: Panel) -> list[float]:
    low, high = min((0.0, *panel.values)), max((panel.least, *panel.values))
    room = 0.08 * (high - low)
    return [low - (room if low < 0 else 0), high + room]
