"""Calls that failed: the official client's exceptions, as what the page can show."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from lessons.api.public import NotPublic

LONGEST_MESSAGE = 600  # characters of a server's error message that are shown
Kind = Literal["key", "rate", "quota", "timeout", "network", "inside", "model", "long", "request", "server"]


class Refused(Exception):
    """A call that failed. `name`: the client's exception; `status`: 0 if no answer came; `body`: the error object."""

    def __init__(self, kind: Kind, name: str, status: int, text: str, body: Mapping[str, Any], wait: str = "") -> None:
        super().__init__(text)
        self.kind, self.name, self.status, self.text, self.body, self.wait = kind, name, status, text, dict(body), wait


def refusal(error: Exception, key: str = "") -> Refused:
    """Return one of the client's exceptions as what the page can show; `key` is taken out of it."""
    import openai

    if isinstance(error, Refused):
        return error
    name = type(error).__name__
    if isinstance(error, openai.APITimeoutError):
        return Refused("timeout", name, 0, str(error), {})
    if isinstance(error, openai.APIConnectionError):
        inside = error.__cause__ is not None and isinstance(error.__cause__.__cause__, NotPublic)
        return Refused("inside" if inside else "network", name, 0, "" if inside else str(error), {})
    if not isinstance(error, openai.APIStatusError):
        return Refused("server", name, 0, "", {})
    body = _without(error.body if isinstance(error.body, dict) else {}, key)
    text = str(body.get("message") or "")[:LONGEST_MESSAGE]
    kinds: tuple[tuple[type[Exception], Kind], ...] = (
        (openai.AuthenticationError, "key"),
        (openai.PermissionDeniedError, "key"),
        (openai.RateLimitError, "quota" if error.code == "insufficient_quota" else "rate"),
        (openai.NotFoundError, "model"),
        (openai.BadRequestError, "long" if error.code == "context_length_exceeded" else "request"),
    )
    kind: Kind = next((kind for cls, kind in kinds if isinstance(error, cls)), "server")
    wait = re.sub(r"[^\d.]", "", error.response.headers.get("retry-after", ""))[:8]
    return Refused(kind, name, error.status_code, text, body, wait)


def _without(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return an error object's own four fields, without a key that it repeats."""
    kept = {name: body.get(name) for name in ("message", "type", "param", "code")}
    hide = key if len(key) > len("none") else ""
    return {name: None if value is None else _told(str(value), hide) for name, value in kept.items()}


def _told(text: str, hide: str) -> str:
    return (text.replace(hide, "…") if hide else text)[:LONGEST_MESSAGE]
