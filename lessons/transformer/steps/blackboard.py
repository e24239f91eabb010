"""⑧ The Transformer on the blackboard: its lines box by box, and the proof that its numbers are those of the library."""

from functools import lru_cache

import streamlit as st

from core import catalogue
from core.tokens import check
from lessons import live, widgets
from lessons.scenes import cut_short, quoted, waiting
from lessons.text import plain
from lessons.transformer import blueprint
from lessons.transformer.architecture import BLACKBOARD, Box
from lessons.transformer.code import BLOCKS, SOURCE, lines
from lessons.transformer.proof import MODEL, Equality, proof
from lessons.transformer.steps.scene import Scene

WHOLE = "whole"
CACHED_PROOFS = 64


@lru_cache(CACHED_PROOFS)
def proved(text: str) -> Equality:
    """Return how far the blackboard is from the library on this text."""
    return proof(text)


def block_of(box: Box) -> str:
    """Return the lines that belong to a box."""
    return "add_norm" if box.block.startswith(("add", "norm")) else box.block


def blackboard(scene: Scene) -> None:
    """⑧ The Transformer on the blackboard, and the proof that its numbers are those of the library."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("code")
    with right:
        st.markdown(f"**{say('proof_title')}**")
        st.text_input(say("box_f"), key=scene.state.widget("f"), on_change=scene.state.taken, args=("f",))
        with widgets.told(say.lang, say("error_prefix")):
            _proof(scene, check(scene.state["f"]))
    left, right = st.columns([4, 7], gap="large")
    blocks = [*BLOCKS, WHOLE]
    with right:
        block = widgets.choose_one(say("code_block"), scene.state, "n", blocks, lambda name: say(f"code_{name}"))
        st.markdown(say(f"code_{block}_told"))
        st.code(_source() if block == WHOLE else lines(block), language="python", line_numbers=block == WHOLE)
    with left:
        _draw(scene, block)


def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def _draw(scene: Scene, block: str) -> None:
    """Draw the boxes of the blackboard; a click chooses the lines of one."""
    say = scene.say
    names = {box.name: _title(scene, box) for box in BLACKBOARD.boxes}
    chart = blueprint.draw(
        BLACKBOARD,
        {name: text.replace(" / ", "<br>") for name, text in names.items()},
        chosen=next((box.name for box in BLACKBOARD.boxes if block_of(box) == block), ""),
        inputs=(say("code_in"),),
        output=say("code_out"),
        titles=("",),
        layers=say("times", layers=catalogue.card(MODEL).layers),
        hover={name: text.replace(" / ", " ") for name, text in names.items()},
    )

    def click(y: int, x: int) -> None:
        box = BLACKBOARD.at(y, x)
        if box is not None:
            scene.state.set("n", block_of(box))

    widgets.clickable(chart, "code:boxes", say("code_alt"), click)


def _title(scene: Scene, box: Box) -> str:
    """Return the name of a box for a reader; " / " may be a line break."""
    kind = box.block.rstrip("_12")
    return scene.say("box_rope" if kind == "position" else f"box_{kind}")


def _proof(scene: Scene, text: str) -> None:
    """Compare the blackboard with the library on the reader's text."""
    say, model = scene.say, live.model(MODEL)
    if model is None:
        waiting(scene)
        return
    whole, text = text, model.fitting(text)
    cut_short(say.lang, model.limit, whole, text)
    found = proved(text)
    widgets.badge(say, True, f"python -m lessons.transformer.proof {quoted(text)}")
    rows = [
        (say("proof_logits"), [f"{found.logits:,}", _tiny(found.logits_difference), f"{found.scale:.1f}"]),
        (say("proof_weights"), [f"{found.weights:,}", _tiny(found.weights_difference), "1"]),
    ]
    header = [say("column_count"), say("column_difference"), say("column_scale")]
    st.markdown(widgets.markdown_table(header, rows))
    st.markdown(plain(say("proof_told", count=f"{found.compared:,}", tokens=found.tokens)))


def _tiny(difference: float) -> str:
    return "0" if difference == 0 else f"{difference:.7f}"
