"""A prompt of examples: what a few-shot learner reads, letter for letter."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import TooFewPairs
from core.prompting.tasks import Pair, Task


@dataclass(frozen=True)
class Format:
    """How an example is written: `before` what is given, `between` it and the answer, `after` the answer."""

    before: str
    between: str
    after: str

    def example(self, pair: Pair) -> str:
        return f"{self.before}{pair.given}{self.between}{pair.answer}{self.after}"

    def question(self, given: str) -> str:
        return f"{self.before}{given}{self.between}"


FORMATS = {
    "arrow": Format("", "→", "。"),
    "lines": Format("", " → ", "\n"),
    "quotes": Format("「", "」は「", "」。"),
    "dialogue": Format("問: ", "\n答: ", "\n\n"),
}


@dataclass(frozen=True)
class Prompt:
    """Examples and a question. `answer`: what the task says, which the model is not shown."""

    examples: tuple[Pair, ...]
    given: str
    answer: str
    format: Format

    @property
    def text(self) -> str:
        """What the model reads."""
        return "".join(map(self.format.example, self.examples)) + self.format.question(self.given)


def prompt(
    task: Task,
    shots: int,
    format: Format,
    *,
    seed: int = 0,
    episode: int = 0,
    shuffled: bool = False,
    asked: int | None = None,
) -> Prompt:
    """Return a prompt of `shots` examples of the task, drawn by seed and episode, and a question that is none of them.

    The question is drawn too, unless `asked` says which pair it is. The first examples of more shots are those of
    fewer, so that curves compare like with like. `shuffled`: the answers change places among the examples, so that
    format and words stay and only the mapping is wrong (Min et al. 2022, "Rethinking the Role of Demonstrations").
    Raises TooFewPairs if the task has no more pairs than shots.
    """
    if not 0 <= shots < len(task.pairs):
        raise TooFewPairs(count=len(task.pairs))
    rng = random.Random(f"{seed} {episode}")
    order = rng.sample(range(len(task.pairs)), len(task.pairs))
    question = order[0] if asked is None else asked
    examples = [task.pairs[index] for index in order if index != question][:shots]
    if shuffled:
        examples = _shuffled(examples, rng)
    pair = task.pairs[question]
    return Prompt(tuple(examples), pair.given, pair.answer, format)


def _shuffled(examples: Sequence[Pair], rng: random.Random) -> list[Pair]:
    answers = [pair.answer for pair in examples]
    rng.shuffle(answers)
    return [Pair(pair.given, answer) for pair, answer in zip(examples, answers, strict=True)]
