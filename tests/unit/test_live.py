"""Models that load behind the page: once a process, errors told and tried again."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import core
from core import runtime
from core.errors import ModelDamaged
from lessons import live


class Loader:
    """Stands in for `core.load`: loads when it is let go, and counts."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bool]] = []
        self.go, self.fetched = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def __call__(self, name: str, *, local: bool, progress: Any) -> Any:
        self.calls.append((name, local))
        progress(3, 8, "model.safetensors")
        self.fetched.set()
        assert self.go.wait(10)
        if self.error is not None:
            raise self.error
        return f"model {name}"


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    made = Loader()
    monkeypatch.setattr(core, "load", made, raising=False)
    monkeypatch.setattr(runtime, "one_thread_a_call", lambda: None)
    monkeypatch.setattr(runtime, "settle", lambda: None)
    monkeypatch.setattr(live, "_loadings", {})
    monkeypatch.setattr(live, "GRACE", 0)
    yield made
    made.go.set()
    for loading in live._loadings.values():
        assert loading.done.wait(10)


def test_the_page_does_not_wait(loader: Loader) -> None:
    assert live.model("encoder") is None
    assert live.model("encoder") is None

    loader.go.set()
    assert live.wait("encoder", 10) == "model encoder"
    assert live.model("encoder") == "model encoder"
    assert loader.calls == [("encoder", False)]  # once, and never from a folder


def test_each_name_is_loaded_by_itself(loader: Loader) -> None:
    loader.go.set()

    assert [live.wait(name, 10) for name in ("encoder", "decoder")] == ["model encoder", "model decoder"]


def test_many_sessions_load_once(loader: Loader) -> None:
    threads = [threading.Thread(target=live.model, args=("encoder",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    loader.go.set()

    assert live.wait("encoder", 10) == "model encoder"
    assert len(loader.calls) == 1


@pytest.mark.parametrize("error", [ModelDamaged(name="encoder", file="model.safetensors"), OSError("disk")])
def test_an_error_is_raised_until_the_model_is_forgotten(loader: Loader, error: Exception) -> None:
    loader.error = error
    loader.go.set()
    assert not live.failed("encoder")
    for _ in range(2):
        with pytest.raises(type(error)):
            live.wait("encoder", 10)
    assert live.failed("encoder")

    loader.error = None
    live.forget("encoder")
    assert live.wait("encoder", 10) == "model encoder"
    assert len(loader.calls) == 2


def test_waiting_ends(loader: Loader) -> None:
    with pytest.raises(TimeoutError):
        live.wait("encoder", 0.01)


def test_a_forgotten_model_is_loaded_again(loader: Loader) -> None:
    loader.go.set()
    live.wait("encoder", 10)
    live.forget("encoder")
    live.forget("never asked for")

    live.wait("encoder", 10)
    assert len(loader.calls) == 2


def test_the_bytes_so_far_are_told_while_a_model_comes(loader: Loader) -> None:
    assert live.fetching("owner/name") is None
    assert live.present("owner/name") is None

    live.model("owner/name")
    assert loader.fetched.wait(10)
    assert live.fetching("owner/name") == (3, 8)
    assert live.present("owner/name") is None

    loader.go.set()
    live.wait("owner/name", 10)
    assert live.fetching("owner/name") is None
    assert live.present("owner/name") == "model owner/name"


def test_only_the_last_guests_stay(loader: Loader) -> None:
    loader.go.set()
    names = [f"owner/{number}" for number in range(live.GUESTS + 1)]
    for name in ("encoder", *names):
        live.wait(name, 10)

    assert live.present("encoder") is not None
    assert [live.present(name) is not None for name in names] == [False, *[True] * live.GUESTS]
