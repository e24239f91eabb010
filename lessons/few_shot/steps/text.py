"""⑤ Two training texts with the same lines in another order, and what becomes of learning from examples."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from core.prompting import family, points
from lessons import widgets
from lessons.few_shot import curves
from lessons.few_shot.lab import RECORDED
from lessons.few_shot.steps.measured import (
    POINTS_COMMAND,
    TASKS,
    interval,
    missing,
    pills,
    size_name,
    text_name,
)
from lessons.few_shot.steps.scene import Scene, badge_recorded
from lessons.scenes import guessed
from lessons.text import plain

DEFAULTS = {"xg": TASKS[0]}  # the group of tasks
ROWS = RECORDED / "rows.json"
COLOURS = ("blue", "orange", "green", "violet", "red")
NUMBERS = "①②③④⑤"
FEW, BEFORE = 8, 0  # examples that are compared
MUCH, SOME = 0.20, 0.05  # of accuracy: a large difference, and one at all
WAYS = ("much", "some", "none", "less")

State = tuple[float, curves.Interval]


def text(scene: Scene) -> None:
    """⑤ Two training texts with the same lines in another order, and what becomes of learning from examples."""
    say = scene.say
    scene.heading("text")
    if ROWS.is_file():
        _rows(scene)
    facts = {"much": f"{100 * MUCH:.0f}", "some": f"{100 * SOME:.0f}"}
    ways = [say(f"text_way_{way}", **facts) for way in WAYS]
    guess = guessed(scene, "text", say("text_ask", shots=FEW, size=size_name(say, family.SIZES[-1])), ways)
    if guess is None:
        return
    if not points.is_there():
        missing(scene)
        return
    group = pills(scene, say("group_label"), "xg", TASKS, lambda task: say(f"group_{task.removeprefix('kana-')}"))
    _verdict(scene, group, guess, ways)
    _figure(scene, group)


@cache
def _recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ROWS.read_text(encoding="utf-8"))
    return found


def _rows(scene: Scene) -> None:
    """Show rows of both texts, each line with the number of the row that it stands in among the sequences."""
    say, found = scene.say, _recorded()
    badge_recorded(scene, found["command"])
    for column, kind in zip(st.columns(2, gap="large"), family.TEXTS, strict=True):
        with column:
            st.markdown(f"**{text_name(say, kind)}**")
            for row in found[kind]:
                with st.container(border=True):
                    st.markdown(" ".join(map(_chip, row)))
    st.caption(say("rows_help", rows=len(found[family.TEXTS[0]])))


def _chip(line: dict[str, Any]) -> str:
    """Return a line with the number of its row, in the row's colour."""
    origin = line["row"]
    return f":{COLOURS[origin]}-badge[{NUMBERS[origin]} {plain(line['text'])}]"


def _state(group: str, kind: str, size: str, shots: int) -> State:
    found = next(
        one for one in points.points() if (one.task, one.text, one.size, one.shots) == (group, kind, size, shots)
    )
    return found.accuracy, found.interval


def _verdict(scene: Scene, group: str, guess: int, ways: Sequence[str]) -> None:
    """Say how far apart the largest models of the two texts are after some examples."""
    say, size = scene.say, family.SIZES[-1]
    (one, first), (two, second) = (_state(group, kind, size, FEW) for kind in family.TEXTS)
    right = 0 if one - two >= MUCH else 1 if one - two >= SOME else 2 if one - two > -SOME else 3
    facts = {"sequences": f"{one:.0%}", "mixed": f"{two:.0%}", "points": f"{100 * (one - two):+.0f}"}
    told = say(
        "text_told", **facts, shots=FEW, size=size_name(say, size), group=say(f"group_{group.removeprefix('kana-')}")
    )
    if first[0] <= second[1] and second[0] <= first[1]:
        told += say("text_overlap")
    told = plain(told)
    if guess < 0:
        st.info(told)
    elif guess == right:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=plain(ways[guess]))} {told}")


def _figure(scene: Scene, group: str) -> None:
    say = scene.say
    badge_recorded(scene, POINTS_COMMAND)
    sizes = [size_name(say, size) for size in family.SIZES]
    names = [text_name(say, kind) for kind in family.TEXTS]
    states = [
        [(_state(group, kind, size, BEFORE), _state(group, kind, size, FEW)) for size in family.SIZES]
        for kind in family.TEXTS
    ]
    ends = say("column_shots", shots=BEFORE), say("column_shots", shots=FEW)
    rows = [
        (f"{size} {name}", [f"{share:.0%} ({interval(*bounds)})" for share, bounds in pair])
        for name, row in zip(names, states, strict=True)
        for size, pair in zip(sizes, row, strict=True)
    ]
    alt = "; ".join(f"{name}: {cells[0]} → {cells[1]}" for name, cells in rows)
    chart = curves.gains(sizes, names, states, axis=say("axis_accuracy"), ends=ends)
    widgets.figure(chart, "text:gains", alt)
    st.caption(say("gains_help", before=BEFORE, after=FEW))
    widgets.table(say, "text:table", ends, rows)
