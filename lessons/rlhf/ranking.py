"""The cards that are ranked: dragged into places with the mouse or a finger, or moved with keys and buttons.

Nothing is sent while cards move. The half-made order stays in the browser; the finished one comes back once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from lessons.components import sent
from lessons.rlhf.tables import Table, read_groups
from lessons.text import Strings

FOLDER = Path(__file__).parent
SCRIPTS = ("ranking_places.js", "ranking.js")
STYLE = Path(__file__).with_suffix(".css")
KEY = "rlhf:cards"
WORDS = (  # strings of the lesson that the cards say
    "cards_label",
    "cards_help",
    "cards_place",
    "cards_up",
    "cards_down",
    "cards_tie",
    "cards_untie",
    "cards_same",
    "cards_done",
    "cards_card",
    "cards_moved",
    "cards_moved_tie",
)


def cards(
    say: Strings,
    table: Table,
    on_ranked: Callable[[list[int]], None],
    *,
    groups: Sequence[Sequence[int]] | None = None,
    done: str = "",
    post: Mapping[str, str] | None = None,
) -> None:
    """Draw the cards of a table; `on_ranked` is called with the place of each when the reader has finished.

    groups: the order to begin with, if it is not that of the table; `done`: the table that was ranked last.
    post: makes the browser send the finished ranking again until other cards are drawn, also after a reload; `ballot`
    names it, `sending` and `slow` are what the reader is told meanwhile. `on_ranked` may then be called twice.
    """

    def ranked() -> None:
        found = sent(KEY, "ranked")
        if not isinstance(found, Mapping) or found.get("id") != table.id:
            return
        try:
            given = read_groups(str(found.get("groups")), len(table.answers))
        except ValueError:
            return
        on_ranked(given)

    data = {
        "id": table.id,
        "table": table.written,
        "cards": [one.text for one in table.answers],
        "groups": groups or [[number] for number in range(len(table.answers))],
        "done": done,
        "post": None if post is None else dict(post),
        "says": {name.removeprefix("cards_"): say(name) for name in WORDS},
    }
    _component()(key=KEY, data=data, on_ranked_change=ranked)


@cache
def _component() -> Any:
    script = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return st.components.v2.component("kotori_cards", js=script, css=STYLE.read_text(encoding="utf-8"))
