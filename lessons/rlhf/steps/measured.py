"""What was measured once with simulated people: how well rewards and PPO do, and the same work done by TRL. Recorded."""

from statistics import fmean
from typing import Any

import streamlit as st

from core.rlhf.labellers import labeller
from core.rlhf.results import results
from lessons import widgets
from lessons.rlhf import results_figures
from lessons.rlhf.results_figures import Line
from lessons.rlhf.steps.scene import Scene

DEFAULTS = {"fe": "0"}  # how often the simulated people erred in the measurement (percent)
PERCENT = "{:.0%}"
# what is set beside TRL: the title of the column, the number, and how it is written
REWARD = {"reward_accuracy": ("reward_accuracy", PERCENT), "reward_seconds": ("reward_seconds", "{:.2f}")}
RLOO = {"win": ("rloo_win", PERCENT), "kl": ("rloo_kl", "{:.1f}"), "seconds": ("rloo_seconds", "{:.1f}")}


def measured(scene: Scene) -> None:
    """Draw the recorded measurements; a sentence while there are none."""
    say, found = scene.say, results()
    st.markdown(f"##### {say('measured_title')}")
    if found is None:
        st.caption(say("measured_none"))
        return
    widgets.badge(say, False, found["command"])
    st.markdown(say("measured_about"))
    st.caption(f"`{plain_command(found['command'])}`")
    left, right = st.columns(2, gap="large")
    with left:
        _rewards(scene, found["reward"])
    with right:
        _ppo(scene, found["ppo"])
    if "trl" in found:
        _trl(scene, found["trl"])


def plain_command(command: str) -> str:
    """Return a command for a span of code."""
    return command.replace("`", "")


def _name(scene: Scene, criterion: str) -> str:
    return labeller(criterion).title[scene.say.lang]


def _rewards(scene: Scene, rows: list[dict[str, Any]]) -> None:
    """Draw the accuracy against the number of comparisons."""
    say = scene.say
    st.markdown(f"**{say('measured_reward')}**")
    errors = [f"{one:.0f}" for one in sorted({100 * row["error"] for row in rows})]
    error = widgets.choose_one(say("few_error"), scene.state, "fe", errors, "{}%".format)
    chosen = [row for row in rows if f"{100 * row['error']:.0f}" == error]
    found = lines(scene, chosen)
    counts = sorted({row["comparisons"] for row in chosen})
    axes = say("growth_x"), say("growth_y")
    chart = results_figures.accuracies(found, axes=axes, counts=counts, chance=say("growth_chance"))
    told = {line.name: [PERCENT.format(y) for y in line.y] for line in found}
    alt = "; ".join(f"{name}: " + ", ".join(values) for name, values in told.items())
    widgets.figure(chart, "measured:reward", alt)
    widgets.table(say, "measured:reward:table", [str(one) for one in counts], list(told.items()))
    st.caption(say("measured_reward_help"))


def lines(scene: Scene, rows: list[dict[str, Any]]) -> list[Line]:
    """Return a line for each criterion and one for their mean, which comes last."""
    names = list(dict.fromkeys(row["criterion"] for row in rows))
    found = []
    for look, name in enumerate(names):
        own = sorted((row for row in rows if row["criterion"] == name), key=lambda row: row["comparisons"])
        x, y, low, high = ([row[key] for row in own] for key in ("comparisons", "accuracy", "low", "high"))
        found.append(Line(_name(scene, name), x, y, look, low=low, high=high))
    counts = sorted({row["comparisons"] for row in rows})
    means = [fmean(row["accuracy"] for row in rows if row["comparisons"] == count) for count in counts]
    return [*found, Line(scene.say("measured_mean"), counts, means, len(results_figures.LOOKS) - 1, wide=True)]


def _ppo(scene: Scene, rows: list[dict[str, Any]]) -> None:
    """Show how PPO did by the hidden rules."""
    say = scene.say
    st.markdown(f"**{say('measured_ppo')}**")
    header = [say(f"measured_column_{name}") for name in ("win", "interval", "kl", "seconds")]
    shown = [
        (
            _name(scene, row["criterion"]),
            [
                PERCENT.format(row["win"]),
                f"{row['low']:.0%}–{row['high']:.0%} ({row['pairs']})",
                f"{row['kl']:.1f}",
                f"{row['seconds']:.0f}",
            ],
        )
        for row in rows
    ]
    means = {key: fmean(row[key] for row in rows) for key in ("win", "kl", "seconds")}
    mean = [PERCENT.format(means["win"]), "", f"{means['kl']:.1f}", f"{means['seconds']:.0f}"]
    st.markdown(widgets.markdown_table(header, [*shown, (say("measured_mean"), mean)]))
    facts = {"comparisons": rows[0]["comparisons"], "trainings": rows[0]["trainings"]}
    st.caption(say("measured_ppo_help", **facts))


def _trl(scene: Scene, found: dict[str, Any]) -> None:
    """Show the same work done here and by TRL."""
    say = scene.say
    st.markdown(f"**{say('measured_trl')}**")
    widgets.badge(say, False, found["command"])
    st.caption(f"`{plain_command(found['command'])}`")
    rows = [(_name(scene, row["criterion"]), row) for row in found["rows"]]
    if "mean" in found:
        rows.append((say("measured_mean"), found["mean"]))
    for column, shown in zip(st.columns(2, gap="large"), (REWARD, RLOO), strict=True):
        header = [say(f"trl_{name}") for name in shown]
        cells = [(name, [_sides(row, *one) for one in shown.values()]) for name, row in rows]
        column.markdown(widgets.markdown_table(header, cells))
    st.caption(say("trl_help"))


def _sides(row: dict[str, Any], ours: str, form: str) -> str:
    """Return our number and TRL's; – where one was not measured."""
    return " / ".join(_number(row, key, form) for key in (ours, f"trl_{ours}"))


def _number(row: dict[str, Any], key: str, form: str) -> str:
    return form.format(row[key]) if key in row else "–"
