"""The trainings that are compared: one for each method, begun behind the page and looked at until they end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import CoreError
from core.rlhf.comparisons import Log
from lessons.rlhf import methods
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.methods import METHODS
from lessons.rlhf.steps.scene import Scene
from lessons.text import plain

if TYPE_CHECKING:
    from core.rlhf.policy import Policy
    from core.rlhf.running import Run

KEPT, TROUBLE = "further", "further trouble"  # of the workshop: the trainings; why one could not begin
POLL = 1.0  # s


@dataclass(frozen=True)
class Compared:
    """A training, the rankings it learns from, and the policy it began with."""

    run: "Run"
    log: Log
    start: "Policy"


def of_the_session(scene: Scene) -> dict[str, Compared]:
    """Return the last training of each method, in the order of METHODS."""
    found: dict[str, Compared] = scene.workshop.kept.get(KEPT, {})
    if any(name != "ppo" and one.run.look().updates for name, one in found.items()):
        scene.did("further")
    return {name: found[name] for name in METHODS if name in found}


def stale(scene: Scene, found: dict[str, Compared]) -> bool:
    """Say whether the trainings are no longer of the rankings or the policy that there are now."""
    shop, lab = scene.workshop, scene.live
    start = None if lab is None else shop.start(lab)
    return any(one.log is not shop.log or one.start is not start for one in found.values())


def ask(scene: Scene, lab: LiveLab, name: str) -> None:
    """Begin a training; those of other rankings or of another policy are given up, since nothing could be compared."""
    shop = scene.workshop
    if stale(scene, of_the_session(scene)):
        clear(scene)
    start = shop.start(lab)
    try:
        run = methods.begun(name, start, shop.reward(lab), shop.log.comparisons, methods.UPDATES)
    except CoreError as error:
        shop.kept[TROUBLE] = error
        return
    shop.runs[f"{KEPT}:{name}"] = run
    shop.kept.setdefault(KEPT, {})[name] = Compared(run, shop.log, start)


def clear(scene: Scene) -> None:
    """Give all trainings up."""
    shop = scene.workshop
    for name in METHODS:
        run = shop.runs.pop(f"{KEPT}:{name}", None)
        if run is not None:
            run.stop()
    shop.kept.pop(KEPT, None)


def told(scene: Scene) -> None:
    """Say what was the matter with the last press of a button, and how trainings ended, if not well."""
    say = scene.say
    trouble: CoreError | None = scene.workshop.kept.pop(TROUBLE, None)
    if trouble is not None:
        st.error(plain(say("error_prefix") + trouble.message(say.lang)), icon=":material/info:")
    for name, one in of_the_session(scene).items():
        found = one.run.look()
        title = say(f"method_{name}")
        if found.state == "stopped":
            st.info(f"{title}: {say('run_stopped', done=found.done)}", icon=":material/stop_circle:")
        elif found.state == "failed":
            why = found.error.message(say.lang) if found.error is not None else say("run_failed")
            st.error(plain(f"{title}: {say('error_prefix')}{why}"), icon=":material/info:")


@st.fragment(run_every=POLL)
def watch(scene: Scene, drawn: Callable[[Scene, dict[str, Compared]], None]) -> None:
    """Show how far the trainings are, again and again until all have ended; `drawn` draws what they have so far."""
    say, found = scene.say, of_the_session(scene)
    snapshots = {name: one.run.look() for name, one in found.items()}
    if not any(one.running for one in snapshots.values()):
        st.rerun()
    for name, one in snapshots.items():
        if not one.running:
            continue
        title = say(f"method_{name}")
        left, right = st.columns([5, 1], vertical_alignment="center")
        if one.state == "waiting":
            left.info(f"{title}: {say('run_waiting', ahead=one.ahead)}", icon=":material/groups:")
        else:
            left.progress(one.done / one.goal, text=f"{title}: {say('run_progress', done=one.done, goal=one.goal)}")
        stop, key = found[name].run.end, f"further:stop:{name}"
        right.button(say("run_stop"), on_click=stop, icon=":material/stop:", key=key, width="stretch")
    drawn(scene, found)
