"""The steps of the lesson, one function each: the reader's sentence in, widgets and figures on the page out."""

from collections.abc import Callable

from lessons.bert.steps.attention import attention
from lessons.bert.steps.both_sides import both_sides
from lessons.bert.steps.further import limits, quiz
from lessons.bert.steps.guess import guess
from lessons.bert.steps.hole import hole
from lessons.bert.steps.idea import idea
from lessons.bert.steps.live_training import live_training
from lessons.bert.steps.recorded import recorded
from lessons.bert.steps.scene import Scene, forget
from lessons.bert.steps.use import use
from lessons.scenes import MEAN

__all__ = ["ASKING", "MEAN", "STEPS", "Scene", "forget"]

STEPS: dict[str, Callable[[Scene], None]] = {
    "hole": hole,
    "guess": guess,
    "sides": both_sides,
    "attention": attention,
    "idea": idea,
    "recorded": recorded,
    "live": live_training,
    "use": use,
    "quiz": quiz,
    "limits": limits,
}
ASKING = ("hole", "sides", "attention", "idea", "live")  # the steps that read the reader's sentence
