"""The whole of RLHF in a real browser with the network cut: rank, fit, optimise, and the blind test."""

from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from lessons.text import Strings
from tests.browser.names import button_name

JA = Strings("rlhf", "ja")
SLOW = 180_000  # ms
RANKINGS = 2
UPDATES = 10


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=button_name(name)).click(timeout=SLOW)
    settled(page)


def to_step(page: Page, step: str) -> None:
    page.get_by_text(JA(f"step_{step}"), exact=True).first.click()
    settled(page)


def test_rank_fit_optimise_and_choose_blindly(page: Page, app: str) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{app}/rlhf?{urlencode({'step': 'rank', 'un': UPDATES})}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(JA("model_loading"))).to_have_count(0, timeout=SLOW)

    for number in range(1, RANKINGS + 1):
        expect(page.locator(".card").nth(1)).to_be_visible(timeout=SLOW)
        page.get_by_role("button", name=JA("cards_done")).click()
        told = JA("rank_count", rankings=number, pairs=6 * number).replace("**", "")
        expect(page.get_by_test_id("stMarkdown").filter(has_text=told).first).to_be_visible(timeout=SLOW)

    to_step(page, "reward")
    press(page, JA("predict_skip"))
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=SLOW)

    to_step(page, "optimise")
    press(page, JA("ppo_start"))
    page.get_by_role("button", name=JA("predict_skip")).click(timeout=SLOW)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_text(JA("best_title"))).to_be_visible(timeout=SLOW)

    to_step(page, "blind")
    left, result = (
        page.get_by_role("button", name=JA("choose_left")),
        page.get_by_role("button", name=JA("blind_again")),
    )
    expect(left.or_(result)).to_be_visible(timeout=SLOW)
    if left.count():
        first = page.get_by_text(JA("blind_progress", number=1, total="").rstrip(" 問"))
        expect(first).to_be_visible()
        page.keyboard.press("3")
        expect(first).to_have_count(0)
        expect(page.get_by_role("button", name=JA("blind_undo"))).to_be_visible()
        settled(page)
        page.keyboard.press("u")
        expect(first).to_be_visible()
    while left.count():
        left.click()
        settled(page)
    expect(result).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("%").first).to_be_visible()
    assert errors == []
