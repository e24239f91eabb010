"""The road of lessons: what is ready has all its parts, what is not is only announced."""

import re
from pathlib import Path

import pytest

from lessons.registry import PAGES, Lesson, lessons
from lessons.text import FOLDER, LANGUAGES, toml

READY = [lesson for lesson in lessons() if lesson.ready]
TAUGHT = [lesson for lesson in READY if lesson.id != "overview"]


def test_the_road_begins_with_the_overview_and_teaches_something() -> None:
    assert lessons()[0].id == "overview"
    assert "self_attention" in {lesson.id for lesson in TAUGHT}


def test_names_are_addresses_and_different() -> None:
    names = [lesson.id for lesson in lessons()]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.id)
def test_every_lesson_is_named_and_described_in_both_languages(lesson: Lesson) -> None:
    for texts in (lesson.title, lesson.summary):
        assert set(texts) == set(LANGUAGES)
        assert all(text.strip() == text and text for text in texts.values())


@pytest.mark.parametrize("lesson", READY, ids=lambda lesson: lesson.id)
def test_a_ready_lesson_has_its_page_and_texts(lesson: Lesson) -> None:
    assert lesson.page.is_file()
    for lang in LANGUAGES:
        assert (FOLDER / lesson.id / f"{lang}.md").is_file()


@pytest.mark.parametrize("lesson", TAUGHT, ids=lambda lesson: lesson.id)
def test_a_lesson_has_a_guide_a_quiz_and_tests(lesson: Lesson) -> None:
    for lang in LANGUAGES:
        assert (FOLDER / lesson.id / f"guide.{lang}.md").is_file()
    assert toml(lesson.id, "quiz")["question"]
    tests = Path(__file__).parents[1]
    assert (tests / "pages" / f"test_{lesson.id}.py").is_file()
    assert (tests / "browser" / f"test_{lesson.id}.py").is_file()


def test_every_page_belongs_to_a_ready_lesson() -> None:
    assert set(PAGES.glob("*.py")) == {lesson.page for lesson in READY}
