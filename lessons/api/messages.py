"""A conversation as a list of messages, as a reader edits it, as it stands in a link, and as an API is sent it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from core.chat import Role

ROLES: tuple[Role, ...] = ("system", "user", "assistant")
LETTERS: dict[str, Role] = {"s": "system", "u": "user", "a": "assistant"}  # in a link
MOST = 12  # messages of the editor
LONGEST = 1000  # characters of one message in the editor
LONGEST_LINK = 1200  # characters of a conversation in a link; a longer one stays in the session


@dataclass(frozen=True)
class Turn:
    """One message: who speaks, and what is said."""

    role: Role
    content: str

    @property
    def sent(self) -> dict[str, str]:
        """The message as the API takes it."""
        return {"role": self.role, "content": self.content}


def system(text: str) -> Turn:
    return Turn("system", text)


def user(text: str) -> Turn:
    return Turn("user", text)


def assistant(text: str) -> Turn:
    return Turn("assistant", text)


def written(turns: Sequence[Turn]) -> str:
    """Return a conversation for a link; "" if it is too long for one."""
    letters = {role: letter for letter, role in LETTERS.items()}
    text = json.dumps([[letters[one.role], one.content] for one in turns], ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= LONGEST_LINK else ""


def read(text: str) -> tuple[Turn, ...] | None:
    """Return the conversation of a link, at most MOST messages of LONGEST characters; None for what is none."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list):
        return None
    turns = [
        Turn(LETTERS[row[0]], row[1][:LONGEST])
        for row in rows[:MOST]
        if isinstance(row, list) and len(row) == 2 and all(isinstance(part, str) for part in row) and row[0] in LETTERS
    ]
    return tuple(turns) or None


def request(turns: Sequence[Turn], model: str, **more: object) -> dict[str, object]:
    """Return the body of a call: model, messages, and what else is not None."""
    given = {name: value for name, value in more.items() if value is not None}
    return {"model": model, "messages": [one.sent for one in turns], **given}
