"""⑥ Places: the waves that are added to the letters, and what is written when they are left out."""

import numpy as np
import streamlit as st

from core.maps import Floats
from lessons import widgets
from lessons.scenes import guessed, waiting
from lessons.transformer import vectors
from lessons.transformer.answers import Order
from lessons.transformer.steps.scene import Scene, badge, index, verdict

SEEDS = 9999
NUMBERS = 3  # of each half of a mark that are written out
SAME = 1e-4  # probabilities no further apart are the same: float32 adds up in another order


def waves(places: int, width: int) -> Floats:
    """Return the marks of the first places (place, width), as section 3.5 of the paper has them.

    The sines fill the first half and the cosines the second, as in Marian; the paper puts them by turns.
    """
    speeds = 10000.0 ** (-np.arange(0, width, 2) / width)
    angles = np.outer(np.arange(places), speeds)
    marks: Floats = np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)
    return marks


def positions(scene: Scene) -> None:
    """⑥ Places: the waves that are added to the letters, and what is written when they are left out."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("positions")
        _waves(scene)
    with right:
        _experiment(scene)


def _waves(scene: Scene) -> None:
    """Draw the marks of all places, and how alike that of one place is to the others."""
    say, card = scene.say, scene.card
    marks = waves(card.context, card.hidden)
    place = index(scene, "o", card.context, card.context // 4)
    st.markdown(f"**{say('waves_title')}**")
    st.caption(say("from_formula"))
    chart = vectors.waves(marks, axes=(say("waves_place"), say("waves_number")), row=place)
    widgets.clickable(chart, "positions:waves", say("waves_alt"), lambda row, _: scene.state.set("o", str(row)))
    widgets.choose_one(say("waves_choose"), scene.state, "o", [str(one) for one in range(card.context)], str)
    place = int(scene.state["o"])
    like = marks @ marks[place] / (card.hidden / 2)
    chart = vectors.likeness(like.tolist(), axes=(say("waves_place"), say("waves_like")), row=place)
    widgets.figure(chart, "positions:likeness", say("likeness_alt", place=place))
    rows = [str(one) for one in range(card.context)]
    first = [f"sin {one + 1}" for one in range(NUMBERS)] + [f"cos {one + 1}" for one in range(NUMBERS)]
    values = np.column_stack([like, marks[:, :NUMBERS], marks[:, card.hidden // 2 :][:, :NUMBERS]])
    widgets.grid_table(say, "positions:table", rows, [say("waves_like"), *first], values, 2)
    st.caption(say("waves_help", place=place))


def _experiment(scene: Scene) -> None:
    """Shuffle the letters, with their places and without; the reader guesses first."""
    say = scene.say
    seed = index(scene, "d", SEEDS + 1)
    found = scene.lab.orders(scene.source, seed)
    if found is None:
        waiting(scene)
        return
    badge(scene)
    names = [say("order_own"), say("order_back"), say("order_mixed")]
    rows = [(name, [order.letters, order.text]) for name, order in zip(names, found, strict=True)]
    st.markdown(f"**{say('orders_title')}**")
    st.markdown(widgets.markdown_table([say("column_letters"), say("column_with")], rows))

    def again() -> None:
        scene.state.set("d", str((seed + 1) % (SEEDS + 1)))

    st.button(say("order_again"), on_click=again, icon=":material/shuffle:", key="positions:again")
    options = [say("blind_same"), say("blind_differ")]
    guess = guessed(scene, f"positions:{scene.source}", say("blind_question"), options)
    if guess is not None:
        _blind(scene, found, names, guess)


def _blind(scene: Scene, found: tuple[Order, ...], names: list[str], guess: int) -> None:
    """Show what is written without places."""
    say = scene.say
    same = len({order.blind for order in found}) == 1 and _alike([order.probs for order in found])
    verdict(scene, guess, guess == (0 if same else 1), say("blind_found_same" if same else "blind_found_differ"))
    probs = [", ".join(f"{prob:.4f}" for prob in order.probs[:4]) for order in found]
    rows = [(name, [order.letters, order.blind, shown]) for name, order, shown in zip(names, found, probs, strict=True)]
    header = [say("column_letters"), say("column_without"), say("column_probs")]
    st.markdown(widgets.markdown_table(header, rows))
    st.caption(say("blind_help"))


def _alike(probs: list[tuple[float, ...]]) -> bool:
    """Say whether the probabilities are those of one and the same calculation."""
    return len({len(one) for one in probs}) == 1 and float(np.ptp(np.array(probs), axis=0).max(initial=0)) < SAME
