"""Who may call, and how often: keys, a sliding window of calls, and the keys of the practice endpoint."""

import hmac
import math
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.serving.errors import KeyInvalid, KeyMissing, RateLimited
from core.serving.settings import Limit

MOST_CALLERS = 1024  # whose calls are counted; the one that has not called for longest is forgotten
MOST_KEYS = 64  # of the practice endpoint
PRACTICE = Limit(3, 20.0)
BEARER = "bearer "


def given(authorization: str | None) -> bytes:
    """Return the key in an Authorization header, b"" if there is none."""
    text = (authorization or "").strip()
    return text[len(BEARER) :].strip().encode("latin-1") if text.lower().startswith(BEARER) else b""


def check_key(key: bytes, accepted: Iterable[str]) -> None:
    """Compare a key with all that are accepted, each in constant time. Raises KeyMissing or KeyInvalid."""
    if not key:
        raise KeyMissing()
    if not sum(hmac.compare_digest(key, one.encode("utf-8", "surrogateescape")) for one in accepted):
        raise KeyInvalid()


@dataclass(frozen=True)
class Allowance:
    """What is left to a caller after a call. `reset`: seconds until nothing is counted any more."""

    limit: Limit
    left: int
    reset: float

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the API, none where there is no limit."""
        if not self.limit.calls:
            return {}
        return {
            "x-ratelimit-limit-requests": str(self.limit.calls),
            "x-ratelimit-remaining-requests": str(self.left),
            "x-ratelimit-reset-requests": f"{self.reset:.3f}s",
        }


class Window:
    """Counts the calls of each caller within the last seconds."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self._clock = limit, clock
        self._lock = threading.Lock()
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, caller: str) -> tuple[Allowance, RateLimited | None]:
        """Count a call; return what is left, and the error if it is one too many (which is not counted)."""
        if not self.limit.calls:
            return Allowance(self.limit, 0, 0.0), None
        with self._lock:
            now = self._clock()
            calls = self._calls.setdefault(caller, deque())
            self._calls.move_to_end(caller)
            while len(self._calls) > MOST_CALLERS:
                self._calls.popitem(last=False)
            while calls and calls[0] <= now - self.limit.seconds:
                calls.popleft()
            refused = self._refusal(calls[0] + self.limit.seconds - now) if len(calls) >= self.limit.calls else None
            if refused is None:
                calls.append(now)
            reset = calls[-1] + self.limit.seconds - now
            return Allowance(self.limit, self.limit.calls - len(calls), reset), refused

    def _refusal(self, wait: float) -> RateLimited:
        seconds, wait_seconds = f"{self.limit.seconds:g}", max(1, math.ceil(wait))
        return RateLimited(wait=wait, calls=self.limit.calls, seconds=seconds, wait_seconds=wait_seconds)


class Practice:
    """The keys with which a lesson tries out what a refused key and too many calls look like."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: deque[str] = deque(maxlen=MOST_KEYS)

    def issue(self) -> str:
        """Return a new key; the oldest of many is forgotten."""
        key = f"kotori-{secrets.token_urlsafe(18)}"
        with self._lock:
            self._keys.append(key)
        return key

    def keys(self) -> tuple[str, ...]:
        """Return the keys that are accepted."""
        with self._lock:
            return tuple(self._keys)
