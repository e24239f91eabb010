"""Ordinary writing → kana, and from it the pairs that the kana→kanji model learns from.

Readings are MeCab's (fugashi, unidic-lite), mended where the dictionary's first choice is not what people say
(私 わたくし, 雨 う). Most sources are plain hiragana; some keep words as they are written or have them in katakana,
because that is how a reader may type them (鳥がナク).

    runs/corpus/pairs.tsv           SOURCE TAB TARGET, one line for each line of train.txt and contrasts.txt that has a reading
    runs/corpus/held_out/pairs.tsv  NAME TAB KANA TAB WRITTEN TAB BY FREQUENCY of the held-out everyday sentences;
                                    the last is the most frequent writing of each word by its reading alone
"""

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fugashi import Tagger
from tqdm import tqdm

from core.kana import hiragana, katakana
from core.training.corpus import EVERYDAY
from core.training.tokenizer import CONTEXT

LONGEST = CONTEXT - 2  # letters of a source or a target, beside [BOS] and [EOS]
PLAIN_SHARE, KATAKANA_SHARE = 0.7, 0.15  # of the sources; the rest keeps words as they are written
KATAKANA_WORDS = 0.4  # of the words of such a source
LOAN_WORDS_IN_HIRAGANA = 0.5  # テレビ as てれび in a plain source
BARE_SHARE = 0.2  # of the pairs, without the 。 at the end
READINGS = {  # surface: (what the dictionary says, what is said)
    "私": ("ワタクシ", "ワタシ"),
    "日本": ("ニッポン", "ニホン"),
    "明日": ("アス", "アシタ"),
    "雨": ("ウ", "アメ"),
    "言う": ("ユウ", "イウ"),
    "他": ("タ", "ホカ"),
}
FAMILY = {"父": "トウ", "母": "カア", "兄": "ニイ", "姉": "ネエ"}  # between お and さん or ちゃん
ASKED = frozenset({"を", "が", "も", "か", "から", "に", "より"})  # after 何 read なに
NO_KANA = re.compile(r"[一-龯々〆ヶ]")


@dataclass(frozen=True)
class Word:
    """A word as it is written and as it is read, in hiragana."""

    written: str
    kana: str


class Reader:
    """MeCab with its mended readings."""

    def __init__(self) -> None:
        self._tagger = Tagger()

    def words(self, text: str) -> list[Word] | None:
        """Return the words of the text with their readings, or None if one has no reading."""
        found = self._tagger(text)
        surfaces = ["", *(word.surface for word in found), ""]
        result: list[Word] = []
        for place, word in enumerate(found):
            surface, kana = word.surface, word.feature.kana
            if not NO_KANA.search(surface):  # kana, digits, marks: as they are
                result.append(Word(surface, hiragana(surface)))
            elif not kana or word.is_unk:
                return None
            else:
                result.append(Word(surface, hiragana(_mended(surface, kana, surfaces[place], surfaces[place + 2]))))
        return result if "".join(word.written for word in result) == text else None


def _mended(surface: str, kana: str, before: str, after: str) -> str:
    if surface in FAMILY and before == "お" and after in {"さん", "ちゃん", "様"}:
        return FAMILY[surface]
    if surface == "何" and after in ASKED:
        return "ナニ"
    dictionary, said = READINGS.get(surface, ("", kana))
    return said if kana == dictionary else kana


def source(words: list[Word], rng: random.Random) -> str:
    """Return the words as a reader may type them."""
    mode = rng.random()
    if mode < PLAIN_SHARE:
        loans = rng.random() < LOAN_WORDS_IN_HIRAGANA
        return "".join(word.kana if loans or NO_KANA.search(word.written) else word.written for word in words)
    if mode < PLAIN_SHARE + KATAKANA_SHARE:
        return "".join(katakana(word.kana) if rng.random() < KATAKANA_WORDS else word.kana for word in words)
    return "".join(word.written if rng.random() < 0.5 else word.kana for word in words)


def readable(lines: Iterable[str], reader: Reader) -> Iterator[list[Word]]:
    """Yield the words of the lines that have a reading and are short enough."""
    for line in lines:
        words = reader.words(line) if 0 < len(line) <= LONGEST and "\t" not in line else None
        if words and len("".join(word.kana for word in words)) <= LONGEST:
            yield words


def pair(words: list[Word], rng: random.Random) -> tuple[str, str]:
    """Return (source, target) of a sentence."""
    if words[-1].written == "。" and rng.random() < BARE_SHARE:
        words = words[:-1]
    return source(words, rng), "".join(word.written for word in words)


def most_frequent(counts: Counter[Word]) -> dict[str, str]:
    """Return {reading: its most frequent writing}."""
    return {word.kana: word.written for word, _ in reversed(counts.most_common())}


def write(corpus: Path, seed: int = 0) -> int:
    """Write both files; return the number of training pairs."""
    reader, rng = Reader(), random.Random(seed)
    counts: Counter[Word] = Counter()
    texts = (corpus / name for name in ("train.txt", "contrasts.txt"))
    trained = [line for text in texts for line in text.read_text(encoding="utf-8").splitlines()]
    number = 0
    with (corpus / "pairs.tsv").open("w", encoding="utf-8") as file:
        for words in readable(tqdm(trained, desc="readings", unit="line", mininterval=1), reader):
            counts.update(words)
            file.write("\t".join(pair(words, rng)) + "\n")
            number += 1
    frequent = most_frequent(counts)
    with (corpus / "held_out" / "pairs.tsv").open("w", encoding="utf-8") as file:
        for name in EVERYDAY:
            lines = (corpus / "held_out" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
            for words in readable(lines, reader):
                by_frequency = "".join(frequent.get(word.kana, word.kana) for word in words)
                kana, written = "".join(word.kana for word in words), "".join(word.written for word in words)
                file.write("\t".join((name, kana, written, by_frequency)) + "\n")
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description="Make kana→kanji pairs of the training text.")
    parser.add_argument("--corpus", type=Path, default=Path("runs/corpus"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(f"{write(arguments.corpus, arguments.seed):,} pairs in {arguments.corpus}/pairs.tsv")


if __name__ == "__main__":
    main()
