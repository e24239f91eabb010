"""The RLHF lesson without a browser: every step, the question, and the reader's demonstrations."""

import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import CoreError, HalfDemonstration, NoDemonstrations, TooManyDemonstrations
from core.rlhf.demonstrations import MOST
from core.rlhf.prompts import train_prompts
from lessons import live
from lessons.rlhf.demonstrations import FEWEST_ROWS, habits
from lessons.rlhf.lab import BASE, CHAT, LiveLab, live_lab
from lessons.rlhf.steps import STEPS
from lessons.rlhf.workshop import KEY, Workshop
from lessons.text import LANGUAGES, Strings, plain, sections, toml

Open = Callable[..., AppTest]
PAGE = "rlhf"
JA = Strings(PAGE, "ja")
OWN = "own"
TIMEOUT = 120  # s


@pytest.fixture(scope="session")
def chat() -> LiveLab:
    """Wait until both models are loaded; return the lab that the page asks."""
    base = live.wait(BASE)
    return live_lab(live.wait(CHAT), base)


def at_step(app: AppTest, step: str) -> AppTest:
    return app.button_group(key="rlhf:step").set_value(step).run()


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def errors(app: AppTest) -> list[str]:
    return [element.value for element in app.error]


# -- every step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_in_both_languages(open_page: Open, chat: LiveLab, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    assert not app.exception
    assert not errors(app)
    assert app.button_group(key="rlhf:step").value == step
    assert {section.title for section in sections(PAGE, lang).values()} & {one.value for one in app.subheader}


def test_every_section_of_the_text_is_on_one_of_the_steps(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE)
    shown = set()
    for step in STEPS:
        shown |= {heading.value for heading in at_step(app, step).subheader}
    assert {section.title for section in sections(PAGE, "ja").values()} <= shown


def test_the_last_step_has_sources_and_the_teachers_guide(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="limits")
    shown = "\n".join(one.value for one in app.markdown)
    assert sections(PAGE, "ja")["sources"].body in shown
    assert sections(PAGE, "ja", "guide")["timetable"].title in shown


def test_the_quiz_tells_why(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="quiz")
    (question, *_) = toml(PAGE, "quiz")["question"]
    wrong = next(place for place, one in enumerate(question["ja"]["options"]) if not one["correct"])
    app.radio(key=f"quiz:rlhf:{question['id']}").set_value(wrong).run()
    assert any(question["ja"]["options"][wrong]["feedback"] in one.value for one in app.warning)


# -- the question ----------------------------------------------------------------------------------------------


def answers_shown(app: AppTest) -> list[str]:
    """The two answers, as they stand side by side."""
    values = [one.value for one in app.markdown]
    place = next(i for i, one in enumerate(app.caption) if one.value == JA("question_answer", name="A"))
    assert app.caption[place + 1].value == JA("question_answer", name="B")
    return values


def first_that_differs(lab: LiveLab) -> int:
    for place, prompt in enumerate(train_prompts()):
        found = lab.replies(prompt, 0)
        if found.base != found.chat:
            return place
    raise AssertionError("the chat model says the same as the plain one to everything")


def test_the_question_is_answered_by_both_and_told_after_a_guess(open_page: Open, chat: LiveLab) -> None:
    place = first_that_differs(chat)
    found = chat.replies(train_prompts()[place], 0)
    app = open_page(PAGE, i=str(place))
    shown = answers_shown(app)
    assert plain(found.base) in shown and plain(found.chat) in shown
    assert not any(one.startswith("↑") for one in shown)

    (radio,) = [one for one in app.radio if one.key.startswith("rlhf:guess:question:")]
    radio.set_value(0).run()
    press(app, "guess:do")

    marks = [one.value for one in app.markdown if one.value.startswith("↑")]
    assert sorted(marks) == sorted(f"↑ **{JA(name)}**" for name in ("question_chat", "question_base"))
    chat_is_a = marks[0] == f"↑ **{JA('question_chat')}**"
    told = JA("question_told", name="A" if chat_is_a else "B")
    boxes = app.success if chat_is_a else app.warning
    assert any(told in one.value for one in boxes)
    app.run()
    assert f"{PAGE}/question" in app.session_state["progress"]


def test_a_sentence_of_ones_own_is_answered(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, i=OWN)
    assert JA("question_own_empty") in [one.value for one in app.info]
    app.text_input(key="rlhf:p").set_value("犬が**走って**います。").run()
    assert not app.exception and not errors(app)
    assert plain("犬が**走って**います。") in [one.value for one in app.markdown]


def test_a_sentence_that_is_too_long_is_one_sentence(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, i=OWN, p="雨が激しく降っています。" * 40)
    assert len(errors(app)) == 1
    assert errors(app)[0].startswith(plain(JA("error_prefix")))
    assert len(app.button) > 3  # the rest of the page stands


def test_the_map_leads_to_the_steps(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE)
    press(app, "stage:reward")
    assert app.button_group(key="rlhf:step").value == "reward"


def test_the_recorded_answers_are_shown_while_models_load(open_page: Open, unloaded: Callable[[], None]) -> None:
    app = open_page(PAGE)
    assert not app.exception and not errors(app)
    assert plain(train_prompts()[0]) in [one.value for one in app.markdown]
    app = at_step(app, "demonstrate")
    assert JA("needs_live") in [one.value for one in app.info]


# -- demonstrations --------------------------------------------------------------------------------------------


def trained(app: AppTest) -> AppTest:
    """Press the button and wait for the end of the training."""
    press(app, "demo:start")
    end = time.monotonic() + TIMEOUT
    while any(one.key == "tune:stop" for one in app.button):
        assert time.monotonic() < end
        time.sleep(0.2)
        app.run()
    return app.run()


def workshop_of(app: AppTest) -> Workshop:
    found: Workshop = app.session_state[KEY]
    return found


def test_demonstrations_change_the_answers(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="demonstrate")
    press(app, "demo:example:0")
    assert app.text_input(key="demo:answer:0").value == habits()[0].rows[0][1]
    before = {name: value.clone() for name, value in chat.policy.model.state_dict().items()}
    trained(app)

    shop = workshop_of(app)
    tuning = shop.kept["sft"]
    assert shop.tuned is tuning.policy is not chat.policy
    assert tuning.run.tuned.after < tuning.run.tuned.before
    assert all(bool((value == before[name]).all()) for name, value in chat.policy.model.state_dict().items())
    assert f"{PAGE}/demonstrate" in app.session_state["progress"]
    assert app.get("plotly_chart")
    assert not any(one.value.startswith("| |") for one in app.markdown)  # no answers before the guess

    (radio,) = [one for one in app.radio if one.key.startswith("rlhf:guess:demonstrate:")]
    radio.set_value(1).run()
    press(app, "guess:do")
    (table,) = [one.value for one in app.markdown if one.value.startswith("| |")]
    assert JA("tuned_column_after") in table and plain(habits()[0].rows[0][1]) in table

    assert shop.start(chat) is chat.policy
    app.radio(key="tuned:with").set_value("own").run()
    assert workshop_of(app).start(chat) is shop.tuned
    press(app, "tuned:forget")
    assert workshop_of(app).tuned is None and workshop_of(app).start(chat) is chat.policy
    assert not any(one.key == "tuned:forget" for one in app.button)


def test_demonstrations_without_a_shared_ending_are_read(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="demonstrate", dm="こんにちは。\tやあ。", dn="5")
    trained(app)
    (radio,) = [one for one in app.radio if one.key.startswith("rlhf:guess:demonstrate:")]
    assert len(radio.options) == 2
    radio.set_value(0).run()
    press(app, "guess:do")
    assert any(JA("tuned_way_alike") in one.value for one in app.info)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ("", NoDemonstrations()),
        ("こんにちは。\t", HalfDemonstration(number=1)),
        ("こんにちは。\tやあ。\n\tはい。", HalfDemonstration(number=2)),
    ],
)
def test_bad_demonstrations_are_one_sentence_and_stay(
    open_page: Open, chat: LiveLab, rows: str, error: CoreError
) -> None:
    app = open_page(PAGE, step="demonstrate", dm=rows)
    typed = [one.value for one in app.text_input]
    press(app, "demo:start")
    assert errors(app) == [plain(JA("error_prefix") + error.message("ja"))]
    assert [one.value for one in app.text_input] == typed
    assert "sft" not in workshop_of(app).runs


def test_what_is_typed_stays_over_other_steps(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="demonstrate")
    app.text_input(key="demo:told:1").set_value("**雨**ですね。").run()
    app.text_input(key="demo:answer:1").set_value("は`い`にゃ。").run()
    at_step(at_step(app, "rank"), "demonstrate")
    assert app.text_input(key="demo:told:1").value == "**雨**ですね。"
    assert app.text_input(key="demo:answer:1").value == "は`い`にゃ。"
    assert app.text_input(key="demo:told:0").value == ""


def test_there_are_five_demonstrations_at_most(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="demonstrate")
    for _ in range(MOST - FEWEST_ROWS):
        press(app, "demo:more")
        assert not errors(app)
    press(app, "demo:more")
    assert errors(app) == [plain(JA("error_prefix") + TooManyDemonstrations(limit=MOST).message("ja"))]
    assert len([one for one in app.text_input if one.key.startswith("demo:told:")]) == MOST


def test_a_training_that_is_stopped_keeps_its_weights(open_page: Open, chat: LiveLab) -> None:
    app = open_page(PAGE, step="demonstrate", dm="\n".join("\t".join(row) for row in habits()[0].rows), dn="60")
    press(app, "demo:start")
    shop = workshop_of(app)
    end = time.monotonic() + TIMEOUT
    while not shop.runs["sft"].look().done:
        assert time.monotonic() < end
        time.sleep(0.02)
    shop.stop()
    while shop.runs["sft"].look().running:
        assert time.monotonic() < end
        time.sleep(0.02)
    app.run()
    tuned = shop.runs["sft"].tuned
    assert tuned.stopped and len(tuned.losses) < 60
    assert shop.tuned is not None
    assert any(JA("tuned_stopped", steps=len(tuned.losses)) in one.value for one in app.markdown)
