"""The steps of the lesson, one function each: the reader's text in, widgets and figures on the page out."""

from collections.abc import Callable

from lessons.scenes import MEAN
from lessons.transformer.steps.beliefs import beliefs
from lessons.transformer.steps.blackboard import blackboard
from lessons.transformer.steps.cross import cross
from lessons.transformer.steps.cut import cut
from lessons.transformer.steps.decoder import decoder
from lessons.transformer.steps.figure import figure
from lessons.transformer.steps.further import limits, quiz
from lessons.transformer.steps.positions import positions
from lessons.transformer.steps.scene import Scene, forget
from lessons.transformer.steps.stack import stack

__all__ = ["ASKING", "MEAN", "STEPS", "Scene", "forget"]

STEPS: dict[str, Callable[[Scene], None]] = {
    "figure": figure,
    "stack": stack,
    "decoder": decoder,
    "cross": cross,
    "cut": cut,
    "positions": positions,
    "beliefs": beliefs,
    "code": blackboard,
    "quiz": quiz,
    "limits": limits,
}
ASKING = ("figure", "stack", "decoder", "cross", "cut", "positions")  # that ask for the text above the step
