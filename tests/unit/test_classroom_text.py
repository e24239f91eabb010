"""Codes, nicknames, rankings, cells and waiting: the parts of a class that need no database."""

import csv
import io
import itertools
import math
import threading
import time
import unicodedata
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.classroom import codes, export, nicknames, rankings
from core.classroom.limits import BUCKET, MOST_ADDRESSES, MOST_PAUSES, Guesses, Heartbeats, Pauses
from core.classroom.records import Answer, Item, Place, Question, View, place_from, question_from, to_json
from core.classroom.turns import Turns
from core.classroom.watching import Watch
from core.errors import BadNickname, CoreError, DatabaseBusy, TooManyGuesses
from core.rlhf import comparisons

ANY_TEXT = st.text(st.characters(codec=None))  # surrogates too
CODE = st.text(codes.ALPHABET, min_size=codes.CODE_LENGTH, max_size=codes.CODE_LENGTH)
PLACES = st.lists(st.integers(1, 4), min_size=4, max_size=4)
RANK = Question("rank", "?", items=(Item("p", ("a", "b", "c", "d"), ((1,), (2,), (3,), (4,))), Item("q", ("a", "b"))))


# -- codes ----------------------------------------------------------------------------------------------------


def test_alphabet_has_no_look_alikes() -> None:
    assert not set(codes.ALPHABET) & set("0OQD1IL2Z5S6G8BUVWAE") and len(set(codes.ALPHABET)) == 16
    drawn = {codes.new_code() for _ in range(200)}
    assert len(drawn) > 190 and all(codes.read(code) == code for code in drawn)
    assert len(codes.new_key().replace("-", "")) == codes.KEY_LENGTH


@given(CODE, st.data())
def test_code_is_read_however_it_is_typed(code: str, data: st.DataObject) -> None:
    between = st.sampled_from(["", " ", "-", "－", "ー", "\u3000", "‐", "–", "\n"])
    forms = (str, str.lower, lambda one: chr(ord(one) + 0xFEE0), lambda one: chr(ord(one.lower()) + 0xFEE0))
    typed = "".join(data.draw(st.sampled_from(forms))(one) + data.draw(between) for one in code)
    assert codes.read(typed) == codes.read(codes.shown(code)) == code


@given(ANY_TEXT)
def test_any_text_is_a_code_or_none(typed: str) -> None:
    found = codes.read(typed)
    assert found is None or (len(found) == 6 and set(found) <= set(codes.ALPHABET))
    assert len(codes.read_key(typed)) == 64


# -- nicknames ------------------------------------------------------------------------------------------------


@given(ANY_TEXT)
def test_nickname_is_plain_or_refused(typed: str) -> None:
    try:
        found = nicknames.read(typed)
    except BadNickname:
        return
    assert nicknames.read(found) == found == found.strip() == unicodedata.normalize("NFKC", found)
    assert not [one for one in found if unicodedata.category(one).startswith("C")]
    assert 1 <= len(found) <= nicknames.LONGEST + nicknames.MOST_MARKS
    assert "\n" not in found and "  " not in found
    found.encode("utf-8")


@pytest.mark.parametrize(
    ("typed", "nickname"),
    [
        ("  はなこ\u3000さん\n", "はなこ さん"),
        ("ｱｷ", "アキ"),
        ("か\u3099く", "がく"),
        ("a\u202eb\u200dc\x00d", "abcd"),
        ("<b>x</b>", "<b>x</b>"),
        ("葛\U000e0100西", "葛西"),
        ("あ" * 20, "あ" * 20),
        ("👩\u200d🚀", "👩🚀"),
    ],
)
def test_nicknames_as_they_are_shown(typed: str, nickname: str) -> None:
    assert nicknames.read(typed) == nickname


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "\u3164", "\u0301", "a" * 21, "a" + "\u0338" * 41, "x" * 10_000])
def test_nicknames_that_are_none(typed: str) -> None:
    with pytest.raises(BadNickname):
        nicknames.read(typed)


# -- rankings -------------------------------------------------------------------------------------------------


def test_ranking_is_read() -> None:
    assert rankings.read("2>0=3>1", 4) == (2, 3, 1, 2)
    assert rankings.write((2, 3, 1, 2)) == "2>0=3>1"
    assert rankings.read("0=1", 2) == (1, 1)


@given(PLACES)
def test_ranking_is_written_and_read(places: list[int]) -> None:
    found = rankings.read(rankings.write(places), 4)
    assert found is not None
    assert all((found[a] < found[b]) == (places[a] < places[b]) for a in range(4) for b in range(4))
    assert rankings.write(found) == rankings.write(places)


@given(st.one_of(ANY_TEXT, st.text("0123>= ９")), st.integers(2, 4))
def test_any_text_is_a_ranking_or_none(text: str, count: int) -> None:
    found = rankings.read(text, count)
    if found is None:
        return
    assert len(found) == count and set(text) <= set("0123>=")
    assert rankings.read(rankings.write(found), count) == found


def answers(ranked: list[tuple[str, int, str]]) -> list[Answer]:
    return [Answer(name, number, item, text, 0.0) for number, (name, item, text) in enumerate(ranked)]


def test_pooled_rankings_are_comparisons() -> None:
    log = rankings.pooled(RANK, answers([("aki", 0, "2>0=3>1"), ("emi", 1, "1>0"), ("x", 0, "no"), ("y", 7, "0>1")]))
    assert log.annotators == ("aki", "emi") and len(log.comparisons) == 7
    first = log.comparisons[0]
    assert (first.better.text, first.better.ids, first.annotator, first.prompt) == ("c", (3,), "aki", "p")
    assert {(one.better.text, one.worse.text) for one in log.comparisons if one.tie} == {("a", "d")}
    assert comparisons.Log.from_json(log.to_json()) == log


@given(st.lists(PLACES, min_size=2, max_size=6))
def test_agreement_is_that_of_the_comparisons(people: list[list[int]]) -> None:
    given_answers = answers([(str(number), 0, rankings.write(places)) for number, places in enumerate(people)])
    (found,) = rankings.agreement(RANK, given_answers)
    expected = comparisons.agreement(rankings.pooled(RANK, given_answers).comparisons)
    assert expected is not None and found.people == len(people)
    assert found.alike == pytest.approx(expected.alike)
    assert math.isnan(found.tau) or -1 - 1e-9 <= found.tau <= 1 + 1e-9


def test_what_divides_the_class_comes_first() -> None:
    split = [("a", 0, "0>1>2>3"), ("b", 0, "3>2>1>0"), ("a", 1, "0>1"), ("b", 1, "0>1")]
    first, second = rankings.agreement(RANK, answers(split))
    assert (first.item, first.alike, first.tau) == (0, 0.0, -1.0)
    assert (second.item, second.alike, second.tau) == (1, 1.0, 1.0)
    assert rankings.alike([first, second]) == 0.5
    assert rankings.agreement(RANK, answers(split[:1])) == () and math.isnan(rankings.alike([]))


def test_tau_is_that_of_kendall() -> None:
    """Two judges who rank four answers 1 2 2 4 and 1 2 3 4: 5 pairs alike, one tied by the first: 5 / √(5 · 6)."""
    (found,) = rankings.agreement(RANK, answers([("a", 0, "0>1=2>3"), ("b", 0, "0>1>2>3")]))
    assert found.tau == pytest.approx(5 / math.sqrt(30)) and found.alike == pytest.approx(5 / 6)
    (tied,) = rankings.agreement(RANK, answers([("a", 0, "0=1=2=3"), ("b", 0, "0>1>2>3")]))
    assert math.isnan(tied.tau) and tied.alike == 0.0


# -- cells and records ----------------------------------------------------------------------------------------


@given(st.text())
def test_cell_is_no_formula_and_comes_back(cell: str) -> None:
    found, plain = export.defused(cell), cell.replace("\0", "")
    assert not found.startswith(export.FORMULA) and found in (plain, f"'{plain}")
    written = io.StringIO(newline="")
    csv.writer(written).writerow([found, "x"])
    assert next(csv.reader(io.StringIO(written.getvalue(), newline=""))) == [found, "x"]


@given(ANY_TEXT, st.dictionaries(ANY_TEXT, ANY_TEXT))
def test_records_are_written_and_read(text: str, data: dict[str, str]) -> None:
    question = Question("quiz", text, (text, "b"), 1, data=data)
    assert question_from(to_json(question)) == question and to_json(question).isascii()
    assert place_from(to_json(Place(text, text, data))) == Place(text, text, data)
    assert question_from(to_json(RANK)) == RANK


# -- waiting --------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def waits(guesses: Guesses, who: str) -> int:
    """Return for how long an address has to wait."""
    try:
        guesses.check(who)
    except TooManyGuesses as error:
        return int(str(error.facts["seconds"]))
    return 0


def test_wait_doubles_to_a_minute_and_is_forgotten() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    seen = []
    for _ in range(13):
        seen.append(waits(guesses, "a"))
        clock.now += seen[-1]
        guesses.wrong("a")
    assert seen == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert waits(guesses, "b") == 0
    clock.now += 600
    guesses.wrong("a")
    assert waits(guesses, "a") == 0
    for _ in range(5):
        guesses.wrong("a")
    guesses.right("a")
    assert waits(guesses, "a") == 0


def test_a_thousand_addresses_do_not_help() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    tried = 0
    for number in range(1000):
        if waits(guesses, f"10.0.{number}") == 0:
            guesses.wrong(f"10.0.{number}")
            tried += 1
    assert tried == BUCKET and waits(guesses, "somebody else") == 1
    clock.now += 10
    assert [waits(guesses, f"11.0.{number}") or guesses.wrong(f"11.0.{number}") for number in range(11)][9:] == [
        None,
        1,
    ]


def test_clock_that_is_set_back_locks_nobody_out() -> None:
    clock = Clock()
    guesses, pauses = Guesses(clock), Pauses(10, clock)
    for _ in range(20):
        guesses.wrong("a")
    assert pauses.due(1) and not pauses.due(1)
    clock.now -= 10_000
    assert waits(guesses, "a") <= 60 and pauses.due(1)


def test_memory_is_bounded() -> None:
    clock = Clock()
    guesses, pauses = Guesses(clock), Pauses(10, clock)
    for number in range(MOST_ADDRESSES + 100):
        guesses.wrong(str(number))
        pauses.due(number)
    assert len(guesses._addresses) == len(pauses._last) == MOST_ADDRESSES


def test_heartbeats_are_told_together() -> None:
    clock = Clock()
    hearts = Heartbeats(5, clock)
    assert hearts.beat(3) == [3]
    assert [hearts.beat(one) for one in (3, 1, 2, 1)] == [[]] * 4
    hearts.forget(2)
    clock.now += 5
    assert hearts.beat(4) == [1, 3, 4]
    assert sum(map(len, map(hearts.beat, range(3 * MOST_PAUSES)))) == 3 * MOST_PAUSES


# -- looking --------------------------------------------------------------------------------------------------


def view(version: int) -> View:
    return View(version, None, None, 0, 0, 0.0)


def test_looks_are_shared_for_half_a_second() -> None:
    clock, counted = Clock(), itertools.count()
    watch = Watch(lambda _: view(next(counted)), clock)
    assert [watch.look("a").version, watch.look("a").version, watch.look("b").version] == [0, 0, 1]
    clock.now += 0.5
    assert watch.look("a").version == 2
    watch.forget("a")
    assert watch.look("a").version == 3


def test_who_waits_gets_the_same_error_and_the_next_call_asks_again() -> None:
    asked, waiting, begun, go = [], threading.Barrier(8), threading.Event(), threading.Event()

    def query(code: str) -> View:
        asked.append(code)
        begun.set()
        go.wait(20)
        raise DatabaseBusy()

    watch, found = Watch(query, Clock()), []

    def look() -> None:
        waiting.wait(20)
        with pytest.raises(DatabaseBusy) as caught:
            watch.look("a")
        found.append(caught.value)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(20)
    go.set()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 8 and all(isinstance(one, CoreError) for one in found)
    before = len(asked)
    with pytest.raises(DatabaseBusy):
        watch.look("a")
    assert len(asked) == before + 1


# -- turns ----------------------------------------------------------------------------------------------------


def test_threads_write_in_the_order_in_which_they_came() -> None:
    turns, order = Turns(20), []

    def write(number: int) -> None:
        with turns:
            order.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(10)]
    with turns:
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            while len(turns._waiting) < waiting:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(10))


def test_who_waited_too_long_is_told_and_nobody_is_stuck() -> None:
    turns, told = Turns(0.01), []

    def write() -> None:
        try:
            with turns:
                told.append(None)
        except DatabaseBusy as error:
            told.append(error)

    for held in (True, False):
        thread = threading.Thread(target=write)
        with turns if held else nullcontext():
            thread.start()
            thread.join()
    assert isinstance(told[0], DatabaseBusy) and told[1] is None
    with pytest.raises(ZeroDivisionError), turns:
        _ = 1 / 0
    with turns:
        pass
