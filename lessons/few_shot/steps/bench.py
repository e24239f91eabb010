"""② The bench: a prepared task, some examples of it, the exact prompt, and what the model makes of it."""

from dataclasses import replace

import streamlit as st

from core.prompting import FORMATS, Task, tasks
from lessons import widgets
from lessons.few_shot.steps.measuring import measuring
from lessons.few_shot.steps.scene import MOST_SHOTS, SEEDS, Scene
from lessons.few_shot.steps.trial import trial
from lessons.few_shot.variants import Setting
from lessons.scenes import number, quoted
from lessons.text import plain

MOST_LETTERS = 60  # of a reader's own word


def bench(scene: Scene) -> None:
    """② The bench: a prepared task, some examples of it, the exact prompt, and what the model makes of it."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("bench")
    with right:
        name = widgets.choose_one(
            say("task_label"), scene.state, "t", list(tasks()), lambda name: tasks()[name].title[say.lang]
        )
        st.caption(tasks()[name].about[say.lang])
        setting = controls(scene, scene.lab.task(name), "n", "q", "w")
    trial(scene, setting, "bench", _command(scene, setting, "ask"))
    st.divider()
    measuring(scene, setting, "bench", f"{_command(scene, replace(setting, given=''), 'measure')} --episodes 50")


def controls(scene: Scene, task: Task, shots: str, picked: str, word: str) -> Setting:
    """Draw the number of examples, what is asked, the format and the seed; return the setting. The names are those of
    the state."""
    say, state = scene.say, scene.state
    most = min(MOST_SHOTS, len(task.pairs) - 1)
    count = _shots(scene, shots, most)
    one, two = st.columns(2)
    with one:
        options = ["", *(pair.given for pair in task.pairs)]
        given = widgets.choose_one(say("ask_label"), state, picked, options, lambda one: plain(one) or say("ask_drawn"))
    with two:
        st.text_input(
            say("ask_own"),
            key=state.widget(word),
            on_change=state.taken,
            args=(word,),
            max_chars=MOST_LETTERS,
            help=say("ask_own_help"),
        )
    three, four = st.columns(2, vertical_alignment="bottom")
    with three:
        widgets.choose_one(say("format_label"), state, "f", list(FORMATS), lambda one: say(f"format_{one}"))
    with four:
        st.button(
            say("seed_next", seed=scene.seed),
            on_click=state.set,
            args=("d", str((scene.seed + 1) % (SEEDS + 1))),
            icon=":material/shuffle:",
            help=say("seed_help"),
            key=f"{shots}:seed",
            width="stretch",
        )
    own = " ".join(state[word][:MOST_LETTERS].split())
    return Setting(task, count, scene.seed, scene.format, own or given)


def _shots(scene: Scene, name: str, most: int) -> int:
    """Draw the slider for the number of examples; return it."""
    state, key = scene.state, f"{scene.state.page}:{name}:{most}"
    st.session_state[key] = round(number(state, name, 0, most))

    def taken() -> None:
        state.set(name, str(st.session_state[key]))

    return int(st.slider(scene.say("slider_n"), 0, most, key=key, on_change=taken, help=scene.say("slider_n_help")))


def _command(scene: Scene, setting: Setting, act: str) -> str:
    """Return the command that makes the numbers of a prepared task again; "" where none asks just this."""
    if any(pair.given == setting.given for pair in setting.task.pairs):
        return ""
    form = next(name for name, one in FORMATS.items() if one == setting.format)
    command = f"python -m core.prompting {act} --task {setting.task.name} --shots {setting.shots}"
    command += f" --seed {setting.seed} --format {form} --model {scene.card.name}"
    return command + (f" --given {quoted(setting.given)}" if setting.given else "")
