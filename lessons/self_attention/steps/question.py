"""① The question, and what the model thinks of it."""

import streamlit as st

from lessons import widgets
from lessons.scenes import NOT_GUESSED, guessed, quoted, waiting
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
        with st.container(horizontal=True, vertical_alignment="center"):
            badge(scene, f"python -m core choose {quoted(scene.question.hole)} {' '.join(map(quoted, shares.shares))}")
            guessing = widgets.switch(say("predict_first"), scene.state, "p", help=say("predict_first_help"))
        st.markdown(f"### {plain(scene.question.hole)}")
        if guessing and not _committed(scene, shares.shares):
            return
        st.markdown(f"**{plain(say('choice_title'))}**")
        widgets.figure(figures.share_bars(shares.shares), "choice", shares_alt(shares.shares))
        rows = [(word, [f"{share:.1%}"]) for word, share in shares.shares.items()]
        widgets.table(say, "choice:table", [say("column_share")], rows)
        if shares.method == "sentence":
            st.caption(say("choice_sentence"))
        st.caption(
            say("filling_title")
            + ": "
            + say.listed(f"{plain(word.replace('▁', '␣'))} {share:.1%}" for word, share in shares.top)
        )


def _committed(scene: Scene, shares: dict[str, float]) -> bool:
    """Let the reader guess first, and compare; return whether the answer may be shown."""
    say, words = scene.say, list(shares)
    about = f"{scene.card.name}:{scene.question.hole}:{'、'.join(words)}"
    guess = guessed(scene, about, say("predict_choice"), words)
    if guess is None:
        return False
    best = max(words, key=shares.__getitem__)
    if guess != NOT_GUESSED:
        word, facts = words[guess], {"word": best, "share": f"{shares[best]:.1%}"}
        if word == best:
            st.success(plain(say("predict_choice_right", **facts)))
        else:
            st.warning(plain(say("predict_choice_wrong", guess=word, guess_share=f"{shares[word]:.1%}", **facts)))
    return True


def shares_alt(shares: dict[str, float]) -> str:
    return ", ".join(f"{word} {share:.1%}" for word, share in shares.items())
