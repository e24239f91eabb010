"""The steps of the lesson, one function each: the reader's question in, widgets and figures on the page out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.maps import Cut, Floats, HeadDetail
from lessons import live, widgets
from lessons.self_attention import figures
from lessons.self_attention.lab import Lab, LiveLab, Maps, Question, largest
from lessons.state import PageState
from lessons.text import Section, Strings, plain, sections

MEAN = "mean"
COMPONENTS_SHOWN = 8
SMALL_EFFECT, LARGE_EFFECT = 0.01, 0.03  # shares; between them nothing is said
BERTVIZ_TOKENS = 32


@dataclass(frozen=True)
class Scene:
    """What every step needs: the reader's question, who answers, in which language, and the state of the page."""

    question: Question
    lab: Lab
    state: PageState
    say: Strings
    text: dict[str, Section]
    model_name: str
    layers: int
    heads: int

    @property
    def reading(self) -> str:
        """The text that the model reads: with the hole, or as it is."""
        return self.question.hole if self.state["r"] == "hole" and self.question.has_word else self.question.text

    @property
    def layer(self) -> int | None:
        return None if self.state["l"] == MEAN else int(self.state["l"]) - 1

    @property
    def head(self) -> int | None:
        return None if self.state["h"] == MEAN else int(self.state["h"]) - 1

    def heading(self, anchor: str) -> None:
        st.subheader(self.text[anchor].title, anchor=anchor)
        st.markdown(self.text[anchor].body)

    def axes(self) -> tuple[str, str]:
        return self.say("axis_query"), self.say("axis_key")


def _layer_and_head(scene: Scene, *, means: bool = True) -> None:
    """Draw the two selectors."""
    extra = [MEAN] if means else []
    layers = [*extra, *(str(layer + 1) for layer in range(scene.layers))]
    heads = [*extra, *(str(head + 1) for head in range(scene.heads))]
    say = scene.say
    left, right = st.columns(2)
    with left:
        widgets.choose_one(say("layer_label"), scene.state, "l", layers, lambda v: say("mean_layers") if v == MEAN else say("layer_option", layer=v))
    with right:
        widgets.choose_one(say("head_label"), scene.state, "h", heads, lambda v: say("mean_heads") if v == MEAN else say("head_option", head=v))


def _reading(scene: Scene) -> None:
    """Draw the switch between the sentence as it is and with the hole."""
    say = scene.say
    widgets.choose_one(
        say("reading_label"), scene.state, "r", ["hole", "plain"], lambda v: say("reading_hole") if v == "hole" else say("reading_as_is", word=scene.question.word)
    )


def _shown(scene: Scene, maps: Maps) -> list[int]:
    """Return the positions that are on the map."""
    return (maps.visible or list(range(len(maps.tokens)))) if scene.state["x"] == "1" else list(range(len(maps.tokens)))


def _edge(scene: Scene, maps: Maps) -> tuple[int, int]:
    """Return the chosen (query, key); by default the word that is asked about, looking at its strongest key."""
    n = len(maps.tokens)
    written = scene.state["e"].split("-")
    if len(written) == 2 and all(part.isdigit() and int(part) < n for part in written):
        return int(written[0]), int(written[1])
    query = _asked(scene, maps)
    return query, largest(maps.mean(scene.layer, scene.head), query, maps.visible or range(n))


def _asked(scene: Scene, maps: Maps) -> int:
    """Return the position of the hole, or of the first token of the word that is asked about."""
    hole = [index for index, token in enumerate(maps.tokens) if token.text == "[MASK]"]
    start = scene.question.text.find(scene.question.word)
    word = [index for index, token in enumerate(maps.tokens) if not token.special and token.start <= start < token.end]
    return (hole or word or maps.visible or [0])[0]


def _choose_edge(scene: Scene, shown: list[int]) -> Callable[[int, int], None]:
    return lambda row, column: scene.state.set("e", f"{shown[row]}-{shown[column]}")


def _names(maps: Maps, positions: list[int] | None = None) -> list[str]:
    return [maps.tokens[index].text for index in (positions if positions is not None else range(len(maps.tokens)))]


def _edge_selectors(scene: Scene, maps: Maps, labels: tuple[str, str]) -> tuple[int, int]:
    """Draw the two selectors of an edge (the keyboard's way to a cell); return (query, key)."""
    query, key = _edge(scene, maps)
    scene.state.set("e", f"{query}-{key}")
    options = list(range(len(maps.tokens)))
    names = _names(maps)
    chosen = []
    for column, label, value, name in zip(st.columns(2), labels, (query, key), ("eq", "ek"), strict=True):
        widget = f"{scene.state.page}:{name}"
        st.session_state[widget] = value

        def taken() -> None:
            new = [st.session_state[f"{scene.state.page}:{part}"] for part in ("eq", "ek")]
            scene.state.set("e", f"{new[0]}-{new[1]}")

        with column:
            chosen.append(st.selectbox(label, options, format_func=lambda i: f"{i + 1}. {names[i]}", key=widget, on_change=taken, filter_mode=None))
    return chosen[0], chosen[1]


def _waiting(scene: Scene) -> None:
    st.info(scene.say("needs_live"), icon=":material/hourglass_top:")


def _badge(scene: Scene, command: str) -> None:
    recorded = getattr(scene.lab, "command", command)
    widgets.badge(scene.say, scene.lab.live, command if scene.lab.live else recorded)


def question(scene: Scene) -> None:
    """① The question, and what the model thinks of it."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("question")
    with right:
        if not scene.question.has_word:
            return
        shares = scene.lab.shares(scene.question)
        if shares is None:
            _waiting(scene)
            return
        say = scene.say
        _badge(scene, f'python -m core choose "{scene.question.hole}" {" ".join(scene.question.candidates)}')
        st.markdown(f"### {plain(scene.question.hole)}")
        widgets.figure(figures.share_bars(shares.shares, title=say("choice_title")), "choice", _shares_alt(shares.shares))
        if shares.method == "sentence":
            st.caption(say("choice_sentence"))
        st.caption(say("filling_title") + ": " + "、".join(f"{plain(word)} {share:.0%}" for word, share in shares.top))


def _shares_alt(shares: dict[str, float]) -> str:
    return ", ".join(f"{word} {share:.0%}" for word, share in shares.items())


def attention_map(scene: Scene) -> None:
    """② One map, or all of them."""
    left, right = st.columns([4, 7], gap="large")
    say = scene.say
    with left:
        view = widgets.choose_one(say("view_label"), scene.state, "v", ["heatmap", "overview"], lambda v: say(f"view_{v}"))
        _reading(scene)
        if view == "heatmap":
            _layer_and_head(scene)
        widgets.switch(say("hide_special"), scene.state, "x", help=say("hide_special_help"))
        scene.heading("read-map" if view == "heatmap" else "overview")
    maps = scene.lab.maps(scene.reading)
    with right:
        if maps is None:
            _waiting(scene)
            return
        _badge(scene, f'python -m core attention "{scene.reading}"')
        shown = _shown(scene, maps)
        if view == "overview":
            weights = maps.weights[:, :, shown][..., shown]
            panel, hover = (say(key).replace("{weight}", "{weight}") for key in ("overview_panel", "hover_overview"))
            widgets.figure(figures.overview(weights, _names(maps, shown), panel=panel, hover=hover), "overview", say("overview_title"))
            return
        _one_map(scene, maps, shown)


def _one_map(scene: Scene, maps: Maps, shown: list[int]) -> None:
    say = scene.say
    weights = maps.mean(scene.layer, scene.head)
    query, key = _edge(scene, maps)
    strongest = largest(weights, query, shown)
    names = _names(maps)
    figure = figures.attention_map(
        weights[np.ix_(shown, shown)],
        _names(maps, shown),
        axes=scene.axes(),
        bar=say("colour_bar_attention"),
        hover=say("hover_attention"),
        selected=(shown.index(query), shown.index(key)) if query in shown and key in shown else None,
    )
    fact = say("attention_strongest", query=names[query], key=names[strongest], weight=f"{weights[query, strongest]:.2f}")
    widgets.clickable(figure, "map", fact, _choose_edge(scene, shown))
    st.caption(plain(fact) + " " + say("click_hint"))
    rows = [(names[i], [f"{weights[i, j]:.3f}" for j in shown]) for i in shown]
    widgets.table(say, "map:table", _names(maps, shown), rows)


def numbers(scene: Scene) -> None:
    """③ One cell, opened into its numbers."""
    say = scene.say
    left, right = st.columns([4, 7], gap="large")
    with left:
        _layer_and_head(scene, means=False)
        _reading(scene)
    maps = scene.lab.maps(scene.reading)
    if maps is None or maps.detail is None:
        with right:
            _waiting(scene)
        return
    assert scene.layer is not None and scene.head is not None
    detail: HeadDetail = maps.detail.head(scene.layer, scene.head)
    with left:
        query, key = _edge_selectors(scene, maps, (say("numbers_query_label"), say("numbers_key_label")))
        figure = figures.attention_map(
            maps.weights[scene.layer, scene.head], _names(maps), axes=scene.axes(), hover=say("hover_attention"), selected=(query, key)
        )
        figure.update_layout(height=min(figure.layout.height, 380))
        figure.update_traces(showscale=False, selector={"type": "heatmap"})
        widgets.clickable(figure, "numbers:map", say("attention_title"), _choose_edge(scene, list(range(len(maps.tokens)))))
    with right:
        scene.heading("numbers")
        _walk(scene, maps, detail, query, key)


def _walk(scene: Scene, maps: Maps, detail: HeadDetail, query: int, key: int) -> None:
    """Draw q, k, their product, the row from q·k to weights, and the weighted sum, for one query and key."""
    say, names = scene.say, _names(maps)
    i, j = maps.tokens[query].first, maps.tokens[key].first
    q, k, v = detail.q[i], detail.k[j], detail.v[j]
    root = 1 / detail.scale
    say_q, say_k, say_v = (say(name, query=names[query], key=names[key]) for name in ("numbers_q", "numbers_k", "numbers_v"))
    st.markdown(f"**{plain(say('numbers_title', layer=(scene.layer or 0) + 1, head=(scene.head or 0) + 1))}**")
    widgets.figure(figures.vectors([("q", q), ("k", k), ("q × k", q * k)]), "numbers:qk", f"{say_q} / {say_k}")
    st.caption(plain(f"{say_q} / {say_k}") + "  \n" + plain(_components(q) + "  ·  " + _components(k)))
    dot, score, weight = float(detail.dots[i, j]), float(detail.scores[i, j]), float(detail.weights[i, j])
    scored = f"{score:.3f}" if np.isfinite(score) else say("column_masked")
    lines = [
        f"1. {plain(say('numbers_dot'))} = **{dot:.3f}**",
        f"2. {plain(say('numbers_scale', d=len(q), root=f'{root:.3f}'))} → **{dot / root:.3f}**",
        f"3. {plain(say('numbers_mask'))} → **{plain(scored)}**",
        f"4. {plain(say('numbers_softmax'))} → **{weight:.3f}**",
    ]
    st.markdown("\n".join(lines))
    order = [token.first for token in maps.tokens]
    rows = [
        (("▶ " if position == j else "") + name, [f"{detail.dots[i, position]:.2f}", _finite(detail.scores[i, position], say), f"{detail.weights[i, position]:.3f}"])
        for name, position in zip(names, order, strict=True)
    ]
    st.markdown(widgets.markdown_table(["q·k", say("column_score"), say("column_weight")], rows))
    st.caption(plain(say("numbers_row_sum", sum=f"{detail.weights[i].sum():.3f}")))
    widgets.figure(
        figures.vectors([("v", v), ("weight × v", weight * v), ("Σ", detail.output[i])]), "numbers:v", f"{say_v}: {say('numbers_times_v')}"
    )
    st.caption(plain(f"{say_v}。 {say('numbers_times_v')}") + "  \n" + plain(say("numbers_after_rotation")))
    if max(len(maps.tokens[index].pieces) for index in (query, key)) > 1:
        st.caption(say("pieces_note"))


def _components(vector: Floats) -> str:
    return "[" + ", ".join(f"{value:.2f}" for value in vector[:COMPONENTS_SHOWN]) + ", …]"


def _finite(score: float, say: Strings) -> str:
    return f"{score:.2f}" if np.isfinite(score) else say("column_masked")


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
            _waiting(scene)
        return
    with right:
        _layer_and_head(scene)
        cuts = _cut_panel(scene, maps)
        after = scene.lab.shares(question, cuts) if cuts else None
        if cuts and after is None:
            _waiting(scene)
            return
        word = question.candidates[0]
        bars = figures.share_bars(before.shares, after.shares if after else None, names=(say("cut_before"), say("cut_after")), title=say("cut_bars_title"))
        widgets.figure(bars, "cut:bars", _shares_alt((after or before).shares))
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
    return [(int(part[0]), int(part[1])) for part in parts if len(part) == 2 and part[0].isdigit() and part[1].isdigit()]


def _cut_panel(scene: Scene, maps: Maps) -> tuple[Cut, ...]:
    """Draw the choice of an edge, the scope and the buttons; return the cuts."""
    say, state, names = scene.say, scene.state, _names(maps)
    scoped = scene.layer is not None or scene.head is not None
    if scoped:
        place = say("cut_scope_head", layer=state["l"].replace(MEAN, "1–4"), head=state["h"].replace(MEAN, "1–4"))
        widgets.choose_one(say("cut_scope_label"), state, "scope", ["all", "head"], lambda v: say("cut_scope_all") if v == "all" else place)
    else:
        state.set("scope", "all")
    query, key = _edge_selectors(scene, maps, (say("cut_query_label"), say("cut_key_label")))
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
    one.button(plain(say("cut_column_button", key=names[key])), on_click=cut_also, args=column, key="cut:column", width="stretch")
    two.button(say("cut_restore"), on_click=state.set, args=("cut", ""), disabled=not edges, key="cut:undo", width="stretch")
    layer, head = _scope(scene)
    if edges:
        st.caption(plain(say("cut_list", edges="、".join(f"{names[a]} → {names[b]}" for a, b in edges))))
    else:
        st.caption(say("cut_none"))
    return tuple(Cut(a, b, layer, head) for a, b in edges)


def _effects(scene: Scene, maps: Maps, cuts: tuple[Cut, ...]) -> None:
    """Draw attention and effect side by side, after the reader has guessed."""
    say, question = scene.say, scene.question
    layer, head = _scope(scene)
    change = scene.lab.effects(question, layer, head)
    if change is None:
        _waiting(scene)
        return
    word, hole, names = question.candidates[0], _asked(scene, maps), _names(maps)
    if not _revealed(scene, maps, change, hole):
        return
    weights = maps.mean(scene.layer, scene.head)
    selected, struck = _edge(scene, maps), [(edge.query, edge.key) for edge in cuts]
    left, right = st.columns(2, gap="medium")
    everything = list(range(len(names)))
    with left:
        st.markdown(f"**{say('attention_title')}**")
        chart = figures.attention_map(weights, names, axes=scene.axes(), bar="", hover=say("hover_attention"), selected=selected, struck=struck)
        widgets.clickable(chart, "cut:attention", say("attention_title"), _choose_edge(scene, everything))
    with right:
        st.markdown(f"**{plain(say('effect_title', word=word))}**")
        hover = say("hover_effect").replace("{word}", figures.label(word).replace("{", "{{").replace("}", "}}"))
        chart = figures.effect_map(change, names, axes=scene.axes(), bar="", hover=hover, selected=selected, struck=struck)
        widgets.clickable(chart, "cut:effect", plain(say("effect_title", word=word)), _choose_edge(scene, everything))
    st.caption(plain(say("effect_help", word=word)) + " " + say("click_hint"))
    for line in _disagreements(scene, names, weights, change, hole):
        st.markdown("- " + plain(line))
    rows = [(names[i], [figures.signed(float(change[i, j]) * 100) if np.isfinite(change[i, j]) else "–" for j in everything]) for i in everything]
    widgets.table(say, "cut:table", names, rows)


def _disagreements(scene: Scene, names: list[str], weights: Floats, change: Floats, hole: int) -> list[str]:
    """Return sentences on the hole's row: its largest weight with little effect, its largest effect with little weight."""
    say = scene.say
    keys = [key for key in range(len(names)) if key != hole and np.isfinite(change[hole, key])]
    if not keys:
        return []
    looked, mattered = max(keys, key=lambda key: weights[hole, key]), max(keys, key=lambda key: abs(change[hole, key]))

    def line(name: str, key: int) -> str:
        return say(name, query=names[hole], key=names[key], weight=f"{weights[hole, key]:.2f}", points=figures.signed(float(change[hole, key]) * 100))

    lines = []
    if abs(change[hole, looked]) < SMALL_EFFECT:
        lines.append(line("disagree_attention", looked))
    if mattered != looked and abs(change[hole, mattered]) > LARGE_EFFECT:
        lines.append(line("disagree_effect", mattered))
    return lines


def _revealed(scene: Scene, maps: Maps, change: Floats, hole: int) -> bool:
    """Draw the guess before the result; return whether the result may be shown."""
    say, names, word = scene.say, _names(maps), scene.question.candidates[0]
    key = f"guess:{scene.model_name}:{scene.question.hole}:{word}"
    keys = [index for index in range(len(names)) if index != hole and np.isfinite(change[hole, index])]
    if key not in st.session_state:
        with st.container(border=True):
            st.markdown(f"**{say('predict_title')}** — {plain(say('predict_effect', query=names[hole], word=word))}")
            guess = st.radio(say("predict_placeholder"), keys, index=None, format_func=lambda i: plain(names[i]), horizontal=True, key=key + ":radio", label_visibility="collapsed")

            def reveal(value: int) -> None:
                st.session_state[key] = value

            one, two = st.columns(2)
            one.button(say("predict_submit"), disabled=guess is None, on_click=reveal, args=(guess,), type="primary", key="guess:do", width="stretch")
            two.button(say("predict_skip"), on_click=reveal, args=(-1,), key="guess:skip", width="stretch")
        return False
    guess = st.session_state[key]
    best = largest(change, hole, keys)
    points = figures.signed(float(change[hole, best]) * 100)
    if guess == best:
        st.success(plain(say("predict_effect_right", key=names[best], points=points)))
    elif guess in keys:
        guessed = figures.signed(float(change[hole, guess]) * 100)
        st.warning(plain(say("predict_effect_wrong", guess=names[guess], guess_points=guessed, key=names[best], points=points)))
    return True


def causal(scene: Scene) -> None:
    """⑤ The same sentence in a model that sees both sides and in one that sees only the left."""
    say, text = scene.say, scene.question.text
    scene.heading("causal")
    decoder = _decoder_lab()
    _layer_and_head(scene)
    for column, lab, name in zip(st.columns(2, gap="medium"), (scene.lab, decoder), ("encoder", "decoder"), strict=True):
        with column:
            st.markdown(f"**{say(f'causal_{name}')}**")
            maps = lab.maps(text)
            if maps is None:
                _waiting(scene)
                continue
            widgets.badge(say, lab.live, f'python -m core attention "{text}" --model {name}')
            weights = maps.mean(_within(scene.layer, maps.weights.shape[0]), _within(scene.head, maps.weights.shape[1]))
            chart = figures.attention_map(weights, _names(maps), axes=scene.axes(), hover=say("hover_attention"))
            widgets.figure(chart, f"causal:{name}", say(f"causal_{name}"))


def _within(index: int | None, size: int) -> int | None:
    return None if index is None or index >= size else index


def _decoder_lab() -> Lab:
    from lessons.self_attention.lab import recorded

    model = live.model("decoder")
    return recorded("decoder") if model is None else live_lab(model)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={"core.masked.MaskedLM": id, "core.causal.CausalLM": id})
def live_lab(model: object) -> LiveLab:
    """Return the one lab of a loaded model, whose cached answers every session shares."""
    return LiveLab(model)


def advanced(scene: Scene) -> None:
    """⑥ bertviz, offline."""
    say = scene.say
    scene.heading("advanced")
    if not widgets.switch(say("bertviz_open"), scene.state, "b"):
        return
    _reading(scene)
    maps = scene.lab.maps(scene.reading)
    if maps is None or not scene.lab.live:
        _waiting(scene)
        return
    from lessons import bertviz_offline

    names = _names(maps)[:BERTVIZ_TOKENS]
    weights = maps.weights[:, :, : len(names), : len(names)]
    for view, draw in (("head", bertviz_offline.head_view), ("model", bertviz_offline.model_view)):
        st.caption(say(f"bertviz_{view}_view"))
        st.iframe(draw(weights, names), height=bertviz_offline.height(view, *weights.shape[:3]), alt=say(f"bertviz_{view}_view"))


def quiz(scene: Scene) -> None:
    """⑦ Five questions."""
    scene.heading("quiz")
    widgets.quiz(scene.say, "self_attention", scene.say.lang, lambda anchor: scene.text[anchor].title)


def limits(scene: Scene) -> None:
    """⑧ What was simplified, sources, the teacher's guide."""
    scene.heading("limits")
    scene.heading("sources")
    with st.expander(scene.say("teacher_guide"), icon=":material/school:"):
        for section in sections("self_attention", scene.say.lang, "guide").values():
            st.markdown(f"#### {section.title}\n\n{section.body}")


STEPS: dict[str, Callable[[Scene], None]] = {
    "question": question,
    "map": attention_map,
    "numbers": numbers,
    "cut": cut,
    "causal": causal,
    "advanced": advanced,
    "quiz": quiz,
    "limits": limits,
}
