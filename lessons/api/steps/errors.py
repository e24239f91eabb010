"""⑦ What goes wrong: each error provoked on the practice endpoint, and the program that handles it."""

import json
import time
from typing import Any

import streamlit as st

from lessons import widgets
from lessons.api import programs
from lessons.api.cases import plain_call, prompts
from lessons.api.lab import CHAT, LiveLab
from lessons.api.messages import request, user
from lessons.api.programs import Server
from lessons.api.refusals import Refused
from lessons.api.steps.scene import Scene, reach
from lessons.scenes import NOT_GUESSED, guessed, waiting
from lessons.text import plain

KINDS = ("key", "rate", "timeout", "long", "model")
WRONG_KEY, WRONG_MODEL, NO_TIME = "kotori-wrong-key", "chat-9000", 0.001
REPEATED = 40  # times that a sentence stands in the message that is too long
CALLS = 4  # in a row, one more than the practice endpoint allows
EXCEPTIONS = {
    "key": "AuthenticationError",
    "rate": "RateLimitError",
    "timeout": "APITimeoutError",
    "long": "BadRequestError",
    "model": "NotFoundError",
}
KEY, TRIED = "practice key", "errors"


def errors(scene: Scene) -> None:
    """Draw the step."""
    say, lab = scene.say, scene.live
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("errors")
        kind = widgets.choose_one(say("errors_label"), scene.state, "e", list(KINDS), lambda one: say(f"errors_{one}"))
        st.markdown(say(f"errors_{kind}_about"))
    with right:
        if lab is None:
            waiting(scene)
        elif kind == "rate":
            _rate(scene, lab)
        else:
            _one(scene, lab, kind)
    _seen(scene)


def practice_key(scene: Scene, lab: LiveLab) -> str:
    """Return the practice key of this session."""
    if KEY not in scene.kept:
        scene.kept[KEY] = lab.issue()
    return str(scene.kept[KEY])


def provoking(kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the request that provokes an error, and what is set in the client for it."""
    said = prompts()[0]["text"]
    if kind == "long":
        return plain_call([user(said * REPEATED)]), {}
    if kind == "model":
        return request([user(said)], WRONG_MODEL), {}
    return plain_call([user(said)], CHAT), {"timeout": NO_TIME} if kind == "timeout" else {}


def _one(scene: Scene, lab: LiveLab, kind: str) -> None:
    """Draw one error: the program, the button, and what comes of it."""
    say, (asked, client) = scene.say, provoking(kind)
    key = WRONG_KEY if kind == "key" else practice_key(scene, lab)
    server = Server(lab.practice.base, practice=key) if kind == "key" else lab.server
    shown = {"max_retries": 0, **client}
    st.code(programs.handling(asked, server, say, EXCEPTIONS[kind], **shown), language="python", wrap_lines=True)
    reach(scene)
    if st.button(say("errors_provoke"), type="primary", icon=":material/bolt:", key=f"errors:{kind}"):
        caller = lab.practising(key) if kind == "key" else lab.caller
        try:
            caller.ask(asked, **client)
            scene.kept[f"error:{kind}"] = None
        except Refused as error:
            _note(scene, kind, error)
    _drawn(scene, scene.kept.get(f"error:{kind}"))


def _note(scene: Scene, kind: str, error: Refused) -> None:
    scene.kept[f"error:{kind}"] = error
    tried: set[str] = scene.kept.setdefault(TRIED, set())
    tried.add(kind)
    scene.did("errors")


def _drawn(scene: Scene, error: Refused | None) -> None:
    """Draw the client's exception, and the error object that the server sent."""
    if error is None:
        return
    say = scene.say
    st.markdown(
        f"`openai.{error.name}` — {say('errors_status', status=error.status) if error.status else say('errors_no_status')}"
    )
    st.info(plain(say(f"refused_{error.kind}")), icon=":material/build:")
    if error.body:
        st.code(json.dumps({"error": error.body}, ensure_ascii=False, indent=2), language="json", wrap_lines=True)


def _rate(scene: Scene, lab: LiveLab) -> None:
    """Guess what the fourth call does, call, then handle it by trying again."""
    say, (asked, _) = scene.say, provoking("rate")
    server = Server(lab.practice.base, practice=practice_key(scene, lab))
    options = [say("rate_way_answer"), say("rate_way_error"), say("rate_way_wait")]
    guess = guessed(scene, "errors:rate", say("rate_ask", calls=CALLS), options)
    if guess is None:
        return
    if st.button(say("rate_run", calls=CALLS), type="primary", icon=":material/bolt:", key="errors:rate"):
        scene.kept["rate"] = _burst(scene, lab, asked)
    lines: list[str] = scene.kept.get("rate", [])
    st.markdown("\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1)))
    error = scene.kept.get("error:rate")
    if lines and error is not None:
        told = say("rate_told", wait=error.wait or "–")
        if guess == NOT_GUESSED:
            st.info(told)
        elif guess == 1:
            st.success(f"{say('guess_right')} {told}")
        else:
            st.warning(f"{say('guess_wrong', guess=options[guess])} {told}")
        _drawn(scene, error)
    _retry(scene, lab, asked, server)


def _burst(scene: Scene, lab: LiveLab, asked: dict[str, Any]) -> list[str]:
    """Call a few times in a row; return what became of each call."""
    caller, lines = lab.practising(practice_key(scene, lab)), []
    for _ in range(CALLS):
        try:
            lines.append(plain(caller.ask(asked).text) or scene.say("nothing_said"))
        except Refused as error:
            _note(scene, error.kind if error.kind in KINDS else "rate", error)
            scene.kept["error:rate"] = error
            lines.append(f"`{error.name}` ({error.status})")
    return lines


def _retry(scene: Scene, lab: LiveLab, asked: dict[str, Any], server: Server) -> None:
    """Show the function that tries again, and run it against the real limit."""
    say = scene.say
    with st.expander(say("retry_title"), icon=":material/autorenew:", expanded="rate" in scene.kept):
        st.markdown(say("retry_about"))
        st.code(programs.patient(asked, server, say), language="python", wrap_lines=True)
        reach(scene)
        if st.button(say("retry_run"), icon=":material/play_arrow:", key="errors:retry"):
            _try_patiently(scene, lab, asked)
        for line in scene.kept.get("retry", []):
            st.markdown(f"- {line}")
        st.caption(say("retry_client"))


def _try_patiently(scene: Scene, lab: LiveLab, asked: dict[str, Any]) -> None:
    from lessons.api.retrying import patiently

    say, caller = scene.say, lab.practising(practice_key(scene, lab))
    lines: list[str] = []
    place = st.empty()

    def told(line: str) -> None:
        lines.append(line)
        place.caption(line)

    def sleep(seconds: float) -> None:
        told(say("retry_wait", attempt=len(lines) + 1, seconds=f"{seconds:.1f}"))
        time.sleep(seconds)

    try:
        with st.spinner(say("retry_running")), caller.client() as client:
            found = patiently(lambda: client.chat.completions.create(**asked), sleep=sleep)
        told(say("retry_done", text=plain(found.choices[0].message.content or "")))
    except Refused as error:
        told(plain(say(f"refused_{error.kind}")))
    place.empty()
    scene.kept["retry"] = lines


def _seen(scene: Scene) -> None:
    """Say which errors the reader has met."""
    say, tried = scene.say, scene.kept.get(TRIED, set())
    signs = [f"{'✓' if one in tried else '○'} {say(f'errors_{one}')}" for one in KINDS]
    st.caption(say("errors_seen", seen=len(tried), total=len(KINDS)) + " " + " / ".join(signs))
