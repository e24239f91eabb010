"""What a class is asked: one question at a time, open, then closed or revealed."""

from sqlalchemy import Connection, func, insert, select, update

from core.classroom import rooms, tables
from core.classroom.records import KINDS, Activity, Question, State, Teacher, activity_from, to_json
from core.errors import NoSuchActivity, TooManyActivities, TooManyItems, TooManyOptions, TooMuchForRoom
from core.rlhf.comparisons import MOST_ANSWERS

MOST_ACTIVITIES = 100
MOST_OPTIONS = 50
MOST_ITEMS = 40
MOST_CHARACTERS = 200_000  # of the JSON of a question
LARGEST = 2**31 - 1  # of the numbers that a database gives


def ask(connection: Connection, teacher: Teacher, question: Question, now: float) -> Activity:
    """Store a question as the open one. Raises NoSuchRoom and what `checked` raises, TooManyActivities."""
    text = checked(question)
    room = rooms.of(connection, teacher, now, lock=True)
    column = tables.activities.c
    count = select(func.count()).select_from(tables.activities).where(column.room_id == room.id)
    if connection.execute(count).scalar_one() >= MOST_ACTIVITIES:
        raise TooManyActivities(limit=MOST_ACTIVITIES)
    before = (column.room_id == room.id, column.state == "open")
    connection.execute(update(tables.activities).where(*before).values(state="closed"))
    values = {"room_id": room.id, "question": text, "state": "open", "asked_at": now}
    key = connection.execute(insert(tables.activities).values(**values)).inserted_primary_key
    assert key is not None
    rooms.changed(connection, room.id)
    return activity_from(int(key[0]), text, "open", now)


def checked(question: Question) -> str:
    """Return the JSON of a question that can be asked.

    Raises TooManyOptions, TooManyItems, TooMuchForRoom; ValueError if it makes no sense.
    """
    if len(question.options) > MOST_OPTIONS:
        raise TooManyOptions(limit=MOST_OPTIONS)
    if len(question.items) > MOST_ITEMS:
        raise TooManyItems(limit=MOST_ITEMS)
    if question.kind not in KINDS or (question.kind == "rank") != bool(question.items):
        raise ValueError(f"a question of kind {question.kind} with {len(question.items)} items")
    if question.right is not None and not 0 <= question.right < len(question.options):
        raise ValueError("the right answer is none of the options")
    for item in question.items:
        if not 2 <= len(item.answers) <= MOST_ANSWERS or len(item.ids) not in (0, len(item.answers)):
            raise ValueError(f"an item has 2 to {MOST_ANSWERS} answers, each with its tokens or none")
    text = to_json(question)
    if len(text) > MOST_CHARACTERS:
        raise TooMuchForRoom(limit=MOST_CHARACTERS)
    return text


def change(connection: Connection, teacher: Teacher, activity: int, state: State, now: float) -> None:
    """Close or reveal an activity; what is revealed stays so. Raises NoSuchRoom, NoSuchActivity."""
    room = rooms.of(connection, teacher, now, lock=True)
    was = get(connection, room.id, activity).state
    if was not in (state, "revealed"):
        connection.execute(update(tables.activities).where(tables.activities.c.id == activity).values(state=state))
        rooms.changed(connection, room.id)


def get(connection: Connection, room: int, activity: int) -> Activity:
    """Return an activity of this room. Raises NoSuchActivity."""
    found = every(connection, room, activity) if 0 < activity <= LARGEST else ()
    if not found:
        raise NoSuchActivity()
    return found[0]


def every(connection: Connection, room: int, only: int | None = None) -> tuple[Activity, ...]:
    """Return what was asked in a room, in that order; `only`: this one, if it is there."""
    column = tables.activities.c
    query = select(column.id, column.question, column.state, column.asked_at).where(column.room_id == room)
    query = query if only is None else query.where(column.id == only)
    return tuple(activity_from(*row) for row in connection.execute(query.order_by(column.id)))
