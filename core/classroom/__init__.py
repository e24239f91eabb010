"""Rooms, votes and rankings of a class, in a real database.

    from core.classroom import Classroom, Question

    classroom = Classroom()                               # KOTORI_DATABASE, else a file of SQLite
    opened = classroom.open()                             # .code for the learners, .key for the teacher
    teacher = classroom.enter(opened.code, opened.key)
    asked = classroom.ask(teacher, Question("poll", "わかった?", ("はい", "まだ")))

    member = classroom.join(opened.code, "はなこ", token, who=address)
    classroom.vote(member, asked.id, "0")
    classroom.tally(opened.code, asked.id)                # {"0": 1}

An answer is accepted when it is committed: what `vote` returned outlives a killed server. Nothing is kept of a person
but the nickname; a room goes with everything in it when its time is over (`KOTORI_ROOM_HOURS`, 24 unless set), or at
once (`delete`). Importing this package is cheap: SQLAlchemy is imported with the first `Classroom`.
"""

from typing import TYPE_CHECKING

from core.classroom.records import (
    Activity,
    Answer,
    Item,
    Kind,
    Member,
    Opened,
    Place,
    Present,
    Question,
    Receipt,
    State,
    Teacher,
    View,
)

if TYPE_CHECKING:
    from core.classroom.classroom import Classroom as Classroom

__all__ = [
    "Activity",
    "Answer",
    "Classroom",
    "Item",
    "Kind",
    "Member",
    "Opened",
    "Place",
    "Present",
    "Question",
    "Receipt",
    "State",
    "Teacher",
    "View",
]


def __getattr__(name: str) -> object:
    if name == "Classroom":
        from core.classroom.classroom import Classroom

        return Classroom
    raise AttributeError(f"module 'core.classroom' has no attribute {name!r}")
