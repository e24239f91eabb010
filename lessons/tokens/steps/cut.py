"""① The reader's sentence as four tokenizers cut it."""

import streamlit as st

from core.catalogue import Kind
from core.tokens import check
from lessons import chooser, live, widgets
from lessons.text import plain
from lessons.tokens import chips, lab
from lessons.tokens.lab import Cutting
from lessons.tokens.steps.scene import Scene, command, large, numbers

KINDS: dict[str, tuple[Kind, str]] = {"encoder": ("masked", "encoder"), "decoder": ("causal", "decoder")}


def cut(scene: Scene) -> None:
    """① The reader's sentence as four tokenizers cut it."""
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("cut")
    with right:
        sentence = scene.sentence()
        with scene.told():
            _first(scene, check(sentence))
    st.divider()
    _others(scene, sentence)


def _first(scene: Scene, text: str) -> None:
    """Draw our tokens of the text."""
    say, cutting = scene.say, lab.ours(text)
    widgets.badge(say, True, command(text))
    large(say, cutting)
    st.markdown(f"**{numbers(say, text, cutting)}**")
    st.caption(say("chips_legend"))
    note = next((example.note[say.lang] for example in lab.examples() if example.text == text), None)
    if note:
        st.info(note, icon=":material/lightbulb:")


def _others(scene: Scene, sentence: str) -> None:
    """Draw the same text cut by the others, and the table of one of them."""
    say = scene.say
    left, right = st.columns([7, 5], gap="large")
    with right:
        guest = _guest(scene)
    with left:
        st.markdown(f"**{say('compare_title')}**")
        cuttings: dict[str, Cutting] = {}
        with scene.told():
            text = check(sentence)
            cuttings = {"ours": lab.ours(text), "characters": lab.characters(text), "bytes": lab.utf8(text)}
        for name, cutting in cuttings.items():
            _row(scene, say(f"tokenizer_{name}"), cutting, bytes_=name == "bytes")
        model = None if guest is None else live.present(guest)
        if cuttings and model is not None:
            with scene.told():
                cuttings["guest"] = lab.guest(model, text)
                _row(scene, str(guest), cuttings["guest"])
    if not cuttings:
        return
    titles = {name: say(f"tokenizer_{name}") if name != "guest" else str(guest) for name in cuttings}
    shown = widgets.choose_one(say("table_of"), scene.state, "t", list(cuttings), titles.__getitem__)
    scene.tokens_table(cuttings[shown])
    st.caption(say("table_help"))


def _row(scene: Scene, title: str, cutting: Cutting, *, bytes_: bool = False) -> None:
    st.markdown(f"{plain(title)}: **{plain(scene.say('tokens', tokens=cutting.count))}**")
    st.markdown(chips.chips(cutting, bytes_=bytes_, more=scene.say("chips_more")))


def _guest(scene: Scene) -> str | None:
    """Draw the choice of a further model; return its name if it has come and is not one of ours."""
    say, state = scene.say, scene.state
    st.markdown(f"**{say('guest_title')}**")
    kind_name = widgets.choose_one(say("guest_kind"), state, "k", list(KINDS), lambda name: say(f"guest_{name}"))
    kind, default = KINDS[kind_name]
    if state["m"] in {embedded for _, embedded in KINDS.values()}:
        state.set("m", default)
    name = default
    with widgets.told(say.lang):
        name, _ = chooser.speaker(state, say.lang, kind, default)
    if name != default:
        return name
    st.caption(say("guest_help"))
    return None
