"""④ Streaming: the answer as it arrives, with the time of each part, and the lines of the stream as they are."""

import json
import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lessons import widgets
from lessons.api import figures
from lessons.api.lab import Chunk, LiveLab
from lessons.api.messages import request, user
from lessons.api.refusals import Refused
from lessons.api.spending import Usage
from lessons.api.steps.question import prompt
from lessons.api.steps.scene import Scene, program, refused
from lessons.scenes import waiting
from lessons.text import plain

STREAMED, ENDED = "stream", "stream ended"
TEMPERATURE, MOST = 1.0, 60
SLOW = 0.25  # s that is waited after each part, if the reader wants to see it


def stream(scene: Scene) -> None:
    """Draw the step."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("stream")
        said = prompt(scene)
        slow = widgets.switch(say("stream_slow"), scene.state, "sl", help=say("stream_slow_help"))
    asked = request(
        [user(said)],
        "chat",
        temperature=TEMPERATURE,
        max_tokens=MOST,
        stream=True,
        stream_options={"include_usage": True},
    )
    with right:
        above = st.container()  # where it is seen arriving on any screen
        program(scene, asked)
        lab = scene.live
        if lab is None:
            waiting(scene)
            return
        with above:
            with st.container(horizontal=True):
                begun = st.button(say("stream_begin"), type="primary", icon=":material/play_arrow:", key="stream:do")
                st.button(say("stream_stop"), icon=":material/stop:", key="stream:stop")
            place = st.empty()
            if begun:
                _run(scene, lab, asked, place, SLOW if slow else 0.0)
        _result(scene, above, place)


def _run(scene: Scene, lab: LiveLab, asked: dict[str, object], place: DeltaGenerator, wait: float) -> None:
    """Draw the answer as it comes. A press of any button ends the run, and with it the stream."""
    chunks: list[Chunk] = []
    scene.kept[STREAMED], scene.kept[ENDED] = chunks, False
    arriving = lab.caller.stream(asked)
    try:
        for chunk in arriving:
            chunks.append(chunk)
            if chunk.text:
                place.markdown(f"> {plain(''.join(one.text for one in chunks))} ▌")
                time.sleep(wait)
        scene.kept[ENDED] = True
        scene.spent("stream", _usage(chunks))
        scene.did("stream")
    except Refused as error:
        scene.kept[STREAMED] = error
    finally:
        arriving.close()


def _usage(chunks: list[Chunk]) -> Usage:
    """Return the tokens that the last event of a stream tells."""
    for chunk in reversed(chunks):
        if chunk.line.startswith("data: {"):
            used = json.loads(chunk.line.removeprefix("data: ")).get("usage") or {}
            return Usage(int(used.get("prompt_tokens", 0)), int(used.get("completion_tokens", 0)))
    return Usage(0, 0)


def _result(scene: Scene, above: DeltaGenerator, place: DeltaGenerator) -> None:
    """Draw what has come in the last stream of this session: the text in its place above, and when it came."""
    say, chunks = scene.say, scene.kept.get(STREAMED)
    if isinstance(chunks, Refused):
        with above:
            refused(scene, chunks)
        return
    if not chunks:
        return
    parts = [one for one in chunks if one.text]
    place.markdown(f"> {plain(''.join(one.text for one in parts))}")
    above.caption(say("stream_ended" if scene.kept.get(ENDED) else "stream_stopped", parts=len(parts)))
    times, texts = [one.at for one in parts], [one.text for one in parts]
    alt = "; ".join(f"{1000 * at:.0f} ms {text}" for at, text in zip(times, texts, strict=True))
    if parts:
        above.caption(say("stream_first", first=f"{1000 * times[0]:.0f}", last=f"{1000 * times[-1]:.0f}"))
        widgets.figure(figures.arrivals(times, texts, axis=say("stream_axis")), "stream:arrivals", alt)
        rows = [(text, [f"{1000 * at:.0f}"]) for at, text in zip(times, texts, strict=True)]
        widgets.table(say, "stream:table", [say("stream_axis")], rows)
    with st.expander(say("stream_lines"), icon=":material/terminal:"):
        st.code("\n\n".join(one.line for one in chunks), language=None, wrap_lines=True)
