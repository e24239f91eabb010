"""What every step of the lesson shares: the reader's text, who answers, and the widgets that choose."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.catalogue import Card
from core.sampling import Sampling
from lessons import furigana, widgets
from lessons.gpt.lab import Lab, LiveLab
from lessons.scenes import MEAN, cut_short, number
from lessons.state import PageState
from lessons.text import Section, Strings

DEFAULT_MODEL = "decoder"  # of the commands that ask a causal model
TEMPERATURES, TOP_KS, TOP_PS, SEEDS = (0.0, 2.0), (0.0, 50.0), (0.05, 1.0), 9999
FORGOTTEN = {"s": ("y", "q"), "t": ("e",)}  # what was chosen of a text and goes with it


@dataclass(frozen=True)
class Scene:
    """What every step needs: who answers, in which language, the lesson's text, and the state of the page."""

    lab: Lab
    state: PageState
    say: Strings
    text: dict[str, Section]
    card: Card  # of the model that answers

    @property
    def beginning(self) -> str:
        """The text that is carried on: the beginning of one that is too long."""
        return self.lab.fitting(self.state["s"])

    @property
    def sentence(self) -> str:
        """The sentence that is read from the left: the beginning of one that is too long."""
        return self.lab.fitting(self.state["t"])

    @property
    def layer(self) -> int | None:
        return None if self.state["l"] == MEAN else int(self.state["l"]) - 1

    @property
    def head(self) -> int | None:
        return None if self.state["h"] == MEAN else int(self.state["h"]) - 1

    @property
    def live(self) -> LiveLab | None:
        """The lab, if a model is behind it."""
        return self.lab if isinstance(self.lab, LiveLab) else None

    @property
    def sampling(self) -> Sampling:
        """How the next word is drawn, as the sliders stand."""
        return Sampling(
            temperature=number(self.state, "T", *TEMPERATURES),
            top_k=round(number(self.state, "k", *TOP_KS)),
            top_p=number(self.state, "p", *TOP_PS),
            seed=round(number(self.state, "d", 0, SEEDS)),
        )

    def show_cut(self, name: str) -> None:
        """Show where the reader's text `name` was cut, if it was too long."""
        if self.live is not None:
            cut_short(self.say.lang, self.live.limit, self.state[name], self.live.fitting(self.state[name]))

    def heading(self, anchor: str) -> None:
        furigana.section(self.text[anchor], anchor)


def forget(state: PageState, name: str) -> None:
    """Put back what was chosen of the text `name`, which has changed."""
    for other in FORGOTTEN.get(name, ()):
        state.set(other, state.defaults[other])


def slider(scene: Scene, name: str, bounds: tuple[float, float], step: float) -> float:
    """Draw a slider whose value lives in the state; whole numbers where the step is one. Return the value."""
    state, whole = scene.state, step == 1
    kind: Callable[[float], float] = round if whole else float
    key = f"{state.page}:{name}"
    st.session_state[key] = kind(number(state, name, *bounds))

    def taken() -> None:
        state.set(name, f"{st.session_state[key]:g}")

    low, high = map(kind, bounds)
    label, help_ = scene.say(f"slider_{name}"), scene.say(f"slider_{name}_help")
    return float(st.slider(label, low, high, step=kind(step), key=key, on_change=taken, help=help_))


def sampling_sliders(scene: Scene) -> Sampling:
    """Draw temperature, top-k and top-p; return the sampling."""
    slider(scene, "T", TEMPERATURES, 0.1)
    slider(scene, "k", TOP_KS, 1)
    slider(scene, "p", TOP_PS, 0.05)
    return scene.sampling


def seed_box(scene: Scene) -> None:
    """Draw the box for the seed of the draws."""
    state = scene.state
    key = f"{state.page}:d"
    st.session_state[key] = scene.sampling.seed

    def taken() -> None:
        state.set("d", str(st.session_state[key]))

    st.number_input(
        scene.say("seed_label"), 0, SEEDS, step=1, key=key, on_change=taken, help=scene.say("seed_help"), width=160
    )


def badge(scene: Scene, command: str, default: str = DEFAULT_MODEL) -> None:
    """Say whether the numbers are live, and how to make them again; `default`: the model that the command asks."""
    if scene.card.name != default:
        command += f" --model {scene.card.name}"
    recorded = getattr(scene.lab, "command", command)
    widgets.badge(scene.say, scene.lab.live, command if scene.lab.live else recorded)
