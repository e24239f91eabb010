"""Members of a room: who joined, by which browser, and when they were seen last."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select, update

from core.classroom import nicknames, rooms, tables
from core.classroom.records import Member, Present
from core.errors import RoomFull

MOST_MEMBERS = 200
PRESENT_SECONDS = 30.0


def find(connection: Connection, room: rooms.Room, secret: str) -> Member | None:
    """Return the member with this token, None if there is none or if it left."""
    member = tables.members.c
    query = select(member.id, member.nickname).where(member.room_id == room.id, member.token_hash == secret)
    row = connection.execute(query.where(member.left_at.is_(None))).one_or_none()
    return None if row is None else Member(row.id, room.id, room.code, row.nickname)


def join(connection: Connection, room: rooms.Room, nickname: str, secret: str, now: float) -> Member:
    """Return the member with this token, a new one if there is none. The room is locked. Raises RoomFull."""
    there = find(connection, room, secret)
    if there is not None:
        return there
    member = tables.members.c
    everybody = connection.execute(
        select(member.id, member.nickname, member.token_hash).where(member.room_id == room.id)
    ).all()
    back = next((one for one in everybody if one.token_hash == secret), None)
    if back is None and len(everybody) >= MOST_MEMBERS:
        raise RoomFull(limit=MOST_MEMBERS)
    name = nicknames.free(nickname, {one.nickname for one in everybody if one is not back})
    if back is None:
        values = {"room_id": room.id, "token_hash": secret, "nickname": name, "joined_at": now, "seen_at": now}
        key = connection.execute(insert(tables.members).values(**values)).inserted_primary_key
        assert key is not None
        number = int(key[0])
    else:
        number = back.id
        there_again = {"nickname": name, "seen_at": now, "left_at": None}
        connection.execute(update(tables.members).where(member.id == number).values(**there_again))
    rooms.changed(connection, room.id)
    return Member(number, room.id, room.code, name)


def leave(connection: Connection, member: Member, now: float) -> None:
    """Note that a member left. Raises NoSuchRoom."""
    room = rooms.of(connection, member, now, lock=True)
    column = tables.members.c
    here = (column.id == member.id, column.room_id == room.id, column.left_at.is_(None))
    if connection.execute(update(tables.members).where(*here).values(left_at=now)).rowcount:
        rooms.changed(connection, room.id)


def seen(connection: Connection, numbers: Sequence[int], now: float) -> None:
    """Note that members are there."""
    connection.execute(update(tables.members).where(tables.members.c.id.in_(numbers)).values(seen_at=now))


def present(connection: Connection, room: rooms.Room, now: float) -> tuple[Present, ...]:
    """Return who joined and did not leave, in that order."""
    member = tables.members.c
    query = select(member.id, member.nickname, member.seen_at).where(member.room_id == room.id)
    rows = connection.execute(query.where(member.left_at.is_(None)).order_by(member.id))
    return tuple(Present(row.id, row.nickname, now - row.seen_at <= PRESENT_SECONDS) for row in rows)
