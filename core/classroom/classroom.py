"""All rooms of one database, behind one class."""

import time
from collections.abc import Callable
from datetime import timedelta

from core.classroom import activities, codes, export, members, nicknames, rooms, votes
from core.classroom.database import Database
from core.classroom.limits import Guesses, Heartbeats, Pauses
from core.classroom.records import (
    Activity,
    Answer,
    Member,
    Opened,
    Place,
    Present,
    Question,
    Receipt,
    Teacher,
    View,
)
from core.classroom.settings import keep_seconds
from core.classroom.watching import Watch
from core.errors import NoSuchRoom, WrongKey

HEARTBEAT_SECONDS = 5.0  # who is there is written down no oftener
PURGE_SECONDS = 600.0  # rooms past their time are looked for no oftener while people look


class Classroom:
    """All rooms of one database. Safe for threads; one a process is enough, and many processes can share a database.

    Nothing is connected before the first call, which creates or migrates the tables. Every method can raise a
    DatabaseAway (what is wrong, in a sentence), after which the next call tries again; every method that names a room
    can raise NoSuchRoom, also when the room's time is over. A code is read forgivingly: lower case, full width, hyphens.
    """

    def __init__(
        self, url: str | None = None, keep: timedelta | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`url`: of SQLite or PostgreSQL, or the path of a file; without it KOTORI_DATABASE, else class.sqlite3 in
        $XDG_DATA_HOME/kotori. `keep`: how long a room lives, else KOTORI_ROOM_HOURS hours, else a day."""
        self._database = Database(url)
        self._keep, self._clock = keep, clock
        self._guesses = Guesses(clock)
        self._heartbeats = Heartbeats(HEARTBEAT_SECONDS, clock)
        self._purges = Pauses(PURGE_SECONDS, clock)
        self._watch = Watch(self._look, clock)

    def dispose(self) -> None:
        """Close all connections. The next call opens new ones."""
        self._database.dispose()

    # -- rooms ------------------------------------------------------------------------------------------------

    def open(self) -> Opened:
        """Open a room. Raises TooManyRooms, WrongSetting."""
        self.purge()
        keep = keep_seconds(self._keep)
        with self._database.write() as connection:
            return rooms.open_room(connection, self._clock(), keep)

    def enter(self, code: str, key: str, who: str = "") -> Teacher:
        """Return the teacher's handle. `who`: the address, for the slow-down. Raises WrongKey, TooManyGuesses.

        The right key is never slowed down, or learners who guess could keep a teacher out; nobody guesses its 64 bits.
        """
        with self._database.read() as connection:
            room = rooms.find(connection, code, self._clock())
        if room is None or not codes.same_secret(room.key_hash, codes.read_key(key)):
            self._guesses.check(who)
            self._guesses.wrong(who)
            raise NoSuchRoom() if room is None else WrongKey()
        self._guesses.right(who)
        return Teacher(room.code, room.id)

    def join(self, code: str, nickname: str, token: str, who: str) -> Member:
        """Return a new member, or the one who joined this room with this token before.

        `token`: a secret of at least 16 characters that the learner's browser made and keeps. `who`: the address, for
        the slow-down. A nickname that is taken gets a number. Raises NoSuchRoom, TooManyGuesses, BadNickname, RoomFull,
        UnknownBrowser.
        """
        wanted, secret = nicknames.read(nickname), codes.hash_token(token)
        known = self._member(code, secret)
        if known is not None:
            return known
        self._guesses.check(who)
        with self._database.write() as connection:
            now = self._clock()
            room = rooms.find(connection, code, now, lock=True)
            if room is not None:
                member = members.join(connection, room, wanted, secret, now)
        if room is None:
            self._guesses.wrong(who)
            raise NoSuchRoom()
        self._guesses.right(who)
        self._watch.forget(room.code)
        return member

    def rejoin(self, code: str, token: str) -> Member | None:
        """Return the member with this token, None if there is none, if it left, or if the room is gone."""
        return self._member(code, codes.hash_token(token))

    def _member(self, code: str, secret: str) -> Member | None:
        with self._database.read() as connection:
            room = rooms.find(connection, code, self._clock())
            found = None if room is None else members.find(connection, room, secret)
        if found is not None:
            self.seen(found)
        return found

    def leave(self, member: Member) -> None:
        """Take a member off the list; what it answered stays. Joining with the same token brings it back."""
        with self._database.write() as connection:
            members.leave(connection, member, self._clock())
        self._heartbeats.forget(member.id)
        self._watch.forget(member.code)

    def seen(self, member: Member) -> None:
        """Note that a member is there. Cheap: what is new of all of them is written at most every 5 s."""
        numbers = self._heartbeats.beat(member.id)
        if numbers:
            with self._database.write() as connection:
                members.seen(connection, numbers, self._clock())

    def members(self, code: str) -> tuple[Present, ...]:
        """Return who joined and did not leave, in that order."""
        with self._database.read() as connection:
            now = self._clock()
            return members.present(connection, rooms.get(connection, code, now), now)

    # -- where the class is -----------------------------------------------------------------------------------

    def look(self, code: str) -> View:
        """Return how things stand: one query for everybody who asks in this process within half a second.

        Nobody is slowed down here: it is for those who are in the room, never for a code that somebody typed.
        """
        return self._watch.look(codes.read(code) or "")

    def _look(self, code: str) -> View:
        if self._purges.due(0):
            self.purge()
        with self._database.read() as connection:
            return rooms.view(connection, code, self._clock())

    def lead(self, teacher: Teacher, place: Place | None) -> None:
        """Bring everybody to a place; None lets them roam. Raises TooMuchForRoom."""
        with self._database.write() as connection:
            rooms.lead(connection, teacher, place, self._clock())
        self._watch.forget(teacher.code)

    # -- activities -------------------------------------------------------------------------------------------

    def ask(self, teacher: Teacher, question: Question) -> Activity:
        """Ask the class; whatever was open before is closed. Raises TooManyActivities, TooManyOptions, TooManyItems,
        TooMuchForRoom; ValueError for a question that makes no sense."""
        with self._database.write() as connection:
            asked = activities.ask(connection, teacher, question, self._clock())
        self._watch.forget(teacher.code)
        return asked

    def close(self, teacher: Teacher, activity: int) -> None:
        """Take no more votes. Raises NoSuchActivity."""
        with self._database.write() as connection:
            activities.change(connection, teacher, activity, "closed", self._clock())
        self._watch.forget(teacher.code)

    def reveal(self, teacher: Teacher, activity: int) -> None:
        """Take no more votes, and let everybody see the result. Raises NoSuchActivity."""
        with self._database.write() as connection:
            activities.change(connection, teacher, activity, "revealed", self._clock())
        self._watch.forget(teacher.code)

    def activities(self, code: str) -> tuple[Activity, ...]:
        """Return what was asked in a room, in that order."""
        with self._database.read() as connection:
            return activities.every(connection, rooms.get(connection, code, self._clock()).id)

    # -- votes ------------------------------------------------------------------------------------------------

    def vote(self, member: Member, activity: int, answer: str, item: int = 0) -> Receipt:
        """Store an answer; when this returns it is on the disk. A later one of the same member takes its place.

        The same answer again is the same receipt, also when the vote is closed by then: sending it twice does no harm.
        Raises VotingClosed, UnusableAnswer, NoSuchActivity, NotInRoom.
        """
        with self._database.write() as connection:
            receipt = votes.vote(connection, member, activity, answer, item, self._clock())
        self._watch.forget(member.code)
        return receipt

    def mine(self, member: Member, activity: int) -> dict[int, str]:
        """Return what was accepted of a member: item → answer. Raises NoSuchActivity."""
        with self._database.read() as connection:
            return votes.mine(connection, member, activity, self._clock())

    def answers(self, code: str, activity: int) -> tuple[Answer, ...]:
        """Return every answer to an activity, the earliest first. Raises NoSuchActivity."""
        with self._database.read() as connection:
            return votes.answers(connection, rooms.get(connection, code, self._clock()).id, activity)

    def tally(self, code: str, activity: int, item: int = 0) -> dict[str, int]:
        """Return how often each answer was given, the most frequent first. Raises NoSuchActivity."""
        with self._database.read() as connection:
            return votes.tally(connection, rooms.get(connection, code, self._clock()).id, activity, item)

    # -- the end ----------------------------------------------------------------------------------------------

    def export(self, teacher: Teacher, lang: str = "ja") -> str:
        """Return all answers of a room as CSV for a spreadsheet, with headings in `lang`: one row an answer."""
        with self._database.read() as connection:
            return export.export(connection, rooms.of(connection, teacher, self._clock()), lang)

    def delete(self, teacher: Teacher) -> None:
        """Delete a room with everything in it. Raises NoSuchRoom if that was done before."""
        with self._database.write() as connection:
            rooms.delete_room(connection, teacher, self._clock())
        self._database.shrink()
        self._watch.forget(teacher.code)

    def purge(self) -> int:
        """Delete the rooms whose time is over; return how many there were. Makes no database where there is none."""
        if not self._database.is_there:
            return 0
        with self._database.read() as connection:
            if not rooms.over(connection, self._clock()):
                return 0
        with self._database.write() as connection:
            gone = rooms.purge(connection, self._clock())
        self._database.shrink()
        return gone
