"""Models from every place: embedded, from a hub on this machine, from folders; whole, damaged, hostile, missing."""

import json
import os
import shutil
import struct
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from huggingface_hub import constants, hf_hub_download
from loopback_hub import LoopbackHub, Repository, serving
from safetensors.torch import load_file, save_file
from tiny import CONTEXT, HEADS, LAYERS, WIDTH, bert, byte_tokenizer, gpt2, qwen3, unigram_tokenizer
from transformers import (
    BertConfig,
    BertForPreTraining,
    MambaConfig,
    MambaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from core import building, catalogue, files, hub, loading
from core.errors import (
    CannotStore,
    HubDamaged,
    HubFileMissing,
    InvalidName,
    ModelDamaged,
    ModelMissing,
    NoAttention,
    NoModelFolder,
    NoSafetensors,
    Offline,
    OtherChecksum,
    TooLargeForMemory,
    UnsupportedModel,
)
from core.files import CONFIG, INDEX, TOKENIZER, WEIGHTS

NAME = "author/model"
README = "---\nlanguage: ja\nlicense: cc-by-sa-4.0\n---\n# A model\nlicense: no\n"
EVIL = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\nclass Evil: pass\n"
ANYTHING = hub.Fit(lambda folder: None, lambda needed: None)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders with a model each: `bert`, `qwen3`, and `gpt2`, which has no special tokens around a text."""
    root = tmp_path_factory.mktemp("originals")
    for name, causal, shape in (("bert", False, bert), ("qwen3", True, qwen3)):
        tokenizer = unigram_tokenizer(root / name, causal=causal)
        shape(len(tokenizer)).save_pretrained(root / name)
    tokenizer = byte_tokenizer()
    tokenizer.save_pretrained(root / "gpt2")
    gpt2(len(tokenizer)).save_pretrained(root / "gpt2")
    return root


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_embedded", {})
    monkeypatch.setattr(loading, "_guests", OrderedDict())


@pytest.fixture
def folder(originals: Path, tmp_path: Path) -> Path:
    """A folder with BERT in it, to be spoilt."""
    return Path(shutil.copytree(originals / "bert", tmp_path / "model"))


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    """A hub on this machine, with an empty cache: what HF_ENDPOINT and HF_HUB_CACHE set before the first import."""
    with serving() as found:
        monkeypatch.setattr(constants, "ENDPOINT", found.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", found.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 5)
        yield found


@pytest.fixture
def repository(web: LoopbackHub, folder: Path) -> Repository:
    """BERT on the hub, as NAME."""
    (folder / "README.md").write_text(README, encoding="utf-8")
    web.repositories[NAME] = Repository.of(folder)
    return web.repositories[NAME]


def rewrite(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the object in a JSON file in place."""
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def shard(folder: Path) -> list[str]:
    """Divide the weights of a folder among two files; return their names."""
    tensors = load_file(folder / WEIGHTS)
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    parts: list[dict[str, torch.Tensor]] = [{}, {}]
    for index, (tensor, values) in enumerate(tensors.items()):
        parts[index % 2][tensor] = values
    for name, part in zip(names, parts, strict=True):
        save_file(part, folder / name, {"format": "pt"})
    weight_map = {tensor: name for name, part in zip(names, parts, strict=True) for tensor in part}
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}), encoding="utf-8")
    (folder / WEIGHTS).unlink()
    return names


# From a folder


@pytest.mark.parametrize(("name", "kind"), [("bert", "masked"), ("qwen3", "causal"), ("gpt2", "causal")])
def test_a_folder(originals: Path, name: str, kind: str) -> None:
    model = loading.load(str(originals / name))
    card = model.card
    assert (card.kind, card.layers, card.heads, card.hidden, card.context) == (kind, LAYERS, HEADS, WIDTH, CONTEXT)
    assert card.name == card.title["ja"] == str(originals / name)
    assert card.licence == files.UNKNOWN_LICENCE
    assert card.parameters == model.model.num_parameters() and card.vocabulary == model.model.config.vocab_size
    assert card.bytes > (originals / name / WEIGHTS).stat().st_size
    assert model.model.dtype == torch.float32 and not model.model.training
    assert len(model.attention("鳥が鳴く。").weights) == LAYERS


def test_the_numbers_are_those_of_the_folder(originals: Path) -> None:
    from transformers import AutoModelForMaskedLM

    ids = torch.tensor([[2, 7, 8, 3]])
    with torch.no_grad():
        expected = AutoModelForMaskedLM.from_pretrained(originals / "bert", attn_implementation="eager")(ids).logits
        found = loading.load(str(originals / "bert")).model(ids).logits
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_half_precision_is_read_as_float32(folder: Path) -> None:
    halves = {name: values.bfloat16() for name, values in load_file(folder / WEIGHTS).items()}
    save_file(halves, folder / WEIGHTS, {"format": "pt"})
    rewrite(folder / CONFIG, lambda config: config.update(dtype="bfloat16"))
    assert {values.dtype for values in loading.load(str(folder)).model.parameters()} == {torch.float32}


def test_weights_in_several_files(folder: Path) -> None:
    names = shard(folder)
    assert {*names} < {*loading.load(str(folder)).card.files}
    (folder / names[1]).unlink()
    with pytest.raises(ModelMissing, match="00002-of-00002"):
        loading.load(str(folder))


def test_nothing_is_written_on_the_console(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    model = BertForPreTraining(BertConfig(**json.loads((folder / CONFIG).read_text(encoding="utf-8"))))
    model.save_pretrained(folder)
    capfd.readouterr()
    assert loading.load(str(folder)).card.kind == "masked"  # its second head is left out
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("readme", "licence"),
    [
        (README, "cc-by-sa-4.0"),
        ("---\nlicense: apache-2.0   \n---", "apache-2.0"),
        ("---\r\nlicense: mit\r\n---\r\n", "mit"),
        ("license: mit", files.UNKNOWN_LICENCE),
        ("---\nlanguage: ja\n---\nlicense: mit\n", files.UNKNOWN_LICENCE),
        ("---\nlicense: <b>x</b>\n---\n", files.UNKNOWN_LICENCE),
        ("---\nlicense:\n- mit\n---\n", files.UNKNOWN_LICENCE),
        ("", files.UNKNOWN_LICENCE),
    ],
)
def test_the_licence_of_a_readme(tmp_path: Path, readme: str, licence: str) -> None:
    (tmp_path / "README.md").write_bytes(readme.encode() + b"\xff")
    assert files.licence(tmp_path) == licence


# What a folder may not be


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../b", "http://x/y", "x" * 5_000, "nobody"])
def test_wrong_names(name: str, local: bool, web: LoopbackHub) -> None:
    with pytest.raises(InvalidName):
        loading.load(name, local=local)
    assert web.asked == []


def test_a_folder_is_not_opened_for_a_learner(folder: Path) -> None:
    with pytest.raises(InvalidName):
        loading.load(str(folder), local=False)


@pytest.mark.parametrize("name", ["/etc", "/"])
def test_a_folder_without_a_model(name: str) -> None:
    with pytest.raises(NoModelFolder, match=r"config\.json"):
        loading.load(name)


def test_a_copy_of_an_embedded_model_is_compared_with_its_card(embedded: Path) -> None:
    assert loading.load(str(embedded)).card.layers == LAYERS
    content = bytearray((embedded / WEIGHTS).read_bytes())
    content[-3] ^= 1
    (embedded / WEIGHTS).write_bytes(content)
    with pytest.raises(OtherChecksum, match=WEIGHTS):
        loading.load(str(embedded))
    (embedded / "card.json").unlink()  # changed by the user, as the sentence says
    assert loading.load(str(embedded)).card.layers == LAYERS


@pytest.mark.parametrize("card", ["{}", "[", '{"name": "x"}'])
def test_a_card_of_another_program_is_no_hindrance(folder: Path, card: str) -> None:
    (folder / "card.json").write_text(card, encoding="utf-8")
    assert loading.load(str(folder)).card.layers == LAYERS


@pytest.mark.parametrize(
    "pickled", ["pytorch_model.bin", "model.pt", "tf_model.h5", "flax_model.msgpack", "model.onnx"]
)
def test_only_safetensors_are_opened(folder: Path, pickled: str) -> None:
    (folder / WEIGHTS).rename(folder / pickled)
    with pytest.raises(NoSafetensors):
        loading.load(str(folder))


@pytest.mark.parametrize("size", [0, 4, 8, 100, 5_000, -1])
def test_truncated_weights(folder: Path, size: int) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[:size])
    with pytest.raises(ModelDamaged, match=r"model\.safetensors"):
        loading.load(str(folder))


@pytest.mark.parametrize("start", [struct.pack("<Q", 2**62), struct.pack("<Q", 3) + b"xxx", b"\x80\x04pickle!"])
def test_damaged_headers(folder: Path, start: bytes) -> None:
    (folder / WEIGHTS).write_bytes(start + (folder / WEIGHTS).read_bytes()[len(start) :])
    with pytest.raises(ModelDamaged, match=r"model\.safetensors"):
        loading.load(str(folder))


@pytest.mark.parametrize("file", [CONFIG, TOKENIZER, "tokenizer_config.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_damaged_json(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)
    with pytest.raises(ModelDamaged, match=file):
        loading.load(str(folder))


def test_json_that_is_no_tokenizer(folder: Path) -> None:
    (folder / TOKENIZER).write_text('{"version": "1.0", "model": {"type": "no"}}', encoding="utf-8")
    with pytest.raises(ModelDamaged, match=TOKENIZER):
        loading.load(str(folder))


def test_a_missing_tokenizer(folder: Path) -> None:
    (folder / TOKENIZER).unlink()
    with pytest.raises(ModelMissing, match=TOKENIZER):
        loading.load(str(folder))


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("num_hidden_layers", "many"),
        ("num_hidden_layers", 0),
        ("num_hidden_layers", -1),
        ("num_hidden_layers", 10**9),
        ("hidden_size", [1]),
        ("vocab_size", 999),
    ],
)
def test_a_configuration_of_other_weights(folder: Path, entry: str, value: object) -> None:
    rewrite(folder / CONFIG, lambda config: config.update({entry: value}))
    with pytest.raises(ModelDamaged):
        loading.load(str(folder))


def test_weights_that_are_missing_are_not_invented(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors.pop("bert.encoder.layer.0.attention.self.query.weight")
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})
    with pytest.raises(ModelDamaged, match=r"model\.safetensors"):
        loading.load(str(folder))


@pytest.mark.parametrize(
    "outside", ["../secret.safetensors", "/etc/passwd", "sub/model.safetensors", "pytorch_model.bin", 1]
)
def test_an_index_names_no_file_elsewhere(folder: Path, outside: object) -> None:
    shutil.copy(folder / WEIGHTS, folder.parent / "secret.safetensors")
    shard(folder)
    rewrite(folder / INDEX, lambda index: index["weight_map"].update({"cls.predictions.bias": outside}))
    with pytest.raises(ModelDamaged, match="index"):
        loading.load(str(folder))


def test_a_configuration_does_not_choose_other_weights(folder: Path) -> None:
    (folder / "other.safetensors").write_bytes(b"not checked")
    rewrite(folder / CONFIG, lambda config: config.update(transformers_weights="other.safetensors"))
    assert loading.load(str(folder)).card.layers == LAYERS


@pytest.mark.parametrize(
    "change",
    [
        {"architectures": ["T5ForConditionalGeneration"]},
        {"architectures": ["BertForSequenceClassification"]},
        {"architectures": ["BertModel"]},
        {"architectures": ["EvilForMaskedLM"]},
        {"architectures": ["Qwen3ForCausalLM"]},
        {"architectures": ["<script>" * 50]},
        {"architectures": []},
        {"architectures": None},
        {"architectures": "BertForMaskedLM"},
        {"architectures": [["BertForMaskedLM"]]},
        {"model_type": "evil"},
        {"model_type": ["bert"]},
        {"model_type": None},
        {"quantization_config": {"quant_method": "gptq", "bits": 4}},
    ],
)
def test_other_kinds_of_models(folder: Path, change: dict[str, Any]) -> None:
    rewrite(folder / CONFIG, lambda config: config.update(change))
    with pytest.raises(UnsupportedModel) as told:
        loading.load(str(folder))
    assert len(told.value.message("ja")) < 300


def test_an_encoder_with_a_decoder(tmp_path: Path, originals: Path) -> None:
    shutil.copytree(originals / "bert", tmp_path / "t5")
    T5ForConditionalGeneration(
        T5Config(vocab_size=50, d_model=8, d_ff=8, d_kv=4, num_layers=1, num_heads=2)
    ).save_pretrained(tmp_path / "t5")
    with pytest.raises(UnsupportedModel, match="T5"):
        loading.load(str(tmp_path / "t5"))


def test_a_model_without_attention(tmp_path: Path, originals: Path) -> None:
    shutil.copytree(originals / "gpt2", tmp_path / "mamba")
    MambaForCausalLM(MambaConfig(vocab_size=300, hidden_size=8, state_size=4, num_hidden_layers=1)).save_pretrained(
        tmp_path / "mamba"
    )
    with pytest.raises(NoAttention):
        loading.load(str(tmp_path / "mamba"))


def test_a_tokenizer_that_needs_another_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoTokenizer

    def missing(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'jumanpp'", name="jumanpp")

    monkeypatch.setattr(AutoTokenizer, "from_pretrained", missing)
    with pytest.raises(UnsupportedModel, match="jumanpp"):
        loading.load(str(folder))


# Code that comes with a model


@pytest.mark.parametrize("stated", [["Evil"], ["EvilForCausalLM"], ["EvilForMaskedLM"]])
def test_a_model_that_is_code_is_not_opened(folder: Path, stated: list[str]) -> None:
    (folder / "evil.py").write_text(EVIL, encoding="utf-8")
    own = {"AutoConfig": "evil.Evil", "AutoModelForMaskedLM": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"}
    rewrite(folder / CONFIG, lambda config: config.update(architectures=stated, model_type="evil", auto_map=own))
    with pytest.raises(UnsupportedModel):
        loading.load(str(folder))
    assert not (folder / "ran").exists()


def test_code_beside_a_known_model_is_not_run(folder: Path) -> None:
    (folder / "evil.py").write_text(EVIL, encoding="utf-8")
    own = {"AutoConfig": "evil.Evil", "AutoModelForMaskedLM": "evil.Evil"}
    rewrite(folder / CONFIG, lambda config: config.update(auto_map=own))
    assert type(loading.load(str(folder)).model).__module__.startswith("transformers.")
    rewrite(
        folder / "tokenizer_config.json",
        lambda config: config.update(auto_map={"AutoTokenizer": ["evil.Evil", "evil.Evil"]}),
    )
    assert type(loading.load(str(folder)).tokenizer).__module__.startswith("transformers.")
    assert not (folder / "ran").exists()


# Memory


def test_a_model_that_does_not_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "available_memory", lambda: 1_000)
    with pytest.raises(TooLargeForMemory, match=r"0\.0 GB"):
        loading.load(str(folder))


def test_a_configuration_that_asks_for_all_memory(folder: Path) -> None:
    rewrite(folder / CONFIG, lambda config: config.update(vocab_size=10**12))
    with pytest.raises(TooLargeForMemory):
        loading.load(str(folder))


def test_where_the_system_does_not_tell_a_model_is_tried(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "available_memory", lambda: None)
    assert loading.load(str(folder)).card.layers == LAYERS


def test_available_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    found = loading.available_memory()
    assert found is not None and 10**7 < found < 10**15
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "MemTotal: 1 kB\n")
    assert loading.available_memory() == os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    monkeypatch.delattr(os, "sysconf")
    assert loading.available_memory() is None


# Keeping


class Builder:
    """Stands in for `building.build`: counts, and takes a moment."""

    def __init__(self) -> None:
        self.built: list[str] = []

    def __call__(self, name: str, folder: Path, room: Callable[[int], None], card: object = None) -> Any:
        self.built.append(name)
        threading.Event().wait(0.02)
        room(4_000)
        return SimpleNamespace(card=SimpleNamespace(parameters=1_000))


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Builder:
    stand_in = Builder()
    monkeypatch.setattr(building, "build", stand_in)
    return stand_in


def folders(root: Path, count: int) -> list[str]:
    for index in range(count):
        (root / str(index)).mkdir()
    return [str(root / str(index)) for index in range(count)]


def test_the_same_object_for_the_same_name(originals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = loading.load(str(originals / "bert"))
    monkeypatch.chdir(originals)
    assert loading.load("./bert") is model
    assert loading.load("./qwen3") is not model


def test_a_folder_that_was_written_anew_is_loaded_anew(folder: Path) -> None:
    first = loading.load(str(folder))
    bert(len(first.tokenizer)).save_pretrained(folder)
    assert loading.load(str(folder)) is not first


def test_many_threads_load_a_model_once(builder: Builder, tmp_path: Path) -> None:
    names = folders(tmp_path, 2)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(loading.load, names * 8))
    assert sorted(builder.built) == names
    assert {id(model) for model in found[::2]}.isdisjoint({id(model) for model in found[1::2]})
    assert len(set(map(id, found))) == 2
    assert not loading._loading


def test_only_so_many_guests_are_kept(builder: Builder, tmp_path: Path) -> None:
    names = folders(tmp_path, loading.KEPT + 1)
    for name in names[:-1]:
        loading.load(name)
    loading.load(names[0])  # is now used last
    loading.load(names[-1])
    builder.built.clear()
    for name in (names[0], *names[2:]):
        loading.load(name)
    assert builder.built == []
    loading.load(names[1])
    assert builder.built == [names[1]]


def test_guests_go_where_memory_is_short(builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "available_memory", lambda: 9_000 - 4_000 * len(loading._guests))
    names = folders(tmp_path, 3)
    for name in names:
        loading.load(name)
    assert [key.split()[0] for key in loading._guests] == names[1:]
    with pytest.raises(TooLargeForMemory):
        loading._make_room("x/y", 9_001)
    assert len(loading._guests) == 2  # for a model that cannot fit nobody has to go
    loading._make_room("x/y", 9_000)
    assert not loading._guests


def test_a_failed_load_can_be_tried_again(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "away")
    with pytest.raises(NoSafetensors):
        loading.load(str(folder))
    (folder / "away").rename(folder / WEIGHTS)
    assert loading.load(str(folder)).card.layers == LAYERS


# Embedded


@pytest.fixture
def embedded(originals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of embedded models with an `encoder` and its card."""
    monkeypatch.setattr(catalogue, "MODELS", tmp_path / "embedded")
    inside = tmp_path / "embedded/encoder"
    shutil.copytree(originals / "bert", inside)
    card = {
        "name": "encoder",
        "kind": "masked",
        "title": {"ja": "小鳥", "en": "Kotori"},
        "parameters": 1_000,
        "layers": LAYERS,
        "heads": HEADS,
        "hidden": WIDTH,
        "vocabulary": 300,
        "context": CONTEXT,
        "licence": "CC BY-SA 4.0",
        "sources": [],
        "scores": {},
        "command": "",
        "files": {
            file.name: {"bytes": file.stat().st_size, "sha256": files.sha256(file)} for file in sorted(inside.iterdir())
        },
    }
    (inside / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return inside


def test_an_embedded_model(embedded: Path, builder: Builder, web: LoopbackHub, tmp_path: Path) -> None:
    model = loading.load("encoder")
    for name in folders(tmp_path, loading.KEPT + 1):
        loading.load(name)
    assert loading.load("encoder") is model  # it stays
    assert web.asked == []


def test_an_embedded_model_has_its_own_card(embedded: Path) -> None:
    model = loading.load("encoder", local=False)
    assert model.card == catalogue.card("encoder")
    assert len(model.fill("鳥が[MASK]。")) == 1


@pytest.mark.parametrize("file", [WEIGHTS, TOKENIZER, CONFIG])
def test_one_changed_byte_of_an_embedded_model(embedded: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: object) -> None:
        raise AssertionError("the file was used")

    monkeypatch.setattr(building, "build", build)
    content = bytearray((embedded / file).read_bytes())
    content[-3] ^= 1
    (embedded / file).write_bytes(content)
    with pytest.raises(ModelDamaged, match=file):
        loading.load("encoder")


@pytest.mark.parametrize("file", [WEIGHTS, TOKENIZER, CONFIG, "card.json"])
def test_a_missing_file_of_an_embedded_model(embedded: Path, file: str) -> None:
    (embedded / file).unlink()
    with pytest.raises(ModelMissing, match=file):
        loading.load("encoder")


# From the hub


def test_from_the_hub(repository: Repository, web: LoopbackHub) -> None:
    model = loading.load(NAME, local=False)
    card = model.card
    assert (card.name, card.licence, card.layers) == (NAME, "cc-by-sa-4.0", LAYERS)
    assert card.sources[0].attribution == "https://huggingface.co/author/model"
    assert len(model.attention("鳥が鳴く。").weights) == LAYERS
    asked = len(web.asked)
    assert loading.load(NAME) is model and len(web.asked) == asked


def test_what_is_there_is_not_fetched_again(repository: Repository, web: LoopbackHub) -> None:
    hub.fetch(NAME, ANYTHING)
    web.asked.clear()
    hub.fetch(NAME, ANYTHING)
    assert [(request.method, request.path.rpartition("/")[2]) for request in web.asked] == [
        ("GET", "model"),
        ("HEAD", CONFIG),
    ]


def test_a_new_version_is_fetched(repository: Repository, web: LoopbackHub) -> None:
    old = hub.fetch(NAME, ANYTHING)
    repository.files["README.md"] = b"---\nlicense: mit\n---\n"
    new = hub.fetch(NAME, ANYTHING)
    assert old != new and files.licence(new) == "mit"


def test_progress_in_bytes(repository: Repository, web: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 4_096)
    told: list[tuple[int, int, str]] = []
    hub.fetch(NAME, ANYTHING, lambda *facts: told.append(facts))
    done, totals, names = zip(*told, strict=True)
    size = sum(map(len, repository.files.values()))
    assert set(totals) == {size} and done[-1] == size
    assert list(done) == sorted(done) and len(set(done)) > len(repository.files) + 3
    assert set(names) == set(repository.files) and names[-1] == WEIGHTS
    told.clear()
    hub.fetch(NAME, ANYTHING, lambda *facts: told.append(facts))  # from the cache
    assert told[-1][:2] == (size, size)


def test_what_progress_raises_is_not_swallowed(repository: Repository) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int, file: str) -> None:
        raise Stop

    with pytest.raises(Stop):
        hub.fetch(NAME, ANYTHING, stop)


def test_only_what_is_needed_is_asked_for(repository: Repository, web: LoopbackHub) -> None:
    unwanted = {
        "evil.py": EVIL.encode(),
        "pytorch_model.bin": b"\x80\x04",
        "pytorch_model.bin.index.json": b"{}",
        "training_args.bin": b"\x80\x04",
        "consolidated.safetensors": b"x" * 100,
        "model.fp16.safetensors": b"x" * 100,
        "adapter_model.safetensors": b"x" * 100,
        "adapter_config.json": b"{}",
        "tf_model.h5": b"x",
        "flax_model.msgpack": b"x",
        "model.onnx": b"x",
        "onnx/config.json": b"{}",
        "../evil.json": b"{}",
        ".gitattributes": b"",
    }
    expected = set(repository.files)
    repository.files.update(unwanted)
    folder = hub.fetch(NAME, ANYTHING)
    assert web.names() == {file.name for file in folder.iterdir()} == expected
    assert loading.load(NAME).card.layers == LAYERS


def test_weights_in_several_files_from_the_hub(web: LoopbackHub, folder: Path) -> None:
    names = shard(folder)
    (folder / "model-00003-of-00002.safetensors").write_bytes(b"not of this model")
    web.repositories[NAME] = Repository.of(folder)
    assert loading.load(NAME).card.layers == LAYERS
    assert {name for name in web.names() if name.endswith("safetensors")} == set(names)


def test_pickles_are_never_asked_for(repository: Repository, web: LoopbackHub) -> None:
    repository.files["pytorch_model.bin"] = repository.files.pop(WEIGHTS)
    with pytest.raises(NoSafetensors):
        loading.load(NAME)
    assert web.names() == set()


def test_code_is_never_asked_for(repository: Repository, web: LoopbackHub) -> None:
    config = {
        "architectures": ["EvilForCausalLM"],
        "model_type": "evil",
        "auto_map": {"AutoModelForCausalLM": "evil.Evil"},
    }
    repository.files |= {CONFIG: json.dumps(config).encode(), "evil.py": EVIL.encode()}
    with pytest.raises(UnsupportedModel, match="Evil"):
        loading.load(NAME)
    assert web.names() == {CONFIG}


def test_a_model_that_does_not_fit_is_not_fetched(
    repository: Repository, web: LoopbackHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "available_memory", lambda: len(repository.files[WEIGHTS]))
    with pytest.raises(TooLargeForMemory):
        loading.load(NAME)
    assert web.names() == {CONFIG}


def test_the_memory_of_stated_parameters() -> None:
    listing = hub.Listing("0", {WEIGHTS: 1_000, CONFIG: 10}, {}, 0)
    assert hub._needed(listing, [CONFIG], [WEIGHTS]) == 2_010
    stated = hub.Listing("0", {WEIGHTS: 1_000, CONFIG: 10}, {}, 250)
    assert hub._needed(stated, [CONFIG], [WEIGHTS]) == 1_010


def test_a_model_that_is_not_there(web: LoopbackHub) -> None:
    with pytest.raises(ModelMissing, match="author/model"):
        loading.load(NAME)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_model_that_is_not_public(repository: Repository, status: int) -> None:
    repository.status = status
    with pytest.raises(ModelMissing):
        loading.load(NAME)


def test_a_model_whose_list_is_public_and_whose_files_are_not(
    repository: Repository, web: LoopbackHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = hub._listing(NAME)
    repository.status = 403
    monkeypatch.setattr(hub, "_listing", lambda name: listing)
    with pytest.raises(ModelMissing):
        loading.load(NAME)


def test_without_a_configuration(repository: Repository) -> None:
    del repository.files[CONFIG]
    with pytest.raises(HubFileMissing, match=CONFIG):
        loading.load(NAME)


def test_an_index_of_files_elsewhere(web: LoopbackHub, folder: Path) -> None:
    shard(folder)
    rewrite(folder / INDEX, lambda index: index["weight_map"].update(x="../../other/model/resolve/main/x.safetensors"))
    web.repositories[NAME] = Repository.of(folder)
    with pytest.raises(ModelDamaged, match="index"):
        loading.load(NAME)


def changed(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def test_weights_that_are_not_the_announced_ones(repository: Repository, web: LoopbackHub) -> None:
    repository.sent[WEIGHTS] = changed(repository.files[WEIGHTS])
    with pytest.raises(HubDamaged, match=WEIGHTS):
        loading.load(NAME)
    repository.sent.clear()
    assert loading.load(NAME).card.layers == LAYERS  # the damaged file did not stay in the cache


def test_weights_that_end_early(repository: Repository, web: LoopbackHub) -> None:
    repository.sent[WEIGHTS] = repository.files[WEIGHTS][:-100]
    with pytest.raises(ModelDamaged, match=WEIGHTS):
        loading.load(NAME)
    repository.sent.clear()
    assert loading.load(NAME).card.layers == LAYERS


@pytest.mark.parametrize("online", [True, False])
def test_weights_that_were_damaged_in_the_cache(
    repository: Repository, web: LoopbackHub, online: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = (hub.fetch(NAME, ANYTHING) / WEIGHTS).resolve()
    file.write_bytes(changed(file.read_bytes()))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", not online)
    with pytest.raises(ModelDamaged, match=WEIGHTS):
        loading.load(NAME)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    assert loading.load(NAME).card.layers == LAYERS


def disconnect(web: LoopbackHub, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Cut the network: by the setting, with nobody listening, with a hub out of order, with the login page of a Wi-Fi."""
    if how == "setting":
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    elif how == "refused":
        web.server.shutdown()
        web.server.server_close()
    elif how == "out of order":
        web.repositories[NAME] = Repository({}, status=503)
    else:
        web.repositories[NAME] = Repository({}, sent={"": b"<html>Log in</html>"})


HOW = pytest.mark.parametrize("how", ["setting", "refused", "out of order", "login page"])


@HOW
def test_without_internet_a_model_comes_from_the_cache(
    how: str, repository: Repository, web: LoopbackHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.fetch(NAME, ANYTHING)
    disconnect(web, monkeypatch, how)
    model = loading.load(NAME)
    assert (model.card.layers, model.card.licence) == (LAYERS, "cc-by-sa-4.0")


@HOW
def test_without_internet_and_cache(how: str, web: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    disconnect(web, monkeypatch, how)
    with pytest.raises(Offline, match="author/model"):
        loading.load(NAME)


@pytest.mark.parametrize("file", [WEIGHTS, TOKENIZER, CONFIG])
def test_without_internet_and_with_half_a_cache(
    file: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hub.fetch(NAME, ANYTHING) / file).unlink()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(Offline):
        loading.load(NAME)


def test_without_internet_and_with_one_file_that_another_program_fetched(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    hf_hub_download(NAME, CONFIG)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(Offline):
        loading.load(NAME)


def test_a_model_that_another_program_fetched(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in repository.files:
        hf_hub_download(NAME, file)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert loading.load(NAME).card.layers == LAYERS


def test_a_cache_that_cannot_be_written(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", full)
    with pytest.raises(CannotStore, match="cache"):
        loading.load(NAME)


def test_the_ordinary_settings_of_the_hub(repository: Repository, web: LoopbackHub, tmp_path: Path) -> None:
    code = (
        "import sys; from core import hub\n"
        "print(hub.fetch('author/model', hub.Fit(lambda folder: None, lambda needed: None)))\n"
        "print('torch' in sys.modules)"
    )
    settings = {"HF_ENDPOINT": web.url, "HF_HUB_CACHE": str(tmp_path / "there"), "HF_TOKEN": "hf_secret"}

    def run(**more: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **settings, **more},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.stderr == ""
        return done.stdout.splitlines()

    found, torch_loaded = run(HF_HUB_OFFLINE="0")
    assert Path(found).is_relative_to(tmp_path / "there") and (Path(found) / WEIGHTS).is_file()
    assert torch_loaded == "False"
    asked = [request for request in web.asked if NAME in request.path]
    assert {request.authorization for request in asked if request.path.startswith("/large/")} == {None}
    assert {request.authorization for request in asked if not request.path.startswith("/large/")} == {
        "Bearer hf_secret"
    }
    web.asked.clear()
    assert run(HF_HUB_OFFLINE="1")[0] == found
    assert web.asked == []
