"""Ranking in a real browser with the network cut: cards dragged, moved by keys and by touch, and a reload."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from lessons.text import Strings

JA = Strings("rlhf", "ja")
IMAGE = "<img src=x onerror=alert(1)>"
LOG, DESK = "kotori.rankings", "kotori.ranking"
LOSE = """(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (message) {
    if (window.lost || !new TextDecoder().decode(message).includes("rankings")) return send.call(this, message);
    window.lost = true;
  };
})()"""  # the first message with rankings
SLOW = 120_000  # ms


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def opened(page: Page, app: str, **state: str) -> None:
    """Open the step, and wait until the models are there."""
    page.goto(f"{app}/rlhf?{urlencode({'step': 'rank', **state})}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(JA("model_loading"))).to_have_count(0, timeout=SLOW)
    expect(page.locator(".card").nth(1)).to_be_visible(timeout=SLOW)
    settled(page)


def texts(page: Page) -> list[str]:
    return page.locator(".card .text").all_inner_texts()


def groups(page: Page) -> list[list[str]]:
    """The texts of the cards that share a place."""
    places = page.locator(".place")
    return [places.nth(number).locator(".text").all_inner_texts() for number in range(places.count())]


def kept(page: Page, count: int) -> list[dict[str, object]]:
    """Wait until the browser keeps so many rankings; return them."""
    page.wait_for_function(
        "([key, count]) => JSON.parse(localStorage.getItem(key) || '{\"rankings\": []}').rankings.length === count",
        arg=[LOG, count],
    )
    rankings: list[dict[str, object]] = json.loads(page.evaluate(f"localStorage.getItem('{LOG}')"))["rankings"]
    return rankings


def submit(page: Page) -> None:
    page.get_by_role("button", name=JA("cards_done")).click()


def counted(page: Page, rankings: int) -> None:
    told = JA("rank_count", rankings=rankings, pairs=6 * rankings).replace("**", "")
    expect(page.get_by_test_id("stMarkdown").filter(has_text=told).first).to_be_visible()


def box(one: Locator) -> FloatRect:
    found = one.bounding_box()
    assert found is not None
    return found


def still(page: Page) -> None:
    """Wait until the cards stand still: what comes late above them moves them."""
    last = None
    while (now := [box(one) for one in page.locator(".place").all()]) != last:
        last = now
        page.wait_for_timeout(500)


def drag(page: Page, card: Locator, onto: Locator, part: float) -> None:
    """Drag a card by its text to a height of a place: 0 is its upper edge, 1 its lower one."""
    still(page)
    start, goal = box(card.locator(".text")), box(onto)
    page.mouse.move(start["x"] + 20, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(goal["x"] + 120, goal["y"] + part * goal["height"], steps=8)
    page.mouse.up()


# -- moving ----------------------------------------------------------------------------------------------------


def test_the_keyboard_moves_and_ties(page: Page, app: str) -> None:
    opened(page, app)
    first = texts(page)
    page.locator(".card").nth(0).focus()
    page.keyboard.press("ArrowDown")
    assert texts(page) == [first[1], first[0], *first[2:]]
    page.keyboard.press("=")
    assert groups(page) == [[first[1], first[0]], [first[2]], [first[3]]]
    page.keyboard.press("ArrowUp")
    assert groups(page) == [[first[0]], [first[1]], [first[2]], [first[3]]]
    page.keyboard.press("End")
    assert texts(page) == [*first[1:], first[0]]
    focused = page.evaluate(
        "() => { let one = document.activeElement; while (one.shadowRoot) one = one.shadowRoot.activeElement;"
        " return one.querySelector('.text').textContent; }"
    )
    assert focused == first[0]
    assert page.get_by_role("button", name=JA("cards_up") + ": " + first[0]).is_enabled()
    assert not page.get_by_role("button", name=JA("cards_down") + ": " + first[0]).is_enabled()


def test_a_screen_reader_is_told(page: Page, app: str) -> None:
    opened(page, app)
    first = texts(page)
    expect(page.get_by_role("group", name=JA("cards_card", place=1, text=first[0]))).to_be_visible()
    page.get_by_role("button", name=f"{JA('cards_down')}: {first[0]}").click()
    expect(page.locator("[aria-live=polite]")).to_have_text(JA("cards_moved", place=2, text=first[0]))
    page.get_by_role("button", name=f"{JA('cards_tie')}: {first[0]}").click()
    expect(page.locator("[aria-live=polite]")).to_have_text(JA("cards_moved_tie", place=1, text=first[0]))


def test_a_card_is_dragged_between_and_onto_others(page: Page, app: str) -> None:
    opened(page, app)
    page.set_viewport_size({"width": 1280, "height": 1400})
    first = texts(page)
    drag(page, page.locator(".card").nth(3), page.locator(".place").nth(0), 0.05)
    expect(page.locator(".card .text")).to_have_text([first[3], *first[:3]])
    drag(page, page.locator(".card").nth(2), page.locator(".place").nth(0), 0.5)
    assert groups(page) == [[first[3], first[1]], [first[0]], [first[2]]]


def test_nothing_is_sent_and_nothing_jumps_while_dragging(page: Page, app: str) -> None:
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    opened(page, app)
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.wait_for_timeout(1500)
    settled(page)
    still(page)
    before = len(sent)
    finish = page.get_by_role("button", name=JA("cards_done"))
    at = box(finish)
    start, goal = box(page.locator(".card .text").nth(3)), box(page.locator(".place").nth(0))
    page.mouse.move(start["x"] + 20, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(goal["x"] + 50, goal["y"], steps=40)
    assert box(finish) == at
    page.mouse.up()
    page.wait_for_timeout(500)
    assert len(sent) == before


def test_a_finger_drags_by_the_grip(page: Page, app: str) -> None:
    page.set_viewport_size({"width": 390, "height": 1600})
    opened(page, app)
    first = texts(page)
    page.locator(".desk").scroll_into_view_if_needed()
    still(page)
    wire = page.context.new_cdp_session(page)
    start, goal = box(page.locator(".grip").nth(3)), box(page.locator(".place").nth(0))
    x, y = start["x"] + 10, start["y"] + start["height"] / 2
    wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        point = {"x": x, "y": y + (goal["y"] + 3 - y) * step / 8}
        wire.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator(".card .text")).to_have_text([first[3], *first[:3]])


# -- what becomes of a ranking ---------------------------------------------------------------------------------


def test_a_ranking_is_taken_learned_from_and_taken_back(page: Page, app: str) -> None:
    opened(page, app)
    first = texts(page)
    page.locator(".card").nth(0).press("ArrowDown")
    submit(page)
    counted(page, 1)
    expect(page.locator(".card .text").first).not_to_have_text(first[1])
    assert [one["places"] for one in kept(page, 1)] == [[2, 1, 3, 4]]
    page.get_by_role("button", name=JA("rank_undo")).click()
    expect(page.locator(".card .text").first).to_have_text(first[1])
    assert texts(page) == [first[1], first[0], *first[2:]]
    page.wait_for_function("key => localStorage.getItem(key) === null", arg=LOG)


def test_a_reload_loses_neither_rankings_nor_the_half_made_order(page: Page, app: str) -> None:
    opened(page, app)
    submit(page)
    counted(page, 1)
    second = texts(page)[0]
    page.get_by_role("button", name=JA("rank_others")).click()
    expect(page.locator(".card .text").first).not_to_have_text(second)
    settled(page)
    page.locator(".card").nth(0).press("ArrowDown")
    page.locator(".card").nth(3).press("=")
    half_made = groups(page)
    page.reload()
    expect(page.locator(".card").first).to_be_visible()
    counted(page, 1)
    expect(page.locator(".place")).to_have_count(3)
    assert groups(page) == half_made
    page.goto(f"{app}/rlhf?step=reward")
    expect(page.get_by_text(JA("reward_from", rankings=1))).to_be_visible()


def test_what_is_lost_on_its_way_to_the_page_is_sent_again(page: Page, app: str) -> None:
    opened(page, app)
    submit(page)
    counted(page, 1)
    page.add_init_script(LOSE)
    page.reload()
    expect(page.locator(".card").first).to_be_visible()
    counted(page, 1)
    assert page.evaluate("window.lost")


def test_two_tabs_do_not_overwrite_each_other(page: Page, app: str) -> None:
    opened(page, app)
    with page.expect_popup() as opening:
        page.evaluate("() => void window.open('about:blank')")
    other = opening.value
    opened(other, app)
    submit(page)
    counted(page, 1)
    submit(other)
    counted(other, 1)
    kept(page, 2)
    other.close()


@pytest.mark.parametrize("garbage", ["[]", f'{{"a": "{IMAGE}"}}'])
def test_garbage_in_the_browser_does_no_harm(page: Page, app: str, garbage: str) -> None:
    opened(page, app)
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [LOG, garbage])
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [DESK, garbage])
    page.reload()
    expect(page.locator(".card").first).to_be_visible()
    settled(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    submit(page)
    counted(page, 1)
    kept(page, 1)


def test_everything_is_deleted_in_the_browser_too(page: Page, app: str) -> None:
    opened(page, app)
    submit(page)
    counted(page, 1)
    page.get_by_text(JA("file_title")).click()
    page.get_by_role("button", name=JA("file_delete")).click()
    page.get_by_role("button", name=JA("file_delete_yes"), exact=True).click()
    expect(page.get_by_text(JA("rank_none", pairs=6))).to_be_visible()
    page.wait_for_function("key => localStorage.getItem(key) === null", arg=LOG)
    page.reload()
    expect(page.locator(".card").first).to_be_visible()
    settled(page)
    expect(page.get_by_text(JA("rank_none", pairs=6))).to_be_visible()


def test_rankings_go_to_a_file_and_come_back(page: Page, app: str, tmp_path: Path) -> None:
    opened(page, app)
    submit(page)
    counted(page, 1)
    page.get_by_text(JA("file_title")).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=JA("file_save")).click()
    path = tmp_path / "rankings.json"
    waiting.value.save_as(path)
    page.get_by_role("textbox", name=JA("file_whose")).fill("花子")
    page.keyboard.press("Enter")
    settled(page)
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text(JA("reward_refitted", pairs=12, ms="x").split("(")[0])).to_be_visible()
    assert [one["annotator"] for one in kept(page, 2)] == ["", "花子"]


def test_markup_is_shown_and_never_run(page: Page, app: str) -> None:
    opened(page, app, rq="own", ro=IMAGE)
    expect(page.get_by_role("heading", name=IMAGE)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_the_steps_are_no_wider_than_a_phone(page: Page, app: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    fits = "main => main.scrollWidth <= main.clientWidth"
    opened(page, app, lang="en")
    page.get_by_role("button", name=Strings("rlhf", "en")("cards_done")).click()
    settled(page)
    assert page.get_by_test_id("stMain").evaluate(fits)
    page.get_by_role("radio", name=Strings("rlhf", "en")("step_reward")).click()
    page.get_by_role("button", name=Strings("rlhf", "en")("predict_skip")).click()
    settled(page)
    assert page.get_by_test_id("stMain").evaluate(fits)
