"""A figure for the last row of the classroom."""

from typing import Any

import plotly.graph_objects as go

LARGER = 1.4
DEFAULT_FONT = 12.0  # px, plotly's own


def enlarged(figure: go.Figure) -> go.Figure:
    """Return the figure with all of its type, its height and its margins larger; the figure itself is left as it is."""
    drawn = figure.to_plotly_json()
    layout = {**drawn.get("layout", {})}
    layout.pop("template", None)
    layout["font"] = {"size": DEFAULT_FONT, **layout.get("font", {})}
    if layout.get("height"):
        layout["height"] = layout["height"] * LARGER
    layout["margin"] = {side: gap * LARGER for side, gap in layout.get("margin", {}).items() if side != "autoexpand"}
    return go.Figure(data=_fonts(drawn.get("data", [])), layout=_fonts(layout))


def _fonts(part: Any, font: bool = False) -> Any:
    """Return the part of a figure with the sizes of its fonts larger."""
    if isinstance(part, dict):
        return {
            key: value * LARGER
            if font and key == "size" and isinstance(value, (int, float))
            else _fonts(value, key.endswith("font"))
            for key, value in part.items()
        }
    return [_fonts(one) for one in part] if isinstance(part, (list, tuple)) else part
