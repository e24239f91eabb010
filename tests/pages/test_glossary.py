"""The glossary without a browser: the list, the search, a link to one word, the words of a lesson."""

import subprocess
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lessons.glossary import cards
from lessons.glossary.terms import of_lesson, page_of, search, term, terms
from lessons.registry import Lesson, lessons, references
from lessons.text import LANGUAGES, Strings, plain

Open = Callable[..., AppTest]
ROOT = Path(__file__).parents[2]
PAGE = next(page for page in references() if page.id == "glossary")
MARKUP = (
    "**x**",
    "<b>x</b>",
    "$x$",
    ":red[x]",
    "[x](javascript:alert(1))",
    "# x",
    "`x`",
    "<img src=x onerror=alert(1)>",
)


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def listed(app: AppTest) -> list[str]:
    """Return the words of the list in the order in which they are drawn, column by column."""
    return [
        one.id
        for one in sorted(terms(), key=lambda one: html(app).find(f'id="{one.id}"'))
        if f'id="{one.id}"' in html(app)
    ]


def find(app: AppTest, query: str) -> AppTest:
    return app.text_input(key="glossary:q").set_value(query).run()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_listed_with_its_link(open_page: Open, lang: str) -> None:
    app = open_page("glossary", lang=lang)

    assert not app.exception and not app.error
    assert [title.value for title in app.title] == [PAGE.title[lang]]
    assert sorted(listed(app)) == sorted(one.id for one in terms())
    for one in terms():
        assert escape(one.definition[lang]) in html(app)
    opened = [one for one in terms() if not isinstance(page := page_of(one), Lesson) or page.ready]
    links = [(link.proto.page, link.proto.label) for link in app.get("page_link")]
    addresses = {"overview": ""}  # the first page
    assert sorted(links) == sorted((addresses.get(one.lesson, one.lesson), cards.where(one, lang)) for one in opened)
    steps = {(link.proto.page, link.proto.query_string) for link in app.get("page_link")}
    assert ("tokens", "step=length") in steps and ("", "") in steps and ("models", "") in steps


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_order_can_be_chosen(open_page: Open, lang: str) -> None:
    app = open_page("glossary", lang=lang)
    first = f"#### {plain('1. ' + lessons()[0].title[lang])}"
    assert first in [element.value for element in app.markdown]

    app.button_group(key="glossary:by").set_value("reading").run()
    assert not app.exception
    assert first not in [element.value for element in app.markdown]
    assert ("#### あ行" if lang == "ja" else "#### A") in [element.value for element in app.markdown]
    assert sorted(listed(app)) == sorted(one.id for one in terms())


@pytest.mark.parametrize("query", ["おんど", "オンド", "温度", "temperature"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_word_is_found_by_kana_kanji_and_english(open_page: Open, lang: str, query: str) -> None:
    app = find(open_page("glossary", lang=lang), query)

    assert not app.exception
    assert "temperature" in listed(app)
    assert set(listed(app)) == {one.id for one in search(query)} < {one.id for one in terms()}


def test_a_query_comes_in_the_link(open_page: Open) -> None:
    app = open_page("glossary", q="せるふ")
    assert listed(app) == ["self_attention"]


@pytest.mark.parametrize("query", MARKUP)
def test_a_query_is_never_markup(open_page: Open, query: str) -> None:
    app = find(open_page("glossary"), query)

    assert not app.exception
    if not search(query):
        assert [element.value for element in app.info] == [Strings("glossary", "ja")("nothing", query=plain(query))]
    assert query not in html(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_opens_at_a_word(open_page: Open, lang: str) -> None:
    app = open_page("glossary", lang=lang, t="attention")
    one = term("attention")
    assert one is not None

    large = [element.proto.body for element in app.get("html") if 'class="gl large"' in element.proto.body]
    assert len(large) == 1 and escape(one.definition[lang]) in large[0]
    assert app.get("page_link")[0].proto.label == cards.where(one, lang)

    app.button(key=f"see:{one.see[0]}").click().run()
    assert not app.exception
    assert app.query_params["t"] in (one.see[0], [one.see[0]])

    app.button(key="close").click().run()
    assert 'class="gl large"' not in html(app)
    assert "t" not in app.query_params


@pytest.mark.parametrize("name", ["no_such_word", "<script>alert(1)</script>", "../../etc/passwd", "x" * 500])
def test_an_unknown_word_in_a_link_is_harmless(open_page: Open, name: str) -> None:
    app = open_page("glossary", t=name)

    assert not app.exception and not app.error
    assert 'class="gl large"' not in html(app)
    assert name not in html(app)
    assert len(listed(app)) == len(terms())


def test_a_search_closes_the_word_of_the_link(open_page: Open) -> None:
    app = find(open_page("glossary", t="attention"), "おんど")
    assert 'class="gl large"' not in html(app)


def test_a_link_to_a_step_counts_even_where_the_lesson_was_left_at_another(open_page: Open) -> None:
    app = open_page("tokens", step="length", s="小鳥が鳴く")
    app.switch_page("pages/glossary.py").run()
    app.query_params = {"step": "vectors"}
    app.switch_page("pages/tokens.py").run()

    assert not app.exception
    assert app.button_group(key="tokens:step").value == "vectors"
    assert app.query_params["s"] in ("小鳥が鳴く", ["小鳥が鳴く"])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("lesson", ["tokens", "rlhf", "no_such_lesson"])
def test_a_lesson_shows_its_words(open_page: Open, lesson: str, lang: str) -> None:
    program = f"""
import streamlit as st
from lessons.glossary import widget
widget.terms({lesson!r}, {lang!r})
"""
    app = AppTest.from_string(program, default_timeout=60)
    app.run()

    words = of_lesson(lesson)
    assert all(escape(one.definition[lang]) in html(app) for one in words)
    assert html(app).count("<dt>") == len(words)


def test_the_page_needs_neither_torch_nor_transformers() -> None:
    program = """
import sys
from streamlit.testing.v1 import AppTest
from lessons import live

live.model = lambda name: None
app = AppTest.from_file("app.py", default_timeout=60).run()
app.switch_page("pages/glossary.py").run()
assert not app.exception and app.title[0].value == "用語集", app.title
heavy = {"torch", "transformers", "safetensors", "huggingface_hub", "tokenizers"} & {*sys.modules}
assert not heavy, heavy
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
