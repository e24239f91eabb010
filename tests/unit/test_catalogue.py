"""What is the name of a model, and what the cards of the embedded ones say."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id
from hypothesis import given
from hypothesis import strategies as st

from core import catalogue, offers
from core.catalogue import Card, File, Source
from core.errors import InvalidName, ModelDamaged, ModelMissing
from core.files import sha256
from core.offers import HubModel

CONTENT: dict[str, Any] = {
    "name": "encoder",
    "kind": "masked",
    "title": {"ja": "小鳥", "en": "Kotori"},
    "parameters": 12,
    "layers": 1,
    "heads": 1,
    "hidden": 2,
    "vocabulary": 3,
    "context": 4,
    "licence": "CC BY-SA 4.0",
    "sources": [{"name": "tatoeba", "licence": "CC BY 2.0 FR", "attribution": "Tatoeba"}],
    "recipe": {"seconds": 1},
    "scores": {"bits_per_character": 3.5},
    "command": "python -m core.training.train encoder",
    "files": {"a": {"bytes": 5, "sha256": "0"}, "b": {"bytes": 7, "sha256": "1"}},
}
NOT_A_NAME = [
    "",
    " ",
    "encoder ",
    "Encoder",
    "nobody",
    "../../etc",
    "../../etc/passwd",
    "a/../b",
    "a/..",
    "../b",
    "http://x/y",
    "https://huggingface.co/x/y",
    "file:///etc/passwd",
    "x/y/z",
    "x//y",
    "/x",
    "x/",
    "./x/y",
    ".x/y",
    "x/.y",
    "-x/y",
    "x/y-",
    "x--y/z",
    "x/y.git",
    "x/y\n",
    "x/y\0",
    "x\\y",
    "~nobody/model",
    "x" * 5_000,
    "/" * 5_000,
    "/" + "x" * 5_000,
    f"{'x' * 48}/{'y' * 48}",
    "鳥/鳴く",
    "<script>alert(1)</script>",
    "$(reboot)/x",
    "x/y?z=1",
    "x/y#z",
    "x/y:z",
    "x/y@z",
    "\ud800/x",
]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the embedded models, with one card in it."""
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder/card.json").write_text(json.dumps(CONTENT), encoding="utf-8")
    monkeypatch.setattr(catalogue, "MODELS", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", NOT_A_NAME)
@pytest.mark.parametrize("local", [True, False])
def test_wrong_names_are_told(name: str, local: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidName) as told:
        catalogue.check_name(name, local=local)
    for lang in ("ja", "en"):
        assert len(told.value.message(lang)) < 250


def test_a_folder_is_a_name_only_where_that_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home" / "model").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "home")
    for name in (str(tmp_path), "/etc", "./model", "../home", "~", "~/model"):
        assert catalogue.check_name(name, local=True) == "local"
        with pytest.raises(InvalidName):
            catalogue.check_name(name, local=False)


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(InvalidName):
        catalogue.check_name(str(tmp_path / "model.safetensors"), local=True)


@pytest.mark.parametrize(
    "name", ["a/b", "tohoku-nlp/bert-base-japanese-v3", "Qwen/Qwen3-0.6B", "0/_", f"{'x' * 47}/{'y' * 48}"]
)
def test_hub_ids(name: str) -> None:
    assert catalogue.check_name(name, local=False) == "hub"
    validate_repo_id(name)


@given(st.text(alphabet="ab0_-./é鳥 \n", max_size=20))
def test_what_we_take_for_a_hub_id_the_hub_takes_too(name: str) -> None:
    try:
        validate_repo_id(name)
        theirs = True
    except HFValidationError:
        theirs = False
    assert catalogue.is_hub_id(name) == (theirs and "/" in name)


def test_an_embedded_name_never_becomes_a_path_or_a_hub_id(models: Path) -> None:
    assert catalogue.check_name("encoder", local=True) == "embedded"
    (models / "x").mkdir()
    (models / "x/card.json").write_text("{}", encoding="utf-8")
    assert catalogue.check_name("x", local=False) == "embedded"


def test_card(models: Path) -> None:
    card = catalogue.card("encoder")
    assert catalogue.models() == (card,)
    assert card.sources == (Source("tatoeba", "CC BY 2.0 FR", "Tatoeba"),)
    assert card.files["b"] == File(7, "1") and card.bytes == 12
    assert card.scores == {"bits_per_character": 3.5} and card.title["ja"] == "小鳥"
    assert card.recipe == {"seconds": 1} and card.memory == 48
    assert (card.kind, card.parameters, card.layers, card.context) == ("masked", 12, 1, 4)


def test_a_card_is_small_to_make() -> None:
    card = Card("x/y", "causal", 1, 1, 1, 1, 1, 0)
    assert card.bytes == 0 and card.files == {}


def test_an_embedded_model_that_is_not_there_is_missing_and_not_misspelt(models: Path) -> None:
    assert catalogue.check_name("decoder", local=False) == "embedded"
    with pytest.raises(ModelMissing):
        catalogue.card("decoder")


@pytest.mark.parametrize("name", ["nobody", "../x", "", "a/b"])
def test_only_embedded_models_have_a_card(models: Path, name: str) -> None:
    with pytest.raises(InvalidName):
        catalogue.card(name)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps({**CONTENT, "kind": "other"}),
        json.dumps({**CONTENT, "layers": "many"}),
        json.dumps({**CONTENT, "layers": None}),
        json.dumps({**CONTENT, "files": [1]}),
        json.dumps({**CONTENT, "files": {"a": {"size": 1}}}),
        json.dumps({**CONTENT, "sources": [{"name": "x"}]}),
    ],
)
def test_a_damaged_card_is_told(models: Path, damage: str) -> None:
    (models / "encoder/card.json").write_text(damage, encoding="utf-8")
    with pytest.raises(ModelDamaged, match=r"card\.json"):
        catalogue.models()


def test_a_card_in_any_folder(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps(CONTENT), encoding="utf-8")
    assert catalogue.read_card("x", tmp_path).bytes == 12
    with pytest.raises(ModelMissing, match="x"):
        catalogue.read_card("x", tmp_path / "none")


def test_a_card_without_a_recipe_is_one(models: Path) -> None:
    content = {key: value for key, value in CONTENT.items() if key != "recipe"}
    (models / "encoder/card.json").write_text(json.dumps(content), encoding="utf-8")
    assert catalogue.card("encoder").recipe == {}


@pytest.mark.parametrize("model", offers.HUB_MODELS, ids=lambda model: model.name)
def test_the_models_of_the_hub_are_described(model: HubModel) -> None:
    assert catalogue.check_name(model.name, local=False) == "hub"
    assert model.kind in ("masked", "causal")
    assert model.memory == 4 * model.parameters
    # Weights of 2 or 4 bytes, and the tokenizer beside them.
    assert 2 * model.parameters < model.bytes < 4 * model.parameters + 20e6
    assert model.licence in ("MIT", "Apache-2.0")
    assert model.languages and all(len(code) in (2, 3) for code in model.languages)
    assert set(model.why) == {"ja", "en"}
    assert model.why["ja"].endswith("。") and model.why["en"].endswith(".")


@pytest.mark.parametrize("model", offers.EXTRA_MODELS, ids=lambda model: model.name)
def test_the_extra_models_are_described(model: HubModel) -> None:
    assert catalogue.check_name(model.name, local=False) == "extra"
    assert not catalogue.is_hub_id(model.name) and model.name not in catalogue.EMBEDDED
    assert model.memory == 4 * model.parameters > model.bytes  # it comes quantised
    assert model.licence and model.languages and set(model.why) == {"ja", "en"}
    assert model.why["ja"].endswith("。") and model.why["en"].endswith(".")
    with pytest.raises(InvalidName):
        catalogue.card(model.name)


def test_the_models_of_the_hub_are_different_and_of_both_kinds() -> None:
    assert len({model.name for model in offers.HUB_MODELS}) == len(offers.HUB_MODELS)
    assert {model.kind for model in offers.HUB_MODELS} == {"masked", "causal"}


@pytest.mark.parametrize("name", catalogue.EMBEDDED)
def test_the_cards_of_the_embedded_models_describe_their_files(name: str) -> None:
    card, folder = catalogue.card(name), catalogue.MODELS / name
    assert card.name == name
    assert {file.name for file in folder.iterdir()} == {*card.files, catalogue.CARD}
    for file, facts in card.files.items():
        assert (folder / file).stat().st_size == facts.bytes
        assert sha256(folder / file) == facts.sha256


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, core.catalogue, core.loading; print({'torch', 'transformers', 'huggingface_hub', 'numpy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"
