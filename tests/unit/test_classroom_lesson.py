"""The class in the app: links, places, words, bars, and that outside a room it costs nothing."""

import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.classroom import Activity, Classroom, Member, Place, Question, View
from core.classroom.records import KINDS as STORED
from core.errors import UnknownBrowser
from lessons.classroom import address, bars, following, retention, seats
from lessons.classroom.bars import Bar, Pair
from lessons.classroom.kinds import KINDS, poll, predict, quiz
from lessons.classroom.office import PAGE
from lessons.classroom.seats import Seat
from lessons.registry import lessons, pages
from lessons.text import LANGUAGES, Strings, toml

ROOT = Path(__file__).parents[2]
SCRIPT = "<script>alert(1)</script>"
MEMBER = Member(1, 1, "CFHJKM", "はなこ")


def seat() -> Seat:
    return Seat("member", MEMBER.code, MEMBER.nickname, member=MEMBER)


def view(place: Place | None = None, asked: Activity | None = None) -> View:
    return View(1, place, asked, 1, 0, 0.0)


def asked(at: float, number: int = 1) -> Activity:
    return Activity(number, Question("poll", "?", ("a", "b")), "open", at)


# -- links -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://192.168.1.7:8501/classroom", "http://192.168.1.7:8501/classroom?room=CFHJKM"),
        ("https://school.example/kotori/classroom?room=OLD", "https://school.example/kotori/classroom?room=CFHJKM"),
        ("https://school.example/classroom/", "https://school.example/classroom?room=CFHJKM"),
        ("http://[2001:db8::1]:8501/classroom", "http://[2001:db8::1]:8501/classroom?room=CFHJKM"),
    ],
)
def test_an_address_that_others_can_open_is_kept(url: str, text: str) -> None:
    assert address.made(url, "", "CFHJKM", "ja") == address.Link(text)


HERE = ["localhost", "127.0.0.1", "127.0.1.1", "[::1]", "0.0.0.0", "[::]", "kotori.localhost"]


@pytest.mark.parametrize("host", HERE)
def test_the_address_of_this_machine_becomes_that_in_its_network(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "networks", lambda: ("192.168.1.7",))
    found = address.made(f"http://{host}:8501/classroom", "", "CFHJKM", "en")
    assert found == address.Link("http://192.168.1.7:8501/classroom?room=CFHJKM&lang=en", choice=("192.168.1.7",))


@pytest.mark.parametrize("listens", ["0.0.0.0", "::"])
def test_a_server_for_everybody_says_nothing(listens: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "networks", lambda: ("192.168.1.7",))
    assert address.made("http://0.0.0.0:8501/classroom", listens, "CFHJKM", "ja").trouble == ""


@pytest.mark.parametrize("listens", ["127.0.0.1", "localhost", "::1"])
def test_a_server_for_this_machine_alone_says_so(listens: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "networks", lambda: ("192.168.1.7",))
    found = address.made("http://localhost:8501/classroom", listens, "CFHJKM", "ja")
    assert found == address.Link("http://localhost:8501/classroom?room=CFHJKM", "alone")


def test_a_machine_in_no_network_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "networks", tuple)
    assert address.made("http://localhost:8501/classroom", "", "CFHJKM", "ja").trouble == "offline"
    assert address.made("", "", "CFHJKM", "ja").text == "http://localhost/classroom?room=CFHJKM"


def test_a_machine_in_several_networks_leaves_the_choice_to_the_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "networks", lambda: ("10.8.0.2", "192.168.1.7"))
    url = "http://localhost:8501/classroom"
    assert address.made(url, "", "CFHJKM", "ja").text.startswith("http://10.8.0.2:8501/")
    assert address.made(url, "", "CFHJKM", "ja", "192.168.1.7").text.startswith("http://192.168.1.7:8501/")
    assert address.made(url, "", "CFHJKM", "ja", "evil.example").text.startswith("http://10.8.0.2:8501/")


def test_a_hotspot_without_a_way_to_the_internet_has_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "outward", lambda: None)
    monkeypatch.setattr(address, "interfaces", lambda: iter(["127.0.0.1", "10.42.0.1", "169.254.3.4"]))
    assert address.networks() == ("10.42.0.1",)


def test_the_addresses_in_networks_are_none_of_this_machine_alone() -> None:
    for found in address.networks():
        assert socket.inet_aton(found) and not address.is_here(found)


def test_the_qr_code_is_a_picture_on_white_from_this_machine() -> None:
    image = address.Link("http://192.168.1.7:8501/classroom?room=CFHJKM").image
    assert image.startswith("data:image/svg+xml") and "%23fff" in image
    assert "http://192" not in image


# -- places ------------------------------------------------------------------------------------------------------


def test_the_class_can_be_brought_to_every_step() -> None:
    for lesson in lessons():
        names = toml(lesson.id, "ui")
        for step in following.steps(lesson.id):
            for lang in LANGUAGES:
                place = following.step_of(lesson.id, step)
                assert following.name_of(place, lang) == f"{lesson.title[lang]} — {names[f'step_{step}'][lang]}"
    for page in pages():
        assert following.name_of(following.view_of(page.id, {}), "ja") == page.title["ja"]


def test_a_page_that_is_not_there_has_no_name_and_is_not_opened() -> None:
    place = Place("../../etc", "x")
    assert following.entry_of(place) is None and following.name_of(place, "ja") == ""
    following.go(place)


def test_a_place_keeps_what_the_teacher_sees_but_not_how() -> None:
    link = {"s": "鳥が", "step": "cut", "present": "1", "hide": "guide", "ruby": "1", "lang": "en", "room": "X"}
    place = following.view_of("gpt", link)
    assert {name: value for name, value in place.params.items() if name != following.AT} == {"s": "鳥が", "step": "cut"}
    assert following.since(place) > 0
    assert following.since(Place("gpt", "", {following.AT: "x"})) == 0


def test_a_class_that_roams_is_not_called() -> None:
    assert following.call(view(None, asked(5.0)), seat()) is None


def test_each_place_calls_once_and_the_same_place_again() -> None:
    here, first = seat(), Place("gpt", "why", {following.AT: "10"})
    assert following.call(view(first), here) == first
    here.followed = first
    assert following.call(view(first), here) is None
    again = replace(first, params={following.AT: "11"})
    assert following.call(view(again), here) == again


def test_a_question_that_is_newer_than_the_place_calls_to_the_class() -> None:
    here, place = seat(), Place("gpt", "why", {following.AT: "10"})
    assert following.call(view(place, asked(9.0)), here) == place
    assert following.call(view(place, asked(11.0)), here) == Place(PAGE)
    here.called = 1
    assert following.call(view(place, asked(11.0)), here) is None
    revealed = replace(asked(11.0), state="revealed")
    assert following.call(view(place, revealed), seat()) == Place(PAGE)  # whoever reloads while all look at the result


# -- what is typed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "word"), [(" 降る　", "降る"), ("ﾌﾙ", "フル"), ("ＲＡＩＮ", "RAIN"), ("a\nb", "a b")]
)
def test_words_that_look_alike_are_counted_together(typed: str, word: str) -> None:
    assert predict.read_word(typed) == word


@pytest.mark.parametrize("typed", ["", "　", "\u200b", "\u202e", "\n"])
def test_what_cannot_be_seen_is_no_word(typed: str) -> None:
    assert predict.read_word(typed) is None


@given(st.text(max_size=60))
def test_a_word_that_was_read_stays_as_it_is(typed: str) -> None:
    word = predict.read_word(typed)
    assert word is None or (0 < len(word) <= predict.LONGEST_WORD and word == word.strip())


def test_a_sentence_has_the_holes_that_its_question_needs() -> None:
    assert predict.read_text(" 鳥が[MASK]。 ", predict.MASKED) == "鳥が[MASK]。"
    for text in ("", "鳥が鳴く", "[MASK]が[MASK]"):
        assert predict.read_text(text, predict.MASKED) is None
    assert predict.read_text("雨が", predict.NEXT) == "雨が"
    for text in (" ", "雨が[MASK]"):
        assert predict.read_text(text, predict.NEXT) is None


def test_every_example_can_be_asked() -> None:
    for mode in predict.MODES:
        for one in toml("classroom", "examples")[mode]:
            assert predict.read_text(one["text"], mode) == one["text"]


def test_options_are_one_a_line_and_different() -> None:
    assert poll.read_options("はい\n\n  いいえ  \nはい\n") == ("はい", "いいえ")
    assert poll.read_options("ﾊｲ\nハイ") == ("ハイ",)
    assert len(poll.read_options("\n".join(map(str, range(99))))) == poll.MOST_OPTIONS
    for lang in LANGUAGES:
        say = Strings("classroom", lang)
        assert all(len(poll.read_options(say(f"poll_{name}_options"))) >= 2 for name in poll.PRESETS)


def test_every_kind_can_be_stored_and_is_named() -> None:
    assert set(KINDS) <= set(STORED)
    for lang in LANGUAGES:
        assert all(Strings("classroom", lang)(f"kind_{kind}") for kind in KINDS)


def test_a_template_is_read_in_the_readers_language_and_the_teachers_own_words_are_not() -> None:
    ja, en = Strings("classroom", "ja"), Strings("classroom", "en")
    data = {"preset": "understood"}
    ready = Question("poll", ja("poll_understood_text"), ("わかった", "まだ"), data=data)
    assert poll.title(ready, "en") == en("poll_understood_text") and poll.options(ready, "en") == ("Clear", "Not yet")
    reworded = Question("poll", "トークンは?", ("わかった", "まだ"), data=data)
    assert poll.title(reworded, "en") == "トークンは?" and poll.options(reworded, "en") == ("Clear", "Not yet")
    for preset in ("own", "", "<script>"):
        own = Question("poll", "どれ?", ("一", "二"), data={"preset": preset})
        assert poll.title(own, "en") == "どれ?" and poll.options(own, "en") == ("一", "二")


def test_a_quiz_is_read_in_the_readers_language() -> None:
    lesson = next(iter(quiz.with_quiz()))
    entry = toml(lesson, "quiz")["question"][0]
    question = Question("quiz", "old text", ("old",), 0, data={"lesson": lesson, "id": entry["id"]})
    for lang in LANGUAGES:
        assert quiz.title(question, lang) == entry[lang]["text"]
        assert quiz.options(question, lang) == tuple(option["text"] for option in entry[lang]["options"])
    gone = replace(question, data={"lesson": "../x", "id": "y"})
    assert quiz.title(gone, "ja") == "old text" and quiz.options(gone, "ja") == ("old",)


# -- bars --------------------------------------------------------------------------------------------------------


def test_bars_show_text_as_text() -> None:
    drawn = bars.bars([Bar(SCRIPT, 0.5, SCRIPT, (SCRIPT,), True)])
    drawn += bars.pairs([Pair(SCRIPT, 0.5, SCRIPT, 0.25, SCRIPT, (SCRIPT,))], SCRIPT, SCRIPT)
    assert "<script" not in drawn and drawn.count("&lt;script&gt;") == 11
    assert re.findall(r"width:([\d.]+)%", drawn) == ["50.0", "50.0", "25.0"]


def test_a_bar_is_as_long_as_its_share_and_never_longer() -> None:
    for share, width in ((-1.0, "0.0"), (0.0, "0.0"), (1 / 3, "33.3"), (7.0, "100.0")):
        assert f"width:{width}%" in bars.bars([Bar("a", share, "")])
    assert "width:0.0%" in bars.pairs([Pair("a", 0, "", None, "—")], "c", "m")


@pytest.mark.parametrize(("prob", "text"), [(0.5334, "53.3%"), (0.001, "0.1%"), (0.00099, "<0.1%"), (0.0, "<0.1%")])
def test_probabilities_are_told_as_a_reader_wants_them(prob: float, text: str) -> None:
    assert predict.percent(prob) == text


# -- what the browser sends --------------------------------------------------------------------------------------


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A session without a browser."""
    state: dict[str, object] = {}
    monkeypatch.setattr(seats.st, "session_state", state)
    return state


@pytest.mark.parametrize(
    "found",
    [
        None,
        "text",
        {},
        {"role": "teacher"},
        {"role": "teacher", "code": "no code"},
        {"role": "admin", "code": "CFHJKM"},
        {"role": ["member"], "code": {"x": 1}},
    ],
)
def test_nonsense_from_a_browser_seats_nobody(session: dict[str, object], found: object) -> None:
    seats.hear(found)
    assert seats.seat() is None


def test_a_browser_that_sat_somewhere_sits_there_again(session: dict[str, object]) -> None:
    seats.hear({"secret": "s" * 48, "role": "member", "code": "cfh-jkm", "name": "x" * 999})
    here = seats.seat()
    assert here is not None and not here.let_in
    assert (here.role, here.code, len(here.name)) == ("member", "CFHJKM", seats.LONGEST)


def test_who_presses_before_the_browser_is_heard_joins_when_it_is(
    session: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: list[str] = []

    class Rooms:
        def join(self, code: str, nickname: str, token: str, who: str) -> Member:
            tokens.append(token)
            if not token:
                raise UnknownBrowser()
            return replace(MEMBER, code=code, nickname=nickname)

    monkeypatch.setattr(seats, "office", Rooms)
    monkeypatch.setattr(seats, "who", str)
    assert not seats.trying(lambda: seats.join("CFHJKM", "はなこ"))
    assert seats.seat() is None and "UnknownBrowser" in repr(session[seats.TOLD])
    seats.hear({"secret": "0123456789abcdef"})
    here = seats.seat()
    assert here is not None and here.member == MEMBER and tokens[0] == "" != tokens[1]
    assert seats.TOLD not in session
    seats.stand_up()
    seats.hear({"secret": "0123456789abcdef"})
    assert seats.seat() is None  # once


def test_the_token_of_a_room_tells_nothing_about_another(session: dict[str, object]) -> None:
    assert seats.token("CFHJKM") == ""
    seats.hear({"secret": "s" * 48})
    assert seats.token("cfh-jkm") == seats.token("ＣＦＨＪＫＭ") != seats.token("CFHJKN")
    assert "s" * 48 not in seats.token("CFHJKM") and len(seats.token("CFHJKM")) == 64


# -- outside a room ----------------------------------------------------------------------------------------------


def test_rooms_go_by_themselves_when_their_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "class.sqlite3"
    monkeypatch.setenv("KOTORI_DATABASE", str(file))
    now = [0.0]
    rooms = Classroom(clock=lambda: now[0])
    monkeypatch.setattr(retention, "office", lambda: rooms)
    assert retention.sweep() == 0 and not file.exists()  # none is made to look into it
    opened = rooms.open()
    rooms.join(opened.code, "secret nickname", "0123456789abcdef", "")
    now[0] = 24 * 3600 - 1.0
    assert retention.sweep() == 0
    now[0] = 24 * 3600
    assert retention.sweep() == 1
    assert [one for one in tmp_path.iterdir() if b"secret nickname" in one.read_bytes()] == []
    rooms.dispose()
    monkeypatch.setenv("KOTORI_DATABASE", str(tmp_path / "nowhere" / "class.sqlite3"))
    monkeypatch.setattr(retention, "office", Classroom)
    assert retention.sweep() == 0


def test_where_no_database_is_used_none_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOTORI_DATABASE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(retention, "office", lambda: pytest.fail("asked for the rooms"))
    assert retention.sweep() == 0


def test_a_page_outside_a_room_imports_no_database() -> None:
    program = """
import sys
from streamlit.testing.v1 import AppTest
from lessons import live

live.model = lambda name: None
app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception
app.switch_page("pages/classroom.py").run()
assert not app.exception and app.title
heavy = {"sqlalchemy", "alembic", "torch", "transformers"} & {*sys.modules}
assert not heavy, heavy
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
