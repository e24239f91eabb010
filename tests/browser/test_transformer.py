"""The Transformer lesson in a real browser with the network cut: the figure's boxes, writing, cutting, and what is no
markup."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from lessons.text import LANGUAGES, Strings
from lessons.transformer.architecture import BLACKBOARD, PAPER, Plan
from lessons.transformer.steps import STEPS

IMAGE = "<img src=x onerror=alert(1)>"
JA = Strings("transformer", "ja")


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def opened(page: Page, app: str, **state: str) -> None:
    page.goto(f"{app}/transformer?{urlencode(state)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    live = Strings("transformer", state.get("lang", "ja"))("badge_live")
    expect(page.get_by_text(live, exact=True).first).to_be_visible()
    settled(page)


def press(page: Page, plan: Plan, name: str) -> None:
    """Click a box of the first figure, near its left end: all of it takes the click."""
    place = plan.names.index(name)
    press_bar(page, page.locator(".js-plotly-plot").first.locator(".barlayer .point path").nth(place))


def press_bar(page: Page, bar: Locator) -> None:
    """Click a bar near its left end, where nothing but the figure lies over it."""
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 8, box["y"] + box["height"] / 2)


@pytest.mark.parametrize("name", ["encoder.embedding", "decoder.cross_attention", "output.softmax"])
def test_a_box_of_the_figure_can_be_pressed(page: Page, app: str, name: str) -> None:
    opened(page, app)
    press(page, PAPER, name)
    page.wait_for_url(lambda url: f"b={name}" in url)
    settled(page)
    told = "".join(name.split(".")[1:])
    expect(page.get_by_text(JA(f"does_{told}").split("。")[0]).first).to_be_visible()


def test_a_box_of_the_blackboard_brings_its_lines(page: Page, app: str) -> None:
    opened(page, app, step="code")
    press(page, BLACKBOARD, "encoder.feed_forward")
    page.wait_for_url(lambda url: "n=feed_forward" in url)
    expect(page.get_by_text("class FeedForward").first).to_be_visible()


def test_the_figure_fits_a_phone(page: Page, app: str) -> None:
    opened(page, app)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".js-plotly-plot").first).to_have_css("width", re.compile(r"^3\d\d"))
    settled(page)
    box = page.locator(".js-plotly-plot").first.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    press(page, PAPER, "decoder.feed_forward")
    page.wait_for_url(lambda url: "b=decoder.feed_forward" in url)


def test_the_model_writes_one_letter_after_another(page: Page, app: str) -> None:
    opened(page, app, step="cross", s="とりがなく")
    write = page.get_by_role("button", name=JA("cross_write"))
    for place in range(1, 4):
        write.click()
        page.wait_for_url(lambda url, place=place: f"i={place}" in url)  # type: ignore[misc]
    expect(page.get_by_role("heading", name="鳥が鳴く")).to_be_visible()


def test_a_way_is_cut_after_a_guess(page: Page, app: str) -> None:
    opened(page, app, step="cut")
    page.get_by_test_id("stRadio").get_by_text("鳴", exact=True).click()
    page.get_by_role("button", name=JA("predict_submit")).click()
    expect(page.get_by_text(JA("cut_all"))).to_be_visible()
    settled(page)
    hits = page.locator(".js-plotly-plot").first.locator(".barlayer .trace").last.locator(".point path")
    press_bar(page, hits.nth(3))
    page.wait_for_url(lambda url: "x=decoder" in url)


def test_markup_is_shown_and_never_run(page: Page, app: str) -> None:
    opened(page, app, s=f"とり{IMAGE}")
    expect(page.get_by_role("textbox").first).to_have_value(f"とり{IMAGE}")
    assert page.get_by_test_id("stMain").locator("img[src=x]").count() == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_step_opens(page: Page, app: str, lang: str) -> None:
    opened(page, app, lang=lang)
    for step in STEPS:
        name = re.compile(re.escape(Strings("transformer", lang)(f"step_{step}")))
        page.get_by_role("radio", name=name).click()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
