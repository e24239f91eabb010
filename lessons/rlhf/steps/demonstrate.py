"""② The reader writes demonstrations; a copy of the chat model learns to imitate them, here and now."""

import streamlit as st

from core.errors import CoreError
from core.rlhf.demonstrations import Row, learnable
from lessons import widgets
from lessons.rlhf import demonstrations
from lessons.rlhf.demonstrations import FEWEST_ROWS, STEPS, habits
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.steps.tuned import onwards, results
from lessons.rlhf.steps.tuning import begin, failed, of_the_session, watch
from lessons.scenes import waiting
from lessons.text import plain

TROUBLE = "demonstrating trouble"  # of the workshop: what was the matter with the last press of a button
ROWS = "demonstration rows"  # of the workshop: how many are in the editor
PARTS = ("told", "answer")


def demonstrate(scene: Scene) -> None:
    """Draw the step."""
    lab = scene.live
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("demonstrate")
    with right:
        _editor(scene)
        if lab is None:
            waiting(scene)
            return
        tuning = of_the_session(scene)
        if tuning is not None and tuning.run.look().running:
            watch(scene)
            return
        _told(scene)
        _start(scene, lab)
    if tuning is not None:
        results(scene, lab, tuning)
    if scene.workshop.tuned is not None:
        onwards(scene)


def rows(scene: Scene) -> tuple[Row, ...]:
    """Return what is in the editor, at least FEWEST_ROWS rows."""
    found = demonstrations.read(scene.state["dm"])
    shown = max(FEWEST_ROWS, len(found), scene.workshop.kept.get(ROWS, 0))
    return (*found, *[("", "")] * (shown - len(found)))


def _editor(scene: Scene) -> None:
    """Draw the examples to begin with and the rows."""
    say, state, shop = scene.say, scene.state, scene.workshop

    def example(found: tuple[Row, ...]) -> None:
        state.set("dm", demonstrations.written(found))
        shop.kept[ROWS] = len(found)

    def more() -> None:
        try:
            shop.kept[ROWS] = len(demonstrations.added(rows(scene)))
        except CoreError as error:
            shop.kept[TROUBLE] = error

    st.caption(say("demo_examples"))
    with st.container(horizontal=True):
        for number, habit in enumerate(habits()):
            name, key = habit.name[say.lang], f"demo:example:{number}"
            st.button(name, on_click=example, args=(habit.rows,), key=key)
    for number, row in enumerate(rows(scene)):
        _row(scene, number, row)
    with st.container(horizontal=True):
        st.button(say("demo_more"), on_click=more, icon=":material/add:", key="demo:more")
        st.button(say("demo_clear"), on_click=example, args=((),), icon=":material/backspace:", key="demo:clear")
    st.caption(say("demo_private"))


def _row(scene: Scene, number: int, row: Row) -> None:
    """Draw one row, whose two boxes keep what is typed in the state."""
    say, state = scene.say, scene.state
    keys = [f"demo:{part}:{number}" for part in PARTS]

    def taken() -> None:
        found = list(rows(scene))
        found[number] = (st.session_state[keys[0]], st.session_state[keys[1]])
        state.set("dm", demonstrations.written(found))

    columns = st.columns(2)
    for part, key, text, column in zip(PARTS, keys, row, columns, strict=True):
        st.session_state[key] = text
        column.text_input(
            say(f"demo_{part}") if number == 0 else say("demo_number", part=say(f"demo_{part}"), number=number + 1),
            key=key,
            on_change=taken,
            placeholder=say(f"demo_{part}_placeholder"),
            label_visibility="visible" if number == 0 else "collapsed",
        )


def _start(scene: Scene, lab: LiveLab) -> None:
    """Draw the number of steps and the button that begins."""
    say, shop = scene.say, scene.workshop

    def start() -> None:
        steps = int(scene.state.pick("dn", list(STEPS)))
        try:
            begin(scene, lab, learnable(rows(scene), lab.policy), steps)
        except CoreError as error:
            shop.kept[TROUBLE] = error

    left, right = st.columns([5, 7], vertical_alignment="bottom")
    with left:
        widgets.choose_one(
            say("demo_steps"),
            scene.state,
            "dn",
            STEPS,
            lambda one: say("demo_steps_option", steps=one),
            help=say("demo_steps_help"),
        )
    right.button(
        say("demo_start"),
        on_click=start,
        type="primary",
        icon=":material/play_arrow:",
        key="demo:start",
        width="stretch",
    )


def _told(scene: Scene) -> None:
    """Say what was the matter with the last press of a button, or with the last training."""
    trouble: CoreError | None = scene.workshop.kept.pop(TROUBLE, None)
    if trouble is not None:
        prefix = scene.say("error_prefix")
        st.error(plain(prefix + trouble.message(scene.say.lang)), icon=":material/info:")
    failed(scene)
