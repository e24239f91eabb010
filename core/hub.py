"""A model's files from the Hugging Face hub: only those that may be read, checked, with progress in bytes."""

import threading
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import ModelDamaged, ModelMissing, NoSafetensors, Offline, TooLargeForMemory

if TYPE_CHECKING:
    from core.loading import Progress

WANTED = ("*.safetensors", "*.json", "*.txt", "*.model", "README.md")
WEIGHTS = "*.safetensors"


def wanted(file: str) -> bool:
    """Whether a file of a repository is fetched: in its top folder, and of a kind that holds no code."""
    return "/" not in file and any(fnmatch(file, pattern) for pattern in WANTED)


def fetch(name: str, progress: "Progress | None" = None) -> Path:
    """Return the local folder of a hub model, downloaded if need be and its large files' checksums compared.

    Without the network a complete copy in the cache is used. Raises Offline, ModelMissing, ModelDamaged,
    NoSafetensors, TooLargeForMemory.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, HTTPError, RepositoryNotFoundError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    try:
        info = HfApi().model_info(name, files_metadata=True)
    except (RepositoryNotFoundError, GatedRepoError) as error:
        raise ModelMissing(name=name) from error
    except HfHubHTTPError as error:
        if error.response is not None and error.response.status_code in (401, 403, 404):
            raise ModelMissing(name=name) from error
        return _cached(name)
    except (HTTPError, OSError):
        return _cached(name)
    files = [sibling for sibling in info.siblings or [] if wanted(sibling.rfilename)]
    weights = [sibling for sibling in files if fnmatch(sibling.rfilename, WEIGHTS)]
    if not weights:
        raise NoSafetensors(name=name)
    _check_memory(name, sum(sibling.size or 0 for sibling in weights))
    folder = _download(name, info.sha, files, progress)
    from core.loading import check_files

    known = {sibling.rfilename: sibling.lfs.sha256 for sibling in files if sibling.lfs is not None}
    try:
        check_files(name, folder, known)
    except ModelDamaged as error:
        (folder / str(error.facts["file"])).resolve().unlink(missing_ok=True)  # so that the next try fetches it again
        raise
    return folder


def _check_memory(name: str, size: int) -> None:
    """Refuse before downloading what could not be opened: in memory a weight takes four bytes, on disk two or more."""
    from core.loading import free_memory

    if size > (free := free_memory()):
        raise TooLargeForMemory(name=name, needed=f"{size / 2**30:.1f} GiB", free=f"{free / 2**30:.1f} GiB")


def _download(name: str, revision: str | None, files: list[Any], progress: "Progress | None") -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HTTPError

    total = sum(sibling.size or 0 for sibling in files)
    counter = _Counter(total, progress)
    folder: Path | None = None
    for sibling in files:
        counter.file = sibling.rfilename
        try:
            path = hf_hub_download(name, sibling.rfilename, revision=revision, tqdm_class=counter.bar())
        except (HTTPError, OSError) as error:
            raise Offline(name=name) from error
        counter.finish(sibling.size or 0)
        folder = Path(path).parent
    if folder is None:
        raise ModelMissing(name=name)
    return folder


def _cached(name: str) -> Path:
    """Return the complete copy of a former download. Raises Offline if there is none."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True, allow_patterns=list(WANTED)))
    except (LocalEntryNotFoundError, OSError, ValueError) as error:
        raise Offline(name=name) from error
    if not (folder / "config.json").exists() or not list(folder.glob(WEIGHTS)):
        raise Offline(name=name)
    return folder


class _Counter:
    """Adds up the bytes of all files; `bar()` is the progress bar that huggingface_hub reports a file's bytes to."""

    def __init__(self, total: int, progress: "Progress | None") -> None:
        self.total, self.progress, self.file = total, progress, ""
        self.finished = self.current = 0
        self.lock = threading.Lock()

    def add(self, amount: float) -> None:
        with self.lock:
            self.current += int(amount)
            self._tell()

    def finish(self, size: int) -> None:
        """A file is complete, from the network or from the cache."""
        with self.lock:
            self.finished, self.current = self.finished + size, 0
            self._tell()

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(min(self.finished + self.current, self.total), self.total, self.file)

    def bar(self) -> type[Any]:
        from tqdm import tqdm

        counter = self

        class Bar(tqdm):  # type: ignore[misc]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **{**kwargs, "disable": True})

            def update(self, n: float | None = 1) -> None:
                counter.add(n or 0)

        return Bar
