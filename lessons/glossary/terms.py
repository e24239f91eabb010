"""The words of the course (terms.toml), and how a reader finds them: by kana, kanji or English."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from core.kana import hiragana
from lessons.registry import Entry, lessons, references
from lessons.text import toml

ROWS = "あかさたなはまやらわ"  # the first kana of each row of the Japanese order
OTHER = "#"  # the heading of what has no row


@dataclass(frozen=True)
class Term:
    """One word. `name` and `definition` by language; `lesson` and `step` ("": the whole page) say where it is done."""

    id: str
    name: dict[str, str]
    reading: str
    definition: dict[str, str]
    lesson: str
    step: str = ""
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


@cache
def terms() -> tuple[Term, ...]:
    """Return every word, in the order of the lessons."""
    return tuple(
        Term(**{**entry, "also": tuple(entry.get("also", ())), "see": tuple(entry["see"])})
        for entry in toml("glossary", "terms")["term"]
    )


def term(name: str) -> Term | None:
    """Return the word with this id, None if there is none."""
    return next((one for one in terms() if one.id == name), None)


def of_lesson(lesson: str) -> tuple[Term, ...]:
    """Return the words that are done in a lesson."""
    return tuple(one for one in terms() if one.lesson == lesson)


def page_of(one: Term) -> Entry:
    """Return the page on which a word is done."""
    return next(page for page in (*lessons(), *references()) if page.id == one.lesson)


def folded(text: str) -> str:
    """Return a text as it is compared: one form of each letter, no capitals, katakana as hiragana, no spaces."""
    kana = hiragana(unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in kana if not letter.isspace() and letter not in "-・‐–")


def search(query: str) -> tuple[Term, ...]:
    """Return the words that a query finds: names that begin so, then names that have it, then definitions."""
    wanted = folded(query)
    if not wanted:
        return terms()
    ranked = [(rank, place) for place, one in enumerate(terms()) if (rank := _rank(one, wanted)) is not None]
    return tuple(terms()[place] for _, place in sorted(ranked))


def _rank(one: Term, wanted: str) -> int | None:
    names = [folded(name) for name in (*one.name.values(), one.reading, *one.also)]
    if wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    if any(wanted in name for name in names):
        return 2
    return 3 if any(wanted in folded(text) for text in one.definition.values()) else None


def by_reading(found: Iterable[Term], lang: str) -> list[tuple[str, list[Term]]]:
    """Return the words in the order of the language under headings: rows of kana, or first letters."""
    groups: dict[str, list[Term]] = {}
    for one in sorted(found, key=lambda one: sort_key(one, lang)):
        groups.setdefault(heading(one, lang), []).append(one)
    return list(groups.items())


def sort_key(one: Term, lang: str) -> str:
    return folded(one.reading if lang == "ja" else one.name["en"])


def heading(one: Term, lang: str) -> str:
    """Return the heading under which a word stands: あ行, or A."""
    first = sort_key(one, lang)[:1]
    if lang != "ja":
        return first.upper()
    base = unicodedata.normalize("NFD", first)[:1]  # が stands with か
    rows = [row for row in ROWS if row <= base]
    return f"{rows[-1]}行" if rows else OTHER


def by_lesson(found: Sequence[Term]) -> list[tuple[Entry, list[Term]]]:
    """Return the words under the pages on which they are done, in the order of the menu."""
    groups = [(page, [one for one in found if one.lesson == page.id]) for page in (*lessons(), *references())]
    return [(page, words) for page, words in groups if words]
