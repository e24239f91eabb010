"""PPO on its way: begun behind the page, looked at again and again, gone on with, and its policy for the steps after."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.errors import CoreError
from core.rlhf.comparisons import Answer
from core.rlhf.labellers import RULES, labeller
from core.rlhf.prompts import test_prompts, train_prompts
from lessons import widgets
from lessons.rlhf.curves import Panel, course
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.steps.desk import wished
from lessons.rlhf.steps.scene import Scene
from lessons.text import plain

if TYPE_CHECKING:
    from core.rlhf.policy import Policy
    from core.rlhf.ppo import PPO, Update
    from core.rlhf.reward import Reward
    from core.rlhf.running import Run, Snapshot

DEFAULTS = {"un": "20"}  # updates
RUN = "ppo"  # its name among the trainings of the workshop, and where the training is kept
COUNT = "optimisations"  # of the session
TROUBLE = "optimising trouble"
POLL = 1.0  # s
ASKED = 4  # prompts whose answers are shown on the way
ENOUGH = 5  # updates after which the step is done
LAST = 5  # updates over which the end is averaged


@dataclass
class Optimisation:
    """A training of the session: `number` counts them, `rule` is the hidden rule behind the rankings ("": none is known)."""

    number: int
    run: "Run"
    trainer: "PPO"
    before: "Policy"
    reward: "Reward"
    rule: str

    @property
    def policy(self) -> "Policy":
        """The policy that is trained."""
        return self.trainer.policy


def of_the_session(scene: Scene) -> Optimisation | None:
    """Return the last training."""
    found: Optimisation | None = scene.workshop.kept.get(RUN)
    return found


def rule_of(scene: Scene) -> str:
    """Return the rule of the only annotator if it is simulated, or the one that the reader agreed on and ranked by;
    "" if there is none."""
    annotators = scene.workshop.log.annotators
    if len(annotators) == 1 and annotators[0] in RULES:
        return annotators[0]
    return wished(scene) if annotators == ("",) else ""


def begin(scene: Scene, lab: LiveLab, beta: float, updates: int) -> None:
    """Begin a training of a copy of the policy that the later steps start from. Raises Busy."""
    from core.rlhf.ppo import PPO, Settings
    from core.rlhf.running import train

    shop = scene.workshop
    start, reward = shop.start(lab), shop.reward(lab)
    number = shop.kept.get(COUNT, 0) + 1
    settings = Settings(beta=beta, seed=number)
    trainer = PPO(start.copy(), reward.standard_score, train_prompts(), settings, start.frozen())
    run = train(trainer, updates, looks=test_prompts()[:ASKED])
    shop.runs[RUN], shop.kept[COUNT], shop.blind = run, number, None
    shop.kept[RUN] = Optimisation(number, run, trainer, trainer.reference, reward, rule_of(scene))


def go_on(scene: Scene, lab: LiveLab, made: Optimisation, beta: float, updates: int) -> None:
    """Train further from where it stopped, with the present β and against what the rankings say by now. Raises Busy."""
    from core.rlhf.running import train

    made.reward, made.rule = scene.workshop.reward(lab), rule_of(scene)
    made.trainer.score = made.reward.standard_score
    made.trainer.settings = replace(made.trainer.settings, beta=beta)
    made.run = train(made.trainer, updates, looks=test_prompts()[:ASKED], before=made.run)
    scene.workshop.runs[RUN], scene.workshop.blind = made.run, None


def forget(scene: Scene) -> None:
    """Go back to the policy before: the training and its policy are given up."""
    shop = scene.workshop
    if RUN in shop.runs:
        shop.runs[RUN].stop()
    shop.runs.pop(RUN, None)
    shop.kept.pop(RUN, None)
    shop.blind = None


def kept_trouble(scene: Scene, error: CoreError) -> None:
    scene.workshop.kept[TROUBLE] = error


def told(scene: Scene) -> None:
    """Say what was the matter with the last press of a button, or with the last training."""
    say, trouble = scene.say, scene.workshop.kept.pop(TROUBLE, None)
    made = of_the_session(scene)
    found = made.run.look() if made else None
    if trouble is None and found is not None and found.state == "failed":
        trouble = found.error
        if trouble is None:
            st.error(plain(say("error_prefix") + say("tune_failed")), icon=":material/info:")
    if trouble is not None:
        st.error(plain(say("error_prefix") + trouble.message(say.lang)), icon=":material/info:")
    elif found is not None and found.state == "stopped":
        st.info(say("run_stopped", done=len(found.updates)), icon=":material/stop_circle:")


@st.fragment(run_every=POLL)
def watch(scene: Scene) -> None:
    """Show how far the training is, again and again until it ends."""
    made = of_the_session(scene)
    if made is None:
        return
    found, say = made.run.look(), scene.say
    if not found.running:
        st.rerun()
    if found.state == "waiting" and found.ahead:
        st.info(say("tune_waiting", ahead=found.ahead), icon=":material/groups:")
    else:
        seconds = f"{found.updates[-1].seconds:.1f}" if found.updates else "–"
        text = say("ppo_progress", done=found.done, goal=found.goal, seconds=seconds)
        st.progress(min(1.0, found.done / found.goal), text=text)
    st.button(say("tune_stop"), on_click=made.run.end, icon=":material/stop:", key="ppo:stop")
    curves(scene, made, found, "ppo:live")
    answers(scene, found)


def curves(scene: Scene, made: Optimisation, found: "Snapshot", key: str) -> None:
    """Draw reward, KL and length by update, and the hidden rule where one is known."""
    say, updates = scene.say, found.updates
    if not updates:
        return
    panels = [
        Panel(say("ppo_reward"), tuple(one.reward for one in updates)),
        Panel(say("ppo_kl"), tuple(one.kl for one in updates)),
        Panel(say("ppo_length"), tuple(one.length for one in updates)),
    ]
    if made.rule:
        panels.insert(1, Panel(say("ppo_rule"), rule_by_update(made.rule, updates), other=True))
    first, last = updates[0], updates[-1]
    alt = say(
        "ppo_alt",
        updates=len(updates),
        first=f"{first.reward:.2f}",
        last=f"{last.reward:.2f}",
        kl=f"{last.kl:.1f}",
        length=f"{last.length:.1f}",
    )
    widgets.figure(course(panels, axis=say("ppo_axis")), key, alt)
    rows = [(str(step), [f"{panel.values[step - 1]:.2f}" for panel in panels]) for step in range(1, len(updates) + 1)]
    widgets.table(say, f"{key}:table", [say("ppo_axis"), *(panel.title for panel in panels)], rows)


def rule_by_update(rule: str, updates: "tuple[Update, ...]") -> tuple[float, ...]:
    """Return the mean of a rule over the answers that each update began with."""
    liked = labeller(rule).rule
    return tuple(float(np.mean([liked(answer.text) for answer in one.answers])) for one in updates)


def answers(scene: Scene, found: "Snapshot") -> None:
    """Draw the answers to the fixed prompts, at first and at the last look."""
    say, looks = scene.say, found.looks
    if not looks:
        return
    first, last = looks[0], looks[-1]
    header = [say("ppo_before"), say("ppo_now", step=last.step)]
    pairs = zip(first.answers, last.answers, strict=True)
    rows = [(old.prompt, [written(scene, old), _marked(scene, old, new)]) for old, new in pairs]
    st.markdown(widgets.markdown_table(header, rows))


def written(scene: Scene, answer: Answer) -> str:
    return answer.text or scene.say("question_nothing")


def _marked(scene: Scene, old: Answer, new: Answer) -> str:
    """Return the new answer, with a mark if it is another one."""
    return ("● " if old.text != new.text else "") + written(scene, new)
