"""⑤ What the model was trained on: words hidden at random, and how much it cost not to know them."""

import streamlit as st

from lessons import widgets
from lessons.bert import figures, holes
from lessons.bert.lab import Loss
from lessons.bert.steps.scene import Puzzle, Scene, badge, hole_line, show_cut
from lessons.gpt.figures import percent
from lessons.scenes import quoted, waiting
from lessons.text import plain

SHARES, STEP = (10, 60), 5  # percent of the words that are hidden
SEEDS = 9999
MOST = 10  # holes of one sentence


def idea(scene: Scene) -> None:
    """⑤ What the model was trained on: words hidden at random, and how much it cost not to know them."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("idea")
    with right, widgets.told(say.lang, say("error_prefix")):
        share, seed = _share(scene), _seed(scene)
        puzzle = scene.puzzle()
        lab = scene.live
        if puzzle is None or lab is None:
            waiting(scene)
            return
        show_cut(scene, puzzle)
        written = puzzle.count - len(puzzle.places)
        places = holes.drawn(puzzle.tokens, share / 100, seed, MOST - written)
        if not places:
            st.info(say("idea_nothing"), icon=":material/info:")
            return
        asked = Puzzle(puzzle.text, puzzle.tokens, places, holes.holed(puzzle.text, puzzle.tokens, places))
        st.markdown(hole_line(asked))
        badge(scene, f"python -m core score {quoted(puzzle.text)}")
        _told(scene, lab.losses(puzzle.text, places))


def _share(scene: Scene) -> int:
    """Draw the slider for the share of hidden words; return percent."""
    state, (low, high) = scene.state, SHARES
    key = f"{state.page}:p"
    written = state["p"]
    value = int(written) if written.isascii() and written.isdecimal() and len(written) < 4 else int(state.defaults["p"])
    st.session_state[key] = min(high, max(low, round(value / STEP) * STEP))

    def taken() -> None:
        state.set("p", str(st.session_state[key]))

    return int(st.slider(scene.say("share_label"), low, high, step=STEP, format="%d%%", key=key, on_change=taken))


def _seed(scene: Scene) -> int:
    """Draw the button that hides other words; return the seed."""
    state, written = scene.state, scene.state["d"]
    seed = int(written) % (SEEDS + 1) if written.isascii() and written.isdecimal() and len(written) < 9 else 0
    following = str((seed + 1) % (SEEDS + 1))
    st.button(
        scene.say("seed_button", seed=seed),
        on_click=state.set,
        args=("d", following),
        icon=":material/casino:",
        key="idea:again",
        type="primary",
    )
    return seed


def _told(scene: Scene, found: tuple[Loss, ...]) -> None:
    """Show the loss of each hidden word, and their mean: what a step of the training makes smaller."""
    say = scene.say
    words = [one.word for one in found]
    alt = ", ".join(f"{one.word} {one.nats:.2f}" for one in found)
    widgets.figure(figures.losses([one.nats for one in found], words, axis=say("loss_axis")), "idea:losses", alt)
    rows = [(one.word, [one.best, percent(one.prob), f"{one.nats:.2f}"]) for one in found]
    header = [say("column_best"), say("column_right"), say("column_loss")]
    st.markdown(widgets.markdown_table(header, rows))
    mean = sum(one.nats for one in found) / len(found)
    st.markdown(plain(say("loss_mean", count=len(found), mean=f"{mean:.2f}")))
    st.caption(plain(say("loss_help", chance=f"{scene.chance:.2f}", vocabulary=f"{scene.card.vocabulary:,}")))
