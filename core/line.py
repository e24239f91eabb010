"""A line for trainings: so many at once, the others wait, and each can be told how many are before it."""

import threading
from collections.abc import Callable

from core.errors import Busy

POLL_SECONDS = 0.3  # in which somebody who waits notices that it is not wanted any more


class Line:
    """Who joined and has not left; the first `places` of them have their turn."""

    def __init__(self, places: int, most: int) -> None:
        """`most`: how many may wait."""
        self.places, self.most = places, most
        self._members: list[object] = []
        self._moved = threading.Condition()

    def __len__(self) -> int:
        return len(self._members)

    @property
    def members(self) -> tuple[object, ...]:
        """Everybody in the line, in order."""
        return tuple(self._members)

    @property
    def crowded(self) -> bool:
        """Say whether somebody waits."""
        return len(self._members) > self.places

    def join(self, one: object) -> None:
        """Take a place at the end. Raises Busy if too many wait."""
        with self._moved:
            waiting = len(self._members) - self.places
            if waiting >= self.most:
                raise Busy(waiting=waiting)
            self._members.append(one)

    def ahead(self, one: object) -> int:
        """Return how many must leave before it is this one's turn; 0 for who has it, or is not in the line."""
        with self._moved:
            place = next((number for number, other in enumerate(self._members) if other is one), 0)
            return max(0, place - self.places + 1)

    def wait(self, one: object, stopped: Callable[[], bool]) -> bool:
        """Wait for the turn; return False if it was stopped before."""
        while not stopped():
            with self._moved:
                if any(other is one for other in self._members[: self.places]):
                    return True
                self._moved.wait(POLL_SECONDS)
        return False

    def leave(self, one: object) -> None:
        """Give the place to the next."""
        with self._moved:
            self._members = [other for other in self._members if other is not one]
            self._moved.notify_all()
