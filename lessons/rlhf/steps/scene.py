"""What every step of the lesson shares: who answers, the lesson's text, the state, and what the reader has made."""

from dataclasses import dataclass

from core.catalogue import Card
from lessons import furigana, progress, widgets
from lessons.rlhf.lab import Lab, LiveLab
from lessons.rlhf.workshop import Workshop, workshop
from lessons.state import PageState
from lessons.text import Section, Strings

LESSON = "rlhf"


@dataclass(frozen=True)
class Scene:
    """What every step needs: who answers, in which language, the lesson's text, and the state of the page."""

    lab: Lab
    state: PageState
    say: Strings
    text: dict[str, Section]
    card: Card  # of the chat model

    @property
    def live(self) -> LiveLab | None:
        """The lab, if models are behind it."""
        return self.lab if isinstance(self.lab, LiveLab) else None

    @property
    def workshop(self) -> Workshop:
        return workshop()

    def heading(self, anchor: str) -> None:
        """Draw a section of the lesson's text."""
        furigana.section(self.text[anchor], anchor)

    def did(self, step: str) -> None:
        """Note that the reader has done what a step asks for."""
        progress.mark(LESSON, step)


def badge(scene: Scene, command: str) -> None:
    """Say whether the numbers are live, and how to make them again."""
    recorded = getattr(scene.lab, "command", command)
    widgets.badge(scene.say, scene.lab.live, command if scene.lab.live else recorded)
