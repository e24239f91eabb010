"""Servers that a reader on another device may have this machine call: those of the internet, none of its own networks.

A class sits at its own devices and the app calls from the teacher's laptop: without this, anybody in the class could
have that laptop speak to the school's router, or to itself.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.hosts import is_loopback

if TYPE_CHECKING:
    import httpx2

NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address


class NotPublic(Exception):
    """The server is in no part of the internet that everybody can reach."""


def reader_elsewhere() -> bool:
    """Say whether this session's reader sits at another device. One behind a proxy in front of the app does."""
    seen = st.context.ip_address  # None: this machine
    return (seen is not None and not is_loopback(str(seen))) or "X-Forwarded-For" in st.context.headers


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the internet, an IPv6 address that stands for an IPv4 address as that one."""
    found = ip_address(address.partition("%")[0])
    meant = (_embedded(found) if isinstance(found, IPv6Address) else None) or found
    return meant.is_global and not meant.is_multicast


def _embedded(found: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(found) & 0xFFFFFFFF) if found in NAT64 else found.ipv4_mapped or found.sixtofour


def resolved(host: str, port: int) -> str:
    """Return an IP address of a host. Raises NotPublic if any of its addresses is not public, OSError if it has
    none, UnicodeError if nothing can have such a name."""
    found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(map(is_public, found)):
        raise NotPublic(host)
    return found[0]


def transport(verify: bool = True) -> "httpx2.BaseTransport":
    """Return what carries a client's calls to public servers alone. It connects to the very address that was looked at,
    since the next answer of the name server may be another one; proxies of the environment are not used."""
    import httpx2

    class Public(httpx2.HTTPTransport):
        def handle_request(self, request: Any) -> Any:
            host = request.url.host
            port = request.url.port or (443 if request.url.scheme == "https" else 80)
            try:
                request.url = request.url.copy_with(host=resolved(host, port))
            except (NotPublic, OSError, UnicodeError) as error:
                raise httpx2.ConnectError(str(error), request=request) from error
            request.extensions = {**request.extensions, "sni_hostname": host}  # whose certificate is asked for
            return super().handle_request(request)

    return Public(verify=verify)
