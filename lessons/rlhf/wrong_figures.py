"""The figures of what goes wrong: numbers and strings in, a plotly figure out. No model, no Streamlit, nothing random."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from lessons.gpt.figures import GRID
from lessons.rlhf.reward_figures import literal
from lessons.self_attention.figures import ACCENT, BAR, FONT, INK

PANEL, GAP = 120, 0.09  # px of a panel with its title; share of the height between two
GREY = "#6b7780"
FAINT = 0.35
FEW_LOOK = ("", "/", ".")  # patterns of the bars beside each other
BARS = (INK, ACCENT, BAR)
SIDES = (BAR, ACCENT)


@dataclass(frozen=True)
class Panel:
    """One course: its title, the value of each update, the same smoothed, and the least range of its axis."""

    title: str
    values: Sequence[float]
    smooth: Sequence[float]
    least: tuple[float, float]
    percent: bool = False


@dataclass(frozen=True)
class Row:
    """A group of bars (0 to 1) with its name, in the order of the legend."""

    name: str
    values: Sequence[float]


def courses(panels: Sequence[Panel], *, axis: str, until: int = 0, mark: int | None = None) -> go.Figure:
    """Return the courses of a training one above the other, each update as a faint dot, the line smoothed; `until`:
    where the axis of the updates ends at least; `mark`: an update at which a dotted line stands."""
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {**_frame(PANEL * len(panels) + 50), "annotations": [], "shapes": []}
    height = (1 - GAP * (len(panels) - 1)) / len(panels)
    length = max([until, *(len(panel.values) for panel in panels)])
    for number, panel in enumerate(panels):
        place = "" if number == 0 else str(number + 1)
        top = 1 - number * (height + GAP)
        data += _course(panel, place)
        title = {"text": f"<b>{literal(panel.title)}</b>", "x": 0, "y": top, "xref": "paper", "yref": "paper"}
        layout["annotations"].append({**title, "xanchor": "left", "yanchor": "bottom", "showarrow": False})
        layout[f"yaxis{place}"] = {**_axis(), "domain": [max(0.0, top - height), top], "range": _reach(panel)}
        layout[f"yaxis{place}"].update({"tickformat": ".0%"} if panel.percent else {})
        layout[f"yaxis{place}"]["nticks"] = 4
        last = number == len(panels) - 1
        layout[f"xaxis{place}"] = {
            **_axis(axis if last else ""),
            "anchor": f"y{place}",
            "range": [0, length + 1],
            "showticklabels": last,
        }
        if mark is not None:
            line = {"type": "line", "x0": mark, "x1": mark, "y0": 0, "y1": 1, "yref": f"y{place} domain"}
            layout["shapes"].append({**line, "xref": f"x{place}", "line": {"color": GREY, "dash": "dot"}})
    return go.Figure(data, layout)


def _course(panel: Panel, place: str) -> list[dict[str, Any]]:
    steps = list(range(1, len(panel.values) + 1))
    shown = "%{y:.0%}" if panel.percent else "%{y:.2f}"
    axes = {"xaxis": f"x{place}", "yaxis": f"y{place}", "type": "scatter", "x": steps}
    dots = {"mode": "markers", "marker": {"size": 5, "color": BAR, "opacity": FAINT}, "hoverinfo": "skip"}
    line = {
        "mode": "lines",
        "line": {"color": BAR, "width": 3},
        "hovertemplate": f"{literal(panel.title)} %{{x}}: {shown}<extra></extra>",
    }
    return [{**axes, **dots, "y": list(panel.values)}, {**axes, **line, "y": list(panel.smooth)}]


def _reach(panel: Panel) -> list[float]:
    low, high = min([panel.least[0], *panel.values]), max([panel.least[1], *panel.values])
    more = 0.06 * (high - low)
    return [low - more, high + more]


def bars(rows: Sequence[Row], legend: Sequence[str], *, axis: str, chance: float | None = None) -> go.Figure:
    """Return groups of bars from 0 to 100 %, their values written on them; `chance`: where a dotted line stands."""
    data = [
        {
            "type": "bar",
            "name": literal(name),
            "x": [row.values[place] for row in rows],
            "y": [literal(row.name) for row in rows],
            "orientation": "h",
            "text": [f"{row.values[place]:.0%}" for row in rows],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {
                "color": BARS[place % len(BARS)],
                "pattern": {
                    "shape": FEW_LOOK[place % len(FEW_LOOK)],
                    "fillmode": "overlay",
                    "fgcolor": "#ffffff",
                    "size": 6,
                },
            },
            "hovertemplate": f"%{{y}} · {literal(name)}: %{{x:.0%}}<extra></extra>",
        }
        for place, name in enumerate(legend)
    ]
    line = {"type": "line", "x0": chance, "x1": chance, "y0": 0, "y1": 1, "yref": "paper"}
    layout = {
        **_frame(90 + 34 * len(rows) * len(legend)),
        "shapes": [] if chance is None else [{**line, "line": {"color": GREY, "dash": "dot"}}],
        "xaxis": {**_axis(axis), "range": [0, 1.12], "tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1]},
        "yaxis": {**_axis(), "autorange": "reversed", "showgrid": False},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        "bargap": 0.25,
    }
    return go.Figure(data, layout)


def _frame(height: int) -> dict[str, Any]:
    return {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": height,
        "margin": {"l": 10, "r": 16, "t": 30, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
    }


def _axis(title: str = "") -> dict[str, Any]:
    heading = {"title": {"text": title, "standoff": 6}} if title else {}
    return {"fixedrange": True, "gridcolor": GRID, "zeroline": False, "automargin": True, **heading}
