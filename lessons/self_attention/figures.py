"""The lesson's figures: arrays and strings in, a plotly figure out. No model, no Streamlit, nothing random.

A heatmap has an invisible square marker on each cell: plotly lets markers, not heatmap cells, be clicked.
Queries run from top to bottom, keys from left to right; darker is more. The scales are safe for colour-blind eyes.
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

Floats = NDArray[np.float32]
Cell = tuple[int, int]

FONT = "Noto Sans JP, Noto Sans JP More, sans-serif"
INK, ACCENT, BAR, BAR_BEFORE = "#1f2933", "#b4501e", "#1d6a73", "#a9bcc0"
SEQUENTIAL = "Blues"
DIVERGING = "RdBu"  # red: the share fell when the edge was cut
SHOW_VALUES_TO = 14  # tokens; above it the numbers no longer fit into the cells
OVERVIEW_LABELS_TO = 12
LONGEST_LABEL = 6
CELL = 52  # px at most


def label(token: str) -> str:
    """Return a token as plotly text: shortened, nothing of it read as markup."""
    shown = token if len(token) <= LONGEST_LABEL else token[: LONGEST_LABEL - 1] + "…"
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(" ", "␣")


def _layout(figure: go.Figure, height: int, title: str = "") -> go.Figure:
    figure.update_layout(
        title={"text": title, "font": {"size": 16}, "x": 0, "xanchor": "left", "y": 0.99, "yanchor": "top"}
        if title
        else None,
        font={"family": FONT, "color": INK, "size": 14},
        height=height,
        margin={"l": 10, "r": 10, "t": 40 if title else 10, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        hoverlabel={"font": {"family": FONT}},
        dragmode=False,
    )
    return figure


def map_height(n: int) -> int:
    """Return the height in px of a heatmap of n tokens."""
    return 150 + n * (CELL if n <= 8 else max(24, 420 // n))


def _heatmap(
    values: Floats,
    tokens: Sequence[str],
    *,
    text: list[list[str]],
    hover: list[list[str]],
    axes: tuple[str, str],
    title: str,
    bar: str,
    colours: dict[str, object],
    selected: Cell | None,
    struck: Sequence[Cell],
) -> go.Figure:
    n = len(tokens)
    labels = [label(token) for token in tokens]
    positions = list(range(n))
    figure = go.Figure(
        go.Heatmap(
            z=np.asarray(values, dtype=np.float32),
            text=text if n <= SHOW_VALUES_TO else None,
            texttemplate="%{text}" if n <= SHOW_VALUES_TO else None,
            textfont={"size": 14 if n <= 9 else 11},
            colorbar={"title": {"text": bar, "side": "right"}, "thickness": 10, "len": 0.9},
            hoverinfo="skip",
            xgap=1,
            ygap=1,
            **colours,
        )
    )
    grid = [(query, key) for query in positions for key in positions]
    figure.add_scatter(
        x=[key for _, key in grid],
        y=[query for query, _ in grid],
        mode="markers",
        marker={"symbol": "square", "size": 34 if n <= 9 else 20, "opacity": 0, "color": INK},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertext=[hover[query][key] for query, key in grid],
        hoverinfo="text",
    )
    for query, key in struck:
        figure.add_annotation(
            x=key + 0.34, y=query - 0.32, text="✂", showarrow=False, font={"size": 18, "color": ACCENT}
        )
    if selected is not None and max(selected) < n:
        query, key = selected
        figure.add_shape(
            type="rect", x0=key - 0.5, x1=key + 0.5, y0=query - 0.5, y1=query + 0.5, line={"color": ACCENT, "width": 3}
        )
    ticks = {"tickvals": positions, "ticktext": labels, "showgrid": False, "zeroline": False, "fixedrange": True}
    figure.update_xaxes(
        **ticks,
        side="top",
        title={"text": axes[1] + " →", "standoff": 6},
        range=[-0.5, n - 0.5],
        tickangle=0 if n <= 9 else -60,
    )
    figure.update_yaxes(**ticks, title={"text": "← " + axes[0], "standoff": 4}, range=[n - 0.5, -0.5], automargin=True)
    _layout(figure, map_height(n), title)
    figure.update_layout(clickmode="event+select", margin={"t": 96 if title else 70})
    return figure


def attention_map(
    weights: Floats,
    tokens: Sequence[str],
    *,
    axes: tuple[str, str],
    title: str = "",
    bar: str = "",
    hover: str = "{query} → {key}: {weight}",
    selected: Cell | None = None,
    struck: Sequence[Cell] = (),
) -> go.Figure:
    """Return the heatmap of one attention map. weights: (query, key), each 0–1; `hover` formats a cell's text."""
    labels = [label(token) for token in tokens]
    return _heatmap(
        weights,
        tokens,
        text=[[f"{value:.2f}" for value in row] for row in weights],
        hover=[
            [hover.format(query=query, key=key, weight=f"{value:.3f}") for key, value in zip(labels, row, strict=True)]
            for query, row in zip(labels, weights, strict=True)
        ],
        axes=axes,
        title=title,
        bar=bar,
        colours={"colorscale": SEQUENTIAL, "zmin": 0.0, "zmax": 1.0},
        selected=selected,
        struck=struck,
    )


def effect_map(
    change: Floats,
    tokens: Sequence[str],
    *,
    axes: tuple[str, str],
    title: str = "",
    bar: str = "",
    hover: str = "{query} → {key}: {points}",
    selected: Cell | None = None,
    struck: Sequence[Cell] = (),
) -> go.Figure:
    """Return the heatmap of what cutting each edge does. change: (query, key) in shares (−1…1); shown in points."""
    points = np.asarray(change, dtype=np.float32) * 100
    labels = [label(token) for token in tokens]
    reach = max(1.0, float(np.nanmax(np.abs(points))) if np.isfinite(points).any() else 1.0)
    return _heatmap(
        points,
        tokens,
        text=[[signed(value) if np.isfinite(value) else "" for value in row] for row in points],
        hover=[
            [hover.format(query=query, key=key, points=signed(value)) for key, value in zip(labels, row, strict=True)]
            for query, row in zip(labels, points, strict=True)
        ],
        axes=axes,
        title=title,
        bar=bar,
        colours={"colorscale": DIVERGING, "zmin": -reach, "zmax": reach},
        selected=selected,
        struck=struck,
    )


def signed(points: float) -> str:
    """Return points with one decimal and a sign; what rounds to nothing is 0."""
    return "0" if abs(points) < 0.05 else f"{points:+.1f}".replace("-", "−")


def overview(
    weights: Floats, tokens: Sequence[str], *, panel: str, hover: str, chosen: Cell | None = None
) -> go.Figure:
    """Return all heads in one figure: a row a layer, a column a head. weights: (layer, head, query, key)."""
    layers, heads, n, _ = weights.shape
    titles = [panel.format(layer=layer + 1, head=head + 1) for layer in range(layers) for head in range(heads)]
    figure = make_subplots(
        layers, heads, subplot_titles=titles, horizontal_spacing=0.02, vertical_spacing=0.25 / (layers + 1)
    )
    labels = [label(token) for token in tokens]
    for layer in range(layers):
        for head in range(heads):
            place = {"row": layer + 1, "col": head + 1}
            texts = [
                [
                    hover.format(layer=layer + 1, head=head + 1, query=query, key=key, weight=f"{value:.2f}")
                    for key, value in zip(labels, row, strict=True)
                ]
                for query, row in zip(labels, weights[layer, head], strict=True)
            ]
            figure.add_heatmap(
                z=weights[layer, head],
                colorscale=SEQUENTIAL,
                zmin=0,
                zmax=1,
                showscale=False,
                hovertext=texts,
                hoverinfo="text",
                **place,
            )
            figure.update_yaxes(
                autorange="reversed",
                showticklabels=head == 0 and n <= OVERVIEW_LABELS_TO,
                tickvals=list(range(n)),
                ticktext=labels,
                fixedrange=True,
                **place,
            )
            figure.update_xaxes(
                showticklabels=layer == layers - 1 and n <= OVERVIEW_LABELS_TO,
                tickvals=list(range(n)),
                ticktext=labels,
                tickangle=-60,
                fixedrange=True,
                **place,
            )
            if chosen == (layer, head):
                figure.add_shape(
                    type="rect", x0=-0.5, x1=n - 0.5, y0=-0.5, y1=n - 0.5, line={"color": ACCENT, "width": 4}, **place
                )
    _layout(figure, 60 + layers * 175)
    room = 64 if n <= OVERVIEW_LABELS_TO else 10
    figure.update_layout(margin={"t": 34, "l": room, "b": room}, font={"size": 12})
    figure.update_annotations(font={"size": 12, "family": FONT})
    return figure


def share_bars(
    before: dict[str, float],
    after: dict[str, float] | None = None,
    *,
    names: tuple[str, str] = ("", ""),
    title: str = "",
) -> go.Figure:
    """Return the shares of the candidates as horizontal bars; with `after`, both states one above the other."""
    words = list(before)
    places = list(range(len(words)))  # not the words themselves: two may be shortened alike, one may be a number
    states = [(names[0], before, BAR if after is None else BAR_BEFORE)]
    if after is not None:
        states.append((names[1], after, BAR))
    figure = go.Figure()
    for name, shares, colour in states:
        figure.add_bar(
            y=places,
            x=[shares[word] * 100 for word in words],
            orientation="h",
            name=name,
            marker_color=colour,
            text=[f"{name} {shares[word]:.1%}".strip() for word in words],
            textposition="auto",
            insidetextanchor="start",
            textfont={"size": 15},
            hoverinfo="skip",
        )
    figure.update_xaxes(range=[0, 100], ticksuffix="%", fixedrange=True, showgrid=True, gridcolor="#e3e9eb")
    figure.update_yaxes(
        tickvals=places,
        ticktext=[label(word) for word in words],
        autorange="reversed",
        fixedrange=True,
        tickfont={"size": 18},
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
    _layout(figure, (100 if title else 70) + len(words) * len(states) * 34, title)
    figure.update_layout(bargap=0.25, bargroupgap=0.05, margin={"b": 34, "r": 24})
    return figure


def vectors(rows: Sequence[tuple[str, Floats]], *, title: str = "") -> go.Figure:
    """Return vectors of the same length d as coloured strips, one above the other; red negative, blue positive."""
    values = np.stack([vector for _, vector in rows]).astype(np.float32)
    reach = np.abs(values).max(axis=1, keepdims=True)
    figure = go.Figure(
        go.Heatmap(
            z=values / np.where(reach == 0, 1, reach),
            customdata=values,
            colorscale=DIVERGING,
            zmin=-1,
            zmax=1,
            showscale=False,
            hovertemplate="%{x}: %{customdata:.3f}<extra></extra>",
            xgap=1,
            ygap=6,
        )
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[name for name, _ in rows],
        autorange="reversed",
        fixedrange=True,
        automargin=True,
    )
    figure.update_xaxes(showticklabels=False, ticks="", showgrid=False, zeroline=False, fixedrange=True)
    figure.update_yaxes(showgrid=False, zeroline=False)
    return _layout(figure, 30 + 44 * len(rows), title)
