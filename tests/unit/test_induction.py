"""The scores of heads, against maps whose answer is known, and on the family."""

import numpy as np
import pytest
import torch

import core
from core import catalogue
from core.errors import TooManyTokens, UnknownLetters
from core.prompting import induction
from core.prompting.family import DEFAULT
from core.prompting.induction import REPEATED, ROWS
from core.prompting.measure import measure
from core.prompting.rules import games


def maps(begin: int) -> torch.Tensor:
    """One layer with two heads: one copies what followed last time, one looks at itself."""
    length = begin + 2 * REPEATED
    looking = torch.zeros(length, length)
    for query in range(begin + REPEATED, length):
        looking[query, query - REPEATED + 1] = 1
    return torch.stack([looking, torch.eye(length)]).expand(1, ROWS, -1, -1, -1)


@pytest.mark.parametrize("begin", [0, 1])
def test_a_head_that_copies_has_the_score_one(begin: int) -> None:
    assert induction.matching(maps(begin)).tolist() == [[1.0, 0.0]]


def test_texts_are_read_twice() -> None:
    rows = induction.repeated(torch.arange(10, 60), 5)
    assert rows.shape == (ROWS, 1 + 2 * REPEATED)
    assert (rows[:, 0] == 5).all()
    assert (rows[:, 1 : 1 + REPEATED] == rows[:, 1 + REPEATED :]).all()
    assert induction.repeated(torch.arange(10, 60), None).shape == (ROWS, 2 * REPEATED)


@pytest.fixture(scope="module")
def member():
    return core.load(DEFAULT)


def test_scores_are_shares(member) -> None:
    scores = induction.scores(member)
    card = catalogue.card(DEFAULT)
    assert scores.shape == (card.layers, card.heads)
    assert (scores >= 0).all() and (scores <= 1).all()


def test_what_followed_the_same_letter_is_counted() -> None:
    rows = torch.tensor([[7, 8, 9, 7, 8]])
    looking = torch.zeros(5, 5)
    looking[3, 1], looking[4, 2], looking[4, 0] = 1.0, 0.25, 0.75
    queries = torch.tensor([[False, False, True, True, True]])  # 9 stood nowhere before: not counted
    found = induction.followed(torch.stack([looking, torch.eye(5)])[None, None], rows, queries)
    assert found.tolist() == [[(1 + 0.25) / 2, 0.0]]


def test_the_largest_model_has_a_head_that_copies_and_needs_it(member) -> None:
    scores = induction.on_prompts(member)
    layer, head = map(int, np.unravel_index(scores.argmax(), scores.shape))
    assert scores[layer, head] > 0.6
    source, asked = games()[induction.TASK], {"shots": 4, "episodes": 40, "seed": 2}
    whole, without = (measure(member, source, without=cut, **asked).right for cut in ((), [(layer, head)]))
    assert without < 0.85 * whole


def test_a_pattern_has_a_row_for_every_letter(member) -> None:
    text = "いぬ→イヌ。とけい→"
    found = induction.pattern(member, text)
    assert found.tokens[1:] == tuple(text)
    assert found.weights.shape == (member.layers, member.heads, len(text) + 1, len(text) + 1)
    assert found.weights.sum(-1) == pytest.approx(1, abs=1e-4)


def test_a_prompt_that_cannot_be_read_is_told(member) -> None:
    with pytest.raises(TooManyTokens):
        induction.pattern(member, "い" * 400)
    with pytest.raises(UnknownLetters):
        induction.pattern(member, "高い→")
