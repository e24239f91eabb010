"""④ What the reward model has learned from the rankings, how sure it is, and what it makes of any sentence."""

import streamlit as st

from core.rlhf.reward import Held, Liking, Reward
from lessons import widgets
from lessons.rlhf import learning, reward_figures
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.steps.desk import COMMAND
from lessons.rlhf.steps.fitting import Fitted, bar, fitted
from lessons.rlhf.steps.judging import agreeing, by_rule, growing, just_ranked
from lessons.rlhf.steps.scene import Scene, badge
from lessons.rlhf.steps.scoring import scoring
from lessons.scenes import guessed, waiting
from lessons.text import plain

SHOWN = 10  # features in the figure
WIDE = 0.3  # of an interval of the accuracy that is called unsure
PERCENT = "{:.0%}"


def reward(scene: Scene) -> None:
    """Draw the step."""
    lab, log = scene.live, scene.workshop.log
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("reward")
    with right:
        if lab is None:
            waiting(scene)
            return
        if not log.comparisons:
            _nothing(scene)
            return
        found = fitted(scene.workshop, lab)
        held = lab.fit.held_out(log.comparisons)
        badge(scene, COMMAND)
        _status(scene, found, held)
        likings = learning.guesses(found.reward.likings())
        names = [one.title(scene.say.lang) for one in likings]
        guess = guessed(scene, "reward", scene.say("reward_ask"), names)
        if guess is not None:
            _verdict(scene, likings, guess)
            scene.did("reward")
    if guess is not None:
        _learned(scene, lab, found.reward)


def _learned(scene: Scene, lab: LiveLab, found: Reward) -> None:
    """Draw everything that would give the weights away."""
    _weights(scene, lab, found)
    st.divider()
    just_ranked(scene, found)
    st.divider()
    scoring(scene, lab, found)
    st.divider()
    left, right = st.columns(2, gap="large")
    with left:
        growing(scene, lab)
    with right:
        by_rule(scene, lab, found)
        agreeing(scene)


def _nothing(scene: Scene) -> None:
    st.info(scene.say("reward_nothing"), icon=":material/swap_vert:")
    st.button(
        scene.say("reward_to_rank"),
        on_click=scene.state.set,
        args=("step", "rank"),
        icon=":material/arrow_back:",
        type="primary",
        key="reward:to_rank",
    )


def _status(scene: Scene, found: Fitted, held: Held | None) -> None:
    """Say how much was learned from, how long it took, and how often it is right."""
    say, log = scene.say, scene.workshop.log
    known = held is not None and held.total > 0
    one, two, three = st.columns(3)
    one.metric(say("reward_comparisons"), len(log.comparisons))
    one.caption(say("reward_from", rankings=len(log.rankings)))
    two.metric(say("reward_accuracy"), PERCENT.format(held.accuracy) if held is not None and known else "–")
    three.metric(say("reward_time"), say("reward_ms", ms=f"{1000 * found.seconds:.0f}"))
    if held is None or not known:
        st.warning(say("held_missing" if held is None else "held_ties"), icon=":material/help:")
        return
    low, high = held.interval
    facts = {"right": held.right, "total": held.total, "low": PERCENT.format(low), "high": PERCENT.format(high)}
    two.caption(say("held_interval", **facts))
    if high - low > WIDE:
        st.warning(plain(say("held_unsure", **facts)), icon=":material/help:")


def _verdict(scene: Scene, likings: list[Liking], guess: int) -> None:
    """Say which of the properties has the largest weight, and whether the reader has guessed it."""
    say = scene.say
    best = max(range(len(likings)), key=lambda number: abs(likings[number].weight))
    one = likings[best]
    if not one.weight:
        st.info(say("liking_none"))
        return
    told = say(
        "liking_more" if one.weight > 0 else "liking_less",
        name=plain(one.title(say.lang)),
        weight=f"{one.weight:+.2f}",
    )
    told += "" if one.sure else " " + say("liking_unsure")
    if guess < 0:
        st.info(told)
    elif guess == best:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=plain(likings[guess].title(say.lang)))} {told}")


def _weights(scene: Scene, lab: LiveLab, found: Reward) -> None:
    """Draw the weights of what can be read, the frozen rest in one sentence, and what is least known."""
    say = scene.say
    likings = learning.readable(found.likings())
    bars = [bar(one, say.lang) for one in likings]
    st.markdown(f"##### {say('weights_title')}")
    left, right = st.columns([7, 5], gap="large")
    with left:
        alt = "; ".join(f"{one.name} {one.value:+.2f} ± {one.half:.2f}" for one in bars[:SHOWN])
        widgets.figure(reward_figures.weights(bars[:SHOWN], axis=say("weights_axis")), "reward:weights", alt)
        rows = [(one.name, [f"{one.value:+.2f}", f"± {one.half:.2f}"]) for one in bars]
        widgets.table(say, "reward:weights:table", [say("column_weight"), say("column_interval")], rows)
    with right:
        st.markdown(say("weights_help"))
        parts = learning.shares(found, lab.reference)
        facts = {"readable": f"{parts.readable:.2f}", "frozen": f"{parts.frozen:.2f}", "count": parts.directions}
        st.markdown(say("weights_frozen", **facts))
        sure = [plain(one.title(say.lang)) for one in likings if one.sure]
        st.markdown(say("weights_sure", names=say("list_comma").join(sure)) if sure else say("weights_none_sure"))
        _unsure(scene, lab, found)


def _unsure(scene: Scene, lab: LiveLab, found: Reward) -> None:
    """Show the two answers of which it knows least which one is better."""
    say, pair = scene.say, learning.most_unsure(found, lab.reference)
    if pair is None:
        return
    sure = found.sureness(*pair)
    low, high = (PERCENT.format(one) for one in sure.interval)
    with st.container(border=True):
        st.markdown(f"**{say('unsure_title')}** — {plain(pair[0].prompt)}")
        st.markdown(f"A. {plain(pair[0].text)}\n\nB. {plain(pair[1].text)}")
        st.caption(plain(say("unsure_told", prob=PERCENT.format(sure.prob), low=low, high=high)))
