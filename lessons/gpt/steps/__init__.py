"""The steps of the lesson, one function each: the reader's text in, widgets and figures on the page out."""

from collections.abc import Callable

from lessons.gpt.steps.both_sides import both_sides
from lessons.gpt.steps.further import limits, quiz
from lessons.gpt.steps.mask import mask
from lessons.gpt.steps.next_word import next_word
from lessons.gpt.steps.sampling import sampling
from lessons.gpt.steps.scene import Scene, forget
from lessons.gpt.steps.search import search
from lessons.gpt.steps.surprise import surprise
from lessons.gpt.steps.why import why
from lessons.gpt.steps.writing import writing
from lessons.scenes import MEAN

__all__ = ["ASKS", "MEAN", "STEPS", "Scene", "forget"]

STEPS: dict[str, Callable[[Scene], None]] = {
    "mask": mask,
    "guess": next_word,
    "sampling": sampling,
    "write": writing,
    "why": why,
    "search": search,
    "surprise": surprise,
    "both": both_sides,
    "quiz": quiz,
    "limits": limits,
}
# What the reader is asked for above each step: a whole sentence, a beginning, a sentence with a hidden word, or nothing.
ASKS: dict[str, str] = {
    "mask": "t",
    "guess": "s",
    "sampling": "s",
    "write": "s",
    "why": "s",
    "search": "s",
    "surprise": "t",
    "both": "f",
    "quiz": "",
    "limits": "",
}
