"""The second failure: a reward from three rankings beside one from many of the same simulated person."""

import math

import streamlit as st

from core import runtime
from core.intervals import Z
from core.rlhf.labellers import labeller
from core.rlhf.reward import Reward
from lessons import widgets
from lessons.rlhf import overconfident, reward_figures, wrong_figures
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.learning import fresh_answers
from lessons.rlhf.overconfident import ERRORS, FEW, MANY, REPEATED, RULES, SURE, Boast, Story
from lessons.rlhf.reward_figures import Bar
from lessons.rlhf.steps.desk import COMMAND
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.wrong_figures import Row
from lessons.scenes import NOT_GUESSED, guessed, waiting
from lessons.text import plain

STORY, DRAW = "few", "few draw"  # of the workshop: what was calculated last, and how often the rankings were drawn anew
WAYS = ("over", "even", "under")
EVEN = 0.05  # between how sure and how right, up to which they are called alike
PERCENT = "{:.0%}"


def ask(scene: Scene) -> int | None:
    """Let the reader choose the person and guess; return the guess, None while it is open."""
    say, state = scene.say, scene.state
    st.markdown(f"##### {say('wrong_few')}")
    st.markdown(say("few_about", few=FEW, many=MANY))
    left, right = st.columns(2)
    with left:
        rule = widgets.choose_one(say("few_who"), state, "wr", RULES, lambda one: labeller(one).title[say.lang])
    with right:
        error = widgets.choose_one(say("few_error"), state, "we", [str(one) for one in ERRORS], "{}%".format)
    st.caption(say("few_rule", rule=labeller(rule).wish[say.lang]))
    ways = [say(f"few_way_{one}") for one in WAYS]
    return guessed(scene, f"wrong:few:{rule}:{error}", say("few_ask", few=FEW), ways)


def show(scene: Scene, guess: int) -> None:
    """Run it, and draw what was found."""
    say, state, lab = scene.say, scene.state, scene.live
    if lab is None:
        waiting(scene)
        return
    with st.spinner(say("experiment_running")):
        found = _story(scene, lab, state["wr"], int(state["we"]))
    if found is None:
        st.info(say("few_none"))
        return
    scene.did("wrong")
    _told(scene, found, guess)


def _story(scene: Scene, lab: LiveLab, rule: str, error: int) -> Story | None:
    """Return what the rankings lead to; calculated once for each choice."""
    kept = scene.workshop.kept
    about = (rule, error, kept.get(DRAW, 0))
    if kept.get(STORY, (None,))[0] != about:
        tables, answers, fit = overconfident.tables_of(lab), fresh_answers(lab), lab.fit
        with runtime.slot():
            found = overconfident.story(fit, tables, answers, labeller(rule, error / 100), about[2])
        kept[STORY] = (about, found)
    story: Story | None = kept[STORY][1]
    return story


def _told(scene: Scene, story: Story, guess: int) -> None:
    """Draw what was found."""
    say, kept = scene.say, scene.workshop.kept

    def again() -> None:
        kept[DRAW] = kept.get(DRAW, 0) + 1

    with st.container(horizontal=True, vertical_alignment="center"):
        widgets.badge(say, True, COMMAND)
        st.button(say("few_again"), on_click=again, icon=":material/casino:", key="wrong:few:again")
    _verdict(scene, story, guess)
    left, right = st.columns(2, gap="large")
    for column, count, reward, side in zip((left, right), (FEW, MANY), story.rewards, ("few", "many"), strict=True):
        with column:
            _believed(scene, reward, count, side)
    _sure(scene, story)


def _verdict(scene: Scene, story: Story, guess: int) -> None:
    say, (one, _) = scene.say, story.means
    way = way_of(one)
    facts = {"few": FEW, "draws": REPEATED, "naive": PERCENT.format(one.naive), "right": PERCENT.format(one.right)}
    told = say("few_told", **facts) + " " + say(f"few_meaning_{WAYS[way]}")
    if guess == NOT_GUESSED:
        st.info(told)
    elif guess == way:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=say(f'few_way_{WAYS[guess]}'))} {told}")


def way_of(found: Boast) -> int:
    """Return which of WAYS describes how sure and how right it is."""
    return 0 if found.over > EVEN else 2 if found.over < -EVEN else 1


def _believed(scene: Scene, reward: Reward, count: int, side: str) -> None:
    """Draw the largest weights that can be read."""
    say = scene.say
    likings = overconfident.strongest(reward)
    bars = [Bar(one.title(say.lang), one.weight, Z * one.error, one.sure) for one in likings]
    sure = sum(one.sure for one in likings)
    st.markdown(f"**{say('few_believes', count=count)}**")
    alt = "; ".join(f"{bar.name} {bar.value:+.2f} ± {bar.half:.2f}" for bar in bars)
    widgets.figure(reward_figures.weights(bars, axis=say("weights_axis")), f"wrong:few:{side}", alt)
    rows = [(bar.name, [f"{bar.value:+.2f}", f"± {bar.half:.2f}"]) for bar in bars]
    widgets.table(say, f"wrong:few:{side}:table", [say("column_weight"), say("column_interval")], rows)
    st.caption(say("few_sure", sure=sure, shown=len(bars)))


def _sure(scene: Scene, story: Story) -> None:
    """Draw how right and how sure they are: in this draw, and in the mean over many."""
    say = scene.say
    st.markdown(f"**{say('few_how_sure', pairs=story.pairs)}**")
    both = list(zip((FEW, MANY), story.boasts, story.means, strict=True))
    rows = [Row(say("few_row", count=count), (one.right, one.naive, one.careful)) for count, one, _ in both]
    rows += [
        Row(say("few_row_mean", count=count, draws=REPEATED), (one.right, one.naive, one.careful))
        for count, _, one in both
    ]
    legend = [say("few_right"), say("few_naive"), say("few_careful")]
    alt = "; ".join(f"{row.name}: " + ", ".join(PERCENT.format(value) for value in row.values) for row in rows)
    widgets.figure(wrong_figures.bars(rows, legend, axis=say("few_axis"), chance=0.5), "wrong:few:sure", alt)
    table = [(row.name, [PERCENT.format(value) for value in row.values]) for row in rows]
    widgets.table(say, "wrong:few:table", legend, table)
    for count, _, one in both:
        if not math.isnan(one.kept):
            facts = {"certain": PERCENT.format(one.certain), "kept": PERCENT.format(one.kept)}
            told = say("few_certain", count=count, sure=PERCENT.format(SURE), draws=REPEATED, **facts)
            st.markdown(f"- {told}")
    st.caption(plain(say("few_help")))
