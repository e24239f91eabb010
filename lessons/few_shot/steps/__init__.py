"""The steps of the lesson, one function each: the reader's choices in, widgets and figures on the page out."""

from collections.abc import Callable, Mapping

from lessons.few_shot.steps import curve, heads, larger, text
from lessons.few_shot.steps.bench import bench
from lessons.few_shot.steps.further import limits, quiz
from lessons.few_shot.steps.own import own
from lessons.few_shot.steps.question import question
from lessons.few_shot.steps.scene import Scene

__all__ = ["DEFAULTS", "STEPS", "Scene"]

STEPS: dict[str, Callable[[Scene], None]] = {
    "question": question,
    "bench": bench,
    "own": own,
    "curve": curve.curve,
    "text": text.text,
    "heads": heads.heads,
    "larger": larger.larger,
    "quiz": quiz,
    "limits": limits,
}
# What those steps keep in the state of the page that have values of their own.
DEFAULTS: Mapping[str, str] = {**curve.DEFAULTS, **text.DEFAULTS, **heads.DEFAULTS, **larger.DEFAULTS}
