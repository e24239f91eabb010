"""Simulated people who rank at once, for a lesson without a class: what they wish and how often they err is stated."""

import streamlit as st

from core.errors import CoreError
from core.rlhf.labellers import RULES, labeller
from core.rlhf.logs import added, without
from lessons.rlhf.steps import dealing
from lessons.rlhf.steps.desk import TROUBLE, wished
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.tables import Table, ranked_by, unranked
from lessons.text import plain

BATCHES = (5, 20)
ERRORS = range(0, 51, 5)  # percent
USUAL = 10


def simulated(scene: Scene) -> None:
    """Draw the simulated person: who, how often they err, and the buttons that let them rank."""
    say, shop = scene.say, scene.workshop
    with st.expander(say("sim_title"), icon=":material/smart_toy:"):
        st.markdown(say("sim_about"))
        left, right = st.columns(2)
        rules = list(RULES)
        who = left.selectbox(
            say("sim_who"),
            rules,
            index=rules.index(wished(scene) or rules[0]),
            format_func=lambda name: labeller(name).title[say.lang],
            key=f"rank:sim:who:{wished(scene)}",
            filter_mode=None,
        )
        error = right.select_slider(
            say("sim_error"), ERRORS, USUAL, format_func=lambda percent: f"{percent}%", key="rank:sim:error"
        )
        st.caption(say("sim_rule", rule=labeller(who).wish[say.lang], error=f"{error}%"))
        with st.container(horizontal=True):
            for count in BATCHES:
                args = (scene, who, error / 100, count)
                st.button(say("sim_rank", count=count), on_click=rank_by, args=args, key=f"rank:sim:{count}")
            made = len(shop.log.of(who).rankings)
            if made:
                name = plain(labeller(who).title[say.lang])
                args_away = (scene, who)
                st.button(say("sim_away", name=name), on_click=_away, args=args_away, key="rank:sim:away")
        if made:
            st.caption(say("sim_made", name=labeller(who).title[say.lang], rankings=made))


def rank_by(scene: Scene, name: str, error: float, count: int) -> None:
    """Let somebody rank so many tables: first those that others have ranked, so that it is seen how far they agree."""
    shop = scene.workshop
    others = {frozenset(one.answers): Table(one.answers) for one in shop.log.rankings if one.annotator != name}
    found = list(unranked(others.values(), shop.log, name))[:count]
    if len(found) < count:
        known = [table.keys for table in found]
        found += dealing.fresh(scene, count - len(found), name, known)[: count - len(found)]
    seed = len(shop.log.rankings)
    try:
        shop.log = added(shop.log, ranked_by(labeller(name, error), found, seed))
    except CoreError as trouble:
        shop.kept[TROUBLE] = trouble


def _away(scene: Scene, name: str) -> None:
    """Take away what somebody ranked."""
    scene.workshop.log = without(scene.workshop.log, name)
