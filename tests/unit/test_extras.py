"""A model that comes as Python packages: its terms, its conversion, and that nothing half is left. The packages are a tiny
stand-in: `gguf` and the real ones are not needed."""

import dataclasses
import errno
import importlib
import json
import os
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import WIDTH, build
from transformers import AutoModelForCausalLM, AutoTokenizer, Gemma3TextConfig

import core
from core import apart, catalogue, dequantize, extras, files, loading, offers, unpacking
from core.catalogue import CARD
from core.errors import (
    CannotStore,
    ConversionStopped,
    ExtraDamaged,
    ExtraNotConverted,
    ExtraNotInstalled,
    InvalidName,
    ModelDamaged,
    NoSpace,
    TermsNotAccepted,
    TooLargeForMemory,
)
from core.files import TOKENIZER, WEIGHTS
from core.terms import plain_text

NAME = "gemma-3-270m"
ROOT = Path(catalogue.__file__).parents[1]
LAYERS, HEADS, HEAD = 6, 4, 8  # the sixth layer is the first without a sliding window
RAIN = "雨が激しく"
PAGE = """<!doctype html><html><head><title>No &amp; no</title></head><body><nav>Menu</nav>
<div class="devsite-article-body clearfix"><script>alert("x")</script>
<h2>Section 1</h2><p>You may &quot;use&quot; <b>it</b>
if you agree.<ul><li>first<li>second &lt;b&gt;</ul></div><p>Footer</body></html>"""
TERMS = 'Section 1\n\nYou may "use" it if you agree.\n\n- first\n- second <b>'


def fields() -> dict[str, Any]:
    """What a GGUF file of a tiny Gemma 3 says."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    whole = ["\n", "\n\n", "  ", "   "]
    bytes_ = [f"<0x{number:02X}>" for number in range(256)]
    pieces = ["しく", "▁a", "激しく", *"▁雨が激しく降るab"]
    tokens = [*special, *whole, *bytes_, *pieces]
    kinds = [3] * len(special) + [4] * len(whole) + [6] * len(bytes_) + [1] * len(pieces)
    ids = {name: number for number, name in enumerate(("padding", "eos", "bos", "unknown"))}
    return {
        "general.architecture": "gemma3",
        "gemma3.context_length": 64,
        "gemma3.embedding_length": WIDTH,
        "gemma3.block_count": LAYERS,
        "gemma3.feed_forward_length": 2 * WIDTH,
        "gemma3.attention.head_count": HEADS,
        "gemma3.attention.head_count_kv": 1,
        "gemma3.attention.key_length": HEAD,
        "gemma3.attention.value_length": HEAD,
        "gemma3.attention.layer_norm_rms_epsilon": float(np.float32(1e-6)),
        "gemma3.attention.sliding_window": 3,
        "gemma3.rope.freq_base": 1_000_000.0,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.add_bos_token": True,
        **{f"tokenizer.ggml.{name}_token_id": number for name, number in ids.items()},
    }


def original() -> Any:
    """A tiny random Gemma 3 whose weights bfloat16 can hold."""
    config = Gemma3TextConfig(
        vocab_size=len(fields()["tokenizer.ggml.tokens"]),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=1,
        head_dim=HEAD,
        query_pre_attn_scalar=HEAD,
        max_position_embeddings=64,
        sliding_window=3,
        tie_word_embeddings=True,
    )
    model = build(AutoModelForCausalLM, config)
    for parameter in model.parameters():
        parameter.data = parameter.data.bfloat16().float()
    model.tie_weights()
    return model


def stored(model: Any) -> list[Any]:
    """The tensors of a model as llama.cpp names them, with 1 added to the weights of the norms."""
    theirs = {ours: name for name, ours in {**dequantize.OUTER, **dequantize.INNER}.items()}

    def renamed(name: str) -> str:
        if name.startswith("model.layers."):
            _, _, layer, inner = name.removesuffix(".weight").split(".", 3)
            return f"blk.{layer}.{theirs[inner]}.weight"
        return f"{theirs[name.removesuffix('.weight')]}.weight"

    weights = {name: weight for name, weight in model.state_dict().items() if name != "lm_head.weight"}
    found = [(renamed(name), weight.numpy()) for name, weight in weights.items()]
    return [
        SimpleNamespace(name=name, tensor_type="F32", data=data + np.float32(name.endswith("norm.weight")))
        for name, data in found
    ]


def unquantised(data: Any, kind: Any) -> Any:
    assert kind == "F32"
    return data


def ignore(stage: str, part: float) -> None:
    pass


@dataclasses.dataclass
class Extra:
    """The stand-in for the packages: `site` is where they are, `folder` where the converted model belongs."""

    site: Path
    folder: Path
    converted: list[Path] = dataclasses.field(default_factory=list)

    @property
    def beside(self) -> list[str]:
        """Everything in the folder of the converted models."""
        return sorted(file.name for file in self.folder.parent.glob("*")) if self.folder.parent.exists() else []


@pytest.fixture(scope="module")
def model() -> Any:
    return original()


@pytest.fixture
def absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Extra:
    """No package is installed, and nothing was converted."""
    monkeypatch.setenv(extras.FOLDER, str(tmp_path / "models"))
    monkeypatch.setattr(loading, "_guests", OrderedDict())
    changed = dataclasses.replace(
        extras.PACKAGES[NAME],
        modules=("kotori_extra_stand_in",),
        sha256=files.sha256(_write(tmp_path / "file", b"the whole file")),
        terms="data/TERMS.html",
        space=1,
        memory=1,
    )
    monkeypatch.setattr(extras, "PACKAGES", {NAME: changed})
    return Extra(tmp_path / "site", tmp_path / "models" / NAME)


@pytest.fixture
def extra(absent: Extra, model: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Extra]:
    """The packages are installed."""
    _write(absent.site / "kotori_extra_stand_in/data/TERMS.html", PAGE.encode())
    _write(
        absent.site / "kotori_extra_stand_in/__init__.py",
        b"def assemble(path):\n    path.write_bytes(b'the whole file')\n    return path\n",
    )

    def dequantized(file: Path, folder: Path, report: Any) -> None:
        absent.converted.append(file)
        report("read", 0)
        dequantize.write(fields(), stored(model), unquantised, folder, report)

    monkeypatch.setattr(unpacking, "_dequantized", dequantized)
    monkeypatch.syspath_prepend(absent.site)
    yield absent
    sys.modules.pop("kotori_extra_stand_in", None)
    importlib.invalidate_caches()


def _write(file: Path, content: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def convert(progress: Any = None) -> catalogue.Card:
    return extras.convert(NAME, accepted=True, progress=progress)


# -- before the conversion -----------------------------------------------------------------------------------------


def test_the_catalogue_and_the_packages_name_the_same_models() -> None:
    assert [model.name for model in offers.EXTRA_MODELS] == list(extras.PACKAGES)
    for package in extras.PACKAGES.values():
        assert package.address.startswith("https://") and package.source.licence in package.source.attribution


def test_the_requirements_are_those_that_are_told() -> None:
    lines = (ROOT / extras.REQUIREMENTS).read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins == [pin for package in extras.PACKAGES.values() for pin in package.requirements]


def test_nothing_is_there(absent: Extra) -> None:
    assert extras.status(NAME) == extras.Status(False, False, False, absent.folder)
    assert extras.steps(NAME)[0] == "python -m pip install -r core/extras-requirements.txt"
    for ask in (lambda: extras.terms(NAME), convert, lambda: core.load(NAME, local=False)):
        with pytest.raises(ExtraNotInstalled, match=r"python -m pip install -r core/extras-requirements\.txt"):
            ask()
    assert not absent.beside


def test_installed(extra: Extra) -> None:
    assert extras.status(NAME) == extras.Status(True, False, False, extra.folder)
    assert extras.steps(NAME) == [f"python -m core extra {NAME} {option}" for option in ("--terms", "--accept-terms")]
    assert extras.terms(NAME) == TERMS
    with pytest.raises(ExtraNotConverted, match=f"python -m core extra {NAME}"):
        core.load(NAME, local=False)


@pytest.mark.parametrize("name", ["encoder", "nobody", "../x", "", "x" * 5_000])
@pytest.mark.parametrize("ask", [extras.status, extras.terms, lambda name: extras.convert(name, accepted=True)])
def test_only_extra_models(ask: Callable[[str], object], name: str) -> None:
    with pytest.raises(InvalidName) as told:
        ask(name)
    assert len(told.value.message("ja")) < 250


def test_without_acceptance_nothing_is_done(extra: Extra) -> None:
    with pytest.raises(TermsNotAccepted, match="--terms"):
        extras.convert(NAME, accepted=False)
    assert not extra.converted and not extra.beside


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({extras.FOLDER: "/models", "XDG_CACHE_HOME": "/cache"}, f"/models/{NAME}"),
        ({"XDG_CACHE_HOME": "/cache"}, f"/cache/kotori/models/{NAME}"),
        ({"XDG_CACHE_HOME": ""}, f"/home/reader/.cache/kotori/models/{NAME}"),
        ({}, f"/home/reader/.cache/kotori/models/{NAME}"),
        ({extras.FOLDER: "~/there"}, f"/home/reader/there/{NAME}"),
    ],
)
def test_where_it_belongs(settings: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (extras.FOLDER, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/reader", **settings}.items():
        monkeypatch.setenv(name, value)
    assert extras.folder_of(NAME) == Path(expected)


# -- the conversion ------------------------------------------------------------------------------------------------


def test_it_becomes_a_model_like_any_other(extra: Extra, model: Any) -> None:
    card = convert()
    assert extras.status(NAME) == extras.Status(True, True, True, extra.folder)
    assert extras.steps(NAME) == [] and extra.beside == [NAME]
    assert {file.name for file in extra.folder.iterdir()} == {*card.files, CARD}
    assert {WEIGHTS, TOKENIZER, "config.json", "TERMS.txt", "NOTICE.txt"} <= set(card.files)
    assert (card.kind, card.licence, card.scores) == ("causal", "Gemma Terms of Use", {})
    assert card.recipe["terms_accepted"].startswith("20")

    loaded = core.load(NAME, local=False)
    assert loaded.card == card and (loaded.layers, loaded.heads) == (LAYERS, HEADS)
    assert core.load(NAME) is loaded
    encoded = loaded.encode(RAIN)
    with torch.inference_mode():
        expected = model(input_ids=torch.tensor([encoded.ids])).logits[0, -1]
    assert np.allclose(loaded.next(RAIN).logits, expected.numpy(), atol=1e-5)
    assert loaded.attention(RAIN).weights.shape == (LAYERS, HEADS, 4, 4)


def test_the_terms_stay_beside_it(extra: Extra, monkeypatch: pytest.MonkeyPatch) -> None:
    convert()
    notice = (extra.folder / "NOTICE.txt").read_text(encoding="utf-8")
    assert "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms" in notice
    assert "modified" in notice
    monkeypatch.setattr(extras, "_installed", lambda package: False)  # removed after the conversion
    assert extras.terms(NAME).strip() == TERMS
    assert extras.status(NAME).accepted and core.load(NAME).card.name == NAME
    assert convert().name == NAME


def test_it_is_done_once(extra: Extra) -> None:
    assert convert() == convert()
    assert len(extra.converted) == 1


def test_anybody_can_open_it(extra: Extra, model: Any) -> None:
    convert()
    opened = AutoModelForCausalLM.from_pretrained(extra.folder)
    assert opened.dtype == torch.bfloat16
    for name, weight in model.state_dict().items():
        assert torch.allclose(opened.state_dict()[name].float(), weight, atol=1e-6), name
    assert (extra.folder / WEIGHTS).stat().st_mode & 0o444 == 0o444


def test_progress(extra: Extra) -> None:
    told: list[tuple[int, int, str]] = []
    convert(lambda *facts: told.append(facts))
    done, totals, stages = zip(*told, strict=True)
    assert list(done) == sorted(done) and (done[0], done[-1]) == (0, 100) and set(totals) == {100}
    assert list(dict.fromkeys(stages)) == list(unpacking.SHARES)


class Stop(Exception):
    pass


@pytest.mark.parametrize("stage", unpacking.SHARES)
def test_a_broken_conversion_leaves_nothing(extra: Extra, stage: str) -> None:
    def stop(done: int, total: int, now: str) -> None:
        if now == stage:
            raise Stop

    with pytest.raises(Stop):
        convert(stop)
    assert extra.beside == [] and not extras.status(NAME).converted
    assert convert().name == NAME


@pytest.mark.parametrize("how", ["other content", "ValueError", "FileNotFoundError"])
def test_packages_that_hold_something_else(extra: Extra, how: str) -> None:
    does = "path.write_bytes(b'x')" if how == "other content" else f"raise {how}"
    _write(extra.site / "kotori_extra_stand_in/__init__.py", f"def assemble(path):\n    {does}\n".encode())
    with pytest.raises(ModelDamaged, match=NAME):
        convert()
    assert not extra.converted and extra.beside == []


def test_no_space(extra: Extra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "PACKAGES", {NAME: dataclasses.replace(extras.PACKAGES[NAME], space=10**18)})
    with pytest.raises(NoSpace, match=r"1000000000\.0 GB"):
        convert()
    assert not extra.converted and extra.beside == []


@pytest.mark.parametrize("free", [0, None])
def test_no_memory(extra: Extra, free: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "available_memory", lambda: free)
    if free is None:
        assert convert().name == NAME  # a system that does not tell
        return
    with pytest.raises(TooLargeForMemory):
        convert()
    assert not extra.converted and extra.beside == []


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (OSError(errno.ENOSPC, "full"), CannotStore),
        (OSError(errno.EIO, "broken"), OSError),
        (ModuleNotFoundError("No module named 'tqdm'"), ExtraNotInstalled),
    ],
)
def test_what_goes_wrong_on_the_way(
    extra: Extra, raised: Exception, told: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise raised

    monkeypatch.setattr(unpacking, "_dequantized", broken)
    with pytest.raises(told):
        convert()
    assert extra.beside == []


def test_a_folder_that_is_a_file(extra: Extra) -> None:
    _write(extra.folder.parent, b"")
    with pytest.raises(OSError, match="models"):
        convert()


def test_what_a_killed_conversion_left_goes_after_a_day(extra: Extra) -> None:
    old, new = (extra.folder.parent / f".{NAME}-{word}" for word in ("old", "new"))
    for folder in (old, new):
        _write(folder / "model.gguf", b"half")
    os.utime(old, (time.time() - unpacking.STALE - 60,) * 2)
    convert()
    assert not old.exists() and new.exists()


# -- in a process of its own ---------------------------------------------------------------------------------------


def test_what_another_process_cannot_do_is_told_here(absent: Extra) -> None:
    with pytest.raises(TermsNotAccepted) as told:
        apart.convert(NAME, accepted=False, progress=ignore_progress)
    assert told.value.message("ja") == TermsNotAccepted(name=NAME, command=extras.command(NAME, "--terms")).message(
        "ja"
    )
    with pytest.raises(InvalidName):
        apart.convert("nobody", accepted=True, progress=ignore_progress)


def ignore_progress(done: int, total: int, stage: str) -> None:
    pass


def test_progress_of_another_process(extra: Extra, monkeypatch: pytest.MonkeyPatch) -> None:
    convert()
    program = "from core.apart import _progress; _progress(0, 100, 'read'); _progress(100, 100, 'check')"
    monkeypatch.setattr(apart, "_command", lambda name, accepted: [sys.executable, "-c", program])
    told: list[tuple[int, int, str]] = []
    card = apart.convert(NAME, accepted=True, progress=lambda *facts: told.append(facts))
    assert told == [(0, 100, "read"), (100, 100, "check")]
    assert card == extras.verified(NAME)[0]


@pytest.mark.parametrize("end", ["sys.exit(1)", "os.kill(os.getpid(), 9)"])
def test_another_process_that_ends_early(extra: Extra, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = f"import os, sys; {end}"
    monkeypatch.setattr(apart, "_command", lambda name, accepted: [sys.executable, "-c", program])
    with pytest.raises(ConversionStopped, match=NAME):
        apart.convert(NAME, accepted=True, progress=ignore_progress)


def test_the_other_process_converts(
    extra: Extra, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["apart", NAME, "--accepted"])
    apart.main()
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[0] == {"done": 0, "total": 100, "stage": "assemble"} and told[-1]["done"] == 100
    assert extras.status(NAME).accepted


# -- a converted model that was damaged ----------------------------------------------------------------------------


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "weights": lambda folder: flip(folder / WEIGHTS),
    "tokenizer": lambda folder: (folder / TOKENIZER).unlink(),
    "card": lambda folder: (folder / CARD).write_text("{", encoding="utf-8"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_told_and_mended(extra: Extra, what: str) -> None:
    convert()
    DAMAGE[what](extra.folder)
    with pytest.raises(ExtraDamaged, match="--accept-terms"):
        core.load(NAME)
    assert extras.status(NAME).converted == (what == "weights")  # of the same size
    convert()
    assert core.load(NAME).card.name == NAME
    assert extra.beside == [NAME] and len(extra.converted) == 2


def test_damage_after_the_packages_were_removed(extra: Extra, monkeypatch: pytest.MonkeyPatch) -> None:
    convert()
    flip(extra.folder / WEIGHTS)
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place != str(extra.site)])
    sys.modules.pop("kotori_extra_stand_in", None)
    importlib.invalidate_caches()
    with pytest.raises(ExtraNotInstalled):
        convert()
    assert extra.beside == [NAME]  # what there was is still there


# -- what the file says --------------------------------------------------------------------------------------------


@pytest.fixture
def written(model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dequantize, "ROWS", 7)  # matrices in several parts
    dequantize.write(fields(), stored(model), unquantised, tmp_path, ignore)
    return tmp_path


def test_the_weights_are_the_same_in_parts(written: Path, model: Any) -> None:
    opened = AutoModelForCausalLM.from_pretrained(written, dtype=torch.float32)
    ids = torch.arange(9).unsqueeze(0)
    with torch.inference_mode():
        assert torch.allclose(opened(input_ids=ids).logits, model(input_ids=ids).logits, atol=1e-5)


def test_the_configuration(written: Path) -> None:
    config = json.loads((written / "config.json").read_text(encoding="utf-8"))
    assert (config["model_type"], config["architectures"]) == ("gemma3_text", ["Gemma3ForCausalLM"])
    assert config["rms_norm_eps"] == 1e-6 and config["sliding_window"] == 3
    assert config["layer_types"] == ["sliding_attention"] * 5 + ["full_attention"]
    bases = {kind: entry["rope_theta"] for kind, entry in config["rope_parameters"].items()}
    assert bases == {"full_attention": 1_000_000.0, "sliding_attention": 10_000.0}
    assert "quantization_config" not in config


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (RAIN, ["<bos>", "雨", "が", "激しく"]),
        ("激しa", ["<bos>", "激", "し", "a"]),
        ("b a", ["<bos>", "b", "▁a"]),
        ("b  b\n\nb", ["<bos>", "b", "▁▁", "b", "\n\n", "b"]),
        ("鳥", ["<bos>", "<0xE9>", "<0xB3>", "<0xA5>"]),
        ("<eos>", ["<bos>", "<eos>"]),
    ],
)
def test_the_tokenizer(written: Path, text: str, tokens: list[str]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(written)
    assert tokenizer.convert_ids_to_tokens(tokenizer(text).input_ids) == tokens
    assert tokenizer.decode(tokenizer(text).input_ids[1:]) == text


def test_merges_make_the_earlier_piece_first() -> None:
    vocabulary = {"abc": 0, "ab": 1, "bc": 2, "a": 3, "b": 4, "c": 5}
    assert dequantize.merges(vocabulary) == [("ab", "c"), ("a", "bc"), ("a", "b"), ("b", "c")]


@pytest.mark.parametrize("name", ["blk.0.ffn_gate_exps.weight", "output.weight", "rope_freqs", "blk.x.attn_q.weight"])
def test_tensors_of_another_model(name: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        dequantize.renamed(name)


# -- terms as plain text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (PAGE, TERMS),
        ("<p>one<p>two<br>three", "one\n\ntwo\nthree"),
        ("<head><title>x</title><body>shown", "shown"),
        ('<div class="other">a</div><style>b</style>&amp;lt;', "a\n\n&lt;"),
        ('<div class="devsite-article-body"><div>in</div> and</div> out', "in\n\nand"),
        ("a\0b", "ab"),
        ("", ""),
    ],
)
def test_plain_text(page: str, text: str) -> None:
    assert plain_text(page) == text


@given(st.text(alphabet="<>/ap!-&;#\"'=\n\0 鳥", max_size=60))
def test_any_page_has_a_text(page: str) -> None:
    text = plain_text(page)
    assert "\0" not in text and text == text.strip() and "\n\n\n" not in text


# -- weight --------------------------------------------------------------------------------------------------------


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, core.extras as e; e.status('gemma-3-270m'); print({'torch', 'transformers', 'numpy', 'gguf'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"
