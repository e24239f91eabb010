"""The lessons' texts: both languages say the same things, and Streamlit's Markdown shows them as they are meant."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from markdown_it import MarkdownIt

from lessons.text import FOLDER, HEADING, LANGUAGES, sections, toml

ROOT = FOLDER.parent
MARKDOWN = MarkdownIt("commonmark").enable("table")
PAGES = sorted(FOLDER.rglob("*.md"))
LESSON_PAGES = [path for path in PAGES if path.with_name("ja.md").is_file()]
TABLES = sorted(FOLDER.glob("*/*.toml"))
SHOWN = [path for path in TABLES if path.stem != "numbers"]  # the others are read by a test
TEXTS = sorted({(path.parent.name, path.name.removesuffix(".md")[:-2].rstrip(".")) for path in LESSON_PAGES})
QUIZZES = [path.parent.name for path in TABLES if path.stem == "quiz"]
EXAMPLES = [
    path.parent.name for path in TABLES if path.stem == "examples" and "example" in toml(path.parent.name, "examples")
]
MATHS = re.compile(r"\$[^$\n]+\$")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def inside(value: Any) -> Iterator[Any]:
    """Yield the value and everything in its tables and lists."""
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(part)


def bilingual(value: Any) -> list[dict[str, Any]]:
    """Return the tables that have one entry for each language."""
    return [part for part in inside(value) if isinstance(part, dict) and not part.keys().isdisjoint(LANGUAGES)]


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def troubles(text: str) -> list[str]:
    """Return what would not be drawn as meant: raw HTML, and asterisks that are no emphasis."""
    tokens = [token for block in MARKDOWN.parse(MATHS.sub("x", text)) for token in (block, *(block.children or ()))]
    html = [token.content for token in tokens if token.type in ("html_block", "html_inline")]
    return html + [token.content for token in tokens if token.type == "text" and "*" in token.content]


def shape(value: Any) -> Any:
    """Return a value with every text left out: tables, lists and the options that are correct stay."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    return "" if isinstance(value, str) else value


@pytest.mark.parametrize(
    "text", ["**「鳥がナク」**という", "**自己注意（Self-Attention）**は", "a <b>bold</b> word", "<script>"]
)
def test_lint_finds_what_streamlit_would_show_as_signs(text: str) -> None:
    assert troubles(text)


@pytest.mark.parametrize("text", ["「**鳥がナク**」という", "**Self-Attention** (自己注意)は", "$a^{*}b$", "`**`"])
def test_lint_lets_good_text_pass(text: str) -> None:
    assert troubles(text) == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_page_is_good_markdown(path: Path) -> None:
    assert troubles(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", SHOWN, ids=name)
def test_short_texts_are_good_markdown(path: Path) -> None:
    texts = [text for text in inside(toml(path.parent.name, path.stem)) if isinstance(text, str)]
    assert {text: troubles(text) for text in texts if troubles(text)} == {}


def test_readme_is_good_markdown() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert troubles(re.sub(r"<!-- [\w:]+ -->", "", text)) == []


@pytest.mark.parametrize("path", LESSON_PAGES, ids=name)
def test_every_heading_has_an_anchor_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    anchors = [heading["anchor"] for heading in HEADING.finditer(text)]
    assert len(re.findall(r"^##? ", text, re.MULTILINE)) == len(anchors) > 0
    assert len(set(anchors)) == len(anchors)


@pytest.mark.parametrize(("lesson", "text"), TEXTS)
def test_languages_have_the_same_sections(lesson: str, text: str) -> None:
    ja, en = (sections(lesson, lang, text) for lang in LANGUAGES)
    assert list(ja) == list(en)
    empty = [anchor for part in (ja, en) for anchor, section in part.items() if not section.body]
    assert empty == []


@pytest.mark.parametrize(("lesson", "text"), TEXTS)
@pytest.mark.parametrize("part", [r"^###+ ", r"^- ", r"^\d+\. ", r"^\|", r"https://[^)\s]+"])
def test_languages_have_the_same_parts(lesson: str, text: str, part: str) -> None:
    ja, en = (sections(lesson, lang, text) for lang in LANGUAGES)
    found = re.compile(part, re.MULTILINE)
    for anchor in ja:
        assert found.findall(ja[anchor].body) == found.findall(en[anchor].body), anchor


@pytest.mark.parametrize("path", TABLES, ids=name)
def test_tables_say_the_same_in_both_languages(path: Path) -> None:
    tables = bilingual(toml(path.parent.name, path.stem))
    assert tables
    for table in tables:
        assert table.keys() >= set(LANGUAGES), table
        ja, en = (table[lang] for lang in LANGUAGES)
        assert shape(ja) == shape(en), table
        if isinstance(ja, str):
            assert placeholders(ja) == placeholders(en), table


@pytest.mark.parametrize("path", TABLES, ids=name)
def test_no_text_is_empty(path: Path) -> None:
    texts = [text for text in inside(toml(path.parent.name, path.stem)) if isinstance(text, str)]
    assert [text for text in texts if not text.strip()] == []


@pytest.mark.parametrize("lesson", QUIZZES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_quiz_has_one_right_answer_and_tells_why(lesson: str, lang: str) -> None:
    questions = toml(lesson, "quiz")["question"]
    assert len({question["id"] for question in questions}) == len(questions)
    for question in questions:
        assert question["anchor"] in sections(lesson, lang)
        options = question[lang]["options"]
        assert [option["correct"] for option in options].count(True) == 1, question["id"]
        for part in ("text", "feedback"):
            assert len({option[part].strip() for option in options}) == len(options) > 1, question["id"]


@pytest.mark.parametrize("lesson", EXAMPLES)
def test_example_asks_for_a_word_that_it_has_once(lesson: str) -> None:
    for example in toml(lesson, "examples")["example"]:
        assert example["text"].count(example["word"]) == 1
        assert len(set(example["candidates"])) == len(example["candidates"]) >= 2
