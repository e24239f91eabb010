"""The link that a learner's device can reach, and its QR code."""

import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from lessons.classroom.office import PAGE

LOCALHOST = "localhost"
ALL = ("0.0.0.0", "::")  # a server that listens to every address; a browser takes it for this machine
SIOCGIFADDR = 0x8915  # of Linux: the address of an interface (netdevice(7))
ELSEWHERE = ("192.0.2.1", 9)  # an address of RFC 5737, for documentation; nothing is ever sent to it
QUIET = 4  # modules of white around a QR code, as its standard asks for


@dataclass(frozen=True)
class Link:
    """A link into a room. `trouble`: why no other device can open it: "alone" (the server listens to this machine
    only), "offline" (this machine is in no network), or "". `choice`: the addresses of this machine among which a
    teacher can choose, the likeliest first; none if the teacher's own browser named another."""

    text: str
    trouble: str = ""
    choice: tuple[str, ...] = ()

    @property
    def image(self) -> str:
        """The QR code as the address of an SVG picture."""
        return str(segno.make(self.text, error="m", micro=False).svg_data_uri(border=QUIET, light="#fff", scale=8))


def link(code: str, lang: str, chosen: str = "") -> Link:
    """Return the link that this session's learners can open."""
    return made(st.context.url or "", str(st.get_option("server.address") or ""), code, lang, chosen)


def made(url: str, listens: str, code: str, lang: str, chosen: str = "") -> Link:
    """Return the link. `url`: of the page in the teacher's browser; `listens`: the address of the server, "": all;
    `chosen`: which of this machine's addresses is to be in it."""
    parts = urlsplit(url)
    host, trouble = parts.hostname or LOCALHOST, ""
    found: tuple[str, ...] = ()
    if is_here(host):
        alone = bool(listens) and is_here(listens) and listens not in ALL
        found = () if alone else networks()
        trouble = "alone" if alone else "" if found else "offline"
        host = chosen if chosen in found else found[0] if found else LOCALHOST
    host = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    path = parts.path.rstrip("/").removesuffix(f"/{PAGE}")
    query = {"room": code, **({} if lang == "ja" else {"lang": lang})}
    text = urlunsplit((parts.scheme or "http", host + port, f"{path}/{PAGE}", urlencode(query), ""))
    return Link(text, trouble, found)


def is_here(host: str) -> bool:
    """Say whether a host is this machine to itself, and another machine to everybody else."""
    return host in (LOCALHOST, "::1", *ALL) or host.startswith("127.") or host.endswith(f".{LOCALHOST}")


def networks() -> tuple[str, ...]:
    """Return this machine's IPv4 addresses in its networks, first that of the way to the internet. A hotspot of the
    teacher's own has no such way, and with a VPN it is not the way to the class."""
    found = dict.fromkeys(one for one in (outward(), *interfaces()) if one)
    return tuple(one for one in found if not one.startswith(("127.", "0.", "169.254.")))


def outward() -> str | None:
    """Return the address that this machine calls others from, None if it knows no way. Connecting a UDP socket sends
    nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(ELSEWHERE)
        except OSError:
            return None
        return str(asking.getsockname()[0])


def interfaces() -> Iterator[str]:
    """Yield the address of each interface. Linux is asked itself, as its own name may have to be looked up elsewhere."""
    if sys.platform == "linux":
        import fcntl

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            for _, name in socket.if_nameindex():
                with suppress(OSError):  # it has none
                    packed = fcntl.ioctl(asking.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                    yield socket.inet_ntoa(packed[20:24])
    else:
        with suppress(OSError):
            for one in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
                yield str(one[4][0])
