"""The app as a learner meets it: the server of `streamlit run app.py`, a real browser, no other machine."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from core import catalogue
from lessons.registry import pages
from lessons.self_attention.steps import STEPS
from lessons.text import LANGUAGES, Strings

NewPage = Callable[[], Page]
JA, EN = Strings("self_attention", "ja"), Strings("self_attention", "en")
SAY = {"ja": JA, "en": EN}
SCRIPT = "</script><script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(1)>"
PHONE = {"width": 390, "height": 844}


def link(app: str, **state: str) -> str:
    return f"{app}/self_attention?{urlencode(state)}"


def state(page: Page) -> dict[str, str]:
    """What the address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def live(page: Page, lang: str = "ja") -> None:
    """Wait until the model has answered."""
    expect(page.get_by_text(SAY[lang]("badge_live"), exact=True).first).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    """Wait until nothing is computed any more."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def box(page: Page, say: Strings, name: str) -> Locator:
    return page.get_by_role("textbox", name=say(f"{name}_label"), exact=True)


def write(page: Page, field: Locator, text: str) -> None:
    field.fill(text)
    field.press("Enter")


def at_step(page: Page, step: str, lang: str = "ja") -> None:
    page.get_by_role("radio", name=SAY[lang](f"step_{step}"), exact=True).click()
    settled(page)


def click_cell(page: Page, query: int, key: int, tokens: int, *, aside: float = 0.0) -> None:
    """Click the middle of a heatmap's cell, or as far from it as `aside` says (0.5: the corner)."""
    chart = page.locator(".js-plotly-plot", has=page.locator(".scatterlayer .point")).first
    chart.scroll_into_view_if_needed()
    boxes = chart.locator(".scatterlayer .point").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(b => [b.x + b.width / 2, b.y + b.height / 2])"
    )
    assert len(boxes) == tokens**2
    (x, y), (right, _), (_, below) = boxes[query * tokens + key], boxes[1], boxes[tokens]
    page.mouse.click(x + aside * (right - boxes[0][0]), y + aside * (below - boxes[0][1]))


# -- opening ---------------------------------------------------------------------------------------------------


def test_the_first_page_shows_the_road_and_leads_to_the_lesson(page: Page, app: str) -> None:
    page.goto(app)
    expect(page.get_by_role("heading", name="大規模言語モデル概観")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_role("link")).to_have_count(len(pages()))

    road = page.get_by_test_id("stMain")
    road.locator('a[href="self_attention"]').click()
    expect(page.get_by_role("heading", name="Self-Attention 「鳥がナク」")).to_be_visible()
    live(page)
    assert urlsplit(page.url).path == "/self_attention"


def test_a_lessons_link_is_good_as_the_first_address_of_a_new_server(
    page: Page, new_server: Callable[[], AbstractContextManager[str]]
) -> None:
    with new_server() as address:
        page.goto(link(address, s="小鳥がナク", step="map", lang="en"))
        expect(box(page, EN, "sentence")).to_have_value("小鳥がナク")
        expect(page.get_by_role("radio", name=EN("step_map"))).to_be_checked()
        # The picture of an own sentence needs the model, which is being loaded.
        expect(page.locator(".js-plotly-plot")).to_have_count(1)
        expect(page.get_by_test_id("stSidebar").get_by_role("link")).to_have_count(len(pages()))
        assert page.get_by_role("dialog").count() == 0
        assert page.get_by_text("Page not found").count() == 0
        assert state(page) == {"s": "小鳥がナク", "step": "map", "lang": "en"}
        page.close()


def test_the_lesson_answers_before_the_model_is_loaded(
    page: Page, new_server: Callable[[], AbstractContextManager[str]]
) -> None:
    with new_server() as address:
        page.goto(link(address))
        expect(page.locator(".js-plotly-plot")).to_have_count(1)
        expect(page.get_by_text(re.compile("^(記録|ライブ)$")).first).to_be_visible()
        live(page)
        page.close()


# -- an own sentence -------------------------------------------------------------------------------------------


def test_an_own_sentence_is_answered(page: Page, app: str) -> None:
    page.goto(link(app))
    live(page)
    write(page, box(page, JA, "sentence"), "庭で犬がナク")

    expect(page.get_by_role("heading", name="庭で犬が[MASK]")).to_be_visible()
    bars = page.locator(".js-plotly-plot .barlayer .bartext")
    expect(bars).to_have_count(2)
    shares = [float(text.rstrip("%")) for text in bars.all_text_contents()]
    assert sum(shares) == pytest.approx(100, abs=0.11)
    assert state(page) == {"s": "庭で犬がナク"}


def test_an_example_is_chosen(page: Page, app: str) -> None:
    page.goto(link(app))
    live(page)
    page.get_by_role("combobox", name=re.compile(JA("examples_label"))).click()
    page.get_by_role("option", name="赤ちゃんがナク", exact=True).click()

    expect(page.get_by_role("heading", name="赤ちゃんが[MASK]")).to_be_visible()
    expect(box(page, JA, "candidates")).to_have_value("泣く、鳴く")
    expect(page.locator(".js-plotly-plot .ytick").first).to_have_text("泣く")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("sentence", ["", "　", "鳥" * 9_998 + "ナク", "[MASK]" * 40])
def test_a_sentence_that_cannot_be_read_is_explained_and_kept(page: Page, app: str, sentence: str, lang: str) -> None:
    page.goto(link(app, lang=lang))
    live(page, lang)
    write(page, box(page, SAY[lang], "sentence"), sentence)

    alert = page.get_by_role("alert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text(SAY[lang]("error_prefix").strip())
    expect(box(page, SAY[lang], "sentence")).to_have_value(sentence)
    expect(page).to_have_url(re.compile(r"[?&]s="))
    settled(page)
    page.reload()
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("heading", name="Self-Attention")).to_be_visible()


@pytest.mark.parametrize("hostile", [SCRIPT, IMAGE, "**x** <b>x</b> $x$", ":red[x] [x](javascript:alert(1))"])
def test_a_hostile_sentence_is_only_text_on_every_step(page: Page, app: str, hostile: str) -> None:
    page.goto(link(app, s=f"{hostile}ナク", c="鳴く、<b>", e="1-2", cut="1-2", b="1", lang="en"))
    live(page, "en")
    for step in STEPS:
        at_step(page, step, "en")
        assert page.locator("img[src=x]").count() == 0
        assert page.locator("[onerror]").count() == 0
        assert page.locator("a[href^=javascript]").count() == 0
        assert page.get_by_test_id("stMain").locator("script").count() == 0
        assert page.get_by_test_id("stMain").locator("b").count() == 0
        if step == "question":
            expect(page.get_by_role("heading", name=f"{hostile}[MASK]", exact=True)).to_be_visible()
            assert page.locator(".katex").count() == 0
        if step == "advanced":
            frame = page.frame_locator("iframe").first
            frame.locator("svg line").first.wait_for(state="attached")
            assert frame.locator("img").count() == 0


# -- the map ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("aside", [0.0, 0.3, -0.3])
def test_a_cell_of_the_map_can_be_clicked(page: Page, app: str, aside: float) -> None:
    page.goto(link(app, step="map"))
    live(page)
    click_cell(page, 2, 3, tokens=5, aside=aside)

    page.wait_for_url(lambda url: "e=2-3" in url)
    settled(page)
    click_cell(page, 0, 1, tokens=5, aside=aside)
    page.wait_for_url(lambda url: "e=0-1" in url)


def test_a_clicked_cell_opens_into_its_numbers(page: Page, app: str) -> None:
    page.goto(link(app, step="numbers", l="2", h="1"))
    live_map = page.locator(".scatterlayer .point")
    expect(live_map).to_have_count(25)
    settled(page)
    click_cell(page, 1, 3, tokens=5)

    page.wait_for_url(lambda url: "e=1-3" in url)
    expect(page.get_by_text(JA("numbers_q", query="鳥")).first).to_be_visible()
    expect(page.get_by_text("▶ [MASK]")).to_be_visible()


def test_all_maps_are_drawn(page: Page, app: str) -> None:
    page.goto(link(app, step="map", v="overview"))
    live(page)

    card = catalogue.card("encoder")
    expect(page.locator(".js-plotly-plot .heatmaplayer image")).to_have_count(card.layers * card.heads)


# -- the experiment --------------------------------------------------------------------------------------------


def test_edges_are_cut_and_restored(page: Page, app: str) -> None:
    page.goto(link(app, step="cut", e="3-1"))
    page.get_by_role("button", name=JA("cut_column_button", key="鳥")).click()
    expect(page.get_by_text(re.compile("「鳴く」の割合の変化: −"))).to_be_visible()
    expect(page.locator(".barlayer .bartext")).to_have_count(4)
    page.wait_for_url(lambda url: "cut=0-1.2-1.3-1.4-1" in url)

    page.get_by_role("button", name=JA("predict_skip")).click()
    expect(page.get_by_text("✂")).to_have_count(8)  # four in each of the two maps
    page.get_by_role("button", name=JA("cut_restore")).click()
    expect(page.get_by_text("✂")).to_have_count(0)
    expect(page.locator(".barlayer .bartext")).to_have_count(2)
    expect(page.get_by_text(JA("cut_none"))).to_be_visible()


def test_a_guess_is_made_before_the_result(page: Page, app: str) -> None:
    page.goto(link(app, step="cut"))
    submit = page.get_by_role("button", name=JA("predict_submit"))
    expect(submit).to_be_disabled()
    page.get_by_test_id("stRadio").get_by_text("[SEP]", exact=True).click()
    expect(submit).to_be_enabled()
    submit.click()

    expect(page.get_by_role("alert")).to_contain_text(re.compile("当たり|外れ"))
    expect(page.locator(".heatmaplayer image")).to_have_count(2)


def test_bertviz_draws_offline(page: Page, app: str) -> None:
    page.goto(link(app, step="advanced"))
    settled(page)
    page.get_by_text(JA("bertviz_open")).click()

    for index in range(2):
        frame = page.locator("iframe").nth(index).content_frame
        frame.locator("svg line").first.wait_for(state="attached")
        assert frame.locator("svg line").count() >= 4 * 25


# -- language, phone, link -------------------------------------------------------------------------------------


def test_the_language_is_switched_in_place(page: Page, app: str) -> None:
    page.goto(link(app, s="小鳥がナク", step="map"))
    live(page)
    page.get_by_role("radio", name="English").click()
    expect(page.get_by_role("radio", name=EN("step_map"))).to_be_checked()
    live(page, "en")
    expect(box(page, EN, "sentence")).to_have_value("小鳥がナク")
    assert state(page) == {"s": "小鳥がナク", "step": "map", "lang": "en"}

    page.get_by_role("radio", name="日本語").click()
    live(page)
    assert state(page) == {"s": "小鳥がナク", "step": "map"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_wider_than_a_phone(page: Page, app: str, lang: str) -> None:
    page.set_viewport_size(PHONE)
    too_wide = """() => [...document.querySelectorAll('[data-testid=stMain] *')]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && one.checkVisibility())
        .filter(one => !one.closest('table, pre, svg, iframe, [data-testid=stMarkdownContainer] .katex'))
        .map(one => one.tagName + ' ' + (one.dataset.testid || one.className))"""
    across = """() => Math.max(document.documentElement.scrollWidth,
        document.querySelector('[data-testid=stMain]').scrollWidth)"""
    page.goto(f"{app}/?lang={lang}")
    expect(page.get_by_test_id("stPageLink").first).to_be_visible()
    assert page.evaluate(across) <= PHONE["width"]
    for step in STEPS:
        page.goto(link(app, step=step, lang=lang, s="子供が大きな声でナク", c="泣く、鳴く", cut="3-1", b="1"))
        expect(page.get_by_role("radio", name=SAY[lang](f"step_{step}"))).to_be_checked()
        settled(page)
        assert page.evaluate(across) <= PHONE["width"], step
        assert page.evaluate(too_wide) == [], step


def test_the_address_reopens_the_same_view(page: Page, new_page: NewPage, app: str) -> None:
    page.goto(link(app))
    live(page)
    write(page, box(page, JA, "sentence"), "庭で犬がナク")
    expect(page.get_by_role("heading", name="庭で犬が[MASK]")).to_be_visible()
    write(page, box(page, JA, "candidates"), "鳴く、泣く、走る")
    expect(page.locator(".barlayer .bartext")).to_have_count(3)
    at_step(page, "cut")
    page.get_by_role("combobox", name=re.compile(re.escape(JA("layer_label")))).click()
    page.get_by_role("option", name=JA("layer_option", layer=2), exact=True).click()
    expect(page.get_by_role("combobox", name=re.compile(JA("cut_scope_label")))).to_be_visible()
    page.get_by_role("button", name=re.compile("^.*切る: ")).click()
    expect(page.locator(".barlayer .bartext")).to_have_count(6)
    settled(page)

    again = new_page()
    again.goto(page.url)
    expect(again.locator(".barlayer .bartext")).to_have_count(6)
    settled(again)
    assert state(again) == state(page)
    assert {"s", "c", "step", "l", "e", "cut"} == set(state(page))
    for seen in (".bartext", "[data-testid=stCaptionContainer]", "[data-testid=stSelectbox]", "h3"):
        assert again.locator(seen).all_text_contents() == page.locator(seen).all_text_contents()
    values = "all => all.map(one => one.value)"
    assert again.locator("input[type=text]").evaluate_all(values) == page.locator("input[type=text]").evaluate_all(
        values
    )


def test_the_link_that_is_offered_is_the_address(page: Page, app: str) -> None:
    page.goto(link(app, s="小鳥がナク", step="map", l="2"))
    live(page)
    page.get_by_role("button", name=Strings("frame", "ja")("share_link")).click()

    expect(page.get_by_test_id("stCode")).to_contain_text(page.url)
