"""The choice of the model: what a link may ask for, what is fetched and when, and who answers meanwhile."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tiny import bert, card, japanese_tokenizer, qwen3, unigram_tokenizer

import core
from core.causal import CausalLM
from core.errors import InvalidName, Offline, WrongTask
from core.masked import MaskedLM
from lessons import live
from lessons.text import LANGUAGES, plain

Open = Callable[..., AppTest]
PAGE = "self_attention"
HUB = "sbintuitions/modernbert-ja-30m"
GUEST = "owner/tiny"


class Loads:
    """Stands in for `core.load` where a model of the hub is asked for: counts, and fails if it is told to."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.error: Exception | None = None
        self.model: Any = None

    def __call__(self, name: str, **more: Any) -> Any:
        self.names.append(name)
        if self.error is not None:
            raise self.error
        return self.model


@pytest.fixture
def loads(lab: Any, monkeypatch: pytest.MonkeyPatch) -> Loads:
    """Loading of anything but the embedded models, which are there already."""
    made = Loads()
    monkeypatch.setattr(core, "load", made, raising=False)
    monkeypatch.setattr(live, "_loadings", dict(live._loadings))
    monkeypatch.setattr(live, "GRACE", 0)
    return made


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> MaskedLM:
    """A tiny BERT of another shape than the embedded encoder, as if it came from the hub."""
    tokenizer = japanese_tokenizer(tmp_path_factory.mktemp("guest"))
    model = bert(len(tokenizer))
    return MaskedLM(model, tokenizer, dataclasses.replace(card("masked", model), name=GUEST))


def radio(app: AppTest) -> Any:
    return next(widget for widget in app.radio if widget.key == "self-attention:model")


def fetch(app: AppTest) -> Any | None:
    return next((button for button in app.button if button.key == "self-attention:fetch"), None)


def errors(app: AppTest) -> list[str]:
    return [element.value for element in app.error]


def said(app: AppTest) -> str:
    return "\n".join(str(element.value) for kind in ("markdown", "caption") for element in app.get(kind))


def layers(app: AppTest) -> int:
    """How many layers the reader can choose from on the map, the mean among them."""
    return len(next(box for box in app.selectbox if box.key == "self-attention:l").options)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_never_fetches(open_page: Open, loads: Loads, lang: str) -> None:
    app = open_page(PAGE, m=HUB, lang=lang)

    assert not app.exception and not app.error
    assert loads.names == []
    assert "157 MB" in said(app) and "MIT" in said(app)
    assert fetch(app) is not None
    assert app.get("plotly_chart")  # the embedded model answers meanwhile


def test_the_button_fetches_and_the_model_answers(open_page: Open, loads: Loads, guest: MaskedLM) -> None:
    loads.model = guest
    app = open_page(PAGE, m=GUEST, step="map")
    before = layers(app)

    button = fetch(app)
    assert button is not None
    button.click()
    app.run()
    live.wait(GUEST, 20)
    app.run()

    assert not app.exception and not app.error
    assert loads.names == [GUEST]
    assert layers(app) == guest.card.layers + 1 != before
    badges = " ".join(str(element.proto) for element in app.get("markdown"))
    assert f"--model {GUEST}" in badges.replace("\\\\", "")
    assert fetch(app) is None


def test_choosing_from_the_list_describes_before_it_fetches(open_page: Open, loads: Loads) -> None:
    app = open_page(PAGE)
    radio(app).set_value(HUB)
    app.run()

    assert fetch(app) is not None
    assert loads.names == []
    assert "".join(app.query_params["m"]) == HUB


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["../../etc/passwd", "nothing", "<b>x</b>", "owner/na me"])
def test_what_is_no_name_is_told_and_the_embedded_model_answers(
    open_page: Open, loads: Loads, name: str, lang: str
) -> None:
    app = open_page(PAGE, m=name, lang=lang)

    assert not app.exception
    assert errors(app) == [plain(InvalidName(name=name).message(lang))]
    assert loads.names == []
    assert app.get("plotly_chart")
    app.run()
    assert not app.error  # told once


def test_without_internet_it_is_told(open_page: Open, loads: Loads) -> None:
    loads.error = Offline(name=GUEST)
    app = open_page(PAGE, m=GUEST)
    button = fetch(app)
    assert button is not None
    button.click()
    app.run()
    assert live._loadings[GUEST].done.wait(20) if GUEST in live._loadings else True
    if not app.error:
        app.run()

    assert errors(app) == [plain(Offline(name=GUEST).message("ja"))]
    assert app.get("plotly_chart")


def test_a_model_of_another_kind_is_refused(
    open_page: Open, loads: Loads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = unigram_tokenizer(tmp_path, causal=True)
    model = qwen3(len(tokenizer))
    loads.model = CausalLM(model, tokenizer, dataclasses.replace(card("causal", model), name=GUEST))
    live.wait(GUEST, 20)
    app = open_page(PAGE, m=GUEST)

    assert errors(app) == [plain(WrongTask(name=GUEST, task="masked").message("ja"))]
    assert app.get("plotly_chart")


def test_the_bytes_so_far_are_shown(open_page: Open, loads: Loads) -> None:
    live._loadings[GUEST] = live._Loading(fetched=(30_000_000, 120_000_000))
    app = open_page(PAGE, m=GUEST)

    bars = [json.loads(json.dumps(str(element.proto))) for element in app.get("progress")]
    assert len(bars) == 1 and "30 MB" in bars[0] and "120 MB" in bars[0]
