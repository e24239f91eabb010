"""The curves of a training: numbers and strings in, a plotly figure out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from lessons.gpt.figures import GRID
from lessons.self_attention.figures import ACCENT, BAR, FONT, INK

ROW = 200  # px, of a row of panels
COLUMNS = 2
MARGIN = 80  # px, above and below all of them
GAP, BELOW = 0.1, 56  # between two panels, as a share of the width; px between two rows
LEAST_STEPS = 5  # that an axis shows at least


@dataclass(frozen=True)
class Panel:
    """One number by update. `least`: the axis reaches at least from 0 to here."""

    title: str
    values: tuple[float, ...]
    least: float = 1.0
    other: bool = False  # not what the training raises: drawn in the second colour


def course(panels: Sequence[Panel], *, axis: str) -> go.Figure:
    """Return the panels, two in a row, each with a line over the updates."""
    columns, rows = min(COLUMNS, len(panels)), math.ceil(len(panels) / COLUMNS)
    inner = ROW * rows + BELOW * (rows - 1)
    width, high = (1 - GAP * (columns - 1)) / columns, ROW / inner
    titles: list[dict[str, object]] = []
    layout: dict[str, object] = {
        "font": {"family": FONT, "color": INK, "size": 13},
        "height": inner + MARGIN,
        "margin": {"l": 10, "r": 10, "t": 34, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"font": {"family": FONT}},
        "annotations": titles,
    }
    lines = []
    for number, panel in enumerate(panels):
        of = str(number + 1) if number else ""
        row, column = divmod(number, COLUMNS)
        left, top = column * (width + GAP), 1 - row * (ROW + BELOW) / inner
        lines.append(_line(panel, of))
        last = number + COLUMNS >= len(panels)  # nothing stands below it
        layout[f"xaxis{of}"] = {
            **_axis(),
            "domain": [left, min(1.0, left + width)],
            "anchor": f"y{of}",
            "title": {"text": axis if last else "", "standoff": 4},
            "range": [0.5, max(LEAST_STEPS, len(panel.values)) + 0.5],
        }
        layout[f"yaxis{of}"] = {
            **_axis(),
            "domain": [max(0.0, top - high), top],
            "anchor": f"x{of}",
            "range": _reach(panel),
        }
        titles.append(_title(panel.title, left, top))
    return go.Figure(data=lines, layout=layout)


def _title(text: str, left: float, top: float) -> dict[str, object]:
    """Return a heading above a panel, whose upper left corner is given as shares of the figure."""
    place = {"x": left, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 4}
    return {"text": f"<b>{text}</b>", "showarrow": False, **place}


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
