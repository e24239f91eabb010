"""⑦ A tiny model learns from nothing, here and now, for a minute."""

import math
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import CoreError
from lessons import widgets
from lessons.bert import figures
from lessons.bert.steps.scene import BLANK, Scene, word_pills
from lessons.gpt.figures import percent
from lessons.self_attention.lab import MASK
from lessons.text import plain

if TYPE_CHECKING:
    from core.training.live import Look, Snapshot, Training

TRAINING, PROBLEM = "bert:training", "bert:problem"  # of this session: the training, and why it could not begin
POLL = 1.0  # s
WORDS = 3  # guesses of each hole
MINUTE = 60  # s


def live_training(scene: Scene) -> None:
    """⑦ A tiny model learns from nothing, here and now, for a minute."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    texts: list[str] = []
    with left:
        scene.heading("live")
        with widgets.told(say.lang, say("error_prefix")):
            texts = _texts(scene)
    with right:
        training: Training | None = st.session_state.get(TRAINING)
        if training is None:
            _start(scene, texts, say("live_start"))
            return
        found = training.look()
        if found.running:
            _watch(scene)
            return
        _said(scene, found)
        _start(scene, texts, say("live_again"))
        _drawn(scene, found)


def _texts(scene: Scene) -> list[str]:
    """Draw the words of the reader's sentence; return it if it has a hole that the tiny model can guess as well."""
    puzzle = scene.puzzle()
    if puzzle is None:
        return []
    word_pills(scene, puzzle)
    st.caption(scene.say("live_own" if puzzle.count else "live_no_own"))
    return [puzzle.hole] if puzzle.count else []


def _start(scene: Scene, texts: list[str], name: str) -> None:
    """Draw the button that begins."""
    say = scene.say

    def begin() -> None:
        from core.training import live

        before: Training | None = st.session_state.get(TRAINING)
        try:
            st.session_state[TRAINING] = live.start(texts, seed=0 if before is None else before.seed + 1)
            st.session_state[PROBLEM] = None
        except CoreError as error:
            st.session_state[PROBLEM] = error

    st.button(name, on_click=begin, type="primary", icon=":material/play_arrow:", key="live:start")
    problem: CoreError | None = st.session_state.get(PROBLEM)
    if problem is not None:
        st.error(plain(say("error_prefix") + problem.message(say.lang)), icon=":material/info:")


@st.fragment(run_every=POLL)
def _watch(scene: Scene) -> None:
    """Show how far the training is, again and again until it ends."""
    training: Training = st.session_state[TRAINING]
    found = training.look()
    if not found.running:
        st.rerun()
        return
    say = scene.say
    st.button(say("live_stop"), on_click=training.stop, icon=":material/stop:", key="live:stop")
    if found.state == "waiting":
        minutes = math.ceil(found.ahead * found.limit / MINUTE)
        st.info(say("live_waiting", ahead=found.ahead, minutes=minutes), icon=":material/groups:")
    elif found.state == "preparing":
        st.progress(0.0, text=say("live_preparing"))
    else:
        left = math.ceil(found.limit - found.seconds)
        text = say("live_progress", left=left, step=f"{len(found.losses):,}")
        st.progress(found.seconds / found.limit, text=text)
        _drawn(scene, found)


def _said(scene: Scene, found: "Snapshot") -> None:
    """Say how the training ended."""
    say, facts = scene.say, {"seconds": round(found.seconds), "step": f"{len(found.losses):,}"}
    if found.state == "failed":
        st.error(say("live_failed"), icon=":material/info:")
    elif not found.losses:
        st.info(say("live_never"), icon=":material/info:")
    elif found.state == "stopped":
        st.info(say("live_stopped", **facts), icon=":material/stop_circle:")
    else:
        st.success(say("live_finished", **facts), icon=":material/flag:")


def _drawn(scene: Scene, found: "Snapshot") -> None:
    """Draw the loss, the share of right guesses and the guesses."""
    say, facts = scene.say, found.facts
    if facts is None or not found.looks or not found.losses:
        return
    widgets.badge(say, True, "python -m core.training.live")
    look, first = found.looks[-1], found.looks[0]
    with st.container(horizontal=True):
        told = say("metric_accuracy_help", count=facts.held_out)
        st.metric(say("metric_accuracy"), f"{look.accuracy:.0%}", border=True, help=told)
        st.metric(say("metric_baseline"), f"{facts.baseline:.0%}", border=True, help=say("metric_baseline_help"))
        st.metric(say("metric_steps"), f"{len(found.losses):,}", border=True)
    _guesses(scene, first, look)
    axes = say("axis_step"), say("axis_loss")
    chance = math.log(facts.vocabulary)
    chart = figures.live_curve(found.losses, chance=chance, axes=axes, says=say("curve_chance"))
    steps, means = figures.smooth(found.losses)
    widgets.figure(chart, "live:curve", say("curve_alt", first=f"{means[0]:.2f}", last=f"{means[-1]:.2f}"))
    sizes = {name: f"{getattr(facts, name):,}" for name in ("parameters", "vocabulary", "sentences")}
    st.caption(plain(say("live_facts", **sizes)))
    rows = [(f"{step:.0f}", [f"{mean:.2f}"]) for step, mean in zip(steps, means, strict=True)]
    widgets.table(say, "live:table", [say("axis_loss")], rows)


def _guesses(scene: Scene, first: "Look", look: "Look") -> None:
    """Show what the model guesses now, beside its first guess."""
    say = scene.say
    rows = []
    for text, ranked in look.guesses.items():
        for number, hole in enumerate(ranked):
            before = first.guesses[text][number][0][0]
            name = text.replace(MASK, BLANK) + (say("hole_number", number=number + 1) if len(ranked) > 1 else "")
            rows.append((name, [before, *(f"{word} {percent(prob)}" for word, prob in hole[:WORDS])]))
    header = [say("column_before"), *(say("column_rank", rank=rank + 1) for rank in range(WORDS))]
    st.markdown(widgets.markdown_table(header, rows))
