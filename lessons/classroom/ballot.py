"""What a learner answers with: large buttons or a text box in the browser, which does not lose an answer.

The browser keeps an answer until the server says that it was accepted, and sends it again after a reload or when the
network is back. The same answer again does no harm (core.classroom), so nothing is counted twice.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import CoreError, DatabaseAway
from lessons.classroom import seats
from lessons.classroom.office import office
from lessons.classroom.scene import Scene
from lessons.components import sent

FOLDER = Path(__file__).parent
KEY = "class:ballot"
LONGEST_BALLOT = 64  # characters of the number that the browser gives an answer
WORDS = ("choose", "label", "write", "send", "sending", "slow", "late", "accepted", "change", "closed", "yours")


def choice(scene: Scene, options: Sequence[str]) -> None:
    """Draw a button for each option; the answer is the number of one."""

    def read(answer: str) -> str | None:
        return answer if answer in map(str, range(len(options))) else None

    _draw(scene, read, {"options": list(options), "longest": 0})


def word(scene: Scene, longest: int, read: Callable[[str], str | None]) -> None:
    """Draw a text box. `read` returns the answer as it is stored, None if it is none."""
    _draw(scene, read, {"options": None, "longest": longest})


def _draw(scene: Scene, read: Callable[[str], str | None], more: Mapping[str, object]) -> None:
    here = seats.seat()
    if here is None or here.member is None:
        return
    member, asked = here.member, scene.asked

    def voted() -> None:
        found = sent(KEY, "vote")
        if not isinstance(found, Mapping) or found.get("activity") != asked.id:
            return
        number, answer = str(found.get("ballot"))[:LONGEST_BALLOT], read(str(found.get("answer")))
        if answer is None:
            return
        try:
            office().vote(member, asked.id, answer)
        except DatabaseAway:
            return  # the browser sends it again
        except CoreError as error:
            here.refused = (asked.id, number, error)
            return
        here.mine.setdefault(asked.id, {})[0] = answer
        here.received, here.refused = number, None

    about, number, refused = here.refused or (0, "", None)
    data = {
        "room": f"{member.code}/{member.id}",
        "activity": asked.id,
        "open": asked.state == "open",
        "accepted": scene.mine.get(0),
        "received": here.received,
        "refused": number,
        "why": refused.message(scene.say.lang) if refused and about == asked.id else "",
        "says": {name: scene.say(f"ballot_{name}") for name in WORDS},
        **more,
    }
    _component()(key=KEY, data=data, on_vote_change=voted)


@cache
def _component() -> Any:
    script, style = (FOLDER / f"ballot.{end}" for end in ("js", "css"))
    return st.components.v2.component(
        "kotori_ballot", js=script.read_text(encoding="utf-8"), css=style.read_text(encoding="utf-8")
    )
