"""Load a model by name: an embedded or extra one, one of the Hugging Face hub, or one in a folder; and keep it.

Whatever the place, the path is the same: find the folder, compare checksums, build the model (core.building).
"""

import logging
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload
from weakref import WeakValueDictionary

from core import building, catalogue, extras, files, hub
from core.building import FLOAT32_BYTES
from core.catalogue import Card, Place
from core.errors import (
    HubDamaged,
    HubFileMissing,
    ModelDamaged,
    ModelFileMissing,
    OtherChecksum,
    TooLargeForMemory,
)
from core.hub import Progress

if TYPE_CHECKING:
    from core.causal import CausalLM
    from core.language_model import LanguageModel
    from core.masked import MaskedLM
    from core.seq2seq import Seq2SeqLM

KEPT = 4  # models that are not embedded; the embedded ones stay for good

_lock = threading.Lock()  # for the three dictionaries
_embedded: "dict[str, LanguageModel]" = {}
_guests: "OrderedDict[str, LanguageModel]" = OrderedDict()  # the one not used for longest comes first
_loading: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
_building = threading.Lock()  # one model at a time takes memory: what is free is free for it


@overload
def load(name: Literal["encoder"], *, local: bool = True, progress: Progress | None = None) -> "MaskedLM": ...
@overload
def load(name: Literal["decoder"], *, local: bool = True, progress: Progress | None = None) -> "CausalLM": ...
@overload
def load(name: Literal["seq2seq"], *, local: bool = True, progress: Progress | None = None) -> "Seq2SeqLM": ...
@overload
def load(name: str, *, local: bool = True, progress: Progress | None = None) -> "LanguageModel": ...
def load(name: str, *, local: bool = True, progress: Progress | None = None) -> "LanguageModel":
    """Return the model of that name, a MaskedLM, CausalLM or Seq2SeqLM: the same object as long as it is kept.

    `name`: one of the catalogue, a hub id (owner/name) or, only if `local`, the path of a folder (/…, ./…, ../…, ~…).
    `progress`: called while files come from the hub, with the bytes so far, the bytes in all, and the file.

    Raises InvalidName, ModelMissing, ModelDamaged; for the hub also Offline and CannotStore; for an extra model
    ExtraNotInstalled and ExtraNotConverted; for a model that cannot be used NoSafetensors, UnsupportedModel, NoAttention
    or TooLargeForMemory.
    """
    place = catalogue.check_name(name, local=local)
    key = _key(name, place)
    with _one_at_a_time(key):
        model = _kept(key)
        if model is None:
            model = _load(name, place, progress)
            _keep(key, model, place)
    return model


def available_memory() -> int | None:
    """Return how many bytes of memory new models can take, None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def verify(card: Card, folder: Path) -> None:
    """Compare the files in the folder with their checksums. Raises ModelFileMissing or ModelDamaged."""
    for file, facts in card.files.items():
        if not (folder / file).is_file():
            raise ModelFileMissing(name=card.name, file=file)
        if files.sha256(folder / file) != facts.sha256:
            raise ModelDamaged(name=card.name, file=file)


def _verify_local(name: str, folder: Path) -> None:
    """Compare the weights in the user's own folder with the checksums of its card, if it has one like the embedded models.

    Raises OtherChecksum.
    """
    try:
        stated = catalogue.read_card(name, folder).files
    except (ModelFileMissing, ModelDamaged, OSError):  # a card of another program, or none
        return
    for path in folder.glob("*.safetensors"):
        facts = stated.get(path.name)
        if facts is not None and facts.sha256 and files.sha256(path) != facts.sha256:
            raise OtherChecksum(name=name, file=path.name)


def _load(name: str, place: Place, progress: Progress | None) -> "LanguageModel":
    _quiet()
    if place == "hub":
        return _from_hub(name, progress)
    card = None
    if place == "embedded":
        card, folder = catalogue.card(name), catalogue.folder(name)
        verify(card, folder)
    elif place == "extra":
        card, folder = extras.verified(name)
    else:
        folder = _local(name)
        _verify_local(name, folder)
    return _build(name, folder, card)


def _from_hub(name: str, progress: Progress | None) -> "LanguageModel":
    """Fetch and build a model. What is wrong with its files is nothing that an installation of ours could mend."""
    fit = hub.Fit(lambda found: building.kind_of(name, found), lambda needed: _check_memory(name, needed))
    try:
        return _build(name, hub.fetch(name, fit, progress))
    except ModelFileMissing as error:
        raise HubFileMissing(name=name, file=error.facts["file"]) from error
    except ModelDamaged as error:
        raise HubDamaged(name=name, file=error.facts["file"]) from error


def _build(name: str, folder: Path, card: Card | None = None) -> "LanguageModel":
    with _building:
        return building.build(name, folder, lambda needed: _make_room(name, needed), card)


def _quiet() -> None:
    """Keep progress bars and notes off the console: a page has its own."""
    import huggingface_hub.utils
    import transformers.utils

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    huggingface_hub.utils.logging.set_verbosity(logging.ERROR)


def _local(name: str) -> Path:
    return Path(name).expanduser().resolve()


def _key(name: str, place: Place) -> str:
    """Return what is the same for the same files: a folder that was written anew holds another model."""
    if place != "local":
        return name
    folder = _local(name)
    return f"{folder} {max(file.lstat().st_mtime_ns for file in (folder, *folder.glob('*')))}"


def _one_at_a_time(key: str) -> threading.Lock:
    """Return the lock for loading this model; it is gone when nobody holds it any more."""
    with _lock:
        return _loading.setdefault(key, threading.Lock())


def _kept(key: str) -> "LanguageModel | None":
    with _lock:
        if key in _guests:
            _guests.move_to_end(key)
        return _embedded.get(key) or _guests.get(key)


def _keep(key: str, model: "LanguageModel", place: Place) -> None:
    with _lock:
        if place == "embedded":
            _embedded[key] = model
            return
        _guests[key] = model
        while len(_guests) > KEPT:
            _guests.popitem(last=False)


def _make_room(name: str, needed: int) -> None:
    """Let go of guests until there is memory for one more model. Raises TooLargeForMemory."""
    _check_memory(name, needed)
    while _short_of(needed):
        with _lock:
            if not _guests:
                break
            _guests.popitem(last=False)
    _check_memory(name, needed)


def _short_of(needed: int) -> bool:
    free = available_memory()
    return free is not None and free < needed


def _check_memory(name: str, needed: int) -> None:
    """Raise TooLargeForMemory if a model would not fit even with every guest gone."""
    with _lock:
        guests = sum(guest.card.parameters for guest in _guests.values()) * FLOAT32_BYTES
    if _short_of(needed - guests):
        free = (available_memory() or 0) + guests
        raise TooLargeForMemory(name=name, needed=f"{needed / 1e9:.1f} GB", free=f"{free / 1e9:.1f} GB")
