"""How good the reward model is: beside the reader's own order, as comparisons grow, by a hidden rule, between people."""

import math

import streamlit as st

from core.rlhf.labellers import labeller
from core.rlhf.reward import Reward
from lessons import widgets
from lessons.rlhf import learning, reward_figures
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.reward_figures import Bar
from lessons.rlhf.steps.desk import annotator, wished
from lessons.rlhf.steps.fitting import half
from lessons.rlhf.steps.scene import Scene
from lessons.text import plain

NO_BREAK = "\u00a0"
KNOWN = "growth"  # accuracies that were calculated before


def just_ranked(scene: Scene, found: Reward) -> None:
    """Draw the reward of the answers that were ranked last, in the order of the person who ranked them."""
    say, log = scene.say, scene.workshop.log
    last = (log.of("").rankings or log.rankings)[-1]
    st.markdown(f"##### {plain(say('ranked_title', who=annotator(scene, last.annotator), prompt=last.prompt))}")
    placed = sorted(zip(last.places, last.answers, strict=True), key=lambda one: one[0])
    answers = [answer for _, answer in placed]
    values, errors = found.score(answers), found.doubt(answers)
    names = [f"{say('cards_place', place=place)}{NO_BREAK}{answer.text}" for place, answer in placed]
    bars = [Bar(name, float(v), half(float(e))) for name, v, e in zip(names, values, errors, strict=True)]
    alike = sum((found.score([one.better]) > found.score([one.worse]))[0] for one in last.comparisons if not one.tie)
    decided = sum(not one.tie for one in last.comparisons)
    alt = "; ".join(f"{one.name} {one.value:+.2f} ± {one.half:.2f}" for one in bars)
    widgets.figure(reward_figures.rewards(bars, axis=say("score_axis")), "reward:ranked", alt)
    rows = [(one.name, [f"{one.value:+.2f}", f"± {one.half:.2f}"]) for one in bars]
    widgets.table(say, "reward:ranked:table", [say("column_reward"), say("column_interval")], rows)
    st.caption(say("ranked_told", alike=alike, decided=decided) if decided else say("ranked_ties"))


def growing(scene: Scene, lab: LiveLab) -> None:
    """Draw the held-out accuracy against the number of comparisons."""
    say, shop = scene.say, scene.workshop
    st.markdown(f"##### {say('growth_title')}")
    points = learning.growth(lab.fit, shop.log, shop.kept.setdefault(KNOWN, {}))
    found = [(one.comparisons, one.held) for one in points if one.held is not None and one.held.total]
    if len(found) < 2:
        st.caption(say("growth_missing"))
        return
    counts, shares = [count for count, _ in found], [held.accuracy for _, held in found]
    intervals = [held.interval for _, held in found]
    axes = say("growth_x"), say("growth_y")
    chart = reward_figures.growth(counts, shares, intervals, axes=axes, chance=say("growth_chance"))
    told = [f"{count}: {share:.0%}" for count, share in zip(counts, shares, strict=True)]
    widgets.figure(chart, "reward:growth", "; ".join(told))
    rows = [
        (str(count), [f"{held.accuracy:.0%}", f"{held.interval[0]:.0%}–{held.interval[1]:.0%}"])
        for count, held in found
    ]
    widgets.table(say, "reward:growth:table", [say("growth_y"), say("column_interval")], rows)
    st.caption(say("growth_help"))


def by_rule(scene: Scene, lab: LiveLab, found: Reward) -> None:
    """Say how often the reward agrees with the rule that was agreed on, for answers that nobody has ranked."""
    rule, say = wished(scene), scene.say
    if not rule:
        return
    st.markdown(f"##### {plain(say('rule_title', name=labeller(rule).title[say.lang]))}")
    judged = learning.judged(found, learning.fresh_answers(lab), rule)
    if not judged.total:
        st.caption(say("rule_none"))
        return
    low, high = judged.interval
    facts = {"right": judged.right, "total": judged.total, "low": f"{low:.0%}", "high": f"{high:.0%}"}
    st.metric(say("rule_share"), f"{judged.share:.0%}")
    st.caption(plain(say("rule_told", **facts)))


def agreeing(scene: Scene) -> None:
    """Say how far people agree who have ranked the same answers."""
    say, log = scene.say, scene.workshop.log
    if len(log.annotators) < 2:
        return
    st.markdown(f"##### {say('agree_title')}")
    rows = [
        (
            f"{annotator(scene, one)} × {annotator(scene, other)}",
            [str(found.pairs), f"{found.alike:.0%}", "–" if math.isnan(found.kappa) else f"{found.kappa:.2f}"],
        )
        for one, other, found in learning.agreements(log)
    ]
    if not rows:
        st.caption(say("agree_none"))
        return
    st.markdown(widgets.markdown_table([say("agree_pairs"), say("agree_alike"), "κ"], rows))
    st.caption(say("agree_help"))
