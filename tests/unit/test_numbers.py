"""Every number that a lesson's prose states comes from a model's card, from a named source, or is true by definition.

`lessons/LESSON/numbers.toml` lists them as they stand in the text, in both languages, each with one of

    card      name of a model and the expression over its card that gives the number
    because   why it is so: a definition, or the arithmetic of the sentence itself
    source    the paper that gives it: its address stands among the lesson's sources

Years of papers, names such as GPT-2, list numbers, nothing (0), one and all (100%), code, formulas, links and what the
page fills in are left out.
"""

import ast
import math
import operator
import re
from collections.abc import Iterator
from typing import Any

import pytest

from core import catalogue
from lessons.registry import lessons
from lessons.text import FOLDER, LANGUAGES, sections, toml

TAUGHT = [lesson.id for lesson in lessons() if lesson.ready]
TABLES = ("ui", "tasks")  # a quiz asks and supposes
LEFT_OUT = re.compile(
    r"""`[^`]*` | \$[^$]*\$ | \]\([^)]*\) | https?://\S+ | \{[^{}]*\}      # code, formulas, addresses, what is filled in
      | ^\s*\d+\.\s | [①-⑳]                                               # list numbers
      | (?:19|20)\d\d                                                       # years
      | [A-Za-z]+-?\d[\w.]*                                                 # names: GPT-2, UTF-8, Qwen3
      | (?<![\d.,/])(?:[01]|100\s?%)(?![\d.,/]*\d)                          # nothing, one, all
    """,
    re.VERBOSE | re.MULTILINE,
)
NUMBER = re.compile(r"\d[\d,.]*")
OPERATORS = {ast.Mult: operator.mul, ast.Add: operator.add, ast.Sub: operator.sub, ast.Div: operator.truediv}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(part)


def prose(lesson: str, lang: str) -> str:
    """Return all that a lesson says in one language."""
    told = {anchor: section for anchor, section in sections(lesson, lang).items() if anchor != "sources"}
    parts = [f"{section.title}\n{section.body}" for section in told.values()]
    for name in TABLES:
        if (FOLDER / lesson / f"{name}.toml").is_file():
            table = {key: value for key, value in toml(lesson, name).items() if not key.startswith("step_")}
            parts += said(table, lang)
    return "\n".join(parts)


def said(table: Any, lang: str) -> list[str]:
    """Return the texts of a table in one language."""
    if isinstance(table, dict):
        if lang in table:
            return list(strings(table[lang]))
        return [text for part in table.values() for text in said(part, lang)]
    return [text for part in table for text in said(part, lang)] if isinstance(table, list) else []


def entries(lesson: str) -> list[dict[str, str]]:
    if not (FOLDER / lesson / "numbers.toml").is_file():
        return []
    found: list[dict[str, str]] = toml(lesson, "numbers")["number"]
    return found


def unexplained(lesson: str, lang: str) -> list[str]:
    """Return the lines that still have a number when all that is listed has been taken out."""
    text = prose(lesson, lang)
    for entry in sorted(entries(lesson), key=lambda entry: -len(entry[lang])):
        text = text.replace(entry[lang], "")
    return [line.strip() for line in LEFT_OUT.sub("", text).splitlines() if NUMBER.search(line)]


def calculated(expression: str, facts: dict[str, float]) -> float:
    """Return the value of an expression of names, numbers, + - * and /."""

    def value(node: ast.expr) -> float:
        match node:
            case ast.BinOp():
                return float(OPERATORS[type(node.op)](value(node.left), value(node.right)))
            case ast.Name():
                return facts[node.id]
            case ast.Constant():
                return float(str(node.value))
        raise ValueError(ast.dump(node))

    return value(ast.parse(expression, mode="eval").body)


def stated(text: str) -> float:
    """Return the first number of a phrase, 410 万 and 4.1 million as what they mean."""
    found = NUMBER.search(text)
    assert found, text
    number = float(found[0].rstrip(".,").replace(",", ""))
    after = text[found.end() :].lstrip()
    factor = 10_000 if after.startswith("万") else 1_000_000 if after.startswith("million") else 1
    return round(number * factor, 3)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("lesson", TAUGHT)
def test_no_number_comes_from_nowhere(lesson: str, lang: str) -> None:
    assert unexplained(lesson, lang) == []


@pytest.mark.parametrize("lesson", TAUGHT)
def test_every_listed_number_stands_in_the_text_and_is_explained(lesson: str) -> None:
    for entry in entries(lesson):
        assert len({"card", "because", "source"} & set(entry)) == 1, entry
        for lang in LANGUAGES:
            assert entry[lang] in prose(lesson, lang), entry
        if "source" in entry:
            assert entry["source"] in sections(lesson, "ja")["sources"].body, entry


@pytest.mark.parametrize("lesson", TAUGHT)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_of_a_model_are_those_of_its_card(lesson: str, lang: str) -> None:
    for entry in entries(lesson):
        if "card" not in entry:
            continue
        name, expression = entry["card"].split(": ", 1)
        card = catalogue.card(name)
        facts = {key: float(value) for key, value in vars(card).items() if isinstance(value, (int, float))}
        shown = stated(entry[lang])
        digits = len(str(int(shown)).rstrip("0"))
        expected = calculated(expression, facts)
        assert float(f"{expected:.{max(1, digits)}g}") == pytest.approx(shown), entry
        assert math.isfinite(shown)


def test_a_number_from_nowhere_is_found() -> None:
    assert NUMBER.search(LEFT_OUT.sub("", "このモデルは 93% 正解します。"))
    assert NUMBER.search(LEFT_OUT.sub("", "It is right in 93 of 100 cases."))
    assert not NUMBER.search(LEFT_OUT.sub("", "Radford ほか(2019) [x](https://a.b/1) は GPT-2 と `k=3`、{count}語"))
