"""The heads that copy what followed last time: found by what they look at, shown on a prompt (Olsson et al. 2022,
"In-context Learning and Induction Heads").

Their score is the prefix matching score: the share of its attention that a head gives, from a letter, to what followed
the same letter before. `scores` takes it as in the paper, on letters drawn at random and read twice; `on_prompts` on
prompts of examples, while the answer is written: text such as the family was trained on.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core import runtime
from core.attention import recording
from core.causal import CausalLM
from core.errors import TooManyTokens, UnknownLetters
from core.maps import Floats
from core.prompting.prompt import FORMATS, prompt
from core.prompting.rules import KANA, games

ROWS, REPEATED = 8, 40  # texts, and letters of each that are read twice
TASK, SHOTS, PROMPTS, SEED = "kana-endings", 4, 16, 1  # prompts of `on_prompts`


@dataclass(frozen=True)
class Pattern:
    """The attention of every head on a text. weights (layer, head, query, key), between the tokens."""

    tokens: tuple[str, ...]
    weights: Floats


def repeated(ids: torch.Tensor, begin: int | None) -> torch.Tensor:
    """Return texts of tokens drawn from `ids`, each read twice, after the token `begin`: (ROWS, 1 + 2 · REPEATED)."""
    once = ids[torch.randint(len(ids), (ROWS, REPEATED), generator=torch.Generator().manual_seed(0))]
    start = torch.full((ROWS, 0 if begin is None else 1), begin or 0)
    return torch.cat([start, once, once], dim=1)


def matching(maps: torch.Tensor) -> torch.Tensor:
    """Return the scores (layer, head) of attention maps (layer, row, head, query, key) on the texts of `repeated`."""
    start = maps.shape[-1] - 2 * REPEATED
    queries = torch.arange(start + REPEATED, start + 2 * REPEATED - 1)
    return maps[:, :, :, queries, queries - REPEATED + 1].mean(dim=(1, 3))


def scores(model: CausalLM) -> Floats:
    """Return the score of each head (layer, head), between 0 and 1, on letters that mean nothing in this order."""
    ids = torch.tensor(model.tokenizer.convert_tokens_to_ids(KANA))
    rows = repeated(ids, model.tokenizer.bos_token_id)
    found: Floats = matching(torch.stack(_maps(model, rows))).numpy()
    return found


def on_prompts(model: CausalLM) -> Floats:
    """Return the score of each head (layer, head), between 0 and 1, while it writes the answers to PROMPTS prompts of TASK
    after SHOTS examples."""
    read, written = [], []
    for episode in range(PROMPTS):
        asked = prompt(games()[TASK].at(SEED, episode), SHOTS, FORMATS["arrow"], seed=SEED, episode=episode)
        begun = model.tokenizer(asked.text)["input_ids"]
        ids = begun + model.tokenizer(asked.answer + asked.format.after, add_special_tokens=False)["input_ids"]
        read.append(torch.tensor(ids))
        written.append(torch.arange(len(ids) - 1) >= len(begun) - 1)
    rows = torch.nn.utils.rnn.pad_sequence(read, batch_first=True)[:, :-1]  # (PROMPTS, places); nobody asks the last
    queries = torch.nn.utils.rnn.pad_sequence(written, batch_first=True)
    found: Floats = followed(torch.stack(_maps(model, rows)), rows, queries).numpy()
    return found


def followed(maps: torch.Tensor, rows: torch.Tensor, queries: torch.Tensor) -> torch.Tensor:
    """Return the scores (layer, head) of attention maps (layer, row, head, query, key) on ids (row, place), of those
    queries (row, place) whose token stood before."""
    before = torch.zeros(*rows.shape, rows.shape[1], dtype=torch.bool)
    before[:, :, 1:] = rows[:, :, None] == rows[:, None, :-1]  # the key's token follows the query's
    before = before.tril()
    asked = queries & before.any(-1)
    return (maps * before[None, :, None]).sum(-1).movedim(1, 2)[:, :, asked].mean(-1)


def pattern(model: CausalLM, text: str) -> Pattern:
    """Return what every head looks at in a text. Raises TooManyTokens and UnknownLetters."""
    ids: list[int] = model.tokenizer(text)["input_ids"]
    limit = model.card.context
    if limit and len(ids) > limit:
        raise TooManyTokens(length=len(ids), limit=limit)
    if model.tokenizer.unk_token_id in ids:
        raise UnknownLetters(letters=text[:10])
    weights = np.stack([layer[0].numpy() for layer in _maps(model, torch.tensor([ids]))])
    return Pattern(tuple(model.word(one) for one in ids), weights)


def _maps(model: CausalLM, rows: torch.Tensor) -> list[Any]:
    """Return the weights (row, head, query, key) of each layer."""
    with runtime.slot(), torch.inference_mode(), recording() as recorded:
        model.model(input_ids=rows)
    return [layer.weights for layer in recorded.layers]
