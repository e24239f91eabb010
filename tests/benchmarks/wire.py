"""A learner without a browser: Streamlit's own protocol over a websocket, so that forty of them fit beside the server.

What a browser does is done here too: a widget's value is sent with its fragment, a fragment that wants to run again
every few seconds is asked for, and what comes back is read. Nothing is drawn: times end when the last message of a run
has arrived. For the Streamlit of requirements.txt; the protocol is not a public one.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from lessons.classroom.following import KEY as GO

PATIENCE: Final = 60.0  # s, an upper bound against hanging
LONGEST_REPEAT: Final = 10.0  # s after which a part of the page asks again, answered or not
GO_AGAIN: Final = 5.0  # s after which a link is followed again that has led nowhere (AGAIN of following.js)
EVENTS: Final = "$$STREAMLIT_INTERNAL_KEY_{}__events"  # the id under which a component's events arrive


@dataclass
class Element:
    """One element of the page: its protobuf, and the fragment that draws it."""

    kind: str
    proto: Any
    fragment: str

    @property
    def key(self) -> str:
        """The key that the script gave it: the end of its id."""
        return str(getattr(self.proto, "id", "")).partition("-")[2].partition("-")[2]


@dataclass(frozen=True)
class Run:
    """One answered request: seconds until the last message, and the bytes that came for it."""

    seconds: float
    bytes: int


class Learner:
    """One open page of the app at `address` (http://…)."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.elements: dict[tuple[int, ...], Element] = {}
        self.failures: list[str] = []  # the errors that the page has shown
        self.kept: list[str] = []  # kinds of elements that a browser keeps, to be told by a reference next time
        self.page, self.query = "", ""
        self.script = ""  # the hash of the page's script, "" until the server has said it
        self._gone, self._gone_at, self._going = "", 0.0, set[asyncio.Task[Run]]()
        self.repeated: list[float] = []  # seconds of the runs that a part of the page asked for by itself
        self.cut_off = False  # the connection has ended
        self._running: tuple[str, ...] = ()  # the fragments of the run that is under way; "": the whole page
        self._drawn_now: set[tuple[int, ...]] = set()
        self._values: dict[str, WidgetState] = {}
        self._repeats: dict[str, asyncio.Task[None]] = {}
        self._received = 0
        self._changed = asyncio.Condition()
        self._finished: dict[str, int] = {}  # runs by fragment ("": of the whole page)
        self._socket: Any = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self, page: str, **query: str) -> Run:
        """Connect, and open a page; return when it is drawn."""
        self.page, self.query = page, urlencode(query)
        await self.connect()
        return await self.run()

    async def connect(self) -> None:
        """Open the websocket, as a browser does after the page's files."""
        url = self.address.replace("http", "ws", 1) + "/_stcore/stream"
        protocols = [websockets.Subprotocol("streamlit")]
        self._socket = await websockets.connect(url, subprotocols=protocols, max_size=None, ping_interval=None)
        self._reading = asyncio.create_task(self._read())

    async def close(self) -> None:
        """Close the page."""
        for task in (*self._repeats.values(), *self._going, self._reading):
            if task is not None:
                task.cancel()
        self._repeats.clear()
        if self._socket is not None:
            await self._socket.close()

    @property
    def waits(self) -> bool:
        """Say whether a part of the page asks again and again: for a model that is loading, for news of the class."""
        return bool(self._repeats)

    def find(self, fits: Callable[[Element], bool]) -> Element | None:
        """Return the first element that fits."""
        return next((one for one in self.elements.values() if fits(one)), None)

    def __contains__(self, key: str) -> bool:
        return self.widget(key) is not None

    def widget(self, key: str) -> Element | None:
        """Return the widget with a key of the script, where it is drawn."""
        return self.find(lambda one: one.key == key)

    async def until(self, fits: Callable[["Learner"], bool], seconds: float = PATIENCE) -> float:
        """Wait until the page is as told; return the seconds. Raises TimeoutError."""
        began = time.perf_counter()
        await self._wait(lambda: fits(self), seconds)
        return time.perf_counter() - began

    async def _wait(self, holds: Callable[[], bool], seconds: float) -> None:
        async def changed() -> None:
            async with self._changed:
                await self._changed.wait_for(holds)

        waiting, reading = asyncio.create_task(changed()), self._reading
        assert reading is not None
        try:
            done, _ = await asyncio.wait({waiting, reading}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if waiting not in done:
            if reading in done:
                reading.result()  # raises what a message could not be read for
            raise TimeoutError

    async def set(self, key: str, **value: Any) -> Run:
        """Give a widget a value (the field of WidgetState that its kind uses), and return when its run is over.

        Raises LookupError if there is no such widget on the page.
        """
        element = self.widget(key)
        if element is None:
            raise LookupError(f"no widget {key} on {self.page}")
        state = WidgetState(id=element.proto.id, **value)
        if not {"trigger_value", "json_trigger_value"} & value.keys():
            self._values[state.id] = state
        return await self.run(element.fragment, state)

    async def press(self, key: str) -> Run:
        """Press a button."""
        return await self.set(key, trigger_value=True)

    def fill(self, key: str, **value: Any) -> None:
        """Give a widget of a form a value, which goes with the form's button. Raises LookupError as `set` does."""
        element = self.widget(key)
        if element is None:
            raise LookupError(f"no widget {key} on {self.page}")
        self._values[element.proto.id] = WidgetState(id=element.proto.id, **value)

    def data(self, key: str) -> dict[str, Any] | None:
        """Return what a component of the page was given, None if there is no such one."""
        element = self.widget(key)
        return json.loads(element.proto.json) if element is not None else None

    async def send(self, key: str, event: str, value: object) -> Run:
        """Let a component of the page send an event. Raises LookupError as `set` does."""
        element = self.widget(key)
        if element is None:
            raise LookupError(f"no component {key} on {self.page}")
        payload = json.dumps([{"event": event, "value": value}])
        return await self.run(
            element.fragment, WidgetState(id=EVENTS.format(element.proto.id), json_trigger_value=payload)
        )

    async def run(
        self, fragment: str = "", *states: WidgetState, repeated: bool = False, patience: float = PATIENCE
    ) -> Run:
        """Ask for a run of the page or one fragment; return when it is over. Raises TimeoutError."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash, asked.fragment_id = self.query, self.script, fragment
        asked.page_name = "" if self.script else self.page
        asked.is_auto_rerun = repeated
        asked.context_info.url = f"{self.address}/{self.page}"
        values = self._values | {state.id: state for state in states}
        asked.widget_states.widgets.extend(values.values())
        began, before, runs = time.perf_counter(), self._received, dict(self._finished)

        def over() -> bool:
            whole = self._finished.get("", 0) > runs.get("", 0)
            return whole or self._finished.get(fragment, 0) > runs.get(fragment, 0)

        await self._socket.send(message.SerializeToString())
        await self._wait(over, patience)
        return Run(time.perf_counter() - began, self._received - before)

    async def _read(self) -> None:
        with suppress(websockets.ConnectionClosed):
            async for data in self._socket:
                self._received += len(data)
                message = ForwardMsg()
                message.ParseFromString(data)
                self._take(message)
                async with self._changed:
                    self._changed.notify_all()
        self.cut_off = True

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._begun(message)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._drawn(tuple(message.metadata.delta_path), message)
        elif kind == "navigation":
            self.script = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self._over()

    def _begun(self, message: ForwardMsg) -> None:
        """Begin a run. If it is one of a fragment, the run before was whole, even if it was told to be cut short."""
        older = getattr(message.new_session, "fragment_ids_this_run", None)  # before Streamlit 1.67
        fragments = tuple(message.metadata.run.fragment_ids if older is None else older)
        if fragments:
            self._over()
        else:
            self.elements.clear()
            self._forget_repeats()
        self._running = fragments or ("",)
        self.script = message.new_session.page_script_hash
        self._drawn_now.clear()

    def _over(self) -> None:
        """Count the run that is under way as finished, and forget what it has not drawn again."""
        for fragment in self._running:
            self._finished[fragment] = self._finished.get(fragment, 0) + 1
        for path in [path for path, one in self.elements.items() if one.fragment and one.fragment in self._running]:
            if path not in self._drawn_now:
                del self.elements[path]
        self._running = ()

    def _drawn(self, path: tuple[int, ...], message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind is not None:
            self._drawn_now.add(path)
            self.elements[path] = Element(kind, getattr(element, kind), message.delta.fragment_id)
            if message.metadata.cacheable:
                self.kept.append(kind)
            if kind == "exception":
                shown = element.exception
                self.failures.append(": ".join((shown.type, shown.message, *shown.stack_trace[-2:])))
            if kind == "bidi_component" and self.elements[path].key == GO:
                self._brought(path, json.loads(element.bidi_component.json)["number"])

    def _brought(self, path: tuple[int, ...], number: str) -> None:
        """Follow the link beside the component that brings a class somewhere; the same once in a while, as the browser."""
        link = self.elements.get((*path[:-1], path[-1] - 1))
        now = time.perf_counter()
        if (number == self._gone and now - self._gone_at < GO_AGAIN) or link is None or link.kind != "page_link":
            return
        self._gone, self._gone_at = number, now
        self._forget_repeats()  # as Streamlit's front end does before it asks for a page
        self.query, self.script = link.proto.query_string, link.proto.page_script_hash
        task = asyncio.create_task(self.run())
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    def _repeat(self, fragment: str, interval: float) -> None:
        if fragment in self._repeats:
            self._repeats[fragment].cancel()

        async def again() -> None:
            while not self.cut_off:
                await asyncio.sleep(interval)
                # The server may let one go by when something else is asked for, and the learner may leave meanwhile.
                with suppress(TimeoutError, websockets.ConnectionClosed):
                    self.repeated.append((await self.run(fragment, repeated=True, patience=LONGEST_REPEAT)).seconds)

        self._repeats[fragment] = asyncio.create_task(again())

    def _forget_repeats(self) -> None:
        for task in self._repeats.values():
            task.cancel()
        self._repeats.clear()
