"""What a reader sees before the app answers, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from lessons.first_page.document import picture
from lessons.registry import pages
from lessons.text import sections

COVER = "#kotori-first-page"
SOCKET = "**/_stcore/stream"
TITLES = {entry.id: entry.title for entry in pages()}


def told(page: Page) -> str:
    """Return what a screen reader finds in the page; unlike a script it sees into the cover."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return "\n".join(str(node.get("name", {}).get("value", "")) for node in nodes)


@pytest.mark.parametrize(("name", "lang"), [("overview", "ja"), ("self_attention", "en"), ("classroom", "ja")])
def test_the_page_is_told_before_the_app_answers(page: Page, app: str, name: str, lang: str) -> None:
    page.route_web_socket(SOCKET, lambda socket: None)  # the app never answers
    page.goto(f"{app}/{name}?lang={lang}")
    page.wait_for_function("performance.getEntriesByName('kotori:first-page').length > 0")
    expect(page.locator(COVER)).to_have_attribute("data-wait", "figure" if picture(name, lang) else "text")
    assert page.evaluate("document.documentElement.lang") == lang
    seen = told(page)
    assert TITLES[name][lang] in seen
    assert next(iter(sections(name, lang).values())).title in seen


@pytest.mark.parametrize(("name", "link"), [("self_attention", "lang=ja"), ("classroom", "lang=en&present=1")])
def test_the_cover_leaves_when_the_page_is_drawn(page: Page, app: str, name: str, link: str) -> None:
    page.goto(f"{app}/{name}?{link}")
    expect(page.locator(COVER)).to_have_count(0)
    expect(page.get_by_role("heading").first).to_be_visible()
    if name == "self_attention":
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()


def test_the_cover_hides_no_sentence_about_what_went_wrong(page: Page, app: str) -> None:
    page.goto(f"{app}/self_attention?s=")
    expect(page.locator(COVER)).to_have_count(0)
    expect(page.get_by_role("alert").first).to_be_visible()
