"""A nickname is text of a stranger: made plain, bounded, and never anything but text."""

import unicodedata

from core.errors import BadNickname

LONGEST = 20  # visible characters
MOST_MARKS = 40  # accents and the like, in all
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for start, end in ((0xFE00, 0xFE10), (0xE0100, 0xE01F0)) for code in range(start, end)
}  # letters and marks that show nothing


def read(typed: str) -> str:
    """Return the nickname in NFKC, without what cannot be seen, runs of white space as one space.

    Raises BadNickname if nothing is left, or too much.
    """
    if len(typed) > 100 * LONGEST:
        raise BadNickname(limit=LONGEST)
    plain = unicodedata.normalize("NFKC", typed)
    words = "".join(" " if one.isspace() else one for one in plain if one.isspace() or _visible(one)).split()
    nickname = unicodedata.normalize("NFKC", " ".join(words))
    marks = sum(unicodedata.category(one).startswith("M") for one in nickname)
    starts_with_mark = unicodedata.category(nickname[:1] or " ").startswith("M")
    if not 1 <= len(nickname) - marks <= LONGEST or marks > MOST_MARKS or starts_with_mark:
        raise BadNickname(limit=LONGEST)
    return nickname


def _visible(character: str) -> bool:
    """Say whether a character is neither a control, a direction mark, unassigned nor empty."""
    return not unicodedata.category(character).startswith("C") and character not in INVISIBLE


def free(nickname: str, taken: set[str]) -> str:
    """Return the nickname, with the first number from 2 that makes it free if it is taken."""
    number = 2
    found = nickname
    while found in taken:
        found = f"{nickname} {number}"
        number += 1
    return found
