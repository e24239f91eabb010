"""In-context learning: tasks given as pairs, prompts made of some of them, and how often a model answers the rest.

    from core import prompting
    task = prompting.task("opposites")
    prompting.measure(core.load("decoder"), task, shots=4, episodes=200).accuracy

(Brown et al. 2020, "Language Models are Few-Shot Learners".)
"""

from core.prompting.measure import Measurement, measure
from core.prompting.prompt import FORMATS, Format, Prompt, prompt
from core.prompting.tasks import Pair, Task, read_pairs, task, tasks

__all__ = [
    "FORMATS",
    "Format",
    "Measurement",
    "Pair",
    "Prompt",
    "Task",
    "measure",
    "prompt",
    "read_pairs",
    "task",
    "tasks",
]
