"""What is computed from the weights of a text."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from tiny import HEADS, LAYERS

from core.language_model import LanguageModel
from core.maps import AttentionMaps, Cut
from core.masked import MaskedLM

TEXT = "鳥が激しく鳴く。"


def maps_of(weights: np.ndarray) -> AttentionMaps:
    return AttentionMaps(weights.astype(np.float32), (), ())


@pytest.fixture(scope="module")
def maps(masked: MaskedLM) -> AttentionMaps:
    return masked.attention(TEXT)


def test_heads_are_found_by_layer_and_head(maps: AttentionMaps) -> None:
    assert (maps.layers, maps.heads) == (LAYERS, HEADS)
    for layer in range(LAYERS):
        for head in range(HEADS):
            np.testing.assert_array_equal(maps.head(layer, head).weights, maps.weights[layer, head])


@pytest.mark.parametrize(("layer", "head"), [(-1, 0), (0, -1), (LAYERS, 0), (0, HEADS)])
def test_no_such_head(maps: AttentionMaps, layer: int, head: int) -> None:
    with pytest.raises(IndexError):
        maps.head(layer, head)


def test_means(maps: AttentionMaps) -> None:
    weights = maps.weights
    np.testing.assert_allclose(maps.mean(), weights.mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(maps.mean(layer=1), weights[1].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(maps.mean(head=2), weights[:, 2].mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(maps.mean(1, 2), weights[1, 2])


def test_rows_of_means_and_rollout_sum_to_one(model: LanguageModel) -> None:
    maps = model.attention(TEXT)
    for matrix in (maps.mean(), maps.mean(0), maps.rollout()):
        np.testing.assert_allclose(matrix.sum(axis=-1), 1, atol=1e-5)


def test_rollout_of_models_that_look_at_themselves_is_the_identity() -> None:
    eye = np.broadcast_to(np.eye(4), (3, 2, 4, 4))
    np.testing.assert_allclose(maps_of(eye).rollout(), np.eye(4), atol=1e-6)


def test_rollout_by_hand() -> None:
    first, second = np.array([[0.5, 0.5], [0, 1]]), np.array([[1, 0], [1, 0]])
    weights = np.stack([first, second])[:, None]
    expected = (0.5 * second + 0.5 * np.eye(2)) @ (0.5 * first + 0.5 * np.eye(2))
    np.testing.assert_allclose(maps_of(weights).rollout(), expected, atol=1e-6)


def test_results_cannot_be_changed(maps: AttentionMaps) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        maps.weights = maps.weights  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Cut(1, 2).query = 3  # type: ignore[misc]


def test_holding_a_result_needs_no_torch() -> None:
    code = (
        "import sys, core, core.maps, core.sampling; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
