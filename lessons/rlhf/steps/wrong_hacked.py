"""What there is to see of a training without the brake, on its way or at its end."""

import streamlit as st

from core.intervals import Z
from core.rlhf.features import title
from lessons import widgets
from lessons.rlhf import hacking as trained
from lessons.rlhf import reward_figures, wrong_figures
from lessons.rlhf.hacking import Hacked
from lessons.rlhf.reward_figures import Bar
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.wrong_figures import Panel
from lessons.text import plain


def courses(scene: Scene, course: trained.Course, key: str) -> None:
    """Draw the courses, one above the other. `key`: "live" or "ended"."""
    say = scene.say
    least = {"learned": (0.0, 1.0), "rule": (0.0, 1.0), "whole": (0.0, 1.0), "different": (0.0, 1.0), "kl": (0.0, 10.0)}
    panels = [
        Panel(say(f"hack_{name}"), values, trained.smooth(values), least[name], name in ("whole", "different"))
        for name, values in vars(course).items()
    ]
    best = trained.turn(course.rule)
    until, mark = (trained.UPDATES, None) if key == "live" else (0, best.at)
    chart = wrong_figures.courses(panels, axis=say("hack_axis"), until=until, mark=mark)
    alt = "; ".join(f"{panel.title}: {panel.smooth[0]:.2f} → {panel.smooth[-1]:.2f}" for panel in panels)
    widgets.figure(chart, f"wrong:courses:{key}", alt)
    if key == "ended":
        st.caption(say("hack_smoothed", width=trained.SMOOTHED, at=best.at))
        rows = [(str(step + 1), [f"{panel.values[step]:.2f}" for panel in panels]) for step in range(len(course))]
        widgets.table(say, "wrong:courses:table", [panel.title for panel in panels], rows)


def answers(scene: Scene, hacked: Hacked) -> None:
    """Show the answers to the same words on the way."""
    say, looks = scene.say, trained.shown(hacked.looks)
    if not looks:
        return
    st.markdown(f"**{say('hack_answers')}**")
    columns = st.columns(2)
    for number, answer in enumerate(looks[0].answers):
        lines = [
            f"- {say('hack_step', step=look.step)}: {plain(look.answers[number].text) or say('question_nothing')}"
            for look in looks
        ]
        with columns[number % 2].container(border=True):
            st.markdown("\n".join([f"**{plain(answer.prompt)}**", "", *lines]))


def likes(scene: Scene, hacked: Hacked) -> None:
    """Show the rankings that the reward was learned from, and the largest weights that came of them."""
    say = scene.say
    st.markdown(f"**{say('hack_likes')}**")
    bars = [
        Bar(title(one.name, say.lang), one.weight, Z * one.error, abs(one.weight) > Z * one.error)
        for one in hacked.likes
    ]
    alt = "; ".join(f"{bar.name} {bar.value:+.2f} ± {bar.half:.2f}" for bar in bars)
    widgets.figure(reward_figures.weights(bars, axis=say("weights_axis")), "wrong:likes", alt)
    rows = [(bar.name, [f"{bar.value:+.2f}", f"± {bar.half:.2f}"]) for bar in bars]
    widgets.table(say, "wrong:likes:table", [say("column_weight"), say("column_interval")], rows)
    with st.expander(say("hack_rankings", rankings=len(hacked.rankings)), icon=":material/swap_vert:"):
        for ranking in hacked.rankings:
            st.markdown(f"**{plain(ranking.prompt)}**")
            placed = sorted(zip(ranking.places, ranking.answers, strict=True), key=lambda one: one[0])
            lines = [f"- {say('cards_place', place=place)} {plain(answer.text)}" for place, answer in placed]
            st.markdown("\n".join(lines))
