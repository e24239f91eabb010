"""The shapes of the embedded models, all stock `transformers` classes, and how their weights start.

One initialisation for both: N(0, 1/√fan_in) for every matrix, zero for the two matrices of each layer that write
into the residual stream (attention output, MLP output), so that a layer starts as the identity. At these widths
GPT-2's constant 0.02 leaves the model on its first plateau.
"""

import math

import torch
from torch import nn
from transformers import ModernBertConfig, ModernBertForMaskedLM, PreTrainedModel, Qwen3Config, Qwen3ForCausalLM

from core.training.tokenizer import CONTEXT, SPECIAL, VOCABULARY

WIDTH, HIDDEN_MLP, LAYERS, HEADS = 192, 384, 4, 4
ROPE_THETA = 10_000.0
KINDS = {"encoder": "masked", "decoder": "causal"}


def encoder() -> ModernBertForMaskedLM:
    """Bidirectional, rotary positions, pre-norm, GeGLU; every layer looks at the whole sentence."""
    config = ModernBertConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        intermediate_size=HIDDEN_MLP,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=CONTEXT,
        layer_types=["full_attention"] * LAYERS,
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


def decoder() -> Qwen3ForCausalLM:
    """Causal, rotary positions, RMS norm, QK-norm, SwiGLU, tied embedding."""
    config = Qwen3Config(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        intermediate_size=HIDDEN_MLP,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        head_dim=WIDTH // HEADS,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        pad_token_id=SPECIAL.index("[PAD]"),
        bos_token_id=SPECIAL.index("[BOS]"),
        eos_token_id=SPECIAL.index("[EOS]"),
    )
    return Qwen3ForCausalLM(config)


ARCHITECTURES = {"encoder": encoder, "decoder": decoder}
RESIDUAL_WRITERS = ("attn.Wo", "mlp.Wo", "o_proj", "down_proj")


@torch.no_grad()
def initialise(model: PreTrainedModel) -> None:
    """Set every weight of the model, in place (see the module's docstring)."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            std = 0.0 if name.endswith(RESIDUAL_WRITERS) else 1 / math.sqrt(module.in_features)
            nn.init.normal_(module.weight, 0.0, std)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, 0.0, 1 / math.sqrt(module.embedding_dim))
    # A tied output shares the embedding's tensor and has been set with it, whichever came last.
