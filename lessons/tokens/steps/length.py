"""⑥ How long a text is: in characters, tokens and bytes; and what happens above the limit."""

import streamlit as st

from core.tokens import check
from lessons import live, widgets
from lessons.text import plain, toml
from lessons.tokens import chips, figures, lab
from lessons.tokens.lab import CONTEXT, Cutting
from lessons.tokens.steps.scene import Scene, command, numbers


def length(scene: Scene) -> None:
    """⑥ How long a text is, and what happens above the limit."""
    say = scene.say
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("length")
        st.button(
            say("length_long"),
            on_click=scene.state.set,
            args=("s", toml("tokens", "examples")["long"][0]["text"]),
            icon=":material/notes:",
            key="length:long",
        )
    with right:
        sentence = scene.sentence()
        with scene.told():
            _measured(scene, check(sentence))


def _measured(scene: Scene, text: str) -> None:
    say, cutting = scene.say, lab.ours(text)
    cuttings = {say("short_ours"): cutting}
    cuttings |= {say("short_characters"): lab.characters(text), say("short_bytes"): lab.utf8(text)}
    model = live.present(scene.state["m"]) if "/" in scene.state["m"] else None
    if model is not None:
        with scene.told():
            cuttings[scene.state["m"].split("/")[-1]] = lab.guest(model, text)
    widgets.badge(say, True, command(text))
    st.markdown(f"**{numbers(say, text, cutting)}**")
    values = [(name, float(one.length)) for name, one in cuttings.items()]
    alt = ", ".join(f"{name} {value:.0f}" for name, value in values)
    widgets.figure(figures.bars(values, axis=say("length_axis", limit=CONTEXT), limit=CONTEXT), "length", alt)
    rows = [(name, [str(one.count), str(one.length), f"{one.length**2:,}"]) for name, one in cuttings.items()]
    widgets.table(say, "length:table", [say(f"column_{name}") for name in ("tokens", "read", "cells")], rows)
    _limit(scene, cutting)


def _limit(scene: Scene, cutting: Cutting) -> None:
    """Say whether our models read the text; show what another tool would drop."""
    say = scene.say
    if cutting.length <= CONTEXT:
        st.success(plain(say("length_fits", read=cutting.length, limit=CONTEXT, left=CONTEXT - cutting.length)))
        return
    st.warning(plain(say("length_over", read=cutting.length, limit=CONTEXT)))
    kept = [token for token in cutting.own if token.last <= CONTEXT - 1]  # [SEP] takes the last place
    dropped = cutting.own[len(kept) :]
    st.markdown(f"{say('length_kept')}  \n" + chips.words([token.text for token in kept]))
    rest = " ".join(chips.chip(chips.visible(token.text), chips.ADDED) for token in dropped[: chips.SHOWN])
    left = len(dropped) - chips.SHOWN
    st.markdown(f"{say('length_dropped')}  \n{rest}" + (" " + plain(say("chips_more", count=left)) if left > 0 else ""))
