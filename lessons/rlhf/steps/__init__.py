"""The steps of the lesson, one function each: the reader's choices in, widgets and figures on the page out."""

from collections.abc import Callable

from lessons.rlhf.steps.blind import blind
from lessons.rlhf.steps.closing import limits, quiz
from lessons.rlhf.steps.demonstrate import demonstrate
from lessons.rlhf.steps.further import further
from lessons.rlhf.steps.optimise import optimise
from lessons.rlhf.steps.question import question
from lessons.rlhf.steps.rank import rank
from lessons.rlhf.steps.reward import reward
from lessons.rlhf.steps.scene import Scene
from lessons.rlhf.steps.wrong import wrong

__all__ = ["STEPS", "Scene"]

STEPS: dict[str, Callable[[Scene], None]] = {
    "question": question,
    "demonstrate": demonstrate,
    "rank": rank,
    "reward": reward,
    "optimise": optimise,
    "blind": blind,
    "wrong": wrong,
    "further": further,
    "quiz": quiz,
    "limits": limits,
}
