"""PPO and the blind test of the RLHF lesson without a browser, with updates that are much smaller than the reader's."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from core.errors import Busy, Diverged
from core.rlhf import ppo, running
from core.rlhf.comparisons import Answer, Log, Ranking
from core.rlhf.features import Floats
from core.rlhf.ppo import Settings
from core.rlhf.prompts import test_prompts as unseen_prompts
from core.rlhf.reward import Reward
from core.rlhf.running import Run
from lessons import live
from lessons.rlhf.lab import BASE, CHAT, LiveLab, live_lab
from lessons.rlhf.steps.optimise import LEAST_CHANGE, TABLES, changed
from lessons.rlhf.steps.optimising import Optimisation, rule_by_update
from lessons.rlhf.workshop import KEY, Workshop
from lessons.text import LANGUAGES, Strings, plain

Open = Callable[..., AppTest]
PAGE = "rlhf"
JA = Strings(PAGE, "ja")
LIMIT = 120.0  # s, an upper bound against hanging
UPDATES = 10


@pytest.fixture(scope="session")
def chat() -> LiveLab:
    """Wait until the models are loaded; return the lab that the page asks."""
    base = live.wait(BASE)
    return live_lab(live.wait(CHAT), base)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an update a matter of moments."""
    monkeypatch.setattr(ppo, "Settings", partial(Settings, answers=4, each=2, tokens=6, epochs=1, minibatch=4))


@pytest.fixture
def held() -> Iterator[Callable[[], Run]]:
    """Trainings of others that hold their places until the test ends."""
    end = threading.Event()

    def waiting(run: Run) -> None:
        end.wait(LIMIT)

    def hold() -> Run:
        run = Run(1)
        run.begin(waiting)
        return run

    yield hold
    end.set()
    limit = time.monotonic() + LIMIT
    while running._line.members:
        assert time.monotonic() < limit
        time.sleep(0.01)


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def keys(app: AppTest) -> set[str]:
    return {str(one.key) for one in app.button}


def shop(app: AppTest) -> Workshop:
    found: Workshop = app.session_state[KEY]
    return found


def made(app: AppTest) -> Optimisation:
    found: Optimisation = shop(app).kept["ppo"]
    return found


def errors(app: AppTest) -> list[str]:
    return [one.value for one in app.error]


def shown(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "success", "warning")
    return "\n".join(str(one.value) for kind in kinds for one in getattr(app, kind))


def tables(app: AppTest) -> list[str]:
    return [one.value for one in app.markdown if one.value.startswith("| |")]


def done(app: AppTest) -> set[str]:
    found: set[str] = app.session_state["progress"]
    return found


def ranked(open_page: Open, step: str = "optimise", **link: str) -> AppTest:
    """Open the step and let the simulated person rank."""
    return press(open_page(PAGE, step=step, un=str(UPDATES), **link), "ppo:simulated")


def ended(app: AppTest) -> AppTest:
    """Wait for the end of the training; return the page as it is then."""
    limit = time.monotonic() + LIMIT
    while made(app).run.look().running:
        assert time.monotonic() < limit
        time.sleep(0.02)
    return app.run()


def trained(open_page: Open, **link: str) -> AppTest:
    return ended(press(ranked(open_page, **link), "ppo:start"))


# -- PPO -------------------------------------------------------------------------------------------------------


def test_without_rankings_a_simulated_person_can_be_asked(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="optimise")
    assert JA("ppo_unranked") in shown(app) and "ppo:start" not in keys(app)
    press(app, "ppo:simulated")
    assert [one.annotator for one in shop(app).log.rankings] == ["polite"] * TABLES
    assert "ppo:start" in keys(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_training_shows_its_curves_and_answers_after_a_guess(open_page: Open, chat: LiveLab, lang: str) -> None:
    before = {name: value.clone() for name, value in chat.policy.model.state_dict().items()}
    app = trained(open_page, lang=lang, b="0.05")

    found = made(app)
    assert not app.exception and not errors(app)
    assert f"{PAGE}/optimise" in done(app)
    assert found.trainer.settings.beta == 0.05 and found.rule == "polite"
    assert len(found.run.look().updates) == UPDATES
    assert not app.get("plotly_chart") and not tables(app)  # nothing before the guess

    press(app, "guess:skip")
    assert not app.exception
    assert "ppo:curves" in {chart.key for chart in app.get("plotly_chart")}
    assert any(plain(unseen_prompts()[0]) in table for table in tables(app))
    assert all(torch.equal(value, before[name]) for name, value in chat.policy.model.state_dict().items())
    trained_weights = found.policy.model.state_dict()
    assert any(not torch.equal(value, before[name]) for name, value in trained_weights.items())


def test_a_guess_is_judged(open_page: Open, chat: LiveLab) -> None:
    app = trained(open_page)
    (radio,) = [one for one in app.radio if str(one.key).startswith("rlhf:guess:optimise:")]
    radio.set_value(0).run()
    press(app, "guess:do")
    assert not app.exception
    boxes = [*app.success, *app.warning]
    assert any(JA("guess_right") in one.value or JA("change_longer") in one.value for one in boxes)


def test_a_training_of_few_updates_is_compared_from_its_first_to_its_last(open_page: Open, chat: LiveLab) -> None:
    app = trained(open_page)
    found = made(app)
    del found.run.made[2:]
    features, names = chat.fit.features, list(chat.fit.features.names)
    old, new = (features(one.answers).mean(axis=0) for one in found.run.look().updates)
    place = names.index("characters")
    assert changed(chat, found)[1] >= abs(new[place] - old[place]) > 0


def test_hardly_any_change_is_not_called_the_largest(
    open_page: Open, chat: LiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = trained(open_page)
    updates = len(made(app).run.look().updates)
    step = sys.modules["lessons.rlhf.steps.optimise"]  # the package has a function of this name
    monkeypatch.setattr(step, "changed", lambda lab, found: ("longer", 0.04))
    press(app, "guess:skip")
    assert JA("ppo_unchanged", updates=updates, least=LEAST_CHANGE) in shown(app)
    assert JA("ppo_changed", change=JA("change_longer"), size="+0.0") not in shown(app)


def test_a_training_stops_goes_on_and_is_given_up(open_page: Open, chat: LiveLab) -> None:
    app = trained(open_page)
    press(app, "ppo:on")
    made(app).run.stop()
    app = ended(app)
    if made(app).run.look().state == "stopped":
        assert JA("run_stopped", done=len(made(app).run.look().updates)) in shown(app)
    steps = [one.step for one in made(app).run.look().updates]
    assert steps == list(range(1, len(steps) + 1)) and UPDATES <= len(steps) <= 2 * UPDATES
    press(app, "ppo:reset")
    assert "ppo" not in shop(app).kept and "ppo" not in shop(app).runs
    assert {"ppo:start"} == {key for key in keys(app) if key.startswith("ppo:")}


def test_starting_afresh_begins_with_the_policy_before(open_page: Open, chat: LiveLab) -> None:
    app = trained(open_page)
    first = made(app)
    app = ended(press(app, "ppo:start"))
    assert made(app).number == first.number + 1
    assert made(app).policy is not first.policy
    assert made(app).run.look().updates[0].kl == pytest.approx(0, abs=1e-4)


def test_a_third_training_waits_and_sees_its_place(open_page: Open, chat: LiveLab, held: Callable[[], Run]) -> None:
    app = ranked(open_page)
    held(), held()
    press(app, "ppo:start")
    assert JA("tune_waiting", ahead=1) in shown(app)
    press(app, "ppo:stop")
    app = ended(app)
    assert made(app).run.look().state == "stopped" and not made(app).trainer.done
    assert JA("run_stopped", done=0) in shown(app)
    assert not app.exception and "ppo:start" in keys(app)


def test_too_many_who_wait_are_one_sentence(
    open_page: Open, chat: LiveLab, held: Callable[[], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = ranked(open_page)
    held(), held()
    monkeypatch.setattr(running._line, "most", 0)
    press(app, "ppo:start")
    assert errors(app) == [plain(JA("error_prefix") + Busy(waiting=0).message("ja"))]
    assert not app.exception and "ppo" not in shop(app).kept


def test_broken_numbers_are_one_sentence_and_the_page_stands(
    open_page: Open, chat: LiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Reward, answers: Sequence[Answer]) -> Floats:
        return np.full(len(answers), np.nan)

    monkeypatch.setattr(Reward, "standard_score", broken)
    app = trained(open_page)
    assert errors(app) == [plain(JA("error_prefix") + Diverged().message("ja"))]
    assert not app.exception and "ppo:start" in keys(app)
    assert all(torch.isfinite(value).all() for value in made(app).policy.model.state_dict().values())


def test_best_of_n_stands_beside_it(open_page: Open, chat: LiveLab) -> None:
    app = trained(open_page)
    press(app, "guess:skip")
    press(app, "ppo:best")
    assert not app.exception
    (table,) = [one for one in tables(app) if plain(JA("best_of", n=16)) in one]
    assert plain(JA("best_of", n=4)) in table and plain(JA("best_before")) in table


def test_the_hidden_rule_is_drawn_only_where_one_is_known(open_page: Open, chat: LiveLab) -> None:
    app = trained(open_page)
    assert len(rule_by_update("polite", made(app).run.look().updates)) == UPDATES
    shop(app).log = shop(app).log.named("polite", "")
    app = ended(press(app, "ppo:start"))
    assert made(app).rule == ""
    press(app, "guess:skip")
    assert not app.exception


def test_all_ties_teach_nothing_and_break_nothing(open_page: Open, chat: LiveLab) -> None:
    app = ranked(open_page)
    rankings = shop(app).log.rankings
    shop(app).log = Log(tuple(Ranking(one.answers, (1,) * len(one.answers)) for one in rankings))
    app = ended(press(app.run(), "ppo:start"))
    assert made(app).run.look().state == "finished"
    press(app, "guess:skip")
    assert not app.exception and not errors(app)


def test_ppo_can_be_read(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="optimise")
    assert any("What is left out or different here" in one.value for one in app.code)


# -- the blind test --------------------------------------------------------------------------------------------


def at_blind(app: AppTest) -> AppTest:
    return app.button_group(key="rlhf:step").set_value("blind").run()


def test_the_blind_test_offers_what_it_needs(open_page: Open, chat: LiveLab) -> None:
    app = ranked(open_page, "blind")
    assert JA("blind_first") in shown(app)
    app = ended(press(app, "blind:train"))
    assert not app.exception
    assert made(app).trainer.done
    assert "blind:left" in keys(app) or JA("blind_identical", total=len(unseen_prompts())) in shown(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_reader_chooses_blind_and_learns_whose_was_whose(open_page: Open, chat: LiveLab, lang: str) -> None:
    say = Strings(PAGE, lang)
    app = at_blind(trained(open_page, lang=lang))
    test = shop(app).blind
    assert test is not None and test.trials and test.next is not None
    assert not tables(app) and say("ppo_before") not in shown(app)  # nothing tells which is which

    press(app, "blind:left")
    assert app.button(key="blind:undo").label == say("blind_undo")
    press(app, "blind:undo")
    found = shop(app).blind
    assert found is not None and found.choices == ()
    for number in range(len(test.trials)):
        assert f"{PAGE}/blind" not in done(app)
        press(app, ("blind:left", "blind:same", "blind:right")[number % 3])

    found = shop(app).blind
    assert found is not None and found.next is None
    assert not app.exception
    assert f"{PAGE}/blind" in done(app)
    assert Strings("frame", lang)("task_done") in shown(app), "it is said at once, not after the next click"
    assert any(one.label == say("blind_rate") for one in app.metric)
    assert (say("blind_sure") in shown(app)) != (say("blind_unsure") in shown(app))
    assert any(plain(test.trials[0].before.prompt) in table for table in tables(app))
    press(app, "blind:again")
    again = shop(app).blind
    assert again is not None and again.choices == ()


def test_training_further_begins_a_new_test(open_page: Open, chat: LiveLab) -> None:
    app = at_blind(trained(open_page))
    press(app, "blind:left")
    app.button_group(key="rlhf:step").set_value("optimise").run()
    app = ended(press(app, "ppo:on"))
    at_blind(app)
    test = shop(app).blind
    assert test is not None and test.choices == ()


@pytest.mark.parametrize("step", ["optimise", "blind"])
def test_they_wait_for_the_model(open_page: Open, unloaded: Callable[[], None], step: str) -> None:
    app = open_page(PAGE, step=step)
    assert JA("needs_live") in shown(app)
    assert not app.exception
