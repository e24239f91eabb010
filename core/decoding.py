"""Writing token by token: the decoder of `transformers` once more, with nothing but what one more token needs.

Each layer adds two things to the stream x of a token, (row, place, width):

    x = x + W_o · attention(rotated(norm(q)), rotated(norm(k)), v)      q, k, v = W_qkv · norm(x)
    x = x + W_down · (silu(gate) * up)                                  gate, up = W_in · norm(x)

The keys and values of all places are kept in tensors made once, at their full length (`Cache`). The three matrices that
read the same input are one, and so are the two of the feed-forward part: a step of a small model is short of time for
calls, not for sums. The library's own layers give the same logits (tests/unit/test_decoding.py).

For the architecture of the embedded decoders (Qwen3); any other model is run by the library (`Library`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch.nn.functional import linear, rms_norm, scaled_dot_product_attention, silu
from transformers import PreTrainedModel, Qwen3ForCausalLM

Tensor = torch.Tensor


@dataclass
class Cache:
    """Keys and values (layer, row, head, place, width of a head), filled up to `used` places."""

    keys: Tensor
    values: Tensor
    used: int = 0


@dataclass(frozen=True)
class _Layer:
    """The weights of one layer; `norm_*` are the factors of the normalisations."""

    norm_attention: Tensor
    qkv: Tensor
    norm_qk: Tensor  # (2, 1, 1, 1, width of a head): of the queries and of the keys
    out: Tensor
    norm_mlp: Tensor
    mlp_in: Tensor
    mlp_out: Tensor


def supports(model: PreTrainedModel) -> bool:
    """Say whether the model's layers are those of this file."""
    if not isinstance(model, Qwen3ForCausalLM):
        return False
    config = model.config
    return (
        config.num_key_value_heads == config.num_attention_heads
        and not config.use_sliding_window
        and not config.attention_bias
        and (config.rope_parameters or {}).get("rope_type") == "default"
        and config.hidden_act == "silu"
    )


class Reader(Protocol):
    """What writes: it reads ids (row, place) that follow what its cache holds, and returns the logits of what comes after
    the last `places` of them (None: after all), (row, place, vocabulary)."""

    def cache(self, rows: int, places: int) -> Any: ...

    def read(self, ids: Tensor, cache: Any, places: int | None = 1) -> Tensor: ...


def reader(model: PreTrainedModel) -> Reader:
    """Return the fastest reader there is for the model."""
    return Decoder(model) if supports(model) else Library(model)


class Library:
    """Any causal model of the library, with its own cache."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def cache(self, rows: int, places: int) -> dict[str, Any]:
        """Return an empty cache; it grows by itself."""
        return {"past_key_values": None}

    @torch.inference_mode()
    def read(self, ids: Tensor, cache: dict[str, Any], places: int | None = 1) -> Tensor:
        """Return logits (row, place, vocabulary), as a Reader."""
        output = self.model(input_ids=ids, use_cache=True, **cache)
        cache["past_key_values"] = output.past_key_values
        logits: Tensor = output.logits[:, -(places or 0) :].float()
        return logits


class Decoder:
    """The weights of a decoder, ready to write. It sees a change of the model's weights only when made again.

    `without`: heads (layer, head) that add nothing.
    """

    @torch.no_grad()
    def __init__(self, model: PreTrainedModel, without: Iterable[tuple[int, int]] = ()) -> None:
        config, body = model.config, model.model
        self.heads, self.width, self.eps = config.num_attention_heads, config.head_dim, config.rms_norm_eps
        self.places = config.max_position_embeddings
        self.embedding, self.norm = body.embed_tokens.weight.detach(), body.norm.weight.detach()
        self.output = model.get_output_embeddings().weight.detach()
        self.layers = [_layer(layer) for layer in body.layers]
        for layer, head in without:
            columns = slice(head * self.width, (head + 1) * self.width)
            out = self.layers[layer].out.clone()
            out[:, columns] = 0
            self.layers[layer] = replace(self.layers[layer], out=out)
        self.cos, self.sin = (part[0] for part in body.rotary_emb(self.embedding, torch.arange(self.places)[None]))

    def cache(self, rows: int, places: int) -> Cache:
        """Return room for the keys and values of texts of up to so many places."""
        shape = (len(self.layers), rows, self.heads, places, self.width)
        return Cache(self.embedding.new_empty(shape), self.embedding.new_empty(shape))

    @torch.inference_mode()
    def read(self, ids: Tensor, cache: Cache, places: int | None = 1) -> Tensor:
        """Return logits (row, place, vocabulary), as a Reader."""
        rows, count = ids.shape
        past, used = cache.used, cache.used + count
        cos, sin = self.cos[past:used], self.sin[past:used]
        mask = torch.ones(count, used, dtype=torch.bool).tril(past) if count > 1 else None
        x = self.embedding[ids]
        for number, layer in enumerate(self.layers):
            qkv = linear(self._norm(x, layer.norm_attention), layer.qkv).view(rows, count, 3, self.heads, self.width)
            qkv = qkv.permute(2, 0, 3, 1, 4)  # queries, keys and values, each (row, head, place, width of a head)
            unit = rms_norm(qkv[:2], (self.width,), eps=self.eps) * layer.norm_qk
            q, k = rotated(unit, cos, sin)
            keys, values = cache.keys[number][:, :, :used], cache.values[number][:, :, :used]
            keys[:, :, past:] = k
            values[:, :, past:] = qkv[2]
            mixed = scaled_dot_product_attention(q, keys, values, attn_mask=mask)
            x = x + linear(mixed.transpose(1, 2).reshape(rows, count, -1), layer.out)
            gate, up = linear(self._norm(x, layer.norm_mlp), layer.mlp_in).chunk(2, dim=-1)
            x = x + linear(silu(gate) * up, layer.mlp_out)
        cache.used = used
        return linear(self._norm(x[:, -(places or 0) :], self.norm), self.output)

    def _norm(self, x: Tensor, factor: Tensor) -> Tensor:
        return rms_norm(x, factor.shape, factor, self.eps)


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Return queries or keys turned by the angle of their place (Su et al. 2021, RoPE)."""
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


def _layer(layer: Any) -> _Layer:
    attention, mlp = layer.self_attn, layer.mlp
    joined = (attention.q_proj, attention.k_proj, attention.v_proj)
    weights = (
        layer.input_layernorm.weight,
        torch.cat([one.weight for one in joined]),
        torch.stack([attention.q_norm.weight, attention.k_norm.weight])[:, None, None, None],
        attention.o_proj.weight,
        layer.post_attention_layernorm.weight,
        torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]),
        mlp.down_proj.weight,
    )
    return _Layer(*(weight.detach() for weight in weights))
