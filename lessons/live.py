"""Models for the pages: loaded in the background, once a process, so that the first picture never waits for torch."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

GRACE = 1.0  # s: the first picture is drawn before the import of torch takes the interpreter


@dataclass
class _Loading:
    """One model on its way: `model` or `error` is set before `done`."""

    model: Any = None
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)


_lock = threading.Lock()
_loadings: dict[str, _Loading] = {}


def model(name: str) -> Any | None:
    """Return the loaded model, or None while it is loading (the first call starts it). Raises what loading raised."""
    with _lock:
        loading = _loadings.get(name)
        if loading is None:
            loading = _loadings[name] = _Loading()
            threading.Thread(target=_load, args=(name, loading), daemon=True, name=f"load-{name}").start()
    if not loading.done.is_set():
        return None
    if loading.error is not None:
        forget(name)
        raise loading.error
    return loading.model


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

        loading.model = core.load(name, local=False)
        runtime.one_thread_a_call()
        runtime.settle()
    except Exception as error:
        loading.error = error
    finally:
        loading.done.set()
