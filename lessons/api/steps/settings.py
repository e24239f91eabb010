"""⑥ Temperature and seed: the same call again and again, with and without a seed; and the likeliest tokens behind it."""

import streamlit as st

from lessons import widgets
from lessons.api.cases import DRAWS, SEED, TEMPERATURES, drawn
from lessons.api.lab import LiveLab, Reply
from lessons.api.refusals import Refused
from lessons.api.steps.probabilities import probabilities
from lessons.api.steps.question import prompt
from lessons.api.steps.scene import Scene, program, refused
from lessons.scenes import waiting
from lessons.text import plain

Draws = list[Reply]


def settings(scene: Scene) -> None:
    """Draw the step."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("settings")
        said = prompt(scene)
        ways = [str(number) for number in range(len(TEMPERATURES) + 1)]
        chosen = int(
            widgets.choose_one(say("draws_label"), scene.state, "sw", ways, lambda one: _named(scene, int(one)))
        )
    request = _request(said, chosen)
    lab = scene.live
    with right:
        program(scene, request)
        if lab is None:
            waiting(scene)
            return
        if st.button(say("draws_run", draws=DRAWS), type="primary", icon=":material/casino:", key="settings:do"):
            with st.spinner(say("asking")):
                scene.kept.setdefault("settings", {})[said, chosen] = _drawn(scene, lab, request)
    _results(scene, said)


def _named(scene: Scene, way: int) -> str:
    if way < len(TEMPERATURES):
        return scene.say("draws_way", temperature=f"{TEMPERATURES[way]:g}")
    return scene.say("draws_way_seed", temperature="1", seed=SEED)


def _request(said: str, way: int) -> dict[str, object]:
    return drawn(said, TEMPERATURES[way]) if way < len(TEMPERATURES) else drawn(said, 1.0, SEED)


def _drawn(scene: Scene, lab: LiveLab, request: dict[str, object]) -> Draws | Refused:
    found = []
    for _ in range(DRAWS):
        one = scene.try_ask(lab, "settings", request)
        if isinstance(one, Refused):
            return one
        found.append(one)
    return found


def _results(scene: Scene, said: str) -> None:
    """Draw what was drawn with each setting, side by side."""
    say, results = scene.say, scene.kept.get("settings", {})
    mine = [(way, found) for (about, way), found in sorted(results.items()) if about == said]
    if not mine:
        return
    if len({way for way, _ in mine}) > 1:
        scene.did("settings")
    for column, (way, found) in zip(st.columns(len(mine), gap="medium"), mine, strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{_named(scene, way)}**")
            if isinstance(found, Refused):
                refused(scene, found)
                continue
            texts = [one.text for one in found]
            st.caption(say("draws_told", draws=len(texts), different=len(set(texts))))
            st.markdown("\n".join(f"{n}. {plain(text) or say('nothing_said')}" for n, text in enumerate(texts, 1)))
    whole = [found for _, found in mine if not isinstance(found, Refused)]
    if whole:
        st.markdown(f"##### {say('draws_behind')}")
        st.caption(say("draws_behind_note"))
        probabilities(scene, whole[0][0], "settings")
