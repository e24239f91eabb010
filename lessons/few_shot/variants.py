"""One question asked in several ways: fewer examples, their answers changed about, another order, another format."""

from dataclasses import dataclass, replace

from core.prompting import FORMATS, Format, Pair, Prompt, Task, prompt
from core.prompting.rules import knowledge

COMPARED = 8  # answers whose probabilities are compared
BASE = "base"


@dataclass(frozen=True)
class Setting:
    """What is asked. `given`: what the reader asks for; "" for a question that the seed draws."""

    task: Task
    shots: int
    seed: int
    format: Format
    given: str = ""

    @property
    def prompt(self) -> Prompt:
        """The prompt. What is asked is none of the examples; its answer is "" if the task does not know it. Raises
        TooFewPairs."""
        known = {pair.given: place for place, pair in enumerate(self.task.pairs)}
        place = known.get(self.given)
        made = prompt(self.task, self.shots, self.format, seed=self.seed, asked=place)
        return replace(made, given=self.given, answer="") if self.given and place is None else made

    @property
    def answers(self) -> tuple[str, ...]:
        """Answers to compare: the right one, those that other tasks have for the same word, those of the examples, and
        others of the task."""
        asked = self.prompt
        shown = (
            asked.answer,
            *elsewhere(asked.given, self.task.name),
            *(pair.answer for pair in asked.examples),
            *self.task.answers,
        )
        return tuple(one for one in dict.fromkeys(shown) if one)[:COMPARED]


def elsewhere(given: str, task: str) -> tuple[str, ...]:
    """Return what the family's other tasks answer to a word."""
    others = (pairs for name, pairs in knowledge().items() if name != task)
    return tuple(pair.answer for pairs in others for pair in pairs if pair.given == given)


def variants(setting: Setting) -> dict[str, Prompt]:
    """Return the same question by the way in which it is asked, the setting's own first; none that says the same."""
    base = setting.prompt
    found = {BASE: base}
    if setting.shots:
        found["fewer"] = replace(base, examples=base.examples[: setting.shots // 2])
    found["shuffled"] = replace(base, examples=moved(base.examples))
    found["order"] = replace(base, examples=tuple(reversed(base.examples)))
    found["format"] = replace(base, format=other(setting.format))
    texts: dict[str, str] = {}
    return {name: one for name, one in found.items() if texts.setdefault(one.text, name) == name}


def moved(examples: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """Return the examples, each with the answer of the one before it: words and format stay, only the mapping is wrong."""
    answers = [pair.answer for pair in examples]
    return tuple(Pair(pair.given, answer) for pair, answer in zip(examples, answers[-1:] + answers[:-1], strict=True))


def other(format: Format) -> Format:
    """Return another way of writing examples."""
    return FORMATS["quotes" if format == FORMATS["arrow"] else "arrow"]


def first_right(written: dict[int, str], answer: str) -> int | None:
    """Return after how many examples the answer was right for the first time, None if it never was."""
    return next((shots for shots, text in sorted(written.items()) if text == answer), None)


def changed(before: tuple[Pair, ...], after: tuple[Pair, ...]) -> int:
    """Return how many examples have another answer than before."""
    return sum(one != two for one, two in zip(before, after, strict=True))
