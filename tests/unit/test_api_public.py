"""Servers that a reader on another device may have this machine call."""

import json
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from loopback_api import Api, answering

from lessons.api import public
from lessons.api.lab import Caller
from lessons.api.messages import request, user
from lessons.api.refusals import Refused

ASKED = request([user("a")], "chat")
ANSWER = {
    "id": "x",
    "object": "chat.completion",
    "created": 0,
    "model": "chat",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "はい"}}],
}


@pytest.fixture
def inside() -> Iterator[Api]:
    """A server of this machine's own networks."""
    with answering(lambda headers: (200, json.dumps(ANSWER))) as server:
        yield server


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        ("::ffff:192.168.1.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:c0a8:101::1", False),
    ],
)
def test_only_addresses_of_the_internet_are_public(address: str, told: bool) -> None:
    assert public.is_public(address) is told


@pytest.mark.parametrize(
    ("address", "headers", "elsewhere"),
    [
        (None, {}, False),
        ("::ffff:127.0.0.1", {}, False),
        ("192.168.1.7", {}, True),
        (None, {"X-Forwarded-For": "127.0.0.1"}, True),
    ],
)
def test_a_reader_at_another_device_is_known(
    monkeypatch: pytest.MonkeyPatch, address: str | None, headers: dict[str, str], elsewhere: bool
) -> None:
    seen = SimpleNamespace(context=SimpleNamespace(ip_address=address, headers=headers))
    monkeypatch.setattr(public, "st", seen)
    assert public.reader_elsewhere() is elsewhere


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_a_server_inside_is_not_called(inside: Api, host: str) -> None:
    with pytest.raises(Refused) as error:
        Caller(f"http://{host}:{inside.server_port}/v1", "k", abroad=True, guarded=True).ask(ASKED)
    assert error.value.kind == "inside" and host not in str(error.value)
    assert inside.hosts == []


def test_a_name_that_has_one_address_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*_: object, **__: object) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in ("8.8.8.8", "127.0.0.1")]

    monkeypatch.setattr(public.socket, "getaddrinfo", found)
    with pytest.raises(public.NotPublic):
        public.resolved("two.example", 80)


def test_a_public_server_is_called_by_its_name_at_the_address_that_was_looked_at(
    inside: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def looked(host: str, port: int) -> str:
        asked.append(host)
        return "127.0.0.1"

    monkeypatch.setattr(public, "resolved", looked)
    base = f"http://public.example:{inside.server_port}/v1"
    assert Caller(base, "k", abroad=True, guarded=True).ask(ASKED).text == "はい"
    assert asked == ["public.example"] and inside.hosts == [f"public.example:{inside.server_port}"]


@pytest.mark.parametrize("name", ["nobody.example", "a" * 70, "a..b"])
def test_a_name_that_is_unknown_is_told_as_such(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    ask = socket.getaddrinfo

    def nobody(host: str, *more: Any, **named: Any) -> list[tuple[Any, ...]]:
        if host == "nobody.example":
            raise socket.gaierror("unknown")
        return ask(host, *more, **named)

    monkeypatch.setattr(public.socket, "getaddrinfo", nobody)
    with pytest.raises(Refused) as error:
        Caller(f"http://{name}/v1", "k", abroad=True, guarded=True).ask(ASKED)
    assert error.value.kind == "network"
