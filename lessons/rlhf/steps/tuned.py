"""What a fine-tuning has done: the loss, the answers before and after, and which policy the later steps begin with."""

from dataclasses import dataclass

import streamlit as st

from core import runtime
from core.rlhf.comparisons import Answer
from lessons import widgets
from lessons.rlhf import tuning_figures
from lessons.rlhf.demonstrations import OTHERS, Imitated, ending, imitated, others
from lessons.rlhf.imitate import command
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.steps.scene import Scene, badge
from lessons.rlhf.steps.tuning import Tuning, forget
from lessons.scenes import NOT_GUESSED, guessed
from lessons.text import plain

SEED, ANSWERS = "tuned seed", "tuned answers"  # of the workshop: what draws the answers, and those drawn last
SHOWN = 4  # prompts without a demonstration whose answers are shown
FEW, HALF = OTHERS // 8, OTHERS // 2  # answers that imitate: up to so many are hardly any, up to so many are some
OWN, SHIPPED = "own", "shipped"


@dataclass(frozen=True)
class Answers:
    """Answers of one policy: to the demonstrated prompts and to others."""

    shown: tuple[Answer, ...]
    new: tuple[Answer, ...]


def results(scene: Scene, lab: LiveLab, tuning: Tuning) -> None:
    """Draw what the fine-tuning has done, the answers after a guess; nothing if it came to no end."""
    tuned = tuning.run.tuned
    if tuned is None:
        return
    say = scene.say
    st.divider()
    steps = len(tuned.losses)
    st.markdown(f"##### {say('tuned_title')}")
    st.markdown(say("tuned_stopped" if tuned.stopped else "tuned_steps", steps=steps))
    left, right = st.columns([5, 7], gap="large")
    with left:
        badge(scene, command(tuning.demonstrations, steps))
        with st.container(horizontal=True):
            st.metric(say("tuned_before"), f"{tuned.before:.2f}", border=True, help=say("tuned_loss_help"))
            st.metric(say("tuned_after"), f"{tuned.after:.2f}", border=True)
        _curve(scene, tuned.losses)
    with right:
        answers = _compared(scene, lab, tuning)
    if answers is not None:
        _table(scene, tuning, *answers)


def _curve(scene: Scene, losses: tuple[float, ...]) -> None:
    say = scene.say
    axes = say("tuned_axis_step"), say("tuned_axis_loss")
    chart = tuning_figures.losses(losses, axes=axes)
    alt = say("tuned_curve_alt", first=f"{losses[0]:.2f}", last=f"{losses[-1]:.2f}")
    widgets.figure(chart, "tuned:losses", alt)
    rows = [(str(step), [f"{loss:.2f}"]) for step, loss in enumerate(losses, 1)]
    widgets.table(say, "tuned:table", [axes[1]], rows)


def _compared(scene: Scene, lab: LiveLab, tuning: Tuning) -> tuple[Answers, Answers] | None:
    """Let the reader guess how far the habit reaches; then say it and return the answers before and after."""
    say, shared = scene.say, ending(tuning.demonstrations)
    if shared:
        ask = say("tuned_ask_ending", ending=shared, total=len(others(tuning.demonstrations)))
        facts = {"few": FEW, "more": FEW + 1, "half": HALF, "over": HALF + 1}
        ways = [say("tuned_way_few", **facts), say("tuned_way_some", **facts), say("tuned_way_most", **facts)]
    else:
        ask, ways = say("tuned_ask"), [say("tuned_way_alike"), say("tuned_way_other")]
    guess = guessed(scene, f"demonstrate:{tuning.number}", ask, ways)
    if guess is None:
        return None
    seed = int(scene.workshop.kept.get(SEED, 0))
    before, after = _answers(scene, lab, tuning, seed)
    if shared:
        _verdict(scene, guess, ways, tuning, before, after)
    elif guess != NOT_GUESSED:
        st.info(say("tuned_read", guess=plain(ways[guess])))

    def again() -> None:
        scene.workshop.kept[SEED] = seed + 1

    st.button(say("tuned_again"), on_click=again, icon=":material/casino:", key="tuned:again")
    return before, after


def _answers(scene: Scene, lab: LiveLab, tuning: Tuning, seed: int) -> tuple[Answers, Answers]:
    """Return the answers before and after, drawn with the same random numbers."""
    kept, about = scene.workshop.kept, (tuning.number, seed)
    if kept.get(ANSWERS, (None,))[0] != about:
        shown = [one.prompt for one in tuning.demonstrations]
        prompts = [*shown, *others(tuning.demonstrations)]
        found = []
        for policy in (lab.policy, tuning.policy):
            with runtime.slot():
                drawn = policy.sample(prompts, seed)
            found.append(Answers(drawn[: len(shown)], drawn[len(shown) :]))
        kept[ANSWERS] = (about, (found[0], found[1]))
    before, after = kept[ANSWERS][1]
    return before, after


def _verdict(scene: Scene, guess: int, ways: list[str], tuning: Tuning, before: Answers, after: Answers) -> None:
    """Count the answers to new prompts that end as the demonstrations do."""
    say = scene.say
    old, new = (imitated(one.new, tuning.demonstrations) for one in (before, after))
    right = _way(new)
    told = plain(say("tuned_told", ending=ending(tuning.demonstrations), total=new.total, old=old.alike, new=new.alike))
    if guess == NOT_GUESSED:
        st.info(told)
    elif guess == right:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=plain(ways[guess]))} {told}")
    if new.copied:
        st.caption(say("tuned_copied", copied=new.copied))


def _way(found: Imitated) -> int:
    """Return which of the guesses was right."""
    return 0 if found.alike <= FEW else 1 if found.alike <= HALF else 2


def _table(scene: Scene, tuning: Tuning, before: Answers, after: Answers) -> None:
    say = scene.say
    header = [say("tuned_column_demonstration"), say("tuned_column_before"), say("tuned_column_after")]
    texts = [one.text for one in tuning.demonstrations]
    pairs = zip(texts, before.shown, after.shown, strict=True)
    rows = [(old.prompt, [text, _written(scene, old), _written(scene, new)]) for text, old, new in pairs]
    fresh = list(zip(before.new, after.new, strict=True))[:SHOWN]
    rows += [(old.prompt, [say("tuned_none"), _written(scene, old), _written(scene, new)]) for old, new in fresh]
    st.markdown(widgets.markdown_table(header, rows))


def _written(scene: Scene, answer: Answer) -> str:
    return answer.text or scene.say("question_nothing")


def onwards(scene: Scene) -> None:
    """Let the reader choose which policy the later steps begin with, and forget their own."""
    say, shop = scene.say, scene.workshop

    def taken() -> None:
        shop.with_tuned = st.session_state["tuned:with"] == OWN

    st.session_state["tuned:with"] = OWN if shop.with_tuned else SHIPPED
    with st.container(border=True):
        st.radio(
            say("tuned_onwards"),
            (SHIPPED, OWN),
            format_func=lambda one: say(f"onwards_{one}"),
            key="tuned:with",
            on_change=taken,
            horizontal=True,
            help=say("tuned_onwards_help"),
        )
        st.button(say("tuned_forget"), on_click=forget, args=(scene,), icon=":material/undo:", key="tuned:forget")
