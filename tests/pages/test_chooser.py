"""The choice of the model: what a link may ask for, what is fetched and when, and who answers meanwhile."""

import dataclasses
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tiny import bert, card, japanese_tokenizer, qwen3, unigram_tokenizer

import core
from core import apart, extras
from core.causal import CausalLM
from core.errors import CannotStore, InvalidName, Offline, WrongTask
from core.masked import MaskedLM
from lessons import chooser, live
from lessons.chooser import extra
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
    open_page: Open, loads: Loads, name: str, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(PAGE, m=name, lang=lang)

    assert not app.exception
    assert errors(app) == [plain(InvalidName(name=name).message(lang))]
    assert loads.names == []
    assert app.get("plotly_chart")
    app.run()
    assert errors(app) == [plain(InvalidName(name=name).message(lang))]  # a page runs again by itself, and at once
    monkeypatch.setattr(chooser, "TOLD", 0.0)
    app = open_page(PAGE, m=name, lang=lang)
    app.run()
    assert not app.error


def test_what_was_wrong_is_forgotten_with_the_next_choice(open_page: Open, loads: Loads) -> None:
    app = open_page(PAGE, m="nothing")
    assert app.error
    radio(app).set_value(HUB)
    app.run()
    assert not app.error and fetch(app) is not None


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


# -- an extra model ------------------------------------------------------------------------------------------------

EXTRA = "gemma-3-270m"
TERMS = "You may *use* <b>it</b>."


class Conversions:
    """Stands in for `core.extras`: a model that is absent, installed or converted, and its conversion."""

    def __init__(self, folder: Path) -> None:
        self.stage, self.folder = "absent", folder
        self.asked: list[bool] = []
        self.error: Exception | None = None
        self.go = threading.Event()
        self.told = threading.Event()

    def status(self, name: str) -> extras.Status:
        done = self.stage == "converted"
        return extras.Status(self.stage != "absent", done, done, self.folder)

    def convert(self, name: str, *, accepted: bool, progress: Callable[[int, int, str], None]) -> None:
        self.asked.append(accepted)
        progress(40, 100, "tokenizer")
        self.told.set()
        assert self.go.wait(20)
        if self.error is not None:
            raise self.error
        self.stage = "converted"


@pytest.fixture
def conversions(tmp_path: Path, loads: Loads, monkeypatch: pytest.MonkeyPatch) -> Conversions:
    made = Conversions(tmp_path)
    monkeypatch.setattr(extras, "status", made.status)
    monkeypatch.setattr(apart, "convert", made.convert)
    monkeypatch.setattr(extra, "_terms", lambda name: TERMS)
    monkeypatch.setattr(extra, "_conversions", {})
    return made


def decoder(folder: Path) -> CausalLM:
    """A tiny decoder as if it were the extra model."""
    tokenizer = unigram_tokenizer(folder, causal=True)
    model = qwen3(len(tokenizer))
    title = {"ja": "Gemma 3 270M", "en": "Gemma 3 270M"}
    return CausalLM(model, tokenizer, dataclasses.replace(card("causal", model), name=EXTRA, title=title))


def button(app: AppTest, name: str) -> Any | None:
    return next((button for button in app.button if button.key == f"gpt:{name}"), None)


def ended() -> None:
    """Wait until the conversion has ended, and the loading that it begins."""
    thread = next((thread for thread in threading.enumerate() if thread.name == f"convert-{EXTRA}"), None)
    if thread is not None:
        thread.join(20)
    if EXTRA in live._loadings:
        assert live._loadings[EXTRA].done.wait(20)


def test_an_extra_model_is_offered_where_a_text_is_continued(open_page: Open, conversions: Conversions) -> None:
    choice = next(widget for widget in open_page("gpt").radio if widget.key == "gpt:model")
    assert "Gemma 3 270M (追加モデル)" in choice.options
    assert not any("Gemma" in option for option in radio(open_page(PAGE)).options)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_extra_model_that_is_not_installed_says_how(open_page: Open, conversions: Conversions, lang: str) -> None:
    app = open_page("gpt", m=EXTRA, lang=lang)

    assert not app.exception and not app.error
    assert extras.install_command() in [element.value for element in app.code]
    assert "Gemma Terms of Use" in said(app) and "1,072 MB" in said(app)
    assert button(app, "convert") is None and button(app, "fetch") is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_terms_are_shown_word_for_word_before_the_conversion(
    open_page: Open, conversions: Conversions, lang: str
) -> None:
    conversions.stage = "installed"
    app = open_page("gpt", m=EXTRA, lang=lang)

    assert not app.exception and not app.error
    assert TERMS in [element.value for element in app.text]
    convert = button(app, "convert")
    assert convert is not None and convert.disabled
    assert conversions.asked == []

    app.checkbox(key="gpt:accept").check().run()
    assert not app.exception
    convert = button(app, "convert")
    assert convert is not None and not convert.disabled
    assert conversions.asked == []


def test_it_is_converted_behind_the_page_and_then_answers(
    open_page: Open, loads: Loads, conversions: Conversions, tmp_path: Path
) -> None:
    conversions.stage, loads.model = "installed", decoder(tmp_path)
    app = open_page("gpt", m=EXTRA)
    app.checkbox(key="gpt:accept").check().run()
    convert = button(app, "convert")
    assert convert is not None
    convert.click()
    app.run()
    assert conversions.told.wait(20)
    app.run()

    assert not app.exception and conversions.asked == [True]
    (bar,) = (str(element.proto) for element in app.get("progress"))
    assert "value: 40" in bar
    assert button(app, "convert") is None and app.get("plotly_chart")  # the embedded model answers meanwhile

    conversions.go.set()
    ended()
    app.run()
    assert not app.exception and not app.error
    assert loads.names == [EXTRA]
    assert "いま答えているのは Gemma 3 270M です" in said(app)
    assert TERMS in [element.value for element in app.text]


def test_a_converted_model_is_only_loaded(
    open_page: Open, loads: Loads, conversions: Conversions, tmp_path: Path
) -> None:
    conversions.stage, loads.model = "converted", decoder(tmp_path)
    app = open_page("gpt", m=EXTRA)
    assert loads.names == [] and TERMS in [element.value for element in app.text]

    load = button(app, "fetch")
    assert load is not None and load.label == "読みこんで使う"
    load.click()
    app.run()
    ended()
    app.run()
    assert not app.exception and conversions.asked == []
    assert "いま答えているのは Gemma 3 270M です" in said(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_why_a_conversion_failed_is_told(open_page: Open, conversions: Conversions, lang: str) -> None:
    conversions.stage = "installed"
    conversions.error = CannotStore(name=EXTRA, folder="/models")
    conversions.go.set()
    app = open_page("gpt", m=EXTRA, lang=lang)
    app.checkbox(key="gpt:accept").check().run()
    convert = button(app, "convert")
    assert convert is not None
    convert.click()
    app.run()
    ended()
    app.run()

    assert not app.exception
    assert plain(conversions.error.message(lang)) in errors(app)
    assert button(app, "convert") is not None  # it can be tried again
    assert "".join(app.query_params["m"]) == EXTRA


def test_two_who_press_convert_once(conversions: Conversions) -> None:
    extra.begin(EXTRA)
    extra.begin(EXTRA)
    conversions.go.set()
    ended()
    assert conversions.asked == [True]


def test_an_extra_model_of_another_kind_is_refused_before_anything_is_done(
    open_page: Open, loads: Loads, conversions: Conversions
) -> None:
    app = open_page(PAGE, m=EXTRA)

    assert errors(app) == [plain(WrongTask(name=EXTRA, task="masked").message("ja"))]
    assert loads.names == [] and conversions.asked == []
    assert app.get("plotly_chart")
