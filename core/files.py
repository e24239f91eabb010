"""The files of a model in a folder: which ones it needs, and whether they are whole."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from core.errors import ModelDamaged, ModelFileMissing, NoSafetensors

CONFIG, README = "config.json", "README.md"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"  # names the files where the weights are divided among several
TOKENIZER = "tokenizer.json"
VOCABULARIES = (TOKENIZER, "vocab.txt", "vocab.json", "*.model", "*.vocab")
SETTINGS = ("*token*.json", "vocab.json", "generation_config.json")  # what the library reads beside CONFIG
CHUNK_BYTES = 2**20
README_CHARACTERS = 20_000  # a licence stands at the top
UNKNOWN_LICENCE = "不明 / unknown"


def weights(name: str, folder: Path) -> list[Path]:
    """Return the files with the weights. Raises NoSafetensors, ModelFileMissing or ModelDamaged."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if not (folder / INDEX).is_file():
        raise NoSafetensors(name=name)
    found = [folder / shard for shard in shards(name, folder / INDEX)]
    for file in found:
        if not file.is_file():
            raise ModelFileMissing(name=name, file=file.name)
    return found


def shards(name: str, index: Path) -> list[str]:
    """Return the names of the files among which the weights are divided. Raises ModelDamaged."""
    named = read_json(name, index).get("weight_map")
    if not isinstance(named, dict) or not all(_is_shard(file) for file in named.values()):
        raise ModelDamaged(name=name, file=index.name)
    return sorted(set(named.values()))


def _is_shard(file: object) -> bool:
    """Say whether it names a file beside the index: a path out of the folder is none."""
    return isinstance(file, str) and re.fullmatch(r"[\w.-]+\.safetensors", file) is not None


def tensors(name: str, weights: list[Path]) -> int:
    """Return how many tensors the headers of the files announce. Raises ModelDamaged if a file does not hold them."""
    from safetensors import SafetensorError, safe_open

    count = 0
    for file in weights:
        try:
            with safe_open(file, framework="np") as content:
                count += len(content.keys())
        except (SafetensorError, OSError) as error:
            raise ModelDamaged(name=name, file=file.name) from error
    return count


def read_json(name: str, file: Path) -> dict[str, Any]:
    """Return the object in a JSON file. Raises ModelFileMissing or ModelDamaged."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelFileMissing(name=name, file=file.name) from error
    except (ValueError, RecursionError, OSError) as error:
        raise ModelDamaged(name=name, file=file.name) from error
    if not isinstance(content, dict):
        raise ModelDamaged(name=name, file=file.name)
    return content


def check_vocabulary(name: str, folder: Path) -> None:
    """Raise ModelFileMissing if there is no tokenizer, ModelDamaged if one of its JSON files is none."""
    if not any(file.is_file() for pattern in VOCABULARIES for file in folder.glob(pattern)):
        raise ModelFileMissing(name=name, file=TOKENIZER)
    for pattern in SETTINGS:
        for file in folder.glob(pattern):
            read_json(name, file)


def sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def licence(folder: Path) -> str:
    """Return the licence that the README states in its front matter, or UNKNOWN_LICENCE."""
    try:
        with (folder / README).open(encoding="utf-8", errors="replace") as content:
            text = content.read(README_CHARACTERS)
    except OSError:
        return UNKNOWN_LICENCE
    matter = re.match(r"---\s*\n(.*?)\n---", text, re.DOTALL)
    stated = re.search(r"^license:[ \t]*([\w. +-]{1,60})$", matter[1], re.MULTILINE) if matter else None
    return stated[1].strip() if stated else UNKNOWN_LICENCE
