"""The tasks of the few-shot family, in kana: rules on letters, forms and meanings of words, labels that mean nothing yet.

What is measured was in no example of the training text: a quarter of the words was kept back from the rules and forms,
a quarter of all endings and labels (`held_out`), and the rules of COMPOSED_RULES were shown nowhere. Only of meanings
nothing can be kept back: what a word means must have been read somewhere. The pairs of capitals and moods stood in it
each alone, never in a sequence.
"""

import random
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path

from core.errors import NoSuchTask
from core.kana import katakana
from core.prompting.tasks import Drawn, Pair, Task, tasks

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LEXICON = Path(__file__).with_name("lexicon.toml")
SYMBOLS = "!?*+#"
KEPT_SHARE = 4  # one word in so many is kept back
KANA = [chr(code) for code in range(ord("あ"), ord("ん")) if chr(code) not in "ぁぃぅぇぉっゃゅょゎゐゑをづぢ"]
SHORTEST, LONGEST = 2, 5  # letters of a word for the rules on letters
WORDS_A_TASK = 40
GROUPS = ("rules", "forms", "meanings", "endings", "labels", "composed")
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


MEANINGS = ("opposites", "english", "capitals", "mood")  # of which no word is kept back


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


def syllables(rng: random.Random, *, kept_back: bool) -> str:
    """Return one to three letters that mean nothing, of those kept back or of the others."""
    while True:
        found = "".join(rng.choices(KANA, k=rng.choice((1, 2, 2, 3))))
        if held_out(found) == kept_back:
            return found


def with_symbols(word: str, rng: random.Random) -> str:
    """Return the word with a symbol after some of its letters, at least one."""
    places = set(rng.sample(range(len(word)), rng.randint(1, len(word))))
    return "".join(letter + (rng.choice(SYMBOLS) if place in places else "") for place, letter in enumerate(word))


@cache
def kept_words() -> tuple[str, ...]:
    """Return the words that were kept back and can be given to a rule on letters."""
    return tuple(word for word in words() if held_out(word) and SHORTEST <= len(word) <= LONGEST)


def _some(rng: random.Random) -> list[str]:
    return rng.sample(kept_words(), WORDS_A_TASK)


def _rule(name: str, rule: Callable[[str], str]) -> Callable[[random.Random], Task]:
    return lambda rng: Task(name, tuple(Pair(word, rule(word)) for word in _some(rng)))


def _ending(rng: random.Random) -> Task:
    added = syllables(rng, kept_back=True)
    return Task("kana-ending", tuple(Pair(word, word + added) for word in _some(rng)))


def _beginning(rng: random.Random) -> Task:
    added = syllables(rng, kept_back=True)
    return Task("kana-beginning", tuple(Pair(word, added + word) for word in _some(rng)))


def _symbols(rng: random.Random) -> Task:
    return Task("kana-symbols", tuple(Pair(with_symbols(word, rng), word) for word in _some(rng)))


def _labels(rng: random.Random) -> Task:
    """Two kinds of things and a label for each; the same words occur in the training text, the labels do not."""
    sides = []
    for group in rng.sample(list(nouns().values()), 2):
        label = syllables(rng, kept_back=True)
        sides.append([Pair(word, label) for word in rng.sample(group, WORDS_A_TASK // 2)])
    return Task("kana-labels", tuple(chain(*zip(*sides, strict=True))))


def _known(name: str) -> Callable[[random.Random], Task]:
    """Return the task of forms or meanings, of kept-back words where any were kept back."""
    pairs = knowledge()[name]
    if name not in MEANINGS:
        pairs = tuple(pair for pair in pairs if held_out(pair.given))
    found = Task(f"kana-{name}", pairs)
    return lambda rng: found


def _game(name: str, group: str, draw: Callable[[random.Random], Task]) -> Drawn:
    return Drawn(f"kana-{name}", group, draw)


@cache
def games() -> dict[str, Drawn]:
    """Return what is measured, by name: every task of the family by itself, and the groups that the figure shows."""
    single = [_game(name, "rules", _rule(f"kana-{name}", rule)) for name, rule in LETTER_RULES.items()]
    single += [
        _game("symbols", "rules", _symbols),
        _game("ending", "endings", _ending),
        _game("beginning", "endings", _beginning),
        _game("labels", "labels", _labels),
    ]
    single += [_game(name, "composed", _rule(f"kana-{name}", rule)) for name, rule in COMPOSED_RULES.items()]
    single += [_game(name, "meanings" if name in MEANINGS else "forms", _known(name)) for name in knowledge()]
    groups = {group: [game for game in single if game.group == group] for group in GROUPS}
    whole = [_game(group, group, _any(found)) for group, found in groups.items() if len(found) > 1]
    return {game.name: game for game in (*whole, *single)}


def _any(found: list[Drawn]) -> Callable[[random.Random], Task]:
    return lambda rng: rng.choice(found).draw(rng)


@cache
def in_kana(name: str) -> Task | None:
    """Return a prepared task in kana, with all its words; None if it has no such twin."""
    prepared = tasks().get(name)
    if prepared is None:
        return None
    pairs = prepared.pairs if name == "katakana" else knowledge().get(name, ())
    return replace(prepared, pairs=pairs) if pairs else None


def task(name: str) -> Task | Drawn:
    """Return what is measured under this name: a prepared task, or one of the family. Raises NoSuchTask."""
    found: Task | Drawn | None = tasks().get(name) or games().get(name)
    if found is None:
        raise NoSuchTask(name=name, known="、".join([*tasks(), *games()]))
    return found
