"""What stands around the lessons, in a real browser: keys, the projector view, progress that outlives the visit."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from streamlit.proto.WidgetStates_pb2 import WidgetState

from lessons.frame.browser import KEY, SCRIPT
from lessons.registry import pages
from lessons.text import Strings
from tests.benchmarks.wire import EVENTS, Learner

FRAME, LESSON = Strings("frame", "ja"), Strings("tokens", "ja")
DONE = re.compile(re.escape(FRAME("task_done")))


def opened(page: Page, app: str, **state: str) -> None:
    page.goto(f"{app}/tokens?{urlencode(state)}")
    drawn(page)


def drawn(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_function("Boolean(window.kotori && window.kotori.send)")


def at(page: Page, step: str) -> None:
    """Wait until the step is the one that is shown."""
    name = re.compile(re.escape(LESSON(f"step_{step}")))
    expect(page.get_by_role("radio", name=name)).to_be_checked()


def test_the_arrow_keys_go_from_step_to_step(page: Page, app: str) -> None:
    opened(page, app)
    page.keyboard.press("ArrowRight")
    at(page, "guess")
    page.keyboard.press("ArrowLeft")
    at(page, "cut")


PARTS = """async (source) => {
    const script = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const { default: mount } = await import(script);
    const sent = [];
    const put = (name) => mount({
        data: { lang: "ja", present: false, done: [], forgotten: 0 },
        parentElement: document.createElement("div"),
        setStateValue: () => {},
        setTriggerValue: (_, step) => sent.push(`${name} ${step}`),
    });
    const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const takeOut = put("first");
    press("ArrowRight");
    takeOut();
    press("ArrowLeft");
    const takeOutLate = put("second");
    put("third");
    takeOutLate();
    press("ArrowRight");
    return sent;
}"""


def test_no_key_is_lost_while_the_page_is_drawn_anew(page: Page, app: str) -> None:
    page.goto(f"{app}/_stcore/health")
    sent = page.evaluate(PARTS, SCRIPT.read_text(encoding="utf-8"))
    assert sent == ["first next", "second back", "third next"]


def played(app: str, page: str, play: Callable[[Learner], Awaitable[None]] | None = None) -> Learner:
    """Open a page without a browser, and play there; beside the loop of Playwright."""

    async def all_of_it() -> Learner:
        reader = Learner(app)
        await reader.open(page)
        if play is not None:
            await play(reader)
        await reader.close()
        return reader

    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, all_of_it()).result()


def test_a_key_that_arrives_with_the_next_page_is_no_error(app: str) -> None:
    there = played(app, "classroom").script

    async def press(reader: Learner) -> None:
        frame = reader.widget(KEY)
        assert frame is not None
        pressed = json.dumps([{"event": "key", "value": "next"}])
        reader.script = there
        await reader.run("", WidgetState(id=EVENTS.format(frame.proto.id), json_trigger_value=pressed))

    assert played(app, "tokens", press).failures == []


@pytest.mark.parametrize("page", [page.id for page in pages()])
def test_no_part_of_a_page_is_told_by_a_reference(app: str, page: str) -> None:
    reader = played(app, page)
    assert reader.elements and reader.kept == []  # .streamlit/config.toml says why


def test_the_arrow_keys_of_a_text_box_stay_its_own(page: Page, app: str) -> None:
    opened(page, app)
    page.get_by_role("textbox").first.click()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1000)
    at(page, "cut")


def test_the_projector_view_is_left_with_escape(page: Page, app: str) -> None:
    opened(page, app, present="1")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    large = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    page.keyboard.press("PageDown")
    at(page, "guess")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    assert "present" not in page.url
    assert large > page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")


def test_a_link_leaves_parts_out(page: Page, app: str) -> None:
    opened(page, app, hide="quiz.tasks.nonsense")
    expect(page.get_by_role("radio", name=LESSON("step_cut"))).to_be_visible()
    expect(page.get_by_role("radio", name=LESSON("step_quiz"))).to_have_count(0)
    expect(page.get_by_text(FRAME("task_open"))).to_have_count(0)


def test_progress_outlives_the_visit_and_reaches_the_other_tab(new_page: Callable[[], Page], app: str) -> None:
    page = new_page()
    opened(page, app, step="limits")
    expect(page.get_by_text(DONE)).to_be_visible()
    page.wait_for_function("localStorage.getItem('kotori.progress') !== null")
    with page.expect_popup() as popup:
        page.evaluate("address => void window.open(address)", f"{app}/tokens")
    other = popup.value
    drawn(other)
    expect(other.get_by_role("radio", name=f"{LESSON('step_limits')} ✓")).to_be_visible()
    other.get_by_role("textbox").first.fill("鳥が空を飛ぶ")
    other.keyboard.press("Enter")
    expect(other.get_by_text(DONE)).to_be_visible()
    expect(page.get_by_role("radio", name=f"{LESSON('step_cut')} ✓")).to_be_visible()
    other.close()


def test_what_is_forgotten_in_one_tab_does_not_come_back_from_the_other(new_page: Callable[[], Page], app: str) -> None:
    page = new_page()
    opened(page, app, step="limits")
    expect(page.get_by_text(DONE)).to_be_visible()
    page.keyboard.press("ArrowLeft")
    at(page, "quiz")
    limits = page.get_by_role("radio", name=f"{LESSON('step_limits')} ✓")
    expect(limits).to_be_visible()
    with page.expect_popup() as popup:
        page.evaluate("address => void window.open(address)", f"{app}/?lang=ja")
    other = popup.value
    drawn(other)
    other.get_by_role("button", name=FRAME("progress_file")).click()
    other.get_by_role("button", name=FRAME("progress_forget")).click()
    expect(limits).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    at(page, "length")
    page.wait_for_timeout(1000)
    assert page.evaluate("localStorage.getItem('kotori.progress')") == "[]"
    other.close()


def test_a_damaged_store_is_no_trouble(page: Page, app: str) -> None:
    opened(page, app)
    page.evaluate("localStorage.setItem('kotori.progress', '{\"a\": [')")
    opened(page, app, step="limits")
    expect(page.get_by_text(DONE)).to_be_visible()


def test_the_browser_knows_the_language(page: Page, app: str) -> None:
    opened(page, app, lang="en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
