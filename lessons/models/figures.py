"""The figures of the model cards: numbers and names in, a plotly figure out. No model, no Streamlit."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from lessons.models.scores import Bin, Compared, Interval, Pairs, System
from lessons.self_attention.figures import ACCENT, BAR, BAR_BEFORE, FONT, INK

GRID = "#e3e9eb"
BAR_HEIGHT, BARS_PAIR_HEIGHT = 26, 40  # px a row, with one bar and with two
LARGEST_MARKER = 34  # px
ROOM = 1.25  # of the largest value, so that the number behind the longest bar has its place
DECADE_ROOM, BITS_ROOM = 0.2, 0.3  # around the points of the family, for their names


def beside_baseline(rows: Sequence[Compared], names: tuple[str, str], *, percent: bool, axis: str) -> go.Figure:
    """Return each row's value above its baseline as horizontal bars. `names`: of the model and of the baseline."""
    figure = go.Figure()
    texts = [
        ([_number(row.value, percent) for row in rows], [row.value for row in rows], BAR),
        ([_number(row.baseline, percent) for row in rows], [row.baseline for row in rows], BAR_BEFORE),
    ]
    for name, (text, values, colour) in zip(names, texts, strict=True):
        figure.add_bar(
            y=list(range(len(rows))),
            x=values,
            orientation="h",
            name=_literal(name),
            marker_color=colour,
            text=text,
            textposition="inside" if colour == BAR else "outside",  # behind the bar would be the line of the interval
            insidetextanchor="start",
            constraintext="none",  # else a thin bar makes its number too small to read
            textfont={"size": 12},
            cliponaxis=False,
            hoverinfo="skip",
            error_x=_error([row.interval for row in rows], values) if colour == BAR else None,
        )
    _rows(figure, [row.name for row in rows])
    largest = max((max(row.value, row.baseline) for row in rows), default=1.0)
    figure.update_xaxes(title=axis, tickformat=".0%" if percent else "", range=[0, largest * ROOM])
    return _layout(figure, 90 + BARS_PAIR_HEIGHT * len(rows), legend=True)


def pair_groups(pairs: Pairs, axis: str) -> go.Figure:
    """Return the share of right pairs of each group as bars, the best first, with a line at what guessing gives."""
    groups = sorted(pairs.groups, key=lambda group: -group[1] / group[2])
    figure = go.Figure(
        go.Bar(
            y=list(range(len(groups))),
            x=[right / count for _, right, count in groups],
            orientation="h",
            marker_color=BAR,
            text=[f"{right} / {count}" for _, right, count in groups],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.add_vline(x=pairs.baseline, line={"color": ACCENT, "dash": "dot", "width": 2})
    _rows(figure, [name for name, _, _ in groups])
    figure.update_xaxes(title=axis, tickformat=".0%", range=[0, ROOM], tickvals=[0, 0.25, 0.5, 0.75, 1])
    return _layout(figure, 70 + BAR_HEIGHT * len(groups))


def calibration(bins: Sequence[Bin], axes: tuple[str, str], ideal: str) -> go.Figure:
    """Return what the model stated against how often it was right; a larger marker stands for more words."""
    most = max(one.words for one in bins)
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name=ideal, line={"color": BAR_BEFORE, "dash": "dot"}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=[one.stated for one in bins],
        y=[one.right for one in bins],
        mode="lines+markers+text",
        marker={"color": BAR, "size": [max(8.0, LARGEST_MARKER * (one.words / most) ** 0.5) for one in bins]},
        text=[f"{one.right:.0%}" for one in bins],
        textposition="bottom right",
        line={"color": BAR, "width": 2},
        showlegend=False,
        cliponaxis=False,
        hoverinfo="skip",
    )
    for update, title in ((figure.update_xaxes, axes[0]), (figure.update_yaxes, axes[1])):
        update(title=title, tickformat=".0%", range=[0, 1.08], fixedrange=True, gridcolor=GRID)
    return _layout(figure, 380, legend=True)


def systems(rows: Sequence[System], names: Sequence[str], own: str, axis: str) -> go.Figure:
    """Return the share of whole sentences right of each system, `own` in the strong colour."""
    values = [row.exact for row in rows]
    figure = go.Figure(
        go.Bar(
            y=list(range(len(rows))),
            x=values,
            orientation="h",
            marker_color=[BAR if row.name == own else BAR_BEFORE for row in rows],
            text=[_number(value, percent=True) for value in values],
            textposition="inside",
            insidetextanchor="start",
            hoverinfo="skip",
            error_x=_error([row.interval for row in rows], values),
        )
    )
    _rows(figure, names)
    figure.update_xaxes(title=axis, tickformat=".0%", range=[0, 1])
    return _layout(figure, 90 + BARS_PAIR_HEIGHT * len(rows))


def family(points: Sequence[tuple[str, int, float]], axes: tuple[str, str]) -> go.Figure:
    """Return bits per character against parameters (log axis); `points`: (name, parameters, bits)."""
    figure = go.Figure(
        go.Scatter(
            x=[parameters for _, parameters, _ in points],
            y=[bits for _, _, bits in points],
            mode="lines+markers+text",
            text=[f"{_literal(name)}<br>{bits:.2f}" for name, _, bits in points],
            textposition="top center",
            marker={"color": BAR, "size": 12},
            line={"color": BAR_BEFORE, "width": 2},
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    decades = [math.log10(parameters) for _, parameters, _ in points]
    bits = [value for _, _, value in points]
    figure.update_xaxes(
        title=axes[0],
        type="log",
        range=[min(decades) - DECADE_ROOM, max(decades) + DECADE_ROOM],
        dtick="D2",
        gridcolor=GRID,
        fixedrange=True,
    )
    figure.update_yaxes(
        title=axes[1],
        range=[min(bits) - BITS_ROOM, max(bits) + 2 * BITS_ROOM],
        gridcolor=GRID,
        fixedrange=True,
        automargin=True,
    )
    return _layout(figure, 380)


def _number(value: float, percent: bool) -> str:
    return f"{value:.1%}" if percent else f"{value:.2f}"


def _literal(text: str) -> str:
    """Return a text as plotly shows it literally."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _error(intervals: Sequence[Interval | None], values: Sequence[float]) -> dict[str, object] | None:
    """Return plotly's asymmetric error bars for 95 % intervals; None where a row has none."""
    given = [interval for interval in intervals if interval is not None]
    if len(given) < len(values):
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - value for (_, high), value in zip(given, values, strict=True)],
        "arrayminus": [value - low for (low, _), value in zip(given, values, strict=True)],
        "color": INK,
        "thickness": 1.2,
        "width": 3,
    }


def _rows(figure: go.Figure, names: Sequence[str]) -> None:
    """Name the horizontal bars, the first on top."""
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[_literal(name) for name in names],
        autorange="reversed",
        fixedrange=True,
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(fixedrange=True, gridcolor=GRID, zeroline=False)


def _layout(figure: go.Figure, height: int, *, legend: bool = False) -> go.Figure:
    figure.update_layout(
        font={"family": FONT, "color": INK, "size": 14},
        height=height,
        margin={"l": 10, "r": 24, "t": 40 if legend else 10, "b": 44},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=legend,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        bargap=0.25,
        bargroupgap=0.05,
        dragmode=False,
    )
    return figure
