"""A class in the app: a room that a teacher opens, learners who join with a code, questions that all of them answer.

Everything that a room knows is in the database of `core.classroom`; a session only knows where it sits (`seats`), and
the browser keeps what is needed to sit down there again (`keeper`).
"""

from lessons.classroom.banner import banner

__all__ = ["banner"]
