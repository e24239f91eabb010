"""The queue in front of the model."""

import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from core import runtime
from core.causal import CausalLM
from core.errors import Busy
from core.masked import MaskedLM

PATIENCE = 20  # seconds, far more than needed


@pytest.fixture(autouse=True)
def one_slot(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(runtime, "_slots", threading.BoundedSemaphore(1))
    yield
    assert runtime.waiting() == 0


def wait_until(count: int) -> None:
    for _ in range(PATIENCE * 100):
        if runtime.waiting() == count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{runtime.waiting()} waiting, not {count}")


def test_one_call_at_a_time() -> None:
    inside, most = 0, 0
    lock = threading.Lock()

    def call(_: int) -> None:
        nonlocal inside, most
        with runtime.slot():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.005)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(call, range(16)))
    assert most == 1


def test_the_queue_is_visible() -> None:
    with ThreadPoolExecutor(3) as threads, runtime.slot():
        entered = [threads.submit(enter) for _ in range(3)]
        wait_until(3)
        runtime._slots.release()  # let them through one after the other
        assert all(future.result(PATIENCE) for future in entered)
        runtime._slots.acquire()


def enter() -> bool:
    with runtime.slot():
        return True


def test_busy_after_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "WAIT_SECONDS", 0.01)
    with runtime.slot(), ThreadPoolExecutor(1) as threads, pytest.raises(Busy):
        threads.submit(enter).result(PATIENCE)
    assert enter()


def test_busy_at_once_when_the_queue_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "MAX_WAITING", 0)
    with pytest.raises(Busy) as caught:
        enter()
    assert "0" in caught.value.message("ja")


def test_a_failed_call_gives_its_slot_back() -> None:
    with pytest.raises(ZeroDivisionError), runtime.slot():
        1 / 0  # noqa: B018
    assert enter()


def test_every_question_to_a_model_takes_a_slot(masked: MaskedLM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "WAIT_SECONDS", 0.01)
    text, words = "鳥が[MASK]。", ["鳴く", "泣く"]
    questions = (
        lambda: masked.attention(text),
        lambda: masked.fill(text),
        lambda: masked.choose(text, words),
        lambda: masked.edge_effects(text, words),
        lambda: masked.score(text),
    )
    for ask in questions:
        with runtime.slot(), ThreadPoolExecutor(1) as threads, pytest.raises(Busy):
            threads.submit(ask).result(PATIENCE)
        ask()


def test_a_generation_holds_no_slot_between_its_steps(causal: CausalLM) -> None:
    steps = causal.steps("雨が")
    next(steps)
    assert enter()


def test_one_thread_a_call() -> None:
    runtime.one_thread_a_call()
    assert torch.get_num_threads() == 1


def test_collect_is_done_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now, done = [1000.0], []
    monkeypatch.setattr(runtime.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(runtime.gc, "collect", lambda: done.append(now[0]))
    monkeypatch.setattr(runtime, "_collected", 0.0)
    for now[0] in (1000.0, 1001.0, 1000.0 + runtime.COLLECT_SECONDS, 1002.0 + runtime.COLLECT_SECONDS):
        runtime.collect()
    assert done == [1000.0, 1000.0 + runtime.COLLECT_SECONDS]


def test_settle_hides_what_is_loaded_from_the_collector() -> None:
    runtime.settle()
    try:
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()
