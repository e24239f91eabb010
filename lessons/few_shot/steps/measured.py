"""What the steps about measured accuracies share: sizes and groups by name, pills, and the job that runs behind."""

import math
from collections.abc import Callable, Sequence

import streamlit as st

from core.errors import CoreError
from core.prompting import family, points
from core.prompting.points import Point
from core.prompting.rules import GROUPS
from lessons.few_shot.remeasure import Job
from lessons.few_shot.steps.scene import Scene
from lessons.state import PageState
from lessons.text import Strings, distinct, plain

TASKS = tuple(f"kana-{group}" for group in GROUPS)
POINTS_COMMAND = "python -m core.training.fewshot measure"
POLL = 0.4  # s


def pills(
    scene: Scene, label: str, name: str, options: Sequence[str], shown: Callable[[str], str], *, key: str = ""
) -> str:
    """Draw options of which one is chosen; its value lives in the state. Return it."""
    state: PageState = scene.state
    state.pick(name, list(options))
    key = key or f"{state.page}:{name}"
    st.session_state[key] = state[name]

    def taken() -> None:
        if st.session_state[key] is not None:
            state.set(name, st.session_state[key])

    names = dict(zip(options, distinct([shown(one) for one in options]), strict=True))
    st.pills(label, options, format_func=names.__getitem__, key=key, on_change=taken, wrap=True)
    return state[name]


def size_name(say: Strings, size: str) -> str:
    """Return a size with its parameters, as "l, 2.7M" or "l(270万)"; the letter alone while no model of it is there."""
    try:
        count = family.parameters(size)
    except CoreError:
        return size
    if say.lang == "ja":
        return say("size_name", size=size, parameters=f"{count / 10_000:.2g}万" if count < 100_000 else _ten(count))
    return say("size_name", size=size, parameters=f"{count / 1e6:.1f}M" if count >= 1e6 else f"{count / 1e3:.0f}k")


def _ten(count: int) -> str:
    return f"{count / 10_000:.0f}万"


def text_name(say: Strings, text: str) -> str:
    """Return what a training text is called."""
    return say(f"text_{text}")


def interval(low: float, high: float) -> str:
    """Return an interval for a reader."""
    return f"{low:.0%}–{high:.0%}"


def recorded(group: str, texts: Sequence[str]) -> list[Point]:
    """Return the recorded points of a group of tasks; none before they were measured."""
    return [one for one in points.points() if one.task == group and one.text in texts] if points.is_there() else []


def missing(scene: Scene) -> None:
    """Say that the points were not recorded yet."""
    st.info(scene.say("points_missing", command=f"`{POINTS_COMMAND}`"), icon=":material/pending:")


def working(scene: Scene, key: str) -> bool:
    """Draw the job of this session that runs under the key, if one does; return whether it still runs."""
    job: Job | None = st.session_state.get(key)
    if job is None or job.look().state == "ended":
        return False
    _watch(scene, key)
    return True


@st.fragment(run_every=POLL)
def _watch(scene: Scene, key: str) -> None:
    """Show how far the job is, again and again until it ends."""
    say = scene.say
    job: Job | None = st.session_state.get(key)
    if job is None:
        return
    look = job.look()
    if look.state == "ended":
        st.rerun()
    if look.state == "timing" or look.seconds is None:
        st.progress(0.0, text=say("job_timing"))
    elif look.state == "asking":
        st.info(say("job_asking", total=look.total, time=duration(say, look.seconds)), icon=":material/schedule:")
        st.button(say("job_go"), on_click=job.go, type="primary", icon=":material/play_arrow:", key=f"{key}:go")
    else:
        left = look.seconds * (1 - look.done / look.total)
        text = say("job_progress", total=look.total, done=look.done, time=duration(say, left))
        st.progress(look.done / look.total, text=text)
    st.button(say("measure_stop"), on_click=job.stop, icon=":material/stop:", key=f"{key}:stop")


def duration(say: Strings, seconds: float) -> str:
    """Return a waiting time for a reader, in seconds or minutes."""
    if seconds < 90:
        return say("time_seconds", count=max(1, math.ceil(seconds)))
    return say("time_minutes", count=math.ceil(seconds / 60))


def problem(scene: Scene, key: str) -> bool:
    """Tell what went wrong with the job that ended under the key; return whether something did."""
    job: Job | None = st.session_state.get(key)
    error = job.look().error if job is not None else None
    if error is None:
        return False
    told = error.message(scene.say.lang) if isinstance(error, CoreError) else scene.say("job_failed")
    st.error(plain(scene.say("error_prefix") + told), icon=":material/info:")
    return True
