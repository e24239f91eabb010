"""The steps of the lesson, one function each: the reader's question in, widgets and figures on the page out."""

from collections.abc import Callable

from lessons.scenes import MEAN
from lessons.self_attention.steps.causal import causal
from lessons.self_attention.steps.cut import cut
from lessons.self_attention.steps.further import advanced, limits, quiz
from lessons.self_attention.steps.map import attention_map
from lessons.self_attention.steps.numbers import numbers
from lessons.self_attention.steps.question import question
from lessons.self_attention.steps.scene import Scene

__all__ = ["MEAN", "STEPS", "TEXTS", "Scene"]

STEPS: dict[str, Callable[[Scene], None]] = {
    "question": question,
    "map": attention_map,
    "numbers": numbers,
    "cut": cut,
    "causal": causal,
    "advanced": advanced,
    "quiz": quiz,
    "limits": limits,
}
TEXTS = ("quiz", "limits")  # those that do not read the sentence
