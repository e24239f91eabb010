"""The files of a model on the Hugging Face hub, in the hub's ordinary cache: fetched, or found there without internet.

`huggingface_hub` does the work, so its settings hold: HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_HUB_OFFLINE.
Only weights in the safetensors format and the small texts beside them are ever asked for.
"""

import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from core import files
from core.errors import (
    CannotStore,
    CoreError,
    ModelDamaged,
    ModelFileMissing,
    ModelMissing,
    NoSafetensors,
    Offline,
)
from core.files import CONFIG, INDEX, README, WEIGHTS

Progress = Callable[[int, int, str], None]
"""Called with the bytes so far, the bytes in all, and the file; not always from the thread that loads."""

SMALL = ("*.json", "*.txt", "*.model", "*.vocab", README)
UNWANTED = ("*.index.json", "adapter_*")
FLOAT32_BYTES = 4
WIDENING = 2  # weights are mostly stored in half the width that they are used in
TRY_LATER = (408, 429)  # of the 4xx answers those that are no refusal
NO_STORAGE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True)
class Listing:
    """What the hub says of a model: the commit, the bytes of each file, the sha256 of large ones, the parameters."""

    commit: str
    sizes: dict[str, int]
    sha256: dict[str, str]
    parameters: int


@dataclass(frozen=True)
class Fit:
    """What the caller wants to know before anything large is fetched: both raise a CoreError if it will not do."""

    config: Callable[[Path], object]
    memory: Callable[[int], object]


def fetch(name: str, fit: Fit, progress: Progress | None = None) -> Path:
    """Return the folder with the files of the model, whose checksums have been compared.

    Raises ModelMissing (also if it is not public), NoSafetensors, ModelDamaged, CannotStore, what `fit` raises, and
    Offline if the hub cannot be reached and the cache does not have everything.
    """
    try:
        return _download(name, _listing(name), fit, progress)
    except Offline:
        return _cached(name)


def _listing(name: str) -> Listing:
    from huggingface_hub import HfApi, constants

    with _told(name, CONFIG, ValueError, TypeError, KeyError):  # the login page of a network is no JSON
        info = HfApi().model_info(name, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT)
    found = {file.rfilename: file for file in info.siblings or () if re.fullmatch(r"[\w.-]+", file.rfilename)}
    return Listing(
        commit=info.sha or constants.DEFAULT_REVISION,
        sizes={file: facts.size or 0 for file, facts in found.items()},
        sha256={file: facts.lfs.sha256 for file, facts in found.items() if facts.lfs is not None},
        parameters=info.safetensors.total if info.safetensors is not None else 0,
    )


def _download(name: str, listing: Listing, fit: Fit, progress: Progress | None) -> Path:
    get = partial(_get, name, listing.commit)
    if not {WEIGHTS, INDEX} & listing.sizes.keys():
        raise NoSafetensors(name=name)
    if CONFIG not in listing.sizes:
        raise ModelFileMissing(name=name, file=CONFIG)
    folder = get(CONFIG).parent
    fit.config(folder)
    weights = [WEIGHTS] if WEIGHTS in listing.sizes else files.shards(name, get(INDEX))
    small = [file for file in sorted(listing.sizes) if _wanted(file)]
    fit.memory(_needed(listing, small, weights))
    wanted = [*small, *weights]  # the weights last: where they are, all is there
    meter = _Meter(progress, sum(listing.sizes.get(file, 0) for file in wanted))
    for file in wanted:
        meter.begin(file)
        path = get(file, meter.bar())
        meter.end(path.stat().st_size)
        _verify(name, path, listing.sha256.get(file))
    with _told(name, CONFIG):
        _hub_download(name, CONFIG, None)  # leaves in the cache which commit is the newest
    return folder


def _needed(listing: Listing, small: list[str], weights: list[str]) -> int:
    """Return how many bytes of memory the files will probably take."""
    stored = sum(listing.sizes.get(file, 0) for file in weights)
    needed = listing.parameters * FLOAT32_BYTES if listing.parameters else stored * WIDENING
    return max(stored, needed) + sum(listing.sizes[file] for file in small)


def _wanted(file: str) -> bool:
    return _matches(file, SMALL) and not _matches(file, UNWANTED)


def _matches(file: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(file, pattern) for pattern in patterns)


def _get(name: str, commit: str, file: str, bar: type | None = None) -> Path:
    """Return the file in the cache, downloaded if it is not there."""
    with _told(name, file, RuntimeError):  # from the part of the client that is written in Rust
        return _hub_download(name, file, commit, bar)


def _hub_download(name: str, file: str, commit: str | None, bar: type | None = None) -> Path:
    from huggingface_hub import constants, hf_hub_download

    timeout = constants.HF_HUB_ETAG_TIMEOUT
    silent = _Meter().bar()
    return Path(hf_hub_download(name, file, revision=commit, tqdm_class=bar or silent, etag_timeout=timeout))


def _cached(name: str) -> Path:
    """Return the folder of a model that was fetched before. Raises Offline if it is not there or not whole."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True, allow_patterns=[CONFIG]))
        files.read_json(name, folder / CONFIG)
        weights = files.weights(name, folder)
        files.check_vocabulary(name, folder)
    except (LocalEntryNotFoundError, ModelFileMissing, NoSafetensors) as error:
        raise Offline(name=name) from error
    for path in weights:
        _verify(name, path)
    return folder


def _verify(name: str, path: Path, sha256: str | None = None) -> None:
    """Compare a file of the cache with its checksum; a damaged one is removed, to be fetched anew next time.

    Without `sha256` it is the one that the cache calls the file by, if that is one. Raises ModelDamaged.
    """
    blob = path.parent / os.readlink(path) if path.is_symlink() else path
    sha256 = sha256 or (blob.name if re.fullmatch(r"[0-9a-f]{64}", blob.name) else None)
    if sha256 is not None and files.sha256(path) != sha256:
        path.resolve().unlink()
        blob.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise ModelDamaged(name=name, file=path.name)


@contextmanager
def _told(name: str, file: str, *more: type[Exception]) -> Iterator[None]:
    """Turn what the hub's client raises, and the `more` that it may, into a CoreError."""
    from httpx2 import HTTPError

    kinds: tuple[type[Exception], ...] = (HTTPError, OSError, *more)
    try:
        yield
    except kinds as error:
        raise _ours(name, file, error) from error


def _ours(name: str, file: str, error: Exception) -> CoreError:
    response = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
    status = 0 if response is None else response.status_code
    if 400 <= status < 500 and status not in TRY_LATER:
        return ModelMissing(name=name)
    if isinstance(error, OSError) and error.errno in NO_STORAGE:
        from huggingface_hub import constants

        return CannotStore(name=name, folder=constants.HF_HUB_CACHE)
    if type(error) is OSError and error.errno is None:  # the client: what came is not as long as announced
        return ModelDamaged(name=name, file=file)
    return Offline(name=name)


class _Meter:
    """Adds up the bytes of files that are fetched one after the other, and tells `progress`."""

    def __init__(self, progress: Progress | None = None, total: int = 0) -> None:
        self.progress, self.total = progress, total
        self.file, self.before, self.here, self.told = "", 0, 0, 0

    def begin(self, file: str) -> None:
        self.file, self.here = file, 0

    def add(self, count: float) -> None:
        self.here += int(count)
        self.tell()

    def end(self, size: int) -> None:
        self.before, self.here = self.before + size, 0
        self.tell()

    def tell(self) -> None:
        """What was told is not taken back when a download begins anew."""
        self.told = max(self.told, self.before + self.here)
        self.total = max(self.total, self.told)
        if self.progress is not None:
            self.progress(self.told, self.total, self.file)

    def bar(self) -> type:
        """Return what the hub's client takes for the class of its progress bar."""
        return type("Bar", (_Bar,), {"meter": self})


class _Bar(AbstractContextManager["_Bar"]):
    """As much of tqdm's interface as the hub's client uses, without a line on the console."""

    meter: ClassVar[_Meter]

    def __init__(self, *positional: Any, **settings: Any) -> None:
        self.update(settings.get("initial"))

    def __exit__(self, *exception: object) -> None:
        self.ignore()

    def update(self, count: float | None) -> None:
        self.meter.add(count or 0)

    def ignore(self, *positional: Any, **settings: Any) -> None:
        pass

    update_transfer = set_postfix_str = set_transfer_postfix_str = close = ignore
