"""Models for the pages: loaded in the background, once a process, so that the first picture never waits for torch.

The embedded models stay; of the others, which a reader asks for by name, the last GUESTS.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from core import catalogue

GUESTS = 2
GRACE = 1.0  # s: the first picture is drawn before the import of torch takes the interpreter


@dataclass
class _Loading:
    """One model on its way: `model` or `error` is set before `done`. `fetched`: bytes so far, and in all."""

    model: Any = None
    error: Exception | None = None
    fetched: tuple[int, int] = (0, 0)
    done: threading.Event = field(default_factory=threading.Event)


_lock = threading.Lock()
_loadings: dict[str, _Loading] = {}


def model(name: str) -> Any | None:
    """Return the loaded model, or None while it is loading (the first call starts it).

    Raises what loading raised, until the model is forgotten: a page asks again many times a minute.
    """
    with _lock:
        loading = _loadings.get(name)
        if loading is None:
            loading = _loadings[name] = _Loading()
            threading.Thread(target=_load, args=(name, loading), daemon=True, name=f"load-{name}").start()
    if not loading.done.is_set():
        return None
    if loading.error is not None:
        raise loading.error
    return loading.model


def present(name: str) -> Any | None:
    """Return the model if it has been loaded already; never loads one."""
    with _lock:
        loading = _loadings.get(name)
    return loading.model if loading is not None and loading.done.is_set() else None


def failed(name: str) -> bool:
    """Say whether loading has ended with an error, which `model` will raise."""
    with _lock:
        loading = _loadings.get(name)
    return loading is not None and loading.done.is_set() and loading.error is not None


def fetching(name: str) -> tuple[int, int] | None:
    """Return the bytes fetched so far and in all (0, 0: none yet) while the model is on its way, else None."""
    with _lock:
        loading = _loadings.get(name)
    return None if loading is None or loading.done.is_set() else loading.fetched


def wait(name: str, seconds: float = 120) -> Any:
    """Return the loaded model, waiting for it. Raises what loading raised; TimeoutError after `seconds`."""
    model(name)
    if not _loadings[name].done.wait(seconds):
        raise TimeoutError(name)
    return model(name)


def forget(name: str) -> None:
    """Let the next call of `model` load again (after an error)."""
    with _lock:
        _loadings.pop(name, None)


def _load(name: str, loading: _Loading) -> None:
    try:
        time.sleep(GRACE)
        import core
        from core import runtime

        def progress(done: int, total: int, file: str) -> None:
            loading.fetched = done, total

        loading.model = core.load(name, local=False, progress=progress)
        runtime.one_thread_a_call()
        runtime.settle()
    except Exception as error:
        loading.error = error
    finally:
        _finish(loading)


def _finish(loading: _Loading) -> None:
    """Tell those who wait, and let the oldest guests go."""
    with _lock:
        loading.done.set()
        guests = [name for name, one in _loadings.items() if not catalogue.is_embedded(name) and one.done.is_set()]
        for name in guests[: max(0, len(guests) - GUESTS)]:
            del _loadings[name]
