"""The road of lessons: what is ready has all its parts, what is not is only announced. The reference pages beside it."""

import re
from pathlib import Path

import pytest

from lessons.registry import PAGES, Entry, Lesson, lessons, pages, references
from lessons.text import FOLDER, LANGUAGES, toml

READY = [lesson for lesson in lessons() if lesson.ready]
TAUGHT = [lesson for lesson in READY if lesson.id != "overview"]


def test_the_road_begins_with_the_overview_and_teaches_something() -> None:
    assert lessons()[0].id == "overview"
    assert "self_attention" in {lesson.id for lesson in TAUGHT}


def test_names_are_addresses_and_different() -> None:
    names = [page.id for page in (*lessons(), *references())]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


@pytest.mark.parametrize("page", [*lessons(), *references()], ids=lambda page: page.id)
def test_every_page_is_named_and_described_in_both_languages(page: Entry) -> None:
    for texts in (page.title, page.summary):
        assert set(texts) == set(LANGUAGES)
        assert all(text.strip() == text and text for text in texts.values())


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.id)
def test_what_can_be_opened_has_its_page_and_texts(page: Entry) -> None:
    assert page.page.is_file()
    for lang in LANGUAGES:
        assert (FOLDER / page.id / f"{lang}.md").is_file()


@pytest.mark.parametrize("reference", references(), ids=lambda reference: reference.id)
def test_a_reference_page_has_tests(reference: Entry) -> None:
    assert (Path(__file__).parents[1] / "pages" / f"test_{reference.id}.py").is_file()


@pytest.mark.parametrize("lesson", TAUGHT, ids=lambda lesson: lesson.id)
def test_a_lesson_has_a_guide_a_quiz_and_tests(lesson: Lesson) -> None:
    for lang in LANGUAGES:
        assert (FOLDER / lesson.id / f"guide.{lang}.md").is_file()
    assert toml(lesson.id, "quiz")["question"]
    tests = Path(__file__).parents[1]
    assert (tests / "pages" / f"test_{lesson.id}.py").is_file()
    assert (tests / "browser" / f"test_{lesson.id}.py").is_file()


def test_every_page_is_in_the_menu() -> None:
    assert set(PAGES.glob("*.py")) == {page.page for page in pages()}
    assert pages() == (*READY, *references())
