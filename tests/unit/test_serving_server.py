"""Starting and stopping the endpoint: addresses, ports, settings, and the command."""

import contextlib
import logging
import os
import signal
import socket
import string
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

from core import errors, serving
from core.causal import CausalLM
from core.serving import __main__ as command
from core.serving import errors as faults
from core.serving.server import address, listen

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # s


@contextlib.contextmanager
def started(model: CausalLM, settings: serving.Settings) -> Iterator[serving.Running]:
    running = serving.start(lambda _: model, settings)
    try:
        yield running
    finally:
        running.stop()


def answered(url: str) -> bool:
    with OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        return bool(client.models.list().data)


def port_of(url: str) -> int:
    return int(httpx2.URL(url).port or 0)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_taken_port_is_no_trouble(causal: CausalLM) -> None:
    wanted = free_port()
    with started(causal, serving.Settings(port=wanted)) as one, started(causal, serving.Settings(port=wanted)) as other:
        assert port_of(one.url) == wanted
        assert port_of(other.url) != wanted
        assert answered(one.url) and answered(other.url)


def test_any_port_where_all_next_ones_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.serving.server.NEXT_PORTS", 0)
    with listen("127.0.0.1", 0) as first, listen("127.0.0.1", first.getsockname()[1]) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_a_stopped_server_answers_no_more(causal: CausalLM) -> None:
    running = serving.start(lambda _: causal, serving.Settings(port=0))
    assert answered(running.url)
    running.stop()
    running.stop()
    running.wait()
    with pytest.raises(openai.APIConnectionError):
        answered(running.url)
    with started(causal, serving.Settings(port=port_of(running.url))) as again:
        assert answered(again.url)


def test_a_server_says_nothing_and_ends_with_calls_under_way(
    causal: CausalLM, caplog: pytest.LogCaptureFixture
) -> None:
    begun, over = threading.Event(), threading.Event()

    def load(name: str) -> CausalLM:
        begun.set()
        assert over.wait(PATIENCE)
        return causal

    caplog.set_level(logging.INFO)
    running = serving.start(load, serving.Settings(port=0))
    with OpenAI(base_url=running.url, api_key="none", max_retries=0) as client, ThreadPoolExecutor(1) as threads:
        create: Any = client.chat.completions.create
        call = threads.submit(create, model="chat", messages=[{"role": "user", "content": "鳥"}])
        assert begun.wait(PATIENCE)
        running.stop()
        with pytest.raises((openai.APIConnectionError, openai.InternalServerError)):
            call.result(PATIENCE)
    over.set()
    assert [record for record in caplog.records if record.name.startswith(("uvicorn", "core", "asyncio"))] == []


def test_on_another_address_any_host_name_is_answered(causal: CausalLM) -> None:
    with started(causal, serving.Settings(host="0.0.0.0", port=0)) as running:
        assert running.url.startswith("http://127.0.0.1:") and answered(running.url)
        assert (
            httpx2.get(f"{running.url}/models", headers={"host": "teacher.local"}, trust_env=False).status_code == 200
        )


def test_addresses() -> None:
    assert address("127.0.0.1", 8555) == "http://127.0.0.1:8555/v1"
    assert address("::1", 80) == address("::", 80) == "http://[::1]:80/v1"
    assert address("localhost", 80) == "http://localhost:80/v1"


@pytest.mark.parametrize("host", ["198.51.100.7", "no such host", "\x00", "ホスト" * 30])
def test_a_host_that_is_not_this_machine(causal: CausalLM, host: str) -> None:
    with pytest.raises(faults.InvalidAddress):
        serving.start(lambda _: causal, serving.Settings(host=host, port=0))


def test_settings_from_the_environment() -> None:
    assert serving.Settings.from_environment({}) == serving.Settings()
    assert serving.Settings().loopback and not serving.Settings().key
    given = {"KOTORI_API_HOST": "0.0.0.0", "KOTORI_API_PORT": "9000", "KOTORI_API_KEY": " himitsu "}
    assert serving.Settings.from_environment(given) == serving.Settings("0.0.0.0", 9000, "himitsu")
    for port in ("x", "-1", "65536", "８０", "9" * 5000):
        with pytest.raises(faults.InvalidAddress):
            serving.Settings.from_environment({"KOTORI_API_PORT": port})


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, core.serving; sys.exit(bool({'torch', 'transformers', 'streamlit'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=PATIENCE, check=False).returncode == 0


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let a process that is started here hear SIGINT, which is ignored where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_the_command_serves_until_it_is_interrupted() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    line = [sys.executable, "-m", "core.serving", "--port", "0", "--key", "himitsu"]
    with subprocess.Popen(
        line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout and process.stderr
        said = [process.stdout.readline(), process.stdout.readline()]
        url = said[1].split()[-1]
        assert "準備できました / ready" in said[1] and "himitsu" not in "".join(said)
        with OpenAI(base_url=url, api_key="himitsu", max_retries=0) as client:
            found = client.chat.completions.create(model="chat", messages=[{"role": "user", "content": "やあ"}])
        assert found.choices[0].message.content
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        more = process.stdout.read() + process.stderr.read()
        assert "終了しました / ended" in more and "himitsu" not in more and "Traceback" not in more


def test_the_example_that_is_printed_runs(causal: CausalLM, capsys: pytest.CaptureFixture[str]) -> None:
    with started(causal, serving.Settings(port=0)) as running:
        example = command.told(running, serving.Settings()).partition("\n")[2]
        exec(compile(example, "example", "exec"), {})
    assert capsys.readouterr().out.strip()


def test_a_wrong_command_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--port", "x"]) == 2
    told = capsys.readouterr().err
    assert "「x」" in told and "“x”" in told and "Traceback" not in told


def test_other_machines_without_a_key_are_warned_of(
    causal: CausalLM, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "load", lambda name: causal)
    monkeypatch.setattr(serving.Running, "wait", lambda self: self.stop())
    for argv, warned in (([], False), (["--host", "0.0.0.0"], True), (["--host", "0.0.0.0", "--key", "x"], False)):
        assert command.main(["--port", "0", *argv]) == 0
        assert (command.WARNING in capsys.readouterr().err) == warned


def test_the_command_takes_only_models_that_write() -> None:
    with pytest.raises(errors.WrongTask):
        command.load("encoder")


FAULTS = [found for found in vars(faults).values() if isinstance(found, type) and issubclass(found, errors.CoreError)]


@pytest.mark.parametrize(
    "fault",
    [one for one in FAULTS if one.__module__ == faults.__name__ and one is not faults.Fault],
    ids=lambda one: one.__name__,
)
def test_every_fault_is_a_sentence_in_both_languages(fault: type[errors.CoreError]) -> None:
    fields = [{name for _, name, _, _ in string.Formatter().parse(one) if name} for one in (fault.ja, fault.en)]
    assert fields[0] == fields[1]
    assert fault.ja.endswith("。") and fault.ja.count("。") >= 2 and fault.en.endswith(".")
