"""The first failure: PPO without the brake on a reward from a few rankings; recorded trainings, and one made now."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import CoreError
from core.intervals import Z
from core.rlhf.comparisons import Ranking
from core.rlhf.features import title
from core.rlhf.labellers import labeller
from lessons import widgets
from lessons.rlhf import hacking as trained
from lessons.rlhf import reward_figures, wrong_figures
from lessons.rlhf.hacking import COMMAND, LEAST_FALL, RULE, SEEDS, UPDATES, Hacked
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.reward_figures import Bar
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.wrong_figures import Panel
from lessons.scenes import NOT_GUESSED, guessed
from lessons.text import plain

if TYPE_CHECKING:
    from core.rlhf.reward import Reward
    from core.rlhf.running import Run, Snapshot

RUN, TROUBLE = "hacking", "hacking trouble"  # of the workshop: the training, and why it could not begin
COUNT = "hackings"  # of the session
POLL = 1.0  # s
DRAWN_EVERY = 4  # updates between two pictures of a training on its way
WAYS = ("rises", "turns", "falls")


@dataclass(frozen=True)
class Training:
    """A training of this session: the rankings of its reward."""

    run: "Run"
    rankings: tuple[Ranking, ...]
    reward: "Reward"


def ask(scene: Scene) -> int | None:
    """Say what is done, and let the reader guess; return the guess, None while it is open."""
    say = scene.say
    st.markdown(f"##### {say('wrong_hacking')}")
    who = labeller(RULE)
    facts = {"name": who.title[say.lang], "rule": who.wish[say.lang], "updates": UPDATES}
    st.markdown(say("hack_about", **facts))
    ways = [say(f"hack_way_{one}") for one in WAYS]
    return guessed(scene, "wrong:hacking", say("hack_ask", updates=UPDATES), ways)


def show(scene: Scene, guess: int) -> None:
    """Draw the training of the session, else a recorded one."""
    say = scene.say
    training: Training | None = scene.workshop.kept.get(RUN)
    _buttons(scene, training)
    if training is not None and training.run.look().running:
        _watch(scene)
    elif training is not None and training.run.look().updates:
        widgets.badge(say, True, COMMAND)
        _ended(scene, training.run.look())
        scene.did("wrong")
        _results(scene, trained.seen(training.rankings, training.reward, training.run.look()), guess)
    else:
        if training is not None:
            _ended(scene, training.run.look())
        _recorded(scene, guess)


def _buttons(scene: Scene, training: Training | None) -> None:
    """Draw what begins a training, and what goes back to the recorded ones."""
    say, shop, lab = scene.say, scene.workshop, scene.live
    trouble: CoreError | None = shop.kept.pop(TROUBLE, None)
    if trouble is not None:
        st.error(plain(say("error_prefix") + trouble.message(say.lang)), icon=":material/info:")
    if training is not None and training.run.look().running:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say("hack_run" if training is None else "hack_again"),
            on_click=_begin,
            args=(scene, lab),
            type="primary",
            icon=":material/play_arrow:",
            disabled=lab is None,
            key="wrong:hack",
        )
        if training is not None:
            away = shop.kept.pop
            st.button(
                say("hack_back"), on_click=away, args=(RUN, None), icon=":material/history:", key="wrong:hack:back"
            )
        st.caption(say("hack_time" if lab is not None else "needs_live"))


def _begin(scene: Scene, lab: LiveLab | None) -> None:
    """Begin a training on rankings that no recorded one has."""
    shop = scene.workshop
    if lab is None:
        return
    shop.kept[COUNT] = shop.kept.get(COUNT, 0) + 1
    rankings = trained.few(trained.tables_of(lab), max(SEEDS) + shop.kept[COUNT])
    reward = lab.fit(trained.pairs(rankings))
    try:
        run = trained.begun(shop.start(lab), reward, trained.UPDATES)
    except CoreError as error:
        shop.kept[TROUBLE] = error
        return
    shop.runs[RUN] = run
    shop.kept[RUN] = Training(run, rankings, reward)


@st.fragment(run_every=POLL)
def _watch(scene: Scene) -> None:
    """Show how far the training is, again and again until it ends."""
    training: Training | None = scene.workshop.kept.get(RUN)
    if training is None:
        return
    found, say = training.run.look(), scene.say
    if not found.running:
        st.rerun()
    if found.state == "waiting":
        st.info(say("run_waiting", ahead=found.ahead), icon=":material/groups:")
    else:
        st.progress(found.done / found.goal, text=say("run_progress", done=found.done, goal=found.goal))
    st.button(say("run_stop"), on_click=training.run.stop, icon=":material/stop:", key="wrong:hack:stop")
    steps = len(found.updates) // DRAWN_EVERY * DRAWN_EVERY
    if steps:
        course = trained.measured(found.updates[:steps])
        _courses(scene, course, "live")
        _answers(scene, trained.seen(training.rankings, training.reward, found))


def _ended(scene: Scene, found: "Snapshot") -> None:
    """Say how a training ended, if not well."""
    say = scene.say
    if found.state == "stopped":
        st.info(say("run_stopped", done=found.done), icon=":material/stop_circle:")
    elif found.state == "failed":
        told = found.error.message(say.lang) if found.error is not None else say("run_failed")
        st.error(plain(say("error_prefix") + told), icon=":material/info:")


def _recorded(scene: Scene, guess: int) -> None:
    """Draw one of the recorded trainings."""
    say, runs = scene.say, trained.recorded()
    widgets.badge(say, False, COMMAND)
    numbers = [str(number) for number in range(len(runs))]
    chosen = widgets.choose_one(
        say("hack_which"), scene.state, "wh", numbers, lambda one: say("hack_number", number=int(one) + 1)
    )
    fell = sum(trained.turn(one.course.rule).fell for one in runs)
    st.caption(say("hack_runs", runs=len(runs), fell=fell, share=f"{LEAST_FALL:.0%}"))
    _results(scene, runs[int(chosen)], guess)


def _results(scene: Scene, hacked: Hacked, guess: int) -> None:
    """Draw a training that has ended: what happened, the courses, the answers, and what the reward had learned."""
    _verdict(scene, hacked, guess)
    left, right = st.columns([7, 5], gap="large")
    with left:
        _courses(scene, hacked.course, "ended")
    with right:
        _likes(scene, hacked)
    _answers(scene, hacked)


def _verdict(scene: Scene, hacked: Hacked, guess: int) -> None:
    """Say from the data what happened."""
    say, course = scene.say, hacked.course
    learned, rule, whole, kl = (trained.turn(getattr(course, name)) for name in ("learned", "rule", "whole", "kl"))
    told = say(
        "hack_told",
        first=f"{learned.first:.1f}",
        last=f"{learned.last:.1f}",
        rule=f"{rule.first:.1f}",
        best=f"{rule.best:.1f}",
        at=rule.at,
        end=f"{rule.last:.1f}",
        whole=f"{whole.first:.0%}",
        broken=f"{whole.last:.0%}",
        kl=f"{kl.last:.0f}",
    )
    way = way_of(rule)
    told += " " + say(f"hack_meaning_{WAYS[way]}")
    if guess == NOT_GUESSED:
        st.info(told)
    elif guess == way:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=say(f'hack_way_{WAYS[guess]}'))} {told}")


def way_of(rule: trained.Turn) -> int:
    """Return which of WAYS a course went."""
    if not rule.fell:
        return 0
    return 1 if rule.best > rule.first + LEAST_FALL * abs(rule.first) else 2


def _courses(scene: Scene, course: trained.Course, key: str) -> None:
    say = scene.say
    least = {"learned": (0.0, 1.0), "rule": (0.0, 1.0), "whole": (0.0, 1.0), "kl": (0.0, 10.0)}
    panels = [
        Panel(say(f"hack_{name}"), values, trained.smooth(values), least[name], name == "whole")
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


def _answers(scene: Scene, hacked: Hacked) -> None:
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


def _likes(scene: Scene, hacked: Hacked) -> None:
    """Show the rankings that the reward was learned from, and the largest weights that came of them."""
    say = scene.say
    st.markdown(f"**{say('hack_likes')}**")
    bars = [
        Bar(title(one.name, say.lang), one.weight, Z * one.error, abs(one.weight) > Z * one.error)
        for one in hacked.likes
    ]
    alt = "; ".join(f"{bar.name} {bar.value:+.2f} ± {bar.half:.2f}" for bar in bars)
    widgets.figure(reward_figures.weights(bars, axis=say("weights_axis")), "wrong:likes", alt)
    with st.expander(say("hack_rankings", rankings=len(hacked.rankings)), icon=":material/swap_vert:"):
        for ranking in hacked.rankings:
            st.markdown(f"**{plain(ranking.prompt)}**")
            placed = sorted(zip(ranking.places, ranking.answers, strict=True), key=lambda one: one[0])
            lines = [f"- {say('cards_place', place=place)} {plain(answer.text)}" for place, answer in placed]
            st.markdown("\n".join(lines))
