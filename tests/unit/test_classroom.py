"""A class in a room: join, answer, reveal, go. Everything on SQLite and on PostgreSQL."""

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, func, select

from core.classroom import Classroom, Item, Member, Place, Question, Teacher, codes, tables
from core.classroom.settings import database_url as read_url
from core.errors import (
    BadNickname,
    CoreError,
    NoSuchActivity,
    NoSuchRoom,
    NotInRoom,
    RoomFull,
    TooManyActivities,
    TooManyGuesses,
    TooManyItems,
    TooManyOptions,
    TooManyRooms,
    TooMuchForRoom,
    UnknownBrowser,
    UnusableAnswer,
    VotingClosed,
    WrongKey,
    WrongSetting,
)

POLL = Question("poll", "わかった?", ("はい", "まだ"))
WORD = Question("predict", "鳥が[MASK]。")
RANK = Question(
    "rank", "どれがいい?", items=(Item("おはよう", ("a", "b", "c", "d")), Item("やあ", ("a", "b"), ((1,), (2, 3))))
)
SCRIPT = "<script>alert(1)"


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Room:
    """A room with its teacher."""

    def __init__(self, classroom: Classroom) -> None:
        self.classroom = classroom
        self.opened = classroom.open()
        self.code = self.opened.code
        self.teacher: Teacher = classroom.enter(self.code, self.opened.key)

    def member(self, number: int, nickname: str = "はなこ") -> Member:
        return self.classroom.join(self.code, nickname, token(number), f"10.0.0.{number}")


def token(number: int) -> str:
    return f"{number:032x}"


def rows(url: str) -> dict[str, int]:
    """Return how many rows each table has."""
    engine = create_engine(read_url(url))
    with engine.connect() as connection:
        found = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
        }
    engine.dispose()
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def classroom(database_url: str, clock: Clock) -> Iterator[Classroom]:
    found = Classroom(database_url, timedelta(days=1), clock=clock)
    yield found
    found.dispose()


@pytest.fixture
def room(classroom: Classroom) -> Room:
    return Room(classroom)


# -- rooms ----------------------------------------------------------------------------------------------------


def test_a_lesson_from_beginning_to_end(classroom: Classroom, room: Room, database_url: str) -> None:
    first, second = room.member(1, "はなこ"), room.member(2, "たろう")
    asked = classroom.ask(room.teacher, POLL)
    receipt = classroom.vote(first, asked.id, "0")
    classroom.vote(second, asked.id, "1")
    assert (receipt.activity, receipt.item, receipt.answer) == (asked.id, 0, "0")
    assert classroom.tally(room.code, asked.id) == {"0": 1, "1": 1}
    assert [(one.nickname, one.answer) for one in classroom.answers(room.code, asked.id)] == [
        ("はなこ", "0"),
        ("たろう", "1"),
    ]
    classroom.reveal(room.teacher, asked.id)
    view = classroom.look(room.code)
    assert view.activity == replace(asked, state="revealed") and (view.members, view.votes) == (2, 2)
    assert min(rows(database_url).values()) >= 1
    classroom.delete(room.teacher)
    assert set(rows(database_url).values()) == {0}


def test_code_is_read_forgivingly(classroom: Classroom, room: Room) -> None:
    wide = "".join(chr(ord(one) + 0xFEE0) for one in room.code)
    for typed in (
        room.code.lower(),
        codes.shown(room.code),
        wide,
        f" {' '.join(room.code)} ",
        f"{wide[:3]}ー{wide[3:]}",
    ):
        assert classroom.rejoin(typed, token(1)) is None
        assert classroom.look(typed) == classroom.look(room.code)
        assert classroom.enter(typed, room.opened.key.lower().replace("-", " ")) == room.teacher


def test_two_teachers(classroom: Classroom, room: Room, database_url: str, clock: Clock) -> None:
    elsewhere = Classroom(database_url, clock=clock)
    second = elsewhere.enter(room.code, room.opened.key)
    asked = elsewhere.ask(second, POLL)
    classroom.close(room.teacher, asked.id)
    elsewhere.lead(second, Place("bert", "fill"))
    assert [one.state for one in elsewhere.activities(room.code)] == ["closed"]
    assert classroom.look(room.code).place == Place("bert", "fill")
    elsewhere.dispose()


def test_wrong_key(classroom: Classroom, room: Room) -> None:
    with pytest.raises(WrongKey):
        classroom.enter(room.code, codes.new_key(), "10.0.0.1")
    with pytest.raises(NoSuchRoom):
        classroom.enter("CCC-CCC" if room.code != "CCCCCC" else "HHH-HHH", room.opened.key)


def test_key_is_stored_only_as_a_hash(classroom: Classroom, room: Room, database_url: str) -> None:
    room.member(1)
    engine = create_engine(read_url(database_url))
    with engine.connect() as connection:
        stored = repr([connection.execute(select(table)).all() for table in tables.metadata.sorted_tables])
    engine.dispose()
    secrets = (room.opened.key, room.opened.key.replace("-", ""), token(1), "10.0.0.1")
    assert room.code in stored and "はなこ" in stored
    assert [secret for secret in secrets if secret in stored] == []


def test_unknown_room_is_told_everywhere(classroom: Classroom) -> None:
    for call in (
        lambda: classroom.look("CCCCCC"),
        lambda: classroom.look("not a code"),
        lambda: classroom.members("CCCCCC"),
        lambda: classroom.activities(""),
        lambda: classroom.answers("CCCCCC", 1),
        lambda: classroom.tally("CCCCCC", 1),
        lambda: classroom.join("CCCCCC", "はなこ", token(1), ""),
    ):
        with pytest.raises(NoSuchRoom):
            call()
    assert classroom.rejoin("CCCCCC", token(1)) is None


def test_room_ends(classroom: Classroom, room: Room, clock: Clock, database_url: str) -> None:
    member, asked = room.member(1), classroom.ask(room.teacher, POLL)
    classroom.vote(member, asked.id, "0")
    assert classroom.look(room.code).ends_at == clock.now + 86_400
    clock.now += 86_399
    assert classroom.purge() == 0 and classroom.look(room.code).members == 1
    clock.now += 1
    for call in (
        lambda: classroom.look(room.code),
        lambda: classroom.vote(member, asked.id, "1"),
        lambda: classroom.export(room.teacher),
    ):
        with pytest.raises(NoSuchRoom):
            call()
    later = Room(classroom)  # opening cleans up
    assert rows(database_url) == {"rooms": 1, "members": 0, "activities": 0, "votes": 0}
    clock.now += 86_400
    with pytest.raises(NoSuchRoom):
        classroom.look(later.code)  # looking does too, now and then
    assert rows(database_url)["rooms"] == 0


def test_room_hours_are_a_setting(database_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    classroom = Classroom(database_url, clock=clock)
    for hours, seconds in (("", 86_400), ("1.5", 5400)):
        monkeypatch.setenv("KOTORI_ROOM_HOURS", hours)
        assert classroom.look(classroom.open().code).ends_at == clock.now + seconds
    for hours in ("0", "-1", "nan", "inf", "ein Tag"):
        monkeypatch.setenv("KOTORI_ROOM_HOURS", hours)
        with pytest.raises(WrongSetting, match="KOTORI_ROOM_HOURS"):
            classroom.open()
    classroom.dispose()


def test_too_many_rooms(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.classroom.rooms.MOST_ROOMS", 2)
    for _ in range(2):
        classroom.open()
    with pytest.raises(TooManyRooms):
        classroom.open()


def test_a_taken_code_is_not_given_again(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["CCCCCC", "CCCCCC", "CCCCCC", "HHHHHH"])
    monkeypatch.setattr("core.classroom.codes.new_code", lambda: next(drawn))
    assert [classroom.open().code, classroom.open().code] == ["CCCCCC", "HHHHHH"]


def test_a_handle_of_a_deleted_room_fits_no_later_one(
    classroom: Classroom, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, asked = room.member(1), classroom.ask(room.teacher, POLL)
    classroom.delete(room.teacher)
    monkeypatch.setattr("core.classroom.codes.new_code", lambda: room.code)  # even with the same code
    later = Room(classroom)
    assert later.teacher.room != room.teacher.room and classroom.ask(later.teacher, POLL).id != asked.id
    for call in (
        lambda: classroom.delete(room.teacher),
        lambda: classroom.lead(room.teacher, None),
        lambda: classroom.ask(room.teacher, POLL),
        lambda: classroom.reveal(room.teacher, asked.id),
        lambda: classroom.vote(member, asked.id, "0"),
        lambda: classroom.mine(member, asked.id),
        lambda: classroom.leave(member),
        lambda: classroom.export(room.teacher),
    ):
        with pytest.raises(NoSuchRoom):
            call()


# -- who is there ---------------------------------------------------------------------------------------------


def test_same_token_is_the_same_member(classroom: Classroom, room: Room, clock: Clock) -> None:
    member, asked = room.member(1), classroom.ask(room.teacher, POLL)
    classroom.vote(member, asked.id, "1")
    clock.now += 300  # Wi-Fi was away for five minutes
    assert [one.present for one in classroom.members(room.code)] == [False]
    assert classroom.rejoin(room.code, token(1)) == room.member(1) == room.member(1, "べつの名") == member
    assert classroom.mine(member, asked.id) == {0: "1"}
    assert [one.present for one in classroom.members(room.code)] == [True]
    assert classroom.look(room.code).members == 1


def test_present_is_who_was_seen_lately(classroom: Classroom, room: Room, clock: Clock) -> None:
    first, second = room.member(1, "a"), room.member(2, "b")
    clock.now += 31
    classroom.seen(second)
    assert [(one.nickname, one.present) for one in classroom.members(room.code)] == [("a", False), ("b", True)]
    classroom.seen(first)  # too early to be written
    clock.now += 4
    classroom.seen(second)  # too early again
    assert [one.present for one in classroom.members(room.code)] == [False, True]
    clock.now += 1
    classroom.seen(second)  # both are
    assert [one.present for one in classroom.members(room.code)] == [True, True]
    clock.now += 31
    assert [one.present for one in classroom.members(room.code)] == [False, False]
    classroom.seen(second)
    assert [one.present for one in classroom.members(room.code)] == [False, True]


def test_who_left_is_not_there_because_of_an_earlier_sign(classroom: Classroom, room: Room, clock: Clock) -> None:
    first, second = room.member(1), room.member(2)
    classroom.seen(second)
    classroom.seen(first)
    classroom.leave(first)
    clock.now += 10
    classroom.seen(second)
    assert [one.id for one in classroom.members(room.code)] == [second.id]


def test_leave_and_come_back(classroom: Classroom, room: Room) -> None:
    member, asked = room.member(1), classroom.ask(room.teacher, POLL)
    classroom.vote(member, asked.id, "1")
    classroom.leave(member)
    classroom.leave(member)
    assert classroom.members(room.code) == () and classroom.look(room.code).members == 0
    assert classroom.rejoin(room.code, token(1)) is None
    with pytest.raises(NotInRoom):
        classroom.vote(member, asked.id, "0")
    assert classroom.tally(room.code, asked.id) == {"1": 1}
    back = room.member(1, "はな")
    assert back == replace(member, nickname="はな") and classroom.mine(back, asked.id) == {0: "1"}
    assert [one.nickname for one in classroom.members(room.code)] == ["はな"]


def test_taken_nickname_gets_a_number(classroom: Classroom, room: Room) -> None:
    names = [room.member(number, name).nickname for number, name in enumerate(["aki", "ａｋｉ", " aki ", "aki 2"])]
    assert names == ["aki", "aki 2", "aki 3", "aki 2 2"]
    assert Room(classroom).member(0, "aki").nickname == "aki"


def test_nickname_is_only_text(classroom: Classroom, room: Room) -> None:
    hostile = [SCRIPT, "';DROP TABLE rooms--", "{0.__class__}%s", "=1+1", "𠮷野家😀", "\\N'\\\"%(x)s:x"]
    assert [room.member(number, name).nickname for number, name in enumerate(hostile)] == hostile
    assert [one.nickname for one in classroom.members(room.code)] == hostile
    for empty in ("", " \n", "\u202e", "あ" * 21):
        with pytest.raises(BadNickname):
            room.member(99, empty)


def test_browser_without_a_secret_is_not_let_in(classroom: Classroom, room: Room) -> None:
    for secret in ("", "short", "x" * 201):
        with pytest.raises(UnknownBrowser):
            classroom.join(room.code, "はなこ", secret, "")
        with pytest.raises(UnknownBrowser):
            classroom.rejoin(room.code, secret)


def test_two_hundred_join_at_once(classroom: Classroom, room: Room) -> None:
    with ThreadPoolExecutor(40) as threads:
        joined = list(threads.map(room.member, range(200)))
    assert len({one.id for one in joined}) == len({one.nickname for one in joined}) == 200
    assert [one.id for one in classroom.members(room.code)] == sorted(one.id for one in joined)
    assert classroom.look(room.code).members == 200
    with pytest.raises(RoomFull):
        room.member(200)
    assert room.member(0) == joined[0]


def test_one_browser_joining_many_times_at_once_is_one_member(classroom: Classroom, room: Room) -> None:
    with ThreadPoolExecutor(20) as threads:
        joined = set(threads.map(lambda _: room.member(1), range(40)))
    assert len(joined) == 1 and len(classroom.members(room.code)) == 1


# -- slowing down ---------------------------------------------------------------------------------------------


def test_a_thousand_wrong_codes(classroom: Classroom, room: Room, clock: Clock) -> None:
    began, guessed, refused = clock.now, 0, 0
    member = room.member(1)
    while guessed < 1000:
        try:
            classroom.join("CCCCCC", "a", token(2), "6.6.6.6")
        except NoSuchRoom:
            guessed += 1
        except TooManyGuesses as error:
            refused += 1
            if refused % 100 == 1:
                with pytest.raises(TooManyGuesses):  # the right code is not told either
                    classroom.join(room.code, "a", token(2), "6.6.6.6")
                assert classroom.join(room.code, "a", token(1), "6.6.6.6") == member  # who is in stays in
            clock.now += float(str(error.facts["seconds"]))
    assert refused >= 990
    assert clock.now - began > 16 * 3600


def test_slow_down_is_of_one_address(classroom: Classroom, room: Room) -> None:
    for _ in range(5):
        with pytest.raises(NoSuchRoom):
            classroom.enter("CCCCCC", "", "6.6.6.6")
    with pytest.raises(TooManyGuesses):
        classroom.join(room.code, "a", token(1), "6.6.6.6")
    assert classroom.join(room.code, "a", token(1), "7.7.7.7").nickname == "a"


def test_keys_are_guessed_slowly_too(classroom: Classroom, room: Room, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(WrongKey):
            classroom.enter(room.code, "CCCC", "6.6.6.6")
    for _ in range(100):
        with pytest.raises(TooManyGuesses):
            classroom.enter(room.code, "CCCC", "6.6.6.6")
    clock.now += 1
    with pytest.raises(WrongKey):
        classroom.enter(room.code, "CCCC", "6.6.6.6")


def test_whoever_guesses_keeps_no_teacher_out(classroom: Classroom, room: Room) -> None:
    for number in range(200):
        with pytest.raises((NoSuchRoom, TooManyGuesses)):
            classroom.join("CCCCCC", "a", token(2), f"6.6.6.{number}")
    for who in ("6.6.6.6", "7.7.7.7"):
        assert classroom.enter(room.code, room.opened.key, who) == room.teacher


# -- where the class is ---------------------------------------------------------------------------------------


def test_lead_and_roam(classroom: Classroom, room: Room) -> None:
    assert classroom.look(room.code).place is None
    place = Place("bert", "fill", {"s": "鳥が[MASK]。\u2028\0", "head": "3"})
    classroom.lead(room.teacher, place)
    assert classroom.look(room.code).place == place
    classroom.lead(room.teacher, None)
    assert classroom.look(room.code).place is None
    with pytest.raises(TooMuchForRoom):
        classroom.lead(room.teacher, Place("bert", "fill", {"s": "x" * 20_000}))


def test_version_changes_with_everything_that_is_seen(classroom: Classroom, room: Room) -> None:
    versions = [classroom.look(room.code).version]

    def changed() -> bool:
        versions.append(classroom.look(room.code).version)
        return versions[-1] != versions[-2]

    member = room.member(1)
    assert changed()
    asked = classroom.ask(room.teacher, POLL)
    assert changed()
    classroom.vote(member, asked.id, "0")
    assert changed()
    classroom.vote(member, asked.id, "0")
    classroom.seen(member)
    room.member(1)
    assert not changed()
    classroom.vote(member, asked.id, "1")
    assert changed()
    classroom.close(room.teacher, asked.id)
    assert changed()
    classroom.reveal(room.teacher, asked.id)
    assert changed()
    classroom.close(room.teacher, asked.id)
    assert not changed() and classroom.activities(room.code)[0].state == "revealed"
    classroom.lead(room.teacher, Place("gpt"))
    assert changed()
    classroom.leave(member)
    assert changed()
    assert versions == sorted(versions)


def test_another_process_is_seen_within_half_a_second(
    classroom: Classroom, room: Room, database_url: str, clock: Clock
) -> None:
    elsewhere = Classroom(database_url, clock=clock)
    before = classroom.look(room.code)
    elsewhere.ask(room.teacher, POLL)
    assert classroom.look(room.code) is before
    clock.now += 0.5
    found = classroom.look(room.code).activity
    assert found is not None and found.question == POLL
    elsewhere.dispose()


# -- questions ------------------------------------------------------------------------------------------------


def test_questions_come_back_as_they_were_asked(classroom: Classroom, room: Room) -> None:
    quiz = Question("quiz", SCRIPT + "\0\n", ("a", "b"), 1, data={"lesson": "bert", "n": "3"})
    asked = [classroom.ask(room.teacher, one) for one in (POLL, quiz, WORD, RANK)]
    assert [one.question for one in classroom.activities(room.code)] == [POLL, quiz, WORD, RANK]
    assert [one.state for one in classroom.activities(room.code)] == ["closed"] * 3 + ["open"]
    assert classroom.activities(room.code)[-1] == asked[-1] == classroom.look(room.code).activity


def test_limits_of_questions(classroom: Classroom, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    item = Item("p", ("a", "b"))
    for question, error in (
        (Question("poll", "?", ("x",) * 51), TooManyOptions),
        (Question("rank", "?", items=(item,) * 41), TooManyItems),
        (Question("poll", "x" * 200_000, ("a", "b")), TooMuchForRoom),
        (Question("quiz", "?", ("a", "b"), right=2), ValueError),
        (Question("rank", "?"), ValueError),
        (Question("rank", "?", items=(Item("p", ("a",)),)), ValueError),
        (Question("rank", "?", items=(Item("p", ("a", "b"), ((1,),)),)), ValueError),
        (Question("other", "?"), ValueError),  # type: ignore[arg-type]
    ):
        with pytest.raises(error):
            classroom.ask(room.teacher, question)
    classroom.ask(room.teacher, Question("poll", "?", ("x",) * 50))
    classroom.ask(room.teacher, Question("rank", "?", items=(item,) * 40))
    monkeypatch.setattr("core.classroom.activities.MOST_ACTIVITIES", 3)
    classroom.ask(room.teacher, POLL)
    with pytest.raises(TooManyActivities):
        classroom.ask(room.teacher, POLL)


# -- votes ----------------------------------------------------------------------------------------------------


def test_the_last_vote_counts_while_it_is_open(classroom: Classroom, room: Room, clock: Clock) -> None:
    member, asked = room.member(1), classroom.ask(room.teacher, POLL)
    first = classroom.vote(member, asked.id, "0")
    clock.now += 5
    assert classroom.vote(member, asked.id, "0") == first
    second = classroom.vote(member, asked.id, "1")
    assert second.at == clock.now and classroom.tally(room.code, asked.id) == {"1": 1}
    classroom.close(room.teacher, asked.id)
    with pytest.raises(VotingClosed):
        classroom.vote(member, asked.id, "0")
    assert (
        classroom.vote(member, asked.id, "1") == second
    )  # the receipt was lost on its way: sent again, accepted before
    with pytest.raises(VotingClosed):
        classroom.vote(room.member(2), asked.id, "1")
    assert classroom.mine(member, asked.id) == {0: "1"} and classroom.look(room.code).votes == 1


def test_answers_that_are_none(classroom: Classroom, room: Room) -> None:
    member = room.member(1)
    for question, item, answers in (
        (POLL, 0, ["", "2", "-1", "00", "０", "はい", "0 "]),
        (POLL, 1, ["0"]),
        (POLL, -1, ["0"]),
        (WORD, 0, ["", "x" * 2001, "a\0", "\ud800"]),
        (WORD, 10**30, ["鳴く"]),
        (RANK, 0, ["0", "0>1>2", "0>1>2>3>4", "0>1>2>2", "3>2>1>0>", "0>=1>2>3", "a>b>c>d"]),
        (RANK, 1, ["0>1>2>3"]),
        (RANK, 2, ["0>1"]),
    ):
        asked = classroom.ask(room.teacher, question)
        for answer in answers:
            with pytest.raises(UnusableAnswer):
                classroom.vote(member, asked.id, answer, item)
        assert classroom.mine(member, asked.id) == {}


def test_answers_to_many_items(classroom: Classroom, room: Room) -> None:
    members, asked = [room.member(1), room.member(2)], classroom.ask(room.teacher, RANK)
    for member in members:
        classroom.vote(member, asked.id, "2>0=3>1", 0)
    classroom.vote(members[0], asked.id, "1>0", 1)
    assert classroom.mine(members[0], asked.id) == {0: "2>0=3>1", 1: "1>0"}
    assert classroom.tally(room.code, asked.id, 0) == {"2>0=3>1": 2}
    assert classroom.tally(room.code, asked.id, 1) == {"1>0": 1}
    assert classroom.tally(room.code, asked.id, 10**30) == {}
    assert classroom.look(room.code).votes == 2


def test_forty_vote_at_once(classroom: Classroom, room: Room) -> None:
    members = [room.member(number) for number in range(40)]
    asked = classroom.ask(room.teacher, WORD)

    def vote(number: int) -> str:
        return classroom.vote(members[number % 40], asked.id, f"w{number // 80}").answer

    with ThreadPoolExecutor(40) as threads:
        accepted = list(threads.map(vote, range(160)))
    assert len(accepted) == 160
    assert sum(classroom.tally(room.code, asked.id).values()) == 40
    assert {one.member for one in classroom.answers(room.code, asked.id)} == {one.id for one in members}
    assert classroom.look(room.code).votes == 40


def test_no_vote_after_the_close(classroom: Classroom, room: Room) -> None:
    members, asked = [room.member(number) for number in range(30)], classroom.ask(room.teacher, POLL)

    def vote(member: Member) -> bool:
        try:
            return bool(classroom.vote(member, asked.id, "0"))
        except VotingClosed:
            return False

    with ThreadPoolExecutor(10) as threads:
        waiting = [threads.submit(vote, member) for member in members]
        threads.submit(classroom.close, room.teacher, asked.id).result()
        at_close = sum(one.result() for one in waiting)
    assert classroom.tally(room.code, asked.id).get("0", 0) == at_close


def test_rooms_are_apart(classroom: Classroom, room: Room) -> None:
    other = Room(classroom)
    mine, theirs = room.member(1, "a"), other.member(1, "b")
    asked, asked_there = classroom.ask(room.teacher, POLL), classroom.ask(other.teacher, WORD)
    classroom.vote(mine, asked.id, "0")
    classroom.vote(theirs, asked_there.id, "秘密")
    for call in (
        lambda: classroom.vote(mine, asked_there.id, "x"),
        lambda: classroom.mine(mine, asked_there.id),
        lambda: classroom.answers(room.code, asked_there.id),
        lambda: classroom.tally(room.code, asked_there.id),
        lambda: classroom.close(room.teacher, asked_there.id),
        lambda: classroom.reveal(room.teacher, asked_there.id),
        lambda: classroom.vote(mine, 10**30, "x"),
        lambda: classroom.tally(room.code, -1),
    ):
        with pytest.raises(NoSuchActivity):
            call()
    with pytest.raises(NotInRoom):  # a handle put together by somebody
        classroom.vote(replace(theirs, room=room.teacher.room, code=room.code), asked.id, "1")
    assert [one.nickname for one in classroom.members(room.code)] == ["a"]
    assert "秘密" not in classroom.export(room.teacher)
    assert [one.question for one in classroom.activities(room.code)] == [POLL]
    classroom.delete(room.teacher)
    assert classroom.tally(other.code, asked_there.id) == {"秘密": 1}
    assert classroom.look(other.code).members == 1


# -- the end --------------------------------------------------------------------------------------------------


def test_export(classroom: Classroom, room: Room) -> None:
    member = room.member(1, "=1+1")
    quiz = Question("quiz", 'どれ?\n"二行"', ("犬, 猫", "@鳥"), right=1)
    for question, answer, item in ((quiz, "1", 0), (WORD, "-1\t", 0), (RANK, "2>0=3>1", 0), (RANK, "1>0", 1)):
        classroom.vote(member, classroom.ask(room.teacher, question).id, answer, item)
    text = classroom.export(room.teacher)
    assert text.startswith("\ufeff部屋,") and text.encode("utf-8")
    found = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [(one["種類"], one["答え"], one["答えの内容"], one["正解"]) for one in found] == [
        ("quiz", "1", "'@鳥", "1"),
        ("predict", "'-1\t", "'-1\t", ""),
        ("rank", "2>0=3>1", "c > a = d > b", ""),
        ("rank", "1>0", "b > a", ""),
    ]
    assert {one["ニックネーム"] for one in found} == {"'=1+1"}
    assert found[0]["質問"] == quiz.text and found[3]["項目"] == "やあ" and found[3]["項目番号"] == "2"
    assert {one["部屋"] for one in found} == {codes.shown(room.code)}
    assert all(one["答えた時刻"][:4] == "2027" for one in found)
    english = classroom.export(room.teacher, "en").splitlines()[0].removeprefix("\ufeff").split(",")
    assert english[:2] == ["room", "opened"] and len(english) == len(found[0])


def test_everything_is_refused_in_a_sentence(classroom: Classroom, room: Room) -> None:
    with pytest.raises(CoreError) as caught:
        classroom.look("CCCCCC")
    assert caught.value.message("ja").endswith("。") and caught.value.message("en").endswith(".")
