"""⑤ From the id to its vector; words that point the same way; a map of words."""

import shlex

import streamlit as st

from core.errors import EmptyText
from core.tokens import Token
from lessons import widgets
from lessons.self_attention import figures as strips
from lessons.text import plain
from lessons.tokens import chips, embeddings, figures, lab
from lessons.tokens.figures import Dot
from lessons.tokens.record import WordMap, recorded, titles
from lessons.tokens.steps.scene import Scene

COMPONENTS = 8  # of a vector, written out


def vectors(scene: Scene) -> None:
    """⑤ From the id to its vector; words that point the same way; a map of words."""
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("vectors")
    with right:
        sentence = scene.sentence()
        with scene.told():
            _row(scene, sentence)
    st.divider()
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("neighbours")
        word = scene.box(scene.say("neighbour_label"), "n", scene.say("neighbour_help"))
    with right, scene.told():
        _neighbours(scene, word)
    st.divider()
    _map(scene, word)


def _row(scene: Scene, sentence: str) -> None:
    """Draw the row of one token of the sentence."""
    say, cutting = scene.say, lab.ours(sentence)
    tokens = cutting.tokens
    options = [str(place) for place in range(len(tokens))]
    first = next((place for place, token in enumerate(tokens) if not token.special), 0)
    if scene.state["i"] not in options:
        scene.state.set("i", str(first))
    chosen = widgets.choose_one(
        say("token_label"), scene.state, "i", options, lambda place: _named(place, tokens[int(place)])
    )
    token = tokens[int(chosen)]
    row = embeddings.vector(token.id)
    widgets.badge(say, True, f"python -m lessons.tokens.embeddings {shlex.quote(token.text)}")
    name = chips.visible(cutting.names[token.first])
    st.markdown(f"### {plain(chips.visible(token.text))} → {token.id} → {plain(say('vector_of', components=len(row)))}")
    alt = say("vector_alt", piece=name, id=token.id, components=len(row))
    widgets.figure(strips.vectors([(figures.shown(name), row)]), "vector", alt)
    written = ", ".join(f"{value:.2f}" for value in row[:COMPONENTS])
    st.caption(plain(f"[{written}, …]") + "  \n" + say("vector_colours"))
    if len(token.pieces) > 1:
        st.caption(say("vector_first_byte"))
    rows = [(f"{place + 1}–{place + COMPONENTS}", _numbers(row, place)) for place in range(0, len(row), COMPONENTS)]
    if st.toggle(say("table_alternative"), key="vector:table"):
        scene.table([f"+{place}" for place in range(COMPONENTS)], rows)


def _named(place: str, token: Token) -> str:
    return f"{int(place) + 1}. {chips.visible(token.text)} ({token.id})"


def _numbers(row: embeddings.Floats, place: int) -> list[str]:
    return [f"{value:.3f}" for value in row[place : place + COMPONENTS]]


def _neighbours(scene: Scene, word: str) -> None:
    """Draw the words whose vectors point most nearly the same way."""
    say, shown = scene.say, chips.visible(word.strip())
    if not word.strip():
        raise EmptyText()
    identifier = embeddings.single(word.strip())
    if identifier is None:
        st.markdown(chips.chips(lab.ours(word.strip())))
        st.info(plain(say("neighbour_pieces", word=shown)))
        return
    found = embeddings.neighbours(identifier)
    widgets.badge(say, True, f"python -m lessons.tokens.embeddings {shlex.quote(word.strip())}")
    st.markdown(f"**{plain(say('neighbour_title', word=shown, id=identifier))}**")
    values = [(near.text, near.cosine) for near in found]
    alt = say("neighbour_alt", word=shown, words=say.listed(near.text for near in found[:3]))
    widgets.figure(figures.bars(values, axis="cosine", decimals=2), "neighbours", alt)
    rows = [(chips.visible(near.text), [str(near.id), f"{near.cosine:.3f}"]) for near in found]
    widgets.table(say, "neighbours:table", [say("column_id"), "cosine"], rows)
    beside = [other for other in (identifier - 1, identifier + 1) if 0 <= other < len(embeddings.table())]
    facts = [
        f"{chips.visible(lab.name(other))} (id {other}) {embeddings.cosine(identifier, other):.2f}" for other in beside
    ]
    st.caption(plain(say("neighbour_ids", facts=say.listed(facts))))


def _map(scene: Scene, word: str) -> None:
    """Draw the map of words, the reader's own word on it."""
    say, state, found = scene.say, scene.state, recorded()
    names = titles(say.lang)
    left, right = st.columns([4, 8], gap="large")
    with left:
        scene.heading("map")
        _search(scene)
        near = widgets.switch(say("map_near"), state, "z")
        groups = _groups(scene, names)
        full, plane, chance = found.neighbours
        st.info(plain(say("map_hides", words=len(found.dots), full=full, plane=plane, chance=chance)))
        st.caption(plain(say("map_own", word=chips.visible(word.strip()) or "–")))
    with right:
        widgets.badge(say, False, found.command)
        axes = (
            say("map_axis", number=1, share=f"{found.shares[0]:.0%}"),
            say("map_axis", number=2, share=f"{found.shares[1]:.0%}"),
        )
        own = _own(word, found)
        if own is None:
            st.info(plain(say("map_missing", word=chips.visible(word.strip()) or "–")))
        chart = figures.word_map(found.dots, {group: names[group] for group in groups}, axes, own, near=near)
        share = f"{sum(found.shares):.0%}"
        widgets.figure(chart, "map", say("map_alt", words=len(found.dots), share=share))
        rows = [
            (dot.text, [names[dot.group], f"{dot.x:.2f}", f"{dot.y:.2f}"])
            for dot in found.dots
            if dot.group in groups or not groups
        ]
        if st.toggle(say("table_alternative"), key=f"{state.page}:map:table"):
            scene.table([say("column_group"), axes[0], axes[1]], rows)


def _search(scene: Scene) -> None:
    """Draw a second box for the word whose neighbours are shown, beside the map."""
    key, state = f"{scene.state.page}:n:map", scene.state
    st.session_state[key] = state["n"]
    st.text_input(
        scene.say("map_search"),
        key=key,
        on_change=lambda: state.set("n", st.session_state[key]),
        icon=":material/search:",
        placeholder=scene.say("map_search_example"),
    )


def _groups(scene: Scene, names: dict[str, str]) -> list[str]:
    """Draw the choice of the groups that are coloured; return their ids."""
    key, state = f"{scene.state.page}:gr", scene.state
    st.session_state[key] = [group for group in dict.fromkeys(state["gr"].split(".")) if group in names]

    def taken() -> None:
        state.set("gr", ".".join(st.session_state[key][-figures.COLOURED :]))

    st.pills(
        scene.say("map_groups", groups=figures.COLOURED),
        list(names),
        selection_mode="multi",
        format_func=names.__getitem__,
        key=key,
        on_change=taken,
    )
    return [group for group in state["gr"].split(".") if group in names][: figures.COLOURED]


def _own(word: str, found: WordMap) -> Dot | None:
    """Return where the reader's word lies, if it is one piece."""
    word = word.strip()
    identifier = embeddings.single(word) if word else None
    return None if identifier is None else Dot(word, "", *found.place(embeddings.vector(identifier)))
