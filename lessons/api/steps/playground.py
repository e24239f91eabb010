"""③ The playground: every message and setting, the program for just these, and its answer."""

from typing import Any

import streamlit as st

from lessons import widgets
from lessons.api.cases import TOP
from lessons.api.lab import BASE, CHAT, Reply
from lessons.api.messages import read, request
from lessons.api.steps.editor import FIRST, editor, turns
from lessons.api.steps.probabilities import probabilities
from lessons.api.steps.scene import Scene, answer, call, program
from lessons.scenes import number

DEFAULTS = {
    "m": "",  # the messages, as lessons.api.messages.written has them; "": those of the session
    "o": CHAT,  # model
    "t": "1",  # temperature
    "tp": "1",  # top_p
    "mt": "40",  # max_tokens
    "sd": "",  # seed; "": none
    "sp": "",  # stop
    "lp": "",  # logprobs
}
LONGEST_STOP = 20
MOST_TOKENS, MOST_SEED = 128, 2**31 - 1


def playground(scene: Scene) -> None:
    """Draw the step."""
    scene.heading("playground")
    left, right = st.columns([6, 6], gap="large")
    with left:
        said = editor(scene)
        chosen = settings(scene)
    asked = request(said, scene.state["o"], **chosen)
    with right:
        program(scene, asked)
        found = call(scene, "playground", asked, scene.say("run"))
        answer(scene, found, asked)
        if isinstance(found, Reply):
            if "playground" in scene.kept and _changed(scene):
                scene.did("playground")
            if found.guesses:
                probabilities(scene, found, "playground")
            with st.expander(scene.say("as_json"), icon=":material/data_object:"):
                st.json(found.body, expanded=2)


def _changed(scene: Scene) -> bool:
    """Say whether anything is other than in the first example."""
    return tuple(turns(scene)) != read(FIRST) or any(
        scene.state[name] != value for name, value in DEFAULTS.items() if name != "m"
    )


def settings(scene: Scene) -> dict[str, Any]:
    """Draw the settings of a call; return those that go into it."""
    say, state = scene.say, scene.state
    one, two = st.columns(2)
    with one:
        widgets.choose_one("`model`", state, "o", [CHAT, BASE], lambda name: f"{name} ({say(f'model_{name}')})")
        temperature = _slider(scene, "temperature", "t", 0.0, 2.0, 0.1)
        top_p = _slider(scene, "top_p", "tp", 0.05, 1.0, 0.05)
    with two:
        most = round(_slider(scene, "max_tokens", "mt", 1, MOST_TOKENS, 1))
        _box(scene, "seed", "sd", say("seed_placeholder"), 10)
        _box(scene, "stop", "sp", say("stop_placeholder"), LONGEST_STOP)
    logprobs = widgets.switch("logprobs", state, "lp", help=say("help_logprobs"))
    return {
        "temperature": temperature,
        "top_p": top_p if top_p < 1 else None,
        "max_tokens": most,
        "seed": seed(state["sd"]),
        "stop": state["sp"][:LONGEST_STOP] or None,
        "logprobs": True if logprobs else None,
        "top_logprobs": TOP if logprobs else None,
    }


def seed(text: str) -> int | None:
    """Return the seed that was typed; None for what is none."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and int(digits) <= MOST_SEED else None


def _slider(scene: Scene, label: str, name: str, low: float, high: float, step: float) -> float:
    state, key = scene.state, f"{scene.state.page}:{name}"
    value = number(state, name, low, high)
    whole = isinstance(step, int)
    st.session_state[key] = round(value) if whole else round(value, 2)
    given = st.slider(
        f"`{label}`",
        low,
        high,
        step=step,
        key=key,
        on_change=state.taken,
        args=(name,),
        help=scene.say(f"help_{label}"),
    )
    return round(float(given), 2)


def _box(scene: Scene, label: str, name: str, placeholder: str, longest: int) -> None:
    state = scene.state
    st.text_input(
        f"`{label}`",
        key=state.widget(name),
        on_change=state.taken,
        args=(name,),
        max_chars=longest,
        placeholder=placeholder,
        help=scene.say(f"help_{label}"),
    )
