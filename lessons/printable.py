"""Sheets of paper for a class: what a lesson asks, to be printed (A4), and the answers for the teacher.

Both are made from the lesson's own texts: the section it opens with, what the teacher's guide has the class guess,
and the quiz. A sheet is one HTML file without scripts, and nothing in it is loaded from elsewhere.
"""

import html
import re
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from lessons import furigana
from lessons.frame import view
from lessons.frame.paper import blocks, inline
from lessons.registry import lessons
from lessons.text import FOLDER, Section, Strings, plain, sections, toml

QUESTIONS, QUIZ = "questions", "quiz"  # anchors: of the guide, of the lesson
ASKED = re.compile(r"^### (?P<question>.+?)\s*\(\d+–\d+\s*分?\)$", re.MULTILINE)  # (0–5分) is when the teacher asks it
LETTERS = {"ja": furigana.MARKS, "en": "ABCDEFGHIJ"}
OWN_MACHINE = ("localhost", "127.0.0.1", "::1")
LINES = 2  # to write on, for each question
STYLE = Path(__file__).with_name("frame") / "paper.css"
PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def asked(lesson: str, lang: str) -> list[tuple[str, str]]:
    """Return what the teacher's guide asks the class to guess, each with the answers to expect (Markdown)."""
    if not (FOLDER / lesson / f"guide.{lang}.md").is_file():
        return []
    text = sections(lesson, lang, "guide").get(QUESTIONS, Section("", "")).body
    parts = ((ASKED.match(part), part) for part in re.split(r"^(?=### )", text, flags=re.MULTILINE))
    return [(match["question"], part[match.end() :].strip()) for match, part in parts if match]


@lru_cache(maxsize=64)
def sheet(lesson: str, lang: str, address: str = "", ruby: bool = False) -> str:
    """Return a lesson's sheet for the class. `address`: where they find the lesson; `ruby`: with furigana."""
    words, title, opening = Strings("frame", lang), _title(lesson, lang), next(iter(sections(lesson, lang).values()))
    fields = (f"<span>{_words(words, f'print_{name}')} {_blank(name)}</span>" for name in ("class", "name", "date"))
    lines = '<div class="line"></div>' * LINES
    guesses = (f'<p class="question">{inline(one, ruby)}</p>{lines}' for one, _ in asked(lesson, lang))
    return _page(
        title,
        lang,
        f"<header><h1>{inline(title, ruby)}</h1>{''.join(fields)}</header>",
        f"<h2>{inline(opening.title, ruby)}</h2>\n{blocks(opening.body, ruby)}",
        _section(_words(words, "print_guess"), guesses),
        _section(_quiz_title(lesson, lang, ruby), (_question(one[lang], lang, ruby) for one in _quiz(lesson))),
        f"<footer>{_words(words, 'print_address')} {html.escape(address) or _blank('address')}</footer>",
    )


@lru_cache(maxsize=64)
def answers(lesson: str, lang: str) -> str:
    """Return the answers to the sheet of a lesson, with the reasons, for the teacher."""
    words = Strings("frame", lang)
    title = f"{_title(lesson, lang)} — {words('print_answers')}"
    expected = (f'<p class="question">{inline(one)}</p>{blocks(more)}' for one, more in asked(lesson, lang))
    return _page(
        title,
        lang,
        f"<header><h1>{inline(title)}</h1></header>",
        _section(_words(words, "print_guess"), expected),
        _section(_quiz_title(lesson, lang), (_answer(one[lang], lang) for one in _quiz(lesson))),
    )


def offer(lesson: str, lang: str) -> None:
    """Offer the sheet and its answers in a popover; for a lesson without a quiz, or on a projector, nothing."""
    if not _quiz(lesson) or view.presenting():
        return
    words, ruby = Strings("frame", lang), furigana.wanted()
    with st.popover(words("print"), icon=":material/print:"):
        st.caption(plain(words("print_help")))
        file = partial(st.download_button, mime="text/html", on_click="ignore", icon=":material/download:")
        paper = sheet(lesson, lang, _address(), ruby)
        file(words("print_sheet"), paper, f"kotori-{lesson}-{lang}.html", key=f"print:{lesson}")
        if "guide" not in view.hidden():
            key = answers(lesson, lang)
            file(words("print_answers"), key, f"kotori-{lesson}-answers-{lang}.html", key=f"print:{lesson}:answers")


def _address() -> str:
    """Return the address of the page, "" if others cannot open it."""
    here = urlsplit(st.context.url or "")
    return "" if here.hostname in (None, *OWN_MACHINE) else here._replace(query="", fragment="").geturl()


def _title(lesson: str, lang: str) -> str:
    return next(entry.title[lang] for entry in lessons() if entry.id == lesson)


def _quiz(lesson: str) -> list[dict[str, Any]]:
    return list(toml(lesson, QUIZ)["question"]) if (FOLDER / lesson / f"{QUIZ}.toml").is_file() else []


def _quiz_title(lesson: str, lang: str, ruby: bool = False) -> str:
    return inline(sections(lesson, lang)[QUIZ].title, ruby)


def _question(question: dict[str, Any], lang: str, ruby: bool) -> str:
    options = (
        f'<p class="option"><span><span class="box"></span> {letter}</span><span>{inline(option["text"], ruby)}</span></p>'
        for letter, option in zip(LETTERS[lang], question["options"], strict=False)
    )
    return f'<p class="question">{inline(question["text"], ruby)}</p>{"".join(options)}'


def _answer(question: dict[str, Any], lang: str) -> str:
    options = (
        f'<p class="option{" right" if option["correct"] else ""}"><span>{"○" if option["correct"] else "×"} {letter}</span>'
        f'<span>{inline(option["text"])}<br><span class="why">{inline(option["feedback"])}</span></span></p>'
        for letter, option in zip(LETTERS[lang], question["options"], strict=False)
    )
    return f'<p class="question">{inline(question["text"])}</p>{"".join(options)}'


def _section(title: str, parts: Iterable[str]) -> str:
    """Return a heading and its numbered parts, "" without parts."""
    numbered = "\n".join(f"<li>{part}</li>" for part in parts)
    return f'<h2>{title}</h2>\n<ol class="parts">{numbered}</ol>' if numbered else ""


def _words(words: Strings, key: str) -> str:
    return html.escape(words(key))


def _blank(name: str) -> str:
    """Return room to write in."""
    return f'<span class="blank {name}"></span>'


def _page(title: str, lang: str, *parts: str) -> str:
    style = STYLE.read_text(encoding="utf-8")
    return PAGE.format(lang=lang, title=html.escape(title), style=style, body="\n".join(filter(None, parts)))
