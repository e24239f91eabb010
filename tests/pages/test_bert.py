"""The lesson on filling holes without a browser: every step, what a link restores, bad input, what the acts do."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import CoreError
from lessons import live, menu, registry
from lessons.bert import looks
from lessons.bert.lab import LiveLab, examples, live_lab
from lessons.bert.looks import Look, Run
from lessons.bert.steps import STEPS
from lessons.self_attention.lab import LiveLab as MaskedLab
from lessons.text import LANGUAGES, Strings, plain, sections

Open = Callable[..., AppTest]
PAGE = "bert"
JA = Strings(PAGE, "ja")
PARK = examples()[0]
NEEDING = [step for step in STEPS if step not in ("recorded", "live", "quiz", "limits")]
MARKUP = (
    "**x**",
    "<b>x</b>",
    "$x$",
    ":red[x]",
    "[x](javascript:alert(1))",
    "# x",
    "`x`",
    "{x}",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
)


@pytest.fixture(scope="module", autouse=True)
def on_the_road() -> Iterator[None]:
    """Open the lesson, whether or not the road has come to it yet."""
    opened = tuple(replace(lesson, ready=lesson.ready or lesson.id == PAGE) for lesson in registry.lessons())
    with pytest.MonkeyPatch.context() as patch:
        for module in (registry, menu):
            patch.setattr(module, "lessons", lambda: opened)
        yield


@pytest.fixture(scope="session")
def encoder(lab: MaskedLab) -> LiveLab:
    """Wait until the model is loaded; return the lab that the page asks."""
    return live_lab(live.wait("encoder"))


def look(step: int, *firsts: str) -> Look:
    """Return a look at two sentences, whose first guesses are given."""
    texts = ("鳥が[MASK]。", "雨が激しく[MASK]。")
    ranked = [((first, 0.5), ("の", 0.2), ("は", 0.1)) for first in firsts]
    return Look(step, dict(zip(texts, ranked, strict=True)))


WATCHED = Run(
    (20, 40, 80),
    (8.0, 6.5, 4.25),
    (1.0, 2.0, 4.0),
    (look(0, "裏", "裏"), look(10, "た", "た"), look(40, "鳴く", "た"), look(80, "鳴く", "降る")),
)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A small recorded training in place of the encoder's."""
    monkeypatch.setattr(looks, "encoder", lambda: WATCHED)
    return WATCHED


def at_step(app: AppTest, step: str) -> AppTest:
    return app.button_group(key="bert:step").set_value(step).run()


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def texts(app: AppTest) -> str:
    """Everything that the page says in Markdown."""
    kinds = ("markdown", "caption", "info", "success", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def figure(app: AppTest, key: str) -> dict[str, Any]:
    found = next(chart for chart in app.get("plotly_chart") if chart.key == key)
    loaded: dict[str, Any] = json.loads(found.proto.spec)
    return loaded


def figures(app: AppTest) -> set[str]:
    return {chart.key for chart in app.get("plotly_chart")}


def errors(app: AppTest) -> list[str]:
    return [element.value for element in app.error]


def sentence(error: CoreError, lang: str = "ja") -> str:
    return plain(Strings(PAGE, lang)("error_prefix") + error.message(lang))


def values(written: Any) -> list[float]:
    """Return the numbers of a plotly array, which may be packed."""
    if isinstance(written, dict):
        found: list[float] = np.frombuffer(base64.b64decode(written["bdata"]), dtype=written["dtype"]).tolist()
        return found
    return list(written)


def bar_words(app: AppTest, key: str) -> list[str]:
    words: list[str] = figure(app, key)["layout"]["yaxis"]["ticktext"]
    return words


# -- every step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_in_both_languages(open_page: Open, encoder: LiveLab, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    assert not app.exception
    assert not errors(app)
    assert not app.warning
    assert app.button_group(key="bert:step").value == step
    assert {section.title for section in sections(PAGE, lang).values()} & {one.value for one in app.subheader}
    assert Strings(PAGE, lang)("needs_live") not in texts(app)
