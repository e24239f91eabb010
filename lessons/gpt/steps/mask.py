"""① The whole sentence, read from the left: the triangle, and what each row has to guess."""

import streamlit as st

from lessons import widgets
from lessons.gpt import figures
from lessons.gpt.lab import Surprise
from lessons.gpt.steps.scene import Scene, badge
from lessons.scenes import layer_and_head, quoted, waiting
from lessons.self_attention.lab import Maps
from lessons.text import plain


def mask(scene: Scene) -> None:
    """① The whole sentence, read from the left: the triangle, and what each row has to guess."""
    say, text = scene.say, scene.sentence
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("question")
        scene.heading("mask")
    with right:
        maps, bits = scene.lab.maps(text), scene.lab.surprise(text)
        if maps is None or bits is None:
            waiting(scene)
            return
        badge(scene, f"python -m core attention {quoted(text)}", "encoder")
        layer_and_head(scene)
        names = [token.text for token in maps.tokens]
        row = _row(scene, names)
        chart = figures.masked_map(
            maps.mean(scene.layer, scene.head),
            names,
            axes=(say("axis_query"), say("axis_key")),
            bar=say("colour_bar_attention"),
            hover=say("hover_attention"),
            hidden=say("hover_hidden"),
            row=row,
        )
        widgets.clickable(chart, "mask:map", say("mask_alt"), lambda query, _: scene.state.set("e", str(query)))
        st.caption(say("mask_legend"))
        for line in _told(scene, names, row, bits):
            st.markdown("- " + plain(line))
        _table(scene, maps, names)


def _row(scene: Scene, names: list[str]) -> int:
    """Draw the choice of a row, the keyboard's way to it; return it."""
    rows = [str(index) for index in range(len(names))]
    if scene.state["e"] not in rows:
        scene.state.set("e", rows[max(0, len(rows) - 2)])
    return int(
        widgets.choose_one(
            scene.say("mask_row"), scene.state, "e", rows, lambda row: f"{int(row) + 1}. {names[int(row)]}"
        )
    )


def _told(scene: Scene, names: list[str], row: int, bits: Surprise) -> list[str]:
    """Return what a row sees, what it does not see, and how well it guessed the token after it."""
    say = scene.say
    lines = [say("mask_sees", word=names[row], seen=say.listed(names[: row + 1]))]
    if row + 1 < len(names):
        lines.append(say("mask_hides", hidden=say.listed(names[row + 1 :])))
        scored = row + 1 - (len(names) - len(bits.bits))
        if scored >= 0:
            prob = figures.percent(2.0 ** -bits.bits[scored])
            lines.append(say("mask_guesses", following=names[row + 1], prob=prob))
    return lines


def _table(scene: Scene, maps: Maps, names: list[str]) -> None:
    weights = maps.mean(scene.layer, scene.head)
    rows = [
        (
            name,
            [f"{weights[query, key]:.3f}" if key <= query else scene.say("cell_masked") for key in range(len(names))],
        )
        for query, name in enumerate(names)
    ]
    widgets.table(scene.say, "mask:table", names, rows)
