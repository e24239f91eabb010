"""All pages: the lessons in the order of the path (menu, start page, README table and tests are made from this list),
and the reference pages beside it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lessons.text import toml

PAGES = Path(__file__).parent.parent / "pages"


@dataclass(frozen=True)
class Entry:
    """One page of the app. `title` and `summary` by language."""

    id: str  # also its folder, its page's file and its address
    title: dict[str, str]
    summary: dict[str, str]

    @property
    def page(self) -> Path:
        """The script that draws it."""
        return PAGES / f"{self.id}.py"


@dataclass(frozen=True)
class Lesson(Entry):
    """One lesson. `ready` is False for one that is still to come."""

    ready: bool


@dataclass(frozen=True)
class Reference(Entry):
    """A page to look things up: no part of the path."""


@cache
def lessons() -> tuple[Lesson, ...]:
    """Return every lesson, ready or not."""
    return tuple(Lesson(**entry) for entry in toml("overview", "lessons")["lesson"])


@cache
def references() -> tuple[Reference, ...]:
    """Return every reference page."""
    return tuple(Reference(**entry) for entry in toml("overview", "lessons")["reference"])


def pages() -> tuple[Entry, ...]:
    """Return every page that can be opened, in the order of the menu."""
    return (*(lesson for lesson in lessons() if lesson.ready), *references())
