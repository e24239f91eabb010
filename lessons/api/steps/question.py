"""① The question: a program of a few lines that talks. The reader runs it."""

import streamlit as st

from lessons import widgets
from lessons.api.cases import plain_call, prompts, turns
from lessons.api.lab import Reply
from lessons.api.messages import LONGEST
from lessons.api.steps.scene import Scene, answer, call, conversation, program

OWN = "own"


def question(scene: Scene) -> None:
    """Draw the step."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("question")
    with right:
        said = prompt(scene)
        request = plain_call(turns("", said))
        program(scene, request)
        found = call(scene, "question", request, scene.say("run"))
        if said:
            conversation(scene, turns("", said))
        answer(scene, found, request)
        if isinstance(found, Reply) and "question" in scene.kept:
            scene.did("question")


def prompt(scene: Scene) -> str:
    """Draw the choice of what is said to the model; return it."""
    say, state, known = scene.say, scene.state, prompts()
    options = [*map(str, range(len(known))), OWN]
    chosen = widgets.choose_one(
        say("prompt_label"),
        state,
        "i",
        options,
        lambda one: say("prompt_own") if one == OWN else known[int(one)]["name"][say.lang],
    )
    if chosen != OWN:
        return str(known[int(chosen)]["text"])
    st.text_input(
        say("prompt_own_box"),
        key=state.widget("p"),
        on_change=state.taken,
        args=("p",),
        max_chars=LONGEST,
        placeholder=prompts()[0]["text"],
    )
    return state["p"].strip()
