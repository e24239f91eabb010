"""The shapes of the embedded models, all stock `transformers` classes, and how their weights start.

One initialisation for both: N(0, 1/√fan_in) for every matrix, zero for the two matrices of each layer that write
into the residual stream (attention output, MLP output), so that a layer starts as the identity. At these widths
GPT-2's constant 0.02 leaves the model on its first plateau.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn
from transformers import (
    MarianConfig,
    MarianMTModel,
    ModernBertConfig,
    ModernBertForMaskedLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from core.training.tokenizer import CONTEXT, LETTERS, SPECIAL, VOCABULARY

ROPE_THETA = 10_000.0


@dataclass(frozen=True)
class Shape:
    """The size of a Transformer: `mlp` is the width of the hidden layer of each MLP. Without a vocabulary and context of
    its own it has those of the tokenizer of words."""

    width: int
    mlp: int
    layers: int
    heads: int
    vocabulary: int | None = None
    context: int | None = None


def encoder(shape: Shape) -> ModernBertForMaskedLM:
    """Bidirectional, rotary positions, pre-norm, GeGLU; every layer looks at the whole sentence."""
    config = ModernBertConfig(
        vocab_size=VOCABULARY,
        hidden_size=shape.width,
        intermediate_size=shape.mlp,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        max_position_embeddings=CONTEXT,
        layer_types=["full_attention"] * shape.layers,
        rope_parameters={
            name: {"rope_type": "default", "rope_theta": ROPE_THETA} for name in ("full_attention", "sliding_attention")
        },
        pad_token_id=SPECIAL.index("[PAD]"),
        cls_token_id=SPECIAL.index("[CLS]"),
        sep_token_id=SPECIAL.index("[SEP]"),
        bos_token_id=SPECIAL.index("[CLS]"),
        eos_token_id=SPECIAL.index("[SEP]"),
    )
    return ModernBertForMaskedLM(config)


def decoder(shape: Shape) -> Qwen3ForCausalLM:
    """Causal, rotary positions, RMS norm, QK-norm, SwiGLU, tied embedding."""
    config = Qwen3Config(
        vocab_size=shape.vocabulary or VOCABULARY,
        hidden_size=shape.width,
        intermediate_size=shape.mlp,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        head_dim=shape.width // shape.heads,
        max_position_embeddings=shape.context or CONTEXT,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        pad_token_id=SPECIAL.index("[PAD]"),
        bos_token_id=SPECIAL.index("[BOS]"),
        eos_token_id=SPECIAL.index("[EOS]"),
    )
    return Qwen3ForCausalLM(config)


def seq2seq(shape: Shape) -> MarianMTModel:
    """The encoder–decoder of "Attention Is All You Need" as the paper draws it: sinusoidal positions, norms after each
    addition; as many layers in the encoder as in the decoder. Its vocabulary is given by its tokenizer."""
    config = MarianConfig(
        vocab_size=LETTERS,
        d_model=shape.width,
        encoder_layers=shape.layers,
        decoder_layers=shape.layers,
        encoder_attention_heads=shape.heads,
        decoder_attention_heads=shape.heads,
        encoder_ffn_dim=shape.mlp,
        decoder_ffn_dim=shape.mlp,
        activation_function="gelu",
        dropout=0.0,
        max_position_embeddings=CONTEXT,
        scale_embedding=True,
        pad_token_id=SPECIAL.index("[PAD]"),
        bos_token_id=SPECIAL.index("[BOS]"),
        eos_token_id=SPECIAL.index("[EOS]"),
        forced_eos_token_id=SPECIAL.index("[EOS]"),
        decoder_start_token_id=SPECIAL.index("[BOS]"),
    )
    return MarianMTModel(config)


SHAPES = {
    "encoder": Shape(width=192, mlp=512, layers=6, heads=4),
    "decoder": Shape(width=192, mlp=512, layers=6, heads=4),
    "decoder-m": Shape(width=128, mlp=320, layers=6, heads=4),
    "decoder-s": Shape(width=56, mlp=144, layers=4, heads=4),
    "decoder-xs": Shape(width=16, mlp=32, layers=2, heads=2),
    "seq2seq": Shape(width=192, mlp=512, layers=3, heads=4),
}
BUILDERS = {"masked": encoder, "causal": decoder, "seq2seq": seq2seq}


def kind(name: str) -> str:
    """Return what the model of this name learns: "masked", "causal" or "seq2seq"."""
    return {"encoder": "masked", "seq2seq": "seq2seq"}.get(name, "causal")


def build(name: str) -> PreTrainedModel:
    """Return the untrained model of this name, its weights set by `initialise`."""
    return start(BUILDERS[kind(name)](SHAPES[name]))


def start(model: PreTrainedModel) -> PreTrainedModel:
    """Return the model, its weights set by `initialise`."""
    initialise(model)
    return model


RESIDUAL_WRITERS = ("attn.Wo", "mlp.Wo", "o_proj", "down_proj", "out_proj", "fc2")


@torch.no_grad()
def initialise(model: PreTrainedModel) -> None:
    """Set every weight of the model, in place (see the module's docstring)."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            std = 0.0 if name.endswith(RESIDUAL_WRITERS) else 1 / math.sqrt(module.in_features)
            nn.init.normal_(module.weight, 0.0, std)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding) and module.weight.requires_grad:  # sinusoids stay as they are
            nn.init.normal_(module.weight, 0.0, 1 / math.sqrt(module.embedding_dim))
    # A tied output shares the embedding's tensor and has been set with it, whichever came last.
