"""Cross-entropy over a large vocabulary without keeping its logits.

The library's way writes the logits, their float32 copy, the log-softmax and two gradients to memory, each of
(words, vocabulary): on a CPU more than half of a training step. Here a few words at a time are brought to logits,
to probabilities and at once to the gradients, so that everything stays in the processor's cache.
"""

from typing import Any

import torch

CHUNK = 512  # words at a time


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, target: torch.Tensor
    ) -> torch.Tensor:
        words, matrix = len(hidden), weight.to(hidden.dtype)
        hidden_gradient, weight_gradient = torch.empty_like(hidden), torch.zeros_like(weight)
        bias_gradient = None if bias is None else torch.zeros_like(bias)
        total = hidden.new_zeros((), dtype=torch.float32)
        for start in range(0, words, CHUNK):
            part, answer = hidden[start : start + CHUNK], target[start : start + CHUNK, None]
            logits = (part @ matrix.T).float()  # (chunk, vocabulary)
            if bias is not None:
                logits += bias
            total -= logits.gather(1, answer).sum()
            largest = logits.amax(1, keepdim=True)
            probabilities = logits.sub_(largest).exp_()
            sums = probabilities.sum(1, keepdim=True)
            total += (sums.log() + largest).sum()
            # d loss / d logits = (softmax - one at the answer) / words
            gradient = probabilities.div_(sums * words)
            gradient.scatter_add_(1, answer, torch.full_like(answer, -1 / words, dtype=gradient.dtype))
            if bias_gradient is not None:
                bias_gradient += gradient.sum(0)
            gradient = gradient.to(hidden.dtype)
            hidden_gradient[start : start + CHUNK] = gradient @ matrix
            weight_gradient += gradient.T @ part
        context.save_for_backward(hidden_gradient, weight_gradient, bias_gradient)
        return total / words

    @staticmethod
    def backward(context: Any, *gradients: Any) -> tuple[torch.Tensor | None, ...]:
        (factor,) = gradients
        hidden, weight, bias = context.saved_tensors
        return hidden * factor, weight * factor, None if bias is None else bias * factor, None


def cross_entropy(
    hidden: torch.Tensor, weight: torch.Tensor, target: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the mean cross-entropy in nats of softmax(hidden @ weightᵀ + bias), a float32 scalar.

    hidden (words, width), weight (vocabulary, width), target (words,), bias (vocabulary,). The products are made in
    autocast type, or that of `hidden`, the sums in float32. It can be differentiated once.
    """
    if torch.is_autocast_enabled(hidden.device.type):
        hidden = hidden.to(torch.get_autocast_dtype(hidden.device.type))
    loss: torch.Tensor = _CrossEntropy.apply(hidden, weight, bias, target)  # type: ignore[no-untyped-call]
    return loss
