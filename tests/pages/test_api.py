"""The API lesson without a browser: every step in both languages, and what a reader does on each."""

import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lessons import live, serving
from lessons.api import public
from lessons.api.cases import habits, prompts
from lessons.api.steps import STEPS
from lessons.api.steps.servers import BASE as ADDRESS
from lessons.api.steps.servers import KEY, MODEL
from lessons.text import LANGUAGES, Strings, plain, sections, toml

Open = Callable[..., AppTest]
PAGE = "api"
JA = Strings(PAGE, "ja")
PATIENCE = 60  # s until the server is there, an upper bound against hanging
SECRET = "sk-very-secret"


@pytest.fixture(scope="session")
def api() -> serving.Endpoint:
    """Wait until the server and its models are ready."""
    live.wait("chat")
    live.wait("decoder")
    end = time.monotonic() + PATIENCE
    while (found := serving.endpoint()) is None:
        assert not serving.failed() and time.monotonic() < end
        time.sleep(0.1)
    return found


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def well(app: AppTest) -> bool:
    return not app.exception and not app.error


def shown(app: AppTest) -> str:
    parts = (app.markdown, app.caption, app.info, app.success, app.warning, app.error, app.code)
    return "\n".join(str(one.value) for part in parts for one in part)


def is_done(app: AppTest, step: str) -> bool:
    return f"{PAGE}/{step}" in app.session_state["progress"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_in_both_languages(open_page: Open, api: serving.Endpoint, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)
    assert well(app)
    assert sections(PAGE, lang)[step].title in [one.value for one in app.subheader]


def test_the_question_is_run(open_page: Open, api: serving.Endpoint) -> None:
    frame, app = Strings("frame", "ja"), open_page(PAGE)
    assert frame("task_open") in shown(app)
    app = press(app, "question:do")
    assert well(app) and is_done(app, "question")
    assert frame("task_done") in shown(app) and JA("badge_live") in shown(app)
    assert api.base in app.code[0].value


def test_a_reader_at_another_machine_is_told_where_the_program_works(
    open_page: Open, api: serving.Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in ("question", "errors"):
        assert JA("program_far") not in shown(open_page(PAGE, step=step))
    monkeypatch.setattr(serving.Endpoint, "seen_from", lambda self, page: None)
    for step in ("question", "errors"):
        app = open_page(PAGE, step=step)
        assert well(app) and JA("program_far") in shown(app)
    monkeypatch.setattr(serving.Endpoint, "seen_from", lambda self, page: "http://192.0.2.7:8555/v1")
    app = press(open_page(PAGE), "question:do")
    assert well(app) and is_done(app, "question") and "http://192.0.2.7:8555/v1" in app.code[0].value


def test_both_models_get_the_same_messages(open_page: Open, api: serving.Endpoint) -> None:
    app = press(press(open_page(PAGE, step="messages", w="2"), "messages:chat:do"), "messages:decoder:do")
    assert well(app) and is_done(app, "messages")
    assert ":orange-background" in shown(app) and ":blue-background" in shown(app)


def test_the_editor_adds_changes_and_removes(open_page: Open, api: serving.Endpoint) -> None:
    app = press(open_page(PAGE, step="playground"), "editor:add")
    app.text_input(key="editor:text:2").set_value("**はい**").run()
    assert app.selectbox(key="editor:role:2").value == "assistant"
    assert '"content": "**はい**"' in app.code[0].value
    app = press(app, "editor:remove:0")
    assert "system" not in app.code[0].value
    assert well(app)
    app = press(app, "playground:do")
    assert well(app)


def test_a_link_opens_the_playground_as_it_was(open_page: Open, api: serving.Endpoint) -> None:
    app = open_page(PAGE, step="playground", m='[["u","こんにちは。"]]', t="0", sd="5", sp="。", o="decoder", lp="1")
    code = app.code[0].value
    for part in ('"こんにちは。"', "temperature=0", "seed=5", 'stop="。"', 'model="decoder"', "logprobs=True"):
        assert part in code
    assert well(press(app, "playground:do"))


@pytest.mark.parametrize("m", ["[", '[["u","' + "あ" * 1900, '[["x","y"]]', '[["u","<script>alert(1)</script>"]]'])
def test_a_link_with_anything_opens(open_page: Open, api: serving.Endpoint, m: str) -> None:
    app = open_page(PAGE, step="playground", m=m, t="hot", tp="nan", mt="-3", sd="x" * 50, o="../etc")
    assert well(app)


def test_a_stream_is_shown_with_its_lines(open_page: Open, api: serving.Endpoint) -> None:
    app = press(open_page(PAGE, step="stream"), "stream:do")
    assert well(app) and is_done(app, "stream")
    assert any("data: [DONE]" in one.value for one in app.code)


def test_tokens_are_guessed_counted_and_paid(open_page: Open, api: serving.Endpoint) -> None:
    app = press(open_page(PAGE, step="tokens", pi="2", po="8"), "guess:skip")
    assert well(app) and is_done(app, "tokens")
    assert app.metric[0].value.startswith("0.000")
    app = press(app, "tokens:growth")
    assert well(app)
    assert JA("session_all") in shown(app)


def test_the_same_call_again_and_again(open_page: Open, api: serving.Endpoint) -> None:
    app = press(open_page(PAGE, step="settings", sw="0"), "settings:do")
    assert JA("draws_told", draws=8, different=1) in shown(app)
    app.selectbox(key="api:sw").set_value("3").run()
    app = press(app, "settings:do")
    assert well(app) and is_done(app, "settings")
    assert shown(app).count(JA("draws_told", draws=8, different=1)) == 2


@pytest.mark.parametrize(("kind", "name"), [("key", "AuthenticationError"), ("long", "BadRequestError")])
def test_a_failure_is_brought_about(open_page: Open, api: serving.Endpoint, kind: str, name: str) -> None:
    app = press(open_page(PAGE, step="errors", e=kind), f"errors:{kind}")
    assert well(app) and is_done(app, "errors")
    assert f"`openai.{name}`" in shown(app)


def test_the_fourth_call_is_refused(open_page: Open, api: serving.Endpoint) -> None:
    app = press(press(open_page(PAGE, step="errors", e="rate"), "guess:skip"), "errors:rate")
    assert well(app)
    assert "`RateLimitError` (429)" in shown(app)


def test_a_talk_forgets(open_page: Open, api: serving.Endpoint) -> None:
    app = press(open_page(PAGE, step="memory"), "guess:skip")
    for _ in range(10):
        app = press(app, "memory:next")
        assert well(app)
    assert is_done(app, "memory")
    assert ":material/cloud_off:" in shown(app)


@pytest.mark.parametrize("habit", habits())
def test_examples_are_measured(open_page: Open, api: serving.Endpoint, habit: str) -> None:
    app = press(press(open_page(PAGE, step="few_shot", h=habit), "guess:skip"), "few_shot:do")
    assert well(app) and is_done(app, "few_shot")


def test_a_readers_key_stays_in_the_session(
    open_page: Open, api: serving.Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "reader_elsewhere", lambda: False)
    app = open_page(PAGE, step="servers")
    app.text_input(key=ADDRESS).set_value(api.practice).run()
    app.text_input(key=KEY).set_value(SECRET).run()
    app.text_input(key=MODEL).set_value("chat").run()
    app = press(app, "servers:do")
    assert not app.exception
    assert plain(JA("refused_key")) in [one.value for one in app.error]
    assert SECRET not in shown(app) + str(app.query_params)
    assert api.practice not in str(app.query_params)
    app.text_input(key=KEY).set_value(api.issue()).run()
    app = press(app, "servers:do")
    assert well(app) and is_done(app, "servers")
    app.button_group(key="api:step").set_value("question").run()
    assert KEY not in app.session_state
    app.button_group(key="api:step").set_value("servers").run()
    assert app.text_input(key=KEY).value == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_from_another_device_no_server_inside_is_called(
    open_page: Open, api: serving.Endpoint, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setattr(public, "reader_elsewhere", lambda: True)
    app = open_page(PAGE, step="servers", lang=lang)
    for key, text in ((ADDRESS, api.practice), (KEY, SECRET), (MODEL, "chat")):
        app.text_input(key=key).set_value(text).run()
    app = press(app, "servers:do")
    assert not app.exception
    assert [one.value for one in app.error] == [plain(Strings(PAGE, lang)("refused_inside"))]


@pytest.mark.parametrize("base", ["ftp://a.b", "https://u:p@a.b", "", "https://[", "<b>"])
def test_an_address_that_is_none_is_one_sentence(open_page: Open, api: serving.Endpoint, base: str) -> None:
    app = open_page(PAGE, step="servers")
    app.text_input(key=ADDRESS).set_value(base).run()
    assert well(app)
    assert app.button(key="servers:do").disabled


def test_the_quiz_tells_why(open_page: Open, api: serving.Endpoint) -> None:
    app = open_page(PAGE, step="quiz")
    (question, *_) = toml(PAGE, "quiz")["question"]
    wrong = next(place for place, one in enumerate(question["ja"]["options"]) if not one["correct"])
    app.radio(key=f"quiz:api:{question['id']}").set_value(wrong).run()
    assert any(question["ja"]["options"][wrong]["feedback"] in one.value for one in app.warning)


def test_own_words_of_any_kind_are_asked(open_page: Open, api: serving.Endpoint) -> None:
    app = press(open_page(PAGE, i="own", p="<b>雨</b> **が** 小鳥:"), "question:do")
    assert well(app)
    app = press(open_page(PAGE, i="own", p="雨が降っています。" * 100), "question:do")
    assert not app.exception and len(app.error) == 1


def test_the_recorded_answers_are_shown_before_the_server_is_there(
    open_page: Open, unloaded: Callable[[], None]
) -> None:
    app = open_page(PAGE, step="messages")
    assert well(app)
    assert plain(prompts()[0]["text"]) in shown(app)
    assert app.button(key="messages:chat:do").disabled
    assert ":orange-background" in shown(app)


def test_it_can_be_switched_off(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(serving.SWITCH, serving.OFF)
    monkeypatch.setattr(serving, "_found", [])
    app = open_page(PAGE)
    assert well(app.run()) and JA("server_off") in shown(app)
