"""What happens inside a model between the text and the answer.

    trace(seq2seq, "とりがなく", "鳥が").stage("encoder", "self_attention", 0).output    # (piece, width)
    beliefs(encoder, "鳥が[MASK]。").layers[3][0].token                                  # what layer 3 would answer

Both are recorded while the model itself answers an ordinary question, in the same run (core.watching).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import MarianMTModel

from core import runtime
from core.causal import CausalLM
from core.errors import UnsupportedModel
from core.language_model import TOLERANCE, LanguageModel
from core.maps import Floats
from core.masked import Candidate, MaskedLM
from core.seq2seq import Seq2SeqLM
from core.stages import Beliefs, Part, Stage, Trace
from core.watching import Module, Seen, watching

__all__ = ["Beliefs", "Part", "Stage", "Trace", "beliefs", "trace"]

FINAL_NORMS = ("norm", "final_norm", "ln_f", "final_layer_norm", "final_layernorm")  # beside the layers; BERT has none
HEADS = (("cls",), ("head", "decoder"), ("lm_head",), ("embed_out",))  # each a chain, from states to logits


def trace(model: Seq2SeqLM, text: str, written: str | Sequence[int] = "", k: int = 10) -> Trace:
    """Return every stage of one run: the encoder reads the text, the decoder what is `written` so far.

    `written`: a text, or the ids of tokens (of Seq2SeqStep: a text of its own might be cut into others).
    Raises UnsupportedModel unless the model is a Marian one, built as in the paper (Vaswani et al. 2017, figure 1), and
    the errors of `tokens`; IndexError for no such id.
    """
    whole = model.model
    if not isinstance(whole, MarianMTModel):
        raise _unsupported(model)
    stacks: tuple[tuple[Part, Any], ...] = (("encoder", whole.model.encoder), ("decoder", whole.model.decoder))
    inside = [module for _, stack in stacks for module in _watched(stack)]
    with watching([whole, whole.lm_head, *inside]) as seen:
        maps = model.attention(text, target=written)
    logits = seen.gave(whole).logits
    probabilities = torch.softmax(logits, dim=-1)
    answer = _array(logits)
    output = (
        Stage("output", None, "linear", (_array(seen.given(whole.lm_head)),), answer),
        Stage("output", None, "softmax", (answer,), _array(probabilities)),
    )
    stages = (*(stage for part, stack in stacks for stage in _stages(part, stack, seen)), *output)
    candidates, _ = _likeliest(model, probabilities[0, -1], k)
    return Trace(maps.encoder.tokens, maps.decoder.tokens, stages, maps, candidates)


def beliefs(model: MaskedLM | CausalLM, text: str, k: int = 5, words: Sequence[str] = ()) -> Beliefs:
    """Return what each layer would answer at the first [MASK], or for the next word.

    The model's final norm and output head read the residual stream after every layer (nostalgebraist 2020, "interpreting
    GPT: the logit lens"). Raises NoMask, TooManyMasks, the errors of `tokens`, and UnsupportedModel where norm and head
    are not found or do not turn the last layer's stream into the model's own answer.
    """
    layers, read = _lens(model)
    with watching([model.model, *layers]) as seen:
        position = _ask(model, text)
    tokens = model.tokens(text)
    place = tokens[position].last - 1
    own = seen.gave(model.model).logits[0, place].float()
    try:
        streams = torch.stack([seen.given(layers[0]), *map(seen.gave, layers)])[:, :, place]
        with runtime.slot(), torch.inference_mode():
            logits = read(streams)[:, 0].float()
    except (LookupError, RuntimeError) as error:  # layers that are called in another way, or sizes that do not fit
        raise _unsupported(model) from error
    if not torch.allclose(logits[-1], own, atol=TOLERANCE):
        raise _unsupported(model)
    probabilities = torch.softmax(torch.cat([logits[:-1], own.unsqueeze(0)]), dim=-1)
    candidates, ids = zip(*(_likeliest(model, row, k) for row in probabilities), strict=True)
    probs = _read_only(probabilities)
    courses = {word: probs[:, entry] for word in model.words(words) if (entry := _entry(model, word)) is not None}
    return Beliefs(tokens, position, candidates, ids, probs, courses)


@dataclass(frozen=True)
class _Sublayer:
    """What is watched of one sublayer: the maps that read its inputs, its last map, and the norm behind it."""

    block: str
    readers: tuple[Module, ...]
    last: Module
    norm: Module


def _sublayers(layer: Any) -> list[_Sublayer]:
    own, cross = layer.self_attn, getattr(layer, "encoder_attn", None)
    found = [
        _Sublayer("self_attention", (own.q_proj,), own.out_proj, layer.self_attn_layer_norm),
        _Sublayer("feed_forward", (layer.fc1,), layer.fc2, layer.final_layer_norm),
    ]
    if cross is not None:
        readers = (cross.q_proj, cross.k_proj)
        found.insert(1, _Sublayer("cross_attention", readers, cross.out_proj, layer.encoder_attn_layer_norm))
    return found


def _watched(stack: Any) -> Iterator[Module]:
    """Yield the modules of an encoder or decoder whose inputs and outputs make up its stages."""
    yield from (stack.embed_tokens, stack.embed_positions)
    for sublayer in (sublayer for layer in stack.layers for sublayer in _sublayers(layer)):
        yield from (*sublayer.readers, sublayer.last, sublayer.norm)


def _stages(part: Part, stack: Any, seen: Seen) -> Iterator[Stage]:
    """Yield the stages of an encoder or decoder, from its embedding to its last layer."""
    rows = seen.gave(stack.embed_tokens)
    embedded, summed = _array(rows * stack.embed_scale), _array(seen.given(stack.layers[0].self_attn.q_proj))
    yield Stage(part, None, "embedding", (_array(rows),), embedded)
    yield Stage(part, None, "position", (embedded, _array(seen.gave(stack.embed_positions))), summed)
    for index, layer in enumerate(stack.layers):
        for number, sub in enumerate(_sublayers(layer), 1):
            given = tuple(_array(seen.given(reader)) for reader in sub.readers)
            output = _array(seen.gave(sub.last))
            yield Stage(part, index, sub.block, given, output, _array(seen.given(sub.last)))
            normed, total = _array(seen.gave(sub.norm)), _array(seen.given(sub.norm))
            yield Stage(part, index, f"add_norm_{number}", (output, given[0]), normed, total)


def _ask(model: MaskedLM | CausalLM, text: str) -> int:
    """Let the model answer; return the position of the token where the answer is read."""
    if isinstance(model, MaskedLM):
        return model.fill(text, 1)[0].position
    model.next(text, 1)
    return len(model.tokens(text)) - 1


def _lens(model: LanguageModel) -> tuple[list[Module], Callable[[torch.Tensor], torch.Tensor]]:
    """Return the layers of a model, and what turns the stream after one of them into logits. Raises UnsupportedModel."""
    whole = model.model
    stacks = (
        (owner, list(layers))
        for owner in whole.base_model.modules()
        for layers in owner.children()
        if isinstance(layers, torch.nn.ModuleList) and len(layers) == model.layers
    )
    owner, layers = next(stacks, (None, []))
    norm = next((found for name in FINAL_NORMS if (found := getattr(owner, name, None)) is not None), None)
    chain = next((names for names in HEADS if all(getattr(whole, name, None) is not None for name in names)), ())
    if owner is None or not chain:
        raise _unsupported(model)
    readers = [*([norm] if norm is not None else []), *(getattr(whole, name) for name in chain)]
    return layers, torch.nn.Sequential(*readers)


def _entry(model: LanguageModel, word: str) -> int | None:
    """Return the id of a word that is one entry of the vocabulary, None for others."""
    ids = model.tokenizer(word, add_special_tokens=False, verbose=False)["input_ids"]
    return int(ids[0]) if len(ids) == 1 and ids[0] != model.tokenizer.unk_token_id else None


def _likeliest(
    model: MaskedLM | CausalLM | Seq2SeqLM, probabilities: torch.Tensor, k: int
) -> tuple[tuple[Candidate, ...], tuple[int, ...]]:
    """Return the k likeliest entries of the vocabulary, the likeliest first, and their ids."""
    top = torch.topk(probabilities, min(k, len(probabilities)))
    ids = tuple(top.indices.tolist())
    return tuple(Candidate(model.word(i), p) for i, p in zip(ids, top.values.tolist(), strict=True)), ids


def _array(tensor: torch.Tensor) -> Floats:
    """Return the rows (piece, …) of the only text of a batch, read-only: they may be shared between stages."""
    return _read_only(tensor[0] if tensor.dim() == 3 else tensor)


def _read_only(tensor: torch.Tensor) -> Floats:
    array: Floats = tensor.float().numpy()
    array.setflags(write=False)
    return array


def _unsupported(model: LanguageModel) -> UnsupportedModel:
    return UnsupportedModel(name=model.card.name, kind=type(model.model).__name__)
