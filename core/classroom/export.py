"""All answers of a room as CSV, for a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from core.classroom import activities, codes, rooms, votes
from core.classroom.records import Activity, Answer, Question

BOM = "\ufeff"  # without it Excel does not read UTF-8
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # a cell that begins so may be run
HEADINGS = {
    "ja": (
        *("部屋", "部屋を開いた時刻", "部屋が消える時刻", "質問番号", "種類", "質問", "質問した時刻"),
        *("項目番号", "項目", "ニックネーム", "答え", "答えの内容", "正解", "答えた時刻"),
    ),
    "en": (
        *("room", "opened", "ends", "question number", "kind", "question", "asked"),
        *("item number", "item", "nickname", "answer", "answer in words", "right", "answered"),
    ),
}
MARKS = {True: "1", False: "0", None: ""}


def export(connection: Connection, room: rooms.Room, lang: str) -> str:
    """Return CSV (RFC 4180, after a byte-order mark): headings, then one row an answer."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS["ja" if lang == "ja" else "en"])
    about = (codes.shown(room.code), _time(room.opened_at), _time(room.ends_at))
    for number, asked in enumerate(activities.every(connection, room.id), 1):
        for cells in _rows(asked, votes.answers(connection, room.id, asked.id)):
            question = (str(number), asked.question.kind, asked.question.text, _time(asked.asked_at))
            writer.writerow([defused(cell) for cell in (*about, *question, *cells)])
    return BOM + text.getvalue().encode("utf-8", "replace").decode()


def _rows(asked: Activity, answers: tuple[Answer, ...]) -> Iterator[tuple[str, ...]]:
    question = asked.question
    for one in answers:
        prompt = question.items[one.item].prompt if question.items else ""
        mark = MARKS[None if question.right is None else one.answer == str(question.right)]
        yield str(one.item + 1), prompt, one.nickname, one.answer, _words(question, one), mark, _time(one.at)


def _words(question: Question, one: Answer) -> str:
    """Return an answer as it was read on the screen."""
    if question.options:
        return question.options[int(one.answer)]
    if question.items:
        texts = question.items[one.item].answers
        return " > ".join(" = ".join(texts[int(n)] for n in tied.split("=")) for tied in one.answer.split(">"))
    return one.answer


def _time(at: float) -> str:
    """Return a time of the day here, with its distance from UTC."""
    return datetime.fromtimestamp(at).astimezone().isoformat(sep=" ", timespec="seconds")


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe goes before what may begin one.

    NUL goes: CSV has no place for it.
    """
    cell = cell.replace("\0", "")
    return f"'{cell}" if cell.startswith(FORMULA) else cell
