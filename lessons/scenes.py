"""What the scenes of the lessons share: a guess before the result, and widgets whose values live in the page's state."""

import math
from collections.abc import Sequence
from typing import Protocol

import streamlit as st

from core.catalogue import Card
from lessons import widgets
from lessons.state import PageState
from lessons.text import Strings, distinct, plain

MEAN = "mean"  # in the place of one layer or head
NOT_GUESSED = -1


class Scene(Protocol):
    """What every lesson's scene has: the state of the page, the short strings, the model that answers."""

    @property
    def state(self) -> PageState: ...

    @property
    def say(self) -> Strings: ...

    @property
    def card(self) -> Card: ...


def guessed(scene: Scene, about: str, question: str, options: Sequence[str]) -> int | None:
    """Let the reader commit to one of the options; return its index, NOT_GUESSED for none, None while it is open."""
    say, key = scene.say, f"{scene.state.page}:guess:{about}"
    if key in st.session_state:
        return int(st.session_state[key])

    def reveal(value: int) -> None:
        st.session_state[key] = value

    with st.container(border=True):
        st.markdown(f"**{say('predict_title')}** — {plain(question)}")
        guess = st.radio(
            say("predict_placeholder"),
            range(len(options)),
            index=None,
            format_func=distinct(options).__getitem__,
            horizontal=True,
            key=key + ":radio",
            label_visibility="collapsed",
        )
        one, two = st.columns(2)
        one.button(
            say("predict_submit"),
            disabled=guess is None,
            on_click=reveal,
            args=(guess,),
            type="primary",
            key="guess:do",
            width="stretch",
        )
        two.button(say("predict_skip"), on_click=reveal, args=(NOT_GUESSED,), key="guess:skip", width="stretch")
    return None


def layer_and_head(scene: Scene, *, layer: str = "l", means: bool = True) -> None:
    """Draw the two selectors of a map. `layer`: the layer's name in the state; `means`: over all of them, too."""
    say, extra = scene.say, [MEAN] if means else []
    layers = [*extra, *(str(number + 1) for number in range(scene.card.layers))]
    heads = [*extra, *(str(number + 1) for number in range(scene.card.heads))]
    left, right = st.columns(2)
    with left:
        widgets.choose_one(
            say("layer_label"),
            scene.state,
            layer,
            layers,
            lambda v: say("mean_layers") if v == MEAN else say("layer_option", layer=v),
        )
    with right:
        widgets.choose_one(
            say("head_label"),
            scene.state,
            "h",
            heads,
            lambda v: say("mean_heads") if v == MEAN else say("head_option", head=v),
        )


def number(state: PageState, name: str, low: float, high: float) -> float:
    """Return the number that the state has, within its bounds; the default for what is no number."""
    try:
        value = float(state[name])
    except ValueError:
        value = math.nan
    return min(high, max(low, value if math.isfinite(value) else float(state.defaults[name])))


def waiting(scene: Scene) -> None:
    """Say that the model is needed and not there yet."""
    st.info(scene.say("needs_live"), icon=":material/hourglass_top:")


def cut_short(lang: str, limit: int, text: str, read: str) -> None:
    """Show where a text that is too long was cut, if it was: `read` is its beginning, which `limit` tokens hold."""
    rest = text[len(read) :]
    if rest.strip():
        shown = f"{plain(read)} :orange[✂] :gray[~~{plain(rest.strip())}~~]"
        words = Strings("frame", lang)
        st.warning(f"{words('cut_short', limit=limit)}\n\n{shown}", icon=":material/content_cut:")


def quoted(text: str) -> str:
    """Return a text as one word of a command line (of bash and zsh)."""
    return "'" + " ".join(text.split()).replace("'", "'\\''") + "'"
