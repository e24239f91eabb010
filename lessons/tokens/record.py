"""Record the map of words: the embeddings of frequent words, laid on the two directions in which they differ most.

python -m lessons.tokens.record
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lessons.text import toml
from lessons.tokens import embeddings
from lessons.tokens.embeddings import Floats
from lessons.tokens.figures import Dot

COMMAND = "python -m lessons.tokens.record"
FILE = Path(__file__).parent / "recorded" / "map.json"
DECIMALS = 4


@dataclass(frozen=True)
class WordMap:
    """The words on the plane, and how to lay another vector on it.

    shares: of the variance, along each direction. neighbours: how many words have a word of their own group as the nearest,
    in the full width and on the plane, and how many would by chance.
    """

    dots: tuple[Dot, ...]
    shares: tuple[float, float]
    neighbours: tuple[int, int, int]
    mean: Floats  # (width,)
    axes: Floats  # (2, width)
    command: str

    def place(self, vector: Floats) -> tuple[float, float]:
        """Return where a vector (width,) lies on the plane."""
        x, y = self.axes @ (_direction(vector) - self.mean)
        return float(x), float(y)


def words() -> list[tuple[str, str]]:
    """Return (word, group) of every word of words.toml that is one piece."""
    groups = [(word, group["id"]) for group in toml("tokens", "words")["group"] for word in group["words"].split()]
    return [(word, group) for word, group in groups if embeddings.single(word) is not None]


def titles(lang: str) -> dict[str, str]:
    """Return the groups' titles by id."""
    return {group["id"]: group["title"][lang] for group in toml("tokens", "words")["group"]}


def run() -> dict[str, Any]:
    """Return the map as plain JSON: principal components of the words' vectors, each of length 1."""
    chosen = words()
    rows = np.stack([_direction(embeddings.vector(embeddings.single(word) or 0)) for word, _ in chosen])
    mean = rows.mean(axis=0)
    _, lengths, directions = np.linalg.svd(rows - mean, full_matrices=False)
    axes = directions[:2] * np.sign(directions[:2].sum(axis=1, keepdims=True))  # the sign of a direction means nothing
    places = (rows - mean) @ axes.T
    shares = lengths[:2] ** 2 / (lengths**2).sum()
    groups = [group for _, group in chosen]
    sizes = [groups.count(group) for group in groups]
    chance = sum((size - 1) / (len(groups) - 1) for size in sizes)
    return {
        "command": COMMAND,
        "words": [[word, group, *map(_rounded, place)] for (word, group), place in zip(chosen, places, strict=True)],
        "shares": [_rounded(share) for share in shares],
        "neighbours": [_kept(rows @ rows.T, groups), _kept(-_distances(places), groups), round(chance)],
        "mean": list(map(_rounded, mean)),
        "axes": [list(map(_rounded, axis)) for axis in axes],
    }


def _direction(vector: Floats) -> Floats:
    direction: Floats = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return direction


def _distances(places: Floats) -> Floats:
    difference = places[:, None] - places[None]
    distances: Floats = np.linalg.norm(difference, axis=-1)
    return distances


def _kept(nearness: Floats, groups: list[str]) -> int:
    """Return how many words have a word of their own group nearest."""
    nearness = nearness.copy()
    np.fill_diagonal(nearness, -np.inf)
    return sum(groups[row] == groups[int(nearest)] for row, nearest in enumerate(nearness.argmax(axis=1)))


def _rounded(value: Any) -> float:
    return round(float(value), DECIMALS)


@lru_cache(maxsize=1)
def recorded() -> WordMap:
    """Return the recorded map."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    share, second = content["shares"]
    full, plane, chance = content["neighbours"]
    return WordMap(
        tuple(Dot(*entry) for entry in content["words"]),
        (share, second),
        (full, plane, chance),
        np.array(content["mean"], dtype=np.float32),
        np.array(content["axes"], dtype=np.float32),
        content["command"],
    )


def main() -> None:
    """Write the map."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(run(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
