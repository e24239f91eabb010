"""The measured steps of the few-shot lesson without a browser: the figure, both texts, the heads, larger models."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import catalogue
from core.prompting import family, points
from core.prompting.points import SHOTS, Point
from core.prompting.tasks import tasks
from lessons import live
from lessons.few_shot import larger
from lessons.few_shot.lab import LiveLab, live_lab
from lessons.few_shot.larger import Cell, Measured
from lessons.few_shot.steps import cutting
from lessons.few_shot.steps import larger as larger_step
from lessons.few_shot.steps.measured import TASKS
from lessons.text import LANGUAGES, Strings, plain, toml

Open = Callable[..., AppTest]
PAGE = "few_shot"
JA = Strings(PAGE, "ja")
STEPS = ("curve", "text", "heads", "larger")
RISE = {"xs": 10, "s": 40, "m": 90, "l": 180}  # right answers of 200 with all examples, made up for this test
TIMEOUT = 120  # s


@pytest.fixture(scope="session")
def member() -> LiveLab:
    """Wait until the model is loaded; return the lab that the page asks."""
    if family.DEFAULT not in catalogue.fewshot():
        pytest.skip("the family is not there")
    return live_lab(live.wait(family.DEFAULT))


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points of which the answers are known."""
    found = tuple(
        Point(
            task,
            size,
            text,
            shots,
            tuple(RISE[size] * shots // 16 // (1 + 4 * (text == "mixed")) + d for d in range(3)),
            200,
        )
        for task in TASKS
        for size in family.SIZES
        for text in family.TEXTS
        for shots in SHOTS
    )
    monkeypatch.setattr(points, "is_there", lambda: True)
    monkeypatch.setattr(points, "points", lambda: found)
    monkeypatch.setattr(points, "chance", lambda task: 0.05)
    monkeypatch.setattr(points, "optimum", lambda task: {shots: min(1.0, 0.1 + shots / 8) for shots in SHOTS})


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> tuple[Measured, ...]:
    """Two measured models of which the answers are known."""

    def cells(right: int) -> tuple[Cell, ...]:
        return tuple(Cell(task, shots, right, 50, 0.1) for task in tasks() for shots in larger.SHOTS)

    command = f"{larger.COMMAND} small"
    found = (
        Measured("small", 1_000_000, True, command, cells(5)),
        Measured("large", 268_000_000, False, command, cells(45)),
    )
    monkeypatch.setattr(larger_step, "recorded", lambda: found)
    return found


@pytest.fixture
def none_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was measured yet."""
    monkeypatch.setattr(points, "is_there", lambda: False)
    monkeypatch.setattr(larger_step, "recorded", lambda: ())


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "success", "warning")
    return "\n".join(str(getattr(element, "value", "")) for kind in kinds for element in app.get(kind))


def figures(app: AppTest) -> set[str]:
    return {str(chart.key) for chart in app.get("plotly_chart")}


def fine(app: AppTest) -> AppTest:
    assert not app.exception
    assert not [element.value for element in app.error]
    return app


def waited(app: AppTest, job: str) -> AppTest:
    """Run the page again until a job has ended; say "go" if it asks."""
    end = time.monotonic() + TIMEOUT
    while job in app.session_state:
        assert time.monotonic() < end
        app.session_state[job].go()
        time.sleep(0.1)
        app.run()
    return app


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens(open_page: Open, member: LiveLab, made_up: None, step: str, lang: str) -> None:
    fine(open_page(PAGE, step=step, lang=lang))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_not_measured_is_said(open_page: Open, member: LiveLab, none_recorded: None, lang: str) -> None:
    say = Strings(PAGE, lang)
    app = press(fine(open_page(PAGE, step="curve", lang=lang)), "guess:skip")
    assert "python -m core.training.fewshot measure" in texts(fine(app))
    assert figures(app) == {"curve:theirs"}
    app = press(fine(open_page(PAGE, step="text", lang=lang)), "guess:skip")
    assert "python -m core.training.fewshot measure" in texts(fine(app)) and not figures(app)
    app = fine(open_page(PAGE, step="larger", lang=lang))
    assert say("larger_missing") in texts(app) and any(larger.COMMAND in code.value for code in app.code)


# -- ④ ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_guess_is_compared_with_the_points(open_page: Open, member: LiveLab, made_up: None, lang: str) -> None:
    say = Strings(PAGE, lang)
    app = open_page(PAGE, step="curve", lang=lang)
    assert not figures(app)
    app.radio(key="few_shot:guess:curve:radio").set_value(3).run()
    press(app, "guess:do")
    assert figures(fine(app)) == {"curve:ours", "curve:theirs"}
    assert any(say("guess_right") in box.value for box in app.success)
    assert "few_shot/curve" in app.session_state["progress"]


def test_groups_texts_and_tables(open_page: Open, member: LiveLab, made_up: None) -> None:
    app = press(open_page(PAGE, step="curve"), "guess:skip")
    app.button_group(key="few_shot:cg").set_value("kana-labels").run()
    app.button_group(key="few_shot:ct").set_value("mixed").run()
    app.toggle(key="curve:table").set_value(True).run()
    app.toggle(key="curve:theirs:table").set_value(True).run()
    assert JA("group_labels_about") in texts(fine(app))
    assert "67\\.2%" in texts(app) and "18%" in texts(app)
    kept = {name: app.query_params[name] for name in ("cg", "ct")}
    assert kept in ({"cg": "kana-labels", "ct": "mixed"}, {"cg": ["kana-labels"], "ct": ["mixed"]})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_not_certain_is_said(open_page: Open, member: LiveLab, lang: str) -> None:
    """Of the recorded points: larger models are better, but not at rules put together."""
    say = Strings(PAGE, lang)
    app = press(open_page(PAGE, step="curve", lang=lang, cg="kana-rules"), "guess:skip")
    apart, touch, flat = (plain(say(f"curve_{name}").split("}")[-1]) for name in ("apart", "touch", "flat"))
    assert apart in texts(fine(app)) and touch not in texts(app) and flat not in texts(app)
    app.button_group(key="few_shot:cg").set_value("kana-composed").run()
    assert touch in texts(fine(app)) and flat in texts(app) and apart not in texts(app)


def test_the_figures_say_whose_values_they_show(open_page: Open, member: LiveLab, made_up: None) -> None:
    app = press(open_page(PAGE, step="curve"), "guess:skip")
    ours, theirs = (chart.proto.spec for chart in fine(app).get("plotly_chart"))
    assert JA("curve_note_sequences") in json.loads(ours)["layout"]["annotations"][0]["text"]
    assert "Brown et al. 2020" in json.loads(theirs)["layout"]["annotations"][0]["text"]


def test_the_papers_place_is_named(open_page: Open, member: LiveLab, made_up: None) -> None:
    app = press(open_page(PAGE, step="curve"), "guess:skip")
    paper = toml(PAGE, "paper")
    assert paper["address"] in texts(app) and str(paper["page"]) in texts(app)


def test_a_point_is_measured_again(
    open_page: Open, member: LiveLab, made_up: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lessons.few_shot.steps.again.EPISODES", 6)
    app = press(open_page(PAGE, step="curve", cg="kana-endings", cn="1"), "guess:skip")
    fine(waited(press(app, "curve:again"), "few_shot:job:curve"))
    ((size, text, found),) = app.session_state["few_shot:marks"]
    assert (size, text, found.task, found.shots, found.episodes) == ("l", "sequences", "kana-endings", 1, 6)
    assert f"{found.right} 問正解" in texts(app)


def test_a_link_with_nonsense_falls_back(open_page: Open, member: LiveLab, made_up: None) -> None:
    app = open_page(PAGE, step="curve", cg="x", ct="<b>", cp="$", cs="9", cx="", cn="many")
    fine(press(app, "guess:skip"))
    fine(press(open_page(PAGE, step="heads", hh="99.99", hx="7", hg="?", hs="x"), "guess:skip"))


# -- ⑤ ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_both_texts_and_what_they_lead_to(open_page: Open, member: LiveLab, made_up: None, lang: str) -> None:
    say = Strings(PAGE, lang)
    app = open_page(PAGE, step="text", lang=lang)
    assert "②" in texts(app) and "python -m lessons.few_shot.record_rows" not in "".join(figures(app))
    app.radio(key="few_shot:guess:text:radio").set_value(3).run()
    press(app, "guess:do")
    assert figures(fine(app)) == {"text:gains"}
    assert any(say("guess_wrong", guess="").split("(")[0] in box.value for box in app.warning)
    app.toggle(key="text:table").set_value(True).run()
    assert "few_shot/text" in fine(app).session_state["progress"]


# -- ⑥ ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_heads_and_what_they_look_at(open_page: Open, member: LiveLab, lang: str) -> None:
    app = fine(open_page(PAGE, step="heads", lang=lang, t="katakana", n="2"))
    assert {"heads:map", "heads:pattern", "heads:moment"} <= figures(app)
    before = texts(app)
    app = fine(open_page(PAGE, step="heads", lang=lang, t="katakana", n="2", hh="0.1"))
    assert texts(app) != before
    for key in ("heads:table", "heads:pattern:table", "heads:moment:table"):
        fine(app.toggle(key=key).set_value(True).run())


def test_letters_that_the_model_does_not_know_are_told(open_page: Open, member: LiveLab) -> None:
    app = open_page(PAGE, step="heads", w="鳥")
    assert not app.exception and len(app.error) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_prompt_is_answered_without_the_head(open_page: Open, member: LiveLab, lang: str) -> None:
    say = Strings(PAGE, lang)
    app = fine(open_page(PAGE, step="heads", lang=lang, t="katakana", n="4"))
    assert plain(say("pattern_cut").split("{")[0]) in texts(app)
    first = plain(say("heads_help_prompts").split("}")[-1])
    assert first in texts(app)
    app.button_group(key="few_shot:hk").set_value("letters").run()
    assert first not in texts(fine(app)) and app.query_params["hk"] in ("letters", ["letters"])


def test_heads_are_cut_and_compared(open_page: Open, member: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "EPISODES", 4)
    app = open_page(PAGE, step="heads", hx="3")
    app.radio(key="few_shot:guess:heads:radio").set_value(0).run()
    press(app, "guess:do")
    fine(waited(press(app, "heads:cut"), "few_shot:job:heads"))
    (((_, cut, control), found),) = app.session_state[cutting.KEPT].items()
    assert len(cut) == len(control) == 3 and not set(cut) & set(control)
    assert [one.episodes for one in found] == [4, 4, 4]
    assert "heads:cut:figure" in figures(app) or not found[0].right
    assert "few_shot/heads" in app.session_state["progress"]
    app.button_group(key="few_shot:hx").set_value(cutting.OWN).run()
    assert "heads:cut:figure" not in figures(fine(app))


# -- ⑦ ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_measured_models_stand_side_by_side(
    open_page: Open, member: LiveLab, models: tuple[Measured, ...], lang: str
) -> None:
    say = Strings(PAGE, lang)
    app = open_page(PAGE, step="larger", lang=lang)
    app.radio(key="few_shot:guess:larger:radio").set_value(1).run()
    press(app, "guess:do")
    assert figures(fine(app)) == {"larger:la", "larger:lb"}
    assert any(say("guess_right") in box.value and "90%" in box.value for box in app.success)
    app.toggle(key="larger:table").set_value(True).run()
    assert say("larger_kana") in texts(fine(app))


def test_a_cell_is_measured_again(open_page: Open, member: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(larger_step, "recorded", lambda: ())
    monkeypatch.setattr(larger_step, "EPISODES", 4)
    app = open_page(PAGE, step="larger", lt="successor", ln="1")
    fine(waited(press(app, "larger:again"), "few_shot:job:larger"))
    (found,) = app.session_state["few_shot:larger"]
    assert (found.task, found.shots, found.episodes) == ("successor", 1, 4)
    assert Path(larger.__file__).is_file() and f"{found.right}/4" in texts(app)
