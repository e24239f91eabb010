"""The figure of a fine-tuning: numbers and strings in, a plotly figure out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from lessons.gpt.figures import GRID
from lessons.self_attention.figures import BAR, FONT, INK

HEIGHT = 240  # px


def losses(found: Sequence[float], *, axes: tuple[str, str]) -> go.Figure:
    """Return the loss of each step as a line from 0 up."""
    line = {
        "type": "scatter",
        "x": list(range(1, len(found) + 1)),
        "y": list(found),
        "mode": "lines+markers",
        "line": {"color": BAR, "width": 3},
        "marker": {"size": 6},
        "hovertemplate": "%{x}: %{y:.2f}<extra></extra>",
    }
    layout = {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": HEIGHT,
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"font": {"family": FONT}},
        "xaxis": _axis(axes[0], len(found) + 1),
        "yaxis": _axis(axes[1], max(1.0, *found) * 1.1),
    }
    return go.Figure([line], layout)


def _axis(title: str, reach: float) -> dict[str, object]:
    return {
        "title": {"text": title, "standoff": 10},
        "automargin": True,
        "gridcolor": GRID,
        "range": [0, reach],
        "zeroline": False,
    }
