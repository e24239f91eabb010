"""Every error that a user can meet has a sentence in both languages, and the facts it needs."""

import ast
import string
from pathlib import Path

import pytest

from core import errors
from core.errors import CoreError

CORE = Path(errors.__file__).parent
ERRORS = {name: found for name, found in vars(errors).items() if isinstance(found, type) and found is not CoreError}
HOSTILE = ["{", "}", "{0}", "{name}", "{self.__class__}", "{name!r:>1000}", "%s", "\x00", "\ud800", "<b>", ""]


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def raised() -> list[tuple[str, str, frozenset[str]]]:
    """(place, error, facts) for each place in core where an error of ours is made."""
    found = []
    for file in sorted(CORE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                assert not node.args, f"{file.name}:{node.lineno}: facts have names"
                facts = frozenset(str(keyword.arg) for keyword in node.keywords)
                found.append((f"{file.name}:{node.lineno}", node.func.id, facts))
    return found


@pytest.mark.parametrize("name", ERRORS)
def test_both_languages_say_the_same_facts(name: str) -> None:
    error = ERRORS[name]
    assert issubclass(error, CoreError) and {"ja", "en"} <= set(vars(error))
    assert fields(error.ja) == fields(error.en)
    assert all(field.isidentifier() for field in fields(error.ja))


@pytest.mark.parametrize("name", ERRORS)
def test_sentences_are_sentences(name: str) -> None:
    error = ERRORS[name]
    assert error.ja.endswith("。") and error.en.endswith(".")
    assert error.ja.count("。") >= 2, "what happened, and what to do"
    assert "\n" not in error.ja + error.en
    assert any("\u3041" <= character <= "\u3096" for character in error.ja)
    assert error.en[0] in string.ascii_uppercase + "“"


@pytest.mark.parametrize(("place", "name", "facts"), raised())
def test_raised_with_exactly_the_facts_of_the_sentence(place: str, name: str, facts: frozenset[str]) -> None:
    assert facts == fields(ERRORS[name].ja)


def test_every_error_is_raised_somewhere() -> None:
    assert {name for _, name, _ in raised()} == set(ERRORS)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", ERRORS)
def test_facts_are_never_interpreted(name: str, hostile: str) -> None:
    error = ERRORS[name](**dict.fromkeys(fields(ERRORS[name].ja), hostile))
    for lang, template in (("ja", error.ja), ("en", error.en)):
        literal = [text for text, _, _, _ in string.Formatter().parse(template)]
        assert error.message(lang) == hostile.join(literal)


def test_a_missing_fact_is_noticed_at_once() -> None:
    with pytest.raises(KeyError):
        errors.TooManyTokens(length=3)


def test_str_is_the_english_sentence() -> None:
    error = errors.TooManyMasks(count=40, limit=10)
    assert str(error) == error.message("en")
    assert "40" in error.message("ja") and "10" in error.message("ja")
    assert error.message("ja") != error.message("en")
