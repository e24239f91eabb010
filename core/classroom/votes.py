"""Votes: one answer of a member to an item of an activity, accepted when the transaction is."""

from collections.abc import Callable

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.classroom import activities, rankings, rooms, tables
from core.classroom.records import Answer, Member, Question, Receipt
from core.errors import NotInRoom, UnusableAnswer, VotingClosed

MOST_CHARACTERS = 2000
INSERT: dict[str, Callable[[Table], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


def vote(connection: Connection, member: Member, activity: int, answer: str, item: int, now: float) -> Receipt:
    """Store an answer in the place of an earlier one. The same answer again changes nothing, whenever it comes.

    Raises NoSuchRoom, NoSuchActivity, NotInRoom, UnusableAnswer, VotingClosed.
    """
    room = rooms.of(connection, member, now, lock=True)
    asked = activities.get(connection, room.id, activity)
    if not usable(asked.question, answer, item):
        raise UnusableAnswer(limit=MOST_CHARACTERS)
    column = tables.votes.c
    mine = (column.activity_id == activity, column.member_id == member.id, column.item == item)
    before = connection.execute(select(column.answer, column.at).where(*mine)).one_or_none()
    if before is not None and before.answer == answer:
        return Receipt(activity, item, answer, before.at)
    if asked.state != "open":
        raise VotingClosed()
    if not _is_here(connection, member, room.id):
        raise NotInRoom()
    values = {"activity_id": activity, "member_id": member.id, "item": item, "answer": answer, "at": now}
    statement = INSERT[connection.dialect.name](tables.votes).values(**values)
    key = ["activity_id", "member_id", "item"]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_={"answer": answer, "at": now}))
    rooms.changed(connection, room.id)
    return Receipt(activity, item, answer, now)


def usable(question: Question, answer: str, item: int) -> bool:
    """Say whether an answer is one to this question: the number of an option, a ranking of the item, or a text."""
    if not 0 < len(answer) <= MOST_CHARACTERS or not 0 <= item < max(1, len(question.items)):
        return False
    if question.items:
        return rankings.read(answer, len(question.items[item].answers)) is not None
    if question.options:
        return answer in map(str, range(len(question.options)))
    return not any(one == "\0" or "\ud800" <= one <= "\udfff" for one in answer)  # no database keeps these


def _is_here(connection: Connection, member: Member, room: int) -> bool:
    column = tables.members.c
    here = (column.id == member.id, column.room_id == room, column.left_at.is_(None))
    return connection.execute(select(column.id).where(*here)).first() is not None


def mine(connection: Connection, member: Member, activity: int, now: float) -> dict[int, str]:
    """Return what was accepted of a member: item → answer. Raises NoSuchRoom, NoSuchActivity."""
    activities.get(connection, rooms.of(connection, member, now).id, activity)
    vote = tables.votes.c
    query = select(vote.item, vote.answer).where(vote.activity_id == activity, vote.member_id == member.id)
    return {row.item: row.answer for row in connection.execute(query.order_by(vote.item))}


def answers(connection: Connection, room: int, activity: int) -> tuple[Answer, ...]:
    """Return every answer to an activity, the earliest first. Raises NoSuchActivity."""
    activities.get(connection, room, activity)
    vote, member = tables.votes.c, tables.members.c
    query = select(member.nickname, vote.member_id, vote.item, vote.answer, vote.at)
    query = query.join_from(tables.votes, tables.members).where(vote.activity_id == activity)
    return tuple(Answer(*row) for row in connection.execute(query.order_by(vote.at, vote.member_id, vote.item)))


def tally(connection: Connection, room: int, activity: int, item: int) -> dict[str, int]:
    """Return how often each answer to an item was given, the most frequent first. Raises NoSuchActivity."""
    asked = activities.get(connection, room, activity)
    if not 0 <= item < max(1, len(asked.question.items)):
        return {}
    vote, count = tables.votes.c, func.count()
    query = select(vote.answer, count).where(vote.activity_id == activity, vote.item == item)
    found = {answer: int(times) for answer, times in connection.execute(query.group_by(vote.answer))}
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))
