"""② The stack of layers: how the vector of one letter changes from layer to layer, and which sublayer turns it most."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.maps import Floats
from lessons import widgets
from lessons.scenes import guessed, waiting
from lessons.self_attention.figures import label
from lessons.text import plain
from lessons.transformer import vectors
from lessons.transformer.answers import Inside
from lessons.transformer.blueprint import COLOURS
from lessons.transformer.steps.box import one_line
from lessons.transformer.steps.scene import Scene, badge, choose_place, verdict

SUBLAYERS = ("self_attention", "feed_forward")


@dataclass(frozen=True)
class Turn:
    """What one sublayer of the encoder did to the vector of one letter.

    `added`, `length`: how long what it added is, and what it was added to; `turned`: 1 − the cosine between the vector
    before and after; `after`: the vector that leaves it.
    """

    layer: int
    sublayer: str
    added: float
    length: float
    turned: float
    after: Floats


def turns(inside: Inside, row: int) -> list[Turn]:
    """Return what the sublayers of the encoder did to one row, in their order."""
    found = []
    for layer in range(inside.layers):
        for number, sublayer in enumerate(SUBLAYERS, 1):
            block = inside.blocks[f"encoder.add_norm_{number}", layer]
            added, before = (one[row] for one in block.inputs)
            after = block.output[row]
            lengths = float(np.linalg.norm(before)), float(np.linalg.norm(after))
            cosine = float(before @ after) / max(1e-9, lengths[0] * lengths[1])
            found.append(Turn(layer, sublayer, float(np.linalg.norm(added)), lengths[0], 1 - cosine, after))
    return found


def stack(scene: Scene) -> None:
    """② The stack of layers: how the vector of one letter changes from layer to layer."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("stack")
    with right:
        inside = scene.lab.inside(scene.source)
        if inside is None:
            waiting(scene)
            return
        badge(scene)
        row = choose_place(scene, say("token_label"), "t", inside.source)
        found = turns(inside, row)
        names = [_name(scene, turn) for turn in found]
        _journey(scene, inside, row, names, found)
        about = f"stack:{scene.source}:{row}"
        guess = guessed(scene, about, say("stack_question", token=inside.source[row]), names)
        if guess is None:
            return
        _revealed(scene, inside, row, names, found, guess)


def _name(scene: Scene, turn: Turn) -> str:
    return scene.say("stack_point", layer=turn.layer + 1, sublayer=one_line(scene.say(f"box_{turn.sublayer}")))


def _journey(scene: Scene, inside: Inside, row: int, names: list[str], found: list[Turn]) -> None:
    """Draw the vector after the position was added, and after each sublayer."""
    say = scene.say
    start = inside.blocks["encoder.position", None].output[row]
    values = np.stack([start, *(turn.after for turn in found)])
    values = values / np.linalg.norm(values, axis=1, keepdims=True)  # compared by direction: the lengths are told below
    short = [say("stack_start"), *(one_line(_short(scene, turn)) for turn in found)]
    panel = vectors.Strip(say("stack_strips", token=label(inside.source[row])), short, values)
    widgets.figure(vectors.strips([panel]), "stack:strips", say("strips_alt"))
    numbers = [str(place + 1) for place in range(values.shape[1])]
    widgets.grid_table(say, "stack:strips:table", numbers, short, values.T)
    st.caption(say("stack_help"))


def _short(scene: Scene, turn: Turn) -> str:
    return scene.say(f"short_{turn.sublayer}", layer=turn.layer + 1)


def _revealed(scene: Scene, inside: Inside, row: int, names: list[str], found: list[Turn], guess: int) -> None:
    """Show how far each sublayer turned the vector, and whether the guess was right."""
    say = scene.say
    most = max(range(len(found)), key=lambda one: found[one].turned)
    fact = say("stack_most", token=inside.source[row], point=names[most], turned=f"{found[most].turned:.2f}")
    verdict(scene, guess, guess == most, fact)
    kinds = {"self_attention": COLOURS["attend"], "feed_forward": COLOURS["feed"]}
    chart = vectors.turns(
        [_short(scene, turn).replace(" / ", "<br>") for turn in found],
        [turn.turned for turn in found],
        [kinds[turn.sublayer] for turn in found],
        axis=say("stack_axis"),
    )
    alt = ", ".join(f"{name} {turn.turned:.2f}" for name, turn in zip(names, found, strict=True))
    widgets.figure(chart, "stack:turns", alt)
    rows = [
        (name, [f"{turn.length:.1f}", f"{turn.added:.1f}", f"{turn.turned:.3f}"])
        for name, turn in zip(names, found, strict=True)
    ]
    widgets.table(say, "stack:table", [say("column_before"), say("column_added"), say("column_turned")], rows)
    st.markdown(plain(say("stack_other")))
