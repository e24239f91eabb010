"""The lesson's questions put to a model: what it makes of a prompt of examples.

A `Lab` answers from a live model or from a recorded run with the same dataclasses, so that the page does not care which
of the two is speaking. Nothing here imports torch before a model is there.
"""

import json
import re
import time
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

from core.prompting import Prompt, Task, tasks
from core.prompting.rules import in_kana
from lessons.furigana import KANJI

RECORDED = Path(__file__).parent / "recorded"
FILE = RECORDED / "family.json"
CACHED_RESULTS = 512
QUICK = 2e10  # parameters times tokens that are read: less than about a second
TIMED, WRITTEN = 24, 6  # tokens that are timed, and those that an answer usually has
WATCHED = 50_000_000  # parameters of a model whose weights are summed up


@dataclass(frozen=True)
class Reply:
    """What a model made of a prompt: the text that it wrote, and some answers with their probabilities among each other,
    the likeliest first."""

    text: str
    among: tuple[tuple[str, float], ...]

    def prob(self, answer: str) -> float | None:
        """Return the probability of one of the answers, None if it was not among them."""
        return dict(self.among).get(answer)


class Lab(Protocol):
    """What the page asks."""

    live: bool

    def task(self, name: str) -> Task:
        """Return a prepared task in letters that the model reads."""
        ...

    def reply(self, asked: Prompt, answers: tuple[str, ...]) -> Reply | None:
        """Return None if it is not known here. Raises PromptTooLong, UnknownLetters."""
        ...


class LiveLab:
    """Answers from a loaded causal language model. Results are kept, so that a class asking alike asks once."""

    live = True

    def __init__(self, model: Any) -> None:
        self.model, self.answered = model, 0
        self.before = self.fingerprint()
        self.task = lru_cache(CACHED_RESULTS)(self._task)
        self.reply = lru_cache(CACHED_RESULTS)(self._reply)
        self.used = lru_cache(CACHED_RESULTS)(self._used)

    @property
    def limit(self) -> int | None:
        """How many tokens the model reads; None if it does not say."""
        return self.model.card.context or None

    def fingerprint(self) -> str | None:
        """Return a checksum of all weights as they are now, None for a model that is too large for it."""
        if self.model.card.parameters > WATCHED:
            return None
        sums = 0
        for weight in self.model.model.parameters():
            sums = zlib.crc32(weight.detach().contiguous().numpy().tobytes(), sums)
        return f"{sums:08x}"

    def _used(self, text: str) -> int:
        """Return how many tokens a text takes."""
        return len(self.model.tokenizer(text)["input_ids"])

    def is_quick(self, asked: Prompt, answers: tuple[str, ...], times: int = 1) -> bool:
        """Say whether so many such prompts are answered before anybody waits."""
        cost = self.model.card.parameters * self.used(asked.text) * (len(answers) + 1) * times
        return bool(cost < QUICK)

    def seconds(self, asked: Prompt, answers: tuple[str, ...], times: int = 1) -> float:
        """Return about how many seconds so many such prompts take, going by how fast the model reads just now. No
        answers: none of them are compared."""
        read, written = self._pace
        texts = 1 + (len(answers) if len(answers) > 1 else 0)
        return times * (read * self.used(asked.text) * texts + written * WRITTEN)

    @cached_property
    def _pace(self) -> tuple[float, float]:
        """The seconds of a token that is read with others, and of one that is read alone, as in writing."""
        import torch

        from core import runtime

        def timed(count: int) -> float:
            ids = torch.ones(1, count, dtype=torch.long)
            with runtime.slot():
                begun = time.perf_counter()
                self.model.reader.read(ids, self.model.reader.cache(1, count))
                return time.perf_counter() - begun

        timed(TIMED)  # the first time is slower
        return timed(TIMED) / TIMED, timed(1)

    def same(self, answers: tuple[str, ...]) -> tuple[str, str] | None:
        """Return two different answers that are the same to the model, None if there are none."""
        seen: dict[tuple[int, ...], str] = {}
        for answer in answers:
            ids = tuple(self.model.tokenizer(answer, add_special_tokens=False)["input_ids"])
            if ids in seen:
                return seen[ids], answer
            seen[ids] = answer
        return None

    def _task(self, name: str) -> Task:
        from core.prompting.measure import fitting

        return fitting(tasks()[name], self.model)

    def _reply(self, asked: Prompt, answers: tuple[str, ...]) -> Reply:
        from core.prompting import measure

        written = measure.write(self.model, asked)
        self.answered += 1
        if len(answers) < 2:
            return Reply(written, ())
        return Reply(written, tuple((one.token, one.prob) for one in measure.choose(self.model, asked, answers)))


@lru_cache(maxsize=4)
def live_lab(model: object) -> LiveLab:
    """Return the one lab of a loaded model, whose cached answers every session shares."""
    return LiveLab(model)


class RecordedLab:
    """Answers from a recorded run of the family's largest member, to the prompts that the lesson begins with."""

    live = False

    def __init__(self, run: dict[str, Any]) -> None:
        self.command: str = run["command"]
        self._replies = {entry["prompt"]: entry for entry in run["replies"]}

    def task(self, name: str) -> Task:
        found = tasks()[name]
        kanji = any(re.search(KANJI, pair.given + pair.answer) for pair in found.pairs)
        return (in_kana(name) or found) if kanji else found

    def reply(self, asked: Prompt, answers: tuple[str, ...]) -> Reply | None:
        entry = self._replies.get(asked.text)
        if entry is None or {answer for answer, _ in entry["among"]} != (set(answers) if len(answers) > 1 else set()):
            return None
        return Reply(entry["text"], tuple((answer, prob) for answer, prob in entry["among"]))


@lru_cache(maxsize=1)
def recorded() -> RecordedLab:
    """Return the recorded run."""
    return RecordedLab(json.loads(FILE.read_text(encoding="utf-8")))
