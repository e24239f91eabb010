"""The few-shot lesson without a browser: every step, what a link restores, bad input, what the acts do."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import CoreError, UnknownLetters
from core.prompting import FORMATS, tasks
from core.prompting.family import DEFAULT
from lessons import live
from lessons.few_shot import pairs
from lessons.few_shot.lab import LiveLab, live_lab, recorded
from lessons.few_shot.questions import SHOTS, questions, samples
from lessons.few_shot.steps import STEPS
from lessons.few_shot.variants import Setting, variants
from lessons.text import LANGUAGES, Strings, plain, sections, toml

Open = Callable[..., AppTest]
PAGE = "few_shot"
JA = Strings(PAGE, "ja")
ARROW = FORMATS["arrow"]
MINE = ("question", "bench", "own", "quiz", "limits")
ANIMALS = "いぬ→わん\nねこ→にゃあ\nうし→もう\nからす→かあ"
TIMEOUT = 120  # s
MARKUP = (
    "**x**",
    "<b>x</b>",
    "$x$",
    ":red[x]",
    "[x](javascript:alert(1))",
    "`x`",
    "{x}",
    "</script><script>alert(1)</script>",
)


@pytest.fixture(scope="session")
def family() -> LiveLab:
    """Wait until the model is loaded; return the lab that the page asks."""
    return live_lab(live.wait(DEFAULT))


def at_step(app: AppTest, step: str) -> AppTest:
    return app.button_group(key="few_shot:step").set_value(step).run()


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def texts(app: AppTest) -> str:
    """Everything that the page says in Markdown."""
    kinds = ("markdown", "caption", "info", "success", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def codes(app: AppTest) -> list[str]:
    return [element.value for element in app.code if not element.value.startswith("?")]  # without the link to the view


def figures(app: AppTest) -> set[str]:
    return {chart.key for chart in app.get("plotly_chart")}


def errors(app: AppTest) -> list[str]:
    return [element.value for element in app.error]


def sentence(error: CoreError, lang: str = "ja") -> str:
    return plain(Strings(PAGE, lang)("error_prefix") + error.message(lang))


def measured(app: AppTest, key: str) -> AppTest:
    """Begin a measurement and wait for its end."""
    press(app, key)
    end = time.monotonic() + TIMEOUT
    while "few_shot:run" in app.session_state:
        assert time.monotonic() < end
        time.sleep(0.1)
        app.run()
    return app.run()


# -- every step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_in_both_languages(open_page: Open, family: LiveLab, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    assert not app.exception
    assert not errors(app)
    assert app.button_group(key="few_shot:step").value == step
    assert {section.title for section in sections(PAGE, lang).values()} & {one.value for one in app.subheader}


def test_the_steps_lead_from_one_to_the_next(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE)
    seen = []
    while following := [button for button in app.button if (button.key or "").startswith("next:few_shot:")]:
        seen.append(app.button_group(key="few_shot:step").value)
        following[0].click().run()
        assert not app.exception
    assert [*seen, app.button_group(key="few_shot:step").value] == list(STEPS)


def test_every_section_of_the_text_is_on_one_of_the_steps(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE)
    shown = set()
    for step in STEPS:
        shown |= {heading.value for heading in at_step(app, step).subheader}
    assert {section.title for section in sections(PAGE, "ja").values()} <= shown


def test_the_last_step_has_sources_and_the_teachers_guide(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE, step="limits")

    for section in sections(PAGE, "ja", "guide").values():
        assert section.title in texts(app)
    assert "arxiv.org/abs/2005.14165" in texts(app)
    assert f"{family.model.card.layers} 層" in texts(app)


# -- ① the question ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("index", range(len(questions())))
def test_a_guess_is_answered_with_what_the_model_wrote(open_page: Open, family: LiveLab, index: int, lang: str) -> None:
    say, question = Strings(PAGE, lang), questions()[index]
    app = open_page(PAGE, i=str(index), lang=lang)
    assert question.note[lang] in texts(app)
    app.radio(key=f"few_shot:guess:question:{index}:radio").set_value(1).run()
    press(app, "guess:do")

    assert not app.exception and not errors(app)
    written = [family.reply(question.prompt(shots), ()).text for shots in SHOTS]
    assert all(plain(text) in texts(app) for text in written)
    first = next((place for place, text in enumerate(written) if text == question.answer), None)
    assert (say("guess_right") in texts(app)) == (first == 1)
    assert family.before is not None and family.before in texts(app)
    assert "few_shot/question" in app.session_state["progress"]


def test_each_question_has_a_guess_of_its_own(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE)
    press(app, "guess:skip")
    app.selectbox(key="few_shot:i").set_value("2").run()
    assert any(button.key == "guess:do" for button in app.button)
    assert list(app.query_params["i"]) == ["2"]


# -- ② the bench ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", tasks())
def test_every_task_shows_its_prompts_and_answers(open_page: Open, family: LiveLab, name: str, lang: str) -> None:
    app = open_page(PAGE, step="bench", t=name, n="3", d="5", lang=lang)
    setting = Setting(family.task(name), 3, 5, ARROW)

    assert not app.exception and not errors(app)
    assert codes(app) == [one.text for one in variants(setting).values()]
    assert plain(family.reply(setting.prompt, setting.answers).text) in texts(app)
    assert "bench:bars" in figures(app)
    assert tasks()[name].title[lang] in app.selectbox(key="few_shot:t").options


def test_the_slider_the_seed_and_the_question_change_the_prompt(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE, step="bench")
    task = family.task("opposites")
    assert codes(app)[0] == Setting(task, 4, 0, ARROW).prompt.text
    app.slider(key="few_shot:n:16").set_value(0).run()
    assert codes(app)[0] == Setting(task, 0, 0, ARROW).prompt.text
    assert JA("shots_zero") in texts(app)
    press(app, "n:seed")
    assert codes(app)[0] == Setting(task, 0, 1, ARROW).prompt.text
    app.selectbox(key="few_shot:q").set_value("ながい").run()
    assert codes(app)[0] == "ながい→"
    app.text_input(key="few_shot:w").set_value("ぞう").run()
    assert codes(app)[0] == "ぞう→"
    assert not app.exception and not errors(app)
    assert {"n": "0", "d": "1", "q": "ながい", "w": "ぞう"}.items() <= {
        name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()
    }.items()
    assert "few_shot/bench" in app.session_state["progress"]


def test_letters_that_the_model_does_not_know_are_told_with_a_way_out(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE, step="bench", w="鳥")
    assert not app.exception
    assert errors(app) == [sentence(UnknownLetters(letters="鳥"))]
    assert codes(app)[0].endswith("鳥→")
    live.wait("decoder")
    press(app, "reader:decoder")
    assert not app.exception and not errors(app)
    assert app.text_input(key="few_shot:w").value == "鳥"


def test_a_format_that_cannot_be_read_is_told(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE, step="bench", f="dialogue")
    assert not app.exception
    assert errors(app) == [sentence(UnknownLetters(letters="問答"))]


def test_a_prompt_that_is_too_long_is_told(open_page: Open, family: LiveLab) -> None:
    live.wait("decoder-s")
    app = open_page(PAGE, step="bench", m="decoder-s", n="16", f="dialogue")
    assert not app.exception
    assert len(errors(app)) == 1 and "64" in errors(app)[0]


def test_an_own_prompt_that_is_too_long_is_told_at_once(open_page: Open, family: LiveLab) -> None:
    rows = "\n".join(f"{'あ' * 50}{place}→{'い' * 50}" for place in range(9))
    app = open_page(PAGE, step="own", o=rows, on="8")
    assert not app.exception and len(errors(app)) == 1 and "256" in errors(app)[0]


def test_a_slow_model_answers_when_it_is_asked(
    open_page: Open, family: LiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lessons.few_shot.lab.QUICK", 1)
    app = open_page(PAGE, step="bench")
    assert JA("trial_slow").split("{")[0] in texts(app)
    assert "bench:bars" not in figures(app)
    press(app, "bench:ask")
    assert not app.exception and "bench:bars" in figures(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_measurement_is_made_and_kept(open_page: Open, family: LiveLab, lang: str) -> None:
    say = Strings(PAGE, lang)
    app = open_page(PAGE, step="bench", t="successor", n="2", lang=lang)
    measured(app, "bench:measure")
    assert not app.exception and not errors(app)
    assert "bench:accuracies" in figures(app)
    assert say("measure_interval") in texts(app)
    measured(app, "bench:measure:shuffled")
    name = say("measure_name_shuffled", task=tasks()["successor"].title[lang], shots=2, model=DEFAULT)
    assert plain(name) in texts(app)


def test_a_measurement_can_be_stopped(open_page: Open, family: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lessons.few_shot.running.EPISODES", 100_000)
    app = open_page(PAGE, step="bench", t="successor", n="2")
    press(app, "bench:measure")
    run = app.session_state["few_shot:run"].run
    press(app, "measure:stop")
    assert run.done.wait(TIMEOUT)
    app.run()
    assert not app.exception and not errors(app)
    assert "few_shot:run" not in app.session_state


def test_a_measurement_that_fails_is_told(open_page: Open, family: LiveLab) -> None:
    app = measured(open_page(PAGE, step="own", o="犬→わん\n猫→にゃあ"), "own:measure")
    assert not app.exception
    assert len(errors(app)) == 2  # of the prompt, and of the measurement


# -- ③ an own task ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(len(samples())))
def test_a_sample_is_put_on_the_bench(open_page: Open, family: LiveLab, index: int) -> None:
    app = press(open_page(PAGE, step="own"), f"own:sample:{index}")
    _, found = samples()[index]
    assert not app.exception and not errors(app)
    assert app.text_area(key="few_shot:o").value == pairs.write(found)
    assert codes(app) and "own:bars" in figures(app)
    assert "few_shot/own" in app.session_state["progress"]


def test_a_task_is_shared_by_its_link(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE, step="own", o=ANIMALS, on="2", oq="うし")
    assert not app.exception and not errors(app)
    assert app.text_area(key="few_shot:o").value == ANIMALS
    assert codes(app)[0] == Setting(pairs.read(ANIMALS).task(), 2, 0, ARROW, "うし").prompt.text
    assert app.query_params["o"] in (ANIMALS, [ANIMALS])


BAD: dict[str, tuple[str, str]] = {
    "no two sides": ("うし", "own_unreadable"),
    "twice": ("いぬ→わん", "own_twice"),
    "contradiction": ("いぬ→ばう", "own_contradiction"),
    "too long": ("あ" * 80 + "→い", "own_long"),
    "an open quote": ('"うし\tもう', "own_unreadable"),
    **{f"markup {text}": (f"{text}\tx", "") for text in MARKUP},
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_told_and_nothing_is_lost(open_page: Open, family: LiveLab, name: str, lang: str) -> None:
    line, kind = BAD[name]
    text = f"{ANIMALS}\n{line}"
    app = open_page(PAGE, step="own", lang=lang)
    app.text_area(key="few_shot:o").set_value(text).run()

    assert not app.exception
    assert app.text_area(key="few_shot:o").value == text
    told = [plain(Strings(PAGE, lang)(one.kind, **one.facts)) for one in pairs.read(text).problems]
    assert [one.value for one in app.warning][: len(told)] == told
    assert bool(told) == bool(kind)
    assert codes(app)


def test_one_pair_is_told(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE, step="own", o="いぬ→わん")
    assert not app.exception
    assert len(errors(app)) == 1
    assert app.text_area(key="few_shot:o").value == "いぬ→わん"


def test_five_hundred_pasted_rows(open_page: Open, family: LiveLab) -> None:
    text = "\n".join(f"{number}\t{number + 1}" for number in range(500))
    app = open_page(PAGE, step="own")
    app.text_area(key="few_shot:o").set_value(text).run()
    assert not app.exception and not errors(app)
    told = [one.value for one in app.warning]
    assert plain(JA("own_too_many", count=500, limit=200)) in told
    assert JA("own_link", limit="2,000", length=f"{len(text):,}") in told
    assert app.text_area(key="few_shot:o").value == text
    assert codes(app)


def test_a_pair_that_is_longer_than_the_context(open_page: Open, family: LiveLab) -> None:
    text = "\n".join("あ" * 30 + one + "→" + "い" * 30 for one in "かきくけこさ")
    app = open_page(PAGE, step="own", o=text, on="5")
    assert not app.exception
    assert len(errors(app)) == 1 and "256" in errors(app)[0]
    app.slider(key="few_shot:on:5").set_value(1).run()
    assert not errors(app)


def test_labels_that_are_one_token_are_told(open_page: Open, family: LiveLab) -> None:
    app = open_page(PAGE, step="own", o="いぬ→漢\nねこ→字")
    assert not app.exception
    assert plain(JA("own_same", one="漢", two="字")) in [one.value for one in app.warning]


# -- recorded, then live ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_recorded_run_is_shown_while_the_model_is_loaded(
    open_page: Open, unloaded: Callable[[], None], lang: str
) -> None:
    say = Strings(PAGE, lang)
    app = press(open_page(PAGE, lang=lang), "guess:skip")
    assert not app.exception and not errors(app)
    assert f"[{say('badge_recorded')}]" in texts(app) and say("needs_live") not in texts(app)
    for name in tasks():
        app = open_page(PAGE, step="bench", t=name, lang=lang)
        assert not app.exception and not errors(app)
        assert say("model_loading") in texts(app)
        assert f"[{say('badge_recorded')}]" in texts(app)
        assert "bench:bars" in figures(app)
        assert codes(app) == [one.text for one in variants(Setting(recorded().task(name), 4, 0, ARROW)).values()]


def test_an_own_task_waits_for_the_model(open_page: Open, unloaded: Callable[[], None]) -> None:
    app = open_page(PAGE, step="own", o=ANIMALS)
    assert not app.exception and not errors(app)
    assert JA("needs_live") in texts(app)
    assert app.text_area(key="few_shot:o").value == ANIMALS


# -- nonsense ---------------------------------------------------------------------------------------------------

NONSENSE = [
    {"i": "99"},
    {"t": "foo", "n": "nan"},
    {"n": "-1", "d": "-5"},
    {"n": "9" * 1999, "d": "²"},
    {"q": "none", "w": "あ" * 1999},
    {"f": "x"},
    {"o": "→" * 1000},
    {"o": "\t" * 1000, "on": "x", "oq": "x"},
    {"o": "あ" * 5000},
    {"o": "a→b\nc→d", "on": "99", "ow": "<script>alert(1)</script>"},
    {"w": "</script><script>alert(1)</script>"},
    {"w": "\u202e\u0000\u0007🐦"},
    {"lang": "<script>"},
    {"unknown": "1"},
]


@pytest.mark.parametrize("link", NONSENSE, ids=lambda link: str(link)[:40])
def test_nonsense_in_a_link_is_harmless(open_page: Open, family: LiveLab, link: dict[str, str]) -> None:
    app = open_page(PAGE, **link)
    for step in MINE:
        at_step(app, step)
        assert not app.exception, step
        assert app.title[0].value.startswith("In-Context")


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_shown_as_it_is(open_page: Open, family: LiveLab, text: str) -> None:
    app = open_page(PAGE, step="bench", w=text)
    assert not app.exception
    assert codes(app)[0].endswith(f"{text}→")
    app = open_page(PAGE, step="own", o=f"{text}\tx\nいぬ\tわん")
    assert not app.exception


# -- quiz -------------------------------------------------------------------------------------------------------


def answer(app: AppTest, question: dict[str, Any], lang: str, *, right: bool) -> dict[str, Any]:
    """Give the right or the first wrong answer; return the option."""
    options = question[lang]["options"]
    index = next(index for index, option in enumerate(options) if option["correct"] == right)
    app.radio(key=f"quiz:{PAGE}:{question['id']}").set_value(index).run()
    chosen: dict[str, Any] = options[index]
    return chosen


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("right", [True, False])
def test_every_answer_is_explained(open_page: Open, family: LiveLab, lang: str, right: bool) -> None:
    app = open_page(PAGE, step="quiz", lang=lang)
    say, text = Strings(PAGE, lang), sections(PAGE, lang)
    questions_ = toml(PAGE, "quiz")["question"]
    for question in questions_:
        option = answer(app, question, lang, right=right)
        assert any(option["feedback"] in one.value for one in (app.success if right else app.warning))
        assert right or say("quiz_try_it", heading=text[question["anchor"]].title) in texts(app)

    assert not app.exception
    total = len(questions_)
    assert say("quiz_score", score=total if right else 0, total=total) in [one.value for one in app.success]
