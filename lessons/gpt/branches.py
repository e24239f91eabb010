"""The texts that a reader lets grow from one beginning: several branches, each a row of token ids.

In the address of the page they are written "12.7.30_12.8": an underscore between branches, a dot between tokens.
"""

import numpy as np

from core.sampling import Sampling, draw, filtered
from lessons.gpt.lab import LiveLab

MAX_BRANCHES = 4

Branch = tuple[int, ...]


def read(written: str, vocabulary: int, room: int, end: int | None) -> list[Branch]:
    """Return the branches of an address, at least one, none longer than `room`; nothing follows an end token.

    A branch ends before what is no id of the vocabulary.
    """
    return [_branch(part, vocabulary, room, end) for part in written.split("_")[:MAX_BRANCHES]]


def _branch(written: str, vocabulary: int, room: int, end: int | None) -> Branch:
    ids: list[int] = []
    for part in written.split("."):
        if not (part.isascii() and part.isdecimal() and len(part) < 9 and int(part) < vocabulary) or len(ids) == room:
            break
        ids.append(int(part))
        if ids[-1] == end:
            break
    return tuple(ids)


def write(branches: list[Branch]) -> str:
    """Return the branches as `read` reads them."""
    return "_".join(".".join(map(str, branch)) for branch in branches)


def ended(branch: Branch, end: int | None) -> bool:
    return bool(branch) and branch[-1] == end


def carry_on(lab: LiveLab, prompt: str, branch: Branch, sampling: Sampling, number: int, count: int) -> Branch:
    """Return the branch with up to `count` tokens drawn more: until its end or that of the context.

    Each draw has a generator of its own, seeded with the seed, the branch's number and the length so far: a step back
    and another draw give the same token, another branch or seed another one.
    """
    room = lab.limit - lab.used(prompt)
    for _ in range(count):
        if len(branch) >= room or ended(branch, lab.end):
            break
        logits = lab.follow(prompt, branch).next.logits
        assert logits is not None
        rng = np.random.default_rng([sampling.seed, number, len(branch)])
        branch = (*branch, draw(filtered(logits, sampling), rng))
    return branch
