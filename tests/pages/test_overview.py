"""The start page, and every lesson of the road: both open in both languages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from lessons.registry import Lesson, lessons, references
from lessons.text import LANGUAGES, Strings, sections

Open = Callable[..., AppTest]
READY = [lesson for lesson in lessons() if lesson.ready]
APP = Path(__file__).parents[2] / "app.py"
NAME = {"ja": "大規模言語モデル概観", "en": "Large Language Models, Hands On"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("lesson", READY, ids=lambda lesson: lesson.id)
def test_every_ready_lesson_opens(open_page: Open, lesson: Lesson, lang: str) -> None:
    app = open_page(lesson.id, lang=lang)

    assert not app.exception
    assert not app.error
    assert [title.value for title in app.title] == [NAME[lang] if lesson.id == "overview" else lesson.title[lang]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_road_shows_every_lesson_and_opens_those_that_are_ready(open_page: Open, lang: str) -> None:
    app = open_page("overview", lang=lang)

    shown = [element.value for element in app.markdown]
    for number, lesson in enumerate(lessons(), 1):
        assert f"**{number}. {lesson.title[lang]}**" in shown
    opened = [*(lesson.id for lesson in READY if lesson.id != "overview"), *(page.id for page in references())]
    assert [link.proto.page for link in app.get("page_link")] == opened
    coming = f"badge[{Strings('self_attention', lang)('coming_soon')}]"
    assert sum(coming in text for text in shown) == len(lessons()) - len(READY)
    assert [heading.value for heading in app.subheader] == [
        section.title for section in sections("overview", lang).values()
    ]


def test_the_language_switch_turns_the_page_and_stays_on_the_next(open_page: Open) -> None:
    app = open_page("overview")
    assert app.title[0].value == NAME["ja"]

    app.button_group(key="lang:widget").set_value("en").run()
    assert app.title[0].value == NAME["en"]

    app.switch_page("pages/self_attention.py").run()
    assert app.text_input(key="self-attention:s").label == "Sentence"
    assert app.query_params == {"lang": "en"}


def test_an_unknown_language_is_japanese(open_page: Open) -> None:
    app = open_page("overview", lang="xx")

    assert not app.exception
    assert app.title[0].value == NAME["ja"]


def test_a_lesson_whose_address_is_the_first_one_opened_comes_with_the_menu(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then Streamlit has not met the menu and runs the page's file alone (see language_of_page)."""
    monkeypatch.setattr(app_test, "PagesManager", PagesManager)
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params = {"lang": "en", "s": "小鳥がナク"}
    app.switch_page("pages/self_attention.py").run()

    assert not app.exception
    assert app.button_group(key="lang:widget").value == "en"
    assert app.text_input(key="self-attention:s").value == "小鳥がナク"
