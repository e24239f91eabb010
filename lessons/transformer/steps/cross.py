"""④ Cross-attention: where the decoder looks in the source while it writes, step by step."""

import numpy as np
import streamlit as st

from core.maps import Floats, mean_map
from lessons import widgets
from lessons.gpt.figures import percent, word_bars
from lessons.scenes import layer_and_head
from lessons.text import plain
from lessons.transformer import figures
from lessons.transformer.answers import Writing
from lessons.transformer.steps.scene import Scene, badge, index

SHOWN = 5


def cross(scene: Scene) -> None:
    """④ Cross-attention: where the decoder looks in the source while it writes, step by step."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("cross")
        layer_and_head(scene, layer="a")
    with right:
        writing = scene.writing()
        if writing is None:
            return
        badge(scene)
        step = index(scene, "i", len(writing.words))
        _text(scene, writing, step)
        _buttons(scene, writing, step)
        weights = mean_map(writing.cross, scene.layer, scene.head)
        _map(scene, writing, weights, step)
        st.markdown(plain(_looked(scene, writing, weights, step)))
        _candidates(scene, writing, step)
        _beams(scene, writing)


def _text(scene: Scene, writing: Writing, step: int) -> None:
    """Show what was written before this step, and what is written now."""
    before, now = writing.written(step), writing.words[step]
    last = step == len(writing.words) - 1 and writing.ended
    shown = scene.say("cross_end") if last else now
    st.markdown(f"### {plain(writing.source_text)} → {plain(before)}:orange[{plain(shown)}]")


def _buttons(scene: Scene, writing: Writing, step: int) -> None:
    say, count = scene.say, len(writing.words)

    def go(to: int) -> None:
        scene.state.set("i", str(to))

    one, two, three = st.columns([3, 4, 3], vertical_alignment="bottom")
    one.button(
        say("cross_back"),
        on_click=go,
        args=(step - 1,),
        disabled=step == 0,
        icon=":material/undo:",
        key="cross:back",
        width="stretch",
    )
    with two:
        widgets.choose_one(
            say("cross_step"),
            scene.state,
            "i",
            [str(place) for place in range(count)],
            lambda place: f"{int(place) + 1}. {writing.words[int(place)]}",
            label_visibility="collapsed",
        )
    three.button(
        say("cross_write"),
        on_click=go,
        args=(step + 1,),
        disabled=step + 1 == count,
        type="primary",
        icon=":material/edit:",
        key="cross:on",
        width="stretch",
    )


def _map(scene: Scene, writing: Writing, weights: Floats, step: int) -> None:
    """Draw the rows of the letters written so far; a click goes to one of them."""
    say = scene.say
    words = [*writing.words[: step + 1], *([""] * (len(writing.words) - step - 1))]
    chart = figures.attention(
        weights,
        words,
        writing.source,
        axes=(say("axis_written"), say("axis_source")),
        hover=say("hover_cross"),
        row=step,
        reading=step + 1,
    )
    widgets.clickable(chart, "cross:map", say("cross_alt"), lambda row, _: scene.state.set("i", str(row)))
    st.caption(say("cross_legend"))
    rows = [
        (name, [f"{value:.3f}" for value in line])
        for name, line in zip(writing.words[: step + 1], weights[: step + 1], strict=True)
    ]
    widgets.table(say, "cross:table", writing.source, rows)


def _looked(scene: Scene, writing: Writing, weights: Floats, step: int) -> str:
    most = int(np.argmax(weights[step]))
    facts = {"word": writing.words[step], "key": writing.source[most], "place": most + 1}
    return scene.say("cross_looked", **facts, weight=f"{weights[step, most]:.2f}")


def _candidates(scene: Scene, writing: Writing, step: int) -> None:
    """Draw what might have been written in this step."""
    found = writing.candidates[step][:SHOWN]
    words = [word for word, _ in found]
    st.markdown(f"**{plain(scene.say('cross_candidates', step=step + 1))}**")
    alt = ", ".join(f"{word} {percent(prob)}" for word, prob in found)
    chart = word_bars(words, [prob for _, prob in found], marked=0)
    widgets.figure(chart, "cross:candidates", alt)
    rows = [(word, [percent(prob)]) for word, prob in found]
    widgets.table(scene.say, "cross:candidates:table", [scene.say("column_prob")], rows)


def _beams(scene: Scene, writing: Writing) -> None:
    """Say what a beam search makes of the text, where that is something else."""
    lab = scene.live
    if not writing.ended:
        st.warning(plain(scene.say("cross_no_end", limit=scene.card.context)))
    if lab is not None and (text := lab.beams(scene.source)) != writing.text:
        st.info(plain(scene.say("cross_beams", text=text)))
