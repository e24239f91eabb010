"""The first page comes before torch: nothing that it needs imports torch or transformers."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "transformers", "bertviz")
TIMEOUT = 120  # s, an upper bound against hanging
CHECK = f"""
import sys
heavy = sorted(set({HEAVY!r}) & set(sys.modules))
assert not heavy, heavy
"""


def run(program: str) -> None:
    """Run a program in a new process from the project's folder; its error is the test's."""
    command = [sys.executable, "-c", program + CHECK]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    "module",
    [
        "core",
        "core.catalogue",
        "core.errors",
        "core.maps",
        "core.runtime",
        "core.tokens",
        "lessons.live",
        "lessons.menu",
        "lessons.widgets",
        "lessons.self_attention.figures",
        "lessons.self_attention.lab",
        "lessons.self_attention.steps",
    ],
)
def test_a_module_that_pages_import_is_light(module: str) -> None:
    run(f"import {module}")


def test_pages_are_drawn_before_torch_is_there() -> None:
    run(
        """
from streamlit.testing.v1 import AppTest
from lessons import live
from lessons.self_attention.steps import STEPS

live.model = lambda name: None
app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception and app.title
app.switch_page("pages/self_attention.py").run()
for step in STEPS:
    app.button_group(key="self-attention:step").set_value(step).run()
    assert not app.exception and app.title, step
"""
    )


def test_the_terminal_says_what_it_can_before_torch_is_there() -> None:
    run("from core.__main__ import main")
