"""The objects of the API: a completion, the chunks of a stream, and models."""

import hashlib
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.catalogue import Card
from core.serving.generating import Progress, Usage, shown
from core.serving.requests import ChatRequest
from core.serving.writing import Drawn, Likely, Piece

Json = dict[str, Any]
OWNER = "kotori"
LINE_BREAKS = {ord(one): f"\\u{ord(one):04x}" for one in "\u0085\u2028\u2029"}  # a client may cut lines there
DONE = b"data: [DONE]\n\n"


def encoded(content: object) -> bytes:
    """Return JSON in UTF-8, readable as it stands, and always one line; a lone surrogate is written as an escape."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(LINE_BREAKS)
    return text.encode("utf-8", "backslashreplace")


def event(content: object) -> bytes:
    """Return one server-sent event."""
    return b"data: " + encoded(content) + b"\n\n"


def fingerprint(card: Card) -> str | None:
    """Return what names the weights, from the checksums on the card; None if it has none. With the same fingerprint the
    same seed gives the same answer."""
    sums = "".join(f"{name} {file.sha256}\n" for name, file in sorted(card.files.items()))
    return f"fp_{hashlib.sha256(sums.encode()).hexdigest()[:12]}" if sums else None


def model_object(name: str, created: int) -> Json:
    return {"id": name, "object": "model", "created": created, "owned_by": OWNER}


@dataclass(frozen=True)
class Head:
    """What all chunks of an answer have in common."""

    request: ChatRequest
    fingerprint: str | None
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def _object(self, kind: str, choices: list[Json]) -> Json:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.request.model,
            "system_fingerprint": self.fingerprint,
            "choices": choices,
        }

    def completion(self, steps: Iterable[Progress]) -> Json:
        """Return the whole answer after all its steps."""
        pieces: dict[int, list[Piece]] = {index: [] for index in range(self.request.n)}
        usage = Usage()
        for step in steps:
            pieces[step.piece.index].append(step.piece)
            usage = step.usage
        choices = [self._choice(index, found) for index, found in pieces.items()]
        return {**self._object("chat.completion", choices), "usage": usage_object(usage)}

    def _choice(self, index: int, pieces: list[Piece]) -> Json:
        content = "".join(piece.text for piece in pieces)
        return {
            "index": index,
            "message": {"role": "assistant", "content": content, "refusal": None},
            "logprobs": self._logprobs([drawn for piece in pieces for drawn in piece.drawn]),
            "finish_reason": pieces[-1].finish,
        }

    def opening(self) -> list[Json]:
        """Return the first chunk of each answer: who speaks."""
        delta = {"role": "assistant", "content": "", "refusal": None}
        return [self._chunk(index, delta) for index in range(self.request.n)]

    def chunks(self, piece: Piece) -> list[Json]:
        """Return the chunks of a step: none where there is nothing to show yet."""
        found = []
        if piece.text:
            found.append(self._chunk(piece.index, {"content": piece.text}, self._logprobs(piece.drawn)))
        if piece.finish:
            found.append(self._chunk(piece.index, {}, finish=piece.finish))
        return found

    def usage_chunk(self, usage: Usage) -> Json:
        """Return the last chunk of a stream that was asked for the counts."""
        return {**self._object("chat.completion.chunk", []), "usage": usage_object(usage)}

    def _chunk(self, index: int, delta: Json, logprobs: Json | None = None, finish: str | None = None) -> Json:
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        usage: Mapping[str, None] = {"usage": None} if self.request.include_usage else {}
        return {**self._object("chat.completion.chunk", [choice]), **usage}

    def _logprobs(self, drawn: Iterable[Drawn]) -> Json | None:
        if not self.request.logprobs:
            return None
        return {"content": [_logprob(one) for one in drawn], "refusal": None}


def usage_object(usage: Usage) -> Json:
    total = usage.prompt + usage.completion
    return {"prompt_tokens": usage.prompt, "completion_tokens": usage.completion, "total_tokens": total}


def _logprob(drawn: Drawn) -> Json:
    own = _likely(Likely(shown(drawn.bytes), drawn.log, drawn.bytes))
    return {**own, "top_logprobs": [_likely(one) for one in drawn.likeliest]}


def _likely(one: Likely) -> Json:
    return {"token": one.token, "logprob": one.log, "bytes": None if one.bytes is None else list(one.bytes)}
