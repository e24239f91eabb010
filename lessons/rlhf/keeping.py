"""The rankings outlive a reload: the browser keeps them, and what it sends back is checked before it is believed.

A page calls `take_in` before its steps and `keep` behind them. What the browser has is taken in once a session, when
there is a model that can say which tokens an answer is made of.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import CoreError, UnreadableRankings
from core.rlhf.comparisons import Answer, Log, Ranking
from core.rlhf.logs import added, joined
from lessons.components import sent
from lessons.rlhf.lab import LiveLab
from lessons.rlhf.tables import Lain, Table
from lessons.rlhf.workshop import Workshop, workshop
from lessons.text import plain

SCRIPT = Path(__file__).with_suffix(".js")
KEY = "rlhf:keeping"
MOST_NAME = 40  # characters of an annotator
LONGEST_ANSWER = 300  # characters
PENDING, DESK, SESSION, HEARD, FORGOTTEN, WRITTEN = "pending", "desk", "session", "heard", "forgotten", "written"


@dataclass(frozen=True)
class Pending:
    """What the browser sent: its log and the table with the half-made ranking, both "" if there was none."""

    log: str
    table: str


def checked(text: str, lab: LiveLab) -> Log:
    """Return a log from a file or a browser, of which nothing is believed.

    An answer keeps its tokens if they are those of its text, else it is cut anew. Raises UnreadableRankings if it is no
    log or has what no reader of this lesson could have ranked, TooManyRankings.
    """
    found = added(Log(), Log.from_json(text).rankings)
    return Log(tuple(_checked(one, lab) for one in found.rankings))


def _checked(ranking: Ranking, lab: LiveLab) -> Ranking:
    answers = tuple(_answer(one, lab) for one in ranking.answers)
    if len(ranking.annotator) > MOST_NAME or min(ranking.places) < 1:
        raise UnreadableRankings()
    return replace(ranking, answers=answers)


def _answer(answer: Answer, lab: LiveLab) -> Answer:
    policy = lab.policy
    if len(answer.text) > LONGEST_ANSWER:
        raise UnreadableRankings()
    try:
        fits = all(0 <= one < len(policy.tokenizer) for one in answer.ids) and policy.text(answer.ids) == answer.text
        found = replace(answer, ids=policy.written(answer if fits else replace(answer, ids=())))
        policy.read_prompt(answer.prompt, len(found.ids))
    except CoreError as error:
        raise UnreadableRankings() from error
    return found


def take_in(lab: LiveLab | None, lang: str) -> None:
    """Take in what the browser has sent, if a model can check it; say so if it cannot be read."""
    shop = workshop()
    pending: Pending | None = shop.kept.get(PENDING)
    if pending is None or lab is None:
        return
    del shop.kept[PENDING]
    shop.kept[HEARD] = True
    try:
        if pending.log:
            shop.log = joined(checked(pending.log, lab), shop.log)
        if pending.table:
            table = Table(checked(pending.table, lab).rankings[0].answers)
            shop.kept[DESK] = Lain(None, table)
    except (CoreError, IndexError) as error:
        told = error if isinstance(error, CoreError) else UnreadableRankings()
        st.error(plain(told.message(lang)), icon=":material/info:")


def forget() -> None:
    """Delete every ranking, here and in the browser."""
    shop = workshop()
    shop.log = Log()
    shop.kept.pop(DESK, None)
    shop.kept[FORGOTTEN] = shop.kept.get(FORGOTTEN, 0) + 1


def keep() -> None:
    """Draw the invisible part that keeps the rankings in the browser."""
    shop = workshop()

    def stored() -> None:
        found = sent(KEY, "stored")
        if isinstance(found, Mapping) and not shop.kept.get(HEARD):
            shop.kept[PENDING] = Pending(*(str(found.get(name) or "") for name in ("log", "table")))

    data = {
        "session": shop.kept.setdefault(SESSION, uuid.uuid4().hex),
        "heard": shop.kept.get(HEARD, False),
        "waiting": PENDING in shop.kept,  # for a model
        "forgotten": shop.kept.get(FORGOTTEN, 0),
        "log": _written(shop),
    }
    _component()(key=KEY, data=data, on_stored_change=stored)


def _written(shop: Workshop) -> str:
    """Return the log as JSON, written anew only when it has changed."""
    if shop.kept.get(WRITTEN, (None,))[0] is not shop.log:
        shop.kept[WRITTEN] = (shop.log, shop.log.to_json())
    return str(shop.kept[WRITTEN][1])


@cache
def _component() -> Any:
    return st.components.v2.component("kotori_rankings", js=SCRIPT.read_text(encoding="utf-8"))
