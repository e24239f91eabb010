"""⑦ What each layer believes so far: the answer read from every layer of encoder and decoder."""

from typing import Any

import streamlit as st

from core.tokens import check
from lessons import live, widgets
from lessons.gpt.figures import percent
from lessons.scenes import cut_short, quoted, waiting
from lessons.text import plain
from lessons.transformer import figures
from lessons.transformer.answers import Beliefs, asked
from lessons.transformer.lab import beliefs as read
from lessons.transformer.playback import recorded
from lessons.transformer.steps.scene import Scene

BOXES = {"encoder": "f", "decoder": "g"}
COMMANDS = {"encoder": "fill", "decoder": "next"}


def beliefs(scene: Scene) -> None:
    """⑦ What each layer believes so far: the answer read from every layer of encoder and decoder."""
    scene.heading("beliefs")
    for column, model in zip(st.columns(2, gap="large"), BOXES, strict=True):
        with column:
            _ask(scene, model)
            with widgets.told(scene.say.lang, scene.say("error_prefix")):
                _show(scene, model, check(scene.state[BOXES[model]]))
    st.caption(scene.say("beliefs_help"))


def _ask(scene: Scene, model: str) -> None:
    """Draw the box for the text, with the lesson's texts to choose from."""
    say, state, name = scene.say, scene.state, BOXES[model]
    texts = list(asked(model))
    picked = f"{state.page}:picked:{model}"

    def pick() -> None:
        if st.session_state[picked]:
            state.set(name, st.session_state[picked])

    st.markdown(f"**{say(f'beliefs_{model}')}**")
    st.session_state[picked] = state[name] if state[name] in texts else None
    st.selectbox(
        say("examples_label"),
        texts,
        key=picked,
        on_change=pick,
        placeholder=say("examples_own"),
        filter_mode=None,
    )
    st.text_input(say(f"box_{name}"), key=state.widget(name), on_change=state.taken, args=(name,))


def _show(scene: Scene, model: str, text: str) -> None:
    say = scene.say
    loaded: Any = live.model(model)
    if loaded is not None:
        whole, text = text, loaded.fitting(text)
        cut_short(say.lang, loaded.limit, whole, text)
    found = recorded().beliefs(model, text) if loaded is None else read(loaded, text)
    if found is None:
        waiting(scene)
        return
    command = f"python -m core {COMMANDS[model]} {quoted(text)}"
    widgets.badge(say, loaded is not None, command if loaded is not None else recorded().command)
    names = [say("beliefs_start"), *(say("layer_option", layer=layer) for layer in range(1, len(found.layers)))]
    chart = figures.lens(found.layers, names, axis=say("beliefs_rank"), answer=found.answer)
    widgets.figure(chart, f"beliefs:{model}", _alt(names, found))
    st.markdown("- " + plain(_told(scene, found)))
    rows = [
        (name, [f"{word} {percent(prob)}" for word, prob in row[:4]] + [percent(course)])
        for name, row, course in zip(names, found.layers, found.course, strict=True)
    ]
    header = [say("beliefs_rank").format(rank=rank) for rank in range(1, 5)] + [found.answer]
    widgets.table(say, f"beliefs:{model}:table", header, rows)


def _told(scene: Scene, found: Beliefs) -> str:
    """Say from which layer on the answer is the likeliest word."""
    first = len(found.layers) - 1
    while first > 0 and found.layers[first - 1][0][0] == found.answer:
        first -= 1
    facts = {"answer": found.answer, "prob": percent(found.course[-1])}
    if first == len(found.layers) - 1:
        return scene.say("beliefs_late", **facts)
    return scene.say("beliefs_since", **facts, layer=first, early=percent(found.course[first]))


def _alt(names: list[str], found: Beliefs) -> str:
    return ", ".join(f"{name}: {row[0][0]} {percent(row[0][1])}" for name, row in zip(names, found.layers, strict=True))
