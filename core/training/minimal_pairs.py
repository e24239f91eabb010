"""Sentences with a hole, a word that fits and one of the same sound or sort that does not (minimal_pairs.toml)."""

import sys
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MASK = "[MASK]"
PAIRS = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Pair:
    """A sentence with a hole, the word that fits, and one that does not."""

    group: str
    text: str
    right: str
    wrong: str

    def sentence(self, word: str) -> str:
        """Return the sentence with the word in the hole, without its full stop."""
        return self.text.replace(MASK, word).removesuffix("。")

    @property
    def sentences(self) -> tuple[str, str]:
        """The right and the wrong sentence, each without its full stop."""
        return self.sentence(self.right), self.sentence(self.wrong)


def read_pairs(file: Path = PAIRS) -> tuple[Pair, ...]:
    """Return the minimal pairs: of each contrast as many that want the one word as want the other."""
    pairs: list[Pair] = []
    for contrast in tomllib.loads(file.read_text(encoding="utf-8"))["contrast"]:
        one, other = contrast["words"]
        pairs += [Pair(contrast["group"], text, one, other) for text in contrast["first"]]
        pairs += [Pair(contrast["group"], text, other, one) for text in contrast["second"]]
    return tuple(pairs)
