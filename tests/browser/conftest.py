"""A real browser that can reach nothing but this machine, and the app as `streamlit run app.py` serves it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Route, expect, sync_playwright

from lessons.first_page.served import ROOT, served

CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # ms, an upper bound against hanging


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test here a second try, which is told ("rerun"): on a busy machine Streamlit's front end now and then
    takes a page down by itself ("Bad delta path index"), and one of some hundred pages would fail for that."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Return a function that opens an empty page.

    At the end of the test none of them may have had an error or a dialog, or asked for anything of another machine.
    """
    opened: list[Page] = []
    troubles: list[str] = []

    def only_this_machine(route: Route) -> None:
        if route.request.url.startswith("http://127.0.0.1:"):
            route.continue_()
        else:
            troubles.append(f"asked for {route.request.url}")
            route.abort()

    def dismiss(dialog: Dialog) -> None:
        troubles.append(f"opened a dialog: {dialog.message}")
        dialog.dismiss()

    def heard(line: ConsoleMessage) -> None:
        # Streamlit looks for its base path by asking /<page>/_stcore/… first.
        if line.type == "error" and "/_stcore/" not in line.location["url"]:
            troubles.append(f"{line.text} {line.location['url']}")

    def fresh() -> Page:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.route("**/*", only_this_machine)
        page.on("dialog", dismiss)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", heard)
        opened.append(page)
        return page

    expect.set_options(timeout=PATIENCE)
    yield fresh
    for page in opened:
        page.close()
    assert troubles == []


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    """One such page."""
    return new_page()


@pytest.fixture(scope="session")
def new_server() -> Callable[..., AbstractContextManager[str]]:
    """Return a function that starts the app anew, or that of another folder: `with new_server() as address`."""

    @contextmanager
    def new(folder: Path = ROOT) -> Iterator[str]:
        with served(folder=folder) as server:
            yield server.address

    return new


@pytest.fixture(scope="session")
def app(browser: Browser) -> Iterator[str]:
    """Serve the app to all tests; return its address."""
    with served() as server:
        yield server.address
