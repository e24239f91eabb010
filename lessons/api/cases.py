"""The calls that the lesson makes, as requests: what is measured, recorded and shown is one and the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.rlhf.prompts import test_prompts
from lessons.api.lab import BASE, CHAT
from lessons.api.messages import Turn, assistant, request, system, user
from lessons.text import toml

MOST_TOKENS = 40
DRAWS = 8  # answers to the same call
TEMPERATURES = (0.0, 1.0, 2.0)
SEED = 7
SHOTS = (0, 1, 3)
ASKED = 12  # messages on which examples are tried
TOP = 5  # likeliest tokens that are shown at each place


@dataclass(frozen=True)
class Habit:
    """What examples show. `asked`: what is said afterwards, and the right answer ("" where none is right alone)."""

    id: str
    name: dict[str, str]
    rows: tuple[tuple[str, str], ...]
    asked: tuple[tuple[str, str], ...]

    def fits(self, answer: str, right: str) -> bool:
        """Say whether an answer does as the examples do."""
        if self.id == "asks":
            return answer.rstrip().endswith(("か。", "?", "？"))
        return answer.strip().rstrip("。!") == right


def wishes() -> list[dict[str, Any]]:
    """Return the system messages to choose from."""
    return [{"text": "", **entry} for entry in toml("api", "examples")["wish"]]


def prompts() -> list[dict[str, Any]]:
    """Return the words to say to the model."""
    return list(toml("api", "examples")["prompt"])


def talk() -> list[str]:
    """Return what the reader says in the long talk, one after the other."""
    return [entry["text"] for entry in toml("api", "examples")["talk"]]


@cache
def habits() -> dict[str, Habit]:
    """Return what examples can show, by name."""
    found = {}
    for entry in toml("api", "examples")["habit"]:
        asked = entry.get("asked") or [[text, ""] for text in test_prompts()[:ASKED]]
        pairs = (tuple((a, b) for a, b in rows) for rows in (entry["rows"], asked))
        found[entry["id"]] = Habit(entry["id"], entry["name"], *pairs)
    return found


def turns(wish: str, prompt: str) -> tuple[Turn, ...]:
    """Return a conversation of one message, after a system message if there is one."""
    return (*([system(wish)] if wish else []), user(prompt))


def plain_call(said: Sequence[Turn], model: str = CHAT) -> dict[str, Any]:
    """Return the call that gives the likeliest answer."""
    return request(said, model, temperature=0, max_tokens=MOST_TOKENS)


def drawn(prompt: str, temperature: float, seed: int | None = None) -> dict[str, Any]:
    """Return a call whose answer is drawn, with the likeliest tokens at each place."""
    more = {"temperature": temperature, "seed": seed, "max_tokens": MOST_TOKENS}
    return request([user(prompt)], CHAT, **more, logprobs=True, top_logprobs=TOP)


def shown(habit: Habit, shots: int, said: str) -> dict[str, Any]:
    """Return the call after `shots` examples, given as messages."""
    examples = [one for given, answer in habit.rows[:shots] for one in (user(given), assistant(answer))]
    return request([*examples, user(said)], CHAT, temperature=0, max_tokens=MOST_TOKENS)


@dataclass(frozen=True)
class Measured:
    """Examples at work: what was said and answered, and how many answers fit."""

    shots: int
    answers: tuple[tuple[str, str], ...]
    right: int


def measured(habit: Habit, shots: int, answer: Callable[[dict[str, Any]], str]) -> Measured:
    """Return how the model answers after `shots` examples. `answer`: text of the answer to a call."""
    found = [(said, right, answer(shown(habit, shots, said))) for said, right in habit.asked]
    fitting = sum(habit.fits(text, right) for _, right, text in found)
    return Measured(shots, tuple((said, text) for said, _, text in found), fitting)


def basics() -> list[dict[str, Any]]:
    """Return the calls that are recorded for the first picture: every system message with every prompt, for both
    models where there is no system message, and the examples."""
    calls = [plain_call(turns(wish["text"], one["text"])) for wish in wishes() for one in prompts()]
    calls += [plain_call(turns(wish["text"], one["text"]), BASE) for wish in wishes() for one in prompts()]
    calls += [shown(habit, shots, said) for habit in habits().values() for shots in SHOTS for said, _ in habit.asked]
    return calls
