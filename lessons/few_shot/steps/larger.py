"""⑦ Real models, small and larger, on the prepared tasks: recorded, and a cell measured again."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.prompting import tasks
from lessons import widgets
from lessons.few_shot import heads_figures
from lessons.few_shot.larger import COMMAND, SHOTS, Cell, Measured, recorded
from lessons.few_shot.remeasure import Arm, Job
from lessons.few_shot.steps.measured import interval, pills, problem, working
from lessons.few_shot.steps.scene import Scene, badge_recorded
from lessons.gpt.figures import percent
from lessons.overview.sizes import amount
from lessons.scenes import guessed, waiting
from lessons.text import plain

DEFAULTS = {
    "la": "",  # the two models that are compared: "" for the smallest
    "lb": "",  # and the largest;
    "lt": "opposites",  # the task
    "ln": "4",  # and the examples of the cell that is measured again
}
JOB, MADE = "few_shot:job:larger", "few_shot:larger"  # of this session: what is measured now, and what was
EPISODES = 50
EXTRA, HUB = "gemma-3-270m", "llm-jp/llm-jp-3-150m"  # models that may be measured next
FEW = 8  # examples that the guess is about
MOST_MADE = 8
EASY = 0.1  # chance of a guess that is worth a word


def larger(scene: Scene) -> None:
    """⑦ Real models, small and larger, on the prepared tasks: recorded, and a cell measured again."""
    models = recorded()
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("larger")
    with right:
        shown = _guessed(scene, models)
    if shown:
        _maps(scene, models)
    if not models or shown:
        _again(scene, models)


def _guessed(scene: Scene, models: Sequence[Measured]) -> bool:
    """Let the reader guess which model is best with some examples; return whether the figures may be seen."""
    say = scene.say
    if not models:
        st.info(say("larger_missing"), icon=":material/pending:")
        st.code(f"{COMMAND} {EXTRA}", language="bash", wrap_lines=True)
        return False
    names = [_name(scene, one) for one in models]
    guess = guessed(scene, "larger", say("larger_ask", shots=FEW), names)
    if guess is None:
        return False
    means = [one.mean(FEW) for one in models]
    known = {place: mean for place, mean in enumerate(means) if mean is not None}
    if not known:
        return True
    best = max(known, key=known.__getitem__)
    each = say("list_comma").join(f"{names[place]} {mean:.0%}" for place, mean in known.items())
    told = plain(say("larger_told", shots=FEW, best=names[best], each=each))
    short = say("list_comma").join(name for place, name in enumerate(names) if place not in known)
    if guess < 0:
        st.info(told)
    elif guess == best:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=plain(names[guess]))} {told}")
    if short:
        st.caption(plain(say("larger_short", names=short, shots=FEW)))
    return True


def _name(scene: Scene, one: Measured) -> str:
    lang = scene.say.lang
    return scene.say("size_name", size=one.name, parameters=amount(one.parameters, lang, short=True))


# -- recorded ---------------------------------------------------------------------------------------------------------


def _maps(scene: Scene, models: Sequence[Measured]) -> None:
    """Draw two models side by side, and all of them as a table."""
    say = scene.say
    known = {one.name: one for one in models}
    if len(models) > 1:
        st.caption(say("larger_choose"))
    for column, key, default in zip(st.columns(2, gap="large"), ("la", "lb"), (models[0], models[-1]), strict=True):
        if len(models) == 1 and key == "lb":
            continue
        with column:
            if scene.state[key] not in known:
                scene.state.set(key, default.name)
            name = widgets.choose_one(
                say(f"larger_{key}"), scene.state, key, list(known), lambda name: _name(scene, known[name])
            )
            _map(scene, known[name], key)
    st.caption(say("larger_help", episodes=models[0].cells[0].episodes))
    _easy(scene, models)
    header = [say("column_shots", shots=shots) for shots in SHOTS]
    rows = [
        (f"{one.name}: {_title(scene, task)}", [_cell(one.at(task, shots)) for shots in SHOTS])
        for one in models
        for task in tasks()
    ]
    widgets.table(say, "larger:table", header, rows)
    st.markdown(say("larger_command"))
    st.code(f"{COMMAND} {HUB}", language="bash", wrap_lines=True)


def _easy(scene: Scene, models: Sequence[Measured]) -> None:
    """Say in which tasks a guess among the answers is often right."""
    found = {cell.task: cell.chance for one in models for cell in one.cells if cell.chance >= EASY}
    if found:
        each = scene.say("list_comma").join(f"{_title(scene, task)} {chance:.0%}" for task, chance in found.items())
        st.caption(plain(scene.say("larger_chance", each=each)))


def _map(scene: Scene, one: Measured, key: str) -> None:
    say, state = scene.say, scene.state
    badge_recorded(scene, one.command)
    values = np.full((len(tasks()), len(SHOTS)), np.nan, dtype=np.float32)
    for row, task in enumerate(tasks()):
        for column, shots in enumerate(SHOTS):
            found = one.at(task, shots)
            if found is not None:
                values[row, column] = found.accuracy
    chosen = None
    if state["lt"] in tasks() and state["ln"] in map(str, SHOTS):
        chosen = list(tasks()).index(state["lt"]), SHOTS.index(int(state["ln"]))

    def taken(row: int, column: int) -> None:
        state.set("lt", list(tasks())[row])
        state.set("ln", str(SHOTS[column]))

    titles = [_title(scene, task) for task in tasks()]
    axes = say("axis_shots"), ""
    chart = heads_figures.shares(values, columns=[str(s) for s in SHOTS], rows=titles, axes=axes, chosen=chosen)
    alt = "; ".join(
        f"{title}: {_cell(one.at(task, SHOTS[0]))} → {_cell(one.at(task, FEW))}"
        for title, task in zip(titles, tasks(), strict=True)
    )
    widgets.clickable(chart, f"larger:{key}", f"{one.name}: {alt}", taken)
    if one.kana:
        st.caption(say("larger_kana"))


def _title(scene: Scene, task: str) -> str:
    return tasks()[task].title[scene.say.lang]


def _cell(cell: Cell | None) -> str:
    return "–" if cell is None else f"{cell.accuracy:.0%} ({interval(*cell.interval)})"


# -- measured again ---------------------------------------------------------------------------------------------------


def _again(scene: Scene, models: Sequence[Measured]) -> None:
    """Measure one cell with the model that answers now."""
    say, lab = scene.say, scene.live
    st.divider()
    st.markdown(f"##### {say('larger_again')}")
    st.caption(plain(say("larger_again_about", model=scene.card.name)))
    _keep()
    one, two = st.columns([4, 5])
    with one:
        task = widgets.choose_one(say("task_label"), scene.state, "lt", list(tasks()), lambda t: _title(scene, t))
    with two:
        shots = int(pills(scene, say("axis_shots"), "ln", [str(count) for count in SHOTS], str))
    if lab is None:
        waiting(scene)
        return
    if working(scene, JOB):
        return
    model = lab.model

    def begin() -> None:
        st.session_state[JOB] = Job([Arm(task, shots, EPISODES)], lambda: model)

    st.button(
        say("larger_start", episodes=EPISODES),
        on_click=begin,
        type="primary",
        icon=":material/play_arrow:",
        key="larger:again",
    )
    problem(scene, JOB)
    _shown(scene, models)


def _keep() -> None:
    job: Job | None = st.session_state.get(JOB)
    if job is None or job.look().state != "ended" or job.look().error is not None:
        return
    del st.session_state[JOB]
    found = job.look().found[0]
    if found is not None and found.episodes:
        made = st.session_state.setdefault(MADE, [])
        made.insert(0, found)
        del made[MOST_MADE:]


def _shown(scene: Scene, models: Sequence[Measured]) -> None:
    """Show what was measured in this session, the last on top, with the recorded value."""
    say, made = scene.say, st.session_state.get(MADE, [])
    if not made:
        return
    last = made[0]
    command = f"python -m lessons.few_shot.remeasure --task {last.task} --shots {last.shots} --model {last.model}"
    widgets.badge(say, True, f"{command} --episodes {last.episodes}")
    rows = []
    for one in made:
        before = next((model.at(one.task, one.shots) for model in models if model.name == one.model), None)
        name = f"{one.model}: {_title(scene, one.task)}, {say('column_shots', shots=one.shots)}"
        share = f"{one.accuracy:.0%} ({interval(*one.interval)})"
        rows.append((name, [share, f"{one.right}/{one.episodes}", percent(one.chance), _cell(before)]))
    header = [say("column_accuracy"), say("column_asked"), say("column_chance"), say("column_recorded")]
    st.markdown(widgets.markdown_table(header, rows))
