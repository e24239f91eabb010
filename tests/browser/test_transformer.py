"""The Transformer lesson in a real browser with the network cut: the figure's boxes, writing, and what is no markup."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from lessons.text import LANGUAGES, Strings
from lessons.transformer.steps import STEPS

IMAGE = "<img src=x onerror=alert(1)>"


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def opened(page: Page, app: str, **state: str) -> None:
    page.goto(f"{app}/transformer?{urlencode(state)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    live = Strings("transformer", state.get("lang", "ja"))("badge_live")
    expect(page.get_by_text(live, exact=True).first).to_be_visible()
    settled(page)


def test_the_model_writes_one_letter_after_another(page: Page, app: str) -> None:
    opened(page, app, step="cross", s="とりがなく")
    write = page.get_by_role("button", name=Strings("transformer", "ja")("cross_write"))
    for place in range(1, 4):
        write.click()
        page.wait_for_url(lambda url, place=place: f"i={place}" in url)  # type: ignore[misc]
    expect(page.get_by_role("heading", name="鳥が鳴く")).to_be_visible()


def test_a_box_of_the_figure_can_be_pressed(page: Page, app: str) -> None:
    opened(page, app)
    figure = page.locator(".js-plotly-plot").first
    figure.scroll_into_view_if_needed()
    box = figure.locator(".scatterlayer .point").last.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(lambda url: "b=" in url)


def test_markup_is_shown_and_never_run(page: Page, app: str) -> None:
    opened(page, app, s=f"とり{IMAGE}")
    assert page.get_by_test_id("stMain").locator("img[src=x]").count() == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_step_opens(page: Page, app: str, lang: str) -> None:
    opened(page, app, lang=lang)
    for step in STEPS:
        page.get_by_role("radio", name=Strings("transformer", lang)(f"step_{step}")).click()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
