"""What a class is made of, as callers see it: immutable, and without a database. Times are seconds since 1970, UTC."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["poll", "quiz", "predict", "rank"]
State = Literal["open", "closed", "revealed"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Opened:
    """A new room. `code`: six characters for the learners. `key`: the teacher's secret, which is stored nowhere."""

    code: str
    key: str


@dataclass(frozen=True)
class Teacher:
    """Whoever gave the key of a room; any number of them at once. `room`: its number in the database."""

    code: str
    room: int


@dataclass(frozen=True)
class Member:
    """Somebody who joined. `id`: a number that is never given twice."""

    id: int
    room: int
    code: str
    nickname: str


@dataclass(frozen=True)
class Present:
    """A member as the others see it. `present`: seen in the last half minute."""

    id: int
    nickname: str
    present: bool


@dataclass(frozen=True)
class Place:
    """Where the teacher is: a page, a step of it, and the rest of its address."""

    page: str
    step: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """One thing to be ranked: a prompt with 2 to 4 answers. `ids`: the tokens of each answer, if a model wrote them."""

    prompt: str
    answers: tuple[str, ...]
    ids: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Question:
    """What a class is asked.

    `options`: what can be chosen; an answer is then the number of one, "0" for the first. `right`: that number as an int.
    `items`: what is ranked; an answer is then a ranking of that item's answers (`core.classroom.rankings`). Without
    either an answer is any text. `data`: whatever the page that draws it wants to know.
    """

    kind: Kind
    text: str
    options: tuple[str, ...] = ()
    right: int | None = None
    items: tuple[Item, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Activity:
    """A question that was asked. "closed": no more votes; "revealed": everybody may see the result, no more votes."""

    id: int
    question: Question
    state: State
    asked_at: float


@dataclass(frozen=True)
class View:
    """What every device asks for again and again.

    `version`: another number whenever anything else here is different. `activity`: the latest one. `members`: who joined
    and did not leave. `votes`: how many members answered that activity. `ends_at`: when the room goes.
    """

    version: int
    place: Place | None
    activity: Activity | None
    members: int
    votes: int
    ends_at: float


@dataclass(frozen=True)
class Receipt:
    """An answer that is in the database. `at`: when it was accepted first."""

    activity: int
    item: int
    answer: str
    at: float


@dataclass(frozen=True)
class Answer:
    """What somebody answered."""

    nickname: str
    member: int
    item: int
    answer: str
    at: float


def to_json(record: Place | Question) -> str:
    """Return the record as JSON of ASCII characters only, which any database keeps as it is."""
    return json.dumps(asdict(record))


def place_from(text: str | None) -> Place | None:
    """Return the place that `to_json` wrote."""
    return None if text is None else Place(**json.loads(text))


def question_from(text: str) -> Question:
    """Return the question that `to_json` wrote."""
    found: dict[str, Any] = json.loads(text)
    items = tuple(
        Item(one["prompt"], tuple(one["answers"]), tuple(tuple(ids) for ids in one["ids"])) for one in found["items"]
    )
    return Question(**{**found, "options": tuple(found["options"]), "items": items})


def activity_from(number: int, question: str, state: State, asked_at: float) -> Activity:
    """Return the activity of a row of the database."""
    return Activity(number, question_from(question), state, asked_at)
