"""What a person shows a policy: prompts and the answers to them, checked before anything is learned from them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import (
    HalfDemonstration,
    NoDemonstrations,
    TooLongDemonstration,
    TooManyDemonstrations,
    TooManyTokens,
)
from core.rlhf.comparisons import Answer

if TYPE_CHECKING:
    from core.rlhf.policy import Policy

MOST = 5
MOST_TOKENS = 24  # of an answer: as long as the policy's own (core.rlhf.policy)

Row = tuple[str, str]  # a prompt and the answer to it


def check_count(count: int) -> None:
    """Raise TooManyDemonstrations if there are more than MOST."""
    if count > MOST:
        raise TooManyDemonstrations(limit=MOST)


def learnable(rows: Sequence[Row], policy: "Policy") -> tuple[Answer, ...]:
    """Return what a policy can learn from the rows; empty ones are passed over.

    Raises NoDemonstrations, HalfDemonstration, TooLongDemonstration, TooManyCharacters, TooManyDemonstrations.
    """
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    if not filled:
        raise NoDemonstrations()
    check_count(len(filled))
    return tuple(_answer(number, row, policy) for number, row in filled)


def _answer(number: int, row: Row, policy: "Policy") -> Answer:
    if not all(row):
        raise HalfDemonstration(number=number)
    try:
        found = policy.answer(*row)
    except TooManyTokens as error:
        raise TooLongDemonstration(number=number, length=error.facts["length"], limit=error.facts["limit"]) from error
    if len(found.ids) > MOST_TOKENS:
        raise TooLongDemonstration(number=number, length=len(found.ids), limit=MOST_TOKENS)
    return found
