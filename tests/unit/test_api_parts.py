"""The API lesson without a server: messages and links, programs, prices, forgetting, addresses, cases, figures."""

import ast
import code
import json
import shlex
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.serving import settings
from lessons import serving
from lessons.api import figures
from lessons.api.addresses import exposed, trouble
from lessons.api.cases import SHOTS, habits, measured, shown, talk, turns
from lessons.api.forgetting import fitting, forgotten
from lessons.api.messages import LONGEST, LONGEST_LINK, MOST, Turn, assistant, read, request, system, user, written
from lessons.api.programs import Server, curl, handling, literal, patient, python
from lessons.api.spending import Usage, cost, price, summed
from lessons.api.spending import shown as money
from lessons.text import LANGUAGES, Strings

LOCAL = Server("http://127.0.0.1:8555/v1")
SECRET = Server("https://api.example.org/v1", variable="OPENAI_API_KEY")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
TURNS = st.lists(st.builds(Turn, st.sampled_from(["system", "user", "assistant"]), TEXTS), min_size=1, max_size=MOST)


# -- messages --------------------------------------------------------------------------------------------------


@given(TURNS)
def test_a_conversation_comes_back_from_its_link(said: list[Turn]) -> None:
    link = written(said)
    assert len(link) <= LONGEST_LINK
    assert not link or read(link) == tuple(said)


@pytest.mark.parametrize("text", ["", "[", "{}", "[1]", '[["x","a"]]', '[["u"]]', '[["u",1]]', "null", "[" * 5000])
def test_what_is_no_conversation_is_none(text: str) -> None:
    assert read(text) is None


def test_a_link_is_cut_to_what_the_editor_takes() -> None:
    found = read(json.dumps([["u", "あ" * 10_000]] * 100))
    assert found is not None and len(found) == MOST
    assert {len(one.content) for one in found} == {LONGEST}


def test_a_long_conversation_is_no_part_of_a_link() -> None:
    assert written([user("あ" * LONGEST), assistant("い" * LONGEST)]) == ""


def test_a_request_has_only_what_was_set() -> None:
    assert request([user("a")], "chat", seed=None, stop=None, temperature=0) == {
        "model": "chat",
        "messages": [{"role": "user", "content": "a"}],
        "temperature": 0,
    }


# -- programs --------------------------------------------------------------------------------------------------


def arguments(program: str) -> dict[str, object]:
    """Return what the program sends, read from its own text."""
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "client.chat.completions.create":
            return {str(one.arg): ast.literal_eval(one.value) for one in node.keywords}
    raise AssertionError(program)


@given(TURNS, st.booleans())
def test_the_program_sends_the_very_request(said: list[Turn], stream: bool) -> None:
    say = Strings("api", "ja")
    asked = request(said, "chat", temperature=0.5, seed=3, stop="。", stream=stream or None)
    assert arguments(python(asked, LOCAL, say)) == asked
    assert arguments(handling(asked, LOCAL, say, "RateLimitError")) == asked
    assert arguments(patient(asked, LOCAL, say)) == asked


class Prompt(code.InteractiveConsole):
    """Python's own prompt, which runs nothing. `pieces`: what it took for whole statements."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces = 0

    def runcode(self, compiled: object) -> None:
        self.pieces += 1

    def showsyntaxerror(self, *given: object, **more: object) -> None:
        raise AssertionError("\n".join(self.buffer))


@pytest.mark.parametrize("stream", [None, True])
def test_a_program_can_be_pasted_into_pythons_own_prompt(stream: bool | None) -> None:
    say, asked = Strings("api", "ja"), request([user("a")], "chat", stream=stream)
    for program in (
        python(asked, LOCAL, say),
        handling(asked, LOCAL, say, "RateLimitError"),
        patient(asked, LOCAL, say),
    ):
        prompt = Prompt()
        left = [prompt.push(one) for one in [*program.split("\n"), ""]]
        assert not left[-1] and prompt.pieces > 2


@given(TURNS, st.booleans())
def test_curl_sends_the_very_request(said: list[Turn], one_line: bool) -> None:
    asked = request(said, "chat", temperature=1)
    command = curl(asked, LOCAL, one_line=one_line)
    assert not one_line or "\n" not in command
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:2] == ["curl", "http://127.0.0.1:8555/v1/chat/completions"]
    assert json.loads(words[words.index("-d") + 1]) == asked


@given(TEXTS)
def test_a_text_is_a_literal_of_python(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text
    assert "\n" not in literal(text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_readers_key_is_never_in_a_program(lang: str) -> None:
    say = Strings("api", lang)
    asked = request([user("a")], "m")
    assert 'api_key=os.environ["OPENAI_API_KEY"]' in python(asked, SECRET, say)
    assert "import os" in python(asked, SECRET, say)
    assert "$OPENAI_API_KEY" in curl(asked, SECRET)
    assert say("code_install") in python(asked, SECRET, say)


# -- prices ----------------------------------------------------------------------------------------------------


def test_tokens_are_summed_and_cost_what_the_reader_says() -> None:
    used = summed([Usage(10, 5), Usage(20, 1)])
    assert (used, used.total) == (Usage(30, 6), 36)
    assert cost(used, 2.0, 10.0) == pytest.approx((60 + 60) / 1e6)
    assert cost(Usage(1_000_000, 0), 3.0, 9.0) == 3.0


@pytest.mark.parametrize(("text", "value"), [("2.5", 2.5), (" 1,000 ", 1000.0), ("0", 0.0)])
def test_a_price_is_read(text: str, value: float) -> None:
    assert price(text) == value


@pytest.mark.parametrize("text", ["", "abc", "-1", "nan", "inf", "1e99", "<b>"])
def test_what_is_no_price_is_none(text: str) -> None:
    assert price(text) is None


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.000012345, "0.0000123"), (1.5, "1.50"), (12345.6, "12,346")])
def test_a_cost_is_shown_without_an_exponent(value: float, text: str) -> None:
    assert money(value) == text


# -- forgetting ------------------------------------------------------------------------------------------------


def letters(said: Sequence[Turn]) -> int:
    return sum(len(one.content) for one in said)


@given(TURNS, st.integers(0, 60))
def test_what_fits_is_sent_and_the_last_message_always(said: list[Turn], room: int) -> None:
    sent = fitting(said, letters, room)
    talk_ = [one for one in sent if one.role != "system"]
    all_talk = [one for one in said if one.role != "system"]
    assert [one for one in sent if one.role == "system"] == [one for one in said if one.role == "system"]
    assert talk_ == all_talk[len(all_talk) - len(talk_) :]
    assert talk_ or not all_talk
    assert letters(sent) <= room or len(talk_) <= 1
    assert forgotten(said, sent) == len(said) - len(sent)


def test_the_oldest_turns_go_first_and_the_rule_stays() -> None:
    said = [system("r"), user("aaaa"), assistant("bbbb"), user("cccc"), assistant("dddd"), user("e")]
    assert fitting(said, letters, 10) == (system("r"), user("cccc"), assistant("dddd"), user("e"))
    assert fitting(said, letters, 100) == tuple(said)


# -- addresses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "base", "page", "seen"),
    [
        ("127.0.0.1", "http://127.0.0.1:8555/v1", "http://localhost:8501/api", "http://127.0.0.1:8555/v1"),
        ("127.0.0.1", "http://127.0.0.1:8555/v1", "", "http://127.0.0.1:8555/v1"),
        ("127.0.0.1", "http://127.0.0.1:8555/v1", "http://192.0.2.7:8501/api", None),
        ("0.0.0.0", "http://127.0.0.1:8556/v1", "http://192.0.2.7:8501/api", "http://192.0.2.7:8556/v1"),
        ("0.0.0.0", "http://127.0.0.1:8556/v1", "http://localhost:8501/api", "http://127.0.0.1:8556/v1"),
        ("::", "http://[::1]:8555/v1", "http://[2001:db8::7]:8501/api", "http://[2001:db8::7]:8555/v1"),
        ("192.0.2.7", "http://192.0.2.7:8555/v1", "http://teacher.local:8501/", "http://192.0.2.7:8555/v1"),
    ],
)
def test_a_program_calls_what_its_own_machine_reaches(host: str, base: str, page: str, seen: str | None) -> None:
    running: Any = SimpleNamespace(url=base)
    assert serving.Endpoint(running, "", host).seen_from(page) == seen


def test_before_it_is_there_a_program_calls_where_the_server_will_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for given_, port in (
        (None, settings.PORT),
        ("9000", 9000),
        (" 9000 ", 9000),
        ("0", settings.PORT),
        ("x", settings.PORT),
    ):
        if given_ is None:
            monkeypatch.delenv(settings.PORT_VARIABLE, raising=False)
        else:
            monkeypatch.setenv(settings.PORT_VARIABLE, given_)
        assert serving.planned() == f"http://127.0.0.1:{port}/v1"


def test_a_good_address_is_taken() -> None:
    assert trouble("https://api.openai.com/v1", "sk-x", "m") is None
    assert trouble("http://127.0.0.1:8555/v1", "x", "m") is None


@pytest.mark.parametrize(
    ("base", "key", "model", "found"),
    [
        ("", "k", "m", "empty"),
        ("ftp://a.b", "k", "m", "scheme"),
        ("file:///etc/passwd", "k", "m", "scheme"),
        ("javascript:alert(1)", "k", "m", "scheme"),
        ("https://u:p@a.b/v1", "k", "m", "credentials"),
        ("https://a.b/v1?key=x", "k", "m", "credentials"),
        ("https://", "k", "m", "unreadable"),
        ("https://[::1", "k", "m", "unreadable"),
        ("https://a.b:99999", "k", "m", "unreadable"),
        ("https://a b/v1", "k", "m", "unreadable"),
        ("https://a.b/" + "x" * 300, "k", "m", "unreadable"),
        ("https://a.b", "", "m", "key_missing"),
        ("https://a.b", "one\ntwo", "m", "key"),
        ("https://a.b", "鍵", "m", "key"),
        ("https://a.b", "k", "", "model"),
    ],
)
def test_what_cannot_be_tried_is_told(base: str, key: str, model: str, found: str) -> None:
    assert trouble(base, key, model) == found
    assert {Strings("api", lang)(f"servers_wrong_{found}") for lang in LANGUAGES}


@given(st.text(), st.text(), st.text())
def test_any_text_is_judged(base: str, key: str, model: str) -> None:
    trouble(base, key, model)


def test_an_unencrypted_way_to_another_machine_is_told() -> None:
    assert exposed("http://a.b/v1")
    assert not exposed("https://a.b/v1")
    assert not exposed("http://localhost:8080/v1")


# -- cases -----------------------------------------------------------------------------------------------------


def test_examples_are_pairs_of_user_and_assistant() -> None:
    for habit in habits().values():
        for shots in SHOTS:
            messages = shown(habit, shots, "x")["messages"]
            assert [one["role"] for one in messages] == ["user", "assistant"] * shots + ["user"]


def test_no_word_that_is_asked_stands_among_the_examples() -> None:
    for habit in habits().values():
        assert not {a for a, _ in habit.asked} & {text for row in habit.rows for text in row}


def test_answers_that_follow_are_counted() -> None:
    habit = habits()["opposites"]
    right = dict(habit.asked)
    assert measured(habit, 0, lambda asked: right[asked["messages"][-1]["content"]]).right == len(habit.asked)
    assert measured(habit, 0, lambda asked: "そうですね。").right == 0
    assert habits()["asks"].fits("音楽です。あなたは?", "") and not habits()["asks"].fits("音楽です。", "")


def test_a_system_message_stands_first_if_there_is_one() -> None:
    assert turns("", "a") == (user("a"),)
    assert turns("r", "a") == (system("r"), user("a"))
    assert len(talk()) > 4


# -- figures ---------------------------------------------------------------------------------------------------


def test_figures_draw_what_they_are_given() -> None:
    bars = figures.shares(["<b>", "b"], [0.25, 0.5], axis="x", ranges=[(0.1, 0.4), (0.3, 0.7)])
    assert list(bars.data[0].x) == [0.25, 0.5]
    assert "&lt;b&gt;" in bars.layout.yaxis.ticktext
    assert list(bars.data[0].error_x.array) == pytest.approx([0.15, 0.2])
    columns = figures.sent([0, 9], [5, 6], [4, 3], names="abc", axes="xy")
    assert [list(one.y) for one in columns.data] == [[0, 9], [5, 6], [4, 3]]
    points = figures.arrivals([0.1, 0.2], ["a", "\n"], axis="ms")
    assert list(points.data[0].x) == pytest.approx([100, 200]) and list(points.data[0].text) == ["a", "⏎"]
    assert isinstance(figures.arrivals([], [], axis="ms"), go.Figure)
