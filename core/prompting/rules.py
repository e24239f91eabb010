"""The tasks of the few-shot family, in kana: rules on letters, knowledge about words, and labels that mean nothing yet.

A rule is known to a model if its training text had examples of it in sequences. The others (`KEPT_BACK`) are for
measuring: their rule was never shown in a sequence, and of the known ones a quarter of the words was kept back
(`held_out`), so that a right answer cannot have been remembered.
"""

import random
import sys
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from core.prompting.tasks import Pair, Task

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LEXICON = Path(__file__).with_name("lexicon.toml")
SYMBOLS = "!?*+#"
ENDINGS = (
    "さん ちゃん くん さま たち など だけ まで から より です だよ だね かな こそ やま かわ まち むら みせ ご ぴ ぷ ぽ む ぬ ろ る ざ ぞ "
    "ぎ げ ば べ ぼ ん ー にゃ きゅ りょ"
).split()
BEGINNINGS = "お ご まっ こ おお だい ちび にせ もと なま ぴか ふる しん はん み ほ て よ ぱ びょ".split()
NEW_ENDINGS = "ぺ ぶ ぜ どん ごろ ぽん うお しゃ へい めろ".split()  # in no sequence of the training text
NEW_BEGINNINGS = "すけ ぐ ぽこ れい ひょ".split()
LABELS = (
    "あか あお うえ した みぎ ひだり まる ばつ いち にい ぺけ ぽち らく めも のこ とん かち ぬま そら ほし ゆり きり つる さじ たて よこ まえ "
    "うら くろ しろ"
).split()
NEW_LABELS = "ぴん ぽい ごま ろば むぎ ざる げた べる".split()
KEPT_SHARE = 4  # one word in so many is kept back
KANA_SHIFT = ord("ア") - ord("あ")
TO_SHIFT = 30  # the largest number of "successor", as in the prepared tasks
LAST_NUMBER = 99

_ICHIDAN = {"polite": "ます", "past": "た", "negative": "ない"}
_I_ROW = dict(zip("うくぐすつぬぶむる", "いきぎしちにびみり", strict=True))
_A_ROW = dict(zip("うくぐすつぬぶむる", "わかがさたなばまら", strict=True))
_PAST = dict(zip("うくぐすつぬぶむる", "った いた いだ した った んだ んだ んだ った".split(), strict=True))


@cache
def lexicon() -> dict[str, dict[str, str]]:
    """Return the sections of the lexicon as they are written."""
    found: dict[str, dict[str, str]] = tomllib.loads(LEXICON.read_text(encoding="utf-8"))
    return found


def held_out(word: str) -> bool:
    """Say whether a word is kept back for measuring: a quarter of all, by checksum."""
    return zlib.crc32(word.encode()) % KEPT_SHARE == 0


@cache
def nouns() -> dict[str, tuple[str, ...]]:
    """Return the nouns by what they name."""
    return {group: tuple(line.split()[0] for line in text.split("\n") if line) for group, text in _nouns().items()}


@cache
def words() -> tuple[str, ...]:
    """Return all words of the lexicon: nouns, verbs, adjectives."""
    adjectives = (word for pair in _pairs("opposites") for word in (pair.given, pair.answer))
    return tuple(dict.fromkeys(chain(*nouns().values(), *map(str.split, lexicon()["verbs"].values()), adjectives)))


def katakana(word: str) -> str:
    """Return the hiragana of a word as katakana, the rest as it is."""
    return "".join(chr(ord(one) + KANA_SHIFT) if "ぁ" <= one <= "ゖ" else one for one in word)


LETTER_RULES: dict[str, Callable[[str], str]] = {
    "copy": lambda word: word,
    "katakana": katakana,
    "reverse": lambda word: word[::-1],
    "first": lambda word: word[0],
    "last": lambda word: word[-1],
    "without-first": lambda word: word[1:],
    "without-last": lambda word: word[:-1],
    "twice": lambda word: word * 2,
    "last-twice": lambda word: word + word[-1],
    "length": lambda word: str(len(word)),
}
COMPOSED_RULES: dict[str, Callable[[str], str]] = {
    "katakana-reverse": lambda word: katakana(word[::-1]),
    "first-twice": lambda word: word[0] + word,
    "ends": lambda word: word[0] + word[-1],
    "katakana-san": lambda word: katakana(word) + "さん",
}


def conjugate(verb: str, group: str, form: str) -> str:
    """Return a verb in a form: "polite", "past" or "negative"."""
    stem, last = verb[:-1], verb[-1]
    if group == "ichidan":
        return stem + _ICHIDAN[form]
    if form == "polite":
        return stem + _I_ROW[last] + "ます"
    if form == "negative":
        return stem + _A_ROW[last] + "ない"
    return stem + ("った" if verb == "いく" else _PAST[last])


def _nouns() -> dict[str, str]:
    return lexicon()["nouns"]


def _pairs(name: str) -> tuple[Pair, ...]:
    return tuple(Pair(*line.split()) for line in lexicon()["pairs"][name].split("\n") if line)


def verbs(form: str) -> tuple[Pair, ...]:
    """Return every verb with its form."""
    return tuple(
        Pair(verb, conjugate(verb, group, form)) for group, text in lexicon()["verbs"].items() for verb in text.split()
    )


@cache
def knowledge() -> dict[str, tuple[Pair, ...]]:
    """Return the pairs of the tasks that need knowledge about words, all of them."""
    opposites = _pairs("opposites")
    english = (Pair(*line.split()) for text in _nouns().values() for line in text.split("\n") if line)
    return {
        "opposites": (*opposites, *(Pair(pair.answer, pair.given) for pair in opposites)),
        "english": tuple(english),
        "polite": verbs("polite"),
        "past": verbs("past"),
        "negative": verbs("negative"),
        "successor": tuple(Pair(str(number), str(number + 1)) for number in range(1, LAST_NUMBER)),
        "capitals": _pairs("capitals"),
        "mood": _pairs("mood"),
    }
