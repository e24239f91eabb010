"""How often the model is right with the bench's setting: measured here and now, with the interval."""

from dataclasses import dataclass

import streamlit as st

from lessons import widgets
from lessons.few_shot import figures, running
from lessons.few_shot.lab import LiveLab
from lessons.few_shot.remeasure import SHORT
from lessons.few_shot.running import EPISODES, Run
from lessons.few_shot.steps.measured import duration
from lessons.few_shot.steps.scene import Scene, badge
from lessons.few_shot.variants import Setting
from lessons.gpt.figures import percent
from lessons.text import plain

RUN, KEPT = "few_shot:run", "few_shot:measured"  # of this session: the measurement on its way, and those made
MOST_KEPT = 8
POLL = 0.4  # s


@dataclass(frozen=True)
class Wanted:
    """A measurement: its name for the reader, the command that makes it again ("" for none), and the run."""

    name: str
    command: str
    run: Run


@dataclass(frozen=True)
class Kept:
    """A measurement that was made."""

    name: str
    right: int
    episodes: int
    interval: tuple[float, float]
    chance: float

    @property
    def accuracy(self) -> float:
        return self.right / self.episodes


def measuring(scene: Scene, setting: Setting, key: str, command: str = "") -> None:
    """Draw the buttons that begin a measurement of this setting, the one on its way, and those made."""
    say, lab = scene.say, scene.live
    st.markdown(f"**{say('measure_title')}** — {say('measure_about', episodes=EPISODES)}")
    if lab is None:
        st.caption(say("needs_live"))
    elif RUN in st.session_state:
        _watch(scene)
    else:
        _begin(scene, lab, setting, key, command)
    _shown(scene, key)


def _begin(scene: Scene, lab: LiveLab, setting: Setting, key: str, command: str) -> None:
    say = scene.say

    def begin(shuffled: bool) -> None:
        name = say(
            "measure_name_shuffled" if shuffled else "measure_name",
            task=setting.task.title.get(say.lang, say("own_name")),
            shots=setting.shots,
            model=scene.card.name,
        )
        run = running.start(
            lab.model, setting.task, setting.shots, format=setting.format, seed=setting.seed, shuffled=shuffled
        )
        st.session_state[RUN] = Wanted(name, command + " --shuffled" * (shuffled and bool(command)), run)

    prompt, answers = setting.prompt, setting.task.answers if setting.task.labels else ()
    if not lab.is_quick(prompt, answers, EPISODES) and (seconds := lab.seconds(prompt, answers, EPISODES)) > SHORT:
        st.caption(say("measure_time", time=duration(say, seconds)))
    one, two = st.columns(2)
    one.button(
        say("measure_start", episodes=EPISODES),
        on_click=begin,
        args=(False,),
        icon=":material/play_arrow:",
        key=f"{key}:measure",
        width="stretch",
    )
    two.button(
        say("measure_start_shuffled"),
        on_click=begin,
        args=(True,),
        disabled=setting.shots < 2,
        icon=":material/shuffle:",
        key=f"{key}:measure:shuffled",
        width="stretch",
    )


@st.fragment(run_every=POLL)
def _watch(scene: Scene) -> None:
    """Show how far the measurement is, again and again until it ends."""
    wanted: Wanted | None = st.session_state.get(RUN)
    if wanted is None:
        return
    run = wanted.run
    if run.done.is_set():
        _keep(wanted)
        st.rerun()
    done, right = run.seen
    text = scene.say("measure_progress", done=done, episodes=EPISODES, right=right)
    st.progress(done / EPISODES, text=text)
    st.button(scene.say("measure_stop"), on_click=run.stop, icon=":material/stop:", key="measure:stop")


def _keep(wanted: Wanted) -> None:
    """Put a measurement that has ended to those made; the reader is told an error by the next picture."""
    del st.session_state[RUN]
    kept: list[object] = st.session_state.setdefault(KEPT, [])
    run = wanted.run
    if run.error is not None:
        kept.insert(0, run.error)
    elif run.result is not None and run.result.episodes:
        found = run.result
        kept.insert(0, (wanted.command, Kept(wanted.name, found.right, found.episodes, found.interval, found.chance)))
    del kept[MOST_KEPT:]


def _shown(scene: Scene, key: str) -> None:
    say = scene.say
    entries = st.session_state.get(KEPT, [])
    errors = [one for one in entries[:1] if not isinstance(one, tuple)]
    for error in errors:
        st.error(plain(say("error_prefix") + error.message(say.lang)), icon=":material/info:")
    made = [one for one in entries if isinstance(one, tuple)]
    if not made:
        return
    command, latest = made[0]
    if command:
        badge(scene, command)
    low, high = latest.interval
    facts = {
        "right": latest.right,
        "episodes": latest.episodes,
        "share": f"{latest.accuracy:.0%}",
        "chance": percent(latest.chance),
    }
    st.markdown(plain(say("measure_told", name=latest.name, **facts, low=f"{low:.0%}", high=f"{high:.0%}")))
    found = [one for _, one in made]
    numbers = [str(number) for number in range(len(found), 0, -1)]
    rows = [
        (number, [one.name, f"{one.accuracy:.0%}", f"{one.interval[0]:.0%}–{one.interval[1]:.0%}"])
        for number, one in zip(numbers, found, strict=True)
    ]
    chart = figures.accuracies(numbers, [one.accuracy for one in found], [one.interval for one in found])
    widgets.figure(chart, f"{key}:accuracies", "; ".join(f"{cells[0]}: {cells[1]} ({cells[2]})" for _, cells in rows))
    header = [say("column_measured"), say("column_accuracy"), say("column_interval")]
    st.markdown(widgets.markdown_table(header, rows))
    st.caption(say("measure_interval"))
