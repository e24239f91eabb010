"""One point of the figure measured anew, here and now."""

import streamlit as st

from core import catalogue
from core.prompting import family
from core.prompting.points import SHOTS
from lessons import widgets
from lessons.few_shot.remeasure import EPISODES, SEED, Arm, Job, member
from lessons.few_shot.steps.measured import interval, pills, problem, recorded, size_name, text_name, working
from lessons.few_shot.steps.scene import Scene
from lessons.text import plain

DEFAULTS = {
    "cs": family.SIZES[-1],  # size,
    "cx": family.TEXTS[0],  # training text
    "cn": "4",  # and examples
}
JOB, MARKS = "few_shot:job:curve", "few_shot:marks"  # of this session: the measurement on its way, and those made
MOST_MARKS = 12


def again(scene: Scene, group: str) -> None:
    """Let the reader measure one point of the figure anew."""
    say, state = scene.say, scene.state
    st.markdown(f"##### {say('again_title')}")
    known = catalogue.fewshot()
    sizes = [size for size in family.SIZES if any(family.name(size, text, 0) in known for text in family.TEXTS)]
    st.caption(say("again_about", episodes=EPISODES))
    one, two, three = st.columns(3)
    with one:
        size = pills(scene, say("size_label"), "cs", sizes, lambda size: size_name(say, size))
    with two:
        texts = [text for text in family.TEXTS if family.name(size, text, 0) in known]
        text = pills(scene, say("texts_label"), "cx", texts, lambda text: text_name(say, text), key=f"{state.page}:cx")
    with three:
        shots = int(pills(scene, say("axis_shots"), "cn", [str(count) for count in SHOTS], str))
    if working(scene, JOB):
        return
    name, arm = family.name(size, text, 0), Arm(group, shots, EPISODES)

    def begin() -> None:
        st.session_state[JOB] = Job([arm], member(name))
        st.session_state[f"{JOB}:of"] = (size, text)

    st.button(
        say("again_start", group=say(f"group_{group.removeprefix('kana-')}"), episodes=EPISODES),
        on_click=begin,
        type="primary",
        icon=":material/play_arrow:",
        key="curve:again",
    )
    problem(scene, JOB)
    _latest(scene, group)


def keep() -> None:
    """Put the point of a job that has ended on the figure."""
    job: Job | None = st.session_state.get(JOB)
    if job is None or job.look().state != "ended" or job.look().error is not None:
        return
    del st.session_state[JOB]
    size, text = st.session_state.pop(f"{JOB}:of")
    found = job.look().found[0]
    if found is None or not found.episodes:
        return
    marks = st.session_state.setdefault(MARKS, [])
    marks.insert(0, (size, text, found))
    del marks[MOST_MARKS:]


def _latest(scene: Scene, group: str) -> None:
    """Say what was measured last, beside what was recorded."""
    say = scene.say
    made = [one for one in st.session_state.get(MARKS, []) if one[2].task == group]
    if not made:
        return
    size, text, found = made[0]
    command = f"python -m lessons.few_shot.remeasure --task {group} --shots {found.shots} --model {found.model}"
    widgets.badge(say, True, f"{command} --episodes {found.episodes}")
    facts = {
        "name": say("curve_mark", size=size, text=text_name(say, text)),
        "shots": found.shots,
        "episodes": found.episodes,
        "right": found.right,
        "share": f"{found.accuracy:.0%}",
        "interval": interval(*found.interval),
        "seed": SEED,
    }
    told = say("again_told", **facts)
    before = [one for one in recorded(group, (text,)) if (one.size, one.shots) == (size, found.shots)]
    if before:
        told += " " + say("again_recorded", share=f"{before[0].accuracy:.0%}", interval=interval(*before[0].interval))
    st.markdown(plain(told))
