"""What every step of the lesson shares: who answers, the lesson's text, the state, and the widgets that choose."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.catalogue import Card
from core.prompting import FORMATS, Format
from core.prompting.family import DEFAULT
from lessons import furigana, progress, widgets
from lessons.few_shot.lab import Lab, LiveLab
from lessons.state import PageState
from lessons.text import Section, Strings, distinct, plain

LESSON = "few_shot"
MOST_SHOTS, SEEDS = 16, 9999
NOT_GUESSED = -1
RIGHT, WRONG = ":green[:material/check:]", ":red[:material/close:]"


@dataclass(frozen=True)
class Scene:
    """What every step needs: who answers, in which language, the lesson's text, and the state of the page."""

    lab: Lab
    state: PageState
    say: Strings
    text: dict[str, Section]
    card: Card  # of the model that answers

    @property
    def live(self) -> LiveLab | None:
        """The lab, if a model is behind it."""
        return self.lab if isinstance(self.lab, LiveLab) else None

    @property
    def seed(self) -> int:
        """What draws the examples."""
        return round(number(self.state, "d", 0, SEEDS))

    @property
    def format(self) -> Format:
        """How an example is written."""
        return FORMATS[self.state.pick("f", list(FORMATS))]

    def heading(self, anchor: str) -> None:
        """Draw a section of the lesson's text."""
        furigana.section(self.text[anchor], anchor)

    def did(self, step: str) -> None:
        """Note that the reader has done what a step asks for."""
        progress.mark(LESSON, step)


def number(state: PageState, name: str, low: float, high: float) -> float:
    """Return the number that the state has, within its bounds; the default for what is no number."""
    try:
        value = float(state[name])
    except ValueError:
        value = math.nan
    return min(high, max(low, value if math.isfinite(value) else float(state.defaults[name])))


def slider(scene: Scene, name: str, bounds: tuple[float, float], step: float) -> float:
    """Draw a slider whose value lives in the state; whole numbers where the step is one. Return the value."""
    state, whole = scene.state, step == 1
    kind: Callable[[float], float] = round if whole else float
    key = f"{state.page}:{name}"
    st.session_state[key] = kind(number(state, name, *bounds))

    def taken() -> None:
        state.taken(name)
        state.set(name, f"{st.session_state[key]:g}")

    low, high = map(kind, bounds)
    label, help_ = scene.say(f"slider_{name}"), scene.say(f"slider_{name}_help")
    return float(st.slider(label, low, high, step=kind(step), key=key, on_change=taken, help=help_))


def guessed(scene: Scene, about: str, question: str, options: Sequence[str]) -> int | None:
    """Let the reader commit to one of the options; return its index, NOT_GUESSED for none, None while it is open."""
    say, key = scene.say, f"{LESSON}:guess:{about}"
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


def waiting(scene: Scene) -> None:
    """Say that the model is needed and not there yet."""
    st.info(scene.say("needs_live"), icon=":material/hourglass_top:")


def badge(scene: Scene, command: str) -> None:
    """Say whether the numbers are live, and how to make them again."""
    if scene.card.name != DEFAULT:
        command += f" --model {scene.card.name}"
    recorded = getattr(scene.lab, "command", command)
    widgets.badge(scene.say, scene.lab.live, command if scene.lab.live else recorded)


def badge_recorded(scene: Scene, command: str) -> None:
    """Say that the numbers were recorded, whoever answers now, and how to make them again."""
    widgets.badge(scene.say, False, command)


def quoted(text: str) -> str:
    """Return a text as one word of a command line (of bash and zsh)."""
    return "'" + " ".join(text.split()).replace("'", "'\\''") + "'"
