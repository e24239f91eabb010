"""The reader's table: what is looked for, a prompt, its answers as cards, and what is said of the rankings so far."""

import streamlit as st

from core.errors import CoreError
from core.rlhf.comparisons import contradictions
from core.rlhf.labellers import RULES, labeller
from core.rlhf.logs import added
from core.rlhf.prompts import train_prompts
from lessons import widgets
from lessons.rlhf.lab import RANKED
from lessons.rlhf.ranking import cards
from lessons.rlhf.steps import dealing
from lessons.rlhf.steps.dealing import DONE, GROUPS, OFFERED, OWN
from lessons.rlhf.steps.fitting import fitted
from lessons.rlhf.steps.scene import Scene
from lessons.scenes import waiting
from lessons.text import plain

TASTE = "taste"
COMMAND = "python -m lessons.rlhf.record"
TROUBLE = "ranking trouble"
MOST_CIRCLES = 3  # that are told


def wished(scene: Scene) -> str:
    """Return the rule that was agreed on, "" for the reader's own taste."""
    name = scene.state.pick("c", [TASTE, *RULES])
    return "" if name == TASTE else name


def annotator(scene: Scene, name: str) -> str:
    """Return what an annotator is called: the reader, a simulated person, or whose file it was."""
    if not name:
        return scene.say("annotator_you")
    return scene.say("annotator_simulated", name=labeller(name).title[scene.say.lang]) if name in RULES else name


def choosing(scene: Scene) -> None:
    """Draw the choice of what is looked for and of the prompt."""
    say, prompts = scene.say, train_prompts()

    def wish(name: str) -> str:
        return say("wish_taste") if name == TASTE else labeller(name).title[say.lang]

    def asked(name: str) -> str:
        return prompts[int(name)] if name.isdigit() else say(f"prompt_{name}")

    left, right = st.columns(2)
    with left:
        widgets.choose_one(say("wish_label"), scene.state, "c", [TASTE, *RULES], wish)
    with right:
        widgets.choose_one(say("prompt_label"), scene.state, "rq", dealing.choices(), asked)
    if scene.state["rq"] == OWN:
        st.text_input(
            say("prompt_own_box"),
            key=scene.state.widget("ro"),
            on_change=scene.state.taken,
            args=("ro",),
            placeholder=say("prompt_own_placeholder"),
        )


def desk(scene: Scene) -> None:
    """Draw the prompt, its answers as cards, and what can be done with them. Raises the errors of a bad prompt."""
    say, shop = scene.say, scene.workshop
    lain = dealing.dealt(scene)
    if lain is None:
        _nothing(scene)
        return
    table = lain.table
    rule = wished(scene)
    st.info(
        say("wish_told", rule=labeller(rule).wish[say.lang]) if rule else say("wish_told_taste"),
        icon=":material/target:",
    )
    st.markdown(f"##### {say('asked', prompt=plain(table.prompt))}")

    def ranked(places: list[int]) -> None:
        try:
            shop.log = added(shop.log, [table.ranking(places)])
        except CoreError as error:
            shop.kept[TROUBLE] = error
            return
        dealing.next_one(scene, table)
        scene.did("rank")

    cards(say, table, ranked, groups=shop.kept.get(GROUPS), done=shop.kept.get(DONE, ""))
    with st.container(horizontal=True, vertical_alignment="center"):
        act = (scene, table)
        st.button(
            say("rank_others"), on_click=dealing.other_answers, args=act, icon=":material/casino:", key="rank:others"
        )
        widgets.badge(say, lain.live, COMMAND)
    if scene.state["rq"] == OFFERED:
        st.caption(say("offered_learned" if scene.live and shop.log.rankings else "offered_first"))


def _nothing(scene: Scene) -> None:
    """Say why there is nothing to be ranked."""
    say, which = scene.say, scene.state["rq"]
    if which == OFFERED:
        st.info(say("rank_all_done"), icon=":material/done_all:")
    elif which == OWN and not dealing.prompt(scene):
        st.info(say("prompt_own_empty"), icon=":material/edit_note:")
    elif scene.live is None:
        waiting(scene)
    else:
        st.warning(say("rank_too_alike"), icon=":material/info:")


def told(scene: Scene) -> None:
    """Say what was ranked so far, what became of the last ranking, and offer to take it back."""
    say, shop = scene.say, scene.workshop
    trouble: CoreError | None = shop.kept.pop(TROUBLE, None)
    if trouble is not None:
        st.error(plain(trouble.message(say.lang)), icon=":material/info:")
    mine = shop.log.of("")
    if not mine.rankings:
        st.caption(say("rank_none", pairs=RANKED * (RANKED - 1) // 2))
        return
    last = mine.rankings[-1].comparisons
    ties = sum(one.tie for one in last)
    st.success(say("rank_last_ties" if ties else "rank_last", pairs=len(last), ties=ties), icon=":material/check:")
    if ties == len(last):
        st.caption(say("rank_all_ties"))
    if scene.live is not None:
        ms = 1000 * fitted(shop, scene.live).seconds
        st.caption(say("reward_refitted", pairs=len(shop.log.comparisons), ms=f"{ms:.0f}"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(say("rank_undo"), on_click=dealing.back, args=(scene,), icon=":material/undo:", key="rank:undo")
        st.markdown(say("rank_count", rankings=len(mine.rankings), pairs=len(mine.comparisons)), width="content")
    _circles(scene)


def _circles(scene: Scene) -> None:
    """Tell of rankings that go round in a circle."""
    found, say = contradictions(scene.workshop.log.of("").comparisons), scene.say
    if not found:
        return
    lines = [say("rank_circle"), ""]
    for circle in found[:MOST_CIRCLES]:
        texts = [f"「{one.text}」" if say.lang == "ja" else f"“{one.text}”" for one in (*circle, circle[0])]
        lines.append(f"- {plain(' → '.join(texts))}")
    st.warning("\n".join(lines), icon=":material/cycle:")
    if len(found) > MOST_CIRCLES:
        st.caption(say("rank_circles_more", count=len(found) - MOST_CIRCLES))
