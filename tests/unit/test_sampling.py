"""Temperature, top-k and top-p on any scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sampling import Floats, Sampling, draw, filtered, softmax

LOGITS = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=30).map(
    lambda row: np.array(row, dtype=np.float32)
)
TEMPERATURES = st.floats(0.05, 5)
TOP_P = st.floats(0, 1)


@given(logits=LOGITS)
def test_softmax(logits: Floats) -> None:
    exact = np.exp(logits.astype(np.float64))
    np.testing.assert_allclose(softmax(logits), exact / exact.sum(), rtol=1e-4, atol=1e-12)
    assert softmax(logits).dtype == np.float32


@pytest.mark.parametrize("top", [1e4, 1e30])
def test_softmax_of_large_scores(top: float) -> None:
    np.testing.assert_allclose(softmax(np.array([top, top, 0], dtype=np.float32)), [0.5, 0.5, 0])


@given(logits=LOGITS, temperature=TEMPERATURES, top_k=st.integers(0, 40), top_p=TOP_P)
def test_any_setting_leaves_a_distribution_with_the_likeliest_in_it(
    logits: Floats, temperature: float, top_k: int, top_p: float
) -> None:
    kept = filtered(logits, Sampling(temperature, top_k, top_p))
    assert kept.shape == logits.shape and kept.dtype == np.float32
    assert (kept >= 0).all() and kept.sum() == pytest.approx(1, abs=1e-5)
    assert kept[logits.argmax()] == kept.max() > 0


@given(logits=LOGITS, temperature=TEMPERATURES)
def test_nothing_left_out_is_softmax_with_temperature(logits: Floats, temperature: float) -> None:
    expected = softmax(logits.astype(np.float64) / temperature)
    np.testing.assert_allclose(filtered(logits, Sampling(temperature)), expected, rtol=1e-5)


@given(logits=LOGITS, top_k=st.integers(0, 5), top_p=TOP_P)
def test_temperature_zero_is_greedy(logits: Floats, top_k: int, top_p: float) -> None:
    kept = filtered(logits, Sampling(0, top_k, top_p))
    assert kept[logits.argmax()] == 1 and kept.sum() == 1


@given(logits=LOGITS, cold=TEMPERATURES, warm=TEMPERATURES)
def test_warmer_is_flatter(logits: Floats, cold: float, warm: float) -> None:
    cold, warm = sorted((cold, warm))
    assert filtered(logits, Sampling(warm)).max() <= filtered(logits, Sampling(cold)).max() + 1e-6


@given(logits=LOGITS, top_k=st.integers(1, 40))
def test_top_k_keeps_the_k_likeliest_in_proportion(logits: Floats, top_k: int) -> None:
    everything, kept = softmax(logits), filtered(logits, Sampling(top_k=top_k))
    chosen = np.argsort(-logits, kind="stable")[:top_k]
    assert set(np.flatnonzero(kept)) <= set(chosen.tolist())
    np.testing.assert_allclose(kept[chosen], everything[chosen] / everything[chosen].sum(), rtol=1e-4, atol=1e-12)


@given(logits=LOGITS, top_p=st.floats(0.01, 0.99))
def test_top_p_keeps_the_smallest_set_that_reaches_p(logits: Floats, top_p: float) -> None:
    everything, kept = softmax(logits), filtered(logits, Sampling(top_p=top_p))
    probabilities = everything[kept > 0]
    assert probabilities.sum() >= top_p - 1e-5
    assert probabilities.sum() - probabilities.min() < top_p + 1e-5
    assert probabilities.min() >= everything[kept == 0].max(initial=0)


@given(logits=LOGITS, temperature=TEMPERATURES, top_k=st.integers(1, 30), top_p=st.floats(0.01, 0.99))
def test_top_p_is_of_what_top_k_left(logits: Floats, temperature: float, top_k: int, top_p: float) -> None:
    first = filtered(logits, Sampling(temperature, top_k))
    both = filtered(logits, Sampling(temperature, top_k, top_p))
    assert set(np.flatnonzero(both)) <= set(np.flatnonzero(first))
    assert first[both > 0].sum() >= top_p - 1e-5


@given(logits=LOGITS, seed=st.integers(0, 1000), top_k=st.integers(0, 5), top_p=TOP_P)
def test_only_what_is_left_is_drawn(logits: Floats, seed: int, top_k: int, top_p: float) -> None:
    kept = filtered(logits, Sampling(1.0, top_k, top_p))
    first, again = (draw(kept, np.random.default_rng(seed)) for _ in range(2))
    assert first == again and kept[first] > 0


def test_draws_follow_the_distribution() -> None:
    rng = np.random.default_rng(0)
    probabilities = np.array([0.5, 0.0, 0.3, 0.2], dtype=np.float32)
    counts = np.bincount([draw(probabilities, rng) for _ in range(4000)], minlength=4)
    np.testing.assert_allclose(counts / 4000, probabilities, atol=0.03)
    assert counts[1] == 0
