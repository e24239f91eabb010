"""The figures of how often the models are right: by examples, by training text, and by step of the training.

Numbers in, a plotly figure out. Each line has a marker of its own beside its colour; larger models are darker. Shots
stand side by side on the axis, whatever lies between them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from lessons.gpt.figures import GRID
from lessons.self_attention.figures import ACCENT, FONT, INK, label

SIZES = (  # colour and marker, from the smallest model to the largest
    ("#d9962a", "circle"),
    ("#b4501e", "square"),
    ("#1d6a73", "diamond"),
    ("#3a2060", "triangle-up"),
)
TEXTS = (("#1d6a73", "circle", "solid"), ("#b4501e", "diamond-open", "dash"))  # with sequences, and without
PUBLISHED = ("#c9b458", "#d9962a", "#c9742a", "#b4501e", "#7f8f5a", "#1d6a73", "#2a5a8a", "#3a2060")
MARKERS = ("circle", "square", "diamond", "cross", "x", "pentagon", "star", "triangle-up")
DODGE = 0.09  # of the distance of two ticks, so that intervals of two lines do not hide each other
GREY = "#6b7780"
TICKS = (0, 25, 50, 75, 100)  # percent
ASIDE, SLOPE = 0.21, 0.11  # of the distance of two sizes: from the middle to a line, and from there to its ends
HEIGHT, NAME, NAMES = 440, 20, 6  # px: of a figure, and of each name of a line more than so many
WORD = {"chance": "dot", "optimum": "longdash"}

Interval = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """Accuracies (0–1) of one size with one training text, by shots. `size`: its place among the sizes; `dashed`: of
    the second text."""

    name: str
    size: int
    shares: Mapping[int, float]
    intervals: Mapping[int, Interval]
    dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """One live measurement."""

    name: str
    shots: int
    share: float
    interval: Interval


def accuracy(
    lines: Sequence[Line],
    shots: Sequence[int],
    *,
    axes: tuple[str, str],
    levels: Mapping[str, tuple[str, Mapping[int, float]]],
    marks: Sequence[Mark] = (),
    note: str = "",
) -> go.Figure:
    """Return accuracy against examples. levels: "chance" and "optimum" with their name and share by shots; `marks`:
    live measurements, each with its interval; `note`: whose values these are, written above them."""
    place = {count: index for index, count in enumerate(shots)}
    drawn = [_level(place, dash, *levels[kind]) for kind, dash in WORD.items() if kind in levels]
    drawn += [_line(line, place) for line in lines]
    drawn += [_mark(mark, place) for mark in marks if mark.shots in place]
    height = HEIGHT + NAME * max(0, len(drawn) - NAMES)  # on a phone each name is a row below the figure
    return go.Figure(drawn, {**_layout(shots, axes, height), **_noted(note)})


def published(
    lines: Sequence[tuple[str, Sequence[float]]], shots: Sequence[int], *, axes: tuple[str, str], note: str = ""
) -> go.Figure:
    """Return published accuracies (percent) of named models, from the smallest to the largest, against examples."""
    places = list(range(len(shots)))
    drawn = [
        {
            "type": "scatter",
            "x": places,
            "y": list(shares),
            "mode": "lines+markers",
            "name": label(name),
            "line": {"color": colour, "width": 2},
            "marker": {"symbol": marker, "size": 9, "color": colour},
            "hovertemplate": f"{label(name)}: %{{y}}%<extra></extra>",
        }
        for (name, shares), colour, marker in zip(lines, PUBLISHED, MARKERS, strict=False)
    ]
    return go.Figure(drawn, {**_layout(shots, axes), **_noted(note)})


def gains(
    sizes: Sequence[str],
    texts: Sequence[str],
    states: Sequence[Sequence[tuple[tuple[float, Interval], tuple[float, Interval]]]],
    *,
    axis: str,
    ends: tuple[str, str],
) -> go.Figure:
    """Return, for each size, what examples change with either training text: two points joined by a line.

    states (text, size): share and interval before and after; `ends`: what these two points are called.
    """
    drawn: list[dict[str, object]] = []
    for number, (text, (colour, marker, dash)) in enumerate(zip(texts, TEXTS, strict=True)):
        for size, pair in enumerate(states[number]):
            shares = [100 * share for share, _ in pair]
            drawn.append(
                {
                    "type": "scatter",
                    "x": [size + (2 * number - 1) * ASIDE + end for end in (-SLOPE, SLOPE)],
                    "y": shares,
                    "mode": "lines+markers",
                    "name": text,
                    "legendgroup": text,
                    "showlegend": size == 0,
                    "line": {"color": colour, "dash": dash, "width": 3},
                    "marker": {"symbol": [f"{marker.removesuffix('-open')}-open", marker.removesuffix("-open")]}
                    | {"size": [9, 13], "color": colour, "opacity": 1},
                    "error_y": _error(pair, colour),
                    "hovertext": [
                        f"{sizes[size]}, {text}, {end}: {at:.0f}%" for end, at in zip(ends, shares, strict=True)
                    ],
                    "hoverinfo": "text",
                }
            )
    layout = _layout((), ("", axis))
    ticks = {"tickvals": list(range(len(sizes))), "ticktext": list(sizes), "range": [-0.55, len(sizes) - 0.45]}
    return go.Figure(drawn, {**layout, "xaxis": {**_axis(), **ticks, "showgrid": False}})


def course(
    steps: Sequence[int],
    lines: Sequence[tuple[str, Sequence[float]]],
    scores: Sequence[float],
    *,
    axes: tuple[str, str, str],
    at: int,
) -> go.Figure:
    """Return a training: above, how often the model is right with so many examples (each a named line, 0–1); below, the
    largest score of a head (0–1). axes: step, accuracy, score; `at`: the look (its number, from 0) that is marked."""
    drawn: list[dict[str, object]] = [
        {
            "type": "scatter",
            "x": list(steps),
            "y": [100 * share for share in shares],
            "mode": "lines+markers",
            "name": name,
            "line": {"color": colour, "width": 2.5},
            "marker": {"symbol": marker, "size": 7, "color": colour},
            "hovertemplate": f"%{{x:,}}: %{{y:.0f}}%<extra>{name}</extra>",
        }
        for (name, shares), (colour, marker) in zip(lines, (SIZES[0], SIZES[2], SIZES[3]), strict=True)
    ]
    drawn.append(
        {
            "type": "scatter",
            "x": list(steps),
            "y": list(scores),
            "mode": "lines+markers",
            "showlegend": False,
            "line": {"color": ACCENT, "width": 2.5},
            "marker": {"symbol": "square", "size": 6, "color": ACCENT},
            "hovertemplate": "%{x:,}: %{y:.2f}<extra></extra>",
            "yaxis": "y2",
        }
    )
    layout = _layout((), ("", axes[1]), height=430)
    span = max(steps, default=1) * 0.03
    now = {"type": "line", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "x0": steps[at], "x1": steps[at]}
    below = {**_axis(axes[2]), "domain": [0, 0.3], "range": [0, max(0.25, *scores) * 1.1]}
    more = {
        "xaxis": {**_axis(axes[0]), "range": [-span, max(steps, default=1) + span], "anchor": "y2"},
        "yaxis": {**_percent(axes[1]), "domain": [0.4, 1]},
        "yaxis2": below,
        "shapes": [{**now, "line": {"color": INK, "width": 2, "dash": "dot"}}],
        "legend": {**_legend(), "y": 1.02, "yanchor": "bottom"},
    }
    return go.Figure(drawn, {**layout, **more})


def _level(place: Mapping[int, int], dash: str, name: str, shares: Mapping[int, float]) -> dict[str, object]:
    known = [shots for shots in place if shots in shares]
    return {
        "type": "scatter",
        "x": [place[shots] for shots in known],
        "y": [100 * shares[shots] for shots in known],
        "mode": "lines",
        "name": name,
        "line": {"color": GREY, "dash": dash, "width": 2},
        "hovertemplate": f"{name}: %{{y:.0f}}%<extra></extra>",
    }


def _line(line: Line, place: Mapping[int, int]) -> dict[str, object]:
    colour, marker = SIZES[line.size]
    known = [shots for shots in place if shots in line.shares]
    values = [(line.shares[shots], line.intervals[shots]) for shots in known]
    aside = (line.size - (len(SIZES) - 1) / 2) * DODGE
    return {
        "type": "scatter",
        "x": [place[shots] + aside for shots in known],
        "y": [100 * share for share, _ in values],
        "mode": "lines+markers",
        "name": line.name,
        "line": {"color": colour, "dash": "dash" if line.dashed else "solid", "width": 2.5},
        "marker": {"symbol": f"{marker}-open" if line.dashed else marker, "size": 9, "color": colour},
        "error_y": _error(values, colour),
        "hovertemplate": [
            f"{line.name}: {share:.0%} ({low:.0%}–{high:.0%})<extra></extra>" for share, (low, high) in values
        ],
    }


def _mark(mark: Mark, place: Mapping[int, int]) -> dict[str, object]:
    low, high = mark.interval
    return {
        "type": "scatter",
        "x": [place[mark.shots]],
        "y": [100 * mark.share],
        "mode": "markers",
        "name": mark.name,
        "marker": {"symbol": "star", "size": 17, "color": "#c2185b", "line": {"color": "white", "width": 1.5}},
        "error_y": _error([(mark.share, mark.interval)], "#c2185b", width=6),
        "hovertemplate": f"{mark.name}: {mark.share:.0%} ({low:.0%}–{high:.0%})<extra></extra>",
    }


def _error(values: Sequence[tuple[float, Interval]], colour: str, width: int = 3) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [100 * (high - share) for share, (_, high) in values],
        "arrayminus": [100 * (share - low) for share, (low, _) in values],
        "color": colour,
        "thickness": 1.3,
        "width": width,
    }


def _axis(title: str = "") -> dict[str, object]:
    heading = {"title": {"text": title, "standoff": 8}} if title else {}
    return {"fixedrange": True, "gridcolor": GRID, "zeroline": False, "automargin": True, **heading}


def _percent(title: str) -> dict[str, object]:
    return {**_axis(title), "range": [-3, 103], "tickvals": TICKS, "ticktext": [f"{tick}%" for tick in TICKS]}


def _legend() -> dict[str, object]:
    return {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.2, "yanchor": "top", "font": {"size": 13}}


def _noted(note: str) -> dict[str, object]:
    """Return what writes a note above a figure."""
    at = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "yshift": 8}
    written = {**at, "text": note, "showarrow": False, "font": {"size": 13, "color": GREY}}
    return {"annotations": [written], "margin": {"l": 10, "r": 10, "t": 34, "b": 10}} if note else {}


def _layout(shots: Sequence[int], axes: tuple[str, str], height: int = HEIGHT) -> dict[str, object]:
    places = list(range(len(shots)))
    ticks = {"tickvals": places, "ticktext": [str(count) for count in shots], "range": [-0.35, len(shots) - 0.65]}
    return {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": height,
        "margin": {"l": 10, "r": 10, "t": 14, "b": 10},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
        "showlegend": True,
        "legend": _legend(),
        "xaxis": {**_axis(axes[0]), **ticks},
        "yaxis": _percent(axes[1]),
    }
