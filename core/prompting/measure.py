"""How often a model answers right after so many examples, with the interval that so many episodes allow."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch

from core import runtime
from core.attention import recording
from core.causal import CausalLM
from core.decoding import Decoder, Reader, supports
from core.errors import PromptTooLong, UnknownLetters, UnsupportedModel
from core.intervals import wilson
from core.masked import Candidate
from core.prompting.prompt import FORMATS, Format, Prompt, prompt
from core.prompting.rules import in_kana
from core.prompting.tasks import Drawn, Task

UNKNOWN_CONTEXT = 2048  # tokens, of a model that does not say
ROOM = 16  # tokens for an answer that nobody knows
GUESSES = 10
SHOWN_LETTERS = 10  # of those that a model does not know


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
    source: Task | Drawn,
    shots: int,
    episodes: int = 200,
    *,
    format: Format = FORMATS["arrow"],
    seed: int = 0,
    shuffled: bool = False,
    written: bool | None = None,
    progress: Callable[[int, int], bool] | None = None,
    without: Iterable[tuple[int, int]] = (),
) -> Measurement:
    """Return how often the model is right. `written` None: tasks of labels are chosen, others written.

    `progress(done, right)` is called after each episode; when it returns False the measurement ends there, with the
    episodes that were made. `without`: heads (layer, head) of an embedded decoder that are left out.
    Raises TooFewPairs, PromptTooLong when a prompt does not fit the model, UnknownLetters, and UnsupportedModel if heads
    cannot be left out.
    """
    reader = _reader(model, tuple(without))
    right, done, chance, free = 0, 0, 0.0, True
    for episode in range(episodes):
        task = source.at(seed, episode)
        free = not task.labels if written is None else written
        asked = prompt(task, shots, format, seed=seed, episode=episode, shuffled=shuffled)
        if free:
            right += _writes_the_answer(model, asked, reader)
        else:
            right += choose(model, asked, task.answers, reader)[0].token == asked.answer
        done, chance = done + 1, chance + 1 / len(task.answers)
        if progress is not None and not progress(done, right):
            break
    return Measurement(source.name, model.card.name, shots, done, right, chance / max(1, done), free)


def fitting(task: Task, model: CausalLM) -> Task:
    """Return the task as the model can read it: in kana, if it is a prepared one and the model knows nothing else."""
    unknown = model.tokenizer.unk_token_id
    text = "".join(pair.given + pair.answer for pair in task.pairs)
    if unknown is None or unknown not in model.tokenizer(text)["input_ids"]:
        return task
    return in_kana(task.name) or task


def answer(model: CausalLM, asked: Prompt, task: Task) -> Answer:
    """Return what the model makes of one prompt. Raises PromptTooLong."""
    return Answer(write(model, asked), choose(model, asked, task.answers))


def write(model: CausalLM, asked: Prompt, reader: Reader | None = None) -> str:
    """Return what the model writes after the prompt, up to the end of an example. Raises PromptTooLong, UnknownLetters."""
    text = ""
    for text in _growing(model, asked, reader or model.reader):
        if asked.format.after in text:
            return text[: text.index(asked.format.after)].strip()
    return text.strip()


def _writes_the_answer(model: CausalLM, asked: Prompt, reader: Reader) -> bool:
    """Say whether `write` returns the answer: it is known as soon as the text leaves it."""
    text, stop = "", asked.format.after
    for text in _growing(model, asked, reader):
        if stop in text:
            return text[: text.index(stop)].strip() == asked.answer
        if not (asked.answer + stop).startswith(text.strip()):
            return False
    return text.strip() == asked.answer


def _growing(model: CausalLM, asked: Prompt, reader: Reader) -> Iterator[str]:
    """Yield what the model writes after the prompt, token by token, up to some tokens more than the answer has."""
    most = max(ROOM, 2 * len(_ids(model, asked.answer + asked.format.after)))
    ids: list[int] = []
    for identifier in _greedy(model, reader, _read(model, asked, most), most):
        ids.append(identifier)
        yield model.text(ids)


def choose(
    model: CausalLM, asked: Prompt, answers: Sequence[str], reader: Reader | None = None
) -> tuple[Candidate, ...]:
    """Return the answers, the likeliest first, with their probabilities among each other: the probability of the whole
    answer with the end of the example, compared as it is. Raises PromptTooLong, UnknownLetters."""
    endings = [_ids(model, one + asked.format.after) for one in answers]
    read = _read(model, asked, max(map(len, endings)))
    log = torch.tensor(_log_probabilities(reader or model.reader, read, endings), dtype=torch.float64)
    shares = torch.softmax(log, dim=0).tolist()
    ranked = sorted(zip(answers, shares, strict=True), key=lambda one: -one[1])
    return tuple(Candidate(text, share) for text, share in ranked)


def _reader(model: CausalLM, without: tuple[tuple[int, int], ...]) -> Reader:
    """Return what reads for the model, without these heads. Raises UnsupportedModel."""
    if not without:
        return model.reader
    if not supports(model.model):
        raise UnsupportedModel(name=model.card.name, kind=type(model.model).__name__)
    return Decoder(model.model, without)


def _ids(model: CausalLM, text: str) -> list[int]:
    """Return the ids of a part of a text: no token for its beginning or end. Raises UnknownLetters."""
    ids: list[int] = model.tokenizer(text, add_special_tokens=False)["input_ids"]
    unknown = model.tokenizer.unk_token_id
    if unknown is not None and unknown in ids:
        letters = (letter for letter in dict.fromkeys(text) if unknown in model.tokenizer.encode(letter))
        raise UnknownLetters(letters="".join(letters)[:SHOWN_LETTERS])
    return ids


def _read(model: CausalLM, asked: Prompt, room: int) -> list[int]:
    """Return the ids of the prompt. Raises UnknownLetters, and PromptTooLong if they leave no room for an answer."""
    _ids(model, asked.text)
    ids: list[int] = model.tokenizer(asked.text)["input_ids"]
    if ids and ids[-1] == model.tokenizer.eos_token_id and asked.text:
        ids = ids[:-1]
    limit = model.card.context or UNKNOWN_CONTEXT
    if len(ids) + room > limit:
        raise PromptTooLong(length=len(ids) + room, limit=limit, shots=len(asked.examples))
    return ids


def _greedy(model: CausalLM, reader: Reader, ids: Sequence[int], most: int) -> Iterator[int]:
    """Yield the likeliest next token, again and again, until the end token."""
    read, cache = torch.tensor([ids]), reader.cache(1, len(ids) + most)
    for _ in range(most):
        with runtime.slot(), recording(keep=False):
            best = int(reader.read(read, cache)[0, -1].argmax())
        if best == model.tokenizer.eos_token_id:
            return
        yield best
        read = torch.tensor([[best]])


def _log_probabilities(reader: Reader, read: Sequence[int], endings: Sequence[Sequence[int]]) -> list[float]:
    """Return the log-probability (nats) of each ending after what was read."""
    longest = max(map(len, endings))
    rows = torch.tensor([[*read, *ending, *[0] * (longest - len(ending))] for ending in endings])
    with runtime.slot(), recording(keep=False):
        logits = reader.read(rows, reader.cache(*rows.shape), longest + 1)[:, :-1]
    log = torch.log_softmax(logits, dim=-1)
    return [
        float(sum(log[row, place, identifier] for place, identifier in enumerate(ending)))
        for row, ending in enumerate(endings)
    ]
