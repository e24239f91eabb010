"""The GPT lesson in a real browser with the network cut: the mask, the next word, and what is no markup."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from lessons.gpt.steps import STEPS
from lessons.text import LANGUAGES, Strings

SCRIPT = "<img src=x onerror=alert(1)>"


def opened(page: Page, app: str, **state: str) -> None:
    page.goto(f"{app}/gpt?{urlencode(state)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(Strings("gpt", state.get("lang", "ja"))("badge_live"), exact=True).first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_mask_of_the_lesson_s_sentence_is_drawn(page: Page, app: str, lang: str) -> None:
    opened(page, app, lang=lang)
    expect(page.locator(".js-plotly-plot .heatmaplayer").first).to_be_visible()


def test_markup_is_shown_and_never_run(page: Page, app: str) -> None:
    opened(page, app, t=SCRIPT)
    expect(page.get_by_role("textbox").first).to_have_value(SCRIPT)
    assert page.get_by_test_id("stMain").locator("img[src=x]").count() == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_step_opens(page: Page, app: str, lang: str) -> None:
    say = Strings("gpt", lang)
    opened(page, app, lang=lang)
    for step in STEPS:
        page.get_by_role("radio", name=say(f"step_{step}"), exact=True).click()
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        expect(page.get_by_test_id("stException")).to_have_count(0)
