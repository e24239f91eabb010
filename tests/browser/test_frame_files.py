"""What the reader takes along, in a real browser: a figure as a page or a picture, a sheet of paper; and furigana."""

from pathlib import Path
from urllib.parse import urlencode

import plotly.graph_objects as go
from playwright.sync_api import Locator, Page, expect

from lessons import export, printable
from lessons.text import Strings

FRAME = Strings("frame", "ja")
SCRIPT = "</script><script>alert(1)</script>"  # a dialog is trouble for `page`
IMAGE = "<img src=x onerror=alert(2)>"
PNG = b"\x89PNG\r\n"
FIGURE = '[class*="st-key-kotori-figure-"]'
SLOW = 90_000  # ms, an upper bound against hanging


def opened(page: Page, app: str, **state: str) -> None:
    page.goto(f"{app}/self_attention?{urlencode(state)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def figure_of(page: Page) -> Locator:
    """Wait until the first figure is drawn; point at it and return it."""
    figure = page.locator(FIGURE).first
    expect(figure.locator(".main-svg").first).to_be_visible(timeout=SLOW)
    figure.hover()
    return figure


def saved(page: Page, button: Locator, file: Path) -> Path:
    with page.expect_download() as download:
        button.click()
    download.value.save_as(file)
    return file


def test_a_figure_is_saved_as_a_page_that_needs_nothing_else(page: Page, app: str, tmp_path: Path) -> None:
    opened(page, app, step="map")
    button = figure_of(page).get_by_role("button", name="HTML")
    expect(button).to_be_visible()
    file = saved(page, button, tmp_path / "figure.html")
    page.set_content(file.read_text(encoding="utf-8"))
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator(".js-plotly-plot .xtick text").first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_a_label_of_a_saved_figure_is_never_run(page: Page) -> None:
    chart = go.Figure(data=[go.Bar(x=[SCRIPT, IMAGE], y=[1, 2], text=[SCRIPT, IMAGE])])
    page.set_content(export.page(chart, "map", SCRIPT + IMAGE, "ja"))
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator("figcaption")).to_have_text(SCRIPT + IMAGE)
    assert page.locator("img").count() == 0


def test_a_figure_is_saved_as_a_picture_by_the_browser(page: Page, app: str, tmp_path: Path) -> None:
    opened(page, app, step="map")
    buttons = figure_of(page).locator(".modebar-btn")
    expect(buttons).to_have_count(1)
    expect(buttons).to_have_attribute("data-title", FRAME("figure_picture"))
    assert saved(page, buttons, tmp_path / "figure.png").read_bytes().startswith(PNG)


def test_furigana_are_drawn_above_the_kanji(page: Page, app: str) -> None:
    opened(page, app, ruby="1")
    main = page.get_by_test_id("stMain")
    reading = main.locator("h3 ruby rt").first
    expect(reading).to_have_text("な")
    expect(main.locator("#question")).to_be_attached()
    above, heading = reading.bounding_box(), main.locator("h3 ruby").first.bounding_box()
    assert above and heading and above["height"] < heading["height"]
    assert "ruby=1" in page.url
    opened(page, app, ruby="1", lang="en")
    expect(main.locator("ruby")).to_have_count(0)


def test_a_sheet_is_printed_on_a4(page: Page) -> None:
    page.set_content(printable.sheet("self_attention", "ja", ruby=True))
    expect(page.locator(".box")).not_to_have_count(0)
    expect(page.locator("ruby").first).to_be_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
