"""What a server is told before it starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from core.hosts import is_loopback
from core.serving.errors import InvalidAddress

HOST, PORT = "127.0.0.1", 8555
HOST_VARIABLE, PORT_VARIABLE, KEY_VARIABLE = "KOTORI_API_HOST", "KOTORI_API_PORT", "KOTORI_API_KEY"
LARGEST_PORT = 65535


@dataclass(frozen=True)
class Limit:
    """So many calls in any stretch of so many seconds; 0 calls: no limit."""

    calls: int
    seconds: float


@dataclass(frozen=True)
class Settings:
    """How the endpoint serves.

    `host`, `port`: where it listens; port 0: any free one. `key`: what every caller has to show; "": nothing.
    `requests_per_minute`: for each key, or for each client address where no key is asked; 0: no limit.
    `models`: the ids that are offered. `most_waiting`: calls that are answered at the same time; one more is refused.
    `loading_seconds`: how long a call waits for its model to be loaded. `most_bytes`: of the body of a request.
    """

    host: str = HOST
    port: int = PORT
    key: str = ""
    requests_per_minute: int = 0
    models: tuple[str, ...] = ("chat", "decoder")
    most_waiting: int = 64
    loading_seconds: float = 30.0
    most_bytes: int = 256 * 1024

    @staticmethod
    def from_environment(environment: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings with host, port and key from the environment. Raises InvalidAddress."""
        found = os.environ if environment is None else environment
        host = found.get(HOST_VARIABLE, "").strip() or HOST
        return Settings(
            host, port(found.get(PORT_VARIABLE, "").strip() or str(PORT)), found.get(KEY_VARIABLE, "").strip()
        )

    @property
    def limit(self) -> Limit:
        return Limit(self.requests_per_minute, 60.0)

    @property
    def loopback(self) -> bool:
        """Say whether only this machine can call."""
        return is_loopback(self.host)


def port(text: str) -> int:
    """Return the number of a port. Raises InvalidAddress."""
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= LARGEST_PORT):
        raise InvalidAddress(address=text)
    return int(text)
