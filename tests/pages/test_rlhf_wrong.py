"""Failures and further methods of the RLHF lesson without a browser: guesses, runs, records, what is told."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import Busy
from core.rlhf import results as recorded_results
from core.rlhf.labellers import RULES
from lessons import live
from lessons.rlhf import hacking, methods, overconfident, two_groups
from lessons.rlhf.lab import BASE, CHAT, LiveLab, live_lab
from lessons.rlhf.methods import METHODS
from lessons.rlhf.steps import measured
from lessons.rlhf.steps.comparing import KEPT
from lessons.rlhf.steps.wrong_hacking import RUN
from lessons.rlhf.workshop import KEY, Workshop
from lessons.text import LANGUAGES, Strings, plain

Open = Callable[..., AppTest]
PAGE = "rlhf"
JA = Strings(PAGE, "ja")
FEW_UPDATES = 2
TIMEOUT = 120  # s


@pytest.fixture(scope="session")
def chat() -> LiveLab:
    """Wait until the models are loaded; return the lab that the page asks."""
    base = live.wait(BASE)
    return live_lab(live.wait(CHAT), base)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every training and repetition a short one."""
    monkeypatch.setattr(hacking, "UPDATES", FEW_UPDATES)
    monkeypatch.setattr(methods, "UPDATES", FEW_UPDATES)


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def keys(app: AppTest) -> set[str]:
    return {one.key for one in app.button}


def shop(app: AppTest) -> Workshop:
    found: Workshop = app.session_state[KEY]
    return found


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "success", "warning")
    return "\n".join(str(getattr(element, "value", "")) for kind in kinds for element in app.get(kind))


def done(app: AppTest, step: str) -> bool:
    return f"{PAGE}/{step}" in app.session_state["progress"]


def guess(app: AppTest, about: str, way: int) -> AppTest:
    app.radio(key=f"rlhf:guess:{about}:radio").set_value(way).run()
    return press(app, "guess:do")


def ended(app: AppTest, *runs: Any) -> AppTest:
    end = time.monotonic() + TIMEOUT
    while any(run.look().running for run in runs):
        assert time.monotonic() < end
        time.sleep(0.1)
    return app.run()


def clean(app: AppTest) -> bool:
    return not app.exception and not app.error


# -- wrong -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("experiment", ["hacking", "few", "groups"])
def test_each_experiment_asks_first_and_then_tells(open_page: Open, chat: LiveLab, experiment: str, lang: str) -> None:
    app = open_page(PAGE, step="wrong", wx=experiment, lang=lang)
    assert clean(app) and not app.get("plotly_chart") and not done(app, "wrong")
    press(app, "guess:skip")
    assert clean(app) and app.get("plotly_chart")
    assert done(app, "wrong") == (experiment != "hacking")  # whose first picture is recorded


def test_the_recorded_trainings_are_there_before_the_models(
    open_page: Open, unloaded: Callable[[], None], chat: LiveLab
) -> None:
    app = open_page(PAGE, step="wrong")
    press(app, "guess:skip")
    assert clean(app)
    assert app.button(key="wrong:hack").disabled
    (first, *_) = hacking.recorded()
    assert plain(first.looks[-1].answers[0].text) in texts(app)
    app.selectbox(key="rlhf:wh").set_value("1").run()
    assert plain(hacking.recorded()[1].looks[-1].answers[0].text) in texts(app)
    app = open_page(PAGE, step="wrong", wx="few")
    press(app, "guess:skip")
    assert JA("needs_live") in texts(app)


def test_what_is_told_of_a_recorded_training_is_in_its_data(open_page: Open, chat: LiveLab) -> None:
    app = guess(open_page(PAGE, step="wrong"), "wrong:hacking", 1)
    turn = hacking.turn(hacking.recorded()[0].course.rule)
    assert f"{turn.best:.1f}" in texts(app) and str(turn.at) in texts(app)
    boxes = app.success if turn.fell else app.warning
    assert any(
        JA("guess_right" if turn.fell else "guess_wrong", guess=JA("hack_way_turns")) in one.value for one in boxes
    )


def test_a_training_without_the_brake_is_run_and_given_up(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="wrong")
    press(press(app, "guess:skip"), "wrong:hack")
    training = shop(app).kept[RUN]
    ended(app, training.run)
    assert clean(app) and done(app, "wrong")
    found = training.run.look()
    assert len(found.updates) == FEW_UPDATES
    assert plain(found.looks[-1].answers[0].text or JA("question_nothing")) in texts(app)
    assert training.rankings != hacking.recorded()[0].rankings
    press(app, "wrong:hack:back")
    assert RUN not in shop(app).kept
    assert "wrong:hack:back" not in keys(app)


def test_a_training_without_the_brake_is_stopped(
    open_page: Open, chat: LiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hacking, "UPDATES", 50)
    app = open_page(PAGE, step="wrong")
    press(press(app, "guess:skip"), "wrong:hack")
    press(app, "wrong:hack:stop")
    ended(app, shop(app).kept[RUN].run)
    app.run()
    assert clean(app)
    assert JA("run_stopped", done=shop(app).kept[RUN].run.look().done) in texts(app)


def test_a_full_line_is_one_sentence(open_page: Open, chat: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any) -> None:
        raise Busy(waiting=3)

    monkeypatch.setattr(hacking, "begun", busy)
    app = open_page(PAGE, step="wrong")
    press(press(app, "guess:skip"), "wrong:hack")
    assert [one.value for one in app.error] == [plain(JA("error_prefix") + Busy(waiting=3).message("ja"))]
    monkeypatch.setattr(methods, "begun", busy)
    app = open_page(PAGE, step="further")
    press(press(app, "further:simulated"), "further:start:rloo")
    assert len(app.error) == 1


def test_few_rankings_are_drawn_again(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="wrong", wx="few", wr="polite", we="20")
    guess(app, "wrong:few:polite:20", 0)
    story = shop(app).kept["few"][1]
    told = JA(
        "few_told",
        few=overconfident.FEW,
        draws=overconfident.REPEATED,
        naive=f"{story.means[0].naive:.0%}",
        right=f"{story.means[0].right:.0%}",
    )
    assert told in texts(app)
    press(app, "wrong:few:again")
    again = shop(app).kept["few"][1]
    assert again.boasts != story.boasts and again.means == story.means
    app.selectbox(key="rlhf:wr").set_value("short").run()
    assert "guess:do" in keys(app)
    assert set(overconfident.RULES) == set(RULES)


def test_groups_are_mixed_in_other_shares(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="wrong", wx="groups", wg="short")
    guess(app, "wrong:groups:short:50", 2)
    assert JA("groups_others") in texts(app)
    app.selectbox(key="rlhf:ws").set_value("80").run()
    assert not app.get("plotly_chart")
    guess(app, "wrong:groups:short:80", 0)
    known = shop(app).kept["groups"]
    assert {about[:2] for about in known} == {("short", 50), ("short", 80)}
    assert JA("agree_title") in texts(app) and "κ" in texts(app)
    press(app, "wrong:groups:again")
    assert ("short", 80, 1) in known
    assert len(two_groups.SHARES) == 3


# -- further ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_further_offers_rankings_first(open_page: Open, chat: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="further", lang=lang)
    assert clean(app)
    assert "further:start:ppo" not in keys(app)
    press(app, "further:simulated")
    assert clean(app)
    assert {f"further:start:{name}" for name in METHODS} <= keys(app)
    assert shop(app).log.annotators == ("polite",)


def test_three_methods_are_compared(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="further")
    press(app, "further:simulated")
    press(app, "further:start:ppo")
    ended(app, shop(app).kept[KEPT]["ppo"].run)
    assert not done(app, "further")
    for name in ("rloo", "dpo"):
        press(app, f"further:start:{name}")
    ended(app, *(one.run for one in shop(app).kept[KEPT].values()))
    app.run()
    assert clean(app) and done(app, "further")
    assert len(app.get("plotly_chart")) == 2 + _recorded()
    table = next(one.value for one in app.markdown if plain(JA("further_column_reward")) in one.value)
    assert all(f"**{JA(f'method_{name}')}**" in table for name in METHODS)

    press(app, "further:start:dpo")  # again
    ended(app, shop(app).kept[KEPT]["dpo"].run)
    assert set(shop(app).kept[KEPT]) == set(METHODS)
    shop(app).log = shop(app).log.undo()
    app.run()
    assert JA("further_stale") in texts(app)
    press(app, "further:start:rloo")
    assert set(shop(app).kept[KEPT]) == {"rloo"}
    ended(app, shop(app).kept[KEPT]["rloo"].run)
    press(app.run(), "further:clear")
    assert KEPT not in shop(app).kept


def _recorded() -> int:
    return int(recorded_results.results() is not None)


def test_a_method_is_stopped(open_page: Open, chat: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "UPDATES", 50)
    app = open_page(PAGE, step="further")
    press(press(app, "further:simulated"), "further:start:rloo")
    press(app, "further:stop:rloo")
    run = shop(app).kept[KEPT]["rloo"].run
    ended(app, run)
    app.run()
    assert clean(app)
    assert JA("run_stopped", done=run.look().done) in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("trl", [False, True])
def test_what_was_measured_is_shown(
    open_page: Open, chat: LiveLab, monkeypatch: pytest.MonkeyPatch, lang: str, trl: bool
) -> None:
    found = measurement(trl)
    monkeypatch.setattr(measured, "results", lambda: found)
    app = open_page(PAGE, step="further", lang=lang)
    say = Strings(PAGE, lang)
    assert clean(app)
    assert f"`{found['command']}`" in texts(app)
    assert say("measured_ppo_help", comparisons=50, trainings=3) in texts(app)
    assert (say("measured_trl") in texts(app)) == trl
    if trl:
        assert plain("95% / 70%") in texts(app) and plain("0.02 / 12.00") in texts(app)
    app.selectbox(key="rlhf:fe").set_value("10").run()
    app.toggle(key="measured:reward:table").set_value(True).run()
    assert plain("60%") in texts(app)


def test_without_a_measurement_there_is_a_sentence(
    open_page: Open, chat: LiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured, "results", lambda: None)
    app = open_page(PAGE, step="further")
    assert clean(app) and JA("measured_none") in texts(app)


def measurement(trl: bool) -> dict[str, Any]:
    """Numbers of the shape that the measurements have."""
    reward = [
        {
            "criterion": name,
            "error": error,
            "comparisons": count,
            "accuracy": 0.6 if error else 0.8,
            "low": 0.55,
            "high": 0.85,
        }
        for name in ("polite", "short")
        for error in (0.0, 0.1)
        for count in (10, 20)
    ]
    ppo = [
        {"criterion": name, "comparisons": 50, "trainings": 3, "win": 0.9, "low": 0.8, "high": 0.95, "pairs": 100,
         "kl": 5.0, "seconds": 20.0, "before": 0.5, "after": 0.9}
        for name in ("polite", "short")
    ]  # fmt: skip
    sides = {"reward_accuracy": 0.95, "trl_reward_accuracy": 0.7, "reward_seconds": 0.02, "trl_reward_seconds": 12.0}
    rloo = {"rloo_seconds": 10.0, "rloo_win": 0.8, "rloo_kl": 4.0, "trl_rloo_seconds": 30.0, "trl_rloo_win": 0.7}
    row = {**sides, **rloo, "trl_rloo_kl": 3.0}
    beside = {"trl": {"command": "python -m x", "rows": [{"criterion": "polite", **row}], "mean": row}} if trl else {}
    found: dict[str, Any] = json.loads(json.dumps({"command": "python -m y", "reward": reward, "ppo": ppo, **beside}))
    return found


def test_the_code_of_each_method_is_where_it_says() -> None:
    root = Path(methods.__file__).parents[2]
    assert all((root / file).is_file() for file in methods.FILES.values())
