"""① The question: two answers to the same words, one from before any fine-tuning. Which is the chat model's?"""

import zlib

import streamlit as st

from core.rlhf.prompts import train_prompts
from lessons import widgets
from lessons.rlhf.lab import Replies
from lessons.rlhf.steps.scene import Scene, badge
from lessons.rlhf.steps.stages import stages
from lessons.scenes import NOT_GUESSED, guessed, number, waiting
from lessons.text import plain

OWN = "own"
MOST_DRAWS = 9999
COMMAND = "python -m lessons.rlhf.record"
TALLY = "question"  # of the workshop: which answers were guessed right


def question(scene: Scene) -> None:
    """Draw the step."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("question")
    with right, widgets.told(scene.say.lang, scene.say("error_prefix")):
        _asked(scene)
    stages(scene)


def _asked(scene: Scene) -> None:
    """Draw the choice of a prompt, and its answers. Raises the errors of a bad prompt."""
    say = scene.say
    prompt, seed = _prompt(scene), round(number(scene.state, "d", 0, MOST_DRAWS))
    if not prompt:
        st.info(say("question_own_empty"), icon=":material/edit_note:")
        return
    found = scene.lab.replies(prompt, seed)
    if found is None:
        waiting(scene)
        return
    st.chat_message("user", avatar=":material/person:").markdown(plain(prompt))
    if found.base == found.chat:
        st.info(say("question_same"), icon=":material/drag_handle:")
    else:
        _pair(scene, prompt, seed, found)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say("question_again"),
            on_click=scene.state.set,
            args=("d", str((seed + 1) % MOST_DRAWS)),
            icon=":material/casino:",
            key="question:again",
            disabled=scene.live is None,
        )
        badge(scene, COMMAND)


def _prompt(scene: Scene) -> str:
    """Draw the choice of what the models are told; return it, "" if it is still to be written."""
    say, state, prompts = scene.say, scene.state, train_prompts()
    known = [*map(str, range(len(prompts))), OWN]
    chosen = widgets.choose_one(
        say("question_label"), state, "i", known, lambda one: say("question_own") if one == OWN else prompts[int(one)]
    )
    if chosen != OWN:
        return prompts[int(chosen)]
    st.text_input(
        say("question_own_box"),
        key=state.widget("p"),
        on_change=state.taken,
        args=("p",),
        placeholder=say("question_own_placeholder"),
    )
    return state["p"].strip()


def _pair(scene: Scene, prompt: str, seed: int, found: Replies) -> None:
    """Show both answers; after the guess also whose they are."""
    say = scene.say
    about = zlib.crc32(f"{prompt}\n{seed}\n{found.base}\n{found.chat}".encode())
    chat_first = about % 2 == 0
    texts = (found.chat, found.base) if chat_first else (found.base, found.chat)
    columns = st.columns(2)
    for name, text, column in zip("AB", texts, columns, strict=True):
        with column.container(border=True):
            st.caption(say("question_answer", name=name))
            st.markdown(plain(text) or say("question_nothing"))
    guess = guessed(scene, f"question:{about}", say("question_ask"), [say("question_way", name=one) for one in "AB"])
    if guess is None:
        return
    _verdict(scene, about, guess, 0 if chat_first else 1)
    for column, is_chat in zip(columns, (chat_first, not chat_first), strict=True):
        column.markdown(f"↑ **{say('question_chat' if is_chat else 'question_base')}**")


def _verdict(scene: Scene, about: int, guess: int, right: int) -> None:
    """Say how the guess did, and all of them so far."""
    say = scene.say
    told = say("question_told", name="AB"[right])
    if guess == NOT_GUESSED:
        st.info(told)
        return
    tally: dict[int, bool] = scene.workshop.kept.setdefault(TALLY, {})
    tally[about] = guess == right
    if guess == right:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=say('question_way', name='AB'[guess]))} {told}")
    if len(tally) > 1:
        st.caption(say("question_tally", total=len(tally), right=sum(tally.values())))
