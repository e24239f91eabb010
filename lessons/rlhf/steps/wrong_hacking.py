"""The first failure: PPO without the brake on a reward from a few rankings; recorded trainings, and one made now."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import CoreError
from core.rlhf.comparisons import Ranking
from core.rlhf.labellers import labeller
from lessons import widgets
from lessons.rlhf import hacking as trained
from lessons.rlhf.hacking import COMMAND, LEAST_FALL, RULE, SEEDS, UPDATES, Hacked
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.steps.wrong_hacked import answers, courses, likes
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
    st.button(say("run_stop"), on_click=training.run.end, icon=":material/stop:", key="wrong:hack:stop")
    steps = len(found.updates) // DRAWN_EVERY * DRAWN_EVERY
    if steps:
        course = trained.measured(found.updates[:steps])
        courses(scene, course, "live")
        answers(scene, trained.seen(training.rankings, training.reward, found))


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
        courses(scene, hacked.course, "ended")
    with right:
        likes(scene, hacked)
    answers(scene, hacked)


def _verdict(scene: Scene, hacked: Hacked, guess: int) -> None:
    """Say from the data what happened."""
    say, course = scene.say, hacked.course
    learned, rule, whole, different, kl = (trained.turn(values) for values in vars(course).values())
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
        varied=f"{different.first:.0%}",
        same=f"{different.last:.0%}",
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
