"""Ranking and reward of the RLHF lesson: tables, what a browser or file may send, what is told of a reward, figures."""

import json
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.causal import CausalLM
from core.errors import TooManyRankings, UnreadableRankings
from core.rlhf import logs
from core.rlhf.comparisons import Answer, Log, Ranking
from core.rlhf.features import Features, title
from core.rlhf.labellers import labeller
from core.rlhf.reward import Fit, Reward
from lessons.rlhf import keeping, learning, reward_figures, tables
from lessons.rlhf.lab import RANKED, LiveLab
from lessons.rlhf.reward_figures import Bar
from lessons.rlhf.steps.scoring import REASONS, reasons
from lessons.rlhf.tables import Table, blind, laid, most_telling, places, ranked_by, read_groups, unranked

PARTS = ("犬が好きです。", "行くよ", "どうですか?", "はい。", "楽しかった!", "雨が降る、", "わかりません。", "ねこ")
PROMPT = "こんにちは。"


def answers(prompt: str, *texts: str) -> tuple[Answer, ...]:
    return tuple(Answer(prompt, (), text) for text in texts)


def written(prompts: int, each: int = 4, seed: int = 0) -> list[Answer]:
    rng = random.Random(seed)
    return [
        Answer(f"{number}番ですか。", (), "".join(rng.choices(PARTS, k=rng.randint(1, 4))) + str(rng.randint(0, 9)))
        for number in range(prompts)
        for _ in range(each)
    ]


def texts(found: Sequence[Answer]) -> list[str]:
    return [one.text for one in found]


@pytest.fixture(scope="module")
def fit() -> Fit:
    reference = written(40, seed=100)
    return Fit(Features(reference), reference)


@pytest.fixture(scope="module")
def polite(fit: Fit) -> Reward:
    log = Log(ranked_by(labeller("polite"), laid(written(20)), 0))
    return fit(log.comparisons)


@pytest.fixture(scope="module")
def lab(causal: CausalLM) -> LiveLab:
    return LiveLab(causal, causal)


# -- tables ----------------------------------------------------------------------------------------------------


def test_the_order_of_a_table_depends_on_nothing_but_prompt_and_seed() -> None:
    given_ = answers(PROMPT, "a", "b", "c", "d")
    assert blind(given_, 3) == blind(given_, 3)
    assert set(blind(given_).answers) == set(given_)
    assert len({blind(given_, seed).id for seed in range(20)}) > 5


def test_a_table_has_different_answers_and_never_fewer_than_two() -> None:
    found = laid([*answers("x", "a", "a", "b", "", "c", "d", "e"), *answers("y", "a", "a")])
    assert [table.prompt for table in found] == ["x"]
    assert sorted(texts(found[0].answers)) == ["a", "b", "c", "d"]


def test_a_table_can_be_written_and_read() -> None:
    table = blind(answers(PROMPT, "<b>", "「」", "\n", "d"))
    assert Table(Log.from_json(table.written).rankings[0].answers) == table


@pytest.mark.parametrize("given_", [(2, 3, 4, 5), (1, 3, 3, 4), (0, 1, 2, 3), (1, 2, 3)])
def test_places_that_leave_one_out_are_none(given_: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="place"):
        Table(answers(PROMPT, "a", "b", "c", "d")).ranking(given_)


def test_groups_of_the_browser_are_places() -> None:
    assert read_groups("[[2], [0, 3], [1]]", 4) == [2, 3, 1, 2]
    assert places([[0, 1, 2, 3]], 4) == [1, 1, 1, 1]


@pytest.mark.parametrize("text", ["", "{}", "null", "[[0],[1],[2]]", "[[0],[0],[1],[2]]", '[["a"]]', "[0,1,2,3]", "9"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_groups(text, 4)


@given(st.lists(st.integers(1, 4), min_size=4, max_size=4))
def test_grouped_is_the_way_back(found: list[int]) -> None:
    dense = {place: number for number, place in enumerate(sorted(set(found)), 1)}
    ranking = Table(answers(PROMPT, "a", "b", "c", "d")).ranking(dense[place] for place in found)
    assert tuple(places(tables.grouped(ranking), 4)) == ranking.places


def test_what_somebody_has_ranked_is_not_offered_to_them_again() -> None:
    laid_ = laid(written(5))
    log = Log((laid_[0].ranking((1, 2, 3, 4)), laid_[1].ranking((1, 1, 1, 1), "polite")))
    assert unranked(laid_, log) == laid_[1:]
    assert unranked(laid_, log, "polite") == (laid_[0], *laid_[2:])


def test_a_table_is_filled_up_and_known_again() -> None:
    few = Table(answers("x", "a", "b"))
    full = tables.filled(few, answers("x", "b", "c", "a", "d", "e"))
    assert few.keys < full.keys
    assert sorted(texts(full.answers)) == ["a", "b", "c", "d"]
    assert tables.filled(few, ()).keys == few.keys
    log = Log((full.ranking((1, 2, 3, 4)),))
    assert unranked([few, full], log) == ()
    assert tables.others([full], [few.keys]) == (full,)


def test_the_table_that_tells_most_is_not_one_that_is_known(fit: Fit, polite: Reward) -> None:
    alike = Table(answers("x", "はい。", "はい。"))
    other = Table(answers("x", "犬が好きです。", "ねこ行くよ"))
    assert most_telling(polite, (alike, other)) == other
    assert most_telling(fit(()), (alike, other)) == other


# -- what the browser or a file may send -----------------------------------------------------------------------


def log_of(lab: LiveLab, count: int = 2) -> Log:
    drawn = lab.policy.sample([f"{number}" for number in range(count) for _ in range(RANKED)], 1)
    return Log(tuple(Ranking(tuple(drawn[n : n + RANKED]), (1, 2, 2, 3)) for n in range(0, len(drawn), RANKED)))


def test_own_rankings_come_back_as_they_were(lab: LiveLab) -> None:
    log = log_of(lab)
    found = keeping.checked(log.to_json(), lab)
    assert [one.places for one in found.rankings] == [one.places for one in log.rankings]
    for ranking, again in zip(log.rankings, found.rankings, strict=True):
        assert texts(ranking.answers) == texts(again.answers)


def test_tokens_that_are_not_those_of_the_text_are_cut_anew(lab: LiveLab) -> None:
    for ids in ((10**9,), (-1,), (5, 6, 7)):
        log = Log((Ranking((Answer("x", ids, "いい"), Answer("x", (), "だめ")), (1, 2)),))
        answer = keeping.checked(log.to_json(), lab).rankings[0].answers[0]
        assert answer.ids == lab.policy.written(Answer("x", (), "いい"))


@pytest.mark.parametrize(
    "answer",
    [Answer("", (), "x"), Answer("長" * 5000, (), "x"), Answer("x", (), "長" * 5000), Answer("x" * 900, (), "x")],
    ids=["no prompt", "huge prompt", "huge answer", "long prompt"],
)
def test_what_nobody_could_have_ranked_is_one_sentence(lab: LiveLab, answer: Answer) -> None:
    log = Log((Ranking((answer, Answer(answer.prompt, (), "y")), (1, 2)),))
    with pytest.raises(UnreadableRankings):
        keeping.checked(log.to_json(), lab)


@pytest.mark.parametrize("text", ["", "null", "[]", '{"version": 1}', '{"version": 1, "rankings": [{}]}', "[" * 9999])
def test_what_is_no_log_is_one_sentence(lab: LiveLab, text: str) -> None:
    with pytest.raises(UnreadableRankings):
        keeping.checked(text, lab)


@pytest.mark.parametrize("change", [{"annotator": "x" * 100}, {"places": [0, 1]}, {"places": [-5, 1]}])
def test_names_and_places_have_limits(lab: LiveLab, change: dict[str, object]) -> None:
    found = json.loads(Log((Ranking(answers("x", "a", "b"), (1, 2)),)).to_json())
    found["rankings"][0].update(change)
    with pytest.raises(UnreadableRankings):
        keeping.checked(json.dumps(found), lab)


def test_there_is_a_limit_to_rankings(lab: LiveLab) -> None:
    many = tuple(Ranking(answers(str(number), "a", "b"), (1, 2)) for number in range(logs.MOST_RANKINGS + 1))
    with pytest.raises(TooManyRankings):
        keeping.checked(Log(many).to_json(), lab)
    with pytest.raises(TooManyRankings):
        logs.joined(Log(many[:300]), Log(many[200:]))
    with pytest.raises(TooManyRankings):
        logs.added(Log(many[:-1]), many[-1:])
    assert logs.added(Log(many[:-2]), many[-2:-1]) == Log(many[:-1])


def test_what_both_logs_have_is_there_once() -> None:
    one, other = (Ranking(answers(name, "a", "b"), (1, 2)) for name in "xy")
    assert logs.joined(Log((one,)), Log((one, other))) == Log((one, other))


def test_somebody_is_taken_out_of_a_log() -> None:
    one, other = (Ranking(answers("x", "a", "b"), (1, 2), name) for name in ("", "polite"))
    assert logs.without(Log((one, other, one)), "polite") == Log((one, one))


# -- what is told of a reward ----------------------------------------------------------------------------------


def test_accuracy_grows_with_the_comparisons(fit: Fit) -> None:
    log = Log(ranked_by(labeller("polite"), laid(written(24)), 0))
    known: dict[int, object] = {}
    points = learning.growth(fit, log, known)  # type: ignore[arg-type]
    assert points[-1].comparisons == len(log.comparisons)
    assert len(points) == learning.MOST_POINTS == len(known)
    first, last = points[0].held, points[-1].held
    assert first is not None and last is not None
    assert last.accuracy > 0.8
    assert last.interval[1] - last.interval[0] < first.interval[1] - first.interval[0]


def test_there_is_no_curve_of_nothing(fit: Fit) -> None:
    assert learning.growth(fit, Log(), {}) == ()
    one = Log(ranked_by(labeller("polite"), laid(written(1)), 0))
    assert [point.held for point in learning.growth(fit, one, {})] == [None]


def test_the_rule_is_found_again_in_new_answers(polite: Reward, fit: Fit) -> None:
    new = written(40, seed=7)
    judged = learning.judged(polite, new, "polite")
    assert judged.total > 20
    assert judged.share > 0.8
    assert judged.interval[0] < judged.share <= judged.interval[1]
    assert learning.judged(fit(()), new[:1], "polite").total == 0


def test_three_rankings_are_unsure(fit: Fit) -> None:
    few = Log(ranked_by(labeller("polite"), laid(written(3)), 0))
    held = fit.held_out(few.comparisons)
    assert held is not None
    assert held.interval[1] - held.interval[0] > 0.3
    many = fit(Log(ranked_by(labeller("polite"), laid(written(24)), 0)).comparisons)
    errors = [{one.name: one.error for one in reward.likings()} for reward in (fit(few.comparisons), many)]
    assert errors[0]["polite"] > errors[1]["polite"]


def test_all_ties_give_no_weight_and_no_accuracy(fit: Fit) -> None:
    ties = Log(tuple(table.ranking([1] * len(table.answers)) for table in laid(written(6))))
    reward = fit(ties.comparisons)
    assert all(abs(one.weight) < 1e-9 for one in reward.likings())
    held = fit.held_out(ties.comparisons)
    assert held is not None
    assert held.total == 0


def test_agreement_is_told_of_those_who_saw_the_same() -> None:
    laid_ = laid(written(6))
    alike = [table.ranking((1, 2, 3, 4), name) for table in laid_[:4] for name in ("", "polite")]
    alone = [laid_[5].ranking((1, 2, 3, 4), "short")]
    found = learning.agreements(Log((*alike, *alone)))
    assert [(one, other, agreed.alike) for one, other, agreed in found] == [("", "polite", 1.0)]
    assert learning.agreements(Log(tuple(alone))) == ()


def test_what_it_would_most_like_to_know_is_a_pair_of_one_prompt(polite: Reward) -> None:
    pair = learning.most_unsure(polite, written(8, seed=3))
    assert pair is not None
    assert pair[0].prompt == pair[1].prompt
    assert pair[0].text != pair[1].text
    assert learning.most_unsure(polite, answers("x", "a")) is None


def test_shares_say_how_much_can_be_read(polite: Reward) -> None:
    found = learning.shares(polite, written(40, seed=100))
    assert found.readable == pytest.approx(polite.spread)
    assert (found.frozen, found.directions) == (0.0, 0)


def test_guesses_are_features_that_can_be_read(polite: Reward) -> None:
    found = learning.guesses(polite.likings())
    assert [one.name for one in found] == list(learning.GUESSES)
    assert all(one.readable and one.title("ja") != one.name for one in found)


def test_reasons_sum_up_to_the_reward(polite: Reward) -> None:
    answer = Answer(PROMPT, (), "はい、犬が好きです。")
    bars = reasons(polite, answer, "ja", "frozen", "rest")
    assert len(bars) == REASONS + 2
    assert sum(bar.value for bar in bars) == pytest.approx(float(polite.score([answer])[0]))
    assert bars[0].name in {title(name, "ja") for name in polite.features.names}


# -- figures ---------------------------------------------------------------------------------------------------

BARS = [Bar("polite", 1.2, 0.4), Bar("<b>x</b>", -0.3, 0.9, sure=False)]


def test_weights_show_what_is_unsure_without_colours() -> None:
    bar = reward_figures.weights(BARS, axis="weight").data[0]
    assert list(bar.x) == [1.2, -0.3]
    assert list(bar.error_x.array) == [0.4, 0.9]
    assert list(bar.marker.pattern.shape) == ["", "/"]
    assert bar.marker.color[0] != bar.marker.color[1]


def test_small_weights_look_small() -> None:
    figure = reward_figures.weights([Bar("x", 0.01, 0.01)], axis="")
    assert figure.layout.xaxis.range[1] >= reward_figures.LEAST_REACH


@pytest.mark.parametrize("draw", [reward_figures.weights, reward_figures.rewards, reward_figures.reasons])
def test_no_name_is_markup(draw: object) -> None:
    figure = draw(BARS, axis="x")  # type: ignore[operator]
    assert "<b>" not in figure.to_json().replace("<br>", "")
    assert figure.layout.yaxis.range == (1.5, -0.5)


def test_reasons_have_no_interval_and_rewards_have() -> None:
    assert reward_figures.reasons(BARS, axis="").data[0].error_x.array is None
    assert list(reward_figures.rewards(BARS, axis="").data[0].error_x.array) == [0.4, 0.9]


def test_growth_has_band_line_and_chance() -> None:
    figure = reward_figures.growth([12, 24], [0.6, 0.9], [(0.4, 0.8), (0.7, 1.0)], axes=("x", "y"), chance="50 %")
    band, line = figure.data
    assert list(band.x) == [12, 24, 24, 12]
    assert np.allclose(band.y, [80, 100, 70, 40])
    assert np.allclose(line.y, [60, 90])
    assert figure.layout.shapes[0].y0 == 50


def test_long_names_are_cut_into_lines() -> None:
    assert reward_figures.wrapped("あ" * 30, 10, 2) == "あ" * 10 + "<br>" + "あ" * 9 + "…"
    assert reward_figures.wrapped("one two three", 8) == "one two<br>three"
    assert reward_figures.wrapped("") == ""


def test_no_line_begins_with_a_closing_mark() -> None:
    assert reward_figures.wrapped("夏に食べるすいかが大好きです。", 14) == "夏に食べるすいかが大好きです。"
    assert reward_figures.wrapped("いいね!!つくろう。", 3) == "いいね!!<br>つく…"
    assert reward_figures.wrapped("。。", 1) == "。。"
