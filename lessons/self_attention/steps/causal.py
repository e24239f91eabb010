"""⑤ The same sentence in a model that sees both sides and in one that sees only the left."""

import streamlit as st

from lessons import live, widgets
from lessons.scenes import layer_and_head, quoted, waiting
from lessons.self_attention import figures
from lessons.self_attention.lab import Lab, live_lab, recorded
from lessons.self_attention.steps.scene import Scene, names_of


def causal(scene: Scene) -> None:
    """⑤ The same sentence in a model that sees both sides and in one that sees only the left."""
    say, text = scene.say, scene.question.text
    scene.heading("causal")
    decoder = _decoder_lab()
    layer_and_head(scene)
    for column, lab, kind in zip(
        st.columns(2, gap="medium"), (scene.lab, decoder), ("encoder", "decoder"), strict=True
    ):
        name = scene.card.name if kind == "encoder" else kind
        with column:
            st.markdown(f"**{say(f'causal_{kind}')}**")
            maps = lab.maps(text)
            if maps is None:
                waiting(scene)
                continue
            widgets.badge(say, lab.live, f"python -m core attention {quoted(text)} --model {name}")
            weights = maps.mean(_within(scene.layer, maps.weights.shape[0]), _within(scene.head, maps.weights.shape[1]))
            chart = figures.attention_map(weights, names_of(maps), axes=scene.axes(), hover=say("hover_attention"))
            widgets.figure(chart, f"causal:{kind}", say(f"causal_{kind}"))
            names = names_of(maps)
            widgets.grid_table(say, f"causal:{kind}:table", names, names, weights)


def _within(index: int | None, size: int) -> int | None:
    return None if index is None or index >= size else index


def _decoder_lab() -> Lab:
    model = None if live.failed("decoder") else live.model("decoder")
    return recorded("decoder") if model is None else live_lab(model)
