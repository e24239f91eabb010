"""④ The figure of the paper, ours beside theirs: accuracy against the number of examples, for each size."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.prompting import family, points
from core.prompting.points import SHOTS, Point
from lessons import widgets
from lessons.few_shot import curves
from lessons.few_shot.steps import again
from lessons.few_shot.steps.measured import (
    POINTS_COMMAND,
    TASKS,
    interval,
    missing,
    pills,
    recorded,
    size_name,
    text_name,
)
from lessons.few_shot.steps.scene import LESSON, Scene, badge_recorded
from lessons.scenes import guessed
from lessons.text import plain, toml

BOTH = "both"
DEFAULTS = {
    "cg": TASKS[0],  # the group of tasks,
    "ct": family.TEXTS[0],  # the training texts that are shown,
    "cp": "symbols",  # the task of the paper,
    **again.DEFAULTS,
}

Levels = dict[str, tuple[str, Mapping[int, float]]]


def curve(scene: Scene) -> None:
    """④ The figure of the paper, ours beside theirs: accuracy against the number of examples, for each size."""
    say = scene.say
    again.keep()
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("curve")
    with right:
        names = [size_name(say, size) for size in family.SIZES]
        guess = guessed(scene, "curve", say("curve_ask", shots=SHOTS[-1]), names)
        if guess is not None:
            group = pills(scene, say("group_label"), "cg", TASKS, lambda task: say(f"group_{_short(task)}"))
            st.caption(say(f"group_{_short(group)}_about"))
            _verdict(scene, group, guess, names)
    if guess is None:
        return
    ours, theirs = st.columns([7, 5], gap="large")
    with ours:
        _ours(scene, group)
    with theirs:
        _theirs(scene)
    _compared(scene)
    st.divider()
    again.again(scene, group)


def _short(task: str) -> str:
    return task.removeprefix("kana-")


# -- the guess --------------------------------------------------------------------------------------------------------


def _verdict(scene: Scene, group: str, guess: int, names: Sequence[str]) -> None:
    """Say how much each size gains from the examples, and whether the guess was right."""
    say, found = scene.say, {(one.size, one.shots): one for one in recorded(group, family.TEXTS[:1])}
    if not found:
        return
    gained = [100 * (found[size, SHOTS[-1]].accuracy - found[size, 0].accuracy) for size in family.SIZES]
    best = max(range(len(gained)), key=gained.__getitem__)
    each = say("list_comma").join(
        say("curve_gain", size=name, points=f"{gain:+.0f}") for name, gain in zip(names, gained, strict=True)
    )
    told = plain(say("curve_told", size=names[best], shots=SHOTS[-1], each=each))
    if guess < 0:
        st.info(told)
    elif guess == best:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=plain(names[guess]))} {told}")
    st.markdown(plain(_certain(scene, found, names)))


def _certain(scene: Scene, found: Mapping[tuple[str, int], Point], names: Sequence[str]) -> str:
    """Return whether the largest models are better than the smallest, and with examples than without, for certain."""
    say, most = scene.say, SHOTS[-1]
    small, large = (found[size, most] for size in (family.SIZES[0], family.SIZES[-1]))
    facts = {"shots": most, "small": names[0], "large": names[-1], "one": _with(small), "two": _with(large)}
    told = [say("curve_apart" if small.interval[1] < large.interval[0] else "curve_touch", **facts)]
    if large.interval[0] <= found[family.SIZES[-1], 0].interval[1]:
        told.append(say("curve_flat", shots=most, large=names[-1]))
    return " ".join(told)


def _with(point: Point) -> str:
    return f"{point.accuracy:.0%} ({interval(*point.interval)})"


# -- ours -------------------------------------------------------------------------------------------------------------


def _ours(scene: Scene, group: str) -> None:
    say = scene.say
    st.markdown(f"##### {say('curve_ours')}")
    choices = (BOTH, *family.TEXTS)
    shown = pills(scene, say("texts_label"), "ct", choices, lambda text: text_name(say, text))
    texts = family.TEXTS if shown == BOTH else (shown,)
    found = recorded(group, texts)
    marks = _marks(scene, group, texts)
    if found:
        badge_recorded(scene, POINTS_COMMAND)
    else:
        missing(scene)
    if not found and not marks:
        return
    lines = [_line(scene, found, size, text) for text in texts for size in family.SIZES if found]
    levels: Levels = {}
    if found:
        levels["chance"] = (say("curve_chance"), {shots: points.chance(group) for shots in SHOTS})
        levels["optimum"] = (say("curve_optimum"), points.optimum(group))
    axes = say("axis_shots"), say("axis_accuracy")
    note = say(f"curve_note_{shown}")
    chart = curves.accuracy(lines, SHOTS, axes=axes, levels=levels, marks=marks, note=note)
    widgets.figure(chart, "curve:ours", _alt(scene, lines, marks))
    _table(scene, lines, levels, marks)
    if found:
        one = found[0]
        st.caption(say("curve_help", seeds=len(one.right), episodes=one.total))


def _line(scene: Scene, found: Sequence[Point], size: str, text: str) -> curves.Line:
    own = [one for one in found if (one.size, one.text) == (size, text)]
    name = size_name(scene.say, size)
    dashed = text != family.TEXTS[0]
    return curves.Line(
        f"{name} {scene.say('text_mark')}" if dashed else name,
        family.SIZES.index(size),
        {one.shots: one.accuracy for one in own},
        {one.shots: one.interval for one in own},
        dashed,
    )


def _marks(scene: Scene, group: str, texts: Sequence[str]) -> list[curves.Mark]:
    """Return the live measurements of this group that belong to what is shown."""
    say = scene.say
    return [
        curves.Mark(
            say("curve_mark", size=size, text=text_name(say, text)), found.shots, found.accuracy, found.interval
        )
        for size, text, found in st.session_state.get(again.MARKS, [])
        if found.task == group and text in texts
    ]


def _alt(scene: Scene, lines: Sequence[curves.Line], marks: Sequence[curves.Mark]) -> str:
    told = [
        scene.say("curve_alt", name=line.name, first=f"{line.shares[0]:.0%}", last=f"{line.shares[SHOTS[-1]]:.0%}")
        for line in lines
    ]
    return "; ".join(told + [f"{mark.name} ({mark.shots}): {mark.share:.0%}" for mark in marks])


def _table(scene: Scene, lines: Sequence[curves.Line], levels: Levels, marks: Sequence[curves.Mark]) -> None:
    rows = [
        (line.name, [f"{line.shares[shots]:.0%} ({interval(*line.intervals[shots])})" for shots in SHOTS])
        for line in lines
    ]
    rows += [(name, [f"{shares[s]:.0%}" if s in shares else "–" for s in SHOTS]) for name, shares in levels.values()]
    rows += [
        (mark.name, [f"{mark.share:.0%} ({interval(*mark.interval)})" if s == mark.shots else "–" for s in SHOTS])
        for mark in marks
    ]
    widgets.table(scene.say, "curve:table", [scene.say("column_shots", shots=shots) for shots in SHOTS], rows)


# -- theirs -----------------------------------------------------------------------------------------------------------


def _theirs(scene: Scene) -> None:
    say, paper = scene.say, toml(LESSON, "paper")
    st.markdown(f"##### {say('curve_theirs')}")
    known = {task["name"]: task for task in paper["task"]}
    name = pills(scene, say("paper_label"), "cp", list(known), lambda one: known[one][say.lang])
    task = known[name]
    st.badge(say("badge_paper"), color="violet", icon=":material/menu_book:")
    found = list(zip(paper["sizes"], zip(task["zero"], task["one"], task["few"], strict=True), strict=True))
    axes = say("axis_shots"), say("axis_accuracy")
    note = say("curve_note_paper", source=paper["source"])
    chart = curves.published(found, paper["shots"], axes=axes, note=note)
    alt = "; ".join(f"{size}: " + ", ".join(f"{share:g}%" for share in shares) for size, shares in found)
    widgets.figure(chart, "curve:theirs", alt)
    header = [say("column_shots", shots=shots) for shots in paper["shots"]]
    rows = [(size, [f"{share:g}%" for share in shares]) for size, shares in reversed(found)]
    widgets.table(say, "curve:theirs:table", header, rows)
    facts = {"source": paper["source"], "table": paper["table"], "page": paper["page"]}
    st.caption(
        say("paper_source", **facts, link=paper["address"]) + " " + plain(say("paper_task", example=task["example"]))
    )


def _compared(scene: Scene) -> None:
    """Say what is the same in the two figures, and what is not."""
    say = scene.say
    with st.container(border=True):
        same, differs = st.columns(2, gap="large")
        same.markdown(f"**{say('same_title')}**\n\n{say('same_list')}")
        differs.markdown(f"**{say('differs_title')}**\n\n{say('differs_list')}")
