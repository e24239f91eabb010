"""What calls have used, and what that would cost at prices that the reader enters."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

MILLION = 1_000_000
DEAREST = 1_000_000.0  # that is taken for a price


@dataclass(frozen=True)
class Usage:
    """Tokens of one call."""

    prompt: int
    completion: int

    @property
    def total(self) -> int:
        return self.prompt + self.completion

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.prompt + other.prompt, self.completion + other.completion)


def summed(used: Iterable[Usage]) -> Usage:
    """Return the tokens of all calls."""
    return sum(used, Usage(0, 0))


def price(text: str) -> float | None:
    """Return the price of a million tokens that a reader has typed; None for what is no price."""
    try:
        value = float(text.strip().replace(",", "") or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= DEAREST else None


def cost(used: Usage, prompt: float, completion: float) -> float:
    """Return what tokens cost at two prices for a million of them."""
    return (used.prompt * prompt + used.completion * completion) / MILLION


def shown(value: float) -> str:
    """Return a cost with three digits that mean something, without an exponent."""
    if not value:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(digits, 12)}f}"
