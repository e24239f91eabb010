"""③ Temperature, top-k and top-p on scores that are already there: no slider asks the model."""

import streamlit as st

from core.sampling import Sampling
from lessons import widgets
from lessons.gpt import figures
from lessons.gpt.kept import Kept, draws, kept
from lessons.gpt.lab import LiveLab, Next
from lessons.gpt.steps.scene import Scene, badge, sampling_sliders, seed_box
from lessons.scenes import quoted, waiting
from lessons.text import plain

SHOWN, DRAWS = 8, 20


def sampling(scene: Scene) -> None:
    """③ Temperature, top-k and top-p on scores that are already there: no slider asks the model."""
    say, lab = scene.say, scene.live
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("sampling")
        with st.container(border=True):
            chosen = sampling_sliders(scene)
            st.button(say("sampling_reset"), on_click=_reset, args=(scene,), key="sampling:reset")
    with right:
        if lab is None:
            waiting(scene)
            return
        found = lab.next(scene.beginning)
        assert found.logits is not None
        badge(scene, f"python -m core next {quoted(scene.beginning)}")
        st.markdown(f"### {plain(scene.beginning)} :orange[＿＿]")
        left_over = kept(found.logits, chosen, found.ids[:SHOWN])
        _bars(scene, found, left_over)
        st.markdown(plain(_told(scene, left_over, len(found.logits), chosen)))
        st.caption(say("sampling_cached"))
        _drawn(scene, lab, found, chosen)


def _reset(scene: Scene) -> None:
    for name in ("T", "k", "p"):
        scene.state.set(name, scene.state.defaults[name])


def _bars(scene: Scene, found: Next, left_over: Kept) -> None:
    say = scene.say
    words = [*found.words[:SHOWN], say("sampling_others")]
    before, after = [*left_over.before, left_over.others[0]], [*left_over.after, left_over.others[1]]
    names = say("sampling_before"), say("sampling_after")
    rows = [(word, [figures.percent(b), figures.percent(a)]) for word, b, a in zip(words, before, after, strict=True)]
    alt = ", ".join(f"{word} {b} → {a}" for word, (b, a) in rows)
    widgets.figure(figures.before_after(words, before, after, names=names), "sampling:bars", alt)
    widgets.table(say, "sampling:table", names, rows)


def _told(scene: Scene, left_over: Kept, vocabulary: int, chosen: Sampling) -> str:
    facts = {"count": f"{left_over.count:,}", "all": f"{vocabulary:,}", "cut": figures.percent(left_over.cut_off)}
    return scene.say("sampling_greedy" if chosen.temperature == 0 else "sampling_left", **facts)


def _drawn(scene: Scene, lab: LiveLab, found: Next, chosen: Sampling) -> None:
    """Draw the next word many times, when the reader asks for it."""
    say = scene.say
    with st.container(border=True):
        seed_box(scene)
        if not widgets.switch(say("sampling_draw", count=DRAWS), scene.state, "x"):
            return
        assert found.logits is not None
        counts = draws(found.logits, chosen, DRAWS)
        st.markdown(
            plain(say("sampling_drawn", count=DRAWS))
            + " "
            + say.listed(say("sampling_times", word=plain(lab.word(one)), times=times) for one, times in counts)
        )
