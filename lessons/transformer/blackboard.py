"""The Transformer on the blackboard: from the ids of a sentence to the word in its hole, on one page.

It reads the weights of the embedded encoder and gives the same numbers as `transformers` does; nothing but torch is
needed. Letters as in the papers: T tokens, C width of a state, H heads, D = C / H width of a head, V vocabulary.

    model = Transformer.load("core/models/encoder")
    model(ids)                  # (T,) -> logits (T, V)
    model.attention(ids)        # (T,) -> weights (layers, H, T, T)

What differs from the textbook ("Attention Is All You Need", 2017); all of it is ModernBERT (2024):
  - only the encoder: every token sees the whole sentence, and the answer is the word in a hole
  - the embedding is normed, not multiplied by the square root of C
  - rotary positions: q and k are turned by their place, instead of waves added to the embedding
  - pre-norm: LayerNorm stands before a sublayer, not after the sum; the stream itself is normed once, at the end
  - the first layer's attention has no norm: the embedding has just been normed
  - the feed-forward network is a GeGLU: half of the neurons open or close the other half
  - no biases, apart from the one of the output
  - one more layer before the output, BERT's prediction head; the output's matrix is the embedding table, as in the paper
Left out, because one short sentence needs none of it: batches, padding, dropout, sliding windows, caches.
"""

import json
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

# ruff: noqa: N803, N806, N812, TID253  (the letters of the papers; a page imports this file once torch is there)


def norm(config: Any) -> nn.LayerNorm:
    # each state minus its mean, divided by its standard deviation, times a learned weight for each of the C numbers
    return nn.LayerNorm(config["hidden_size"], eps=config["norm_eps"], bias=config["norm_bias"])


class Embedding(nn.Module):
    """An id becomes a vector: its row of the table."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.tok_embeddings = nn.Embedding(config["vocab_size"], config["hidden_size"])  # (V, C)
        self.norm = norm(config)

    def forward(self, ids: Tensor) -> Tensor:
        x: Tensor = self.tok_embeddings(ids)  # (T,) -> (T, C)
        x = self.norm(x)  # the textbook: x * C**0.5
        return x


def angles(T: int, D: int, base: float) -> Tensor:
    # every place t turns by t times a speed; the pairs of numbers have D/2 speeds, from 1 down to almost 1/base
    speeds = base ** (-torch.arange(0, D, 2) / D)  # (D/2,)
    return torch.outer(torch.arange(T), speeds)  # (T, D/2)


def turn(x: Tensor, angle: Tensor) -> Tensor:
    # number i and number i + D/2 are a point in the plane; turn it. q·k then knows how far apart two places are
    a, b = x.chunk(2, dim=-1)  # (H, T, D) -> 2 times (H, T, D/2)
    cos, sin = angle.cos(), angle.sin()  # (T, D/2)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)  # (H, T, D)


class SelfAttention(nn.Module):
    """Every token asks all tokens, and takes the mean of what they answer."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        C = config["hidden_size"]
        self.H = config["num_attention_heads"]
        self.Wqkv = nn.Linear(C, 3 * C, bias=config["attention_bias"])  # the three maps of all heads in one
        self.Wo = nn.Linear(C, C, bias=config["attention_bias"])

    def forward(self, x: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
        T, C = x.shape
        qkv = self.Wqkv(x).view(T, 3, self.H, C // self.H)  # (T, 3C) -> (T, 3, H, D)
        q, k, v = qkv.permute(1, 2, 0, 3)  # each (H, T, D)
        q, k = turn(q, angle), turn(k, angle)  # v stays: it says what, not where
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5  # (H, T, T): row = who asks, column = who is asked
        weights = F.softmax(scores, dim=-1)  # each row sums to one
        heads = weights @ v  # (H, T, T) @ (H, T, D) -> (H, T, D)
        y = heads.transpose(0, 1).reshape(T, C)  # the heads side by side
        return self.Wo(y), weights  # (T, C), (H, T, T)


class FeedForward(nn.Module):
    """Each token by itself: a wide layer of neurons, and back."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        C, wide = config["hidden_size"], config["intermediate_size"]
        self.Wi = nn.Linear(C, 2 * wide, bias=config["mlp_bias"])
        self.Wo = nn.Linear(wide, C, bias=config["mlp_bias"])

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.Wi(x).chunk(2, dim=-1)  # 2 times (T, wide)
        y: Tensor = self.Wo(F.gelu(gate) * value)  # (T, wide) -> (T, C); the textbook: Wo(relu(Wi(x)))
        return y


class Layer(nn.Module):
    """Two sublayers. Each adds what it found to the stream of states x, which runs through all layers."""

    def __init__(self, config: Any, first: bool) -> None:
        super().__init__()
        self.attn_norm = nn.Identity() if first else norm(config)
        self.attn = SelfAttention(config)
        self.mlp_norm = norm(config)
        self.mlp = FeedForward(config)

    def forward(self, x: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
        y, weights = self.attn(self.attn_norm(x), angle)  # the textbook: norm(x + attention(x))
        x = x + y  # (T, C): the residual
        x = x + self.mlp(self.mlp_norm(x))
        return x, weights


class Output(nn.Module):
    """A state becomes a score for each word of the vocabulary."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        C, V = config["hidden_size"], config["vocab_size"]
        self.dense = nn.Linear(C, C, bias=config["classifier_bias"])
        self.norm = norm(config)
        self.bias = nn.Parameter(torch.zeros(V))  # what a word scores whatever the sentence is

    def forward(self, x: Tensor, table: Tensor) -> Tensor:
        x = self.norm(F.gelu(self.dense(x)))  # (T, C): the prediction head of BERT
        return x @ table.T + self.bias  # (T, C) @ (C, V) -> logits (T, V)


class Transformer(nn.Module):
    """All of it, in the order of the figure."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.D = config["hidden_size"] // config["num_attention_heads"]
        self.base = config["rope_parameters"]["full_attention"]["rope_theta"]
        self.embeddings = Embedding(config)
        self.layers = nn.ModuleList([Layer(config, first=i == 0) for i in range(config["num_hidden_layers"])])
        self.final_norm = norm(config)
        self.head = Output(config)

    def run(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        x = self.embeddings(ids)  # (T,) -> (T, C)
        angle = angles(len(ids), self.D, self.base)  # (T, D/2), the same in every layer
        maps = []
        for layer in self.layers:
            x, weights = layer(x, angle)  # (T, C), (H, T, T)
            maps.append(weights)
        logits = self.head(self.final_norm(x), self.embeddings.tok_embeddings.weight)  # (T, V)
        return logits, torch.stack(maps)  # (layers, H, T, T)

    def forward(self, ids: Tensor) -> Tensor:
        return self.run(ids)[0]

    def probabilities(self, ids: Tensor) -> Tensor:
        return F.softmax(self(ids), dim=-1)  # (T, V): row t is the answer at place t

    def attention(self, ids: Tensor) -> Tensor:
        return self.run(ids)[1]

    @classmethod
    def load(cls, folder: str | Path) -> "Transformer":
        folder = Path(folder)
        model = cls(json.loads((folder / "config.json").read_text(encoding="utf-8")))
        stored = load_file(folder / "model.safetensors")  # two bytes a number, computed with four
        names = {name: name.removeprefix("model.").replace("decoder.bias", "head.bias") for name in stored}
        model.load_state_dict(
            {names[name]: weights.float() for name, weights in stored.items()}
        )  # none missing or left
        return model.eval().requires_grad_(False)
