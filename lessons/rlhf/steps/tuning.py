"""A fine-tuning on its way: begun behind the page, looked at again and again, and its policy taken at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.rlhf.comparisons import Answer
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.steps.scene import Scene
from lessons.text import plain

if TYPE_CHECKING:
    from core.rlhf.policy import Policy
    from core.rlhf.running import Run

RUN = "sft"  # its name among the trainings of the workshop
COUNT = "tunings"  # of the session
POLL = 0.4  # s


@dataclass(frozen=True)
class Tuning:
    """A fine-tuning: `number` counts those of the session, `policy` is what is trained."""

    number: int
    run: "Run"
    policy: "Policy"
    demonstrations: tuple[Answer, ...]


def of_the_session(scene: Scene) -> Tuning | None:
    """Return the last fine-tuning; its policy is the reader's as soon as it has ended well."""
    tuning: Tuning | None = scene.workshop.kept.get(RUN)
    if tuning is not None and tuning.run.tuned is not None and scene.workshop.tuned is not tuning.policy:
        scene.workshop.tuned = tuning.policy
        scene.workshop.demonstrations = tuple((one.prompt, one.text) for one in tuning.demonstrations)
        scene.did("demonstrate")
    return tuning


def begin(scene: Scene, lab: LiveLab, answers: Sequence[Answer], steps: int) -> None:
    """Begin a fine-tuning of a copy of the chat model. Raises Busy."""
    from core.rlhf.running import tune

    shop = scene.workshop
    policy = lab.policy.copy()
    run = tune(policy, answers, steps)
    shop.runs[RUN] = run
    shop.kept[COUNT] = shop.kept.get(COUNT, 0) + 1
    shop.kept[RUN] = Tuning(shop.kept[COUNT], run, policy, tuple(answers))


def forget(scene: Scene) -> None:
    """Undo it: the reader has no policy of their own any more."""
    shop = scene.workshop
    shop.tuned, shop.with_tuned, shop.demonstrations = None, False, ()
    shop.kept.pop(RUN, None)
    shop.runs.pop(RUN, None)


@st.fragment(run_every=POLL)
def watch(scene: Scene) -> None:
    """Show how far the fine-tuning is, again and again until it ends."""
    tuning = of_the_session(scene)
    if tuning is None:
        return
    found, say = tuning.run.look(), scene.say
    if not found.running:
        of_the_session(scene)
        st.rerun()
    if found.state == "waiting":
        st.info(say("tune_waiting", ahead=found.ahead), icon=":material/groups:")
    else:
        loss = f"{found.losses[-1]:.2f}" if found.losses else "–"
        st.progress(found.done / found.goal, text=say("tune_progress", done=found.done, goal=found.goal, loss=loss))
    st.button(say("tune_stop"), on_click=tuning.run.end, icon=":material/stop:", key="tune:stop")


def failed(scene: Scene) -> None:
    """Say how the last fine-tuning ended, if not well."""
    tuning, say = of_the_session(scene), scene.say
    if tuning is None or tuning.run.tuned is not None:
        return
    found = tuning.run.look()
    if found.state == "stopped":
        st.info(say("tune_never"), icon=":material/info:")
    elif found.state == "failed":
        told = found.error.message(say.lang) if found.error is not None else say("tune_failed")
        st.error(plain(say("error_prefix") + told), icon=":material/info:")
