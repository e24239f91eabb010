"""The API lesson in a real browser with the network cut: a call, a stream, the key that goes nowhere, a phone."""

from playwright.sync_api import Page, expect

from lessons.text import Strings
from tests.browser.names import button_name

JA, EN = Strings("api", "ja"), Strings("api", "en")
READY = 120_000  # ms until the models are loaded, an upper bound against hanging
SECRET = "sk-very-secret"


def opened(page: Page, app: str, step: str, lang: str = "ja", more: str = "") -> None:
    page.goto(f"{app}/api?step={step}&lang={lang}{more}")
    expect(page.locator("h1")).to_be_visible()


def ready(page: Page, name: str) -> None:
    expect(page.get_by_role("button", name=button_name(name)).first).to_be_enabled(timeout=READY)


def test_the_first_program_is_run_with_the_keyboard(app: str, page: Page) -> None:
    opened(page, app, "question")
    ready(page, JA("run"))
    page.get_by_role("button", name=button_name(JA("run"))).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(JA("badge_live"), exact=True).first).to_be_visible()
    expect(page.get_by_text("prompt_tokens").or_(page.get_by_text("total_tokens")).first).to_be_visible()


def test_a_stream_arrives_and_its_lines_can_be_read(app: str, page: Page) -> None:
    opened(page, app, "stream", "en")
    ready(page, EN("stream_begin"))
    page.get_by_role("button", name=button_name(EN("stream_begin"))).click()
    expect(page.get_by_text(EN("stream_lines"))).to_be_visible()
    page.get_by_text(EN("stream_lines")).click()
    expect(page.get_by_text("data: [DONE]").last).to_be_visible()


def test_a_slow_stream_can_be_stopped(app: str, page: Page) -> None:
    opened(page, app, "stream", more="&sl=1")
    ready(page, JA("stream_begin"))
    page.get_by_role("button", name=button_name(JA("stream_begin"))).click()
    expect(page.get_by_text("▌")).to_be_in_viewport()
    page.get_by_role("button", name=button_name(JA("stream_stop"))).click()
    expect(page.get_by_text("▌")).to_have_count(0)
    expect(page.get_by_text(JA("stream_lines"))).to_be_visible()


def test_a_key_is_in_no_address_and_on_no_page(app: str, page: Page) -> None:
    opened(page, app, "servers")
    ready(page, JA("servers_forget"))
    box = page.get_by_label(JA("servers_key"), exact=True)
    box.fill(SECRET)
    box.press("Enter")
    page.get_by_label(JA("servers_model"), exact=True).fill("m")
    page.get_by_label(JA("servers_model"), exact=True).press("Enter")
    expect(page.get_by_role("button", name=button_name(JA("run")))).to_be_enabled()
    assert SECRET not in page.url
    assert SECRET not in page.locator("body").inner_text()
    assert box.get_attribute("type") == "password"


def test_a_phone_has_nothing_beside_the_screen(app: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for step in ("question", "messages", "playground", "errors"):
        opened(page, app, step)
        ready(page, JA("errors_provoke" if step == "errors" else "run"))
        assert width(page) <= 390, step


def test_a_phone_has_room_for_the_tables(app: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, app, "tokens", "en", "&pi=1.25&po=10")
    page.get_by_role("button", name=button_name(EN("predict_skip"))).click(timeout=READY)
    expect(page.get_by_role("columnheader", name=EN("session_cost"), exact=True)).to_be_attached()
    assert width(page) <= 390
    opened(page, app, "few_shot", "en")
    page.get_by_role("button", name=button_name(EN("predict_skip"))).click()
    name = page.get_by_role("row").nth(1).get_by_role("cell").first
    expect(name).to_be_visible()
    box = name.bounding_box()
    assert width(page) <= 390 and box is not None and box["width"] > 60


def width(page: Page) -> int:
    """Return how wide the page is, whether it is all seen or not."""
    return int(page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth"))
