"""What the first step asks: one question, with more and more examples before it."""

from dataclasses import dataclass
from functools import cache

from core.prompting import FORMATS, Pair, Prompt
from lessons.text import toml

SHOTS = (0, 1, 2, 4, 8)
LESSON = "few_shot"


@dataclass(frozen=True)
class Question:
    """A question with its examples, and a note by language."""

    given: str
    answer: str
    examples: tuple[Pair, ...]
    note: dict[str, str]

    def prompt(self, shots: int) -> Prompt:
        """Return the question with the first examples before it."""
        return Prompt(self.examples[:shots], self.given, self.answer, FORMATS["arrow"])


@cache
def questions() -> tuple[Question, ...]:
    """Return the lesson's questions; the first is the one that it begins with."""
    return tuple(
        Question(entry["given"], entry["answer"], _pairs(entry["pairs"]), entry["note"])
        for entry in toml(LESSON, "examples")["question"]
    )


@cache
def samples() -> tuple[tuple[dict[str, str], tuple[Pair, ...]], ...]:
    """Return tasks to try out in the editor: name by language, and pairs."""
    return tuple((entry["name"], _pairs(entry["pairs"])) for entry in toml(LESSON, "examples")["own"])


def _pairs(lines: list[str]) -> tuple[Pair, ...]:
    return tuple(Pair(*line.split()) for line in lines)
