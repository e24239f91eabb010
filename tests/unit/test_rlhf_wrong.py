"""What goes wrong in the RLHF lesson, and what is measured: courses, boasts, groups, methods, figures, records."""

import json
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.causal import CausalLM
from core.rlhf.comparisons import Answer, Comparison, Log
from core.rlhf.features import Features
from core.rlhf.labellers import labeller
from core.rlhf.ppo import Update
from core.rlhf.reward import Fit, Reward
from lessons.rlhf import hacking, methods, overconfident, results_figures, two_groups, wrong_figures
from lessons.rlhf.hacking import Course, Hacked, Like, Look, Turn
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.overconfident import FEW, MANY, Boast
from lessons.rlhf.results_figures import Line
from lessons.rlhf.steps import wrong_few, wrong_groups, wrong_hacking
from lessons.rlhf.tables import Table, laid
from lessons.rlhf.wrong_figures import Panel, Row

BEGINNINGS = ("今日", "明日", "昨日", "犬", "猫", "ここ", "私", "山の上の町")
ENDINGS = ("です。", "だよ。", "ですか。", "は楽しいね!", "に行きます。", "、", "が、好きなのさ。", "はどうかな?")
TIMEOUT = 120  # s


def written(prompts: int, each: int, seed: int) -> list[Answer]:
    rng = np.random.default_rng(seed)
    return [
        Answer(f"{number}番", (), "".join(rng.choice(BEGINNINGS, rng.integers(1, 4))) + str(rng.choice(ENDINGS)))
        for number in range(prompts)
        for _ in range(each)
    ]


@pytest.fixture(scope="module")
def fit() -> Fit:
    reference = written(24, 4, 0)
    return Fit(Features(reference), reference)


@pytest.fixture(scope="module")
def tables() -> tuple[Table, ...]:
    return laid(written(40, 6, 1))


@pytest.fixture(scope="module")
def fresh() -> tuple[Answer, ...]:
    return tuple(written(12, 6, 2))


@pytest.fixture(scope="module")
def lab(causal: CausalLM) -> LiveLab:
    return LiveLab(causal, causal)


def update(step: int, *texts: str, reward: float = 0.0, kl: float = 0.0) -> Update:
    answers = tuple(Answer("a", (), text) for text in texts)
    return Update(step, answers, (reward,) * len(texts), reward, kl, 3.0, 1.0, 0.0, 0.0, 0.1)


# -- hacking ---------------------------------------------------------------------------------------------------


def test_a_course_tells_the_rule_and_whole_sentences() -> None:
    found = hacking.measured(
        [update(1, "雨が降ります。", "楽しいです!", reward=0.5), update(2, "楽しい 楽しい", "楽しいね!最高!", kl=3.0)]
    )
    assert found.learned == (0.5, 0.0)
    assert found.whole == (1.0, 0.5)
    assert found.rule == (1.0, 0.0)  # a broken sentence is 0, and four cheerful signs are two too many
    assert found.different == (1.0, 1.0)
    assert hacking.measured([update(1, "ね。", "ね。")]).different == (0.5,)
    assert found.kl == (0.0, 3.0)
    assert len(found) == 2


def test_values_are_smoothed_over_those_before() -> None:
    assert hacking.smooth([1.0, 3.0, 5.0, 7.0], 2) == (1.0, 2.0, 4.0, 6.0)
    assert hacking.smooth([]) == ()


def test_a_turn_is_told_from_the_smoothed_values() -> None:
    rises = [0.0] * 5 + [1.0] * 5 + [2.0] * 10
    falls = [*rises, *[0.5] * 10]
    up, down = hacking.turn(rises), hacking.turn(falls)
    assert (up.first, up.best, up.last) == (0.0, 2.0, 2.0) and not up.fell
    assert down.fell and down.at == 15 and down.last == 0.5
    assert hacking.turn([1.0]) == Turn(1.0, 1.0, 1, 1.0)


@pytest.mark.parametrize(
    ("turn", "way"), [((0, 2, 9, 1.9), "rises"), ((0, 2, 9, 1), "turns"), ((2, 2.1, 9, 1), "falls")]
)
def test_the_way_of_a_rule(turn: tuple[float, float, int, float], way: str) -> None:
    assert wrong_hacking.WAYS[wrong_hacking.way_of(Turn(*turn))] == way


def test_few_rankings_are_such_that_tell_something(tables: Sequence[Table]) -> None:
    found = hacking.few(tables, 3)
    assert len(found) == hacking.RANKINGS
    assert all(len(set(one.places)) > 1 for one in found)
    assert found == hacking.few(tables, 3) != hacking.few(tables, 4)
    assert {pair.annotator for pair in hacking.pairs(found)} == {hacking.RULE}


def test_a_training_is_written_and_read(tables: Sequence[Table]) -> None:
    looks = tuple(Look(step, (Answer("a", (1, 2), f"「{step}」"),)) for step in (0, 4, 20, 23))
    course = Course((0.1, 0.2), (1.0, 0.5), (1.0, 1.0), (1.0, 0.5), (0.0, 3.5))
    before = Hacked(hacking.few(tables, 0), (Like("polite", 0.5, 0.25),), course, looks)
    after = hacking.read(json.loads(json.dumps(hacking.written(before))))
    assert after.course == course and after.likes == before.likes
    assert [one.step for one in after.looks] == [0, 20, 23]
    assert [one.places for one in after.rankings] == [one.places for one in before.rankings]
    assert after.rankings == before.rankings


def test_the_recorded_trainings_are_whole() -> None:
    found = hacking.recorded()
    assert len(found) == len(hacking.SEEDS)
    for one in found:
        assert len(one.course) == hacking.UPDATES
        assert [look.step for look in one.looks] == list(hacking.LOOKS)
        assert all(len(look.answers) == hacking.ASKED for look in one.looks)
        assert len(one.rankings) == hacking.RANKINGS and len(one.likes) == hacking.LIKES
        assert max(one.course.kl) > one.course.kl[0]
    falls = [hacking.turn(one.course.rule) for one in found]
    assert [one.last - one.best for one in falls] == sorted(one.last - one.best for one in falls)


def test_the_learned_reward_rises_while_the_hidden_rule_falls() -> None:
    for one in hacking.recorded():
        learned, rule = hacking.turn(one.course.learned), hacking.turn(one.course.rule)
        assert learned.last > learned.first + 1
        assert rule.fell


def test_a_training_without_the_brake_begins_and_ends(lab: LiveLab) -> None:
    before = [weight.clone() for weight in lab.policy.parameters]
    table = laid([Answer(one.prompt, one.ids, f"{one.text}{number}") for number, one in enumerate(lab.reference)])
    rankings = hacking.few(table, 0, rule="short")
    reward = lab.fit(hacking.pairs(rankings))
    run = hacking.begun(lab.policy, reward, updates=1)
    ended(run)
    found = hacking.seen(rankings, reward, run.look())
    assert len(found.course) == 1 and [look.step for look in found.looks] == [0, 1]
    assert all(bool((now == then).all()) for now, then in zip(lab.policy.parameters, before, strict=True))


def ended(run: Any) -> None:
    end = time.monotonic() + TIMEOUT
    while run.look().running:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert run.look().state == "finished"


# -- few rankings ----------------------------------------------------------------------------------------------


def test_pairs_have_the_better_answer_first() -> None:
    texts = ("雨です。", "雨だ。", "晴れです。")
    found = overconfident.told_apart([Answer("a", (), text) for text in texts], labeller("polite"))
    assert [(one.text, other.text) for one, other in found] == [("雨です。", "雨だ。"), ("晴れです。", "雨だ。")]


def test_probabilities_are_those_of_the_reward(fit: Fit, tables: Sequence[Table], fresh: Sequence[Answer]) -> None:
    reward = overconfident.learned(fit, overconfident.ranked(tables, labeller("polite"), 0)[:FEW])
    pairs = overconfident.told_apart(fresh, labeller("polite"))[:20]
    naive, careful = overconfident.probabilities(reward, pairs)
    assert careful == pytest.approx([reward.sureness(*pair).prob for pair in pairs])
    scores = [reward.score(pair) for pair in pairs]
    assert naive == pytest.approx([1 / (1 + math.exp(two - one)) for one, two in scores])
    assert (np.abs(naive - 0.5) >= np.abs(careful - 0.5)).all()  # doubt makes nobody surer


def test_a_boast_counts(fit: Fit) -> None:
    reward = _by_length(fit)
    long, short = Answer("a", (), "山の上の町に行きます。"), Answer("a", (), "犬。")
    found = overconfident.boast(reward, [(long, short), (long, short), (short, long), (long, short)])
    assert found.right == 0.75
    assert found.naive > 0.5 and found.careful <= found.naive
    nothing = overconfident.boast(fit([]), [(long, short)])
    assert nothing.naive == 0.5 and nothing.certain == 0 and math.isnan(nothing.kept)
    with pytest.raises(ValueError, match="no pairs"):
        overconfident.boast(reward, [])


def _by_length(fit: Fit) -> Reward:
    pairs = [
        Comparison("a", Answer("a", (), "山" * long + "です。"), Answer("a", (), "山" * short + "です。"))
        for long, short in ((9, 1), (12, 2), (8, 3))
    ]
    return fit(pairs)


def test_the_mean_of_boasts_leaves_out_what_is_not_there() -> None:
    found = overconfident.mean([Boast(0.5, 0.9, 0.6, 0.0, math.nan), Boast(1.0, 0.7, 0.6, 0.5, 1.0)])
    assert (found.right, found.certain, found.kept) == pytest.approx((0.75, 0.25, 1.0))
    assert found.over == pytest.approx(0.05)


def test_more_rankings_are_right_more_often(fit: Fit, tables: Sequence[Table], fresh: Sequence[Answer]) -> None:
    story = overconfident.story(fit, tables, fresh, labeller("easy"), 0, repeated=8)
    assert story is not None
    few, many = story.means
    assert many.right > few.right
    assert few.careful < few.naive
    assert story.boasts[0] == overconfident.boast(story.rewards[0], overconfident.told_apart(fresh, labeller("easy")))
    assert len(overconfident.ranked(tables, labeller("easy"), 0)) == MANY
    assert all(one.readable for one in overconfident.strongest(story.rewards[0]))


def test_there_is_no_story_of_answers_that_are_all_alike(fit: Fit, tables: Sequence[Table]) -> None:
    same = [Answer("a", (), "雨です。"), Answer("a", (), "晴れです。")]
    assert overconfident.story(fit, tables, same, labeller("polite"), 0, repeated=1) is None


@pytest.mark.parametrize(("naive", "way"), [(0.9, "over"), (0.82, "even"), (0.6, "under")])
def test_the_way_of_a_boast(naive: float, way: str) -> None:
    assert wrong_few.WAYS[wrong_few.way_of(Boast(0.8, naive, 0.5, 0.1, 1.0))] == way


# -- two groups ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", two_groups.OPPOSITES)
def test_the_groups_want_the_opposite(rule: str, fresh: Sequence[Answer]) -> None:
    one, other = two_groups.groups(rule)
    whole = [answer for answer in fresh if answer.text[-1] in "。!?"]
    pairs = overconfident.told_apart(whole, one)
    assert pairs and all(other.rule(first.text) < other.rule(second.text) for first, second in pairs)
    assert two_groups.long("途中で") == two_groups.WORST


def test_the_sizes_are_all_people() -> None:
    assert [two_groups.sizes(share) for share in two_groups.SHARES] == [(10, 10), (13, 7), (16, 4)]


def test_the_larger_group_wins(fit: Fit, tables: Sequence[Table], fresh: Sequence[Answer]) -> None:
    even, most = (two_groups.pooled(fit, tables, fresh, "short", share, 0) for share in (50, 80))
    assert most.mean.first > 0.6 > 0.5 > most.mean.second
    assert abs(even.mean.first - 0.5) < most.mean.first - 0.5
    assert most.sizes == (16, 4)
    within, between = most.agreed.first, most.agreed.between
    assert within is not None and between is not None and within.kappa > between.kappa
    assert most.liking.name == "characters" and most.liking.weight < 0
    assert wrong_groups.WAYS[wrong_groups.way_of(most)] == "first"
    assert wrong_groups.way_of(replace(most, mean=two_groups.Sides(0.2, 0.8))) == 1
    assert wrong_groups.way_of(replace(most, mean=two_groups.Sides(0.55, 0.45))) == 2


def test_contested_answers_are_those_that_divide(fit: Fit, tables: Sequence[Table], fresh: Sequence[Answer]) -> None:
    found = two_groups.pooled(fit, tables, fresh, "short", 80, 0)
    pairs = two_groups.contested(found.reward, fresh, "short")
    assert len(pairs) == two_groups.SHOWN
    assert all(len(one.liked.text) < len(one.disliked.text) and 0 < one.prob < 1 for one in pairs)
    assert two_groups.contested(found.reward, [Answer("a", (), "雨。")], "short") == ()


# -- methods ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", methods.METHODS)
def test_each_method_trains_a_copy(name: str, lab: LiveLab) -> None:
    before = [weight.clone() for weight in lab.policy.parameters]
    one, other = lab.reference[:2]
    pair = Comparison(one.prompt, one, replace(other, prompt=one.prompt))
    run = methods.begun(name, lab.policy, lab.fit([pair]), [pair], updates=1)
    ended(run)
    course = methods.course(run.look().updates)
    assert len(course.reward) == len(course.kl) == len(course.seconds) == 1
    assert course.ending == (course.reward[0], course.kl[0])
    assert all(bool((now == then).all()) for now, then in zip(lab.policy.parameters, before, strict=True))


def test_dpo_needs_comparisons(lab: LiveLab) -> None:
    with pytest.raises(ValueError, match="no comparisons"):
        methods.trainer("dpo", lab.policy, lab.fit([]), Log().comparisons)


# -- figures ---------------------------------------------------------------------------------------------------


def test_courses_are_drawn_one_above_the_other() -> None:
    panels = [Panel("a", [1, 2, 3], [1, 1.5, 2], (0, 1)), Panel("<b>", [0.5, 0.4, 0.1], [0.5] * 3, (0, 1), True)]
    figure = wrong_figures.courses(panels, axis="x", until=9, mark=2)
    assert [trace.xaxis for trace in figure.data] == ["x", "x", "x2", "x2"]
    assert figure.layout.yaxis2.tickformat == ".0%" and figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    assert figure.layout.xaxis.range[1] == figure.layout.xaxis2.range[1] == 10
    assert len(figure.layout.shapes) == 2 and figure.layout.shapes[0].x0 == 2
    assert "&lt;b&gt;" in figure.layout.annotations[1].text


def test_bars_have_their_values_written_on_them() -> None:
    figure = wrong_figures.bars([Row("a", (0.5, 0.25)), Row("b", (1, 0))], ["x", "y"], axis="z", chance=0.5)
    assert [list(trace.text) for trace in figure.data] == [["50%", "100%"], ["25%", "0%"]]
    assert len({trace.marker.color for trace in figure.data}) == 2
    assert len({trace.marker.pattern.shape for trace in figure.data}) == 2


def test_lines_differ_in_more_than_colour() -> None:
    looks = range(len(results_figures.LOOKS))
    figure = results_figures.lines([Line(str(look), [1, 2], [0, 1], look) for look in looks], axes=("x", "y"))
    assert len({(trace.line.dash, trace.marker.symbol) for trace in figure.data}) == len(looks)
    assert len({trace.line.color for trace in figure.data}) == len(looks)


def test_accuracies_have_intervals_and_chance() -> None:
    line = Line("a", [10, 20], [0.6, 0.8], 0, low=[0.5, 0.7], high=[0.7, 0.95])
    figure = results_figures.accuracies([line], axes=("x", "y"), counts=[10, 20], chance="by chance")
    assert figure.layout.xaxis.type == "log"
    assert list(figure.data[0].error_y.array) == pytest.approx([0.1, 0.15])
    assert list(figure.data[0].error_y.arrayminus) == pytest.approx([0.1, 0.1])
    assert figure.layout.annotations[0].text == "by chance"
