"""The experiment of the step "heads": how often the model is right without some of its heads."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lessons import widgets
from lessons.few_shot import figures
from lessons.few_shot.remeasure import Arm, Job
from lessons.few_shot.steps.measured import interval, problem, working
from lessons.few_shot.steps.scene import Scene
from lessons.scenes import waiting
from lessons.text import plain

Head = tuple[int, int]
Key = tuple[str, tuple[Head, ...], tuple[Head, ...]]  # a model, what is cut, and what for comparison

TASK, SHOTS, EPISODES = "kana-endings", 4, 100
OWN = "own"
CHOICES = ("1", "3", OWN)  # how many of the best heads are cut, or the one that the reader looks at
DEFAULTS = {"hx": CHOICES[0]}
GONE, LESS = 0.25, 0.75  # of the accuracy of the whole model: up to here it is gone, up to here it is less
JOB, KEPT = "few_shot:job:heads", "few_shot:cuts"  # of this session: what is measured now, and what was


def cutting(
    scene: Scene,
    model: Any | None,
    name: str,
    without: tuple[Sequence[Head], Sequence[Head]],
    guess: tuple[int, list[str]],
) -> None:
    """Draw the button that begins, how far it is, and what came of it. `without`: the heads that are cut, and
    those that are cut for comparison."""
    cut, control = map(tuple, without)
    kept = name, cut, control
    made = st.session_state.setdefault(KEPT, {})
    job: Job | None = st.session_state.get(JOB)
    if job is not None and job.look().state == "ended" and job.look().error is None:
        _keep(job)
    if model is None:
        waiting(scene)
    elif not working(scene, JOB):
        if not problem(scene, JOB) and kept in made:
            _shown(scene, made[kept], cut, control, guess, name)
        _start(scene, model, kept, (cut, control))


def _start(scene: Scene, model: Any, kept: Key, without: Sequence[tuple[Head, ...]]) -> None:
    """Draw the button that measures the whole model, and it without the heads."""

    def begin() -> None:
        arms = [Arm(TASK, SHOTS, EPISODES, heads) for heads in ((), *without)]
        st.session_state[JOB] = Job(arms, lambda: model)
        st.session_state[f"{JOB}:as"] = kept

    name = "cut_again" if kept in st.session_state[KEPT] else "cut_start"
    st.button(
        scene.say(name, count=3 * EPISODES), on_click=begin, type="primary", icon=":material/cut:", key="heads:cut"
    )


def _keep(job: Job) -> None:
    """Keep the measurements of a job that has ended, if all of them were made."""
    kept = st.session_state.pop(f"{JOB}:as")
    del st.session_state[JOB]
    found = [one for one in job.look().found if one is not None and one.episodes]
    if len(found) == len(job.arms):
        st.session_state[KEPT][kept] = found


def chosen(ranked: Sequence[Head], choice: str, looked_at: Head) -> tuple[Sequence[Head], Sequence[Head]]:
    """Return the heads that are cut, and as many for comparison: of the same layers where there are others, with the
    lowest scores. `ranked`: all, the best first."""
    cut = [looked_at] if choice == OWN else ranked[: int(choice)]
    left = [head for head in reversed(ranked) if head not in cut]
    control: list[Head] = []
    for layer, _ in cut[: len(left)]:
        control.append(next((head for head in left if head[0] == layer), left[0]))
        left.remove(control[-1])
    return cut, control


def names(scene: Scene, heads: Sequence[Head]) -> str:
    """Return heads as a reader counts them."""
    say = scene.say
    return say("list_comma").join(say("head_name", layer=layer + 1, head=head + 1) for layer, head in heads)


def _shown(
    scene: Scene,
    found: Sequence[Any],
    cut: Sequence[Head],
    control: Sequence[Head],
    guess: tuple[int, list[str]],
    model: str,
) -> None:
    """Show the accuracies side by side, and say what follows from them and what does not."""
    say = scene.say
    whole, without, other = found
    _said(scene, whole, without, guess)
    heads = " ".join(f"{layer + 1}.{head + 1}" for layer, head in cut)
    command = f"python -m lessons.few_shot.remeasure --task {TASK} --shots {SHOTS} --episodes {EPISODES}"
    widgets.badge(say, True, f"{command} --model {model} --without {heads}")
    own = scene.state["hx"] == OWN
    labels = [
        say("cut_none"),
        say("cut_own" if own else "cut_best", count=len(cut)),
        say("cut_control", count=len(control)),
    ]
    cells = [[f"{one.accuracy:.0%}", interval(*one.interval), f"{one.right}/{one.episodes}"] for one in found]
    rows = list(zip(labels, cells, strict=True))
    chart = figures.accuracies(labels, [one.accuracy for one in found], [one.interval for one in found])
    widgets.figure(chart, "heads:cut:figure", "; ".join(f"{name}: {cell[0]} ({cell[1]})" for name, cell in rows))
    st.caption(plain(say("cut_which", cut=names(scene, cut), control=names(scene, control))))
    header = [say("column_accuracy"), say("column_interval"), say("column_asked")]
    widgets.table(say, "heads:cut:table", header, rows)
    st.markdown(say(_meaning(whole, without, other)))


def _said(scene: Scene, whole: Any, without: Any, guess: tuple[int, list[str]]) -> None:
    say, (chosen, ways) = scene.say, guess
    if not whole.right:
        st.info(say("cut_nothing"))
        return
    share = without.right / whole.right
    right = 0 if share <= GONE else 1 if share <= LESS else 2
    told = plain(say("cut_told", whole=f"{whole.accuracy:.0%}", without=f"{without.accuracy:.0%}"))
    if chosen < 0:
        st.info(told)
    elif chosen == right:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=plain(ways[chosen]))} {told}")


def _meaning(whole: Any, without: Any, other: Any) -> str:
    """Return the name of the sentence that says what the three measurements show."""
    if without.interval[1] >= whole.interval[0]:
        return "cut_means_same"
    if without.interval[1] >= other.interval[0]:
        return "cut_means_any"
    return "cut_means_these"
