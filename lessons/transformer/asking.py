"""Which place of a written text is asked about, and which letters are hidden, before the reader chooses others."""

from collections.abc import Sequence

from lessons.transformer.answers import Example, Writing, examples
from lessons.transformer.cutting import WAYS, Hidden


def example_of(text: str) -> Example | None:
    """Return the lesson's sentence with this text."""
    return next((one for one in examples() if one.text == text), None)


def start(example: Example | None, writing: Writing) -> tuple[int, Hidden]:
    """Return the place that is asked about and what is hidden at first, on all ways.

    In a sentence of the lesson: the word that decides, and where one of the spellings was written. In another: the first
    letter of the source, and the last place before the end.
    """
    letters = len(writing.words) - writing.ended
    if example is None:
        return max(0, letters - 1), Hidden((0,), (0,) if letters > 1 else (), WAYS)
    place = next((at for at, word in enumerate(writing.words) if word in example.candidates), max(0, letters - 1))
    hidden = Hidden(covering(writing.source, example.word), covering(writing.words[:place], example.spelled), WAYS)
    return place, hidden


def covering(names: Sequence[str], word: str) -> tuple[int, ...]:
    """Return the places of the tokens that spell a word, where it stands first; none if it is not there."""
    start = "".join(names).find(word) if word else -1
    found, at = [], 0
    for place, name in enumerate(names):
        if start >= 0 and at < start + len(word) and at + len(name) > start:
            found.append(place)
        at += len(name)
    return tuple(found)
