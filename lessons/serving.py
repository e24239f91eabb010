"""The local API: started once a process, in the background, after the first page is drawn.

KOTORI_API=off leaves it off. Nothing heavy is imported before it begins; the models are those that the pages load.
"""

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lessons import live

if TYPE_CHECKING:
    from core.serving import Running

SWITCH, OFF = "KOTORI_API", "off"
PORT_VARIABLE, PORT = "KOTORI_API_PORT", "8555"  # as core.serving.settings has them, before that is imported
LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Endpoint:
    """Where the API is. `key`: what the environment asks every caller for; "": nothing. `host`: where it listens."""

    running: "Running"
    key: str
    host: str = LOOPBACK[1]

    @property
    def base(self) -> str:
        return self.running.url

    @property
    def practice(self) -> str:
        """The endpoint that asks for a key and allows few requests."""
        return practice(self.base)

    def seen_from(self, page: str) -> str | None:
        """Return the API's base as the machine of a browser reaches it, which has a page of the app open at the address
        `page`; None if it cannot."""
        browsed = urlsplit(page).hostname or LOOPBACK[0]
        if browsed in LOOPBACK:
            return self.base
        if self.host in EVERYWHERE:
            parts = urlsplit(self.base)
            name = f"[{browsed}]" if ":" in browsed else browsed
            return parts._replace(netloc=f"{name}:{parts.port}").geturl()
        return None if urlsplit(self.base).hostname in LOOPBACK else self.base

    def issue(self) -> str:
        """Return a new key of the practice endpoint."""
        return self.running.practice.issue()


def practice(base: str) -> str:
    """Return the practice endpoint beside a base."""
    return base.removesuffix("/v1") + "/practice/v1"


def planned() -> str:
    """Return where the API will be unless its port is taken."""
    port = os.environ.get(PORT_VARIABLE, "").strip()
    return f"http://{LOOPBACK[1]}:{port if port.isdigit() and int(port) else PORT}/v1"


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
        _found.append(Endpoint(serving.start(live.wait, settings), settings.key, settings.host))
    except Exception as error:
        _failed.append(error)
