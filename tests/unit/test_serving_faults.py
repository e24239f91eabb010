"""What the official client meets when something is wrong: with the request, the key, the network or the server."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

from core import runtime, serving
from core.causal import CausalLM
from core.errors import Busy
from core.serving import limits, server
from core.serving.api import Desk
from core.serving.limits import Practice, Window
from core.serving.settings import Limit

PATIENCE = 30.0  # s, far more than needed
ASKED: dict[str, Any] = {"model": "chat", "messages": [{"role": "user", "content": "鳥"}], "max_tokens": 8}


class Slow:
    """A model that gives a token each time it is told to, and can fail. `read`: how many it has been asked for."""

    def __init__(self, model: CausalLM) -> None:
        self.model, self.tokenizer, self.card, self.reader = model.model, model.tokenizer, model.card, self
        self._reader = model.reader
        self.go, self.count, self.fails_at = threading.Semaphore(0), 0, 0

    def cache(self, rows: int, places: int) -> Any:
        return self._reader.cache(rows, places)

    def read(self, ids: Any, cache: Any) -> Any:
        assert self.go.acquire(timeout=2 * PATIENCE)  # longer than a test waits for anything
        self.count += 1
        if self.count == self.fails_at:
            raise ZeroDivisionError("a secret of the server")
        logits = self._reader.read(ids, cache).clone()
        logits[..., self.tokenizer.eos_token_id] = -100.0  # it never ends by itself
        logits[..., self.tokenizer.convert_tokens_to_ids("鳥")] += 100.0
        return logits

    def release(self, count: int = 1000) -> None:
        self.go.release(count)


@pytest.fixture
def slow(causal: CausalLM) -> Iterator[Slow]:
    model = Slow(causal)
    yield model
    model.release()


@contextmanager
def serve(load: Any, **settings: Any) -> Iterator[OpenAI]:
    running = serving.start(load, serving.Settings(port=0, **{"models": ("chat",), **settings}))
    try:
        with OpenAI(base_url=running.url, api_key="none", max_retries=0, timeout=PATIENCE) as client:
            yield client
    finally:
        running.stop()


@pytest.fixture(scope="module")
def running(causal: CausalLM) -> Iterator[serving.Running]:
    found = serving.start(lambda _: causal, serving.Settings(port=0, models=("chat",), most_bytes=4096))
    yield found
    found.stop()


@pytest.fixture
def client(running: serving.Running) -> Iterator[OpenAI]:
    with OpenAI(base_url=running.url, api_key="none", max_retries=0) as found:
        yield found


@pytest.fixture
def web(running: serving.Running) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=running.url, trust_env=False) as found:
        yield found


def ask(client: OpenAI, **more: Any) -> Any:
    return client.chat.completions.create(**{**ASKED, **more})


def error(response: httpx2.Response) -> dict[str, Any]:
    found = response.json()
    assert set(found) == {"error"} and set(found["error"]) == {"message", "type", "param", "code"}
    return dict(found["error"])


# -- requests ----------------------------------------------------------------------------------------------------

MESSAGE = {"role": "user", "content": "鳥"}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"temperature": 2.1}, "temperature", "decimal_above_max_value"),
    ({"temperature": -0.1}, "temperature", "decimal_below_min_value"),
    ({"temperature": "1"}, "temperature", "invalid_type"),
    ({"temperature": True}, "temperature", "invalid_type"),
    ({"top_p": 1.5}, "top_p", "decimal_above_max_value"),
    ({"top_p": -1}, "top_p", "decimal_below_min_value"),
    ({"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
    ({"max_tokens": 1.5}, "max_tokens", "invalid_type"),
    ({"max_completion_tokens": 0}, "max_completion_tokens", "integer_below_min_value"),
    ({"max_tokens": 3, "max_completion_tokens": 3}, "max_tokens", "invalid_value"),
    ({"n": 0}, "n", "integer_below_min_value"),
    ({"n": 9}, "n", "integer_above_max_value"),
    ({"n": True}, "n", "invalid_type"),
    ({"seed": "x"}, "seed", "invalid_type"),
    ({"seed": 2**63}, "seed", "integer_above_max_value"),
    ({"stop": 3}, "stop", "invalid_type"),
    ({"stop": ["a", 3]}, "stop", "invalid_type"),
    ({"stop": list("abcde")}, "stop", "array_above_max_length"),
    ({"stop": ""}, "stop", "invalid_value"),
    ({"presence_penalty": 2.5}, "presence_penalty", "decimal_above_max_value"),
    ({"frequency_penalty": -2.5}, "frequency_penalty", "decimal_below_min_value"),
    ({"logprobs": 1}, "logprobs", "invalid_type"),
    ({"top_logprobs": 3}, "top_logprobs", "invalid_value"),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs", "integer_above_max_value"),
    ({"stream": "yes"}, "stream", "invalid_type"),
    ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
    ({"stream": True, "stream_options": 3}, "stream_options", "invalid_type"),
    ({"stream": True, "stream_options": {"include_usage": 3}}, "stream_options.include_usage", "invalid_type"),
    ({"stream": True, "stream_options": {"other": 3}}, "stream_options.other", "unknown_parameter"),
    ({"model": None}, "model", "missing_required_parameter"),
    ({"model": 3}, "model", "invalid_type"),
    ({"messages": None}, "messages", "missing_required_parameter"),
    ({"messages": []}, "messages", "empty_array"),
    ({"messages": "鳥"}, "messages", "invalid_type"),
    ({"messages": ["鳥"]}, "messages[0]", "invalid_type"),
    ({"messages": [MESSAGE, {"content": "鳥"}]}, "messages[1].role", "missing_required_parameter"),
    ({"messages": [{**MESSAGE, "role": 3}]}, "messages[0].role", "invalid_type"),
    ({"messages": [{**MESSAGE, "role": "tool"}]}, "messages[0].role", "invalid_value"),
    ({"messages": [{**MESSAGE, "name": 3}]}, "messages[0].name", "invalid_type"),
    ({"messages": [{**MESSAGE, "tool_calls": []}]}, "messages[0].tool_calls", "unsupported_parameter"),
    ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter"),
    ({"messages": [{**MESSAGE, "content": 3}]}, "messages[0].content", "invalid_type"),
    ({"messages": [{**MESSAGE, "content": []}]}, "messages[0].content", "empty_array"),
    ({"messages": [{**MESSAGE, "content": ["鳥"]}]}, "messages[0].content[0]", "invalid_type"),
    ({"messages": [{**MESSAGE, "content": [{"type": "image_url"}]}]}, "messages[0].content[0].type", "invalid_value"),
    ({"messages": [{**MESSAGE, "content": [{"type": "text"}]}]}, "messages[0].content[0].text", "missing_required_parameter"),
    ({"extra_body": {"temprature": 1}}, "temprature", "unknown_parameter"),
    ({"messages": [{**MESSAGE, "content": "鳥" * 100}]}, "messages", "context_length_exceeded"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "param", "code"), WRONG, ids=[f"{param}-{code}" for _, param, code in WRONG])
def test_a_bad_request_names_the_parameter(client: OpenAI, given: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, **given)
    assert (caught.value.param, caught.value.code, caught.value.type) == (param, code, "invalid_request_error")


def test_a_long_prompt_is_told_with_its_numbers(client: OpenAI, causal: CausalLM) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, messages=[{"role": "user", "content": "鳥" * 100}], stream=True)
    assert f"maximum context length is {causal.card.context} tokens" in str(caught.value)


def test_unknown_models_and_addresses(client: OpenAI, web: httpx2.Client) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        ask(client, model="gpt-4o")
    assert (caught.value.param, caught.value.code) == ("model", "model_not_found")
    for name in ("gpt-4o", "../chat", "chat/"):
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve(name)
    with pytest.raises(openai.NotFoundError) as caught:
        client.embeddings.create(model="chat", input="鳥")
    assert caught.value.code == "unknown_url"
    assert error(web.get("/models/"))["code"] == "model_not_found"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/chat/completions"), ("POST", "/models"), ("DELETE", "/models/chat")]
)
def test_a_wrong_method(web: httpx2.Client, method: str, path: str) -> None:
    response = web.request(method, path)
    assert (
        response.status_code == 405 and error(response)["code"] == "method_not_supported" and response.headers["allow"]
    )


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"3", b"\xff", b'{"n": NaN}', b"[" * 3000, b'{"n": ' + b"9" * 4500]
)
def test_what_is_no_json_object(web: httpx2.Client, content: bytes) -> None:
    response = web.post("/chat/completions", content=content[:4096], headers={"content-type": "application/json"})
    assert response.status_code == 400 and error(response)["type"] == "invalid_request_error"


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_that_says_so_is_read(web: httpx2.Client, kind: str) -> None:
    response = web.post("/chat/completions", content=json.dumps(ASKED).encode(), headers={"content-type": kind})
    assert response.status_code == 415 and error(response)["code"] == "unsupported_media_type"


@pytest.mark.parametrize("count", [1, 2, 500])
def test_a_body_is_counted_while_it_is_read(web: httpx2.Client, count: int) -> None:
    parts = iter([b" " * 4094 + b"{}", *[b" " * 4096] * (count - 1)])  # without a length in the header
    response = web.post("/chat/completions", content=parts, headers={"content-type": "application/json"})
    assert response.status_code == (400 if count == 1 else 413)
    assert error(response)["code"] == ("missing_required_parameter" if count == 1 else "request_too_large")


def test_errors_speak_japanese_to_who_asks(web: httpx2.Client) -> None:
    for lang, found in (("ja,en;q=0.5", "空です"), ("en-US", "empty"), ("", "empty")):
        response = web.post("/chat/completions", json={**ASKED, "messages": []}, headers={"accept-language": lang})
        assert found in error(response)["message"]


def test_any_text_comes_back_as_json(web: httpx2.Client) -> None:
    content = b'{"model": "\\ud800\\u2028\\u0085", "messages": [{"role": "user", "content": "\\ud800"}]}'
    response = web.post("/chat/completions", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 404 and len(response.text.splitlines()) == 1
    assert "\ud800\u2028\u0085" in error(response)["message"]


def test_only_calls_to_this_machine_are_answered(web: httpx2.Client) -> None:
    for host in ("evil.example", "localhost.evil.example", "10.0.0.1:8555", "", "[", "127.0.0.1@evil.example:80x"):
        response = web.get("/models", headers={"host": host})
        assert response.status_code in (400, 403)
    for host in ("localhost", "LOCALHOST:8555", "127.0.0.1:1", "[::1]:8555"):
        assert web.get("/models", headers={"host": host}).status_code == 200
    assert "access-control-allow-origin" not in web.get("/models", headers={"origin": "http://evil.example"}).headers


def test_no_web_page_of_another_machine_is_answered(web: httpx2.Client, causal: CausalLM) -> None:
    """A browser names the page in `Origin` with every POST that a page sends, as here, and before it asks whether it may."""
    for origin in (
        "https://evil.example",
        "http://127.0.0.1.evil.example",
        "null",
        "",
        "chrome-extension://abcdef",
        "http://[",
    ):
        response = web.post("/chat/completions", json=ASKED, headers={"origin": origin})
        assert response.status_code == 403 and error(response)["code"] == "origin_not_allowed"
        asks = {
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        }
        asked = web.options("/chat/completions", headers=asks)
        assert asked.status_code == 403 and not [name for name in asked.headers if name.startswith("access-control")]
    assert web.post("/chat/completions", json=ASKED, headers={"origin": "http://localhost:8501"}).status_code == 200
    with serve(lambda _: causal, host="0.0.0.0") as client:  # where any host name is answered, a rebound one is not
        headers = {"host": "evil.example", "origin": "http://evil.example"}
        response = httpx2.post(f"{client.base_url}chat/completions", json=ASKED, headers=headers, trust_env=False)
        assert response.status_code == 403 and error(response)["code"] == "origin_not_allowed"


# -- keys and limits ---------------------------------------------------------------------------------------------


def test_a_key_is_asked_for(causal: CausalLM) -> None:
    with serve(lambda _: causal, key="鍵 himitsu") as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            ask(client)
        assert caught.value.code == "invalid_api_key" and "none" not in str(caught.value.body)
        for given in ({}, {"authorization": ""}, {"authorization": "Basic abc"}, {"authorization": "Bearer"}):
            response = httpx2.get(f"{client.base_url}models", headers=given, trust_env=False)
            assert response.status_code == 401 and error(response)["code"] is None
        good = {b"authorization": "Bearer 鍵 himitsu".encode()}
        assert httpx2.get(f"{client.base_url}models", headers=good, trust_env=False).status_code == 200


def test_practice(running: serving.Running, client: OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(base_url=running.practice_url).models.list()
    first, second = (client.with_options(base_url=running.practice_url, api_key=running.practice.issue()) for _ in "ab")
    for left in (2, 1, 0):
        found = first.chat.completions.with_raw_response.create(**ASKED)
        assert found.headers["x-ratelimit-remaining-requests"] == str(left)
    with pytest.raises(openai.RateLimitError) as caught:
        ask(first)
    assert caught.value.code == "rate_limit_exceeded"
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= limits.PRACTICE.seconds
    assert caught.value.response.headers["x-ratelimit-limit-requests"] == "3"
    assert ask(second) and first.models.list() and ask(client)


def test_a_limit_without_keys_counts_addresses(causal: CausalLM) -> None:
    with serve(lambda _: causal, requests_per_minute=1) as client:
        ask(client, stream=True).close()
        with pytest.raises(openai.RateLimitError):
            ask(client)


def test_the_window_slides() -> None:
    now = 0.0
    window = Window(Limit(2, 10.0), lambda: now)
    taken = []
    for at in (0.0, 4.0, 9.0, 10.0, 13.9, 14.0):
        now = at
        taken.append(window.take("a")[1] is None)
    assert taken == [True, True, False, True, False, True]
    refused = window.take("a")[1]
    assert refused and refused.wait == 6.0 and window.take("b")[1] is None


def test_only_so_many_callers_and_keys_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_CALLERS", 2)
    window = Window(Limit(1, 10.0))
    assert all(window.take(caller)[1] is None for caller in "abca")
    practice = Practice()
    keys = [practice.issue() for _ in range(limits.MOST_KEYS + 1)]
    assert practice.keys() == tuple(keys[1:]) and len(set(keys)) == len(keys)


# -- the server --------------------------------------------------------------------------------------------------


def test_a_model_that_loads_for_long(causal: CausalLM) -> None:
    loaded = threading.Event()

    def load(name: str) -> CausalLM:
        assert loaded.wait(PATIENCE)
        return causal

    with serve(load, loading_seconds=0.01) as client:
        with pytest.raises(openai.InternalServerError) as caught:
            ask(client)
        assert caught.value.status_code == 503 and caught.value.code == "model_loading"
        assert caught.value.response.headers["retry-after"]
        loaded.set()
        wait_until(lambda: answers(client))


def answers(client: OpenAI) -> bool:
    try:
        return bool(ask(client))
    except openai.InternalServerError:
        return False


def test_a_model_that_does_not_load_is_tried_again(causal: CausalLM, caplog: pytest.LogCaptureFixture) -> None:
    answers: list[Any] = [ZeroDivisionError("a secret"), TimeoutError(), causal]

    def load(name: str) -> Any:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    with serve(load) as client:
        for status, code in ((500, "model_unavailable"), (503, "model_loading")):
            with pytest.raises(openai.InternalServerError) as caught:
                ask(client)
            assert (caught.value.status_code, caught.value.code) == (status, code)
            assert "secret" not in caught.value.response.text
        assert ask(client) and "a secret" in caplog.text


@pytest.mark.parametrize("stream", [False, True])
def test_an_error_before_the_first_token(slow: Slow, stream: bool, caplog: pytest.LogCaptureFixture) -> None:
    slow.fails_at = 1
    slow.release()
    with serve(lambda _: slow) as client:
        with pytest.raises(openai.InternalServerError) as caught:
            ask(client, stream=stream)
        assert caught.value.status_code == 500 and "secret" not in caught.value.response.text
        assert ask(client).choices[0].message.content and "a secret" in caplog.text


def test_an_error_in_mid_stream_is_the_last_event(slow: Slow, caplog: pytest.LogCaptureFixture) -> None:
    slow.fails_at = 4
    slow.release()
    with serve(lambda _: slow) as client:
        chunks = iter(ask(client, stream=True))
        got = [next(chunks).choices[0].delta.content for _ in range(4)]
        assert got == ["", "鳥", "鳥", "鳥"]
        with pytest.raises(openai.APIError) as caught:
            next(chunks)
        assert "secret" not in str(caught.value.body)
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_a_busy_machine(causal: CausalLM, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def full() -> Iterator[None]:
        raise Busy(waiting=200)
        yield

    with serve(lambda _: causal) as client:
        monkeypatch.setattr(runtime, "slot", full)
        with pytest.raises(openai.RateLimitError) as caught:
            ask(client)
    assert caught.value.code == "server_busy" and "200" in str(caught.value)


def test_only_so_many_calls_are_answered_at_once(slow: Slow) -> None:
    with serve(lambda _: slow, most_waiting=1) as client:
        slow.release(1)
        chunks = ask(client, stream=True)
        assert next(chunks)
        with pytest.raises(openai.RateLimitError) as caught:
            ask(client)
        assert caught.value.code == "server_busy" and caught.value.response.headers["retry-after"] == "1"
        slow.release()
        assert len(list(chunks)) > 3 and ask(client)


@pytest.mark.parametrize("stream", [False, True])
def test_nothing_is_written_for_who_has_gone(slow: Slow, stream: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    desks: list[Desk] = []
    monkeypatch.setattr(server, "Desk", lambda most: desks.append(Desk(most)) or desks[-1])
    with serve(lambda _: slow) as client:
        body = json.dumps({**ASKED, "stream": stream, "max_tokens": 50}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        with socket.create_connection((client.base_url.host, client.base_url.port), PATIENCE) as caller:
            caller.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
            wait_until(lambda: desks[0]._inside == 1)
            if stream:
                slow.release(2)
                received = b""
                while received.count("鳥".encode()) < 2:
                    received += caller.recv(4096)
        wait_until(lambda: desks[0]._inside == 0)
        before = slow.count
        slow.release()
        assert ask(client, max_tokens=3)
        assert slow.count <= before + 1 + 3  # the step under way, and those of the other call


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_client_without_patience(client: OpenAI) -> None:
    with pytest.raises(openai.APITimeoutError):
        ask(client.with_options(timeout=1e-6))
    assert ask(client)
