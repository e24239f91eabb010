"""The link that a learner's device can reach, and its QR code."""

import socket
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from lessons.classroom.office import PAGE

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ELSEWHERE = ("192.0.2.1", 9)  # an address of RFC 5737, for documentation; nothing is ever sent to it
QUIET = 4  # modules of white around a QR code, as its standard asks for


@dataclass(frozen=True)
class Link:
    """A link into a room. `trouble`: why no other device can open it: "alone" (the server listens to this machine
    only), "offline" (this machine is in no network), or ""."""

    text: str
    trouble: str = ""

    @property
    def image(self) -> str:
        """The QR code as the address of an SVG picture."""
        return str(segno.make(self.text, error="m", micro=False).svg_data_uri(border=QUIET, light="#fff", scale=8))


def link(code: str, lang: str) -> Link:
    """Return the link that this session's learners can open."""
    return made(st.context.url or "", str(st.get_option("server.address") or ""), code, lang)


def made(url: str, listens: str, code: str, lang: str) -> Link:
    """Return the link. `url`: of the page in the teacher's browser; `listens`: the address of the server, "": all."""
    parts = urlsplit(url)
    host, trouble = parts.hostname or LOOPBACK[0], ""
    if host in LOOPBACK:
        found = None if listens in LOOPBACK else lan()
        trouble = "" if found else "alone" if listens in LOOPBACK else "offline"
        host = found or host
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    path = parts.path.rstrip("/").removesuffix(f"/{PAGE}")
    query = {"room": code, **({} if lang == "ja" else {"lang": lang})}
    return Link(urlunsplit((parts.scheme or "http", host + port, f"{path}/{PAGE}", urlencode(query), "")), trouble)


def lan() -> str | None:
    """Return this machine's address in its network, None if it is in none. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(ELSEWHERE)
        except OSError:
            return None
        found = str(asking.getsockname()[0])
    return None if found.startswith(("127.", "0.")) else found
