"""② The next word: the reader guesses first, then sees what the model expects."""

import streamlit as st

from lessons import widgets
from lessons.gpt import figures
from lessons.gpt.lab import Next, examples
from lessons.gpt.steps.scene import Scene, badge
from lessons.scenes import quoted, waiting
from lessons.text import plain

SHOWN = 10  # words in the figure


def next_word(scene: Scene) -> None:
    """② The next word: the reader guesses first, then sees what the model expects."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("next")
    with right:
        found = scene.lab.next(scene.beginning)
        st.markdown(f"### {plain(scene.beginning)} :orange[＿＿]")
        revealed = _guess(scene)
        if not revealed:
            return
        if found is None:
            waiting(scene)
            return
        badge(scene, f"python -m core next {quoted(scene.beginning)}")
        with widgets.told(say.lang, say("error_prefix")):
            _told(scene, found)
        guess = scene.state["g"].strip()
        words, probs = found.words[:SHOWN], found.probs[:SHOWN]
        marked = words.index(guess) if guess in words else None
        widgets.figure(figures.word_bars(words, probs, marked=marked), "next:bars", _alt(found))
        st.caption(say("next_rest", count=SHOWN, rest=figures.percent(max(0.0, 1 - sum(probs)))))
        rows = [(str(rank), [word, figures.percent(p)]) for rank, (word, p) in enumerate(_pairs(found), 1)]
        widgets.table(say, "next:table", [say("column_word"), say("column_prob")], rows)


def _guess(scene: Scene) -> bool:
    """Draw the ways to guess and the button that shows the answer; return whether it may be shown."""
    say, state = scene.say, scene.state
    revealed = f"gpt:next:{scene.card.name}:{scene.beginning}"
    options = _options(scene.beginning)
    picked = f"{state.page}:picked"

    def pick() -> None:
        if st.session_state[picked] is not None:
            state.set("g", st.session_state[picked])

    with st.container(border=True):
        st.markdown(f"**{say('predict_title')}** — {say('next_question')}")
        if options:
            st.session_state[picked] = state["g"] if state["g"] in options else None
            st.radio(
                say("predict_placeholder"),
                options,
                index=None,
                format_func=plain,
                horizontal=True,
                key=picked,
                on_change=pick,
                label_visibility="collapsed",
            )
        st.text_input(
            say("next_guess"), key=state.widget("g"), on_change=state.taken, args=("g",), help=say("next_guess_help")
        )
        if revealed in st.session_state:
            return True

        def reveal() -> None:
            st.session_state[revealed] = True

        def skip() -> None:
            state.set("g", "")
            reveal()

        one, two = st.columns(2)
        one.button(
            say("predict_submit"),
            disabled=not state["g"].strip(),
            on_click=reveal,
            type="primary",
            key="reveal:do",
            width="stretch",
        )
        two.button(say("predict_skip"), on_click=skip, key="reveal:skip", width="stretch")
    return False


def _options(beginning: str) -> tuple[str, ...]:
    """Return the guesses to pick from for a beginning of the lesson."""
    return next((one.candidates for one in examples() if one.sentence.left == beginning), ())


def _told(scene: Scene, found: Next) -> None:
    """Say where the guess stands. Raises the errors of a guess that cannot be read."""
    say, word = scene.say, scene.state["g"].strip()
    if not word:
        return
    guess = scene.lab.guess(scene.beginning, word)
    if guess is None:
        waiting(scene)
        return
    facts = {"guess": word, "best": found.words[0], "best_prob": figures.percent(found.probs[0])}
    if len(guess.pieces) > 1:
        pieces = {"count": len(guess.pieces), "pieces": "｜".join(guess.pieces), "first": guess.pieces[0]}
        probs = {"rank": guess.rank, "prob": figures.percent(guess.prob), "whole": figures.percent(guess.whole)}
        st.info(plain(say("next_pieces", **facts, **pieces, **probs)), icon=":material/call_split:")
    elif guess.rank == 1:
        st.success(plain(say("next_right", guess=word, prob=figures.percent(guess.prob))))
    else:
        st.warning(plain(say("next_ranked", **facts, rank=f"{guess.rank:,}", prob=figures.percent(guess.prob))))


def _pairs(found: Next) -> list[tuple[str, float]]:
    return list(zip(found.words, found.probs, strict=True))


def _alt(found: Next) -> str:
    return ", ".join(f"{word} {figures.percent(prob)}" for word, prob in _pairs(found)[:SHOWN])
