"""What an encoder–decoder would write if something were taken away: edges of its attention, or the places of the letters.

    following(model, "とりがなく", ids_of("鳥が"), cuts)         # probabilities of the next token
    write(model, "とりがなく", edges)                            # all that it writes then, always the likeliest token
    write_without_places(model, "くながりと")                    # the encoder adds no position to the embeddings

`Edges` gives the cuts for what has been read so far, because every written token adds edges.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from core import runtime
from core.attention import recording
from core.errors import UnsupportedModel
from core.maps import Cut, Floats
from core.masked import Candidate
from core.seq2seq import Seq2SeqLM
from core.tokens import Token
from core.watching import watching

Edges = Callable[[tuple[Token, ...], tuple[Token, ...]], Iterable[Cut]]  # tokens of the source, tokens of the decoder
NEAR = 5  # candidates that a step names


@dataclass(frozen=True)
class Step:
    """One written token: its id, and the likeliest tokens for its place, itself the first."""

    id: int
    candidates: tuple[Candidate, ...]


def following(model: Seq2SeqLM, text: str, written: Sequence[int] = (), cut: Iterable[Cut] = ()) -> Floats:
    """Return the probability (vocabulary,) of each next token after what is written, with the edges in `cut` removed.

    Raises the errors of `Seq2SeqLM.attention`.
    """
    with watching([model.model]) as seen:
        model.attention(text, cut, target=tuple(written))
    result: Floats = torch.softmax(seen.gave(model.model).logits[0, -1].float(), dim=-1).numpy()
    return result


def write(model: Seq2SeqLM, text: str, edges: Edges, most: int | None = None) -> tuple[Step, ...]:
    """Return what the model writes from the beginning with these edges removed in every step, the end token last.

    `most`: tokens after which it stops without an end. Raises the errors of `Seq2SeqLM.attention`.
    """

    def probabilities(written: Sequence[int]) -> torch.Tensor:
        maps = model.attention(text, target=tuple(written))
        cut = tuple(edges(maps.encoder.tokens, maps.decoder.tokens))
        return torch.from_numpy(following(model, text, written, cut))

    return tuple(_greedy(model, probabilities, most))


def write_without_places(model: Seq2SeqLM, text: str, most: int | None = None) -> tuple[Step, ...]:
    """Return what the model writes when its encoder does not learn where a letter stands.

    Attention alone knows no order: letters in any order give the same answer, up to the rounding of float32.
    Raises UnsupportedModel where the encoder has no table of positions, and the errors of `tokens`.
    """
    encoder = model.model.get_encoder()
    table = getattr(encoder, "embed_positions", None)
    if table is None or not hasattr(encoder, "embed_scale"):
        raise UnsupportedModel(name=model.card.name, kind=type(model.model).__name__)
    source = torch.tensor([model.encode(text).ids])
    with runtime.slot(), torch.inference_mode(), recording(keep=False):
        embedded = encoder.embed_tokens(source) * encoder.embed_scale
        states = encoder(inputs_embeds=embedded - table(source.shape))  # to which the encoder adds the table again

    def probabilities(written: Sequence[int]) -> torch.Tensor:
        read = torch.tensor([[model.start, *written]])
        with runtime.slot(), torch.inference_mode(), recording(keep=False):
            output: Any = model.model(encoder_outputs=states, decoder_input_ids=read, use_cache=False)
        return torch.softmax(output.logits[0, -1].float(), dim=-1)

    return tuple(_greedy(model, probabilities, most))


def _greedy(
    model: Seq2SeqLM, probabilities: Callable[[Sequence[int]], torch.Tensor], most: int | None
) -> Iterator[Step]:
    """Yield the likeliest token of each step, until the end, the limit, or `most` of them."""
    written: list[int] = []
    while len(written) < min(model.limit - 1, most or model.limit):
        values, ids = torch.topk(probabilities(written), min(NEAR, model.card.vocabulary))
        named = tuple(Candidate(model.word(i), p) for i, p in zip(ids.tolist(), values.tolist(), strict=True))
        written.append(int(ids[0]))
        yield Step(written[-1], named)
        if written[-1] == model.end:
            return
