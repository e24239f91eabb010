"""⑥ bertviz offline, ⑦ the quiz, ⑧ what was simplified, sources and the teacher's guide."""

import streamlit as st

from lessons import widgets
from lessons.scenes import waiting
from lessons.self_attention.steps.scene import Scene, names_of, reading_switch
from lessons.text import plain

BERTVIZ_TOKENS = 32
LESSON_PAIR = "鳴く・泣く"  # a group of core/training/minimal_pairs.toml


def advanced(scene: Scene) -> None:
    """⑥ bertviz, offline."""
    say = scene.say
    scene.heading("advanced")
    if not widgets.switch(say("bertviz_open"), scene.state, "b"):
        return
    reading_switch(scene)
    maps = scene.lab.maps(scene.reading)
    if maps is None or not scene.lab.live:
        waiting(scene)
        return
    from lessons import bertviz_offline

    names = names_of(maps)[:BERTVIZ_TOKENS]
    if len(maps.tokens) > BERTVIZ_TOKENS:
        st.caption(say("bertviz_first", shown=BERTVIZ_TOKENS, all=len(maps.tokens)))
    weights = maps.weights[:, :, : len(names), : len(names)]
    shape = weights.shape[0], weights.shape[1], len(names)
    st.caption(say("bertviz_head_view"))
    head_view = bertviz_offline.head_view(weights, names)
    st.iframe(head_view, height=bertviz_offline.height("head", *shape), alt=say("bertviz_head_view"))
    st.caption(say("bertviz_model_view"))
    model_view = bertviz_offline.model_view(weights, names)
    st.iframe(model_view, height=bertviz_offline.height("model", *shape), alt=say("bertviz_model_view"))


def quiz(scene: Scene) -> None:
    """⑦ Five questions."""
    scene.heading("quiz")
    widgets.quiz(scene.say, "self_attention", scene.say.lang, lambda anchor: scene.text[anchor].title)


def _scores(scene: Scene) -> None:
    """Say how often the model is right, as its card has it."""
    scores = scene.card.scores
    if not scores:
        return
    pairs, words = scores["minimal_pairs"], scores["hidden_words"]
    lesson = pairs["groups"][LESSON_PAIR]
    facts = {"pairs": pairs["pairs"], "right": pairs["right"], "top1": f"{words['top1']:.0%}"}
    st.info(plain(scene.say("limits_scores", **facts, lesson_pairs=lesson["pairs"], lesson_right=lesson["right"])))
    st.caption(f"`python -m core.training.evaluate {scene.card.name}`")


def limits(scene: Scene) -> None:
    """⑧ What was simplified, sources, the teacher's guide."""
    scene.heading("limits")
    _scores(scene)
    scene.heading("sources")
    widgets.guide(scene.say, "self_attention")
