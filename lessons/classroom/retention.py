"""Rooms whose time is over go by themselves, also while nobody looks at any."""

import threading
import time

from core.classroom.whereabouts import is_used
from core.errors import CoreError
from lessons.classroom.office import office

FIRST = 60.0  # s after the first page: what a learner waits for comes before
EVERY = 600.0  # s

_begun = threading.Event()


def begin() -> None:
    """Begin to look for them, once a process; returns at once."""
    if not _begun.is_set():
        _begun.set()
        threading.Thread(target=_keep, daemon=True, name="retention").start()


def _keep() -> None:
    time.sleep(FIRST)
    while True:
        sweep()
        time.sleep(EVERY)


def sweep() -> int:
    """Delete the rooms whose time is over; return how many there were. Imports no database where none is used."""
    if not is_used():
        return 0
    try:
        return office().purge()
    except CoreError:
        return 0  # whoever opens a room is told
