"""The class without a browser: a teacher and learners in sessions of their own, on one database."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from core.classroom import Classroom
from core.classroom.codes import shown
from core.errors import DatabaseAway, NoSuchRoom
from lessons.classroom import following, seats
from lessons.classroom.office import office
from lessons.classroom.seats import SEAT, SECRET, Seat
from lessons.registry import lessons, pages
from lessons.self_attention.lab import LiveLab
from lessons.text import LANGUAGES, Strings, toml

Open = Callable[..., AppTest]
SCRIPT = "<script>alert(1)</scr"[:20]
GPT = next(lesson for lesson in lessons() if lesson.id == "gpt")


@pytest.fixture(autouse=True)
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Classroom]:
    """Give the app an empty database of its own."""
    monkeypatch.setenv("KOTORI_DATABASE", str(tmp_path / "class.sqlite3"))
    office.cache_clear()
    yield office()
    office().dispose()
    office.cache_clear()


def words(lang: str) -> Strings:
    return Strings("classroom", lang)


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html") if not element.proto.body.startswith("<style"))


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "success", "warning", "error", "subheader")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def here(app: AppTest) -> Seat:
    found: Seat = app.session_state[SEAT]
    return found


@pytest.fixture
def teacher(open_page: Open) -> AppTest:
    """A teacher who has just opened a room."""
    return press(open_page("classroom"), "class:open")


def join(open_page: Open, code: str, nickname: str, lang: str = "ja") -> AppTest:
    """Return the session of a learner who has joined."""
    app = open_page("classroom", lang=lang, room=code)
    app.session_state[SECRET] = f"secret of {nickname} " * 3
    app.text_input(key="class:nickname").set_value(nickname)
    return press(app, "class:join:do")


def vote(app: AppTest, answer: str) -> None:
    """Do what the ballot does when the browser sends an answer."""
    seat = here(app)
    assert seat.member is not None
    activity = office().look(seat.code).activity
    assert activity is not None
    office().vote(seat.member, activity.id, answer)
    seat.mine.pop(activity.id, None)


def at(app: AppTest) -> str:
    return str(app.session_state["state:at"])


def led(app: AppTest) -> AppTest:
    """Do what the browser does when the session is brought somewhere: press the link that is not seen."""
    names = {page.title["en"]: page for page in pages()}
    (link,) = [one.proto for one in app.get("page_link") if one.proto.label in names]
    app.query_params = dict(parse_qsl(link.query_string, keep_blank_values=True))
    return app.switch_page(names[link.label].page).run()


# -- the door ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_teacher_opens_a_room_and_learners_come_in(open_page: Open, lang: str) -> None:
    say = words(lang)
    teacher = press(open_page("classroom", lang=lang), "class:open")
    code = here(teacher).code
    assert shown(code) in html(teacher) and say("members_count", count=0) in html(teacher)

    learner = join(open_page, shown(code).lower(), SCRIPT, lang)
    assert not learner.exception and not learner.error
    assert here(learner).code == code and here(learner).name == SCRIPT

    teacher.run()
    assert not teacher.exception
    assert "<li>&lt;script&gt;alert(1)&lt;/sc</li>" in html(teacher)
    assert SCRIPT not in html(teacher) and say("members_count", count=1) in html(teacher)


def test_the_code_of_the_link_is_filled_in(open_page: Open) -> None:
    app = open_page("classroom", room="CFHJKM")
    assert app.text_input(key="class:code").value == "CFHJKM"
    assert not open_page("classroom", room='"><script>').exception


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_code_and_a_wrong_key_are_told(open_page: Open, lang: str) -> None:
    app = join(open_page, "CFHJKM", "はなこ", lang)
    assert [error.value for error in app.error] == [NoSuchRoom().message(lang).replace(".", "\\.")]
    app.text_input(key="class:teach:code").set_value("CFHJKM")
    app.text_input(key="class:teach:key").set_value("nonsense")
    app = press(app, "class:teach:do")
    assert len(app.error) == 1 and SEAT not in app.session_state


def test_without_a_secret_of_the_browser_nobody_joins(open_page: Open, teacher: AppTest) -> None:
    app = open_page("classroom", room=here(teacher).code)
    app.text_input(key="class:nickname").set_value("はなこ")
    app = press(app, "class:join:do")
    assert len(app.error) == 1 and not app.exception and SEAT not in app.session_state


def test_the_key_opens_the_room_on_a_second_device(open_page: Open, teacher: AppTest) -> None:
    second = open_page("classroom", room=here(teacher).code)
    second.text_input(key="class:teach:key").set_value(here(teacher).name.lower())
    second = press(second, "class:teach:do")
    assert here(second).teacher == here(teacher).teacher
    press(second, "class:ask")
    assert toml("classroom", "ui")["poll_understood_text"]["ja"] in html(teacher.run())


def test_a_browser_that_comes_back_sits_where_it_sat(open_page: Open, teacher: AppTest) -> None:
    code, key = here(teacher).code, here(teacher).name
    first = join(open_page, code, "はなこ")
    again = open_page("gpt")
    again.session_state[SECRET] = first.session_state[SECRET]
    again.session_state[SEAT] = Seat("member", code, "はなこ")
    again.run()
    assert here(again).member == here(first).member
    assert f"**{shown(code)}** · はなこ" in texts(again)

    desk = open_page("classroom")
    desk.session_state[SEAT] = Seat("teacher", code, key)
    desk.run()
    assert here(desk).teacher == here(teacher).teacher and shown(code) in html(desk)

    gone = open_page("classroom")
    gone.session_state[SEAT] = Seat("member", "CFHJKM", "はなこ")
    gone.run()
    assert SEAT not in gone.session_state and len(gone.error) == 1 and not gone.exception


def test_a_learner_leaves(open_page: Open, teacher: AppTest) -> None:
    learner = press(join(open_page, here(teacher).code, "はなこ"), "class:leave")
    learner.run()
    assert SEAT not in learner.session_state and learner.button(key="class:open")
    assert words("ja")("members_count", count=0) in html(teacher.run())


# -- questions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_poll(open_page: Open, teacher: AppTest, lang: str) -> None:
    say, code = words(lang), here(teacher).code
    first, second = (join(open_page, code, name, lang) for name in ("はなこ", "Taro"))
    teacher.selectbox(key="class:poll:preset").set_value("own").run()
    teacher.text_input(key="class:poll:text:own").set_value("*どれ*?").run()
    teacher.text_area(key="class:poll:options").set_value("<b>一</b>\n二").run()
    teacher = press(teacher, "class:ask")
    first.run()
    assert not first.exception and [heading.value for heading in first.subheader] == ["\\*どれ\\*?"]
    vote(first, "1")
    vote(second, "0")
    vote(second, "1")
    drawn = html(teacher.run())
    assert "&lt;b&gt;一&lt;/b&gt;" in drawn and "width:100.0%" in drawn and "2人 (100%)" in drawn

    teacher = press(press(teacher, "class:close"), "class:reveal")
    assert not teacher.exception and not teacher.error
    seen = html(first.run())
    assert say("mark_mine") in seen and say("count_share", count=2, share="100%") in seen


def test_a_poll_needs_two_options(teacher: AppTest) -> None:
    teacher.selectbox(key="class:poll:preset").set_value("own").run()
    teacher.text_area(key="class:poll:options").set_value("一\n一").run()
    assert teacher.button(key="class:ask").disabled


def test_a_quiz_in_two_languages(open_page: Open, teacher: AppTest) -> None:
    learner = join(open_page, here(teacher).code, "Taro", "en")
    teacher.button_group(key="class:kind").set_value("quiz").run()
    lesson = teacher.selectbox(key="class:quiz:lesson").value
    entry = toml(lesson, "quiz")["question"][0]
    teacher = press(teacher, "class:ask")
    assert entry["ja"]["text"] in html(teacher)
    learner.run()
    right = [option["correct"] for option in entry["en"]["options"]].index(True)
    wrong = 1 - min(right, 1)
    vote(learner, str(wrong))
    assert words("ja")("mark_right") not in html(teacher.run())

    teacher = press(teacher, "class:reveal")
    assert entry["ja"]["options"][right]["feedback"] in texts(teacher)
    assert words("ja")("mark_right") in html(teacher)
    learner.run()
    assert not learner.exception
    for number in (right, wrong):
        assert entry["en"]["options"][number]["feedback"] in texts(learner)


@pytest.mark.parametrize("mode", ["masked", "next"])
def test_a_guess_stands_beside_the_models(open_page: Open, teacher: AppTest, lab: LiveLab, mode: str) -> None:
    say = words("ja")
    learner = join(open_page, here(teacher).code, "はなこ")
    teacher.button_group(key="class:kind").set_value("predict").run()
    teacher.radio(key="class:predict:mode").set_value(mode).run()
    teacher = press(teacher, "class:ask")
    learner.run()
    vote(learner, "ぬぬぬぬぬぬ")
    assert "ぬぬ" not in html(teacher.run()) and say("predict_hidden") in texts(teacher)

    teacher = press(teacher, "class:reveal")
    assert not teacher.exception and not teacher.error
    for app in (teacher, learner.run()):
        drawn = html(app)
        assert "ぬぬぬぬぬぬ" in drawn and say("count_share", count=1, share="100%") in drawn
        assert drawn.count("cl-bar model") >= 4
        assert f"badge[{say('badge_live')}]" in texts(app)
        assert (say("predict_unknown") in drawn) == (mode == "masked")


def test_a_guess_waits_for_a_model_that_is_on_its_way(
    open_page: Open, teacher: AppTest, unloaded: Callable[[], None]
) -> None:
    learner = join(open_page, here(teacher).code, "はなこ")
    teacher.button_group(key="class:kind").set_value("predict").run()
    teacher = press(teacher, "class:ask")
    learner.run()
    vote(learner, "鳴く")
    teacher = press(teacher, "class:reveal")
    assert "鳴く" in html(teacher) and words("ja")("model_loading") in texts(teacher)
    unloaded()


def test_a_sentence_without_a_hole_cannot_be_asked(teacher: AppTest) -> None:
    teacher.button_group(key="class:kind").set_value("predict").run()
    teacher.text_input(key="class:predict:text:masked:0").set_value("鳥が鳴く").run()
    assert teacher.button(key="class:ask").disabled


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_ranking_stands_at_the_desk_and_among_the_results(open_page: Open, teacher: AppTest, lang: str) -> None:
    learner = join(open_page, here(teacher).code, "はなこ", lang)
    teacher.button_group(key="class:kind").set_value("rank").run()
    teacher = press(teacher, "class:ask")
    learner.run()
    assert not learner.exception
    seat = here(learner)
    asked = office().activities(seat.code)[0]
    assert seat.member is not None and asked.question.text  # the CSV says what was asked
    for item in range(len(asked.question.items)):
        office().vote(seat.member, asked.id, "1>0>2>3", item)
    for _ in range(2):  # while it is open, and when it is revealed
        teacher.run()
        assert not teacher.exception and not teacher.error
        assert words("ja")("rank_told", people=1, rankings=3, pairs=18) in texts(teacher)
        assert {one.key for one in teacher.button} >= {
            f"class:rank:learn:{where}:{asked.id}" for where in ("now", "results")
        }
        office().reveal(office().enter(seat.code, here(teacher).name), asked.id)
    assert not learner.run().exception
    press(teacher, f"class:rank:learn:results:{asked.id}")
    assert at(led(teacher.run())) == "rlhf"  # also if what was drawn first was lost


# -- leading -----------------------------------------------------------------------------------------------------


def test_the_class_is_led_to_a_step_once(open_page: Open, teacher: AppTest) -> None:
    say = words("ja")
    learner = join(open_page, here(teacher).code, "はなこ")
    teacher.selectbox(key="class:lead:page").set_value("gpt").run()
    teacher.selectbox(key="class:lead:gpt").set_value("why").run()
    teacher = press(teacher, "class:lead")
    led(learner.run())
    assert not learner.exception and at(learner) == "gpt"
    assert learner.title[0].value == GPT.title["ja"]
    assert learner.session_state["state:gpt"]["step"] == "why"
    assert say("banner_led") in texts(learner)

    learner.switch_page("pages/tokens.py").run()
    assert at(learner) == "tokens"
    assert at(led(press(learner, "class:back"))) == "gpt"

    press(teacher, "class:roam")
    learner.run()
    assert say("banner_roaming") in texts(learner) and "class:back" not in [one.key for one in learner.button]


def test_the_browser_is_sent_until_it_has_come_there_or_never_comes(open_page: Open, teacher: AppTest) -> None:
    learner = join(open_page, here(teacher).code, "はなこ")
    teacher.selectbox(key="class:lead:page").set_value("tokens").run()
    teacher = press(teacher, "class:lead")
    for _ in range(following.MOST_TRIES - 1):
        assert at(learner.run()) == "classroom"  # Streamlit has thrown away what was drawn
        assert learner.get("page_link")
    assert at(led(learner)) == "tokens"
    assert at(learner.switch_page("pages/gpt.py").run()) == "gpt"
    with pytest.raises(ValueError, match="not enough"):
        led(learner)

    teacher = press(teacher, "class:lead")
    for _ in range(following.MOST_TRIES):
        learner.run()
    with pytest.raises(ValueError, match="not enough"):
        led(learner.run())
    assert words("ja")("banner_led") in texts(learner)


def test_the_class_sees_the_very_view_of_the_teacher(open_page: Open, teacher: AppTest) -> None:
    learner = join(open_page, here(teacher).code, "はなこ")
    learner.switch_page("pages/gpt.py").run()
    learner.session_state["state:gpt"].update(s="自分の文", T="2", step="sampling")
    teacher.query_params = {"s": "鳥が", "step": "guess"}
    teacher.switch_page("pages/gpt.py").run()
    press(teacher, "class:bring")
    learner.run()
    assert learner.session_state["state:gpt"]["s"] == "自分の文"
    led(learner)
    state = learner.session_state["state:gpt"]
    assert (state["s"], state["step"], state["T"]) == ("鳥が", "guess", "1")


def test_a_question_calls_a_led_class_and_knocks_at_a_roaming_one(open_page: Open, teacher: AppTest) -> None:
    learner = join(open_page, here(teacher).code, "はなこ")
    learner.switch_page("pages/tokens.py").run()
    teacher = press(teacher, "class:ask")
    learner.run()
    assert at(learner) == "tokens"
    assert at(led(press(learner, "class:answer"))) == "classroom"

    teacher.selectbox(key="class:lead:page").set_value("models").run()
    teacher = press(teacher, "class:lead")
    assert at(led(learner.run())) == "models"
    press(teacher, "class:ask")
    assert at(led(learner.run())) == "classroom"


def test_whoever_answers_while_the_question_calls_is_brought_there(open_page: Open, teacher: AppTest) -> None:
    learner = join(open_page, here(teacher).code, "はなこ")
    teacher.selectbox(key="class:lead:page").set_value("models").run()
    teacher = press(teacher, "class:lead")
    led(learner.run())
    press(teacher, "class:ask")
    learner.run()
    press(learner, "class:answer")  # before the browser has gone
    assert not learner.exception and at(led(learner)) == "classroom"


# -- trouble and the end -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_database_that_is_away_is_told_and_the_lesson_goes_on(
    open_page: Open, teacher: AppTest, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    learner = join(open_page, here(teacher).code, "はなこ", lang)
    press(teacher, "class:ask")
    learner.run()

    def away(*_: object) -> None:
        raise DatabaseAway(place="class.sqlite3")

    with monkeypatch.context() as patch:
        for name in ("look", "members", "activities"):
            patch.setattr(Classroom, name, away)
        learner.run()
        assert len(learner.warning) == 1 and not learner.exception
        assert [heading.value for heading in learner.subheader]  # the question stays, and the answer with it
        learner.switch_page("pages/tokens.py").run()
        assert "class\\.sqlite3" in texts(learner) and not learner.exception
        assert learner.title[0].value == next(one.title[lang] for one in lessons() if one.id == "tokens")
        teacher.run()
        assert not teacher.exception and teacher.warning
    learner.run()
    assert "class\\.sqlite3" not in texts(learner)


def test_results_can_be_read_again_and_saved(open_page: Open, teacher: AppTest) -> None:
    learner = join(open_page, here(teacher).code, "はなこ")
    teacher = press(teacher, "class:ask")
    learner.run()
    vote(learner, "0")
    teacher = press(press(teacher, "class:reveal"), "class:results:again")
    assert not teacher.exception
    assert teacher.selectbox(key="class:results").options[0].startswith("1. ")
    teacher = press(teacher, "class:csv")
    file = teacher.session_state[seats.FILE]
    assert not teacher.exception and file["name"] == f"kotori-class-{here(teacher).code}.csv"
    assert "はなこ" in file["text"] and file["text"].count("\n") == 2
    press(teacher, "class:stand_up")
    assert seats.FILE not in teacher.session_state  # nothing of the class stays in the session


def test_a_deleted_room_is_gone_for_everybody(open_page: Open, teacher: AppTest) -> None:
    say, code = words("ja"), here(teacher).code
    learner = join(open_page, code, "はなこ")
    assert teacher.button(key="class:delete").disabled
    teacher.checkbox(key="class:delete:sure").check().run()
    teacher = press(teacher, "class:delete")
    assert SEAT not in teacher.session_state and not teacher.exception
    learner.run()
    assert SEAT not in learner.session_state and say("room_gone") in texts(learner)
    with pytest.raises(NoSuchRoom):
        office().look(code)


def test_the_projector_shows_the_code_the_question_and_no_controls(teacher: AppTest) -> None:
    teacher = press(teacher, "class:ask")
    teacher.toggle(key="view:present:switch").set_value(True).run()
    assert not teacher.exception
    assert shown(here(teacher).code) in html(teacher) and "cl-asked" in html(teacher)
    assert "class:ask" not in [one.key for one in teacher.button]
    assert here(teacher).name not in "\n".join(code.value for code in teacher.code)


def test_an_error_of_a_button_stays_for_a_while(teacher: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise DatabaseAway(place="class.sqlite3")

    with monkeypatch.context() as patch:
        patch.setattr(Classroom, "ask", away)
        teacher = press(teacher, "class:ask")
    assert "class\\.sqlite3" in texts(teacher) and not teacher.exception
    monkeypatch.setattr(seats, "TOLD_SECONDS", 0.0)
    teacher.session_state[seats.TOLD] = (DatabaseAway(place="x"), 0.0)
    assert not teacher.run().warning
