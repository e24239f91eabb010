"""⑧ RLOO and DPO beside PPO on the same comparisons, and what was measured with simulated people."""

from collections.abc import Mapping, Sequence

import streamlit as st

from lessons import widgets
from lessons.rlhf import methods, results_figures
from lessons.rlhf.hacking import smooth
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.methods import FILES, METHODS, UPDATES
from lessons.rlhf.results_figures import Line
from lessons.rlhf.steps import measured
from lessons.rlhf.steps.comparing import Compared, ask, clear, of_the_session, stale, told, watch
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.steps.simulated import rank_by, simulated
from lessons.scenes import waiting

DEFAULTS = measured.DEFAULTS
RANKED, WHO = 10, "polite"  # rankings of a simulated person that are offered
COMMAND = "python -m core.rlhf evaluate"

Points = tuple[Sequence[float], Sequence[float]]


def further(scene: Scene) -> None:
    """Draw the step."""
    lab = scene.live
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("further")
    with right:
        _left_out(scene)
        if lab is None:
            waiting(scene)
        elif not scene.workshop.log.comparisons:
            _unranked(scene)
        else:
            _buttons(scene, lab)
    if lab is not None:
        _compared(scene)
    st.divider()
    measured.measured(scene)


def _left_out(scene: Scene) -> None:
    """Say what each method does without."""
    say = scene.say
    lines = [f"- **{say(f'method_{name}')}** — {say(f'method_{name}_about')} `{FILES[name]}`" for name in METHODS]
    st.markdown("\n".join(lines))


def _unranked(scene: Scene) -> None:
    """Offer what there is nothing without: rankings."""
    say = scene.say
    st.info(say("further_unranked"), icon=":material/swap_vert:")
    with st.container(horizontal=True):
        st.button(
            say("further_simulated", rankings=RANKED),
            on_click=rank_by,
            args=(scene, WHO, 0.0, RANKED),
            type="primary",
            icon=":material/smart_toy:",
            key="further:simulated",
        )
        st.button(say("reward_to_rank"), on_click=scene.state.set, args=("step", "rank"), key="further:to_rank")
    simulated(scene)


def _buttons(scene: Scene, lab: LiveLab) -> None:
    """Draw a button for each method, and what is trained on."""
    say, found = scene.say, of_the_session(scene)
    log = scene.workshop.log
    st.caption(say("further_about", comparisons=len(log.comparisons), updates=UPDATES))
    with st.container(horizontal=True):
        for name in METHODS:
            run = found.get(name)
            st.button(
                say("further_start", name=say(f"method_{name}")),
                on_click=ask,
                args=(scene, lab, name),
                type="secondary" if name in found else "primary",
                icon=":material/play_arrow:",
                disabled=run is not None and run.run.look().running,
                key=f"further:start:{name}",
            )
        if found and not any(one.run.look().running for one in found.values()):
            st.button(
                say("further_clear"), on_click=clear, args=(scene,), icon=":material/backspace:", key="further:clear"
            )
    told(scene)


def _compared(scene: Scene) -> None:
    """Draw the trainings: on their way, or their results."""
    say, found = scene.say, of_the_session(scene)
    if not found:
        return
    if any(one.run.look().running for one in found.values()):
        watch(scene, drawn)
        return
    if stale(scene, found):
        st.warning(say("further_stale"), icon=":material/history:")
    widgets.badge(say, True, COMMAND)
    drawn(scene, found)
    _table(scene, found)
    st.caption(say("further_single"))
    _answers(scene, found)


def drawn(scene: Scene, found: dict[str, Compared]) -> None:
    """Draw reward by update and reward by KL, a line a method."""
    courses = {name: methods.course(one.run.look().updates) for name, one in found.items()}
    shown = {name: one for name, one in courses.items() if one.reward}
    if not shown:
        return
    by_update = {name: (range(1, len(one.reward) + 1), one.reward) for name, one in shown.items()}
    by_kl = {name: (smooth(one.kl, methods.LAST), smooth(one.reward, methods.LAST)) for name, one in shown.items()}
    left, right = st.columns(2, gap="large")
    with left:
        _chart(scene, "updates", by_update, UPDATES + 1)
    with right:
        _chart(scene, "kl", by_kl, None)


def _chart(scene: Scene, key: str, points: Mapping[str, Points], until: float | None) -> None:
    """Draw the rewards of each method against something."""
    say = scene.say
    lines = [Line(say(f"method_{name}"), x, y, METHODS.index(name)) for name, (x, y) in points.items()]
    alt = "; ".join(f"{line.name}: {line.y[0]:+.2f} → {line.y[-1]:+.2f}" for line in lines)
    st.markdown(f"**{say(f'further_{key}')}**")
    axes = say(f"further_axis_{key}"), say("further_axis_reward")
    widgets.figure(
        results_figures.lines(lines, axes=axes, until=until), f"further:{key}", f"{say(f'further_{key}')}: {alt}"
    )


def _table(scene: Scene, found: dict[str, Compared]) -> None:
    """Show how each training ended."""
    say = scene.say
    header = [say(f"further_column_{name}") for name in ("updates", "reward", "kl", "seconds")]
    rows = []
    for name, one in found.items():
        course = methods.course(one.run.look().updates)
        if course.reward:
            reward, kl = course.ending
            numbers = [str(len(course.reward)), f"{reward:+.2f}", f"{kl:.1f}", f"{sum(course.seconds):.1f}"]
            rows.append((say(f"method_{name}"), numbers))
    if rows:
        st.markdown(widgets.markdown_table(header, rows))
        st.caption(say("further_ending", last=methods.LAST))


def _answers(scene: Scene, found: dict[str, Compared]) -> None:
    """Show the answers to the same words before and after each training."""
    say = scene.say
    looks = {name: one.run.look().looks for name, one in found.items()}
    looks = {name: one for name, one in looks.items() if one}
    if not looks:
        return
    first = next(iter(looks.values()))[0].answers
    header = [
        say("ppo_before"),
        *(say("further_after", name=say(f"method_{name}"), step=one[-1].step) for name, one in looks.items()),
    ]
    rows = []
    for number, before in enumerate(first):
        after = [one[-1].answers[number].text for one in looks.values()]
        rows.append((before.prompt, [text or say("question_nothing") for text in (before.text, *after)]))
    st.markdown(f"**{say('hack_answers')}**")
    st.markdown(widgets.markdown_table(header, rows))
