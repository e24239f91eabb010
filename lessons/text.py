"""Lesson texts: Markdown sections with anchors, and the short strings of a page, in both languages."""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent
LANGUAGES = ("ja", "en")
HEADING = re.compile(r"^## (?P<title>.+?) \{#(?P<anchor>[\w-]+)\}$", re.MULTILINE)
JOINER = "\u2060"
MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


@dataclass(frozen=True)
class Section:
    """One section of a lesson's text."""

    title: str
    body: str


@cache
def sections(lesson: str, lang: str, name: str = "") -> dict[str, Section]:
    """Return the sections of `lessons/LESSON/[NAME.]LANG.md` by anchor, in their order."""
    text = (FOLDER / lesson / f"{name and name + '.'}{lang}.md").read_text(encoding="utf-8")
    found = list(HEADING.finditer(text))
    ends = [following.start() for following in found[1:]] + [len(text)]
    return {
        heading["anchor"]: Section(heading["title"], text[heading.end() : end].strip())
        for heading, end in zip(found, ends, strict=True)
    }


@cache
def toml(lesson: str, name: str) -> dict[str, Any]:
    """Return `lessons/LESSON/NAME.toml`."""
    return tomllib.loads((FOLDER / lesson / f"{name}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Strings:
    """The short strings of a lesson in one language: `strings("cut_button", query="…", key="…")`."""

    lesson: str
    lang: str

    def __call__(self, key: str, /, **facts: object) -> str:
        """Return the string with its facts filled in. Raises KeyError for a string that does not exist."""
        template: str = toml(self.lesson, "ui")[key][self.lang]
        return template.format_map({name: str(fact) for name, fact in facts.items()}) if facts else template

    def listed(self, words: Iterable[str]) -> str:
        """Return words as a list in this language."""
        return ("、" if self.lang == "ja" else ", ").join(words)


def plain(text: str) -> str:
    """Return the reader's text as Markdown that shows exactly this text: no sign of it is markup."""
    return MARKDOWN_SIGNS.sub(r"\\\1", " ".join(text.split()))


def distinct(names: Sequence[str]) -> list[str]:
    """Return the names as Markdown that shows exactly them, no two alike: Streamlit knows an option by what it says.

    What repeats an earlier one ends with invisible signs (word joiners).
    """
    shown = [plain(name) for name in names]
    return [name + JOINER * shown[:place].count(name) for place, name in enumerate(shown)]
