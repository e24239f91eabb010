"""The reward model: its minimum, ties, how sure it is, what it learned to like, and simulated people to learn from."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.causal import CausalLM
from core.rlhf import features as described
from core.rlhf import labellers
from core.rlhf.comparisons import Answer, Comparison, Log, Ranking
from core.rlhf.features import MEASURES, Features, named_features
from core.rlhf.labellers import OVERDONE, RULES, Labeller, labeller
from core.rlhf.policy import Policy
from core.rlhf.reward import Fit, Reward, groups, independent, minimum, sigmoid

PARTS = "犬が好きです|どこへ行きますか|楽しかった|うん|それは素敵ですね|魚を食べた|雨が激しく降る|わからないよ".split(
    "|"
)
ENDS = "。!?" + "、"
LIMIT = 10.0  # s, an upper bound against hanging


def written(count: int, seed: int = 0, most: int = 3) -> list[Answer]:
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        text = "".join(str(rng.choice(PARTS)) + str(rng.choice(list(ENDS))) for _ in range(rng.integers(1, most + 1)))
        found.append(Answer(f"{number // 4}番の質問?", (), text))
    return found


def ranked(who: Labeller, rankings: int, seed: int = 0) -> Log:
    answers, rng = written(4 * rankings, seed), np.random.default_rng(seed)
    return Log(tuple(who.rank(answers[start : start + 4], rng) for start in range(0, len(answers), 4)))


@pytest.fixture(scope="module")
def fit() -> Fit:
    reference = written(200, seed=100)
    return Fit(Features(reference), reference)


# -- features --------------------------------------------------------------------------------------------------


def measured(text: str, prompt: str = "") -> dict[str, float]:
    return dict(zip(MEASURES, named_features([Answer(prompt, (), text)])[0].tolist(), strict=True))


def test_named_features_say_what_stands_there() -> None:
    found = measured("犬は好きですか。はい!はい、「好き」だよ。", "犬は好きですか。")
    assert found["characters"] == 21
    assert found["sentences"] == 3
    assert found["polite"] == pytest.approx(1 / 3)
    assert found["full_stop"] == found["question"] == found["exclamation"] == found["animals"] == found["commas"] == 1
    assert found["kind"] == 2
    assert found["negation"] == found["katakana"] == 0
    assert found["letters"] == pytest.approx(2 / 21)
    assert measured("猫と猫と猫と")["repeats"] == pytest.approx(3 / 5)
    assert measured("犬は好き", "犬は好き?")["echo"] == 1


@given(st.text(max_size=50), st.text(max_size=20))
def test_any_text_has_features(text: str, prompt: str) -> None:
    assert np.isfinite(named_features([Answer(prompt, (), text)])).all()


def test_every_feature_has_a_title_in_both_languages(causal: CausalLM) -> None:
    found = Features(written(8, most=1), Policy.start(causal).frozen())
    for name, readable in zip(found.names, found.readable, strict=True):
        if readable or name == "log_probability":
            assert all(described.title(name, lang) != name or lang == "en" for lang in ("ja", "en")), name


def test_features_are_standardised_on_the_reference(causal: CausalLM) -> None:
    reference = written(40, most=1)
    found = Features(reference, Policy.start(causal).frozen(), directions=5)
    x = found(reference)
    assert x.shape == (40, len(found.names)) and len(found.names) == len(MEASURES) + 3 + 5
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    assert (x.std(axis=0) <= 1 + 1e-6).all()
    np.testing.assert_allclose(x[:, -5:].std(axis=0), 1, atol=1e-5)
    assert found([]).shape == (0, len(found.names))


def test_far_beyond_the_reference_a_feature_counts_no_further() -> None:
    found = Features(written(40))
    some, more = (found([Answer("", (), "うれしい" + "!" * count)])[0] for count in (30, 300))
    place = found.names.index("exclamation")
    assert some[place] == more[place] <= described.MOST_DEVIATIONS + 1


def test_features_of_an_answer_do_not_depend_on_its_neighbours(causal: CausalLM) -> None:
    found = Features(written(20, most=1), Policy.start(causal).frozen())
    answers = written(6, seed=5, most=1)
    alone = np.vstack([found([answer]) for answer in answers])
    found._known.clear()
    np.testing.assert_allclose(found(answers), alone, atol=1e-3)
    found._known.clear()
    np.testing.assert_array_equal(found([*answers, *answers])[6:], found(answers))


@pytest.mark.parametrize("reference", [written(1) * 3, written(2, most=1)])
def test_a_reference_that_hardly_differs_blows_nothing_up(reference: list[Answer], causal: CausalLM) -> None:
    short = [Answer(one.prompt, (), one.text[:8]) for one in reference]
    found = Features(short, Policy.start(causal).frozen())
    assert len(found.names) <= len(MEASURES) + 4
    assert np.abs(found(written(20, seed=1, most=1))).max() < 1000


# -- the fit ---------------------------------------------------------------------------------------------------


def test_the_minimum_is_that_of_plain_gradient_descent() -> None:
    rng = np.random.default_rng(0)
    differences, penalties = rng.normal(size=(30, 4)), np.array([0.3, 0.3, 3.0, 3.0])
    better = rng.choice([0.5, 1.0], size=30)
    weights = np.zeros(4)
    for _ in range(5000):
        error = 1 / (1 + np.exp(-differences @ weights)) - better
        weights -= 0.02 * (differences.T @ error + penalties * weights)
    found, covariance = minimum(differences, better, penalties)
    np.testing.assert_allclose(found, weights, atol=1e-8)
    p = 1 / (1 + np.exp(-differences @ weights))
    curvature = sum(q * (1 - q) * np.outer(d, d) for q, d in zip(p, differences, strict=True)) + np.diag(penalties)
    np.testing.assert_allclose(covariance @ curvature, np.eye(4), atol=1e-7)


def test_two_answers_and_one_word_are_bradley_and_terry() -> None:
    """Nine times of twelve the first is better: almost without a penalty, P = 9/12."""
    found, _ = minimum(np.ones((12, 1)), np.array([1.0] * 9 + [0.0] * 3), np.array([1e-9]))
    assert sigmoid(found)[0] == pytest.approx(9 / 12)


def test_a_tie_is_half_a_win_of_each(fit: Fit) -> None:
    a, b = written(2, seed=3)
    tied = fit([Comparison("", a, b, tie=True)])
    np.testing.assert_allclose(tied.weights, 0, atol=1e-9)
    once = fit([Comparison("", a, b), Comparison("", b, a)])
    twice = fit([Comparison("", a, b, tie=True)] * 2)
    np.testing.assert_allclose(once.weights, twice.weights, atol=1e-9)
    np.testing.assert_allclose(once.covariance, twice.covariance, atol=1e-9)


def test_nothing_said_is_nothing_learned(fit: Fit) -> None:
    found = fit([])
    assert not found.score(written(3)).any() and found.spread == 0
    assert not found.standard_score(written(3)).any()
    assert found.sureness(*written(2)).prob == 0.5
    assert fit.held_out([]) is None


def test_a_reward_model_learns_to_like_what_a_labeller_likes(fit: Fit) -> None:
    log = ranked(labeller("polite"), 20)
    reward = fit(log.comparisons)
    best = reward.likings()[0]
    assert (best.name, best.sure) == ("polite", True) and best.weight > 0
    held = fit.held_out(log.comparisons)
    assert held is not None and held.accuracy > 0.8
    assert held.interval[0] < held.accuracy <= held.interval[1]
    assert held.total == sum(not one.tie for one in log.comparisons)
    first, second = (Answer("", (), text) for text in ("犬が好きです。", "犬が好きだよ。"))
    assert reward.score([first])[0] > reward.score([second])[0]
    sure = reward.sureness(first, second)
    assert sure.interval[0] < sure.prob < sure.interval[1] and sure.prob > 0.5
    assert reward.sureness(second, first).prob == pytest.approx(1 - sure.prob)


def test_reasons_sum_up_to_the_reward(fit: Fit) -> None:
    reward = fit(ranked(labeller("cheerful"), 5).comparisons)
    answer = written(1, seed=9)[0]
    reasons = reward.reasons(answer)
    assert sum(part for _, part in reasons) == pytest.approx(reward.score([answer])[0])
    assert [abs(part) for _, part in reasons] == sorted((abs(part) for _, part in reasons), reverse=True)


def test_scores_have_the_mean_of_the_reference_as_zero(fit: Fit) -> None:
    reward = fit(ranked(labeller("short"), 10).comparisons)
    scores = reward.standard_score(written(200, seed=100))
    assert scores.mean() == pytest.approx(0, abs=1e-9)
    assert scores.std() == pytest.approx(1)


def test_more_comparisons_make_surer(fit: Fit) -> None:
    probe = written(2, seed=77)
    few, many = (fit(ranked(labeller("polite"), count).comparisons) for count in (2, 40))
    assert (many.doubt(probe) < few.doubt(probe)).all()


def test_the_most_informative_pair_is_the_one_that_halves_the_doubt(fit: Fit) -> None:
    reward = fit(ranked(labeller("polite"), 6).comparisons)
    pairs = [(one, other) for one, other in zip(written(30, 1), written(30, 2), strict=True)]
    same = written(1)[0]
    order = reward.most_informative([*pairs, (same, same)])
    assert sorted(number for number, _ in order) == list(range(31))
    gains = [gain for _, gain in order]
    assert gains == sorted(gains, reverse=True) and 0 < gains[0] < 1
    assert order[-1] == (30, 0.0), "two equal answers tell nothing"
    number, gain = order[0]
    assert gain == pytest.approx(_expected_bits(reward, *pairs[number]), abs=0.01)
    assert reward.most_informative([]) == ()


def _expected_bits(reward: Reward, first: Answer, second: Answer) -> float:
    """Return the mutual information of the verdict and the weights, by drawing weights."""
    rng = np.random.default_rng(0)
    weights = rng.multivariate_normal(reward.weights, reward.covariance, size=20_000)
    one, other = reward.features([first, second])
    p = sigmoid(weights @ (one - other)).clip(1e-9, 1 - 1e-9)

    def bits(q):  # type: ignore[no-untyped-def]
        return -q * np.log2(q) - (1 - q) * np.log2(1 - q)

    return float(bits(p.mean()) - bits(p).mean())


def test_what_is_held_out_shares_no_answer_with_what_is_learned() -> None:
    a, b, c, d, e = written(5)
    pairs = [Comparison("", a, b), Comparison("", c, d), Comparison("", b, e), Comparison("", d, c)]
    group = groups(pairs)
    assert group[0] == group[2] != group[1] == group[3]
    assert independent(pairs, group) == 3  # a, b, e: two; c, d: one
    six = Ranking(tuple(Answer("", (), text) for text in "あいうえ"), (1, 2, 3, 4)).comparisons
    assert independent(six, groups(six)) == 3


def test_a_fit_of_600_pairs_and_200_features_is_quick() -> None:
    rng = np.random.default_rng(0)
    differences, weights = rng.normal(size=(600, 200)), rng.normal(size=200)
    began = time.perf_counter()
    found, _ = minimum(differences, (differences @ weights > 0).astype(float), np.full(200, 1.0))
    assert time.perf_counter() - began < LIMIT
    assert np.corrcoef(found, weights)[0, 1] > 0.8


# -- simulated people ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("polite", "行きました。楽しかったです。", "行きました。楽しかった。"),
        ("short", "はい。行きます。", "はい、明日は行きます。"),
        ("short", "明日は学校へ行きます。", "明日"),
        ("easy", "とりがなきます。", "鳥が鳴きます。"),
        ("animals", "うさぎがいます。", "本があります。"),
        ("asks", "元気です。あなたは?", "元気?はい。"),
        ("asks", "どこへ行きますか。", "どこか行きます。"),
        ("cheerful", "うれしいです!", "そうです。"),
        ("moderate", "うれしいです!", "そうです。"),
        ("moderate", "うれしいです!", "最高!うれしい!最高です!"),
        ("moderate", "そうです。", "最高!うれしい!最高です!"),
    ],
)
def test_a_labeller_prefers_what_the_rule_says(name: str, better: str, worse: str) -> None:
    who, rng = labeller(name), np.random.default_rng(0)
    first, second = Answer("", (), better), Answer("別の質問", (3,), worse)
    assert who.prefers(first, second, rng) == 1
    assert who.prefers(second, first, rng) == -1
    assert who.prefers(first, first, rng) == 0


def test_every_rule_has_its_words() -> None:
    assert set(labellers._told()) == set(RULES) | set(OVERDONE)
    for name in (*RULES, *OVERDONE):
        who = labeller(name)
        assert set(who.title) == set(who.wish) == {"ja", "en"}


@given(st.text(max_size=60))
def test_a_rule_has_an_opinion_of_any_text(text: str) -> None:
    assert all(np.isfinite(rule(text)) for rule in (*RULES.values(), *OVERDONE.values()))


def test_without_error_a_ranking_is_the_order_of_the_rule() -> None:
    who, answers = labeller("easy"), written(4, seed=2)
    ranking = who.rank(answers, np.random.default_rng(0))
    values = [who.rule(answer.text) for answer in answers]
    for i in range(4):
        for j in range(4):
            assert (ranking.places[i] < ranking.places[j]) == (values[i] > values[j])
    assert ranking.annotator == "easy"


def test_the_error_rate_is_that_of_single_comparisons() -> None:
    who, rng = labeller("polite", error=0.2), np.random.default_rng(0)
    first, second = Answer("", (), "はい、そうです。"), Answer("", (), "うん、そうだよ。")
    wrong = sum(who.prefers(first, second, rng) == -1 for _ in range(2000))
    assert 0.17 < wrong / 2000 < 0.23
    with pytest.raises(ValueError, match="error"):
        labeller("polite", error=0.6)


def test_a_labeller_who_errs_teaches_less(fit: Fit) -> None:
    weights = []
    for error in (0.0, 0.4):
        reward = fit(ranked(labeller("polite", error), 20).comparisons)
        weights.append({one.name: one.weight for one in reward.likings()}["polite"])
    assert weights[0] > weights[1]
