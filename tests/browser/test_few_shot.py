"""The few-shot lesson in a real browser with the network cut: a guess, the slider, a pasted table, a measurement."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from lessons.few_shot.steps import STEPS
from lessons.text import LANGUAGES, Strings

JA = Strings("few_shot", "ja")
IMAGE = "<img src=x onerror=alert(1)>"
SLOW = 120_000  # ms


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def opened(page: Page, app: str, **state: str) -> None:
    page.goto(f"{app}/few_shot?{urlencode(state)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settled(page)


def test_a_guess_shows_what_the_model_wrote(page: Page, app: str) -> None:
    opened(page, app)
    page.get_by_role("button", name=JA("predict_skip")).click()
    expect(page.get_by_text("たかい→ひくい。").last).to_be_visible()
    expect(page.get_by_text(JA("question_told", way="", answer="みじかい"))).to_be_visible()


def test_the_keyboard_moves_the_number_of_examples(page: Page, app: str) -> None:
    opened(page, app, step="bench")
    page.get_by_role("slider").first.press("ArrowRight")
    page.wait_for_url(lambda url: "n=5" in url)
    expect(page.get_by_text(JA("shots_few", shots=5))).to_be_visible()


def test_a_table_is_pasted_and_shared(page: Page, app: str) -> None:
    opened(page, app, step="own")
    box = page.get_by_role("textbox", name=JA("own_box"))
    box.fill("いぬ\tわん\nねこ\tにゃあ\nうし")
    box.press("Control+Enter")
    expect(page.get_by_text(JA("own_read", count=2))).to_be_visible()
    expect(page.get_by_text(JA("own_unreadable", number=3, line="うし"))).to_be_visible()
    page.wait_for_url(lambda url: "o=" in url)


def test_a_measurement_is_made(page: Page, app: str) -> None:
    opened(page, app, step="bench", t="successor", n="2")
    page.get_by_role("button", name=JA("measure_start", episodes=50)).click(timeout=SLOW)
    expect(page.get_by_text(JA("measure_interval"))).to_be_visible(timeout=SLOW)


def test_markup_is_shown_and_never_run(page: Page, app: str) -> None:
    opened(page, app, step="own", o=f"{IMAGE}\tx\nいぬ\tわん")
    assert page.get_by_test_id("stMain").locator("img[src=x]").count() == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_step_opens(page: Page, app: str, lang: str) -> None:
    opened(page, app, lang=lang)
    for step in STEPS:
        page.get_by_role("radio", name=Strings("few_shot", lang)(f"step_{step}")).click()
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("step", STEPS)
def test_no_step_is_wider_than_a_phone(page: Page, app: str, step: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, app, step=step, lang="en")
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
