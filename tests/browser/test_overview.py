"""The start page and the glossary in a real browser with the network cut."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from lessons.glossary import cards
from lessons.glossary.terms import term
from lessons.overview import compare
from lessons.registry import lessons, references
from lessons.text import LANGUAGES, Strings

SCRIPT = "<img src=x onerror=alert(1)>"


def opened(page: Page, app: str, path: str = "", **state: str) -> None:
    page.goto(f"{app}/{path}?{urlencode(state)}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    still(page)


def still(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reader_answers_the_first_question(page: Page, app: str, lang: str) -> None:
    opened(page, app, lang=lang)
    page.get_by_role("button", name="鳴く", exact=True).click()
    expect(page.locator(".js-plotly-plot .bars")).to_have_count(2)
    still(page)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reader_guesses_the_size(page: Page, app: str, lang: str) -> None:
    say = Strings("overview", lang)
    opened(page, app, lang=lang)
    main = page.get_by_test_id("stMain")
    main.get_by_role("radiogroup").get_by_text(compare.options(say)[1], exact=True).click()
    main.get_by_role("button", name=say("predict_submit")).click()
    expect(main.get_by_role("figure", name=say("sizes_alt").split("{")[0])).to_be_visible()
    still(page)


@pytest.mark.parametrize("width", [390, 1366, 1920])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map_fits_the_screen_and_leads_to_the_cards(page: Page, app: str, lang: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, app, lang=lang)
    boxes = page.locator("a.km-box")
    expect(boxes).to_have_count(len(lessons()) - 1)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    assert boxes.evaluate_all("boxes => boxes.every(box => box.scrollWidth <= box.clientWidth)")

    boxes.last.focus()
    page.keyboard.press("Enter")
    last = lessons()[-1].id
    expect(page.locator(f"#lesson-{last}")).to_be_in_viewport()
    still(page)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_reader_goes_from_the_glossary_to_the_step_of_a_word(page: Page, app: str) -> None:
    one = term("vector")
    assert one is not None
    opened(page, app, "tokens", step="length")
    page.get_by_role("link", name=next(entry.title["ja"] for entry in references() if entry.id == "glossary")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("用語集")
    page.get_by_role("textbox").first.fill("べくとる")
    page.get_by_role("textbox").first.press("Enter")
    page.get_by_role("link", name=cards.where(one, "ja")).first.click()
    checked = page.get_by_role("radio", name=Strings("tokens", "ja")("step_vectors"))
    expect(checked.first).to_be_checked()
    still(page)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_opens_at_a_word(page: Page, app: str, lang: str) -> None:
    opened(page, app, "glossary", lang=lang, t="attention")
    expect(page.locator(".gl.large")).to_be_in_viewport()
    expect(page.locator("#attention")).to_have_count(1)


def test_a_query_is_shown_and_never_run(page: Page, app: str) -> None:
    opened(page, app, "glossary", q=SCRIPT)
    expect(page.get_by_role("textbox").first).to_have_value(SCRIPT)
    expect(page.get_by_test_id("stAlert")).to_contain_text(SCRIPT)
    assert page.get_by_test_id("stMain").locator("img[src=x]").count() == 0


def test_the_first_page_is_found_at_its_own_name_too(page: Page, app: str) -> None:
    opened(page, app, "overview", lang="en")
    expect(page.get_by_role("heading", level=1)).to_have_text(Strings("overview", "en")("title"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "/overview" not in page.url
