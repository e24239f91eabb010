"""What every step of the lesson shares: who answers, the lesson's text, the state, and the widgets that choose."""

from dataclasses import dataclass

from core.catalogue import Card
from core.prompting import FORMATS, Format
from core.prompting.family import DEFAULT
from lessons import furigana, progress, widgets
from lessons.few_shot.lab import Lab, LiveLab
from lessons.scenes import number
from lessons.state import PageState
from lessons.text import Section, Strings

LESSON = "few_shot"
MOST_SHOTS, SEEDS = 16, 9999
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


def badge(scene: Scene, command: str) -> None:
    """Say whether the numbers are live, and how to make them again."""
    if scene.card.name != DEFAULT:
        command += f" --model {scene.card.name}"
    recorded = getattr(scene.lab, "command", command)
    widgets.badge(scene.say, scene.lab.live, command if scene.lab.live else recorded)


def badge_recorded(scene: Scene, command: str) -> None:
    """Say that the numbers were recorded, whoever answers now, and how to make them again."""
    widgets.badge(scene.say, False, command)
