"""③ The decoder: it reads what it has written, sees nothing to the right, and carries on what was written for it."""

import streamlit as st

from lessons import widgets
from lessons.gpt.figures import masked_map, percent, word_bars
from lessons.scenes import layer_and_head, waiting
from lessons.text import plain
from lessons.transformer.answers import Inside, Writing, examples
from lessons.transformer.steps.scene import Scene, badge, choose_place

SHOWN = 6


def decoder(scene: Scene) -> None:
    """③ The decoder: it reads what it has written, and sees nothing to the right."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("decoder")
        own = scene.lab.writing(scene.source)
        _forged(scene, own)
    with right:
        written = scene.state["w"].strip()
        inside = scene.lab.inside(scene.source, written)
        if inside is None or own is None:
            waiting(scene)
            return
        badge(scene)
        _map(scene, inside)


def _forged(scene: Scene, own: Writing | None) -> None:
    """Draw the box for what is said to have been written, with beginnings of other sentences to choose from."""
    say, state = scene.say, scene.state
    found = [scene.lab.writing(one.text) for one in examples()[:4] if one.text != scene.source]
    beginnings = [one.written(max(1, len(one.words) - 1 - 2)) for one in found if one is not None]
    picked = f"{state.page}:forged"

    def taken() -> None:
        state.taken("w")
        state.set("e", "")

    def pick() -> None:
        state.set("w", st.session_state[picked] or "")
        state.set("e", "")

    with st.container(border=True):
        st.markdown(f"**{say('forge_title')}**")
        st.caption(plain(say("forge_help", source=" ".join(scene.source.split()))))
        options = ["", *dict.fromkeys(beginnings)]
        st.session_state[picked] = state["w"] if state["w"] in options else None
        st.pills(
            say("forge_pick"),
            options,
            format_func=lambda one: plain(one) if one else say("forge_own"),
            key=picked,
            on_change=pick,
        )
        placeholder = own.text if own is not None else ""
        st.text_input(say("forge_box"), key=state.widget("w"), on_change=taken, placeholder=placeholder)


def _map(scene: Scene, inside: Inside) -> None:
    say, names = scene.say, inside.read
    layer_and_head(scene, layer="a")
    row = choose_place(scene, say("decoder_row"), "e", names, len(names) - 1)
    weights = inside.attention["decoder.self_attention"]
    weights = weights if scene.layer is None else weights[scene.layer : scene.layer + 1]
    weights = weights if scene.head is None else weights[:, scene.head : scene.head + 1]
    mean = weights.mean(axis=(0, 1))
    chart = masked_map(
        mean,
        names,
        axes=(say("axis_query"), say("axis_key")),
        bar=say("colour_bar"),
        hover=say("hover_attention"),
        hidden=say("hover_hidden"),
        row=row,
    )
    widgets.clickable(chart, "decoder:map", say("decoder_alt"), lambda query, _: scene.state.set("e", str(query)))
    st.caption(say("decoder_legend"))
    for line in _told(scene, inside, row):
        st.markdown("- " + plain(line))
    answers = inside.answers[inside.lasts[row]][:SHOWN]
    alt = ", ".join(f"{word} {percent(prob)}" for word, prob in answers)
    chart = word_bars([word for word, _ in answers], [prob for _, prob in answers])
    widgets.figure(chart, "decoder:answers", alt)
    told = [(word, [percent(prob)]) for word, prob in answers]
    widgets.table(say, "decoder:answers:table", [say("column_prob")], told)
    rows = [
        (name, [f"{mean[query, key]:.3f}" if key <= query else say("cell_masked") for key in range(len(names))])
        for query, name in enumerate(names)
    ]
    widgets.table(say, "decoder:table", names, rows)


def _told(scene: Scene, inside: Inside, row: int) -> list[str]:
    """Return what a row reads, what it cannot see, and what it answers."""
    say, names = scene.say, inside.read
    lines = [say("decoder_sees", token=names[row], seen=say.listed(names[: row + 1]))]
    if row + 1 < len(names):
        lines.append(say("decoder_hides", hidden=say.listed(names[row + 1 :])))
    word, prob = inside.answers[inside.lasts[row]][0]
    return [*lines, say("decoder_answers", word=word, prob=percent(prob))]
