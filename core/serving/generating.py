"""Answers, token by token. Every step of the iterator draws one token of one answer and takes an inference slot for just
that long, so callers share the machine token by token and nobody holds a slot while a network is slow.

Penalties, as the API defines them, are taken off the logits of tokens that this answer holds already: `frequency` times
how often, and `presence` once. Then temperature, top-p and the draw (`core.sampling`). What is reported as logprobs is
the model's own distribution, before penalties and temperature: the API does not say which it gives, and so they mean the
same for every setting. A token that stands for no text and does not end an answer is never drawn.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core import runtime
from core.chat import NAMES
from core.sampling import Floats, Sampling, draw, filtered
from core.serving import prompts
from core.serving.requests import ChatRequest
from core.serving.vocabulary import Vocabulary, vocabulary
from core.serving.writing import Drawn, Likely, Paper, Piece

if TYPE_CHECKING:
    from core.causal import CausalLM

TURNS = tuple("\n" + name for name in NAMES.values())  # a new turn, which is not the answer's
COLDEST = 1e-4  # a temperature below is greedy: the logits divided by it would be too large
UNKNOWN_CONTEXT = 2048  # tokens, of a model that does not say


@dataclass(frozen=True)
class Usage:
    """How many tokens were read and drawn. The end token is not counted, those of a stop string are."""

    prompt: int = 0
    completion: int = 0


@dataclass(frozen=True)
class Progress:
    """One step: what is new, and the counts up to here."""

    piece: Piece
    usage: Usage


def progress(model: "CausalLM", request: ChatRequest) -> Iterator[Progress]:
    """Return one step a token, the answers in turn. Raises ContextExceeded at once; Busy on the way.

    Answer number i of a seed is the same whatever `n` is.
    """
    return _progress(model, request, prompts.ids(model, request.messages))


def _progress(model: "CausalLM", request: ChatRequest, ids: tuple[int, ...]) -> Iterator[Progress]:
    answers = {index: _answer(model, request, ids, index) for index in range(request.n)}
    completion = 0
    while answers:
        for index in list(answers):
            piece, counted = next(answers[index])
            completion += counted
            yield Progress(replace(piece, index=index), Usage(len(ids), completion))
            if piece.finish:
                del answers[index]


def _answer(model: "CausalLM", request: ChatRequest, ids: tuple[int, ...], index: int) -> Iterator[tuple[Piece, int]]:
    """Yield what each token adds to one answer, and how many tokens it counts; the last piece has `finish`."""
    import torch

    from core.attention import recording

    known, paper = vocabulary(model), Paper((*request.stop, *TURNS))
    rng = _rng(request.seed, index)
    room = (model.card.context or UNKNOWN_CONTEXT + len(ids)) - len(ids)
    count = min(room, request.max_tokens or room)
    cache = model.reader.cache(1, len(ids) + count)
    read, written = torch.tensor([ids]), Counter[int]()
    for number in range(count):
        with runtime.slot(), recording(keep=False):
            logits = model.reader.read(read, cache)[0, -1].numpy()
        chosen = draw(filtered(_adjusted(logits, written, known, request), _sampling(request)), rng)
        if chosen in known.ends:
            yield paper.close("stop"), 0
            return
        written[chosen] += 1
        piece = paper.write(_drawn(logits, chosen, known, request))
        if number == count - 1 and not piece.finish:
            last = paper.close("length")
            piece = Piece(text=piece.text + last.text, drawn=piece.drawn + last.drawn, finish=last.finish)
        yield piece, 1
        if piece.finish:
            return
        read = torch.tensor([[chosen]])


def _rng(seed: int | None, index: int) -> np.random.Generator:
    return np.random.default_rng(None if seed is None else (seed % 2**64, index))


def _sampling(request: ChatRequest) -> Sampling:
    temperature = request.temperature if request.temperature >= COLDEST else 0.0
    return Sampling(temperature=temperature, top_p=request.top_p)


def _adjusted(logits: Floats, written: Counter[int], known: Vocabulary, request: ChatRequest) -> Floats:
    """Return the logits (vocabulary,) that are drawn from."""
    result = logits.copy()
    if written:
        places = np.fromiter(written, dtype=np.int64)
        counts = np.fromiter(written.values(), dtype=np.float32)
        result[places] -= request.frequency_penalty * counts + request.presence_penalty
    result[: len(known.barred)][known.barred] = -np.inf
    return result


def _drawn(logits: Floats, chosen: int, known: Vocabulary, request: ChatRequest) -> Drawn:
    if not request.logprobs:
        return Drawn(known.bytes(chosen), 0.0)
    log = _log_softmax(logits)
    order = np.argsort(-log, kind="stable")[: request.top_logprobs].tolist()
    likeliest = tuple(_likely(identifier, float(log[identifier]), known) for identifier in order)
    return Drawn(known.bytes(chosen), float(log[chosen]), likeliest)


def _likely(identifier: int, log: float, known: Vocabulary) -> Likely:
    if identifier in known.silent:
        return Likely(known.name(identifier), log, None)
    found = known.bytes(identifier)
    return Likely(shown(found), log, found)


def shown(token: bytes) -> str:
    r"""Return a token as text: bytes that are no whole character are written as \xe3."""
    return token.decode("utf-8", "backslashreplace")


def _log_softmax(logits: Floats) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64) - float(logits.max())
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return result
