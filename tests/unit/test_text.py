"""Reading lesson texts, filling in short strings, and showing a reader's text as it is."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lessons.progress import tasks
from lessons.text import JOINER, LANGUAGES, Strings, distinct, plain, sections, toml

ROOT = Path(__file__).parents[2]
LESSON = "self_attention"
TABLES = sorted(path.parent.name for path in (ROOT / "lessons").glob("*/ui.toml"))
CODE = [*sorted((ROOT / "lessons").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py")), ROOT / "app.py"]


# -- sections --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("lesson", "name"),
    [
        ("overview", ""),
        (LESSON, ""),
        (LESSON, "guide"),
        ("models", ""),
        ("tokens", ""),
        ("tokens", "guide"),
        ("gpt", ""),
        ("gpt", "guide"),
    ],
)
def test_sections_are_the_whole_text_in_its_order(lesson: str, name: str, lang: str) -> None:
    file = ROOT / "lessons" / lesson / (f"{name}.{lang}.md" if name else f"{lang}.md")
    written = file.read_text(encoding="utf-8")
    found = sections(lesson, lang, name)

    assert list(found) == re.findall(r"^## .*\{#([\w-]+)\}$", written, re.MULTILINE)
    for section in found.values():
        assert section.title and section.body
        assert "{#" not in section.title + section.body
        assert section.title in written and section.body in written
        assert section.body == section.body.strip()


def test_both_languages_have_the_same_sections() -> None:
    for lesson, name in (
        ("overview", ""),
        (LESSON, ""),
        (LESSON, "guide"),
        ("models", ""),
        ("tokens", ""),
        ("tokens", "guide"),
        ("gpt", ""),
        ("gpt", "guide"),
    ):
        assert list(sections(lesson, "ja", name)) == list(sections(lesson, "en", name))


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        sections("no_such_lesson", "ja")


# -- short strings ---------------------------------------------------------------------------------------------


def test_facts_are_filled_in_and_never_read_again() -> None:
    say = Strings(LESSON, "ja")

    assert say("cut_button", query="鳥", key="{key}{0}") == "切る: 鳥 → {key}{0}"
    assert say("cut_button") == "切る: {query} → {key}"  # without facts: the template itself
    assert Strings(LESSON, "en")("quiz_score", score=5, total=5) == "5 of 5 right"


def test_a_string_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        Strings(LESSON, "ja")("no_such_string")
    with pytest.raises(KeyError):
        Strings(LESSON, "ja")("cut_button", query="鳥")


@pytest.mark.parametrize("table", TABLES)
def test_every_string_has_both_languages_with_the_same_facts(table: str) -> None:
    for key, entry in toml(table, "ui").items():
        assert set(entry) == set(LANGUAGES), key
        facts = [set(re.findall(r"\{(\w+)\}", entry[lang])) for lang in LANGUAGES]
        assert facts[0] == facts[1], key


def table_of(file: Path) -> str:
    """Return the table whose strings a file asks for: that of its folder or page, else that of the first lesson."""
    inside = file.relative_to(ROOT).with_suffix("").parts[1:]
    return inside[0] if inside and inside[0] in TABLES else LESSON


def names_in_code(table: str) -> tuple[set[str], list[re.Pattern[str]]]:
    """Return every string constant of the code that the table is for, and a pattern for every f-string with a fixed part.

    What the lessons share, as the widgets, is code for every table.
    """
    constants: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for file in CODE:
        if table_of(file) != table and file.parent != ROOT / "lessons":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.add(node.value)
            if isinstance(node, ast.JoinedStr):
                fixed = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
                if re.fullmatch(r"[a-z_]+_", str(fixed[0])):
                    patterns.append(re.compile("".join(r"\w+" if part is None else re.escape(part) for part in fixed)))
    return constants, patterns


def asked_for(table: str) -> set[str]:
    """Return the names that are written out in a call of `say`."""
    names: set[str] = set()
    for file in (file for file in CODE if table_of(file) == table):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == "say":
                alternatives = node.args[0]
                options = (
                    [alternatives.body, alternatives.orelse] if isinstance(alternatives, ast.IfExp) else [alternatives]
                )
                names |= {str(option.value) for option in options if isinstance(option, ast.Constant)}
    return names


@pytest.mark.parametrize("table", TABLES)
def test_every_string_that_is_asked_for_exists(table: str) -> None:
    assert len(asked_for(table)) > 5
    assert asked_for(table) <= set(toml(table, "ui"))


@pytest.mark.parametrize("table", TABLES)
def test_every_string_is_used(table: str) -> None:
    constants, patterns = names_in_code(table)
    steps = {f"step_{step}" for step in tasks(table)}  # drawn by the frame
    unused = {
        key
        for key in set(toml(table, "ui")) - steps
        if key not in constants and not any(pattern.fullmatch(key) for pattern in patterns)
    }
    assert not unused


# -- a reader's text -------------------------------------------------------------------------------------------


def rendered(markdown: str) -> str:
    """Return what a CommonMark reader with tables, strikethrough and links shows of a line, if it is only text."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    paragraph = parser.parse("x " + markdown + " x")
    assert [token.type for token in paragraph] == ["paragraph_open", "inline", "paragraph_close"]
    children = paragraph[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}, [child.type for child in children]
    return "".join(child.content for child in children).removeprefix("x ").removesuffix(" x")


@pytest.mark.parametrize(
    "text",
    [
        "**x**",
        "__x__ *y* _z_",
        "<b>x</b><!-- -->",
        "[x](javascript:alert(1))",
        "![x](http://example.org/x.png)",
        "`x`",
        "~~x~~",
        "a | b",
        "&lt;&#65;",
        "http://example.org",
        "\\*x\\*",
        "</script><script>alert(1)</script>",
    ],
)
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    assert rendered(plain(text)) == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_plain_text_of_any_characters_is_only_text(text: str) -> None:
    shown = " ".join(text.split())

    assert rendered(plain(text)) == shown or not shown
    assert not re.search(r"(?<!\\)(\\\\)*[$:`<\[|]", plain(text))


def test_plain_text_leaves_japanese_alone() -> None:
    assert plain("「鳥がナク」。") == "「鳥がナク」。"
    assert plain("一行目\n\n# 二行目") == "一行目 \\# 二行目"


def test_options_that_say_the_same_are_told_apart_by_signs_that_nobody_sees() -> None:
    shown = distinct(["鳥", "*が*", "鳥", "鳥"])
    assert len(set(shown)) == 4
    assert [name.replace(JOINER, "") for name in shown] == ["鳥", "\\*が\\*", "鳥", "鳥"]
