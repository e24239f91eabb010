"""The figure of the bench: measured accuracies with their intervals. Data in, a plotly figure out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from lessons.gpt.figures import GRID
from lessons.self_attention.figures import ACCENT, BAR, FONT, INK, label

ROW = 40  # px


def accuracies(names: Sequence[str], shares: Sequence[float], intervals: Sequence[tuple[float, float]]) -> go.Figure:
    """Return one dot a measurement with its 95 % interval, the first on top and in another colour."""
    rows = list(range(len(names)))
    lows = [100 * (share - low) for share, (low, _) in zip(shares, intervals, strict=True)]
    highs = [100 * (high - share) for share, (_, high) in zip(shares, intervals, strict=True)]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [100 * share for share in shares],
        "y": rows,
        "marker": {"size": 12, "color": [ACCENT if row == 0 else BAR for row in rows]},
        "error_x": {"type": "data", "symmetric": False, "array": highs, "arrayminus": lows, "color": INK, "width": 5},
        "hovertemplate": [f"{label(name)}: %{{x:.0f}}%<extra></extra>" for name in names],
    }
    layout = {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": 60 + ROW * len(names),
        "margin": {"l": 10, "r": 24, "t": 10, "b": 34},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": False,
        "xaxis": {"range": [-2, 102], "ticksuffix": "%", "gridcolor": GRID, "fixedrange": True, "zeroline": False},
        "yaxis": {
            "tickmode": "array",
            "tickvals": rows,
            "ticktext": [label(name) for name in names],
            "range": [len(names) - 0.5, -0.5],
            "automargin": True,
            "fixedrange": True,
            "gridcolor": GRID,
        },
    }
    return go.Figure(data=[dots], layout=layout)
