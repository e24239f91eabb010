"""Rooms: opened with a code and a key, found by the code, gone when their time is over."""

from dataclasses import dataclass

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.classroom import codes, tables
from core.classroom.records import Member, Opened, Place, Teacher, View, activity_from, place_from, to_json
from core.errors import NoSuchRoom, TooManyRooms, TooMuchForRoom

MOST_ROOMS = 1000  # at once
MOST_PLACE_CHARACTERS = 20_000  # of its JSON


@dataclass(frozen=True)
class Room:
    """A row of `rooms`."""

    id: int
    code: str
    key_hash: str
    opened_at: float
    ends_at: float


def open_room(connection: Connection, now: float, keep: float) -> Opened:
    """Open a room that lives for `keep` seconds. Raises TooManyRooms."""
    if connection.execute(select(func.count()).select_from(tables.rooms)).scalar_one() >= MOST_ROOMS:
        raise TooManyRooms(limit=MOST_ROOMS)
    key = codes.new_key()
    while True:
        code = codes.new_code()
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(tables.rooms).values(
                        code=code, key_hash=codes.read_key(key), opened_at=now, ends_at=now + keep, version=0
                    )
                )
            return Opened(code, key)
        except IntegrityError:  # the code is taken: one in 16 million
            continue


def find(connection: Connection, typed: str, now: float, *, lock: bool = False) -> Room | None:
    """Return the room of a code as typed, None if there is none. `lock`: nobody else writes in this room meanwhile."""
    code = codes.read(typed)
    room = tables.rooms.c
    query = select(room.id, room.code, room.key_hash, room.opened_at, room.ends_at)
    query = query.where(room.code == code, room.ends_at > now)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none() if code else None
    return None if row is None else Room(*row)


def get(connection: Connection, typed: str, now: float) -> Room:
    """Return the room of a code. Raises NoSuchRoom."""
    room = find(connection, typed, now)
    if room is None:
        raise NoSuchRoom()
    return room


def of(connection: Connection, handle: Teacher | Member, now: float, *, lock: bool = False) -> Room:
    """Return the room that a handle was given for, not another with its code or number. Raises NoSuchRoom."""
    room = find(connection, handle.code, now, lock=lock)
    if room is None or room.id != handle.room:
        raise NoSuchRoom()
    return room


def changed(connection: Connection, room: int) -> None:
    """Give the view of a room another version."""
    rooms = tables.rooms
    connection.execute(update(rooms).where(rooms.c.id == room).values(version=rooms.c.version + 1))


def lead(connection: Connection, teacher: Teacher, place: Place | None, now: float) -> None:
    """Store where the class is. Raises NoSuchRoom, TooMuchForRoom."""
    text = None if place is None else to_json(place)
    if len(text or "") > MOST_PLACE_CHARACTERS:
        raise TooMuchForRoom(limit=MOST_PLACE_CHARACTERS)
    room = of(connection, teacher, now, lock=True)
    connection.execute(update(tables.rooms).where(tables.rooms.c.id == room.id).values(place=text))
    changed(connection, room.id)


def view(connection: Connection, typed: str, now: float) -> View:
    """Return how things stand in a room, with one query. Raises NoSuchRoom."""
    room, activity, member, vote = tables.rooms, tables.activities, tables.members.c, tables.votes.c
    latest = select(func.max(activity.c.id)).where(activity.c.room_id == room.c.id).correlate(room).scalar_subquery()
    there = select(func.count()).where(member.room_id == room.c.id, member.left_at.is_(None)).correlate(room)
    voted = select(func.count(vote.member_id.distinct())).where(vote.activity_id == activity.c.id).correlate(activity)
    query = (
        select(
            room.c.version,
            room.c.place,
            room.c.ends_at,
            there.scalar_subquery().label("members"),
            voted.scalar_subquery().label("votes"),
            *(activity.c[name] for name in ("id", "question", "state", "asked_at")),
        )
        .select_from(room.outerjoin(activity, and_(activity.c.room_id == room.c.id, activity.c.id == latest)))
        .where(room.c.code == (codes.read(typed) or ""), room.c.ends_at > now)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchRoom()
    return _view(row)


def _view(row: Row[tuple[object, ...]]) -> View:
    asked = None if row.id is None else activity_from(row.id, row.question, row.state, row.asked_at)
    return View(row.version, place_from(row.place), asked, row.members, row.votes, row.ends_at)


def delete_room(connection: Connection, teacher: Teacher, now: float) -> None:
    """Delete a room; the tables below go with it. Raises NoSuchRoom."""
    room = of(connection, teacher, now, lock=True)
    connection.execute(delete(tables.rooms).where(tables.rooms.c.id == room.id))


def over(connection: Connection, now: float) -> bool:
    """Say whether the time of a room is over."""
    return (
        connection.execute(select(tables.rooms.c.id).where(tables.rooms.c.ends_at <= now).limit(1)).first() is not None
    )


def purge(connection: Connection, now: float) -> int:
    """Delete the rooms whose time is over; return how many there were."""
    return connection.execute(delete(tables.rooms).where(tables.rooms.c.ends_at <= now)).rowcount
