"""Slowing down who guesses codes, in the memory of this process and bounded."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import TooManyGuesses

FREE_GUESSES = 5  # of one address
LONGEST_WAIT = 60.0  # s
FORGOTTEN_AFTER = 600.0  # s without a wrong guess
MOST_ADDRESSES = 10_000  # that are remembered; the one whose last guess is oldest is forgotten
BUCKET = 100.0  # wrong guesses of all addresses together
BUCKET_PER_SECOND = 1.0
MOST_PAUSES = 10_000


@dataclass
class _Address:
    wrong: int
    at: float


class Guesses:
    """Wrong codes and keys. After five of one address it waits 1, 2, 4 … 60 s before each further one; when all
    addresses together were wrong too often, everybody who is not a member yet waits."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._addresses: OrderedDict[str, _Address] = OrderedDict()
        self._left, self._filled_at = BUCKET, clock()

    def check(self, who: str) -> None:
        """Raise TooManyGuesses if it is too early for another guess."""
        with self._lock:
            now = self._clock()
            wait = max(self._wait(who, now), self._bucket_wait(now))
        if wait > 0:
            raise TooManyGuesses(seconds=math.ceil(wait))

    def wrong(self, who: str) -> None:
        """Count a wrong guess."""
        with self._lock:
            now = self._clock()
            found = self._addresses.setdefault(who, _Address(0, now))
            found.wrong, found.at = (found.wrong if now - found.at < FORGOTTEN_AFTER else 0) + 1, now
            self._addresses.move_to_end(who)
            while len(self._addresses) > MOST_ADDRESSES:
                self._addresses.popitem(last=False)
            self._left -= 1

    def right(self, who: str) -> None:
        """Forget the wrong guesses of an address: a class behind one address makes some."""
        with self._lock:
            self._addresses.pop(who, None)

    def _wait(self, who: str, now: float) -> float:
        """Return the seconds that an address still has to wait."""
        found = self._addresses.get(who)
        if found is None or found.wrong < FREE_GUESSES:
            return 0.0
        wait = min(LONGEST_WAIT, 2.0 ** min(found.wrong - FREE_GUESSES, 10))
        return min(wait, found.at + wait - now)

    def _bucket_wait(self, now: float) -> float:
        """Return the seconds until the bucket of all addresses holds one guess."""
        self._left = min(BUCKET, self._left + max(0.0, now - self._filled_at) * BUCKET_PER_SECOND)
        self._filled_at = now
        return max(0.0, 1.0 - self._left) / BUCKET_PER_SECOND


class Heartbeats:
    """Who was there, told of all of them together and not too often: forty writes in a row hold up the votes."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._there: set[int] = set()
        self._pause, self._lock = Pauses(seconds, clock), threading.Lock()

    def beat(self, one: int) -> list[int]:
        """Note that somebody is there. Return who was since it was told last if it is time to tell it, else nobody."""
        with self._lock:
            self._there.add(one)
            if len(self._there) < MOST_PAUSES and not self._pause.due(0):
                return []
            told, self._there = sorted(self._there), set()
            return told

    def forget(self, one: int) -> None:
        """Tell nothing more of somebody."""
        with self._lock:
            self._there.discard(one)


class Pauses:
    """When each of many things was done last, so that it is done no oftener than it should be."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock, self._lock = seconds, clock, threading.Lock()
        self._last: OrderedDict[int, float] = OrderedDict()

    def due(self, one: int) -> bool:
        """Say whether it is time, and count it as done if it is."""
        with self._lock:
            now = self._clock()
            if 0 <= now - self._last.get(one, -math.inf) < self._seconds:
                return False
            self._last[one] = now
            self._last.move_to_end(one)
            while len(self._last) > MOST_PAUSES:
                self._last.popitem(last=False)
            return True

    def forget(self, one: int) -> None:
        """Let it be due again."""
        with self._lock:
            self._last.pop(one, None)
