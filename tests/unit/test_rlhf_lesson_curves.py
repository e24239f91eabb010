"""The curves of a training: every number is on its panel, and the panels do not touch."""

from itertools import combinations
from typing import Any

import plotly.graph_objects as go
import pytest

from lessons.rlhf.curves import LEAST_STEPS, Panel, course

REWARD = Panel("報酬", (-0.2, 0.4, 1.7))
RULE = Panel("かくれた規則", (0.5, 0.6, 0.2), other=True)
KL = Panel("KL (ナット)", (0.0, 2.5, 12.0))


def axes(figure: go.Figure, of: str) -> list[dict[str, Any]]:
    """Return the axes of one kind, from the left."""
    layout = figure.to_dict()["layout"]
    return [layout[name] for name in sorted(layout) if name.startswith(f"{of}axis")]


@pytest.mark.parametrize("panels", [[REWARD], [REWARD, KL], [REWARD, RULE, KL, REWARD]])
def test_every_panel_has_its_line_its_axes_and_its_title(panels: list[Panel]) -> None:
    figure = course(panels, axis="更新")
    found = figure.to_dict()
    assert [tuple(line["y"]) for line in found["data"]] == [panel.values for panel in panels]
    assert all(list(line["x"]) == [1, 2, 3] for line in found["data"])
    assert len({(line["xaxis"], line["yaxis"]) for line in found["data"]}) == len(panels)
    assert [note["text"] for note in found["layout"]["annotations"]] == [f"<b>{panel.title}</b>" for panel in panels]


@pytest.mark.parametrize("count", range(1, 7))
def test_no_panel_touches_another(count: int) -> None:
    figure = course([REWARD] * count, axis="x")
    places = list(zip(*([axis["domain"] for axis in axes(figure, of)] for of in ("x", "y")), strict=True))
    for (x, y), (other_x, other_y) in combinations(places, 2):
        assert x[1] < other_x[0] or other_x[1] < x[0] or y[1] < other_y[0] or other_y[1] < y[0]
    assert min(one[0] for place in places for one in place) == pytest.approx(0)
    assert max(x[1] for x, _ in places) == max(y[1] for _, y in places) == pytest.approx(1)


def test_there_is_a_name_below_the_last_panel_of_each_column() -> None:
    names = [axis["title"]["text"] for axis in axes(course([REWARD, RULE, KL], axis="更新"), "x")]
    assert names == ["", "更新", "更新"]


def test_every_value_and_zero_are_in_sight() -> None:
    for panel, axis in zip((REWARD, RULE, KL), axes(course([REWARD, RULE, KL], axis="x"), "y"), strict=True):
        low, high = axis["range"]
        assert low <= min(0.0, *panel.values) and high > max(panel.least, *panel.values)


def test_what_the_training_does_not_raise_differs_without_colours_too() -> None:
    reward, rule = course([REWARD, RULE], axis="x").to_dict()["data"]
    assert reward["line"]["dash"] != rule["line"]["dash"]


def test_the_first_updates_do_not_fill_the_width() -> None:
    (axis,) = axes(course([Panel("報酬", (0.1,))], axis="x"), "x")
    assert axis["range"][1] > LEAST_STEPS
