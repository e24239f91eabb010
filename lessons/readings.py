"""Write the readings of the kanji of every lesson: `python -m lessons.furigana` calls `main()`.

Each lesson gets a file `ja.ruby.txt` with each line of its Japanese texts (ja.md, quiz.toml, tasks.toml, lessons.toml,
and what the guide has the class guess) that has kanji, and the readings behind them as in Aozora Bunko:
鳥《とり》が鳴《な》く. Readings are MeCab's, or those of lessons/furigana_corrections.toml.
Needs `pip install -r core/training/requirements.txt` (fugashi, unidic-lite).
"""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from lessons.furigana import FENCE, FILE, KANJI, PROTECTED, RUBY, bare, key
from lessons.printable import asked
from lessons.text import FOLDER, toml

CORRECTIONS = "furigana_corrections"
TABLES = ("quiz", "tasks", "lessons")
TOGETHER = re.compile(r"[^\s*_~\[\](){}|<>#]+")  # what the marks of Markdown do not part
RUN = re.compile(rf"{KANJI}+|[^{KANJI[1:]}+")
WORD = re.compile(rf"(?:{RUBY.pattern})+[ぁ-ゖ]*")
AROUND = 8  # letters shown beside a word


class Word(Protocol):
    """A word as it is written and as it is read, in hiragana."""

    @property
    def written(self) -> str: ...
    @property
    def kana(self) -> str: ...


class NoReading(ValueError):
    """A word that neither the dictionary nor the corrections know."""


class Annotator:
    """Puts readings behind kanji. `cut`: cuts a text into words, or returns None; `corrections`: words with readings."""

    def __init__(self, cut: Callable[[str], Sequence[Word] | None], corrections: Iterable[str]) -> None:
        self._cut = cut
        self._corrections = {bare(word): word for word in corrections}
        longest_first = sorted(self._corrections, key=len, reverse=True)
        words = "|".join(map(re.escape, longest_first)) or "(?!)"
        self._corrected = re.compile(rf"(?:(?<!{KANJI})|(?!{KANJI}))(?:{words})")

    def line(self, line: str) -> str:
        """Return a line of Markdown with its readings. Raises NoReading."""
        return _parts(PROTECTED, line, str, lambda part: _parts(TOGETHER, part, self._together, str))

    def _together(self, text: str) -> str:
        return _parts(self._corrected, text, self._corrections.__getitem__, self._words)

    def _words(self, text: str) -> str:
        if not re.search(KANJI, text):
            return text
        words = self._cut(text)
        if words is None:
            raise NoReading(f"no reading for a word of {text!r}: add it to lessons/{CORRECTIONS}.toml")
        return "".join(annotated(word.written, word.kana) for word in words)


def _parts(pattern: re.Pattern[str], text: str, found: Callable[[str], str], between: Callable[[str], str]) -> str:
    """Return the text with its parts changed: by one function where the pattern is, by another between."""
    result, end = "", 0
    for match in pattern.finditer(text):
        result += between(text[end : match.start()]) + found(match[0])
        end = match.end()
    return result + between(text[end:])


def annotated(written: str, kana: str) -> str:
    """Return a word with its reading behind its kanji: 取《と》り出《だ》す. Raises NoReading if the two do not fit."""
    runs = RUN.findall(written)
    has = [re.match(KANJI, run) is not None for run in runs]
    pattern = "".join("(.+?)" if kanji else re.escape(run) for run, kanji in zip(runs, has, strict=True))
    fitting = re.fullmatch(pattern, kana)
    if not any(has):
        return written
    if fitting is None:
        raise NoReading(f"{written!r} is not read {kana!r}: add it to lessons/{CORRECTIONS}.toml")
    given = iter(fitting.groups())
    return "".join(f"{run}《{next(given)}》" if kanji else run for run, kanji in zip(runs, has, strict=True))


def lessons() -> list[str]:
    """Return the names of the folders that have a Japanese text."""
    return sorted(path.parent.name for path in FOLDER.glob("*/ja.md"))


def lines(lesson: str) -> list[str]:
    """Return the lines of a lesson's Japanese texts that have kanji, without the marks of their blocks, each once."""
    page = (FOLDER / lesson / "ja.md").read_text(encoding="utf-8")
    tables = [toml(lesson, name) for name in TABLES if (FOLDER / lesson / f"{name}.toml").is_file()]
    texts = [_without_code(page), *_japanese(tables), *(question for question, _ in asked(lesson, "ja"))]
    found = (key(line) for text in texts for line in text.splitlines())
    return list(dict.fromkeys(line for line in found if re.search(KANJI, line)))


def _without_code(page: str) -> str:
    return re.sub(rf"^{FENCE}.*?^{FENCE}$", "", page, flags=re.MULTILINE | re.DOTALL)


def _japanese(value: Any, inside: bool = False) -> Iterator[str]:
    """Yield every Japanese string of a table."""
    if isinstance(value, str) and inside:
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _japanese(part, name == "ja" or inside)
    elif isinstance(value, list):
        for part in value:
            yield from _japanese(part, inside)


def corrections() -> list[str]:
    """Return the words of the table of corrections, with their readings."""
    return list(toml(".", CORRECTIONS)["words"])


def annotator() -> Annotator:
    """Return the annotator with MeCab and the corrections."""
    from core.training.readings import Reader

    return Annotator(Reader().words, corrections())


def written(lesson: str, by: Annotator) -> str:
    """Return what the file of a lesson says. Raises NoReading."""
    return "".join(by.line(line) + "\n" for line in lines(lesson))


def words(files: Iterable[str]) -> dict[str, Counter[str]]:
    """Return each word of the annotated texts, and where it stands: {鳴《な》く: {…鳥が鳴く。…: 2}}."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in (line for file in files for line in file.splitlines()):
        for match in WORD.finditer(line):
            before, after = bare(line[: match.start()])[-AROUND:], bare(line[match.end() :])[:AROUND]
            found[match[0]][f"{before}【{bare(match[0])}】{after}"] += 1
    return found


def main() -> None:
    """Write the files, or show the words of the files that are there."""
    parser = argparse.ArgumentParser(prog="python -m lessons.furigana", description="Readings of the lessons' kanji.")
    parser.add_argument("word", nargs="*", help="show how words that begin so are read, and write nothing")
    arguments = parser.parse_args()
    if arguments.word:
        files = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob(f"*/{FILE}"))]
        for word, places in sorted(words(files).items()):
            if bare(word).startswith(tuple(arguments.word)):
                print(f"{word}\t{places.total()}\t{'  '.join(list(places)[:4])}")
        return
    by = annotator()
    for lesson in lessons():
        text = written(lesson, by)
        (FOLDER / lesson / FILE).write_text(text, encoding="utf-8")
        print(f"lessons/{lesson}/{FILE}: {len(text.splitlines())} lines")
