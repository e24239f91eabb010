"""A class that ranks together: the question, the cards of each learner, and the pooled log."""

import pytest

from core.classroom import Answer as Vote
from core.errors import TooManyRankings
from core.rlhf.comparisons import agreement
from core.rlhf.logs import MOST_RANKINGS
from lessons.rlhf import classes
from lessons.rlhf.lab import recorded

PROMPTS = classes.offered(3)


@pytest.fixture(scope="module")
def asked() -> classes.Question:
    return classes.question(recorded(), "丁寧な順に", "polite", PROMPTS)


def vote(nickname: str, item: int, answer: str, member: int = 1) -> Vote:
    return Vote(nickname, member, item, answer, 0.0)


def test_the_question_holds_the_answers_of_the_model_with_their_tokens(asked: classes.Question) -> None:
    assert [item.prompt for item in asked.items] == list(PROMPTS)
    for item in asked.items:
        known = {answer.text: answer.ids for answer in recorded().candidates(item.prompt, 0) or ()}
        assert dict(zip(item.answers, item.ids, strict=True)) == known
    assert asked.kind == "rank" and asked.data[classes.RULE] == "polite"


def test_an_item_becomes_the_cards_that_it_was_made_of(asked: classes.Question) -> None:
    cards = classes.table(asked.items[0])
    assert tuple(one.text for one in cards.answers) == asked.items[0].answers
    assert cards.prompt == PROMPTS[0]


@pytest.mark.parametrize("prompts", [(), PROMPTS * 3])
def test_no_prompts_and_too_many_are_refused(prompts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="prompts"):
        classes.question(recorded(), "", "", prompts)


def test_everybody_ranks_everything_and_begins_elsewhere() -> None:
    orders = [classes.turn(4, member) for member in range(4)]
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)
    assert {order[0] for order in orders} == {0, 1, 2, 3}


def test_the_votes_become_one_log(asked: classes.Question) -> None:
    first = asked.items[0]
    votes = [vote("はな", 0, "2>0=3>1"), vote("けん", 0, "2>0=3>1"), vote("はな", 1, "0>1>2>3")]
    log = classes.log_of(asked, votes)
    assert log.annotators == ("はな", "けん")
    assert log.rankings[0].places == (2, 3, 1, 2)
    assert [one.text for one in log.rankings[0].answers] == list(first.answers)
    assert [one.ids for one in log.rankings[0].answers] == list(first.ids)
    found = agreement(log.comparisons)
    assert found is not None and found.alike == 1


def test_what_is_no_ranking_is_left_out(asked: classes.Question) -> None:
    assert (
        classes.log_of(asked, [vote("はな", 0, "2>0"), vote("はな", 99, "0>1>2>3"), vote("x", 0, "<b>")]).rankings == ()
    )


@pytest.mark.parametrize("nickname", ["polite", ""])
def test_nobody_is_called_like_a_simulated_person(asked: classes.Question, nickname: str) -> None:
    (found,) = classes.log_of(asked, [vote(nickname, 0, "0>1>2>3")]).annotators
    assert found == f"{nickname}*"


def test_more_rankings_than_a_page_can_show_are_told(asked: classes.Question) -> None:
    votes = [vote(f"n{number}", 0, "0>1>2>3", number) for number in range(MOST_RANKINGS + 1)]
    with pytest.raises(TooManyRankings):
        classes.log_of(asked, votes)
