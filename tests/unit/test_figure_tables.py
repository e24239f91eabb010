"""Whoever cannot see a figure can read its numbers: every figure of every page has a table, or what stands for one."""

import ast
from collections.abc import Iterator

from lessons.text import FOLDER

DRAWN = {"figure": 1, "clickable": 1}  # the place of the figure's key among the arguments
TABLES = {"table", "grid_table"}
ANY = "…"  # what a key has from the run

# Figures that are read in another way than by a table with their own key.
ELSEWHERE = {
    "figure:paper": "a diagram: the select box above it names every box",
    "code:boxes": "a diagram: the select box beside it names every box",
    "figure:strips": "a table that is always shown has the first numbers and the length of the chosen row",
    "figure:answers": "a table that is always shown",
    "few_shot:…": "a table that is always shown",
    "further:…": "a table that is always shown",
    "idea:losses": "a table that is always shown",
    "models:…:conversion": "a table that is always shown",
    "write:bars:…": "the select box below it has every word with its probability",
    "numbers:qk": "a table of the components",
    "numbers:v": "a table of the components",
}


def _calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield (file, name, call) for every call of `widgets.NAME` or `scene.NAME` in the lessons."""
    for file in sorted(FOLDER.glob("*/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield str(file.relative_to(FOLDER)), node.func.attr, node


def _key(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else ANY for part in node.values)
    return ANY


def _figures() -> set[str]:
    return {
        _key(call.args[DRAWN[name]])
        for _, name, call in _calls()
        if name in DRAWN and isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "widgets"
    }


def _shared(key: str) -> str:
    """Return the key of the table that the figures of one scene have in common: "cut:table" for "cut:effect"."""
    return f"{key.rpartition(':')[0]}:table"


def _tables() -> set[str]:
    tables = {_key(call.args[1]) for _, name, call in _calls() if name in TABLES and len(call.args) > 2}
    toggles = {
        _key(word.value)
        for _, name, call in _calls()
        if name == "toggle"
        for word in call.keywords
        if word.arg == "key"
    }
    return tables | toggles


def test_every_figure_has_its_numbers_in_a_table() -> None:
    tables = _tables()
    drawn = _figures()
    missing = {key for key in drawn if not {f"{key}:table", _shared(key)} & tables}
    assert missing == ELSEWHERE.keys()


def test_what_is_said_of_a_figure_is_no_markdown() -> None:
    """A screen reader reads the backslashes of `plain` aloud."""
    for file in sorted(FOLDER.glob("*/**/*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            escaped = {
                ast.unparse(node.targets[0])
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("plain(")
            }
            said = {
                ast.unparse(node.args[2])
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("widgets.figure", "widgets.clickable")
            }
            assert not said & escaped, file
            assert not any(text.startswith("plain(") for text in said), file
