"""Name → model: embedded, from the Hugging Face hub, or from a folder.

Whatever the place, the same rules hold: weights only as safetensors, no code from the model's author, checksums
compared before a file is used, and every failure one of the errors of core/errors.py. The hub is reached through
`huggingface_hub` with its ordinary settings (HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_HUB_OFFLINE).
"""

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import catalogue
from core.catalogue import UNKNOWN, Card
from core.errors import ModelDamaged, ModelMissing, NoSafetensors, TooLargeForMemory, UnsupportedModel

if TYPE_CHECKING:
    from core.language_model import LanguageModel

Progress = Callable[[int, int, str], None]  # (bytes done, bytes in all, file)

KEPT_MODELS = 4  # from the hub or a folder; the embedded ones stay
CAUSAL_ENDINGS = ("ForCausalLM", "LMHeadModel")
MASKED_ENDING = "ForMaskedLM"
BYTES_A_PARAMETER = 4  # in memory: everything is computed in float32
BYTES_OF_TYPE = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1}

_lock = threading.Lock()
_loading: dict[str, threading.Lock] = {}
_embedded: dict[str, "LanguageModel"] = {}
_others: OrderedDict[str, "LanguageModel"] = OrderedDict()


def load(name: str, *, local: bool = True, progress: Progress | None = None) -> "LanguageModel":
    """Return the model; the same object for the same name, to every caller.

    name: of the catalogue ("encoder"), a hub id ("author/model"), or with `local` a folder ("./my-model").
    Raises InvalidName, ModelMissing, ModelDamaged, Offline, NoSafetensors, UnsupportedModel, TooLargeForMemory,
    NoAttention.
    """
    place = catalogue.place(name, local=local)
    key = str(Path(name).expanduser().resolve()) if place == "local" else name
    with _lock:
        one_at_a_time = _loading.setdefault(key, threading.Lock())
    with one_at_a_time:
        found = _kept(key)
        if found is None:
            found = _load(name, place, progress)
            _keep(key, found, embedded=place == "embedded")
        return found


def _kept(key: str) -> "LanguageModel | None":
    with _lock:
        if key in _others:
            _others.move_to_end(key)
        return _embedded.get(key) or _others.get(key)


def _keep(key: str, model: "LanguageModel", *, embedded: bool) -> None:
    with _lock:
        if embedded:
            _embedded[key] = model
            return
        _others[key] = model
        while len(_others) > KEPT_MODELS:
            _others.popitem(last=False)


def _load(name: str, place: catalogue.Place, progress: Progress | None) -> "LanguageModel":
    if place == "embedded":
        folder = catalogue.MODELS / name
        card = catalogue.card(name)
        check_files(name, folder, {file: entry["sha256"] for file, entry in card.files.items()})
        return build(name, folder, card)
    if place == "hub":
        from core.hub import fetch

        return build(name, fetch(name, progress))
    return build(name, Path(name).expanduser())


def check_files(name: str, folder: Path, checksums: dict[str, str]) -> None:
    """Compare the SHA-256 of each file. Raises ModelMissing for an absent one, ModelDamaged for a changed one."""
    from hashlib import sha256

    for file, expected in checksums.items():
        if not (folder / file).is_file():
            raise ModelMissing(name=name)
        digest = sha256()
        with (folder / file).open("rb") as opened:
            while block := opened.read(1 << 20):
                digest.update(block)
        if digest.hexdigest() != expected:
            raise ModelDamaged(name=name, file=file)


def build(name: str, folder: Path, card: Card | None = None) -> "LanguageModel":
    """Return the model in a folder of files that may be read (errors as `load`). Nothing outside it is asked for."""
    config = read_json(name, folder / "config.json")
    causal = is_causal(name, config)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise NoSafetensors(name=name)
    parameters = sum(parameters_in(name, file) for file in weights)
    check_memory(name, parameters)
    model, tokenizer = _open(name, folder, causal=causal)
    from core.causal import CausalLM
    from core.masked import MaskedLM

    card = card or _card(name, model, folder, causal=causal)
    return CausalLM(model, tokenizer, card) if causal else MaskedLM(model, tokenizer, card)


def _open(name: str, folder: Path, *, causal: bool) -> tuple[Any, Any]:
    """Return (model, tokenizer); whatever the library says of unreadable files is ModelDamaged."""
    import torch
    import transformers
    from safetensors import SafetensorError

    from core.attention import IMPLEMENTATION

    quiet: Any = transformers.logging
    quiet.set_verbosity_error()
    quiet.disable_progress_bar()
    chosen = transformers.AutoModelForCausalLM if causal else transformers.AutoModelForMaskedLM
    try:
        model = chosen.from_pretrained(
            folder,
            attn_implementation=IMPLEMENTATION,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except SafetensorError as error:
        raise ModelDamaged(name=name, file="*.safetensors") from error
    except ImportError as error:
        raise UnsupportedModel(name=name, kind=f"{type(error).__name__}: {error}"[:200]) from error
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        raise ModelDamaged(name=name, file="config.json / tokenizer.json") from error
    return model.eval(), tokenizer


def is_causal(name: str, config: dict[str, Any]) -> bool:
    """Return True for a causal model, False for a masked one. Raises UnsupportedModel for any other."""
    architecture = str((config.get("architectures") or [UNKNOWN])[0])
    if "auto_map" in config or config.get("quantization_config"):
        raise UnsupportedModel(name=name, kind=architecture)
    if architecture.endswith(MASKED_ENDING):
        return False
    if architecture.endswith(CAUSAL_ENDINGS):
        return True
    raise UnsupportedModel(name=name, kind=architecture)


def read_json(name: str, file: Path) -> dict[str, Any]:
    """Return the JSON object in a file. Raises ModelMissing without the file, ModelDamaged if it is not one."""
    if not file.is_file():
        raise ModelMissing(name=name)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ModelDamaged(name=name, file=file.name) from error
    if not isinstance(found, dict):
        raise ModelDamaged(name=name, file=file.name)
    return found


def parameters_in(name: str, file: Path) -> int:
    """Return the number of parameters that a safetensors file says it holds, and check that it is all there."""
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if not 2 <= length <= min(100 << 20, file.stat().st_size):
                raise ValueError(length)
            header = json.loads(opened.read(length))
        tensors = [entry for key, entry in header.items() if key != "__metadata__"]
        sizes = [entry["data_offsets"][1] - entry["data_offsets"][0] for entry in tensors]
        if 8 + length + sum(sizes) != file.stat().st_size:
            raise ValueError(sum(sizes))
        return sum(size // BYTES_OF_TYPE[entry["dtype"]] for size, entry in zip(sizes, tensors, strict=True))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise ModelDamaged(name=name, file=file.name) from error


def check_memory(name: str, parameters: int) -> None:
    """Raise TooLargeForMemory if the parameters do not fit into what is free now."""
    needed, free = parameters * BYTES_A_PARAMETER, free_memory()
    if needed > free:
        raise TooLargeForMemory(name=name, needed=f"{needed / 2**30:.1f} GiB", free=f"{free / 2**30:.1f} GiB")


def free_memory() -> int:
    """Return the bytes of memory that a program can still take (on a system that does not tell: a terabyte)."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 1 << 40


def _card(name: str, model: Any, folder: Path, *, causal: bool) -> Card:
    """Return the card of a model that is not embedded, from its configuration."""
    config = model.config
    return Card(
        name=name,
        kind="causal" if causal else "masked",
        parameters=model.num_parameters(),
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        hidden=config.hidden_size,
        vocabulary=config.vocab_size,
        context=getattr(config, "max_position_embeddings", 0) or 0,
        licence=_licence(folder / "README.md"),
        title={"ja": name, "en": name},
    )


def _licence(readme: Path) -> str:
    """Return the licence named in the front matter of a hub model's README."""
    if not readme.is_file():
        return UNKNOWN
    for line in readme.read_text(encoding="utf-8", errors="replace").splitlines()[:80]:
        if line.startswith("license:"):
            return line.partition(":")[2].strip() or UNKNOWN
    return UNKNOWN
