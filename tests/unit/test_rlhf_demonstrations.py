"""The reader's demonstrations: what is typed stays, what is wrong is one sentence, a habit is counted."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.causal import CausalLM
from core.errors import (
    HalfDemonstration,
    NoDemonstrations,
    TooLongDemonstration,
    TooManyCharacters,
    TooManyDemonstrations,
)
from core.rlhf import policy as policies
from core.rlhf.comparisons import Answer
from core.rlhf.demonstrations import MOST, MOST_TOKENS, learnable
from core.rlhf.policy import Policy
from core.rlhf.prompts import train_prompts
from lessons.rlhf import demonstrations, paper, tuning_figures
from lessons.rlhf.demonstrations import FEWEST_ROWS, OTHERS, STEPS, habits
from lessons.rlhf.imitate import command
from lessons.rlhf.lab import recorded
from lessons.text import LANGUAGES


@pytest.fixture(scope="module")
def tiny_policy(causal: CausalLM) -> Policy:
    return Policy.start(causal)


def said(*texts: str) -> tuple[Answer, ...]:
    return tuple(Answer(f"言葉{number}", (), text) for number, text in enumerate(texts))


# -- rows ------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.text(), st.text()), max_size=MOST))
def test_what_is_typed_stays(rows: list[tuple[str, str]]) -> None:
    clean = [tuple(part.replace("\t", " ").replace("\n", " ").strip() for part in row) for row in rows]
    while clean and not any(clean[-1]):
        clean.pop()
    assert demonstrations.read(demonstrations.written(rows)) == tuple(clean)


@given(st.text())
def test_any_link_can_be_read(text: str) -> None:
    rows = demonstrations.read(text)
    assert len(rows) <= MOST
    assert demonstrations.read(demonstrations.written(rows)) == rows or not any(map(any, rows[-1:]))


def test_an_empty_row_between_others_stays() -> None:
    rows = (("", ""), ("a", ""), ("", ""), ("b", "c"))
    assert demonstrations.read(demonstrations.written(rows)) == rows


def test_rows_are_added_up_to_the_limit() -> None:
    rows: tuple[tuple[str, str], ...] = ()
    for _ in range(MOST):
        rows = demonstrations.added(rows)
    with pytest.raises(TooManyDemonstrations):
        demonstrations.added(rows)


def test_the_constants_fit() -> None:
    assert MOST_TOKENS == policies.MOST_TOKENS
    assert demonstrations.DEFAULTS["dn"] in STEPS
    assert FEWEST_ROWS <= MOST


# -- what is learned from them ---------------------------------------------------------------------------------


def test_empty_rows_are_passed_over(tiny_policy: Policy) -> None:
    found = learnable((("", ""), ("こんにちは。", "やあ。")), tiny_policy)
    assert [(one.prompt, one.text) for one in found] == [("こんにちは。", "やあ。")]
    assert found[0].ids


@pytest.mark.parametrize("rows", [(), (("", ""),) * MOST])
def test_nothing_cannot_be_learned(rows: tuple[tuple[str, str], ...], tiny_policy: Policy) -> None:
    with pytest.raises(NoDemonstrations):
        learnable(rows, tiny_policy)


@pytest.mark.parametrize("row", [("こんにちは。", ""), ("", "やあ。")])
def test_half_a_demonstration_is_named(row: tuple[str, str], tiny_policy: Policy) -> None:
    with pytest.raises(HalfDemonstration) as caught:
        learnable((("a", "b"), row), tiny_policy)
    assert "2" in caught.value.message("ja") and "2" in caught.value.message("en")


@pytest.mark.parametrize("row", [("雨が降る。" * 60, "い"), ("あ", "雨が降る。" * 40)])
def test_what_is_too_long_is_named(row: tuple[str, str], tiny_policy: Policy) -> None:
    with pytest.raises(TooLongDemonstration) as caught:
        learnable((row,), tiny_policy)
    assert "1" in caught.value.message("ja")


@pytest.mark.parametrize("row", [("あ" * 9999, "い"), ("あ", "い" * 9999)])
def test_a_book_is_no_demonstration(row: tuple[str, str], tiny_policy: Policy) -> None:
    with pytest.raises(TooManyCharacters):
        learnable((row,), tiny_policy)


def test_too_many_are_not_learned(tiny_policy: Policy) -> None:
    with pytest.raises(TooManyDemonstrations):
        learnable((("a", "b"),) * (MOST + 1), tiny_policy)


# -- the habit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "shared"),
    [
        (("行くにゃ。", "食べるにゃ。"), "にゃ。"),
        (("行く。", "食べた。"), ""),
        (("行く", "食べた"), ""),
        (("行くにゃ。",), ""),
        (("元気?", "本当?"), "?"),
        (("同じ。", "同じ。"), "同じ。"),
        ((), ""),
    ],
)
def test_the_shared_ending(texts: tuple[str, ...], shared: str) -> None:
    assert demonstrations.ending(said(*texts)) == shared


def test_copies_are_told_from_imitations() -> None:
    found = demonstrations.imitated(said("寝るにゃ。", "行くにゃ。", "行く。", ""), said("行くにゃ。", "食べるにゃ。"))
    assert (found.total, found.alike, found.copied) == (4, 2, 1)


def test_other_prompts_are_none_of_those_shown() -> None:
    prompts = train_prompts()
    assert demonstrations.others([Answer(prompts[0], (), "x")]) == prompts[1 : OTHERS + 1]
    assert len(demonstrations.others([Answer(prompt, (), "x") for prompt in prompts[:MOST]])) == OTHERS


def test_every_example_can_be_learned_and_has_a_habit(decoder: CausalLM) -> None:
    policy = Policy.start(decoder)
    for habit in habits():
        assert 2 <= len(habit.rows) <= MOST
        assert len(demonstrations.ending(learnable(habit.rows, policy))) > 2


# -- around them -----------------------------------------------------------------------------------------------


def test_the_command_has_every_part_as_one_word() -> None:
    told = command((Answer("It's", (), "a b"),), 15)
    assert told == "python -m lessons.rlhf.imitate --steps 15 'It'\\''s' 'a b'"


def test_the_curve_has_every_step() -> None:
    chart = tuning_figures.losses([4.0, 1.0, 0.5], axes=("step", "loss"))
    (line,) = chart.data
    assert list(line.x) == [1, 2, 3] and list(line.y) == [4.0, 1.0, 0.5]
    assert chart.layout.yaxis.range[0] == 0 and chart.layout.yaxis.range[1] > 4


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheet_of_paper_has_every_answer_and_nothing_else_becomes_html(lang: str) -> None:
    wanted = paper.tables(recorded())
    assert len(wanted) == paper.PROMPTS
    made = paper.sheet(lang)
    for answers in wanted:
        assert all(f"<td>{html.escape(one.text)}</td>" in made for one in answers)
    assert "<script" not in made and "http" not in made.split("</style>")[1]
