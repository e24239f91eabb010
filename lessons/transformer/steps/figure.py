"""① The figure of the paper: click a box, and see what goes in and what comes out (lessons.transformer.steps.box)."""

import streamlit as st

from lessons import widgets
from lessons.self_attention.figures import label
from lessons.transformer import blueprint
from lessons.transformer.answers import Inside
from lessons.transformer.architecture import PAPER, Box
from lessons.transformer.steps.box import one_line, panel, title
from lessons.transformer.steps.scene import Scene, badge, choose_place


def figure(scene: Scene) -> None:
    """① The figure of the paper: click a box, and see what goes in and what comes out."""
    scene.heading("question")
    inside = scene.inside()
    if inside is None:
        scene.heading("figure")
        return
    left, right = st.columns([6, 7], gap="large")
    with right:  # first: it is what a click asks for, and the figure takes the browser longer
        _selectors(scene, inside)
        panel(scene, inside, _chosen(scene))
    with left:
        badge(scene)
        _draw(scene, inside, _chosen(scene))
    scene.heading("figure")


def _chosen(scene: Scene) -> Box:
    return PAPER.box(scene.state.pick("b", list(PAPER.names)))


def _full_name(scene: Scene, box: Box) -> str:
    """Return part and name of a box."""
    return scene.say("figure_hover", part=scene.say(f"part_{box.part}"), box=one_line(title(scene, box)))


def _draw(scene: Scene, inside: Inside, chosen: Box) -> None:
    """Draw the figure; a click chooses a box."""
    say = scene.say
    best = [inside.answers[row][0][0] for row in inside.lasts]
    chart = blueprint.draw(
        PAPER,
        {box.name: title(scene, box).replace(" / ", "<br>") for box in PAPER.boxes},
        chosen=chosen.name,
        inputs=(_line(inside.heard), _line(inside.read)),
        output=_line(best),
        titles=(say("side_encoder"), say("side_decoder")),
        layers=say("times", layers=inside.layers),
        hover={box.name: _full_name(scene, box) for box in PAPER.boxes},
    )

    def click(y: int, x: int) -> None:
        box = PAPER.at(y, x)
        if box is not None:
            scene.state.set("b", box.name)

    widgets.clickable(chart, "figure:paper", say("figure_alt"), click)
    st.caption(say("figure_click"))


def _line(tokens: tuple[str, ...] | list[str]) -> str:
    return blueprint.shortened([label(token) for token in tokens])


def _selectors(scene: Scene, inside: Inside) -> None:
    """Draw the choices of box, layer and token: the keyboard's way."""
    say = scene.say
    names = {
        box.name: f"{place}. {_full_name(scene, box)}" for place, box in enumerate(PAPER.boxes, 1)
    }  # numbered: the same box stands in both halves
    one, two, three = st.columns([5, 3, 3])
    with one:
        widgets.choose_one(say("figure_box"), scene.state, "b", list(names), names.__getitem__)
    with two:
        layers = {str(layer): say("layer_option", layer=layer) for layer in range(1, inside.layers + 1)}
        fixed = not _chosen(scene).stacked
        widgets.choose_one(say("layer_label"), scene.state, "l", list(layers), layers.__getitem__, disabled=fixed)
    with three:
        choose_place(scene, say("token_label"), "t", inside.rows(_chosen(scene).name))
