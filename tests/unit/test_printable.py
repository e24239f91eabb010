"""Sheets of paper: all that a lesson asks, nothing that is loaded, nothing that is markup by accident."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from lessons import printable
from lessons.frame.paper import blocks, inline
from lessons.registry import lessons
from lessons.text import FOLDER, LANGUAGES, Strings, sections, toml

LESSONS = [lesson.id for lesson in lessons() if lesson.ready and (FOLDER / lesson.id / "quiz.toml").is_file()]
EVIL = '"><script>alert(1)</script>'
LOADED = re.compile(r"<script|\ssrc=|\shref=|url\(|@import|javascript:", re.IGNORECASE)
MARKUP = re.compile(r"\*\*|\]\(|\{#|^\||^#+ |《|》", re.MULTILINE)
TAGS = re.compile(r"</?(?:p|ul|ol|li|table|tr|th|td|strong|em|code|i)>")


def shown(html: str) -> str:
    """Return the text of a page without its style and tags."""
    return re.sub(r"<[^>]*>", "", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sheet_asks_what_the_lesson_asks(lesson: str, lang: str) -> None:
    sheet, questions = printable.sheet(lesson, lang), toml(lesson, "quiz")["question"]
    text = next(iter(sections(lesson, lang).values()))
    assert inline(text.title) in sheet and blocks(text.body) in sheet
    for question in questions:
        assert inline(question[lang]["text"]) in sheet
        assert [one for one in question[lang]["options"] if inline(one["text"]) not in sheet] == []
    assert sheet.count('class="box"') == sum(len(question[lang]["options"]) for question in questions)
    guesses = printable.asked(lesson, lang)
    assert guesses and sheet.count('class="line"') == printable.LINES * len(guesses)
    assert not re.search(r"\d+–\d+", "".join(question for question, _ in guesses))


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_languages_ask_the_same_guesses(lesson: str) -> None:
    assert len({len(printable.asked(lesson, lang)) for lang in LANGUAGES}) == 1


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheet_does_not_tell_the_answers(lesson: str, lang: str) -> None:
    sheet, answers = printable.sheet(lesson, lang), printable.answers(lesson, lang)
    for question in toml(lesson, "quiz")["question"]:
        reasons = [inline(option["feedback"]) for option in question[lang]["options"]]
        assert [reason for reason in reasons if reason in sheet or reason not in answers] == []
    assert answers.count('class="option right"') == answers.count("○") == len(toml(lesson, "quiz")["question"])
    for question, expected in printable.asked(lesson, lang):
        assert inline(question) in answers and blocks(expected) in answers


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sheet_loads_nothing_and_shows_no_signs_of_markdown(lesson: str, lang: str) -> None:
    ruby = [printable.sheet(lesson, lang, ruby=True)] if lang == "ja" else []
    for page in (printable.sheet(lesson, lang), printable.answers(lesson, lang), *ruby):
        assert page.startswith(f'<!doctype html>\n<html lang="{lang}">') and "size: A4" in page
        assert LOADED.findall(page) == []
        assert MARKUP.findall(shown(page)) == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_sheet_with_furigana_has_them_wherever_the_lesson_has(lesson: str) -> None:
    plain, ruby = printable.sheet(lesson, "ja"), printable.sheet(lesson, "ja", ruby=True)
    assert "<ruby>" not in plain and ruby.count("<ruby>") > 50
    without = re.sub(r"<rp>\(</rp><rt>[ぁ-ゖー]+</rt><rp>\)</rp>|</?ruby>", "", ruby)
    assert without == plain


def test_the_address_is_shown_or_left_to_be_written() -> None:
    assert 'class="blank address"' in printable.sheet(LESSONS[0], "ja")
    sheet = printable.sheet(LESSONS[0], "ja", address="http://192.0.2.1:8501/" + EVIL)
    assert "http://192.0.2.1:8501/&quot;&gt;&lt;script&gt;" in sheet and EVIL not in sheet


# -- Markdown on paper -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**a** *b* `*c*` $d$ [e](https://f.g)", "<strong>a</strong> <em>b</em> <code>*c*</code> <i>d</i> e"),
        ("own\\_sentences 2 * 3 * 4", "own_sentences 2 * 3 * 4"),
        ("a < b & `<c>`", "a &lt; b &amp; <code>&lt;c&gt;</code>"),
        ("[MASK] [x](y) (z)", "[MASK] x (z)"),
    ],
)
def test_a_line(text: str, html: str) -> None:
    assert inline(text) == html


def test_blocks() -> None:
    assert blocks("a\nb\n\n- c\n- d\n\n1. e\n\n| f | g |\n|---|---|\n| h | i |") == (
        "<p>a b</p>\n<ul><li>c</li><li>d</li></ul>\n<ol><li>e</li></ol>\n"
        "<table><tr><th>f</th><th>g</th></tr><tr><td>h</td><td>i</td></tr></table>"
    )


@given(st.text())
def test_no_text_brings_html_of_its_own(text: str) -> None:
    assert not re.search("[<>]", TAGS.sub("", blocks(text)))


# -- on the page -----------------------------------------------------------------------------------------------


def page() -> None:
    import streamlit as st

    from lessons import printable

    printable.offer(st.query_params["lesson"], "ja")


def offered(lesson: str, **link: str) -> list[str]:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params.update({"lesson": lesson, **link})
    app.run()
    assert not app.exception
    return [button.proto.label for button in app.get("download_button")]


def test_sheets_are_offered() -> None:
    words = Strings("frame", "ja")
    assert offered(LESSONS[0]) == [words("print_sheet"), words("print_answers")]
    assert offered(LESSONS[0], hide="guide") == [words("print_sheet")]
    assert offered(LESSONS[0], present="1") == offered("models") == []
