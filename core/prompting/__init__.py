"""In-context learning: tasks given as pairs, prompts made of some of them, and how often a model answers the rest.

    from core.prompting.measure import measure
    measure(core.load("decoder"), prompting.task("opposites"), shots=4, episodes=200).accuracy

(Brown et al. 2020, "Language Models are Few-Shot Learners".) Nothing that is imported here needs torch: a page can show
a prompt before it is there.
"""

from core.prompting.prompt import FORMATS, Format, Prompt, prompt
from core.prompting.rules import games, task
from core.prompting.tasks import Drawn, Pair, Task, read_pairs, tasks

__all__ = [
    "FORMATS",
    "Drawn",
    "Format",
    "Pair",
    "Prompt",
    "Task",
    "games",
    "prompt",
    "read_pairs",
    "task",
    "tasks",
]
