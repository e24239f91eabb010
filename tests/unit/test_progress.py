"""What the reader has done: every lesson asks for something in each step, and what comes from outside is checked."""

import importlib

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as given_

from lessons import progress
from lessons.frame import touched
from lessons.registry import lessons
from lessons.state import PageState

TAUGHT = [lesson.id for lesson in lessons() if lesson.ready and lesson.id != "overview"]
DEFAULTS = {"s": "鳥", "cut": "", "b": "", "l": "mean", "h": "mean"}


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A session without a server."""
    kept: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", kept)
    monkeypatch.setattr(st, "query_params", {})
    return kept


@pytest.fixture
def state() -> PageState:
    return PageState("self-attention", DEFAULTS)


def is_done(state: PageState, step: str, questions: int = 5) -> bool:
    return progress.check("self_attention", state, step, questions)


@pytest.mark.parametrize("lesson", TAUGHT)
def test_every_step_asks_for_something(lesson: str) -> None:
    steps = importlib.import_module(f"lessons.{lesson}.steps").STEPS
    assert list(progress.tasks(lesson)) == list(steps)


@pytest.mark.parametrize("lesson", TAUGHT)
def test_every_task_can_be_done(lesson: str) -> None:
    for task in progress.tasks(lesson).values():
        ways = (*task.changed, *task.touched, *task.session)
        assert bool(ways) + task.quiz + task.read + task.noted == 1, task.step


def test_a_page_without_tasks_has_none() -> None:
    assert progress.tasks("models") == {}


def test_a_step_is_done_when_its_value_changes(state: PageState) -> None:
    assert not is_done(state, "cut")
    state.set("cut", "3-1")
    assert is_done(state, "cut")
    assert progress.done() == {"self_attention/cut"}


def test_a_step_stays_done(state: PageState) -> None:
    state.set("cut", "3-1")
    assert is_done(state, "cut")
    state.set("cut", "")
    assert is_done(state, "cut")


def test_what_a_link_says_is_not_what_the_reader_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "query_params", {"cut": "3-1"})
    opened = PageState("self-attention", DEFAULTS)
    assert opened["cut"] == "3-1"
    assert not is_done(opened, "cut")


def test_a_click_counts_for_the_step_it_was_made_in(state: PageState) -> None:
    touched.at("self_attention", "numbers")
    touched.touch(touched.CLICK)
    assert not is_done(state, "map")
    assert is_done(state, "numbers")


def test_a_click_before_any_lesson_is_nothing() -> None:
    touched.touch(touched.CLICK)
    assert not touched.was_touched("self_attention", "map", touched.CLICK)


def test_the_quiz_is_done_when_all_is_answered(state: PageState, session: dict[str, object]) -> None:
    session["quiz:self_attention"] = {str(number): 0 for number in range(4)}
    assert not is_done(state, "quiz")
    session["quiz:self_attention"] = {str(number): 0 for number in range(5)}
    assert is_done(state, "quiz")
    assert not is_done(state, "map", questions=0)


def test_a_guess_is_kept_in_the_session(state: PageState, session: dict[str, object]) -> None:
    session["gpt:guess:why:decoder:雨:radio"] = 1
    assert not progress.check("gpt", state, "why")
    session["gpt:guess:why:decoder:雨"] = 0
    assert progress.check("gpt", state, "why")


def test_an_empty_table_of_guesses_is_no_guess(session: dict[str, object]) -> None:
    page = PageState("tokens", {"s": "鳥"})
    session["tokens:guesses"] = {}
    assert not progress.check("tokens", page, "guess")
    session["tokens:guesses"] = {"鳥": 1}
    assert progress.check("tokens", page, "guess")


def test_reading_is_enough_where_there_is_nothing_else_to_do(state: PageState) -> None:
    assert is_done(state, "limits")


def test_marks_of_a_browser_are_taken_if_they_are_steps() -> None:
    progress.take(["self_attention/cut", "gpt/mask", "gpt/none", "../../etc/passwd", "models/x", 7, None, "<b>/x"])
    assert progress.done() == {"self_attention/cut", "gpt/mask"}


@given(
    given_.lists(given_.one_of(given_.text(), given_.integers(), given_.none(), given_.just("gpt/mask")), max_size=9)
)
def test_nothing_from_a_browser_breaks_the_page(marks: list[object]) -> None:
    progress.done().clear()
    progress.take(marks)
    assert progress.done() <= {"gpt/mask"}
