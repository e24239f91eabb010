"""What the lesson's figures share: their layout, bars that take clicks, frames. Nothing of a model, nothing random."""

from collections.abc import Mapping, Sequence

from lessons.gpt.figures import percent
from lessons.self_attention.figures import ACCENT, FONT, INK


def layout(height: float, margin: Mapping[str, int] | None = None, **more: object) -> dict[str, object]:
    """Return what every figure's layout has, and more."""
    return {
        "font": {"family": FONT, "color": INK, "size": 13},
        "height": round(height),
        "margin": {"l": 10, "r": 10, "t": 10, "b": 10, **(margin or {})},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
        "clickmode": "event+select",
        **more,
    }


def share(prob: float) -> str:
    """Return a probability as plotly text: the sign of "<0.001%" is no markup."""
    return percent(prob).replace("<", "&lt;")


def unchanged(opacity: float) -> dict[str, object]:
    """Return the settings that keep a trace as it is when one of its points is clicked."""
    return {"selected": {"marker": {"opacity": opacity}}, "unselected": {"marker": {"opacity": opacity}}}


def hits(count: int, end: float, hover: Sequence[str], start: float = 0.0, **axes: str) -> dict[str, object]:
    """Return invisible bars that take the clicks of the rows."""
    return {
        "type": "bar",
        "orientation": "h",
        "y": list(range(count)),
        "x": [end - start] * count,
        "base": [start] * count,
        "width": 1.0,
        "offset": -0.5,
        "marker": {"color": INK, "opacity": 0},
        **unchanged(0),
        "hovertext": list(hover),
        "hoverinfo": "text",
        **axes,
    }


def row_frame(row: int, start: float, end: float, **more: object) -> dict[str, object]:
    box = {"x0": start, "x1": end, "y0": row - 0.5, "y1": row + 0.5}
    return {"type": "rect", **box, "line": {"color": ACCENT, "width": 2.5}, **more}
