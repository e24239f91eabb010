"""How often a model answers right after so many examples, with the interval that so many episodes allow."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from core import runtime
from core.attention import recording
from core.causal import CausalLM
from core.errors import PromptTooLong
from core.intervals import wilson
from core.masked import Candidate
from core.prompting.prompt import FORMATS, Format, Prompt, prompt
from core.prompting.tasks import Task

UNKNOWN_CONTEXT = 2048  # tokens, of a model that does not say
ROOM = 16  # tokens for an answer that nobody knows
GUESSES = 10


@dataclass(frozen=True)
class Answer:
    """What a model made of a prompt: the text that it wrote, always taking the likeliest token, and for each of the
    task's answers how likely it is among them."""

    text: str
    among: tuple[Candidate, ...]


@dataclass(frozen=True)
class Measurement:
    """Right answers in a number of episodes. `chance`: of a guess among the task's answers."""

    task: str
    model: str
    shots: int
    episodes: int
    right: int
    chance: float
    written: bool  # the answer is written freely; else it is chosen among the task's

    @property
    def accuracy(self) -> float:
        return self.right / max(1, self.episodes)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % (Wilson 1927)."""
        low, high = wilson(self.right, self.episodes)
        return low, high


def measure(
    model: CausalLM,
    task: Task,
    shots: int,
    episodes: int = 200,
    *,
    format: Format = FORMATS["arrow"],
    seed: int = 0,
    shuffled: bool = False,
    written: bool | None = None,
    progress: Callable[[int, int], bool] | None = None,
) -> Measurement:
    """Return how often the model is right. `written` None: tasks of labels are chosen, others written.

    `progress(done, right)` is called after each episode; when it returns False the measurement ends there, with the
    episodes that were made. Raises TooFewPairs, and PromptTooLong when a prompt does not fit the model.
    """
    free = not task.labels if written is None else written
    right, done = 0, 0
    for episode in range(episodes):
        asked = prompt(task, shots, format, seed=seed, episode=episode, shuffled=shuffled)
        right += (write(model, asked) if free else choose(model, asked, task.answers)[0].token) == asked.answer
        done += 1
        if progress is not None and not progress(done, right):
            break
    return Measurement(task.name, model.card.name, shots, done, right, 1 / len(task.answers), free)


def answer(model: CausalLM, asked: Prompt, task: Task) -> Answer:
    """Return what the model makes of one prompt. Raises PromptTooLong."""
    return Answer(write(model, asked), choose(model, asked, task.answers))


def write(model: CausalLM, asked: Prompt) -> str:
    """Return what the model writes after the prompt, up to the end of an example. Raises PromptTooLong."""
    stop = asked.format.after
    ids: list[int] = []
    most = max(ROOM, 2 * len(_ids(model, asked.answer + stop)))
    for identifier in _greedy(model, _read(model, asked, most), most):
        ids.append(identifier)
        text = model.text(ids)
        if stop in text:
            return text[: text.index(stop)].strip()
    return model.text(ids).strip()


def choose(model: CausalLM, asked: Prompt, answers: Sequence[str]) -> tuple[Candidate, ...]:
    """Return the answers, the likeliest first, with their probabilities among each other: the probability of the whole
    answer with the end of the example, compared as it is. Raises PromptTooLong."""
    endings = [_ids(model, one + asked.format.after) for one in answers]
    read = _read(model, asked, max(map(len, endings)))
    log = torch.tensor(_log_probabilities(model, read, endings), dtype=torch.float64)
    shares = torch.softmax(log, dim=0).tolist()
    ranked = sorted(zip(answers, shares, strict=True), key=lambda one: -one[1])
    return tuple(Candidate(text, share) for text, share in ranked)


def _ids(model: CausalLM, text: str) -> list[int]:
    """Return the ids of a part of a text: no token for its beginning or end."""
    ids: list[int] = model.tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def _read(model: CausalLM, asked: Prompt, room: int) -> list[int]:
    """Return the ids of the prompt. Raises PromptTooLong if they leave no room for an answer."""
    ids: list[int] = model.tokenizer(asked.text)["input_ids"]
    if ids and ids[-1] == model.tokenizer.eos_token_id and asked.text:
        ids = ids[:-1]
    limit = model.card.context or UNKNOWN_CONTEXT
    if len(ids) + room > limit:
        raise PromptTooLong(length=len(ids), limit=limit, shots=len(asked.examples))
    return ids


def _greedy(model: CausalLM, ids: Sequence[int], most: int) -> Iterator[int]:
    """Yield the likeliest next token, again and again, until the end token."""
    read, cache = torch.tensor([ids]), model.reader.cache(1, len(ids) + most)
    for _ in range(most):
        with runtime.slot(), recording(keep=False):
            best = int(model.reader.read(read, cache)[0].argmax())
        if best == model.tokenizer.eos_token_id:
            return
        yield best
        read = torch.tensor([[best]])


def _log_probabilities(model: CausalLM, read: Sequence[int], endings: Sequence[Sequence[int]]) -> list[float]:
    """Return the log-probability (nats) of each ending after what was read."""
    longest = max(map(len, endings))
    rows = torch.tensor([[*read, *ending, *[0] * (longest - len(ending))] for ending in endings])
    with runtime.slot(), torch.inference_mode():
        logits = model.model(input_ids=rows).logits[:, len(read) - 1 : -1].float()
    log = torch.log_softmax(logits, dim=-1)
    return [
        float(sum(log[row, place, identifier] for place, identifier in enumerate(ending)))
        for row, ending in enumerate(endings)
    ]
