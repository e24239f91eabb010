"""⑤ PPO against the learned reward, live; what has changed; and best-of-n beside it, which changes no weight."""

from pathlib import Path

import numpy as np
import streamlit as st

from core import runtime
from core.errors import CoreError
from core.rlhf.prompts import test_prompts
from lessons import widgets
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.steps import optimising
from lessons.rlhf.steps.optimising import ENOUGH, Optimisation, of_the_session, watch
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.steps.simulated import rank_by
from lessons.scenes import NOT_GUESSED, guessed, waiting
from lessons.text import plain

BETAS = ("0", "0.05", "0.15", "0.3", "0.5")
UPDATES = ("10", "20", "40")
RULE, TABLES = "polite", 10  # of the simulated person who ranks where nobody has
SOURCE = Path("core/rlhf/ppo.py")
ANSWERS = 16  # of an update, as core.rlhf.ppo has it
BESTS = (4, 16)
BEST = "best of n"
LEAST_CHANGE = 0.2  # standard deviations of the reference answers; less is within what chance does in a few answers
CHANGES = {  # what may change most: the feature, and its direction
    "longer": (("characters", 1),),
    "shorter": (("characters", -1),),
    "polite": (("polite", 1),),
    "cheerful": (("exclamation", 1), ("kind", 1)),
    "asking": (("question", 1),),
    "animals": (("animals", 1),),
    "easy": (("hiragana", 1),),
}


def optimise(scene: Scene) -> None:
    """Draw the step."""
    lab = scene.live
    left, right = st.columns([5, 7], gap="large")
    with left:
        scene.heading("optimise")
        _source(scene)
    with right:
        if lab is None:
            waiting(scene)
            return
        if not scene.workshop.log.comparisons:
            nothing_ranked(scene)
            return
        made = of_the_session(scene)
        if made is not None and made.run.look().running:
            watch(scene)
            return
        optimising.told(scene)
        _controls(scene, lab, made)
        seen = made is not None and bool(made.run.look().updates) and _results(scene, lab, made)
    if made is not None and seen:
        optimising.answers(scene, made.run.look())
        _best(scene, made)


def nothing_ranked(scene: Scene) -> None:
    """Say that there is no reward yet, and let a simulated person rank."""
    say = scene.say
    st.info(say("ppo_unranked"), icon=":material/format_list_numbered:")
    args = (scene, RULE, 0.0, TABLES)
    st.button(say("ppo_simulated", tables=TABLES), on_click=rank_by, args=args, type="primary", key="ppo:simulated")


def _controls(scene: Scene, lab: LiveLab, made: Optimisation | None) -> None:
    """Draw β, the number of updates, and the buttons."""
    say, state = scene.say, scene.state
    one, two = st.columns(2)
    with one:
        widgets.choose_one(say("ppo_beta"), state, "b", BETAS, str, help=say("ppo_beta_help"))
    with two:
        widgets.choose_one(say("ppo_updates"), state, "un", UPDATES, str)
    st.caption(say("ppo_about", answers=ANSWERS, comparisons=len(scene.workshop.log.comparisons)))

    def chosen() -> tuple[float, int]:
        return float(state.pick("b", list(BETAS))), int(state.pick("un", list(UPDATES)))

    def start() -> None:
        try:
            optimising.begin(scene, lab, *chosen())
        except CoreError as error:
            optimising.kept_trouble(scene, error)

    def further(found: Optimisation) -> None:
        try:
            optimising.go_on(scene, lab, found, *chosen())
        except CoreError as error:
            optimising.kept_trouble(scene, error)

    with st.container(horizontal=True):
        if made is None:
            st.button(say("ppo_start"), on_click=start, type="primary", icon=":material/play_arrow:", key="ppo:start")
        else:
            args = (made,)
            st.button(say("ppo_go_on"), on_click=further, args=args, icon=":material/play_arrow:", key="ppo:on")
            st.button(say("ppo_again"), on_click=start, icon=":material/restart_alt:", key="ppo:start")
            st.button(
                say("ppo_reset"), on_click=optimising.forget, args=(scene,), icon=":material/undo:", key="ppo:reset"
            )


def _results(scene: Scene, lab: LiveLab, made: Optimisation) -> bool:
    """Draw how it went, after a guess what has changed most; return whether it was drawn."""
    say, found = scene.say, made.run.look()
    if len(found.updates) >= ENOUGH:
        scene.did("optimise")
    names = list(CHANGES)
    guess = guessed(scene, f"optimise:{made.number}", say("ppo_ask"), [say(f"change_{name}") for name in names])
    if guess is None:
        return False
    widgets.badge(say, True, "python -m core.rlhf evaluate")
    optimising.curves(scene, made, found, "ppo:curves")
    seconds = np.median([one.seconds for one in found.updates])
    st.caption(say("ppo_seconds", updates=len(found.updates), seconds=f"{seconds:.1f}"))
    most, size = changed(lab, made)
    told = say("ppo_changed", change=say(f"change_{most}"), size=f"{size:+.1f}")
    if size < LEAST_CHANGE:
        st.info(say("ppo_unchanged", updates=len(found.updates), least=LEAST_CHANGE))
    elif guess == NOT_GUESSED:
        st.info(told)
    elif names[guess] == most:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=say(f'change_{names[guess]}'))} {told}")
    return True


def changed(lab: LiveLab, made: Optimisation) -> tuple[str, float]:
    """Return what has changed most from the first updates to the last, a key of CHANGES, and by how many standard
    deviations of the reference answers."""
    updates, features = made.run.look().updates, lab.fit.features
    last = max(1, min(optimising.LAST, len(updates) // 2))  # no update is at both ends
    ends = (updates[:last], updates[-last:])
    old, new = (features([answer for one in end for answer in one.answers]).mean(axis=0) for end in ends)
    moved = dict(zip(features.names, (new - old).tolist(), strict=True))
    sizes = {name: max(moved[one] * way for one, way in parts) for name, parts in CHANGES.items()}
    most = max(sizes, key=lambda name: sizes[name])
    return most, sizes[most]


def _best(scene: Scene, made: Optimisation) -> None:
    """Draw what the best of some answers would have been, without any training."""
    say, kept = scene.say, scene.workshop.kept
    st.markdown(f"##### {say('best_title')}")
    st.markdown(say("best_about"))

    def measure() -> None:
        kept[BEST] = (about, _measured(made))

    about = (made.number, made.trainer.done)
    if kept.get(BEST, (None,))[0] != about:
        st.button(
            say("best_start", few=BESTS[0], many=BESTS[1]),
            on_click=measure,
            icon=":material/play_arrow:",
            key="ppo:best",
        )
        return
    before, bests, reward, kl = kept[BEST][1]
    rows = [(say("best_before"), [f"{before:.2f}", "0"])]
    rows += [(say("best_of", n=n), [f"{score:.2f}", say("best_bound", kl=f"{bound:.1f}")]) for n, score, bound in bests]
    rows += [(say("best_ppo", updates=len(made.run.look().updates)), [f"{reward:.2f}", f"{kl:.1f}"])]
    st.markdown(widgets.markdown_table([say("ppo_reward"), say("ppo_kl")], rows))


def _measured(made: Optimisation) -> tuple[float, list[tuple[int, float, float]], float, float]:
    """Return the mean reward of an answer before the training, for each n that of the best with its bound of KL, and
    reward and KL of an answer of the trained policy; all to the test prompts."""
    from core.rlhf.best_of import best_of, kl_bound
    from core.rlhf.evaluate import divergence

    found = []
    before = 0.0
    for n in BESTS:
        with runtime.slot():
            best = best_of(made.before, made.reward.standard_score, test_prompts(), n)
        before = float(np.mean([score for one in best for score in one.scores]))
        found.append((n, float(np.mean([one.score for one in best])), kl_bound(n)))
    with runtime.slot():
        after = made.policy.sample([prompt for prompt in test_prompts() for _ in range(BESTS[0])], seed=0)
        kl = divergence(made.policy, made.before, after)
    return before, found, float(made.reward.standard_score(after).mean()), kl


def _source(scene: Scene) -> None:
    """Show the file in which PPO is written."""
    with st.expander(plain(scene.say("ppo_source", file=SOURCE.as_posix())), icon=":material/code:"):
        st.code((Path(__file__).parents[3] / SOURCE).read_text(encoding="utf-8"), language="python")
