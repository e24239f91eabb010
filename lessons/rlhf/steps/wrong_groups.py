"""The third failure: two groups of simulated people with opposite taste, one reward for all of them."""

import math

import streamlit as st

from core import runtime
from core.intervals import Z
from core.rlhf.comparisons import Agreement
from lessons import widgets
from lessons.rlhf import overconfident, wrong_figures
from lessons.rlhf import two_groups as groups
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.learning import fresh_answers
from lessons.rlhf.steps.desk import COMMAND
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.two_groups import ERROR, OPPOSITES, PEOPLE, REPEATED, SHARES, TABLES_EACH, Pooled, sizes
from lessons.rlhf.wrong_figures import Row
from lessons.scenes import NOT_GUESSED, guessed, waiting
from lessons.text import plain

FOUND = "groups"  # of the workshop: what was calculated, by choice
DRAW = "groups draw"  # how often the classes were drawn anew
WAYS = ("first", "second", "none")
EVEN = 0.1  # from one half, up to which an accuracy is called nobody's
PERCENT = "{:.0%}"


def ask(scene: Scene) -> int | None:
    """Let the reader choose the groups and guess; return the guess, None while it is open."""
    say, state = scene.say, scene.state
    st.markdown(f"##### {say('wrong_groups')}")
    st.markdown(say("groups_about", people=PEOPLE, tables=TABLES_EACH, error=PERCENT.format(ERROR)))
    left, right = st.columns(2)
    with left:
        rule = widgets.choose_one(
            say("groups_taste"), state, "wg", list(OPPOSITES), lambda one: say(f"groups_taste_{one}")
        )
    with right:
        shares = [str(one) for one in SHARES]
        share = widgets.choose_one(say("groups_share"), state, "ws", shares, lambda one: _mixed(scene, rule, int(one)))
    return guessed(
        scene, _about(rule, share), say("groups_ask", mixed=_mixed(scene, rule, int(share))), _ways(scene, rule)
    )


def show(scene: Scene, guess: int) -> None:
    """Run it, and draw what was found."""
    state, lab = scene.state, scene.live
    if lab is None:
        waiting(scene)
        return
    rule = state["wg"]
    with st.spinner(scene.say("experiment_running")):
        found = _pooled(scene, lab, rule, int(state["ws"]))
    scene.did("wrong")
    _told(scene, lab, found, rule, guess, _ways(scene, rule))


def _ways(scene: Scene, rule: str) -> list[str]:
    """Return what can be guessed."""
    say = scene.say
    names = [say(f"groups_{rule}_{side}") for side in WAYS[:2]]
    return [*(say("groups_way", name=name) for name in names), say("groups_way_none")]


def _about(rule: str, share: str) -> str:
    return f"wrong:groups:{rule}:{share}"


def _mixed(scene: Scene, rule: str, share: int) -> str:
    """Return how many people like what."""
    first, second = sizes(share)
    names = (scene.say(f"groups_{rule}_{side}") for side in WAYS[:2])
    one, other = names
    return scene.say("groups_mixed", one=one, first=first, other=other, second=second)


def _pooled(scene: Scene, lab: LiveLab, rule: str, share: int) -> Pooled:
    """Return what one reward learned from everybody; calculated once for each choice."""
    kept = scene.workshop.kept
    known: dict[tuple[str, int, int], Pooled] = kept.setdefault(FOUND, {})
    about = (rule, share, kept.get(DRAW, 0))
    if about not in known:
        tables, answers, fit = overconfident.tables_of(lab), fresh_answers(lab), lab.fit
        with runtime.slot():
            known[about] = groups.pooled(fit, tables, answers, rule, share, about[2] * (REPEATED + 1))
    return known[about]


def _told(scene: Scene, lab: LiveLab, found: Pooled, rule: str, guess: int, ways: list[str]) -> None:
    """Draw what was found."""
    say, kept = scene.say, scene.workshop.kept

    def again() -> None:
        kept[DRAW] = kept.get(DRAW, 0) + 1

    with st.container(horizontal=True, vertical_alignment="center"):
        widgets.badge(say, True, COMMAND)
        st.button(say("groups_again"), on_click=again, icon=":material/casino:", key="wrong:groups:again")
    _verdict(scene, found, guess, ways, rule)
    left, right = st.columns(2, gap="large")
    with left:
        _accuracy(scene, lab, rule)
        _agreed(scene, found, rule)
    with right:
        _contested(scene, lab, found, rule)
        liking = found.liking
        facts = {"name": liking.title(say.lang), "weight": f"{liking.weight:+.2f}", "half": f"{Z * liking.error:.2f}"}
        st.caption(plain(say("groups_weight", **facts)))


def _verdict(scene: Scene, found: Pooled, guess: int, ways: list[str], rule: str) -> None:
    say, way = scene.say, way_of(found)
    facts = {"draws": REPEATED, "first": PERCENT.format(found.mean.first), "second": PERCENT.format(found.mean.second)}
    names = {"one": say(f"groups_{rule}_first"), "other": say(f"groups_{rule}_second")}
    told = say("groups_told", **facts, **names) + " " + say("groups_nobody" if way == 2 else "groups_loser")
    if guess == NOT_GUESSED:
        st.info(told)
    elif guess == way:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=ways[guess])} {told}")


def way_of(found: Pooled) -> int:
    """Return which of WAYS the pooled reward went, by the mean of many classes."""
    if abs(found.mean.first - 0.5) <= EVEN:
        return 2
    return 0 if found.mean.first > found.mean.second else 1


def _accuracy(scene: Scene, lab: LiveLab, rule: str) -> None:
    """Draw the accuracy for either group, for all mixtures that the reader has guessed about."""
    say = scene.say
    st.markdown(f"**{say('groups_accuracy')}**")
    seen = [one for one in SHARES if f"{scene.state.page}:guess:{_about(rule, str(one))}" in st.session_state]
    both = [(one, _pooled(scene, lab, rule, one)) for one in seen]
    rows = [Row(_mixed(scene, rule, one), (found.mean.first, found.mean.second)) for one, found in both]
    legend = [say("groups_for", name=say(f"groups_{rule}_{side}")) for side in WAYS[:2]]
    alt = "; ".join(f"{row.name}: " + ", ".join(PERCENT.format(value) for value in row.values) for row in rows)
    chart = wrong_figures.bars(rows, legend, axis=say("groups_axis", draws=REPEATED), chance=0.5)
    widgets.figure(chart, "wrong:groups:accuracy", alt)
    widgets.table(
        say, "wrong:groups:table", legend, [(row.name, [PERCENT.format(v) for v in row.values]) for row in rows]
    )
    if len(seen) < len(SHARES):
        st.caption(say("groups_others"))


def _agreed(scene: Scene, found: Pooled, rule: str) -> None:
    """Show how far people agree, within a group and between the two."""
    say = scene.say
    st.markdown(f"**{say('agree_title')}**")
    within = [say("groups_within", name=say(f"groups_{rule}_{side}")) for side in WAYS[:2]]
    names = [*within, say("groups_between")]
    rows = [(name, _row(one)) for name, one in zip(names, vars(found.agreed).values(), strict=True)]
    st.markdown(widgets.markdown_table([say("agree_pairs"), say("agree_alike"), "κ"], rows))
    st.caption(say("groups_kappa"))


def _row(found: Agreement | None) -> list[str]:
    if found is None:
        return ["0", "–", "–"]
    return [str(found.pairs), PERCENT.format(found.alike), "–" if math.isnan(found.kappa) else f"{found.kappa:.2f}"]


def _contested(scene: Scene, lab: LiveLab, found: Pooled, rule: str) -> None:
    """Show answers on which the groups disagree, and which the reward of this class prefers."""
    say = scene.say
    st.markdown(f"**{say('groups_contested')}**")
    one, other = (say(f"groups_{rule}_{side}") for side in WAYS[:2])
    header = [say("groups_liked", name=one), say("groups_liked", name=other), say("groups_prefers")]
    rows = []
    for pair in groups.contested(found.reward, fresh_answers(lab), rule):
        winner, prob = (one, pair.prob) if pair.prob >= 0.5 else (other, 1 - pair.prob)
        told = say("groups_winner", name=winner, prob=PERCENT.format(prob))
        rows.append((pair.liked.prompt, [pair.liked.text, pair.disliked.text, told]))
    st.markdown(widgets.markdown_table(header, rows))
    st.caption(say("groups_prob"))
