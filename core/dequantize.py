"""A GGUF file of Gemma 3 → an ordinary Hugging Face folder: safetensors in bfloat16, config.json, tokenizer.json.

What llama.cpp stores in a way of its own is undone: the names of the tensors, the quantisation, the 1 that it adds to the
weights of every norm, and the tokenizer, which it keeps without the merges (they follow from the pieces and their order).
The package `gguf` reads the file and knows the quantisations.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import AddedToken
from transformers import Gemma3TextConfig, GemmaTokenizer

from core.files import WEIGHTS

Report = Callable[[str, float], None]
"""Called with the stage, one of STAGES, and how much of it is done, from 0 to 1."""
Dequantize = Callable[[Any, Any], NDArray[np.float32]]

STAGES = ("read", "tokenizer", "weights")
ROWS = 4096  # of a matrix at a time: the largest has 262,144, and float32 takes twice what is kept
LOCAL_ROPE_BASE = 10_000.0  # of the layers with a sliding window; the file gives only that of the others
CONTROL, USER_DEFINED = 3, 4  # kinds of tokens that are never cut: those of the model, and strings such as line breaks
SPACE = "▁"  # how a piece writes it
OUTER = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}
INNER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_output": "self_attn.o_proj",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "post_ffw_norm": "post_feedforward_layernorm",
}


def convert(file: Path, out: Path, report: Report) -> None:
    """Write the model of a GGUF file into the empty folder `out`. Raises ImportError without `gguf`."""
    gguf = importlib.import_module("gguf")
    report("read", 0)
    reader = gguf.GGUFReader(file)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    write(fields, reader.tensors, gguf.dequantize, out, report)


def write(fields: Mapping[str, Any], tensors: Sequence[Any], dequantize: Dequantize, out: Path, report: Report) -> None:
    """Write the folder from the fields and tensors of a GGUF file. Raises KeyError for a model that is no Gemma 3.

    A tensor has a `name`, a `tensor_type` and `data` by rows, which `dequantize(data, tensor_type)` turns into float32.
    """
    report("tokenizer", 0)
    tokenizer(fields).save_pretrained(out)
    config(fields).save_pretrained(out)
    weights = {}
    for number, tensor in enumerate(tensors):
        report("weights", number / len(tensors))
        weights[renamed(tensor.name)] = bfloat16(tensor, dequantize)
    save_file(weights, out / WEIGHTS, metadata={"format": "pt"})
    (out / WEIGHTS).chmod(0o644)  # the library leaves it to its owner alone
    report("weights", 1)


def config(fields: Mapping[str, Any]) -> Gemma3TextConfig:
    """Return the configuration that the fields describe."""
    stated = {name.removeprefix("gemma3."): value for name, value in fields.items() if name.startswith("gemma3.")}
    token = {name: fields[f"tokenizer.ggml.{name}_token_id"] for name in ("bos", "eos", "padding")}
    bases = {"full_attention": stated["rope.freq_base"], "sliding_attention": LOCAL_ROPE_BASE}
    return Gemma3TextConfig(
        architectures=["Gemma3ForCausalLM"],
        vocab_size=len(fields["tokenizer.ggml.tokens"]),
        hidden_size=stated["embedding_length"],
        intermediate_size=stated["feed_forward_length"],
        num_hidden_layers=stated["block_count"],
        num_attention_heads=stated["attention.head_count"],
        num_key_value_heads=stated["attention.head_count_kv"],
        head_dim=stated["attention.key_length"],
        query_pre_attn_scalar=stated["attention.key_length"],
        max_position_embeddings=stated["context_length"],
        sliding_window=stated["attention.sliding_window"],
        rms_norm_eps=float(f"{stated['attention.layer_norm_rms_epsilon']:.6g}"),  # 1e-6, which was stored in float32
        rope_parameters={kind: {"rope_type": "default", "rope_theta": base} for kind, base in bases.items()},
        bos_token_id=token["bos"],
        eos_token_id=token["eos"],
        pad_token_id=token["padding"],
        dtype="bfloat16",
    )


def tokenizer(fields: Mapping[str, Any]) -> GemmaTokenizer:
    """Return the tokenizer that the fields describe."""
    stored, kinds = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    tokens = [token.replace(" ", SPACE) for token in stored]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    start = fields["tokenizer.ggml.add_bos_token"]
    pairs: Any = merges(vocabulary)  # the class states that it takes strings; those would have to be parted at spaces
    result = GemmaTokenizer(vocab=vocabulary, merges=pairs, add_bos_token=start)
    whole = [(token, kind) for token, kind in zip(tokens, kinds, strict=True) if kind in (CONTROL, USER_DEFINED)]
    result.add_tokens([AddedToken(token, normalized=False, special=kind == CONTROL) for token, kind in whole])
    return result


def merges(vocabulary: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the pairs of pieces that make another piece, the first to be merged first: pieces are numbered in that order."""
    return [
        (piece[:cut], piece[cut:])
        for piece in sorted(vocabulary, key=vocabulary.__getitem__)
        for cut in range(len(piece) - 1, 0, -1)
        if piece[:cut] in vocabulary and piece[cut:] in vocabulary
    ]


def renamed(name: str) -> str:
    """Return what `transformers` calls a tensor: blk.0.attn_q.weight is model.layers.0.self_attn.q_proj.weight."""
    match name.split("."):
        case ["blk", layer, inner, "weight"]:
            return f"model.layers.{int(layer)}.{INNER[inner]}.weight"
        case [outer, "weight"]:
            return f"{OUTER[outer]}.weight"
        case _:
            raise KeyError(name)


def bfloat16(tensor: Any, dequantize: Dequantize) -> torch.Tensor:
    """Return the tensor in bfloat16, less the 1 that was added if it is the weight of a norm."""
    added = 1 if tensor.name.endswith("norm.weight") else 0
    return torch.cat(
        [
            torch.from_numpy(dequantize(rows, tensor.tensor_type) - np.float32(added)).bfloat16()
            for rows in _parts(tensor.data)
        ]
    )


def _parts(data: Any) -> Iterable[Any]:
    return (data[start : start + ROWS] for start in range(0, len(data), ROWS))
