"""A class ranks together: what everybody is asked, what each of them gets to rank, and what becomes of it.

The pooled rankings go into the workshop of the teacher's session, where the steps of the lesson fit the reward model,
show who agrees with whom, and train the policy on them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.classroom import Answer as Vote
from core.classroom import Item, Question
from core.classroom.rankings import pooled
from core.rlhf.comparisons import Answer, Log
from core.rlhf.labellers import RULES
from core.rlhf.logs import added
from core.rlhf.prompts import train_prompts
from lessons.rlhf.lab import Lab
from lessons.rlhf.tables import LEAST, Table, blind

MOST_PROMPTS = 8
RULE = "rule"  # in the data of the question: the criterion that was agreed on, "" for taste


def question(lab: Lab, text: str, rule: str, prompts: Sequence[str], seed: int = 0) -> Question:
    """Return what the class is asked: the answers of the chat model to each prompt, in an order that says nothing.

    A prompt to which the model has only one answer is left out. Raises ValueError for no or too many prompts, and the
    errors of a prompt that cannot be read (core.errors).
    """
    if not 1 <= len(prompts) <= MOST_PROMPTS:
        raise ValueError(f"1 to {MOST_PROMPTS} prompts")
    found = [lab.candidates(prompt, seed) or () for prompt in prompts]
    tables = [blind(answers, seed) for answers in found if len(answers) >= LEAST]
    return Question("rank", text, items=tuple(map(_item, tables)), data={RULE: rule})


def offered(count: int) -> tuple[str, ...]:
    """Return the first prompts of the lesson."""
    return train_prompts()[:count]


def _item(table: Table) -> Item:
    return Item(table.prompt, tuple(one.text for one in table.answers), tuple(tuple(one.ids) for one in table.answers))


def table(item: Item) -> Table:
    """Return the cards of one item."""
    ids = item.ids or ((),) * len(item.answers)
    return Table(tuple(Answer(item.prompt, known, text) for known, text in zip(ids, item.answers, strict=True)))


def turn(items: int, member: int) -> tuple[int, ...]:
    """Return the order in which a member ranks the items: each begins with another one, so that all of them are ranked
    by somebody when the time is short."""
    return tuple((member + number) % items for number in range(items))


def log_of(asked: Question, votes: Iterable[Vote]) -> Log:
    """Return everybody's rankings; the annotator is the nickname. Raises TooManyRankings."""
    found = pooled(asked, votes).rankings
    return added(Log(), (replace(one, annotator=_name(one.annotator)) for one in found))


def _name(nickname: str) -> str:
    """Return the nickname as that of a person: nobody can be called like a simulated one, or be the reader."""
    return f"{nickname}*" if nickname in (*RULES, "") else nickname
