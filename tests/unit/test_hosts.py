"""Which machine a host or an address means."""

import pytest

from core.hosts import is_loopback


@pytest.mark.parametrize("host", ["localhost", "Localhost", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_known_by_every_name(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "::", "::ffff:10.0.0.1", "", "x", "localhost.example"])
def test_another_machine_is_not_taken_for_this_one(host: str) -> None:
    assert not is_loopback(host)
