"""② One attention map, or all of them."""

import numpy as np
import streamlit as st

from core.maps import Floats
from lessons import widgets
from lessons.scenes import layer_and_head, quoted, waiting
from lessons.self_attention import figures
from lessons.self_attention.lab import Maps, largest
from lessons.self_attention.steps.scene import (
    Scene,
    badge,
    choose_edge,
    chosen_edge,
    names_of,
    reading_switch,
    shown_positions,
)
from lessons.text import plain


def attention_map(scene: Scene) -> None:
    """② One map, or all of them."""
    left, right = st.columns([4, 7], gap="large")
    say = scene.say
    with left:
        view = widgets.choose_one(
            say("view_label"), scene.state, "v", ["heatmap", "overview"], lambda v: say(f"view_{v}")
        )
        reading_switch(scene)
        if view == "heatmap":
            layer_and_head(scene)
        widgets.switch(say("hide_special"), scene.state, "x", help=say("hide_special_help"))
        scene.heading("read-map" if view == "heatmap" else "overview")
    maps = scene.lab.maps(scene.reading)
    with right:
        if maps is None:
            waiting(scene)
            return
        badge(scene, f"python -m core attention {quoted(scene.reading)}")
        shown = shown_positions(scene, maps)
        if view == "overview":
            weights = maps.weights[:, :, shown][..., shown]
            chart = figures.overview(
                weights, names_of(maps, shown), panel=say("overview_panel"), hover=say("hover_overview")
            )
            widgets.figure(chart, "overview", say("overview_title"))
            _overview_table(scene, weights, names_of(maps, shown))
            return
        _one_map(scene, maps, shown)


def _overview_table(scene: Scene, weights: Floats, names: list[str]) -> None:
    """Offer all maps as a table: for each head, where each token looks most."""
    say = scene.say
    rows = [
        (
            say("overview_panel", layer=layer + 1, head=head + 1),
            [f"{names[int(row.argmax())]} {row.max():.2f}" for row in weights[layer, head]],
        )
        for layer, head in np.ndindex(weights.shape[:2])
    ]
    widgets.table(say, "overview:table", [f"{name} →" for name in names], rows)


def _one_map(scene: Scene, maps: Maps, shown: list[int]) -> None:
    say = scene.say
    weights = maps.mean(scene.layer, scene.head)
    query, key = chosen_edge(scene, maps)
    strongest = largest(weights, query, shown)
    names = names_of(maps)
    figure = figures.attention_map(
        weights[np.ix_(shown, shown)],
        names_of(maps, shown),
        axes=scene.axes(),
        bar=say("colour_bar_attention"),
        hover=say("hover_attention"),
        selected=(shown.index(query), shown.index(key)) if query in shown and key in shown else None,
    )
    fact = say(
        "attention_strongest", query=names[query], key=names[strongest], weight=f"{weights[query, strongest]:.2f}"
    )
    widgets.clickable(figure, "map", fact, choose_edge(scene, shown))
    st.caption(plain(fact) + " " + say("click_hint"))
    rows = [(names[i], [f"{weights[i, j]:.3f}" for j in shown]) for i in shown]
    widgets.table(say, "map:table", names_of(maps, shown), rows)
