"""A plan of boxes (lessons.transformer.architecture) as a plotly figure whose boxes can be clicked. Made with one call of
`go.Figure`; no model, no Streamlit, nothing random.
"""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from lessons.self_attention.figures import ACCENT, INK
from lessons.transformer import drawing
from lessons.transformer.architecture import SIDES, STEP, Plan

ROW = 54  # px of one row of boxes
ALONE = 64  # of the x axis, where there is only an encoder
LINE, FRAME, PANEL = "#5b6b75", "#8a959b", "#f4f7f8"
# Light colours that stay apart for colour-blind eyes (after Okabe and Ito); the text of a box says what it is as well.
COLOURS = {
    "embed": "#f9e3b8",
    "attend": "#bcdcf1",
    "cross": "#f6cdb0",
    "feed": "#bfe3d6",
    "norm": "#e4e6ec",
    "out": "#ead0e2",
}
OUTER = {False: 1.6, True: 98.4}  # where the residual runs
HEIGHT = 6.6  # of a box
GAP = STEP - HEIGHT


def draw(
    plan: Plan,
    texts: Mapping[str, str],
    *,
    chosen: str,
    inputs: Sequence[str],
    output: str,
    titles: Sequence[str],
    layers: str,
    hover: Mapping[str, str],
) -> go.Figure:
    """Return the figure. `texts`, `hover`: of each box, by name; `chosen`: the name of the box in a frame.

    `inputs`, `titles`: what goes into each side, and its name; `output`: what comes out; `layers`: what stands beside what
    is repeated ("× 3").
    """
    last = plan.sides[-1]
    axis = {"visible": False, "fixedrange": True}
    layout = drawing.layout(
        ROW * (plan.top(last) + 2.3),
        {"l": 0, "r": 0, "t": 4, "b": 4},
        barmode="overlay",
        xaxis={**axis, "range": [0, 100 if last else ALONE]},
        yaxis={**axis, "range": [-STEP * 0.8, STEP * (plan.top(last) + 1.5)]},
        shapes=[*_frames(plan), *_residuals(plan), *_memory(plan)],
        annotations=[*_arrows(plan), *_labels(plan, inputs, output, titles, layers)],
    )
    return go.Figure([_bars(plan, texts, chosen, hover)], layout)


def _bars(plan: Plan, texts: Mapping[str, str], chosen: str, hover: Mapping[str, str]) -> dict[str, object]:
    """Return the boxes: horizontal bars, which can be clicked all over."""
    ends, marked = [plan.ends(box) for box in plan.boxes], [box.name == chosen for box in plan.boxes]
    return {
        "type": "bar",
        "orientation": "h",
        "y": [STEP * box.row for box in plan.boxes],
        "base": [left for left, _ in ends],
        "x": [right - left for left, right in ends],
        "width": HEIGHT,
        "offset": -HEIGHT / 2,
        "marker": {
            "color": [COLOURS[box.colour] for box in plan.boxes],
            "line": {
                "color": [ACCENT if one else LINE for one in marked],
                "width": [4 if one else 1 for one in marked],
            },
            "cornerradius": 7,
        },
        **drawing.unchanged(1),
        "text": [texts[box.name] for box in plan.boxes],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"size": 13, "color": INK},
        "hovertext": [hover[box.name] for box in plan.boxes],
        "hoverinfo": "text",
    }


def _middle(right: bool) -> float:
    return sum(SIDES[right]) / 2


def _frames(plan: Plan) -> list[dict[str, object]]:
    """Return the frames around what is repeated: the layers of each side."""
    rows = {right: [box.row for box in plan.boxes if box.stacked and box.right == right] for right in plan.sides}
    return [
        {
            "type": "rect",
            "x0": SIDES[right][0] - 4.6,
            "x1": SIDES[right][1] + (4.6 if right else 3.0),
            "y0": STEP * (min(found) - 0.56),
            "y1": STEP * (max(found) + 0.44),
            "line": {"color": FRAME, "width": 1.5, "dash": "dot"},
            "fillcolor": PANEL,
            "layer": "below",
        }
        for right, found in rows.items()
    ]


def _residuals(plan: Plan) -> list[dict[str, object]]:
    """Return the way around each sublayer: from below it, along the outer side, into the box that adds."""
    found: list[dict[str, object]] = []
    for box in (box for box in plan.boxes if box.around):
        side, outer, middle = SIDES[box.right][box.right], OUTER[box.right], _middle(box.right)
        below, row = STEP * box.around - (HEIGHT + GAP) / 2, STEP * box.row
        path = f"M{middle},{below} L{outer},{below} L{outer},{row} L{side},{row}"
        found.append({"type": "path", "path": path, "line": {"color": LINE, "width": 1.2}, "layer": "below"})
    return found


def _memory(plan: Plan) -> list[dict[str, object]]:
    """Return the way from the top of the encoder to the decoder's cross-attention, where there is one."""
    crossing, gap, top = [box for box in plan.boxes if box.block == "cross_attention"], 50.4, STEP * plan.top(False)
    middle, high, ends = _middle(False), top + STEP * 0.72, SIDES[True][0] - 1
    paths = [
        f"M{middle},{top + HEIGHT / 2} L{middle},{high} L{gap},{high} L{gap},{STEP * box.row} L{ends},{STEP * box.row}"
        for box in crossing
    ]
    return [{"type": "path", "path": path, "line": {"color": ACCENT, "width": 2.5}, "layer": "below"} for path in paths]


def _arrow(x: float, y: float, from_x: float, from_y: float, colour: str = LINE) -> dict[str, object]:
    return {
        "x": x,
        "y": y,
        "ax": from_x,
        "ay": from_y,
        "xref": "x",
        "yref": "y",
        "axref": "x",
        "ayref": "y",
        "text": "",
        "showarrow": True,
        "arrowhead": 2,
        "arrowsize": 1,
        "arrowwidth": 1.4 if colour == LINE else 2.5,
        "arrowcolor": colour,
        "standoff": 0,
    }


def _arrows(plan: Plan) -> list[dict[str, object]]:
    """Return the arrows from box to box, into the boxes that add, and into cross-attention."""
    found = []
    for right in plan.sides:
        middle, last = _middle(right), plan.top(right) + (right == plan.sides[-1])
        for row in range(1, last + 1):
            found.append(_arrow(middle, STEP * row - HEIGHT / 2, middle, STEP * (row - 1) + HEIGHT / 2))
    for box in plan.boxes:
        row, side = STEP * box.row, SIDES[box.right][box.right]
        if box.around:
            found.append(_arrow(side, row, (side + OUTER[box.right]) / 2, row))
        if box.beside:
            found.append(_arrow(SIDES[box.right][0] + 14, row, SIDES[box.right][0] + 11, row))
        if box.block == "cross_attention":
            found.append(_arrow(SIDES[True][0], row, SIDES[True][0] - 2, row, ACCENT))
    return found


def _labels(
    plan: Plan, inputs: Sequence[str], output: str, titles: Sequence[str], layers: str
) -> list[dict[str, object]]:
    """Return what stands below, beside and above the boxes."""
    found: list[dict[str, object]] = []

    def write(text: str, x: float, y: float, **more: object) -> None:
        found.append({"text": text, "x": x, "y": y, "xref": "x", "yref": "y", "showarrow": False, **more})

    for right, text, title in zip(plan.sides, inputs, titles, strict=True):
        middle, top = _middle(right), max(box.row for box in plan.boxes if box.stacked and box.right == right)
        write(f"<b>{text}</b>", middle, 0, font={"size": 14})
        write(title, middle, -STEP * 0.5, font={"size": 13, "color": LINE})
        x, y, anchor = _repeated(plan, right, top)
        write(layers, x, y, xanchor=anchor, font={"size": 13, "color": LINE})
    last = plan.sides[-1]
    write(f"<b>{output}</b>", _middle(last), STEP * (plan.top(last) + 1), font={"size": 14})
    return found


def _repeated(plan: Plan, right: bool, top: int) -> tuple[float, float, str]:
    """Return where it is written how often the layers of a side are repeated, and what of the text stands there."""
    if right:
        return SIDES[True][0] - 5.5, STEP * (top + 0.1), "right"
    alone = len(plan.sides) == 1
    return (SIDES[False][1] + 4, STEP * top, "left") if alone else (SIDES[False][0] - 4, STEP * (top + 0.65), "left")


def shortened(words: Sequence[str], most: int = 9) -> str:
    """Return some tokens as one line: the first ones, and … for others."""
    shown = list(words[:most])
    return " ".join([*shown, "…"] if len(words) > most else shown)
