"""A conversation that must fit: the oldest turns are left out, what the assistant was told before it is kept."""

from collections.abc import Callable, Sequence

from lessons.api.messages import Turn

Count = Callable[[Sequence[Turn]], int]


def fitting(turns: Sequence[Turn], count: Count, room: int) -> tuple[Turn, ...]:
    """Return what is still sent: system messages, and the latest turns, beginning with one of the user's, so that all is
    `room` tokens or fewer; the last message always."""
    rules = [one for one in turns if one.role == "system"]
    talk = [one for one in turns if one.role != "system"]
    while len(talk) > 1 and (count([*rules, *talk]) > room or talk[0].role != "user"):
        talk = talk[1:]
    return (*rules, *talk)


def forgotten(turns: Sequence[Turn], sent: Sequence[Turn]) -> int:
    """Return how many of the first turns are no longer sent."""
    return len(turns) - len(sent)
