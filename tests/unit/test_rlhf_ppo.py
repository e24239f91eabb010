"""PPO, RLOO and DPO: the formulas against values calculated by hand, and trainings of a tiny model."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from core.causal import CausalLM
from core.errors import Diverged
from core.rlhf import dpo, rloo
from core.rlhf.comparisons import Answer, Comparison
from core.rlhf.dpo import DPO
from core.rlhf.features import Floats
from core.rlhf.policy import Policy
from core.rlhf.ppo import (
    PPO,
    Baseline,
    Settings,
    Update,
    advantages,
    clipped_loss,
    kl,
    ratio,
    rewards,
    standardised,
)
from core.rlhf.rloo import RLOO

PROMPTS = ["鳥が", "赤ちゃんが", "雨が激しく", "犬"]
SETTINGS = Settings(tokens=8, rate=0.01, beta=0.01)
Training = Callable[[Policy], Any]


def t(*rows: Any) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float32)


def kana(answers: Sequence[Answer]) -> Floats:
    """Return how much of each answer is hiragana: an easy reward, of which a random model has a little."""
    return np.array([sum("ぁ" <= one <= "ゖ" for one in answer.text) / max(1, len(answer.text)) for answer in answers])


@pytest.fixture
def policy(causal: CausalLM) -> Policy:
    return Policy.start(causal)


# -- formulas --------------------------------------------------------------------------------------------------


def test_ratio_is_new_over_old() -> None:
    found = ratio(t([math.log(0.3), math.log(0.2)]), t([math.log(0.2), math.log(0.4)]))
    torch.testing.assert_close(found, t([1.5, 0.5]))


def test_clipped_loss_counts_no_gain_beyond_the_clip_and_every_loss() -> None:
    # worth: min(1.5, 1.2) = 1.2; min(-1.5, -1.2) = -1.5; min(0.5, 0.8) = 0.5; min(-0.5, -0.8) = -0.8; 1·2 = 2
    moved, advantage = t([1.5, 1.5, 0.5, 0.5, 1.0, 9.0]), t([1.0, -1.0, 1.0, -1.0, 2.0, 9.0])
    mask = t([1, 1, 1, 1, 1, 0])
    assert clipped_loss(moved, advantage, mask, 0.2).item() == pytest.approx(-(1.2 - 1.5 + 0.5 - 0.8 + 2) / 5)


def test_beyond_the_clip_there_is_no_gradient() -> None:
    log = t([math.log(1.5), math.log(1.1), math.log(0.5)]).requires_grad_()
    clipped_loss(ratio(log, t([0, 0, 0])), t([1.0, 1.0, -1.0]), t([1, 1, 1]), 0.2).backward()
    torch.testing.assert_close(log.grad, t([0.0, -1.1 / 3, 0.0]))


def test_kl_is_the_sum_over_the_vocabulary() -> None:
    p, q = t([0.5, 0.25, 0.25]), t([0.25, 0.25, 0.5])
    # 0.5 log 2 + 0.25 log 1 + 0.25 log 0.5 = 0.25 log 2
    assert kl(p.log(), q.log()).item() == pytest.approx(0.25 * math.log(2))
    assert kl(p.log(), p.log()).item() == 0


def test_the_price_is_paid_at_each_token_and_the_score_comes_at_the_last() -> None:
    log, reference = t([-1, -2, -3], [-1, -1, 0]), t([-2, -2, -2], [-3, -1, 0])
    found = rewards(torch.tensor([5.0, 7.0]), log, reference, t([1, 1, 1], [1, 1, 0]), beta=0.1)
    torch.testing.assert_close(found, t([-0.1, 0.0, 0.1 + 5], [-0.2, 7.0, 0.0]))


def test_advantages_by_hand() -> None:
    # δ = (0 + 2 - 1, 1 + 4 - 2, 3 - 4) = (1, 3, -1); with λ = ½: A₃ = -1, A₂ = 3 - ½, A₁ = 1 + 1.25
    # the shorter one: δ = (0 + 1 - 2, 5 - 1) = (-1, 4); A₂ = 4, A₁ = -1 + 2
    reward, values = t([0, 1, 3], [0, 5, 9]), t([1, 2, 4], [2, 1, 9])
    found = advantages(reward, values, t([1, 1, 1], [1, 1, 0]), decay=0.5)
    torch.testing.assert_close(found, t([2.25, 2.5, -1.0], [1.0, 4.0, 0.0]))


def test_with_decay_1_an_advantage_is_what_still_came_less_the_value() -> None:
    reward, values = torch.randn(3, 5), torch.randn(3, 5)
    found = advantages(reward, values, torch.ones(3, 5), decay=1.0)
    torch.testing.assert_close(found, reward.flip(1).cumsum(1).flip(1) - values, atol=1e-5, rtol=1e-5)


def test_standardised_advantages_have_mean_0_and_deviation_1() -> None:
    found = standardised(t([1, 3], [5, 100]), t([1, 1], [1, 0]))
    deviation = math.sqrt(8 / 3)
    torch.testing.assert_close(found, t([-2 / deviation, 0.0], [2 / deviation, 0.0]), atol=1e-4, rtol=1e-4)


def test_leave_one_out_by_hand() -> None:
    torch.testing.assert_close(rloo.advantages(t([1, 2, 6], [0, 0, 3])), t([-3.0, -1.5, 4.5], [-1.5, -1.5, 3.0]))


def test_preference_loss_by_hand() -> None:
    found = dpo.margin(t([-2.0, -3.0], [-1.0, -1.0]), t([-3.0, -2.0], [-1.0, -2.0]), beta=0.5)
    torch.testing.assert_close(found, torch.tensor([0.5 * (1 - -1), 0.5 * (0 - 1)]))
    loss = dpo.preference_loss(torch.tensor([1.0, -0.5]), torch.tensor([1.0, 0.5]))
    expected = [-math.log(1 / (1 + math.exp(-1))), -0.5 * sum(math.log(1 / (1 + math.exp(m))) for m in (0.5, -0.5))]
    assert loss.item() == pytest.approx(sum(expected) / 2)


def test_the_baseline_learns_what_follows_from_the_hidden_state() -> None:
    torch.manual_seed(0)
    hidden, mask = torch.randn(40, 6, 4), torch.ones(40, 6)
    target = hidden @ torch.tensor([1.0, -2.0, 0.0, 0.5]) + 3
    baseline = Baseline(4)
    assert not baseline(hidden).any()
    for _ in range(5):
        baseline.fit(hidden, target, mask)
    torch.testing.assert_close(baseline(hidden), target, atol=0.05, rtol=0.05)


# -- trainings -------------------------------------------------------------------------------------------------


def ppo_of(policy: Policy, settings: Settings = SETTINGS, score: Any = kana) -> PPO:
    return PPO(policy, score, PROMPTS, settings)


def rloo_of(policy: Policy, settings: Settings = SETTINGS, score: Any = kana) -> RLOO:
    return RLOO(policy, score, PROMPTS, replace(settings, rate=3 * settings.rate))


def dpo_of(policy: Policy, settings: Settings = SETTINGS, score: Any = kana) -> DPO:
    answers = policy.sample([prompt for prompt in PROMPTS for _ in range(16)], 7, settings.tokens)
    values, pairs = kana(answers), []
    for start in range(0, len(answers), 2):
        order = sorted((start, start + 1), key=lambda number: -values[number])
        better, worse = (answers[number] for number in order)
        pairs.append(Comparison(better.prompt, better, worse, tie=values[start] == values[start + 1]))
    return DPO(policy, pairs, score, PROMPTS, replace(settings, beta=0.1))


ALL = pytest.mark.parametrize("begin", [ppo_of, rloo_of, dpo_of])


@ALL
def test_a_training_raises_the_reward(begin: Training, policy: Policy) -> None:
    updates: list[Update] = list(begin(policy).updates(10))
    assert [update.step for update in updates] == list(range(1, 11))
    first, last = (float(np.mean([update.reward for update in part])) for part in (updates[:3], updates[-3:]))
    assert last > first + 0.15
    assert updates[-1].kl > 0.1
    for update in updates:
        assert len(update.answers) == 16 and update.length == np.mean([len(one.ids) for one in update.answers])
        assert update.reward == pytest.approx(np.mean(update.scores)) and update.scores == pytest.approx(
            kana(update.answers)
        )
        assert 0 <= update.clipped <= 1 and update.entropy > 0


@ALL
def test_at_the_start_nothing_differs_from_the_reference(begin: Training, policy: Policy) -> None:
    (update,) = begin(policy).updates(1)
    assert update.kl == pytest.approx(0, abs=1e-5)


def test_a_high_price_keeps_the_policy_where_it_is(causal: CausalLM) -> None:
    near, far = (
        list(ppo_of(Policy.start(causal), replace(SETTINGS, beta=beta)).updates(8))[-1].kl for beta in (5.0, 0.0)
    )
    assert near < far / 2


@ALL
def test_the_same_seed_trains_the_same(begin: Training, causal: CausalLM) -> None:
    first, again = (list(begin(Policy.start(causal)).updates(2)) for _ in range(2))
    assert [replace(one, seconds=0) for one in first] == [replace(one, seconds=0) for one in again]


@ALL
def test_going_on_is_as_never_having_stopped(begin: Training, causal: CausalLM) -> None:
    whole = [update.answers for update in begin(Policy.start(causal)).updates(4)]
    training = begin(Policy.start(causal))
    assert [update.answers for count in (1, 2, 1) for update in training.updates(count)] == whole


@ALL
def test_a_training_stops_in_the_middle_of_an_update(begin: Training, policy: Policy) -> None:
    training, asked = begin(policy), 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 12

    began = time.monotonic()
    assert len(list(training.updates(1000, stop))) < 3
    assert time.monotonic() - began < 60
    assert asked == 13, "it is not asked again"
    assert all(torch.isfinite(parameter).all() for parameter in policy.parameters)
    assert len(list(training.updates(1))) == 1


@pytest.mark.parametrize("begin", [ppo_of, rloo_of])
def test_a_score_that_is_no_number_brings_back_the_last_good_weights(begin: Training, policy: Policy) -> None:
    broken = False

    def score(answers: Sequence[Answer]) -> Floats:
        return np.full(len(answers), np.nan) if broken else kana(answers)

    training = begin(policy, SETTINGS, score)
    assert len(list(training.updates(1))) == 1
    good, broken = policy.weights(), True
    with pytest.raises(Diverged):
        list(training.updates(1))
    assert all(torch.equal(one, old) for one, old in zip(policy.weights(), good, strict=True))
    broken = False
    assert [update.step for update in training.updates(2)] == [2, 3]


@ALL
def test_a_rate_that_breaks_the_weights_is_told(begin: Training, causal: CausalLM) -> None:
    policy = Policy.start(causal)
    before = policy.weights()
    training = begin(policy, replace(SETTINGS, rate=1e30))
    with pytest.raises(Diverged):
        list(training.updates(20))
    assert all(torch.isfinite(one).all() for one in policy.weights())
    assert len(before) == len(policy.weights())


def test_each_prompt_has_its_answers_in_a_row(policy: Policy) -> None:
    (update,) = ppo_of(policy).updates(1)
    asked = [answer.prompt for answer in update.answers]
    assert asked == [prompt for prompt in asked[::4] for _ in range(4)]
    assert sorted(asked[::4]) == sorted(PROMPTS)


def test_leave_one_out_needs_others(policy: Policy) -> None:
    with pytest.raises(ValueError, match="answers"):
        RLOO(policy, kana, PROMPTS, Settings(each=1))
    with pytest.raises(ValueError, match="comparisons"):
        DPO(policy, [], kana, PROMPTS)
