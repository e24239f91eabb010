"""The figure of sizes: families of models in, a plotly figure out. No model, no Streamlit, nothing random."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from lessons.overview.sizes import Family, amount
from lessons.self_attention.figures import ACCENT, BAR, FONT, INK

GRID, LINE, QUIET = "#e3e9eb", "#c3cfd3", "#5b6b75"
ROW = 46  # px
LEFT, RIGHT = 0.5, 1.5  # decades of room beside the smallest and the largest number, for their names


def sizes(families: Sequence[Family], lang: str, *, names: tuple[str, str, str], unknown: str, token: str) -> go.Figure:
    """Return the parameters of all models, and the tokens they read, on one log scale: a row for each family.

    `names`: of our models, of those in papers, and of the tokens; `unknown`: what stands in the row of a family whose
    size was not published; `token`: what is added to a number of tokens when a marker is pointed at.
    """
    rows = list(enumerate(families))
    traces = [
        _span(rows),
        _parameters([row for row in rows if row[1].ours], names[0], ACCENT, lang),
        _parameters([row for row in rows if not row[1].ours], names[1], BAR, lang),
        _tokens(rows, names[2], lang, token),
    ]
    numbers = [number for family in families for number in _numbers(family)]
    low, high = math.log10(min(numbers)), math.log10(max(numbers))
    decades = range(math.floor(low), math.ceil(high) + 1)
    layout = {
        "font": {"family": FONT, "color": INK, "size": 14},
        "height": 110 + ROW * len(rows),
        "margin": {"l": 10, "r": 10, "t": 10, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"font": {"family": FONT}},
        "dragmode": False,
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        "annotations": [_unknown(place, low, unknown) for place, family in rows if not family.sizes],
        "xaxis": {
            "type": "log",
            "range": [low - LEFT, high + RIGHT],
            "tickvals": [10**decade for decade in decades],
            "ticktext": [_mark(10**decade, lang) for decade in decades],
            "tickangle": 0,
            "tickfont": {"size": 12},
            "gridcolor": GRID,
            "fixedrange": True,
        },
        "yaxis": {
            "tickvals": [place for place, _ in rows],
            "ticktext": [_label(family) for _, family in rows],
            "range": [len(rows) - 0.4, -0.7],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
        },
    }
    return go.Figure(data=traces, layout=layout)


def _numbers(family: Family) -> list[int]:
    return [number for size in family.sizes for number in (size.parameters, size.tokens) if number]


def _mark(number: int, lang: str) -> str:
    """Return a number for the axis, its Japanese unit below it: so it is narrow enough for a phone."""
    said = amount(number, lang, short=True)
    return f"{said[:-1]}<br>{said[-1]}" if lang == "ja" else said


def _label(family: Family) -> str:
    return f"{_literal(family.name)}<br>{family.year}" if family.year else _literal(family.name)


def _literal(text: str) -> str:
    """Return a text as plotly shows it literally."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _span(rows: Sequence[tuple[int, Family]]) -> dict[str, object]:
    """Return a thin line from the smallest to the largest model of each row."""
    x: list[float | None] = []
    y: list[float | None] = []
    for place, family in rows:
        if family.sizes:
            x += [family.sizes[0].parameters, family.largest.parameters, None]
            y += [place, place, None]
    line = {"color": LINE, "width": 2}
    return {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": line, "hoverinfo": "skip", "showlegend": False}


def _parameters(rows: Sequence[tuple[int, Family]], name: str, colour: str, lang: str) -> dict[str, object]:
    """Return a dot for each model; the smallest and the largest of a family have their number beside them."""
    found = [(place, family, index) for place, family in rows for index in range(len(family.sizes))]
    numbers = [family.sizes[index].parameters for _, family, index in found]
    return {
        "type": "scatter",
        "x": numbers,
        "y": [place for place, _, _ in found],
        "mode": "markers+text",
        "name": _literal(name),
        "marker": {"color": colour, "size": 12},
        "text": [
            amount(number, lang, short=True) if index in (0, len(family.sizes) - 1) else ""
            for number, (_, family, index) in zip(numbers, found, strict=True)
        ],
        "textposition": [_beside(index, len(family.sizes)) for _, family, index in found],
        "textfont": {"size": 13, "color": colour},
        "cliponaxis": False,
        "hovertext": [
            f"{_literal(family.name)} {_literal(family.sizes[index].name)}: {amount(number, lang)}"
            for number, (_, family, index) in zip(numbers, found, strict=True)
        ],
        "hoverinfo": "text",
    }


def _beside(index: int, count: int) -> str:
    """Return where the number of a model stands, so that those of one row keep apart."""
    return "top center" if count == 1 else "top left" if index == 0 else "top right"


def _tokens(rows: Sequence[tuple[int, Family]], name: str, lang: str, token: str) -> dict[str, object]:
    """Return a diamond for the largest number of tokens that a model of the family has read."""
    found = [
        (place, family.name, max(size.tokens for size in family.sizes if size.tokens))
        for place, family in rows
        if any(size.tokens for size in family.sizes)
    ]
    return {
        "type": "scatter",
        "x": [tokens for _, _, tokens in found],
        "y": [place for place, _, _ in found],
        "mode": "markers+text",
        "name": _literal(name),
        "marker": {"color": QUIET, "size": 11, "symbol": "diamond-open", "line": {"width": 2}},
        "text": [amount(tokens, lang, short=True) for _, _, tokens in found],
        "textposition": "bottom right",
        "textfont": {"size": 12, "color": QUIET},
        "cliponaxis": False,
        "hovertext": [f"{_literal(family)}: {amount(tokens, lang)} {_literal(token)}" for _, family, tokens in found],
        "hoverinfo": "text",
    }


def _unknown(place: int, low: float, text: str) -> dict[str, object]:
    """Return the words in the row of a family without a number."""
    return {
        "x": low,
        "y": place,
        "text": _literal(text),
        "showarrow": False,
        "xanchor": "left",
        "font": {"size": 13, "color": QUIET},
    }
