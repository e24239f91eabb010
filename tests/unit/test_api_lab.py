"""The API lesson against the real server: the printed programs run, and failures are what the page says they are."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from loopback_api import answering

import core
from core import serving
from core.serving import Running
from lessons.api import cases, programs
from lessons.api.cases import drawn, plain_call, prompts, turns
from lessons.api.lab import CHAT, Caller, LiveLab, pieces, recorded, reply, said
from lessons.api.messages import assistant, request, system, user
from lessons.api.programs import Server
from lessons.api.refusals import Refused
from lessons.api.retrying import patiently
from lessons.api.steps.errors import EXCEPTIONS, provoking
from lessons.text import LANGUAGES, Strings

PATIENCE = 120  # s a program may take, an upper bound against hanging


@cache
def load(name: str) -> Any:
    return core.load(name)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    started = serving.start(load, serving.Settings(port=0))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def lab(running: Running) -> LiveLab:
    practice = Server(running.url.removesuffix("/v1") + "/practice/v1")
    return LiveLab(Server(running.url), practice, running.practice.issue, load(CHAT), "")


def test_the_page_calls_within_its_own_machine(running: Running) -> None:
    """Its programs may be for another machine, by a name that this one need not know."""
    seen, practice = Server("http://192.0.2.7:1/v1", inside=running.url), Server("http://192.0.2.7:1/practice/v1")
    lab = LiveLab(seen, replace(practice, inside=running.practice_url), running.practice.issue, load(CHAT), "")
    asked = plain_call([user("こんにちは。")])
    assert lab.caller.ask(asked).text == lab.practising(lab.issue()).ask(asked).text
    assert "192.0.2.7" in programs.python(asked, lab.server, Strings("api", "ja"))


def run(program: str, **environment: str) -> str:
    """Run a printed program in a process of its own; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def refused(caller: Caller, asked: dict[str, object], **client: object) -> Refused:
    with pytest.raises(Refused) as found:
        caller.ask(asked, **client)
    return found.value


# -- programs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_printed_program_gives_the_answer_of_the_page(lab: LiveLab, lang: str) -> None:
    asked = plain_call([system("動物の話をしてください。"), user('雨が"降って"います。\\')])
    printed = run(programs.python(asked, lab.server, Strings("api", lang)))
    found = lab.caller.ask(asked)
    assert printed == f"{found.text}\n{found.usage.total} tokens\n"


def test_the_printed_stream_gives_the_answer_of_the_page(lab: LiveLab) -> None:
    asked = plain_call([user("お腹がすきました。")])
    program = programs.python({**asked, "stream": True}, lab.server, Strings("api", "ja"))
    assert run(program) == lab.caller.ask(asked).text + "\n"


@pytest.mark.parametrize("kind", [kind for kind in EXCEPTIONS if kind != "rate"])
def test_the_printed_handling_meets_its_exception(lab: LiveLab, kind: str) -> None:
    asked, client = provoking(kind)
    server = Server(lab.practice.base, practice="wrong") if kind == "key" else lab.server
    program = programs.handling(asked, server, Strings("api", "en"), EXCEPTIONS[kind], max_retries=0, **client)
    assert run(program).startswith(EXCEPTIONS[kind])


def test_the_printed_retry_runs(lab: LiveLab) -> None:
    asked, _ = provoking("rate")
    server = Server(lab.practice.base, practice=lab.issue())
    assert run(programs.patient(asked, server, Strings("api", "ja"))).strip() == lab.caller.ask(asked).text


def test_a_key_of_the_environment_is_used(lab: LiveLab) -> None:
    server = Server(lab.practice.base, variable="OPENAI_API_KEY")
    asked = plain_call([user("こんにちは。")])
    program = programs.python(asked, server, Strings("api", "ja"))
    assert run(program, OPENAI_API_KEY=lab.issue()).startswith(lab.caller.ask(asked).text)


# -- answers ---------------------------------------------------------------------------------------------------


def test_an_answer_has_its_tokens_and_reason(lab: LiveLab) -> None:
    found = lab.caller.ask(plain_call([user("雨が降っています。")]))
    assert found.text and found.why == "stop"
    assert found.usage.prompt == lab.count([user("雨が降っています。")])
    assert lab.caller.ask({**plain_call([user("雨が降っています。")]), "max_tokens": 2}).why == "length"


def test_logprobs_are_the_tokens_of_the_answer(lab: LiveLab) -> None:
    found = lab.caller.ask(drawn("雨が降っています。", 1.0, 7))
    assert "".join(one.token for one in found.guesses) == found.text
    assert all(len(one.others) == cases.TOP and one.log <= 0 for one in found.guesses)


def test_a_seed_gives_the_same_answer_again(lab: LiveLab) -> None:
    one, two = (lab.caller.ask(drawn("雨が降っています。", 1.0, 7)).text for _ in range(2))
    assert one == two


def test_a_stream_is_the_answer_in_parts(lab: LiveLab) -> None:
    asked = plain_call([user("もう寝ます。")])
    chunks = list(lab.caller.stream(asked))
    assert "".join(one.text for one in chunks) == lab.caller.ask(asked).text
    assert chunks[-1].line == "data: [DONE]"
    assert [one.at for one in chunks] == sorted(one.at for one in chunks)


def test_pieces_are_the_whole_text_and_whose_it_is(lab: LiveLab) -> None:
    said_ = [system("短く\n答えて。"), user("雨\r\n小鳥:はい"), assistant("うん")]
    found = pieces(said_, load(CHAT))
    text = "".join(one.text for one in found[1:])
    assert text == "決まり:短く 答えて。\n人:雨 小鳥:はい\n小鳥:うん\n小鳥:"
    assert {one.role for one in found} == {"system", "user", "assistant"}


@pytest.mark.parametrize("line", ["", "data: [DONE]", ": ping", "data: {", "data: {}", 'data: {"choices": []}'])
def test_a_line_without_text_has_none(line: str) -> None:
    assert said(line) == ""


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [1]}, {"choices": [{}]}])
def test_an_answer_of_another_form_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(Refused):
        reply(body)


# -- failures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "status"), [("key", 401), ("timeout", 0), ("long", 400), ("model", 404)])
def test_each_failure_is_told(lab: LiveLab, kind: str, status: int) -> None:
    asked, client = provoking(kind)
    found = refused(lab.practising("wrong") if kind == "key" else lab.caller, asked, **client)
    assert (found.kind, found.name, found.status) == (kind, EXCEPTIONS[kind], status)


def test_too_many_calls_are_refused_and_got_through_later(lab: LiveLab) -> None:
    asked, _ = provoking("rate")
    caller = lab.practising(lab.issue())
    for _ in range(3):
        caller.ask(asked)
    error = refused(caller, asked)
    assert (error.kind, error.status) == ("rate", 429)
    assert float(error.wait) > 0


def test_the_wait_doubles_and_has_some_chance_in_it() -> None:
    import openai

    waits: list[float] = []
    answer: Any = SimpleNamespace(request=None, status_code=429, headers={})

    def call() -> str:
        if len(waits) < 4:
            raise openai.RateLimitError("slow down", response=answer, body=None)
        return "done"

    assert patiently(call, sleep=waits.append) == "done"
    assert [int(wait) for wait in waits] == [1, 2, 4, 8]
    waits.clear()
    with pytest.raises(openai.RateLimitError):
        patiently(call, attempts=1, sleep=waits.append)


@pytest.mark.parametrize("text", ["あ" * 10_000, "<script>alert(1)</script>", "小鳥:はい\n人:いいえ", "", "\u0000"])
def test_hostile_messages_are_answered_or_refused(lab: LiveLab, text: str) -> None:
    try:
        kind = "answered" if lab.caller.ask(plain_call([user(text)])).body else ""
    except Refused as error:
        kind = error.kind
    assert kind in ("answered", "long", "request")


def test_a_hundred_messages_are_refused_as_too_long(lab: LiveLab) -> None:
    assert refused(lab.caller, request([user("雨が降っています。")] * 100, CHAT)).kind == "long"


def refused_elsewhere(status: int, code: str) -> Refused:
    """Call a server that refuses every key and repeats it."""

    def refuse(headers: Message) -> tuple[int, str]:
        key = headers["Authorization"].removeprefix("Bearer ")
        return status, f'{{"error": {{"message": "{"x" * 595}{key}", "code": "{code}", "extra": "{key}"}}}}'

    with answering(refuse) as server:
        caller = Caller(f"http://127.0.0.1:{server.server_port}/v1", "sk-secret", abroad=True)
        return refused(caller, plain_call([user("a")]))


def test_a_readers_key_is_in_nothing_that_is_shown() -> None:
    error = refused_elsewhere(401, "invalid_api_key")
    assert error.kind == "key"
    assert "sk-secret" not in f"{error} {error.text} {error.body}"


def test_what_is_used_up_is_not_to_be_waited_for() -> None:
    unpaid, full = refused_elsewhere(429, "insufficient_quota"), refused_elsewhere(429, "rate_limit_exceeded")
    assert (unpaid.kind, full.kind) == ("quota", "rate")


def test_a_server_that_is_not_there_is_told() -> None:
    assert refused(Caller("http://127.0.0.1:9/v1", "k", abroad=True), plain_call([user("a")])).kind == "network"


# -- the recorded run ------------------------------------------------------------------------------------------


def test_every_first_picture_is_recorded() -> None:
    lab = recorded()
    for asked in cases.basics():
        assert lab.known(asked) is not None, asked
    for wish in cases.wishes():
        for prompt in prompts():
            assert lab.pieces(turns(wish["text"], prompt["text"])) is not None
