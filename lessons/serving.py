"""The local API: started once a process, in the background, after the first page is drawn.

KOTORI_API=off leaves it off. Nothing heavy is imported before it begins; the models are those that the pages load.
"""

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lessons import live

if TYPE_CHECKING:
    from core.serving import Running

SWITCH, OFF = "KOTORI_API", "off"


@dataclass(frozen=True)
class Endpoint:
    """Where the API is. `key`: what the environment asks every caller for; "": nothing."""

    running: "Running"
    key: str

    @property
    def base(self) -> str:
        return self.running.url

    @property
    def practice(self) -> str:
        """The endpoint that asks for a key and allows few requests."""
        return self.base.removesuffix("/v1") + "/practice/v1"

    def issue(self) -> str:
        """Return a new key of the practice endpoint."""
        return self.running.practice.issue()


_lock = threading.Lock()
_begun = threading.Event()
_found: list[Endpoint] = []
_failed: list[Exception] = []


def off() -> bool:
    """Say whether the environment switches the API off."""
    return os.environ.get(SWITCH, "").lower() == OFF


def begin() -> None:
    """Start the API unless it was started before; returns at once."""
    with _lock:
        if off() or _begun.is_set():
            return
        _begun.set()
    threading.Thread(target=_start, daemon=True, name="serving").start()


def endpoint() -> Endpoint | None:
    """Return where the API is; None while it starts, where it is off, and where it could not start."""
    begin()
    return _found[0] if _found else None


def failed() -> bool:
    """Say whether the API could not start."""
    return bool(_failed)


def _start() -> None:
    try:
        time.sleep(live.GRACE)
        from core import serving

        settings = serving.Settings.from_environment()
        _found.append(Endpoint(serving.start(live.wait, settings), settings.key))
    except Exception as error:
        _failed.append(error)
