"""Between the web server and the API: bodies read with a limit, JSON and events sent, callers who go away noticed."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Coroutine, Mapping
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from core.serving.answers import encoded
from core.serving.errors import BodyTooLarge, Fault, NotJson, WrongMediaType

T = TypeVar("T")
STALLED = 60.0  # s without anything taken, after which a reader is given up
JSON_TYPE, EVENTS_TYPE = "application/json", "text/event-stream; charset=utf-8"


async def body(request: Request, most: int) -> object:
    """Return the JSON in the body. Raises WrongMediaType, BodyTooLarge as soon as there is too much, and NotJson.

    Only JSON that says so is read: a web page of another origin may send plain text anywhere without being asked.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON_TYPE:
        raise WrongMediaType()
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > most:
            raise BodyTooLarge(limit=most)
    return decoded(bytes(read))


def decoded(content: bytes) -> object:
    """Return a JSON object. Raises NotJson, also for numbers that are none (NaN) and for what is nested too deep."""
    try:
        found: object = json.loads(content.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotJson() from error
    if not isinstance(found, dict):
        raise NotJson()
    return found


def _no_number(name: str) -> None:
    raise ValueError(name)


def request_id() -> dict[str, str]:
    """Return the header by which the client knows a call."""
    return {"x-request-id": f"req_{secrets.token_hex(12)}"}


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encoded(content), status, {**request_id(), **(headers or {})}, media_type=JSON_TYPE)


def refusal(fault: Fault, lang: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response that tells a caller what is wrong."""
    more = dict(headers or {})
    if fault.wait is not None:
        more["retry-after"] = str(max(1, -int(-fault.wait // 1)))
    if fault.status == 401:
        more["www-authenticate"] = "Bearer"
    return json_response(fault.body(lang), fault.status, more)


def language(request: Request) -> str:
    """Return "ja" for a caller whose first choice is Japanese, else "en"."""
    return "ja" if request.headers.get("accept-language", "").strip().lower().startswith("ja") else "en"


class Events(Response):
    """A stream of events, the first of which is there. It ends, and so does what makes the events, when the caller goes
    away or takes nothing."""

    def __init__(self, first: bytes, more: AsyncGenerator[bytes, None], headers: Mapping[str, str]) -> None:
        super().__init__(headers={**request_id(), "cache-control": "no-cache", **headers}, media_type=EVENTS_TYPE)
        del self.headers["content-length"]
        self._first, self._more = first, more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await unless_gone(self._send(send), receive)
        except asyncio.TimeoutError:
            pass  # nobody reads
        finally:
            await self._more.aclose()

    async def _send(self, send: Send) -> None:
        async def put(message: Message) -> None:
            await asyncio.wait_for(send(message), STALLED)

        await put({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await put({"type": "http.response.body", "body": self._first, "more_body": True})
        async for event in self._more:
            await put({"type": "http.response.body", "body": event, "more_body": True})
        await put({"type": "http.response.body", "body": b"", "more_body": False})


async def unless_gone(work: Coroutine[Any, Any, T], receive: Receive) -> T | None:
    """Return what the work returns; stop it and return None when the caller has gone away."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
