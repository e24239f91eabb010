"""One query for everybody who looks at the same room at the same time."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from core.classroom.records import View
from core.errors import CoreError

FRESH_SECONDS = 0.5
MOST_ROOMS = 1000  # that are remembered


class _Seen:
    """What was seen of a room last. `turn`: how many queries were begun."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.turn = 0
        self.at = 0.0
        self.found: View | CoreError | None = None


class Watch:
    """Shares what a query found, or its error, with all who waited for it; and what it found for half a second more."""

    def __init__(self, query: Callable[[str], View], clock: Callable[[], float]) -> None:
        self._query, self._clock, self._lock = query, clock, threading.Lock()
        self._rooms: OrderedDict[str, _Seen] = OrderedDict()

    def look(self, code: str) -> View:
        """Return what the query says of a room; its CoreError is raised to everybody who waited for it."""
        seen = self._seen(code)
        turn = seen.turn
        with seen.lock:
            fresh = 0 <= self._clock() - seen.at < FRESH_SECONDS and isinstance(seen.found, View)
            if not fresh and seen.turn == turn:  # else somebody asked while this one waited
                seen.turn += 1
                try:
                    seen.found = self._query(code)
                except CoreError as error:
                    seen.found = error
                seen.at = self._clock()
            found = seen.found
        if isinstance(found, View):
            return found
        assert found is not None
        raise type(found)(**found.facts) from found

    def forget(self, code: str) -> None:
        """Make the next look ask again."""
        with self._lock:
            self._rooms.pop(code, None)

    def _seen(self, code: str) -> _Seen:
        with self._lock:
            seen = self._rooms.setdefault(code, _Seen())
            self._rooms.move_to_end(code)
            while len(self._rooms) > MOST_ROOMS:
                self._rooms.popitem(last=False)
            return seen
