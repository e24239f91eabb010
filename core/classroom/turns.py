"""Whose turn it is to write: the threads of a process in the order in which they came.

The lock of an SQLite file and SQLAlchemy's pool let whoever is there first go first; with forty threads somebody waited
for seconds.
"""

import threading
from collections import deque

from core.errors import DatabaseBusy


class Turns:
    """A context that one thread at a time is in. Raises DatabaseBusy for who waited too long."""

    def __init__(self, patience: float) -> None:
        """`patience`: seconds."""
        self._patience, self._lock = patience, threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            called = threading.Event()
            self._waiting.append(called)
        if not called.wait(self._patience):
            with self._lock:
                if called in self._waiting:  # else it was called just now
                    self._waiting.remove(called)
                    raise DatabaseBusy()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
