"""The BERT lesson in a real browser with the network cut: hiding words, a training from nothing, and what is no markup."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from lessons.bert.steps import STEPS
from lessons.text import LANGUAGES, Strings

IMAGE = "<img src=x onerror=alert(1)>"


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def opened(page: Page, app: str, **state: str) -> None:
    page.goto(f"{app}/bert?{urlencode(state)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(Strings("bert", state.get("lang", "ja"))("badge_live"), exact=True).first).to_be_visible()
    settled(page)


def test_a_pressed_word_becomes_a_hole_with_guesses(page: Page, app: str) -> None:
    opened(page, app, s="鳥が鳴く。", k="0")
    page.get_by_test_id("stMain").get_by_role("button", name="鳴く", exact=True).click()
    expect(page.locator(".js-plotly-plot .barlayer").first).to_be_visible()
    page.wait_for_url(lambda url: "k=0.2" in url or "k=2" in url)


def test_a_tiny_model_is_trained_and_stopped(page: Page, app: str) -> None:
    say = Strings("bert", "ja")
    page.goto(f"{app}/bert?step=live")
    page.get_by_role("button", name=say("live_start")).click()
    stop = page.get_by_role("button", name=say("live_stop"))
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    stop.click()
    expect(page.get_by_role("button", name=say("live_again"))).to_be_visible()


def test_markup_is_shown_and_never_run(page: Page, app: str) -> None:
    opened(page, app, s=f"鳥が{IMAGE}", k="0")
    assert page.get_by_test_id("stMain").locator("img[src=x]").count() == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_step_opens(page: Page, app: str, lang: str) -> None:
    opened(page, app, lang=lang)
    for step in STEPS:
        page.get_by_role("radio", name=Strings("bert", lang)(f"step_{step}")).click()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_second_tab_waits_for_the_training_of_the_first(page: Page, new_page: Callable[[], Page], app: str) -> None:
    say = Strings("bert", "ja")
    second = new_page()
    for tab in (page, second):
        tab.goto(f"{app}/bert?step=live")
        tab.get_by_role("button", name=say("live_start")).click()
        expect(tab.get_by_role("button", name=say("live_stop"))).to_be_visible()
    expect(second.get_by_text(say("live_waiting", ahead=1, minutes=1))).to_be_visible()
    for tab in (second, page):
        tab.get_by_role("button", name=say("live_stop")).click()
    expect(second.get_by_text(say("live_never"))).to_be_visible()
    expect(page.get_by_role("button", name=say("live_again"))).to_be_visible()


@pytest.mark.parametrize("step", STEPS)
def test_no_step_is_wider_than_a_phone(page: Page, app: str, step: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app}/bert?step={step}&lang=en")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settled(page)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
