"""The figures of the few-shot lesson's measurements, the published points, and the measurements behind the page."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import core
from core import catalogue
from core.errors import NoSuchTask
from core.prompting import family
from core.prompting.measure import Measurement
from core.prompting.rules import games
from core.prompting.tasks import tasks
from lessons.few_shot import curves, heads_figures, larger, remeasure
from lessons.few_shot.curves import Line, Mark
from lessons.few_shot.record_rows import LINES, ROWS, run
from lessons.few_shot.remeasure import Arm, Job
from lessons.few_shot.steps import cutting
from lessons.few_shot.steps.text import ROWS as RECORDED_ROWS
from lessons.text import toml

SHOTS = (0, 1, 2, 4, 8, 16)
SHARES = {shots: shots / 20 for shots in SHOTS}
INTERVALS = {shots: (max(0.0, share - 0.1), share + 0.1) for shots, share in SHARES.items()}
LINES_DRAWN = [
    Line(f"{size}{dashed}", place, SHARES, INTERVALS, dashed)
    for dashed in (False, True)
    for place, size in enumerate(family.SIZES)
]
AXES = "examples", "accuracy"

needs_family = pytest.mark.skipif(family.DEFAULT not in catalogue.fewshot(), reason="the family is not there")


# -- figures ----------------------------------------------------------------------------------------------------------


def test_sizes_differ_in_marker_as_well_as_in_colour() -> None:
    drawn = curves.accuracy(LINES_DRAWN[:4], SHOTS, axes=AXES, levels={}).data
    assert len({trace.marker.symbol for trace in drawn}) == len({trace.line.color for trace in drawn}) == 4


def test_texts_differ_in_dash_and_filling() -> None:
    solid, dashed = (
        curves.accuracy(LINES_DRAWN[start::4], SHOTS, axes=AXES, levels={}).data[start] for start in (0, 1)
    )
    assert (solid.line.dash, dashed.line.dash) == ("solid", "dash")
    assert dashed.marker.symbol.endswith("-open") and not solid.marker.symbol.endswith("-open")


def test_accuracies_are_percent_with_their_intervals() -> None:
    (line,) = curves.accuracy(LINES_DRAWN[:1], SHOTS, axes=AXES, levels={}).data
    assert list(line.y) == [100 * SHARES[shots] for shots in SHOTS]
    assert line.error_y.array[3] == pytest.approx(10) and line.error_y.arrayminus[0] == 0


def test_lines_stand_a_little_apart_and_ticks_in_their_order() -> None:
    chart = curves.accuracy(LINES_DRAWN[:4], SHOTS, axes=AXES, levels={})
    assert len({trace.x[0] for trace in chart.data}) == 4
    assert curves.accuracy(LINES_DRAWN, SHOTS, axes=AXES, levels={}).layout.height > chart.layout.height
    assert all(abs(trace.x[2] - 2) < 0.5 for trace in chart.data)
    assert list(chart.layout.xaxis.ticktext) == ["0", "1", "2", "4", "8", "16"]


def test_chance_the_best_learner_and_live_points_are_drawn() -> None:
    levels = {"chance": ("c", dict.fromkeys(SHOTS, 0.1)), "optimum": ("o", {0: 0.2, 16: 0.9})}
    marks = [Mark("now", 4, 0.3, (0.2, 0.4)), Mark("not here", 3, 0.3, (0.2, 0.4))]
    chance, optimum, mark = curves.accuracy([], SHOTS, axes=AXES, levels=levels, marks=marks).data
    assert chance.line.dash != optimum.line.dash
    assert list(optimum.x) == [0, 5] and list(optimum.y) == [20, 90]
    assert (mark.name, list(mark.x), list(mark.y)) == ("now", [3], [30])


def test_gains_join_before_and_after_for_every_size_and_text() -> None:
    states = [[((0.1, (0.0, 0.2)), (0.5, (0.4, 0.6)))] * 4, [((0.1, (0.0, 0.2)), (0.2, (0.1, 0.3)))] * 4]
    chart = curves.gains(family.SIZES, ("a", "b"), states, axis="accuracy", ends=("0", "8"))
    assert len(chart.data) == 8 and sum(trace.showlegend for trace in chart.data) == 2
    assert {tuple(trace.y) for trace in chart.data} == {(10, 50), (10, 20)}
    assert chart.data[0].marker.symbol[0] == "circle-open" and chart.data[0].marker.symbol[1] == "circle"
    places = [place for trace in chart.data for place in trace.x]
    assert len(set(places)) == len(places)


def test_course_marks_the_chosen_step() -> None:
    lines = [(name, [0.0, 0.5, 0.9]) for name in ("0", "1", "8")]
    chart = curves.course([0, 60, 120], lines, [0.01, 0.1, 0.2], axes=("step", "accuracy", "score"), at=1)
    assert chart.layout.shapes[0].x0 == 60
    assert chart.data[3].yaxis == "y2" and list(chart.data[3].y) == [0.01, 0.1, 0.2]
    assert len({trace.marker.symbol for trace in chart.data[:3]}) == 3


def test_heads_are_cells_to_click_with_the_chosen_one_framed() -> None:
    scores = np.linspace(0, 0.6, 24, dtype=np.float32).reshape(6, 4)
    hover = "{layer} {head} {score}"
    chart = heads_figures.heads(scores, axes=("head", "layer"), hover=hover, chosen=(4, 2), without=[(0, 1)])
    cells = chart.data[1]
    assert len(cells.x) == 24 and cells.hovertext[-1] == "6 4 0.60"
    frame = chart.layout.shapes[0]
    assert (frame.x0, frame.y0) == (1.5, 3.5)
    assert [note.text for note in chart.layout.annotations] == ["✂"]


def test_what_was_not_measured_is_no_zero() -> None:
    values = np.array([[0.0, np.nan]], dtype=np.float32)
    chart = heads_figures.shares(values, columns=["0", "1"], rows=["task"], axes=("", ""), chosen=None)
    assert list(chart.data[1].text) == ["0", "–"]


def test_a_letter_sees_nothing_after_it() -> None:
    weights = np.full((3, 3), 0.5, dtype=np.float32)
    z = heads_figures.attention(weights, "あ<い", axes=("", ""), hover="{query}{key}{weight}").data[0].z
    assert np.isnan(z[0][1]) and z[2][0] == 0.5


# -- the paper --------------------------------------------------------------------------------------------------------


def test_published_points_are_complete_and_name_their_place() -> None:
    paper = toml("few_shot", "paper")
    assert paper["address"].startswith("https://arxiv.org/") and paper["page"] and paper["table"]
    for task in paper["task"]:
        assert task["like"] in games()
        assert {len(task[row]) for row in ("zero", "one", "few")} == {len(paper["sizes"])}
        assert all(0 <= share <= 100 for row in ("zero", "one", "few") for share in task[row])


def test_published_figure_shows_every_size() -> None:
    paper = toml("few_shot", "paper")
    task = paper["task"][0]
    lines = list(zip(paper["sizes"], zip(task["zero"], task["one"], task["few"], strict=True), strict=True))
    chart = curves.published(lines, paper["shots"], axes=AXES, note="Brown et al.")
    assert [trace.name for trace in chart.data] == paper["sizes"]
    assert len({trace.marker.symbol for trace in chart.data}) == len(paper["sizes"])
    assert list(chart.data[-1].y) == [8.26, 45.4, 67.2]


# -- the rows of both texts -------------------------------------------------------------------------------------------


def test_recorded_rows_are_those_of_the_command() -> None:
    assert json.loads(RECORDED_ROWS.read_text(encoding="utf-8")) == run()


def test_both_texts_hold_the_same_lines_in_another_order() -> None:
    found = run()
    texts = {text: [json.dumps(line) for row in found[text] for line in row] for text in family.TEXTS}
    assert sorted(texts["sequences"]) == sorted(texts["mixed"]) and texts["sequences"] != texts["mixed"]
    assert len(texts["mixed"]) == ROWS * LINES
    assert all(len({line["row"] for line in row}) == 1 for row in found["sequences"])
    assert all(len({line["row"] for line in row}) > 1 for row in found["mixed"])


# -- measurements behind the page -------------------------------------------------------------------------------------


def ended(job: Job) -> remeasure.Look:
    for _ in range(600):
        if job.look().state == "ended":
            return job.look()
        time.sleep(0.05)
    raise AssertionError(job.look())


def faked(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[Arm]:
    """Let measurements take so long; return those that are asked for."""
    asked: list[Arm] = []

    def run_(model: Any, arm: Arm, *, episodes: int | None = None, progress: Any = None) -> Measurement:
        asked.append(arm)
        time.sleep(seconds * (episodes or 0))
        done = 0
        for done in range(1, (episodes or arm.episodes) + 1):
            if progress is not None and not progress(done, done):
                break
        return Measurement(arm.task, "fake", arm.shots, done, done, 0.1, True)

    monkeypatch.setattr(remeasure, "run", run_)
    return asked


def test_a_short_job_runs_at_once_and_keeps_every_arm(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, 0)
    look = ended(Job([Arm("a", 1, 5), Arm("b", 2, 7)], lambda: None))
    assert [one.episodes for one in look.found if one] == [5, 7]
    assert (look.done, look.total, look.error) == (12, 12, None)


def test_a_long_job_tells_how_long_it_takes_and_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, 0.01)
    job = Job([Arm("a", 1, 10_000)], lambda: None)
    for _ in range(100):
        if job.look().state == "asking":
            break
        time.sleep(0.05)
    look = job.look()
    assert look.state == "asking" and look.seconds is not None and look.seconds > remeasure.SHORT
    job.go()
    assert ended(job).found[0] is not None


def test_a_job_that_is_stopped_before_it_begins_measures_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    faked(monkeypatch, 0.01)
    job = Job([Arm("a", 1, 10_000)], lambda: None)
    job.stop()
    look = ended(job)
    assert look.found == (None,) and look.error is None


def test_a_job_that_is_stopped_on_the_way_keeps_its_episodes(monkeypatch: pytest.MonkeyPatch) -> None:
    running = threading.Event()

    def run_(model: Any, arm: Arm, *, episodes: int | None = None, progress: Any = None) -> Measurement:
        done = 0
        while progress is not None:
            done += 1
            running.set()
            time.sleep(0.01)
            if not progress(done, done):
                break
        return Measurement(arm.task, "fake", arm.shots, done, done, 0.1, True)

    monkeypatch.setattr(remeasure, "run", run_)
    job = Job([Arm("a", 1, 1000), Arm("b", 1, 1000)], lambda: None)
    assert running.wait(20)
    job.stop()
    first, second = ended(job).found
    assert first is not None and 0 < first.episodes < 1000 and second is None


def test_what_goes_wrong_is_kept_for_the_page() -> None:
    job = Job([Arm("no such task", 1, 5)], lambda: None)
    assert isinstance(ended(job).error, NoSuchTask)


def test_a_head_is_written_as_a_reader_counts() -> None:
    assert remeasure.head("5.3") == (4, 2)


def test_the_heads_of_an_experiment() -> None:
    ranked = [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert cutting.chosen(ranked, "1", (1, 0)) == ([(0, 0)], [(0, 1)])
    assert cutting.chosen(ranked, "3", (1, 0)) == (ranked[:3], [(1, 1)])
    assert cutting.chosen(ranked, cutting.OWN, (1, 0)) == ([(1, 0)], [(1, 1)])
    assert cutting.chosen(ranked, cutting.OWN, (1, 1)) == ([(1, 1)], [(1, 0)])


@needs_family
def test_a_point_is_measured_with_and_without_a_head() -> None:
    model = core.load(family.DEFAULT)
    whole = remeasure.run(model, Arm("kana-endings", 2, 3))
    without = remeasure.run(model, Arm("kana-endings", 2, 3, ((0, 0),)))
    assert (whole.episodes, without.episodes) == (3, 3)


# -- larger models ----------------------------------------------------------------------------------------------------


def test_larger_models_are_measured_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: tasks()[name] for name in ("opposites", "mood")}
    monkeypatch.setattr(larger, "tasks", lambda: few)
    monkeypatch.setattr(larger, "SHOTS", (0, 1))
    file = tmp_path / "recorded" / "larger.json"
    larger.write(["decoder-xs"], 1, file)
    first = file.read_text(encoding="utf-8")
    larger.write(["decoder-xs"], 1, file)
    assert file.read_text(encoding="utf-8") == first
    larger.recorded.cache_clear()
    (one,) = larger.recorded(file)
    assert one.name == "decoder-xs" and not one.kana and one.command.startswith(larger.COMMAND)
    assert len(one.cells) == 4 and one.at("mood", 16) is None and one.mean(16) is None
    cell = one.at("mood", 1)
    assert cell is not None and cell.episodes == 1 and cell.chance == 0.5 and 0 <= cell.interval[0] <= cell.accuracy
    mean = one.mean(1)
    assert mean is not None and 0 <= mean <= 1


def test_nothing_is_there_before_the_first_measurement(tmp_path: Path) -> None:
    assert larger.recorded(tmp_path / "none.json") == ()


def test_recorded_cells_are_possible() -> None:
    for one in larger.recorded():
        assert {cell.task for cell in one.cells} <= set(tasks())
        assert all(0 <= cell.right <= cell.episodes and cell.shots in larger.SHOTS for cell in one.cells)
