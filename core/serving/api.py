"""The endpoint itself: what each address answers. One `Api` for each mount, with its own keys and limits."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from core import runtime
from core.errors import Busy
from core.serving import generating
from core.serving.answers import DONE, Head, event, fingerprint, model_object
from core.serving.errors import Fault, ServerFailed, fault
from core.serving.generating import Progress
from core.serving.limits import Window, check_key, given
from core.serving.models import Models
from core.serving.requests import ChatRequest, parse
from core.serving.transport import Events, body, json_response, language, refusal, unless_gone

Keys = Callable[[], Iterable[str]]
Endpoint = Callable[[Request], Awaitable[Response]]
GONE = Response(status_code=499)  # for a caller who does not read it
log = logging.getLogger("core.serving")


class Desk:
    """Where calls wait for their next token: at most `most` of them, in the order in which they came, each step in one of
    so many threads as there are inference slots."""

    def __init__(self, most: int) -> None:
        self._most, self._inside = most, 0
        self._threads = ThreadPoolExecutor(runtime.SLOTS, thread_name_prefix="serving")

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for one call (only from the event loop). Raises Busy if there is none."""
        if self._inside >= self._most:
            raise Busy(waiting=self._inside)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def steps(self, start: Callable[[], Iterator[Progress]]) -> AsyncIterator[Progress]:
        """Yield the steps of an iterator that is made, and asked for each next step, in a thread."""
        loop = asyncio.get_running_loop()
        steps = await loop.run_in_executor(self._threads, start)
        while (step := await loop.run_in_executor(self._threads, next, steps, None)) is not None:
            yield step

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Api:
    """`keys`: those that are accepted now; None: no key is asked for. `window`: how often a caller may ask for an answer."""

    def __init__(self, models: Models, desk: Desk, keys: Keys | None, window: Window, most_bytes: int) -> None:
        self._models, self._desk, self._keys, self._window, self._most_bytes = models, desk, keys, window, most_bytes
        self._created = int(time.time())

    def routes(self, prefix: str) -> list[Route]:
        """Return what is served below an address such as /v1."""
        return [
            Route(f"{prefix}/models", self._answering(self.list_models), methods=["GET"]),
            Route(f"{prefix}/models/{{name:path}}", self._answering(self.model), methods=["GET"]),
            Route(f"{prefix}/chat/completions", self._answering(self.chat), methods=["POST"]),
        ]

    async def list_models(self, request: Request) -> Response:
        """GET /models. `created` is when this server began to offer them."""
        data = [model_object(name, self._created) for name in self._models.names]
        return json_response({"object": "list", "data": data})

    async def model(self, request: Request) -> Response:
        """GET /models/ID."""
        name = request.path_params["name"]
        self._models.check(name)
        return json_response(model_object(name, self._created))

    async def chat(self, request: Request) -> Response:
        """POST /chat/completions. Only these calls count towards the limit."""
        allowance, refused = self._window.take(self._caller(request))
        request.state.headers = allowance.headers
        if refused:
            raise refused
        asked = parse(await body(request, self._most_bytes))
        answer = self._stream if asked.stream else self._whole
        return await unless_gone(answer(asked, request), request.receive) or GONE

    async def _whole(self, asked: ChatRequest, request: Request) -> Response:
        head, steps = await self._begin(asked)
        with self._desk.place():
            return json_response(head.completion([step async for step in steps]), headers=request.state.headers)

    async def _stream(self, asked: ChatRequest, request: Request) -> Response:
        """Return the response when there is a first token: what is wrong until then is told by the status."""
        head, steps = await self._begin(asked)
        events = self._events(head, steps, language(request))
        return Events(await anext(events), events, request.state.headers)

    async def _begin(self, asked: ChatRequest) -> tuple[Head, AsyncIterator[Progress]]:
        model = await self._models.get(asked.model)
        steps = self._desk.steps(lambda: generating.progress(model, asked))
        return Head(asked, fingerprint(model.card)), steps

    async def _events(self, head: Head, steps: AsyncIterator[Progress], lang: str) -> AsyncGenerator[bytes, None]:
        """Yield the events of a stream. An error before the first token is raised, a later one is the last event."""
        usage, begun = generating.Usage(), False
        with self._desk.place():
            try:
                async for step in steps:
                    opening = [] if begun else head.opening()
                    begun, usage = True, step.usage
                    yield b"".join(map(event, [*opening, *head.chunks(step.piece)]))
            except Exception as error:
                if not begun:
                    raise
                yield event(told(error).body(lang))
                return
        if head.request.include_usage:
            yield event(head.usage_chunk(usage))
        yield DONE

    def _answering(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint behind the check of the key, with every error as the API tells it."""

        async def answer(request: Request) -> Response:
            request.state.headers = {}
            try:
                if self._keys is not None:
                    check_key(_key(request), self._keys())
                return await endpoint(request)
            except ClientDisconnect:
                return GONE
            except Exception as error:
                return refusal(told(error), language(request), request.state.headers)

        return answer

    def _caller(self, request: Request) -> str:
        """Return whose calls are counted: a key, or an address where no key is asked."""
        if self._keys is not None:
            return _key(request).hex()
        return request.client.host if request.client else ""


def told(error: Exception) -> Fault:
    """Return what the caller is told of an error; what nobody foresaw goes to the log with its traceback."""
    found = fault(error)
    if isinstance(found, ServerFailed):
        log.error("a call failed", exc_info=error)
    return found


def _key(request: Request) -> bytes:
    return given(request.headers.get("authorization"))
