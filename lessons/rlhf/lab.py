"""The lesson's questions put to the chat model: how it answers, and what a reward model can see in its answers.

A `Lab` answers from the live models or from a recorded run with the same dataclasses, so that the page does not care
which of the two is speaking. Nothing here imports torch before a model is there.
"""

import json
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core import runtime
from core.chat import BEFORE, BETWEEN
from core.rlhf.comparisons import Answer
from core.rlhf.prompts import train_prompts

if TYPE_CHECKING:
    from core.rlhf.policy import Policy
    from core.rlhf.reward import Fit

RECORDED = Path(__file__).parent / "recorded"
FILE = RECORDED / "answers.json"
CHAT, BASE = "chat", "decoder"
RANKED = 4  # answers that are ranked together
DRAWN = 12  # from which they are taken, as different as can be had
EACH = 4  # answers to each prompt, on which the features are standardised
CACHED_RESULTS = 512


@dataclass(frozen=True)
class Replies:
    """How the models answer one prompt: before any fine-tuning, and the chat model."""

    base: str
    chat: str


class Lab(Protocol):
    """What the page asks."""

    live: bool

    def replies(self, prompt: str, seed: int) -> Replies | None:
        """Return None if it is not known here. Raises EmptyText, TooManyCharacters, TooManyTokens."""
        ...

    def candidates(self, prompt: str, seed: int) -> tuple[Answer, ...] | None:
        """Return RANKED different answers of the chat model (fewer if it has no more); None if they are not known
        here. Raises the same errors."""
        ...


class LiveLab:
    """Answers from the loaded models. Results are kept, so that a class asking alike asks once.

    `policy`: the chat model, which nobody trains; a reader's policy is a `copy` of it.
    """

    live = True

    def __init__(self, chat: Any, base: Any) -> None:
        from core.rlhf.policy import Frame, Policy

        self.base = Policy.start(base, frame=Frame(BEFORE, BETWEEN)).frozen()
        self.policy: Policy = Policy.start(chat, frame=Frame(BEFORE, BETWEEN))
        self.replies = lru_cache(CACHED_RESULTS)(self._replies)
        self.candidates = lru_cache(CACHED_RESULTS)(self._candidates)

    def _replies(self, prompt: str, seed: int) -> Replies:
        with runtime.slot():
            return Replies(self.base.sample([prompt], seed)[0].text, self.policy.sample([prompt], seed)[0].text)

    def _candidates(self, prompt: str, seed: int) -> tuple[Answer, ...]:
        return different(self.policy, prompt, seed)

    @cached_property
    def reference(self) -> tuple[Answer, ...]:
        """EACH answers to every prompt that is learned from."""
        with runtime.slot():
            return self.policy.sample([prompt for prompt in train_prompts() for _ in range(EACH)], seed=0)

    @cached_property
    def fit(self) -> "Fit":
        """What learns from comparisons: features of the untrained chat model, standardised on `reference`."""
        from core.rlhf.features import Features
        from core.rlhf.reward import Fit

        with runtime.slot():
            return Fit(Features(self.reference, self.policy.frozen()), self.reference)


def different(policy: "Policy", prompt: str, seed: int) -> tuple[Answer, ...]:
    """Return RANKED answers of a policy that differ, in the order they were drawn; fewer if it has no more."""
    with runtime.slot():
        drawn = policy.sample([prompt] * DRAWN, zlib.crc32(f"{seed} {prompt}".encode()))
    found = {answer.text: answer for answer in drawn if answer.text}
    return tuple(found.values())[:RANKED]


@lru_cache(maxsize=2)
def live_lab(chat: object, base: object) -> LiveLab:
    """Return the one lab of the loaded models, whose cached answers every session shares."""
    return LiveLab(chat, base)


class RecordedLab:
    """Answers from a recorded run, to the prompts of the lesson and the first seed."""

    live = False

    def __init__(self, run: dict[str, Any]) -> None:
        self.command: str = run["command"]
        self._replies = {entry["prompt"]: entry for entry in run["replies"]}

    def replies(self, prompt: str, seed: int) -> Replies | None:
        entry = self._replies.get(prompt)
        return None if entry is None or seed else Replies(entry["base"], entry["chat"])

    def candidates(self, prompt: str, seed: int) -> tuple[Answer, ...] | None:
        entry = self._replies.get(prompt)
        if entry is None or seed:
            return None
        return tuple(Answer(prompt, tuple(one["ids"]), one["text"]) for one in entry["candidates"])


@lru_cache(maxsize=1)
def recorded() -> RecordedLab:
    """Return the recorded run."""
    return RecordedLab(json.loads(FILE.read_text(encoding="utf-8")))
