"""⑩ The same program with another server and the reader's own key, which is kept in this session and nowhere else."""

import streamlit as st

from lessons.api import public
from lessons.api.addresses import LONGEST, exposed, trouble
from lessons.api.lab import Caller, Reply
from lessons.api.messages import LONGEST as LONGEST_MESSAGE
from lessons.api.messages import request, user
from lessons.api.programs import Server, curl, python
from lessons.api.refusals import Refused
from lessons.api.steps.question import prompt
from lessons.api.steps.scene import Scene, refused, shortened
from lessons.text import plain

VARIABLE = "OPENAI_API_KEY"
BASE, KEY, MODEL = "servers:base", "servers:key", "servers:model"  # widgets of the session, never of the link
FIRST_BASE = "https://api.openai.com/v1"
FOUND = "servers"


def servers(scene: Scene) -> None:
    """Draw the step."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("servers")
        said = prompt(scene)[:LONGEST_MESSAGE]
    with right:
        st.text_input(say("servers_base"), value=FIRST_BASE, key=BASE, max_chars=LONGEST)
        st.text_input(
            say("servers_key"),
            type="password",
            key=KEY,
            max_chars=LONGEST,
            autocomplete="off",
            help=say("servers_key_help"),
        )
        st.text_input(say("servers_model"), key=MODEL, max_chars=LONGEST)
        _asked(scene, said)


def _asked(scene: Scene, said: str) -> None:
    """Check what was typed, show the program, and make the call."""
    say = scene.say
    base, key, model = (str(st.session_state.get(name) or "").strip() for name in (BASE, KEY, MODEL))
    wrong = trouble(base, key, model)
    asked = request([user(said)], model or "MODEL")
    code, told = st.container(), st.empty()  # in their places, whether there is anything to say or not
    if wrong in (None, "key_missing", "key", "model"):
        one, two = code.tabs(["Python", "curl"])
        server = Server(base, variable=VARIABLE)
        one.code(python(asked, server, say), language="python", wrap_lines=True)
        two.code(curl(asked, server), language="bash", wrap_lines=True)
        two.caption(say("curl_shell"))
    if wrong is not None:
        told.info(say(f"servers_wrong_{wrong}"), icon=":material/edit:")
    elif exposed(base):
        told.warning(say("servers_exposed"), icon=":material/lock_open:")
    with st.container(horizontal=True):
        begun = st.button(
            say("run"), type="primary", icon=":material/send:", key="servers:do", disabled=wrong is not None
        )
        st.button(
            say("servers_forget"), on_click=_forget, args=(scene,), icon=":material/key_off:", key="servers:forget"
        )
    if begun and wrong is None:
        with st.spinner(say("asking")):
            scene.kept[FOUND] = _ask(base, key, asked)
    _drawn(scene)


def _ask(base: str, key: str, asked: dict[str, object]) -> Reply | Refused:
    try:
        return Caller(base, key, abroad=True, guarded=public.reader_elsewhere()).ask(asked)
    except Refused as error:
        return error


def forget_key() -> None:
    """Forget the key when the reader is at another step: Streamlit alone would keep it until the next whole run."""
    st.session_state.pop(KEY, None)


def _forget(scene: Scene) -> None:
    """Forget the key, and what came of it."""
    st.session_state[KEY] = ""
    scene.kept.pop(FOUND, None)


def _drawn(scene: Scene) -> None:
    say, found = scene.say, scene.kept.get(FOUND)
    if found is None:
        return
    scene.did("servers")
    if isinstance(found, Refused):
        refused(scene, found)
        return
    with st.chat_message("assistant", avatar=":material/smart_toy:"):
        st.markdown(shortened(found.text) or say("nothing_said"))
    used = found.usage
    st.caption(say("answer_used", prompt=used.prompt, completion=used.completion, total=used.total))
    st.caption(plain(say("servers_model_answered", model=str(found.body.get("model", ""))[:LONGEST])))
