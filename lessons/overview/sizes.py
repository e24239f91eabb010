"""How large models are: ours as their cards say, the others as their papers say (sizes.toml)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.catalogue import Card, Kind
from lessons.text import Strings, toml

KINDS: tuple[Kind, ...] = ("masked", "causal", "seq2seq")
LARGEST = "GPT-3"  # the one that our model is compared with
BOUNDS = (10, 100, 1_000, 10_000, 100_000, 1_000_000)  # times; between them lie the answers to choose from
SECONDS_A_DAY, DAYS_A_YEAR = 86_400, 365.25
UNITS = {
    "ja": ((10**12, " 兆"), (10**8, " 億"), (10**4, " 万")),
    "en": ((10**12, " trillion"), (10**9, " billion"), (10**6, " million")),
}
SHORT_UNITS = {
    "ja": ((10**12, "兆"), (10**8, "億"), (10**4, "万")),
    "en": ((10**12, "T"), (10**9, "B"), (10**6, "M")),
}


@dataclass(frozen=True)
class Source:
    """Where a number stands: the paper, its address, and the table or section of it."""

    text: str
    link: str
    where: str


@dataclass(frozen=True)
class Size:
    """One model of a family: its name, its parameters, the tokens it read in training (None: not published)."""

    name: str
    parameters: int
    tokens: int | None = None


@dataclass(frozen=True)
class Family:
    """Models of one kind, the smallest first; none where no size was published. `year` is 0 for our own."""

    name: str
    about: str
    sizes: tuple[Size, ...]
    year: int = 0
    sources: tuple[Source, ...] = field(default=())

    @property
    def ours(self) -> bool:
        return not self.year

    @property
    def label(self) -> str:
        """The name with its year."""
        return f"{self.name} ({self.year})" if self.year else self.name

    @property
    def largest(self) -> Size:
        return self.sizes[-1]


def published(lang: str) -> tuple[Family, ...]:
    """Return the families of the papers, in the order of their years."""
    given = toml("overview", "sizes")

    def source(family: dict[str, str], prefix: str = "") -> tuple[Source, ...]:
        named = family.get(f"{prefix}source")
        return (Source(**given["source"][named], where=family[f"{prefix}where"]),) if named else ()

    def own(family: dict[str, str]) -> tuple[Source, ...]:
        return (Source(**given["source"][family["paper"]], where=""),) if "paper" in family else ()

    return tuple(
        Family(
            name=family["name"],
            about=family["about"][lang],
            sizes=tuple(
                Size(name, number, family.get("tokens")) for name, number in family.get("parameters", {}).items()
            ),
            year=family["year"],
            sources=own(family) + source(family) + source(family, "tokens_"),
        )
        for family in given["family"]
    )


def ours(cards: Sequence[Card], say: Strings) -> tuple[Family, ...]:
    """Return the models of this course as their cards describe them, one family for each kind that is there."""
    families = []
    for kind in KINDS:
        sizes = sorted(
            (Size(card.name, card.parameters, card.recipe.get("tokens")) for card in cards if card.kind == kind),
            key=lambda size: size.parameters,
        )
        if sizes:
            families.append(Family(say(f"ours_{kind}"), say("ours_about"), tuple(sizes)))
    return tuple(families)


def ratio(card: Card) -> float:
    """Return how many times the parameters of the model the largest GPT-3 has."""
    (largest,) = (family.largest for family in published("en") if family.name == LARGEST)
    return largest.parameters / card.parameters


def bracket(times: float) -> int:
    """Return the place of the answer that is right for this ratio: below the first bound, …, above the last."""
    return sum(times >= bound for bound in BOUNDS)


def amount(number: float, lang: str, *, short: bool = False, digits: int = 3) -> str:
    """Return a number as people say it: "1,750 億", "65 million"; short, for a figure: "1,750億", "65M"."""
    for unit, name in (SHORT_UNITS if short else UNITS)[lang]:
        if number >= unit:
            return f"{_rounded(number / unit, digits)}{name}"
    return _rounded(number, digits)


def _rounded(number: float, digits: int) -> str:
    """Return a number with this many digits that count, without zeros after the point."""
    whole = len(str(int(number)))
    if whole >= digits:
        return f"{round(number, digits - whole):,.0f}"
    text = f"{number:.{digits - whole}f}"
    return text.rstrip("0").rstrip(".")


def counting(parameters: int, say: Strings) -> str:
    """Return how long it takes to count them aloud, one a second."""
    days = parameters / SECONDS_A_DAY
    if days < DAYS_A_YEAR:
        return say("days", count=f"{days:.0f}")
    return say("years", count=_rounded(days / DAYS_A_YEAR, 2))
