"""The line of trainings: so many at once, the others in their order, and nobody waits for one that has left."""

import threading
import time

import pytest

from core.errors import Busy
from core.line import Line

LIMIT = 5.0  # s, an upper bound against hanging


def never() -> bool:
    return False


def test_the_first_ones_have_their_turn_and_the_others_are_told_how_many_are_before_them() -> None:
    line = Line(places=2, most=5)
    members = [object() for _ in range(4)]
    for one in members:
        line.join(one)
    assert [line.ahead(one) for one in members] == [0, 0, 1, 2]
    assert line.crowded and len(line) == 4
    line.leave(members[0])
    assert [line.ahead(one) for one in members[1:]] == [0, 0, 1]


def test_equal_members_are_different_ones() -> None:
    line = Line(places=1, most=5)
    one, other = [], []  # type: ignore[var-annotated]
    line.join(one)
    line.join(other)
    assert (line.ahead(one), line.ahead(other)) == (0, 1)
    line.leave(one)
    assert len(line) == 1 and line.ahead(other) == 0


def test_who_waits_goes_on_when_a_place_is_free() -> None:
    line, first, second = Line(places=1, most=5), object(), object()
    line.join(first)
    line.join(second)
    went: list[bool] = []
    thread = threading.Thread(target=lambda: went.append(line.wait(second, never)))
    thread.start()
    time.sleep(0.05)
    assert went == []
    line.leave(first)
    thread.join(LIMIT)
    assert went == [True]


def test_who_is_stopped_does_not_wait() -> None:
    line, first, second = Line(places=1, most=5), object(), object()
    line.join(first)
    line.join(second)
    assert not line.wait(second, lambda: True)


def test_too_many_are_sent_away() -> None:
    line = Line(places=1, most=2)
    for _ in range(3):
        line.join(object())
    with pytest.raises(Busy) as told:
        line.join(object())
    assert told.value.facts == {"waiting": 2}
    assert len(line) == 3
