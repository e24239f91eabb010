"""③ One cell of the map, opened into its numbers."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.maps import Floats, HeadDetail
from lessons import widgets
from lessons.scenes import layer_and_head, waiting
from lessons.self_attention import figures
from lessons.self_attention.lab import Maps
from lessons.self_attention.steps.scene import Scene, choose_edge, edge_selectors, names_of, reading_switch
from lessons.text import Strings, plain

COMPONENTS_SHOWN = 8


def numbers(scene: Scene) -> None:
    """③ One cell, opened into its numbers."""
    say = scene.say
    left, right = st.columns([4, 7], gap="large")
    with left:
        layer_and_head(scene, means=False)
        reading_switch(scene)
    maps = scene.lab.maps(scene.reading)
    if maps is None or maps.detail is None:
        with right:
            waiting(scene)
        return
    assert scene.layer is not None and scene.head is not None
    detail: HeadDetail = maps.detail.head(scene.layer, scene.head)
    with left:
        query, key = edge_selectors(scene, maps, (say("numbers_query_label"), say("numbers_key_label")))
        figure = figures.attention_map(
            maps.weights[scene.layer, scene.head],
            names_of(maps),
            axes=scene.axes(),
            hover=say("hover_attention"),
            selected=(query, key),
        )
        figure.update_layout(height=min(figure.layout.height, 380))
        figure.update_traces(showscale=False, selector={"type": "heatmap"})
        widgets.clickable(
            figure, "numbers:map", say("attention_title"), choose_edge(scene, list(range(len(maps.tokens))))
        )
        names = names_of(maps)
        widgets.grid_table(say, "numbers:map:table", names, names, maps.weights[scene.layer, scene.head])
    with right:
        scene.heading("numbers")
        _walk(scene, maps, detail, query, key)


def _walk(scene: Scene, maps: Maps, detail: HeadDetail, query: int, key: int) -> None:
    """Draw q, k, their product, the row from q·k to weights, and the weighted sum, for one query and key."""
    say, names = scene.say, names_of(maps)
    i, j = maps.tokens[query].first, maps.tokens[key].first
    q, k, v = detail.q[i], detail.k[j], detail.v[j]
    root = 1 / detail.scale
    say_q, say_k, say_v = (
        say(name, query=names[query], key=names[key]) for name in ("numbers_q", "numbers_k", "numbers_v")
    )
    st.markdown(f"**{plain(say('numbers_title', layer=(scene.layer or 0) + 1, head=(scene.head or 0) + 1))}**")
    widgets.figure(figures.vectors([("q", q), ("k", k), ("q × k", q * k)]), "numbers:qk", f"{say_q} / {say_k}")
    _components_table(say, "numbers:qk:table", [("q", q), ("k", k), ("q × k", q * k)])
    st.caption(plain(f"{say_q} / {say_k}") + "  \n" + plain(_components(q) + "  ·  " + _components(k)))
    dot, score, weight = float(detail.dots[i, j]), float(detail.scores[i, j]), float(detail.weights[i, j])
    scored = f"{score:.3f}" if np.isfinite(score) else say("column_masked")
    lines = [
        f"1. {plain(say('numbers_dot'))} = **{dot:.3f}**",
        f"2. {plain(say('numbers_scale', d=len(q), root=f'{root:.3f}'))} → **{dot / root:.3f}**",
        f"3. {plain(say('numbers_mask'))} → **{plain(scored)}**",
        f"4. {plain(say('numbers_softmax'))} → **{weight:.3f}**",
    ]
    st.markdown("\n".join(lines))
    order = [token.first for token in maps.tokens]
    rows = [
        (
            ("▶ " if position == j else "") + name,
            [
                f"{detail.dots[i, position]:.2f}",
                _finite(detail.scores[i, position], say),
                f"{detail.weights[i, position]:.3f}",
            ],
        )
        for name, position in zip(names, order, strict=True)
    ]
    st.markdown(widgets.markdown_table(["q·k", say("column_score"), say("column_weight")], rows))
    st.caption(plain(say("numbers_row_sum", sum=f"{detail.weights[i].sum():.3f}")))
    parts = [("v", v), (f"{say('column_weight')} × v", weight * v), ("Σ", detail.output[i])]
    widgets.figure(
        figures.vectors(parts, one_scale=True),
        "numbers:v",
        f"{say_v}: {say('numbers_times_v')}",
    )
    _components_table(say, "numbers:v:table", parts)
    st.caption(plain(f"{say_v}。 {say('numbers_times_v')}") + "  \n" + plain(say("numbers_after_rotation")))
    if max(len(maps.tokens[index].pieces) for index in (query, key)) > 1:
        st.caption(say("pieces_note"))


def _components_table(say: Strings, key: str, vectors: Sequence[tuple[str, Floats]]) -> None:
    """Offer vectors as a table: a row for each component."""
    values = np.stack([vector for _, vector in vectors], axis=1)
    rows = [str(place + 1) for place in range(len(values))]
    widgets.grid_table(say, key, rows, [name for name, _ in vectors], values)


def _components(vector: Floats) -> str:
    return "[" + ", ".join(f"{value:.2f}" for value in vector[:COMPONENTS_SHOWN]) + ", …]"


def _finite(score: float, say: Strings) -> str:
    return f"{score:.2f}" if np.isfinite(score) else say("column_masked")
