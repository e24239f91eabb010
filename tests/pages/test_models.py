"""The page of model cards: whatever models are there, it shows what their cards say, and nothing else."""

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from core import catalogue, extras, offers
from core.catalogue import Card, File, Source
from core.errors import ModelDamaged
from lessons.chooser import extra
from lessons.models.units import size
from lessons.registry import references
from lessons.text import LANGUAGES, Strings, plain, sections

Open = Callable[..., AppTest]
ROOT = Path(__file__).parents[2]
PAGE = next(page for page in references() if page.id == "models")
BARE = Card("bare", "causal", 1_000_000, 2, 2, 64, 500, 64)
CONVERSION = {
    "systems": {
        "seq2seq": {"sentences": 500, "exact": 0.61, "interval": [0.57, 0.65], "characters": 0.93},
        "libkkc": {"sentences": 500, "exact": 0.55, "interval": [0.51, 0.59], "characters": 0.91},
        "anthy": {"sentences": 500, "exact": 0.5, "interval": [0.46, 0.54], "characters": 0.9},
        "frequency": {"sentences": 500, "exact": 0.2},
    },
    "sources": {"tatoeba_ja": {"sentences": 200, "exact": 0.7, "interval": [0.63, 0.76], "characters": 0.95}},
}
MISTAKES = [{"kana": "はしがある", "expected": "端がある", "written": "橋がある"}]
PROBES = {"probes": 6, "right": 5, "wrong": [{"text": "はしをわたる", "expected": "橋を渡る", "guess": "端を渡る"}]}
CONVERTER = dataclasses.replace(
    BARE,
    name="seq2seq",
    kind="seq2seq",  # type: ignore[arg-type]
    title={"ja": "小鳥変換", "en": "Kotori converter"},
    scores={"conversion": CONVERSION, "failures": MISTAKES, "probes": PROBES},
    licence="CC BY-SA 4.0",
    sources=(Source("<b>own</b>", "MIT", "https://example.org | *us*"),),
    files={"model.safetensors": File(4_000_000, "ab" * 32)},
    recipe={"tokens": 2_000_000, "seconds": 9000, "device": "cpu"},
    command="python -m core.training.train seq2seq",
)
MISTAKEN = dataclasses.replace(
    BARE,
    name="mistaken",
    kind="masked",
    scores={"failures": [{"text": "鳥が[MASK]。", "expected": "鳴く", "guess": "泣く", "prob": 0.62}]},
)


def family(*bits: float) -> list[Card]:
    """Return decoders of growing size with these bits per character."""
    return [
        dataclasses.replace(
            BARE,
            name=f"decoder-{number}",
            parameters=10**6 * 3**number,
            scores={"bits_per_character": {"value": value, "baseline": 6.5, "characters": 1000, "sources": {}}},
        )
        for number, value in enumerate(bits)
    ]


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that puts other models into the catalogue."""
    return lambda *cards: monkeypatch.setattr(catalogue, "models", lambda: cards)


def text(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def code(app: AppTest) -> str:
    return "\n".join(element.value for element in app.code)


def tables(app: AppTest) -> list[str]:
    return [element.value for element in app.markdown if element.value.startswith("| ")]


def charts(app: AppTest) -> list[Any]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def turn(app: AppTest, key: str) -> AppTest:
    return app.toggle(key=key).set_value(True).run()


# -- the models that are there -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("card", catalogue.models(), ids=lambda card: card.name)
def test_every_embedded_model_has_its_card(open_page: Open, card: Card, lang: str) -> None:
    app = open_page("models", lang=lang, m=card.name)

    assert not app.exception and not app.error
    assert [title.value for title in app.title] == [PAGE.title[lang]]
    assert card.title[lang] in [heading.value for heading in app.subheader]
    (every, facts, *_) = tables(app)
    for other in catalogue.models():
        assert plain(other.title[lang]) in every
    for fact in (card.name, f"({card.parameters:,})", f"{card.vocabulary:,}", size(card.memory), card.licence):
        assert plain(fact) in facts
    assert f"{card.layers} × {card.heads} × {card.hidden}" in facts
    for source in card.sources:
        assert f"| **{plain(source.name)}** | {plain(source.licence)} | {plain(source.attribution)} |" in text(app)
    for name, file in card.files.items():
        assert f"{file.sha256}  {name}" in code(app)
    assert card.command.split(" && ")[-1] in code(app)
    assert f"--model {card.name}" in code(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("card", catalogue.models(), ids=lambda card: card.name)
def test_what_was_measured_is_drawn(open_page: Open, card: Card, lang: str) -> None:
    app = open_page("models", lang=lang, m=card.name)

    words = sections("models", lang)
    named = {"bits_per_character": "bits", "hidden_words": "hidden", "minimal_pairs": "pairs"}
    for score, anchor in {**named, "calibration": "calibration", "conversion": "conversion"}.items():
        assert (f"#### {words[anchor].title}" in text(app)) == (score in card.scores)
    assert Strings("models", lang)("no_scores") not in text(app) or not card.scores


def test_the_first_model_is_shown_without_asking_and_another_can_be_chosen(open_page: Open) -> None:
    first, second, *_ = catalogue.models()
    app = open_page("models")
    assert first.title["ja"] in [heading.value for heading in app.subheader]

    app.selectbox(key="models:m").set_value(second.name).run()
    assert not app.exception
    assert second.title["ja"] in [heading.value for heading in app.subheader]
    assert app.query_params["m"] in (second.name, [second.name])


def test_an_unknown_model_in_a_link_is_the_first(open_page: Open) -> None:
    app = open_page("models", m="../../etc/passwd")

    assert not app.exception
    assert catalogue.models()[0].title["ja"] in [heading.value for heading in app.subheader]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_can_be_read_as_tables(open_page: Open, lang: str) -> None:
    app = open_page("models", lang=lang, m="encoder")
    before = len(tables(app))
    toggles = [toggle.key for toggle in app.toggle if str(toggle.key).endswith(":table")]
    assert toggles

    for key in toggles:
        app = turn(app, key)
        assert not app.exception
    assert len(tables(app)) == before + len(toggles)
    for source in catalogue.card("encoder").scores["hidden_words"]["sources"]:
        assert plain(source) in text(app)


# -- whatever is there -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_card_without_scores_is_shown_without_them(open_page: Open, there: Callable[..., None], lang: str) -> None:
    there(BARE)
    app = open_page("models", lang=lang)

    assert not app.exception and not app.error
    assert "bare" in [heading.value for heading in app.subheader]
    assert Strings("models", lang)("no_scores") in text(app)
    assert charts(app) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_converter_stands_beside_the_others(open_page: Open, there: Callable[..., None], lang: str) -> None:
    there(CONVERTER)
    app = open_page("models", lang=lang)

    assert not app.exception and not app.error
    (chart,) = charts(app)
    say = Strings("models", lang)
    assert chart["layout"]["yaxis"]["ticktext"] == [say("this_model"), "libkkc", "Anthy", say("system_frequency")]
    assert plain("61.0%") in text(app) and plain("93.0%") in text(app)
    assert "| はしがある | 端がある | 橋がある |" in text(app)
    assert "| はしをわたる | 橋を渡る | 端を渡る |" in text(app)
    assert say("probes_right", right=5, count=6) in text(app)
    assert f"| **{plain('tatoeba_ja')}** |" in text(app)
    assert 'python -m core convert "とりがなく" --model seq2seq' in code(app)
    assert sections("models", lang)["seq2seq-limits"].body in text(app)


def test_what_a_card_says_is_shown_as_it_is(open_page: Open, there: Callable[..., None]) -> None:
    there(CONVERTER)
    app = open_page("models")

    assert r"| **\<b\>own\</b\>** | MIT | https\://example\.org \| \*us\* |" in text(app)
    assert "ab" * 32 in code(app)
    assert plain("2.5 時間") in text(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_mistakes_are_shown(open_page: Open, there: Callable[..., None], lang: str) -> None:
    there(MISTAKEN)
    app = open_page("models", lang=lang)

    assert not app.exception
    assert rf"| {plain('鳥が[MASK]。')} | 鳴く | 泣く | 62% |" in text(app)
    assert f"#### {sections('models', lang)['failures'].title}" in text(app)


def test_several_decoders_are_compared(open_page: Open, there: Callable[..., None]) -> None:
    there(*family(3.9, 3.5, 3.1), CONVERTER)
    app = open_page("models")

    assert sections("models", "ja")["family"].title in [heading.value for heading in app.subheader]
    chart = charts(app)[0]
    assert chart["layout"]["xaxis"]["type"] == "log"
    assert [label.split("<br>") for label in chart["data"][0]["text"]] == [
        ["decoder-0", "3.90"],
        ["decoder-1", "3.50"],
        ["decoder-2", "3.10"],
    ]


def test_one_decoder_alone_is_not_compared(open_page: Open, there: Callable[..., None]) -> None:
    there(*family(3.9), BARE)
    app = open_page("models")

    assert sections("models", "ja")["family"].title not in [heading.value for heading in app.subheader]


def test_no_models_at_all_leave_those_of_the_hub(open_page: Open, there: Callable[..., None]) -> None:
    there()
    app = open_page("models")

    assert not app.exception
    assert plain(offers.HUB_MODELS[0].name) in text(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_damaged_card_is_told(open_page: Open, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    def damaged() -> tuple[Card, ...]:
        raise ModelDamaged(name="encoder", file="card.json")

    monkeypatch.setattr(catalogue, "models", damaged)
    app = open_page("models", lang=lang)

    assert not app.exception
    assert len(app.error) == 1 and "encoder" in app.error[0].value
    assert plain(offers.HUB_MODELS[0].name) in text(app)


# -- the hub -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_models_of_the_hub_are_named_with_the_command_that_tries_them(open_page: Open, lang: str) -> None:
    app = open_page("models", lang=lang)

    for model in offers.HUB_MODELS:
        assert f"(https://huggingface.co/{model.name})" in text(app)
        assert model.why[lang] in text(app)
        (row,) = [line for line in tables(app)[-1].splitlines() if f"**{plain(model.name)}**" in line]
        for fact in (size(model.bytes), size(model.memory), model.licence):
            assert plain(fact) in row
        (command,) = [line for line in code(app).splitlines() if line.endswith(f"--model {model.name}")]
        assert bool(re.search("[ぁ-ん]", command)) == (model.languages != ("en",))


# -- an extra model ----------------------------------------------------------------------------------------------

(EXTRA,) = offers.EXTRA_MODELS


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that says how far the extra model is: absent, installed or converted."""
    monkeypatch.setenv(extras.FOLDER, str(tmp_path))
    monkeypatch.setattr(extra, "_terms", lambda name: "You may *use* it.")

    def set_stage(name: str) -> None:
        monkeypatch.setattr(extras, "_installed", lambda package: name != "absent")
        if name == "converted":
            (tmp_path / EXTRA.name).mkdir()
            (tmp_path / EXTRA.name / "weights").write_bytes(b"12345")
            content = dataclasses.asdict(CONVERTED)
            (tmp_path / EXTRA.name / catalogue.CARD).write_text(json.dumps(content), encoding="utf-8")

    return set_stage


CONVERTED = dataclasses.replace(
    BARE,
    name=EXTRA.name,
    context=32_768,
    files={"weights": File(5, "cd" * 32)},
    recipe={"terms_accepted": "2026-11-23"},
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("how_far", ["absent", "installed", "converted"])
def test_an_extra_model_has_its_card(open_page: Open, stage: Callable[[str], None], how_far: str, lang: str) -> None:
    stage(how_far)
    app = open_page("models", lang=lang)

    assert not app.exception and not app.error
    say = Strings("models", lang)
    assert sections("models", lang)["extra"].title in [heading.value for heading in app.subheader]
    (facts,) = [table for table in tables(app) if plain(EXTRA.name) in table]
    for fact in (EXTRA.licence, size(EXTRA.bytes), size(EXTRA.memory), f"({EXTRA.parameters:,})"):
        assert plain(fact) in facts
    assert (plain("2 × 2 × 64") in facts) == (how_far == "converted")
    assert f"**{say('scores')}**: {say('extra_scores')}" in text(app)
    assert say(f"extra_{how_far}") in [caption.value for caption in app.caption]
    assert ("You may *use* it." in [element.value for element in app.text]) == (how_far != "absent")
    assert (extras.install_command() in code(app)) == (how_far == "absent")
    assert (extras.command(EXTRA.name, "--accept-terms") in code(app)) == (how_far != "converted")
    assert (f"--model {EXTRA.name}" in code(app)) == (how_far == "converted")
    assert (f"{'cd' * 32}  weights" in code(app)) == (how_far == "converted")


def test_the_card_of_an_extra_model_that_was_damaged(open_page: Open, stage: Callable[[str], None]) -> None:
    stage("converted")
    (extras.folder_of(EXTRA.name) / "weights").unlink()
    app = open_page("models")

    assert not app.exception and not app.error
    assert Strings("models", "ja")("extra_installed") in [caption.value for caption in app.caption]


# -- texts and weight --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_has_its_words(lang: str) -> None:
    say = Strings("models", lang)
    for kind in {*get_args(catalogue.Kind), "seq2seq"}:
        assert say(f"kind_{kind}")
        assert sections("models", lang)[kind].body and sections("models", lang)[f"{kind}-limits"].body


def test_the_page_needs_neither_torch_nor_transformers() -> None:
    program = """
import sys
from streamlit.testing.v1 import AppTest
from lessons import live

live.model = lambda name: None
app = AppTest.from_file("app.py", default_timeout=60).run()
app.switch_page("pages/models.py").run()
assert not app.exception and app.title[0].value == "モデル", app.title
heavy = {"torch", "transformers", "safetensors", "huggingface_hub", "tokenizers"} & {*sys.modules}
assert not heavy, heavy
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
