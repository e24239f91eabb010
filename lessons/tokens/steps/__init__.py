"""The steps of the lesson, one function each: the reader's text in, widgets and figures on the page out."""

from collections.abc import Callable

from lessons.tokens.steps.cut import cut
from lessons.tokens.steps.further import limits, quiz
from lessons.tokens.steps.guess import guess
from lessons.tokens.steps.length import length
from lessons.tokens.steps.pieces import pieces
from lessons.tokens.steps.rare import rare
from lessons.tokens.steps.scene import Scene
from lessons.tokens.steps.vectors import vectors

__all__ = ["STEPS", "Scene"]

STEPS: dict[str, Callable[[Scene], None]] = {
    "cut": cut,
    "guess": guess,
    "pieces": pieces,
    "rare": rare,
    "vectors": vectors,
    "length": length,
    "quiz": quiz,
    "limits": limits,
}
