"""⑧ A conversation that forgets: the oldest turns are no longer sent when the context is full."""

import streamlit as st

from lessons import widgets
from lessons.api.cases import MOST_TOKENS, plain_call, talk
from lessons.api.forgetting import fitting, forgotten
from lessons.api.lab import LiveLab, Reply
from lessons.api.messages import LONGEST, Turn, assistant, user
from lessons.api.refusals import Refused
from lessons.api.steps.scene import Scene, refused, shortened
from lessons.scenes import NOT_GUESSED, guessed, waiting
from lessons.text import plain

TALK, TROUBLE, ALONE = "memory", "memory trouble", "memory alone"
MOST_TURNS = 60


def memory(scene: Scene) -> None:
    """Draw the step."""
    say, lab = scene.say, scene.live
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("memory")
    with right:
        if lab is None:
            waiting(scene)
            return
        guess = _guess(scene, lab)
        if guess is None:
            return
        _talk(scene, lab)
    trouble = scene.kept.get(TROUBLE)
    if isinstance(trouble, Refused):
        refused(scene, trouble)
    st.caption(say("memory_context", context=lab.context, room=lab.context - MOST_TOKENS, answer=MOST_TOKENS))


def room(lab: LiveLab) -> int:
    """Return how many tokens of a conversation can be sent, so that an answer has its place."""
    return lab.context - MOST_TOKENS


def _guess(scene: Scene, lab: LiveLab) -> int | None:
    """Let the reader guess whether the model remembers, then send the last question with and without what was before."""
    say, (first, *_, last) = scene.say, talk()
    options = [say("memory_way_yes"), say("memory_way_no")]
    guess = guessed(scene, "memory", say("memory_ask", first=first, last=last), options)
    if guess is None:
        return None
    if ALONE not in scene.kept:
        scene.kept[ALONE] = _both(scene, lab, first, last)
    found = scene.kept[ALONE]
    if isinstance(found, Refused):
        refused(scene, found)
        scene.kept.pop(ALONE)
        return guess
    told, whole, alone = found
    st.markdown(say("memory_first", first=plain(first), told=plain(told)))
    rows = [
        (say("memory_alone"), [alone.text, str(alone.usage.prompt)]),
        (say("memory_whole"), [whole.text, str(whole.usage.prompt)]),
    ]
    st.markdown(widgets.markdown_table([plain(last), say("session_prompt")], rows))
    verdict = say("memory_told")
    if guess == NOT_GUESSED:
        st.info(verdict)
    elif guess == 1:
        st.success(f"{say('guess_right')} {verdict}")
    else:
        st.warning(f"{say('guess_wrong', guess=options[guess])} {verdict}")
    return guess


def _both(scene: Scene, lab: LiveLab, first: str, last: str) -> tuple[str, Reply, Reply] | Refused:
    """Tell the model something; ask about it with the whole conversation, and with the question alone."""
    try:
        told = scene.ask(lab, "memory", plain_call([user(first)])).text
        whole = scene.ask(lab, "memory", plain_call([user(first), assistant(told), user(last)]))
        return told, whole, scene.ask(lab, "memory", plain_call([user(last)]))
    except Refused as error:
        return error


def _talk(scene: Scene, lab: LiveLab) -> None:
    """Draw the conversation, what of it is still sent, and the box for the next line."""
    say = scene.say
    turns: list[Turn] = scene.kept.setdefault(TALK, [])
    st.markdown(f"##### {say('memory_talk')}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        said = talk()
        place = sum(one.role == "user" for one in turns)
        following = said[place % len(said)]
        st.button(
            say("memory_next", said=plain(following)),
            on_click=_say,
            args=(scene, lab, following),
            type="primary",
            key="memory:next",
        )
        st.button(say("memory_again"), on_click=turns.clear, icon=":material/restart_alt:", key="memory:again")
    with st.form("memory:form", clear_on_submit=True, border=False):
        own, send = st.columns([5, 2], vertical_alignment="bottom")
        text = own.text_input(say("memory_own"), max_chars=LONGEST, key="memory:own")
        if send.form_submit_button(say("memory_send"), width="stretch") and text.strip():
            _say(scene, lab, text.strip())
    sent = fitting(turns, lab.count, room(lab))
    lost = forgotten(turns, sent)
    st.markdown(say("memory_sent", sent=len(sent), lost=lost, tokens=lab.count(sent) if sent else 0, room=room(lab)))
    for number, one in enumerate(turns):
        sign = ":material/cloud_off:" if number < lost else ":material/send:"
        line = f"{sign} **{say(f'role_{one.role}')}** {shortened(one.content) or say('nothing_said')}"
        st.markdown(f":gray[~~{line}~~]" if number < lost else line)


def _say(scene: Scene, lab: LiveLab, text: str) -> None:
    """Say something more, and keep the answer; what does not fit is not sent."""
    turns: list[Turn] = scene.kept.setdefault(TALK, [])
    turns.append(user(text))
    sent = fitting(turns, lab.count, room(lab))
    found = scene.try_ask(lab, "memory", plain_call(sent))
    if isinstance(found, Refused):
        turns.pop()
        scene.kept[TROUBLE] = found
        return
    scene.kept.pop(TROUBLE, None)
    turns.append(assistant(found.text))
    del turns[:-MOST_TURNS]
    if len(sent) < len(turns) - 1:
        scene.did("memory")
