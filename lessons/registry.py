"""All lessons in the order of the path: menu, start page, README table and tests are made from this list."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lessons.text import toml

PAGES = Path(__file__).parent.parent / "pages"


@dataclass(frozen=True)
class Lesson:
    """One lesson. `title` and `summary` by language; `ready` is False for one that is still to come."""

    id: str  # also its folder, its page's file and its address
    ready: bool
    title: dict[str, str]
    summary: dict[str, str]

    @property
    def page(self) -> Path:
        """The script that draws it."""
        return PAGES / f"{self.id}.py"


@cache
def lessons() -> tuple[Lesson, ...]:
    """Return every lesson, ready or not."""
    return tuple(Lesson(**entry) for entry in toml("overview", "lessons")["lesson"])
