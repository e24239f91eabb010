"""Sharing a small computer: how many model calls run at once, how long the queue is, and when Python tidies up.

Every session of the app is a thread. Without a bound, forty of them would fight for two cores and all be slow.
"""

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import Busy

SLOTS = max(1, os.cpu_count() or 1)
MAX_WAITING = 200
WAIT_SECONDS = 20.0
COLLECT_SECONDS = 10.0

_slots = threading.BoundedSemaphore(SLOTS)
_lock = threading.Lock()
_waiting = 0
_collected = 0.0  # when garbage was collected last (time.monotonic)


def waiting() -> int:
    """Return how many calls wait for a slot right now."""
    return _waiting


@contextmanager
def slot() -> Iterator[None]:
    """Hold one of the inference slots inside the block. Raises Busy if none comes free in time."""
    global _waiting
    with _lock:
        if _waiting >= MAX_WAITING:
            raise Busy(waiting=_waiting)
        _waiting += 1
    try:
        free = _slots.acquire(timeout=WAIT_SECONDS)
    finally:
        with _lock:
            _waiting -= 1
    if not free:
        raise Busy(waiting=_waiting)
    try:
        yield
    finally:
        _slots.release()


def one_thread_a_call() -> None:
    """Let each call use one core (SLOTS calls run side by side): for small models faster than sharing every one."""
    import torch

    torch.set_num_threads(1)


def end_with_reader() -> None:
    """End a command without a word when nobody reads its output any more (`| head`)."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def settle() -> None:
    """Move what is loaded by now out of the garbage collector's sight: with torch and transformers loaded a full
    collection takes about 0.2 s. Called after every model load."""
    gc.collect()
    gc.freeze()


def collect() -> None:
    """Collect what a closed session has left in cycles, at most every COLLECT_SECONDS.

    In the place of Streamlit's own full collection after every script run (switched off in .streamlit/config.toml):
    in a class of forty, whose pages ask for news every two seconds, nothing else would get done.
    """
    global _collected
    with _lock:
        due = time.monotonic() - _collected >= COLLECT_SECONDS
        if due:
            _collected = time.monotonic()
    if due:
        gc.collect()
