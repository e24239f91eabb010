"""① The question, and what the model thinks of it."""

import streamlit as st

from lessons import widgets
from lessons.scenes import waiting
from lessons.self_attention import figures
from lessons.self_attention.steps.scene import Scene, badge
from lessons.text import plain


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
            waiting(scene)
            return
        say = scene.say
        badge(scene, f'python -m core choose "{scene.question.hole}" {" ".join(scene.question.candidates)}')
        st.markdown(f"### {plain(scene.question.hole)}")
        st.markdown(f"**{plain(say('choice_title'))}**")
        widgets.figure(figures.share_bars(shares.shares), "choice", shares_alt(shares.shares))
        rows = [(word, [f"{share:.1%}"]) for word, share in shares.shares.items()]
        widgets.table(say, "choice:table", [say("column_share")], rows)
        if shares.method == "sentence":
            st.caption(say("choice_sentence"))
        st.caption(
            say("filling_title")
            + ": "
            + "、".join(f"{plain(word.replace('▁', '␣'))} {share:.0%}" for word, share in shares.top)
        )


def shares_alt(shares: dict[str, float]) -> str:
    return ", ".join(f"{word} {share:.0%}" for word, share in shares.items())
