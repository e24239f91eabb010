"""④ Cut an edge and see what it did; the effect of every edge beside the attention."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.maps import Cut, Floats
from lessons import widgets
from lessons.scenes import MEAN, layer_and_head, waiting
from lessons.self_attention import figures
from lessons.self_attention.lab import Maps, largest
from lessons.self_attention.steps.question import shares_alt
from lessons.self_attention.steps.scene import Scene, asked_position, choose_edge, chosen_edge, edge_selectors, names_of
from lessons.text import distinct, plain

SMALL_EFFECT, LARGE_EFFECT = 0.02, 0.03  # shares; between them nothing is said


def cut(scene: Scene) -> None:
    """④ Cut an edge, and see what it did; the effect of every edge beside the attention."""
    say, question = scene.say, scene.question
    if not question.has_word:
        return
    maps = scene.lab.maps(question.hole)
    before = scene.lab.shares(question)
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("cut")
    if maps is None or before is None:
        with right:
            waiting(scene)
        return
    question = replace(question, candidates=tuple(before.shares))
    scene = replace(scene, question=question)
    with right:
        layer_and_head(scene)
        cuts = _cut_panel(scene, maps)
        after = scene.lab.shares(question, cuts) if cuts else None
        if cuts and after is None:
            waiting(scene)
            return
        word = question.candidates[0]
        bars = figures.share_bars(
            before.shares,
            after.shares if after else None,
            names=(say("cut_before"), say("cut_after")),
            title=say("cut_bars_title"),
        )
        widgets.figure(bars, "cut:bars", shares_alt((after or before).shares))
        states = {say("cut_before"): before, **({say("cut_after"): after} if after else {})}
        shares = [(one, [f"{state.shares[one]:.1%}" for state in states.values()]) for one in before.shares]
        widgets.table(say, "cut:bars:table", list(states), shares)
        if after:
            points = figures.signed((after.shares[word] - before.shares[word]) * 100)
            st.markdown(f"**{plain(say('cut_change', word=word, points=points))}**")
    _effects(scene, maps, cuts)


def _scope(scene: Scene) -> tuple[int | None, int | None]:
    """Return the (layer, head) that a cut reaches."""
    return (scene.layer, scene.head) if scene.state["scope"] == "head" else (None, None)


def _written(cuts: str) -> list[tuple[int, int]]:
    """Return the edges of "2-1.3-1"; what is not an edge is left out."""
    parts = [part.split("-") for part in cuts.split(".") if part]
    return [
        (int(part[0]), int(part[1])) for part in parts if len(part) == 2 and part[0].isdecimal() and part[1].isdecimal()
    ]


def _cut_panel(scene: Scene, maps: Maps) -> tuple[Cut, ...]:
    """Draw the choice of an edge, the scope and the buttons; return the cuts."""
    say, state, names = scene.say, scene.state, names_of(maps)
    scoped = scene.layer is not None or scene.head is not None
    if scoped:
        place = say(
            "cut_scope_head",
            layer=state["l"].replace(MEAN, f"1–{scene.layers}"),
            head=state["h"].replace(MEAN, f"1–{scene.heads}"),
        )
        widgets.choose_one(
            say("cut_scope_label"),
            state,
            "scope",
            ["all", "head"],
            lambda v: say("cut_scope_all") if v == "all" else place,
        )
    else:
        state.set("scope", "all")
    query, key = edge_selectors(scene, maps, (say("cut_query_label"), say("cut_key_label")))
    edges = [edge for edge in _written(state["cut"]) if max(edge) < len(names)]

    def cut_also(*more: tuple[int, int]) -> None:
        state.set("cut", ".".join(f"{a}-{b}" for a, b in dict.fromkeys([*edges, *more])))

    column = [(other, key) for other in range(len(names)) if other != key]
    one, two = st.columns([5, 3])
    one.button(
        plain(say("cut_button", query=names[query], key=names[key])),
        on_click=cut_also,
        args=((query, key),),
        type="primary",
        icon=":material/content_cut:",
        key="cut:do",
        width="stretch",
    )
    one.button(
        plain(say("cut_column_button", key=names[key])),
        on_click=cut_also,
        args=column,
        key="cut:column",
        width="stretch",
    )
    two.button(
        say("cut_restore"), on_click=state.set, args=("cut", ""), disabled=not edges, key="cut:undo", width="stretch"
    )
    layer, head = _scope(scene)
    if edges:
        st.caption(plain(say("cut_list", edges=say.listed(f"{names[a]} → {names[b]}" for a, b in edges))))
    else:
        st.caption(say("cut_none"))
    return tuple(Cut(a, b, layer, head) for a, b in edges)


def _effects(scene: Scene, maps: Maps, cuts: tuple[Cut, ...]) -> None:
    """Draw attention and effect side by side, after the reader has guessed."""
    say, question = scene.say, scene.question
    layer, head = _scope(scene)
    change = scene.lab.effects(question, layer, head)
    if change is None and scene.lab.live:
        st.info(say("effect_too_long"), icon=":material/hourglass_top:")
        return
    if change is None:
        waiting(scene)
        return
    word, hole, names = question.candidates[0], asked_position(scene, maps), names_of(maps)
    if not _revealed(scene, maps, change, hole):
        return
    weights = maps.mean(scene.layer, scene.head)
    selected, struck = chosen_edge(scene, maps), [(edge.query, edge.key) for edge in cuts]
    left, right = st.columns(2, gap="medium")
    everything = list(range(len(names)))
    with left:
        st.markdown(f"**{say('attention_title')}**")
        chart = figures.attention_map(
            weights, names, axes=scene.axes(), bar="", hover=say("hover_attention"), selected=selected, struck=struck
        )
        widgets.clickable(chart, "cut:attention", say("attention_title"), choose_edge(scene, everything))
        widgets.grid_table(say, "cut:attention:table", names, names, weights)
    with right:
        st.markdown(f"**{plain(say('effect_title', word=word))}**")
        hover = say("hover_effect").replace("{word}", figures.label(word).replace("{", "{{").replace("}", "}}"))
        chart = figures.effect_map(
            change, names, axes=scene.axes(), bar="", hover=hover, selected=selected, struck=struck
        )
        widgets.clickable(chart, "cut:effect", say("effect_title", word=word), choose_edge(scene, everything))
    st.caption(plain(say("effect_help", word=word)) + " " + say("click_hint"))
    if np.isnan(change).all(axis=1).any():
        st.caption(say("effect_row_only"))
    for line in _disagreements(scene, names, weights, change, hole):
        st.markdown("- " + plain(line))
    rows = [
        (
            names[i],
            [figures.signed(float(change[i, j]) * 100) if np.isfinite(change[i, j]) else "–" for j in everything],
        )
        for i in everything
    ]
    widgets.table(say, "cut:table", names, rows)


def _disagreements(scene: Scene, names: list[str], weights: Floats, change: Floats, hole: int) -> list[str]:
    """Return sentences on the hole's row: its largest weight with little effect, its largest effect with little weight."""
    say = scene.say
    keys = [key for key in range(len(names)) if key != hole and np.isfinite(change[hole, key])]
    if not keys:
        return []
    looked, mattered = max(keys, key=lambda key: weights[hole, key]), max(keys, key=lambda key: abs(change[hole, key]))

    def line(name: str, key: int) -> str:
        return say(
            name,
            query=names[hole],
            key=names[key],
            weight=f"{weights[hole, key]:.2f}",
            points=figures.signed(float(change[hole, key]) * 100),
        )

    lines = []
    if abs(change[hole, looked]) < SMALL_EFFECT:
        lines.append(line("disagree_attention", looked))
    if mattered != looked and abs(change[hole, mattered]) > LARGE_EFFECT:
        lines.append(line("disagree_effect", mattered))
    return lines


def _revealed(scene: Scene, maps: Maps, change: Floats, hole: int) -> bool:
    """Draw the guess before the result; return whether the result may be shown."""
    say, names, word = scene.say, names_of(maps), scene.question.candidates[0]
    key = f"guess:{scene.card.name}:{scene.question.hole}:{word}"
    keys = [index for index in range(len(names)) if index != hole and np.isfinite(change[hole, index])]
    if key not in st.session_state:
        with st.container(border=True):
            st.markdown(f"**{say('predict_title')}** — {plain(say('predict_effect', query=names[hole], word=word))}")
            guess = st.radio(
                say("predict_placeholder"),
                keys,
                index=None,
                format_func=distinct(names).__getitem__,
                horizontal=True,
                key=key + ":radio",
                label_visibility="collapsed",
            )

            def reveal(value: int) -> None:
                st.session_state[key] = value

            one, two = st.columns(2)
            one.button(
                say("predict_submit"),
                disabled=guess is None,
                on_click=reveal,
                args=(guess,),
                type="primary",
                key="guess:do",
                width="stretch",
            )
            two.button(say("predict_skip"), on_click=reveal, args=(-1,), key="guess:skip", width="stretch")
        return False
    guess = st.session_state[key]
    best = largest(change, hole, keys)
    points = figures.signed(float(change[hole, best]) * 100)
    if guess == best:
        st.success(plain(say("predict_effect_right", key=names[best], points=points)))
    elif guess in keys:
        guessed = figures.signed(float(change[hole, guess]) * 100)
        st.warning(
            plain(say("predict_effect_wrong", guess=names[guess], guess_points=guessed, key=names[best], points=points))
        )
    return True
