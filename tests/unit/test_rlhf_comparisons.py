"""Rankings and their pairs, undo and JSON, contradictions, agreement, and the blind test."""

import json
import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UnreadableRankings
from core.rlhf.blind import BlindTest, blind_test
from core.rlhf.comparisons import Answer, Comparison, Log, Ranking, agreement, contradictions

A, B, C, D = (
    Answer("元気?", (number,), text) for number, text in enumerate(("はい。", "いいえ。", "うん", "元気です。"))
)
NAMES = st.sampled_from(["", "花子", "太郎"])


@st.composite
def rankings(draw: st.DrawFn) -> Ranking:
    prompt = draw(st.text(max_size=8))
    answers = draw(
        st.lists(st.builds(Answer, st.just(prompt), st.tuples(st.integers(0)), st.text()), min_size=2, max_size=4)
    )
    places = draw(st.lists(st.integers(1, 4), min_size=len(answers), max_size=len(answers)))
    return Ranking(tuple(answers), tuple(places), draw(NAMES))


def said(better: Answer, worse: Answer, annotator: str = "", *, tie: bool = False) -> Comparison:
    return Comparison(better.prompt, better, worse, tie, annotator)


# -- rankings --------------------------------------------------------------------------------------------------


def test_four_answers_are_six_pairs() -> None:
    found = Ranking((A, B, C, D), (2, 1, 2, 3)).comparisons
    assert [(one.better, one.worse, one.tie) for one in found] == [
        (B, A, False),
        (B, C, False),
        (B, D, False),
        (A, C, True),
        (A, D, False),
        (C, D, False),
    ]


@given(rankings())
def test_every_pair_is_there_once_and_the_better_one_first(ranking: Ranking) -> None:
    place = dict(zip(map(id, ranking.answers), ranking.places, strict=True))
    pairs = ranking.comparisons
    assert {frozenset((id(one.better), id(one.worse))) for one in pairs} == {
        frozenset(map(id, pair)) for pair in combinations(ranking.answers, 2)
    }
    for one in pairs:
        assert place[id(one.better)] <= place[id(one.worse)]
        assert one.tie == (place[id(one.better)] == place[id(one.worse)])


@pytest.mark.parametrize(
    ("answers", "places"),
    [((A,), (1,)), ((A, B), (1,)), ((A, B, C, D, A), (1, 2, 3, 4, 5)), ((A, Answer("別", (), "x")), (1, 2))],
)
def test_what_is_no_ranking(answers: tuple[Answer, ...], places: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="ranking"):
        Ranking(answers, places)


# -- the log ---------------------------------------------------------------------------------------------------


@given(st.lists(rankings(), max_size=4), rankings())
def test_undo_takes_back_what_was_added(before: list[Ranking], ranking: Ranking) -> None:
    log = Log(tuple(before))
    assert log.add(ranking).undo() == log
    assert log.add(ranking).undo(ranking.annotator) == log
    assert log.add(ranking).comparisons == (*log.comparisons, *ranking.comparisons)


@given(st.lists(rankings(), max_size=6), NAMES)
def test_undo_of_one_annotator_leaves_the_others_alone(made: list[Ranking], name: str) -> None:
    log = Log(tuple(made))
    for other in {"", "花子", "太郎"} - {name}:
        assert log.undo(name).of(other) == log.of(other)
    assert log.undo(name).of(name) == log.of(name).undo()


@given(st.lists(rankings(), max_size=4))
def test_json_brings_everything_back(made: list[Ranking]) -> None:
    log = Log(tuple(made))
    assert Log.from_json(log.to_json()) == log


@given(
    st.text()
    | st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ).map(json.dumps)
)
def test_any_other_text_is_told(text: str) -> None:
    with pytest.raises(UnreadableRankings):
        Log.from_json(text)


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found["rankings"][0]["places"].pop(),
        lambda found: found["rankings"][0]["places"].__setitem__(0, True),
        lambda found: found["rankings"][0]["answers"][0].update(ids="12"),
        lambda found: found["rankings"][0]["answers"][0].update(text=3),
        lambda found: found["rankings"][0].pop("annotator"),
        lambda found: found.update(version=2),
        lambda found: found.update(rankings={"a": 1}),
    ],
)
def test_a_damaged_log_is_told(change) -> None:  # type: ignore[no-untyped-def]
    found = json.loads(Log((Ranking((A, B), (1, 2)),)).to_json())
    change(found)
    with pytest.raises(UnreadableRankings):
        Log.from_json(json.dumps(found))


def test_annotators_have_names() -> None:
    log = Log((Ranking((A, B), (1, 2), "花子"), Ranking((A, B), (2, 1), "太郎"), Ranking((A, C), (2, 1), "花子")))
    assert log.annotators == ("花子", "太郎")
    assert log.named("花子", "先生").annotators == ("先生", "太郎")
    assert len(log.of("花子").comparisons) == 2


# -- contradictions --------------------------------------------------------------------------------------------


@given(rankings())
def test_one_ranking_does_not_contradict_itself(ranking: Ranking) -> None:
    if len({answer.text for answer in ranking.answers}) == len(ranking.answers):
        assert contradictions(ranking.comparisons) == ()


def test_a_circle_is_found_once() -> None:
    found = contradictions([said(A, B), said(B, C), said(C, A), said(A, D)])
    assert found == ((A, B, C),)


def test_the_opposite_and_a_tie_are_contradictions() -> None:
    assert contradictions([said(A, B), said(B, A)]) == ((A, B),)
    assert contradictions([said(A, B), said(A, B, tie=True)]) == ((A, B),)
    assert contradictions([said(A, B), said(B, C, tie=True), said(A, C, tie=True)]) == ((A, B, C),)
    assert contradictions([said(A, B, tie=True), said(B, C, tie=True)]) == ()


# -- agreement -------------------------------------------------------------------------------------------------


def test_agreement_of_two_is_calculated_by_hand() -> None:
    pairs = [(A, B), (A, C), (A, D), (B, C)]
    first = [said(one, other, "花子") for one, other in pairs]
    second = [said(A, B, "太郎"), said(A, C, "太郎"), said(A, D, "太郎", tie=True), said(C, B, "太郎")]
    found = agreement([*first, *second])
    assert found is not None
    assert (found.pairs, found.judgements, found.alike) == (4, 4, 0.5)
    chance = (1 / 8) ** 2 + 2 * (7 / 16) ** 2  # one of eight judgements is a tie
    assert found.kappa == pytest.approx((0.5 - chance) / (1 - chance))


def test_agreement_of_three_is_that_of_each_two() -> None:
    found = agreement([said(A, B, "花子"), said(A, B, "太郎"), said(B, A, "次郎")])
    assert found is not None
    assert (found.pairs, found.judgements, found.alike) == (1, 3, pytest.approx(1 / 3))
    assert found.kappa == pytest.approx((1 / 3 - 1 / 2) / (1 / 2))


def test_agreement_needs_two_who_judged_the_same() -> None:
    assert agreement([said(A, B, "花子"), said(A, C, "太郎"), said(B, A, "花子")]) is None
    full = agreement([said(A, B, "花子", tie=True), said(B, A, "太郎", tie=True)])
    assert full is not None and full.alike == 1 and math.isnan(full.kappa)


# -- the blind test --------------------------------------------------------------------------------------------


def trials(count: int, seed: int = 0) -> BlindTest:
    before = [Answer(f"{number}?", (), "前") for number in range(count)]
    return blind_test(before, [Answer(one.prompt, (), "後") for one in before], seed)


def test_always_choosing_the_later_answer_wins_every_trial() -> None:
    test = trials(8)
    sides = set()
    while (trial := test.next) is not None:
        side = "left" if trial.left.text == "後" else "right"
        sides.add(side)
        test = test.choose(side)  # type: ignore[arg-type]
    assert sides == {"left", "right"}, "the order is random"
    assert (test.result.wins, test.result.losses, test.result.rate) == (8, 0, 1.0)
    low, high = test.result.interval
    assert 0.6 < low < high == 1.0
    assert {trial.before.prompt for trial in test.trials} == {f"{number}?" for number in range(8)}
    with pytest.raises(ValueError, match="done"):
        test.choose("same")


def test_what_is_not_decided_is_told_beside() -> None:
    test = trials(3).choose("same").choose("left")
    assert test.result.same == 1
    assert test.result.wins + test.result.losses == 1
    assert math.isnan(trials(3).choose("same").result.rate)
    assert test.undo() == trials(3).choose("same")


def test_the_same_text_is_not_asked_about() -> None:
    other = Answer(A.prompt, (7,), A.text)
    assert blind_test([A, B], [other, C]).identical == 1
    assert len(blind_test([A, B], [other, C]).trials) == 1
    with pytest.raises(ValueError, match="prompts"):
        blind_test([A], [Answer("別", (), "x")])
