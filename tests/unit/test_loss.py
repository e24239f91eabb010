"""Cross-entropy in chunks: the library's value and the library's gradients."""

import pytest
import torch
from torch import nn

from core.training.loss import CHUNK, cross_entropy


def parts(words: int, bias: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor]:
    torch.manual_seed(words)
    hidden, weight = torch.randn(words, 8, requires_grad=True), torch.randn(30, 8, requires_grad=True)
    return hidden, weight, torch.randn(30, requires_grad=True) if bias else None, torch.randint(0, 30, (words,))


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("words", [1, 7, CHUNK, CHUNK + 1, 2 * CHUNK + 37])
def test_value_and_gradients_are_the_library_s(words: int, bias: bool) -> None:
    hidden, weight, offset, target = parts(words, bias)
    learned = [tensor for tensor in (hidden, weight, offset) if tensor is not None]
    expected = nn.functional.cross_entropy(nn.functional.linear(hidden, weight, offset), target)
    gradients = torch.autograd.grad(expected * 3, learned)
    found = cross_entropy(hidden, weight, target, offset)
    torch.testing.assert_close(found, expected)
    for mine, theirs in zip(torch.autograd.grad(found * 3, learned), gradients, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)


def test_large_logits_do_not_overflow() -> None:
    hidden, weight = torch.full((3, 4), 100.0), torch.eye(4) * 50
    found = cross_entropy(hidden, weight, torch.tensor([0, 1, 2]))
    torch.testing.assert_close(found, torch.tensor(4.0).log(), atol=1e-3, rtol=0)


@pytest.mark.parametrize("bias", [False, True])
def test_under_autocast_the_products_are_short_and_the_sums_are_not(bias: bool) -> None:
    hidden, weight, offset, target = parts(3, bias)
    learned = [tensor for tensor in (hidden, weight, offset) if tensor is not None]
    with torch.autocast("cpu", torch.bfloat16):
        found = cross_entropy(hidden, weight, target, offset)
    assert found.dtype == torch.float32
    logits = (hidden.bfloat16() @ weight.bfloat16().T).float() + (0 if offset is None else offset)
    expected = nn.functional.cross_entropy(logits, target)
    torch.testing.assert_close(found, expected, atol=0, rtol=1e-5)
    gradients = torch.autograd.grad(expected, learned)
    for mine, theirs in zip(torch.autograd.grad(found, learned), gradients, strict=True):
        assert mine.dtype == torch.float32
        torch.testing.assert_close(mine, theirs, atol=0.01 * theirs.abs().max().item(), rtol=0.01)
