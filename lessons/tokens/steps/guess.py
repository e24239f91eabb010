"""② Guess how many tokens a sentence has, and which of two has more."""

from typing import Any

import streamlit as st

from core.tokens import MAX_CHARACTERS, check
from lessons import widgets
from lessons.text import plain, toml
from lessons.tokens import chips, lab
from lessons.tokens.lab import Pair
from lessons.tokens.steps.scene import Scene, command, large, numbers

NEAR = 2  # tokens: a guess as near as this is called close
SKIPPED = 0
MADE = "tokens:guesses"  # of this session: text → guess


def guess(scene: Scene) -> None:
    """② Guess how many tokens a sentence has, and which of two has more."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("guess")
    with right, st.container(border=True):
        _how_many(scene)
    st.divider()
    _which(scene)


def _guesses() -> dict[str, int]:
    made: dict[str, int] = st.session_state.setdefault(MADE, {})
    return made


def _how_many(scene: Scene) -> None:
    say, prepared = scene.say, [entry["text"] for entry in toml("tokens", "examples")["guess"]]
    st.markdown(f"**{say('predict_title')}** — {say('guess_question')}")
    limit = say("guess_help", characters=MAX_CHARACTERS)
    sentence = scene.box(say("sentence_label"), "g", limit, say("sentence_placeholder"))
    with scene.told():
        text = check(sentence)
        if text in _guesses():
            _revealed(scene, text)
        else:
            _asked(scene, text)
    rest = [one for one in prepared if one not in _guesses() and one != sentence]
    if rest:
        st.button(
            say("guess_next"), on_click=scene.state.set, args=("g", rest[0]), icon=":material/casino:", key="guess:next"
        )
    _record(scene)


def _asked(scene: Scene, text: str) -> None:
    """Draw the box for the guess and the buttons that reveal the number."""
    say = scene.say
    lab.ours(text)  # what cannot be cut cannot be guessed either
    made: Any = st.number_input(
        say("guess_number"), min_value=1, max_value=4 * MAX_CHARACTERS, value=None, step=1, key=f"guess:number:{text}"
    )
    one, two = st.columns(2)
    one.button(
        say("predict_submit"),
        disabled=made is None,
        on_click=_guesses().__setitem__,
        args=(text, made),
        type="primary",
        key="guess:do",
        width="stretch",
    )
    two.button(
        say("predict_skip"),
        on_click=_guesses().__setitem__,
        args=(text, SKIPPED),
        key="guess:skip",
        width="stretch",
    )


def _revealed(scene: Scene, text: str) -> None:
    """Show the tokens and how far the guess was off."""
    say, cutting, made = scene.say, lab.ours(text), _guesses()[text]
    off = abs(made - cutting.count)
    facts = {"tokens": cutting.count, "guess": made, "off": off}
    if made == SKIPPED:
        st.info(plain(say("guess_skipped", tokens=cutting.count)))
    elif off == 0:
        st.success(plain(say("guess_exact", tokens=cutting.count)), icon=":material/celebration:")
    elif off <= NEAR:
        st.success(plain(say("guess_near", **facts)))
    else:
        st.warning(plain(say("guess_far", **facts)))
    widgets.badge(say, True, command(text))
    large(say, cutting)
    st.caption(numbers(say, text, cutting) + "  \n" + say("chips_legend"))


def _record(scene: Scene) -> None:
    """List the guesses of this session and their mean distance."""
    say = scene.say
    made = {text: number for text, number in _guesses().items() if number != SKIPPED}
    if not made:
        return
    counts = {text: lab.ours(text).count for text in made}
    off = [abs(number - counts[text]) for text, number in made.items()]
    st.markdown(f"**{plain(say('guess_mean', guesses=len(off), mean=f'{sum(off) / len(off):.1f}'))}**")
    rows = [
        (chips.visible(text), [str(number), str(counts[text]), str(abs(number - counts[text]))])
        for text, number in made.items()
    ]
    st.markdown(widgets.markdown_table([say(f"column_{name}") for name in ("guess", "tokens", "off")], rows))


def _which(scene: Scene) -> None:
    """Draw two texts of as many characters; which takes more tokens?"""
    say, state, pairs = scene.say, scene.state, lab.pairs()
    options = [str(index + 1) for index in range(len(pairs))]
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.markdown(f"**{say('pair_title')}**")
        st.markdown(say("pair_intro"))
        chosen = widgets.choose_one(say("pair_label"), state, "p", options, lambda one: say("pair_option", number=one))
    with right, st.container(border=True):
        _pair(scene, chosen, pairs[int(chosen) - 1])


def _pair(scene: Scene, number: str, pair: Pair) -> None:
    say = scene.say
    answers: dict[str, int] = st.session_state.setdefault("tokens:pairs", {})
    key = f"pair:{number}"

    def taken() -> None:
        if st.session_state[key] is not None:
            answers[number] = st.session_state[key]

    st.markdown(f"**{plain(say('pair_question', characters=len(pair.texts[0])))}**")
    st.session_state[key] = answers.get(number)
    st.radio(
        say("pair_title"),
        range(2),
        index=None,
        format_func=lambda index: plain(f"{'AB'[index]}: {pair.texts[index]}"),
        key=key,
        on_change=taken,
        disabled=number in answers,
        label_visibility="collapsed",
    )
    if number not in answers:
        return
    right = answers[number] == pair.more
    (st.success if right else st.warning)(f"**{say('pair_right' if right else 'pair_wrong')}** — {pair.note[say.lang]}")
    for name, text in zip("AB", pair.texts, strict=True):
        cutting = lab.ours(text)
        st.markdown(f"{name}: **{plain(say('tokens', tokens=cutting.count))}**  \n" + chips.chips(cutting))
    met = {one: answers[one] == lab.pairs()[int(one) - 1].more for one in answers}
    st.caption(plain(say("pair_score", right=sum(met.values()), total=len(met))))
