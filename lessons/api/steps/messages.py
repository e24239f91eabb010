"""② Roles, and why a chat is one long text: the same conversation as messages and as the tokens that the model reads."""

import streamlit as st

from lessons import widgets
from lessons.api.cases import plain_call, turns, wishes
from lessons.api.lab import BASE, CHAT, Reply
from lessons.api.messages import Turn
from lessons.api.steps.question import prompt
from lessons.api.steps.scene import COLOURS, Scene, answer, call, coloured, conversation


def messages(scene: Scene) -> None:
    """Draw the step."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("messages")
        known = wishes()
        numbers = [str(number) for number in range(len(known))]
        chosen = widgets.choose_one(
            say("wish_label"), scene.state, "w", numbers, lambda one: known[int(one)]["name"][say.lang]
        )
        said = turns(known[int(chosen)]["text"], prompt(scene))
    with right:
        conversation(scene, said)
        _as_text(scene, said)
        _answers(scene, said)


def _as_text(scene: Scene, said: tuple[Turn, ...]) -> None:
    say = scene.say
    found = scene.lab.pieces(said)
    if found is None:
        st.info(say("needs_live"), icon=":material/hourglass_top:")
        return
    st.markdown(f"**{say('as_text')}**")
    st.markdown(coloured(found))
    legend = " ".join(f":{colour}-background[{say(f'role_{role}')}]" for role, colour in COLOURS.items())
    st.caption(f"{say('as_text_count', count=len(found))} {legend}")


def _answers(scene: Scene, said: tuple[Turn, ...]) -> None:
    """Draw what the chat model and the model it was made of answer."""
    say = scene.say
    asked = []
    for column, model in zip(st.columns(2), (CHAT, BASE), strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{say(f'model_{model}')}** (`{model}`)")
            request = plain_call(said, model)
            found = call(scene, f"messages:{model}", request, say("run"))
            answer(scene, found, request)
            asked.append(isinstance(found, Reply) and f"messages:{model}" in scene.kept)
    if any(asked) and scene.state["w"] != scene.state.defaults["w"]:
        scene.did("messages")
