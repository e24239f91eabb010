"""The app without a browser: its pages opened as links to them do, in either language."""

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from lessons import live
from lessons.self_attention.lab import LiveLab, live_lab

APP = Path(__file__).parents[2] / "app.py"
TIMEOUT = 60  # s a run, an upper bound against hanging


class Met(PagesManager):
    """A server that has met `st.navigation`, as any has after its first run; AppTest forgets it before each."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        PagesManager.uses_pages_directory = False


@pytest.fixture(scope="session")
def navigation() -> Iterator[None]:
    """Run every page through app.py, and look only once through all packages for components, which takes AppTest longer
    than all else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app_test, "PagesManager", Met)
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session")
def open_page(navigation: None) -> Callable[..., AppTest]:
    """Return a function that opens a page by its id: `open_page("self_attention", s="鳥がナク", lang="en")`."""

    def opened(page: str, **link: str) -> AppTest:
        _register_anew()
        app = AppTest.from_file(APP, default_timeout=TIMEOUT)
        app.query_params = dict(link)
        app.run()
        app.query_params = dict(link)
        return app.switch_page(f"pages/{page}.py").run()

    return opened


@pytest.fixture(autouse=True)
def registered_anew() -> None:
    """Begin each test without components that an earlier AppTest has made known."""
    _register_anew()


def _register_anew() -> None:
    """Let every component be made known again: before Streamlit 1.67 each AppTest knows only those made in its time."""
    for name, module in sys.modules.copy().items():
        if name.startswith("lessons.") and hasattr(module, "_component"):
            module._component.cache_clear()


@pytest.fixture(scope="session")
def lab() -> LiveLab:
    """Wait until both models are loaded; return the lab that the pages ask."""
    live.wait("decoder")
    return live_lab(live.wait("encoder"))


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Keep the models on their way until the returned function is called."""

    def none_yet(name: str) -> Any | None:
        return None

    monkeypatch.setattr(live, "model", none_yet)
    monkeypatch.setattr(live, "present", none_yet)
    return monkeypatch.undo
