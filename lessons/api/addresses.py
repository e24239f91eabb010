"""Another server and the reader's own key: what is accepted, before anything is sent."""

from typing import Literal
from urllib.parse import urlsplit

LONGEST = 200  # characters of an address, a key or the name of a model
LOOPBACK = ("localhost", "127.0.0.1", "::1")

Trouble = Literal["empty", "scheme", "credentials", "unreadable", "key_missing", "key", "model"]


def trouble(base: str, key: str, model: str) -> Trouble | None:
    """Say what is the matter with an address, a key and a model's name; None if they can be tried."""
    if not base:
        return "empty"
    try:
        parts = urlsplit(base)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "unreadable"
    if parts.scheme not in ("http", "https"):
        return "scheme"
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return "credentials"
    if not host or len(base) > LONGEST or not base.isprintable() or " " in base:
        return "unreadable"
    if not key:
        return "key_missing"
    if len(key) > LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        return "key"
    return None if model and len(model) <= LONGEST else "model"


def exposed(base: str) -> bool:
    """Say whether a key would travel unencrypted to another machine."""
    parts = urlsplit(base)
    return parts.scheme == "http" and parts.hostname not in LOOPBACK
