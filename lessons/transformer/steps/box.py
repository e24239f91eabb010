"""What is told of one box of the figure: what it does, the vectors that go in and come out, weights, words, code."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.maps import Floats
from lessons import widgets
from lessons.gpt.figures import percent, word_bars
from lessons.self_attention.figures import label
from lessons.text import plain
from lessons.transformer import figures, vectors
from lessons.transformer.answers import Block, Inside
from lessons.transformer.architecture import Box
from lessons.transformer.code import BLOCKS, lines
from lessons.transformer.steps.scene import Scene

NUMBERS = 6  # of a vector that are written out
SHOWN = 6  # likely next words
INPUTS = {  # what goes into a box, by names of ui.toml; "states" into all others
    "embedding": ("row",),
    "position": ("embedding", "waves"),
    "cross_attention": ("states", "memory"),
    "add_norm": ("sublayer", "residual"),
    "softmax": ("scores",),
}


@dataclass(frozen=True)
class Given:
    """One thing that goes into a box, and the tokens that its rows belong to; `own`: those of the box itself."""

    name: str
    rows: tuple[str, ...]
    values: Floats
    own: bool


def kind(box: Box) -> str:
    """Return what sort of box it is: all that add and norm are of one."""
    return "add_norm" if box.block.startswith("add_norm") else box.block


def title(scene: Scene, box: Box) -> str:
    """Return the name of a box for a reader; " / " may be a line break."""
    return scene.say("box_masked_attention" if box.name == "decoder.self_attention" else f"box_{kind(box)}")


def one_line(name: str) -> str:
    return name.replace(" / ", " ")


def panel(scene: Scene, inside: Inside, box: Box) -> None:
    """Say what the box does in the chosen layer, and show its numbers for the chosen token."""
    say, row = scene.say, int(scene.state["t"])
    layer = int(scene.state["l"]) - 1 if box.stacked else None
    block = inside.blocks[box.name, layer]
    given = _given(scene, inside, box, block)
    place = say("layer_option", layer=layer + 1) + " · " if layer is not None else ""
    st.markdown(f"#### {place}{say(f'part_{box.part}')}: {one_line(title(scene, box))}")
    own = {"decoder.self_attention", "decoder.embedding"}  # with an explanation of their own
    st.markdown(say(f"does_{box.name.replace('.', '_')}" if box.name in own else f"does_{kind(box)}"))
    st.markdown(_flow(scene, box, block, given))
    if box.part == "output":
        _answers(scene, inside, box, block, row)
    else:
        _vectors(scene, inside, box, block, given, row)
    if layer is not None and box.name in inside.attention:
        _attention(scene, inside, box, layer, row)
    _code(scene, box)


def _given(scene: Scene, inside: Inside, box: Box, block: Block) -> list[Given]:
    """Return what goes into a box."""
    names, own = INPUTS.get(kind(box), ("states",)), inside.rows(box.name)
    return [
        Given(scene.say(f"in_{name}"), inside.source if name == "memory" else own, values, name != "memory")
        for name, values in zip(names, block.inputs, strict=True)
    ]


def _shape(size: tuple[int, ...]) -> str:
    return f"`({size[0]:,}, {size[1]:,})`"


def _flow(scene: Scene, box: Box, block: Block, given: list[Given]) -> str:
    """Return the shapes that go in and come out, as one line of Markdown."""
    shapes = [block.shape if box.block == "softmax" else one.values.shape for one in given]
    inputs = " + ".join(f"{one.name} {_shape(shape)}" for one, shape in zip(given, shapes, strict=True))
    return f"{inputs} → **{scene.say('out')}** {_shape(block.shape)}"


def _vectors(scene: Scene, inside: Inside, box: Box, block: Block, given: list[Given], row: int) -> None:
    """Draw what goes in and comes out as strips, a click chooses a row; tell the numbers of the chosen one."""
    say, own = scene.say, inside.rows(box.name)
    shown = [Given(say("strip_in", name=one.name), one.rows, one.values, one.own) for one in given]
    if block.middle is not None and kind(box) == "add_norm":
        shown.append(Given(say("strip_sum"), own, block.middle, True))
    shown.append(Given(say("strip_out"), own, block.output, True))
    panels = [
        vectors.Strip(f"{one.name} (±{vectors.reach(one.values):.2g})", [label(row) for row in one.rows], one.values)
        for one in shown
    ]
    clicked = [place for place, one in enumerate(shown) if one.own]
    chart = vectors.strips(panels, chosen=row, clicked=clicked)
    widgets.clickable(chart, "figure:strips", say("strips_alt"), lambda one, _: scene.state.set("t", str(one)))
    st.caption(say("strips_help", width=block.shape[1]))
    rows = [
        (one.name, [_numbers(one.values[row]), f"{float(np.linalg.norm(one.values[row])):.1f}"])
        for one in shown
        if one.own
    ]
    st.markdown(plain(say("vector_told", token=own[row])))
    st.markdown(widgets.markdown_table([say("column_first", count=NUMBERS), say("column_length")], rows))


def _numbers(vector: Floats) -> str:
    return ", ".join(f"{value:.2f}".replace("-", "−") for value in vector[:NUMBERS])


def _answers(scene: Scene, inside: Inside, box: Box, block: Block, row: int) -> None:
    """Show the likeliest next words of the chosen row: their scores, or also their probabilities."""
    say, found = scene.say, inside.answers[row][:SHOWN]
    st.markdown(plain(say("answers_after", text="".join(inside.target[1 : row + 1]) or inside.target[0])))
    scores = (block.output if box.block == "linear" else block.inputs[0])[row]
    header, words = [say("column_score")], [word for word, _ in found]
    cells = [[f"{float(score):.2f}".replace("-", "−")] for score in scores[:SHOWN]]
    if box.block == "softmax":
        header.append(say("column_prob"))
        cells = [[*cell, percent(prob)] for cell, (_, prob) in zip(cells, found, strict=True)]
        alt = ", ".join(f"{word} {percent(prob)}" for word, prob in found)
        widgets.figure(word_bars(words, [prob for _, prob in found]), "figure:answers", alt)
    st.markdown(widgets.markdown_table(header, list(zip(words, cells, strict=True))))


def _attention(scene: Scene, inside: Inside, box: Box, layer: int, row: int) -> None:
    """Draw the mean map of the heads of the box."""
    say, (queries, keys) = scene.say, inside.attending(box.name)
    chart = figures.attention(
        inside.attention[box.name][layer].mean(axis=0),
        queries,
        keys,
        axes=(say("axis_query"), say("axis_key")),
        hover=say("hover_attention"),
        row=min(row, len(queries) - 1),
    )
    st.markdown(f"**{say('figure_map', layer=layer + 1)}**")
    widgets.clickable(chart, "figure:map", say("map_alt"), lambda query, _: scene.state.set("t", str(query)))
    widgets.grid_table(say, "figure:map:table", queries, keys, inside.attention[box.name][layer].mean(axis=0))


def _code(scene: Scene, box: Box) -> None:
    """Offer the lines of the blackboard that do what the box does."""
    block = "output" if box.part == "output" else kind(box)
    if block in BLOCKS:
        with st.expander(scene.say("figure_code"), icon=":material/code:"):
            st.caption(scene.say("code_other_model"))
            st.code(lines(block), language="python")
