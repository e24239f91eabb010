"""Times as a reader meets them, in a real Chromium with the network cut: start, first picture, action → new picture."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from lessons.transformer.architecture import PAPER
from tests.benchmarks.served import server

ROOT = Path(__file__).parents[2]
FLOOR = "tests/benchmarks/floor.py"
CHROMIUM = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
ACTIONS = 30
BOXES = ("encoder.embedding", "encoder.self_attention", "decoder.cross_attention", "output.softmax")
STARTS = 3
LESSON = "self_attention?step=map&r=hole"
DRAWN = (
    "document.querySelectorAll('.js-plotly-plot .heatmaplayer image, .js-plotly-plot .heatmaplayer path').length > 0"
)

# When the picture in the page's document was on the screen, ms after the address was asked for.
RECORDED = "performance.getEntriesByName('kotori:first-page')[0]?.startTime ?? null"

# An action is timed inside the page: from its event to the first frame in which the watched part is another one.
WATCH = """([selector, event]) => {
  window.timed = {since: 0, times: []};
  document.addEventListener(event, () => { window.timed.since = performance.now(); }, true);
  const seen = () => [...document.querySelectorAll(selector)].map((part) => part.outerHTML).join('');
  let last = seen();
  const look = () => {
    const now = seen();
    if (now !== last && now && window.timed.since) {
      window.timed.times.push(performance.now() - window.timed.since); window.timed.since = 0;
    }
    if (now) last = now;
    requestAnimationFrame(look);
  };
  look();
}"""
CELLS = """() => {
  const box = document.querySelector('.js-plotly-plot .heatmaplayer').getBoundingClientRect();
  return [box.x, box.y, box.width, box.height];
}"""


def cell(page: Page, number: int) -> None:
    """Click another cell of the map."""
    x, y, width, height = page.evaluate(CELLS)
    column, row, n = number % 3 + 1, (number // 3) % 3 + 1, 5
    page.mouse.click(x + width * (column + 0.5) / n, y + height * (row + 0.5) / n)


def slide(page: Page, number: int) -> None:
    """Move the first slider by one step, to and fro."""
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowLeft" if number % 2 else "ArrowRight")


def word(page: Page, number: int) -> None:
    """Hide another word, or show it again."""
    page.get_by_test_id("stMain").get_by_role("button", name="公園" if number % 2 else "読む", exact=True).click()


def box(page: Page, number: int) -> None:
    """Click another box of the Transformer's figure."""
    bars = page.locator(".js-plotly-plot").first.locator(".barlayer .point path")
    bar = bars.nth(PAPER.names.index(BOXES[number % len(BOXES)]))
    bar.scroll_into_view_if_needed()
    place = bar.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + 8, place["y"] + place["height"] / 2)


@dataclass(frozen=True)
class Action:
    """One thing that a reader does: where, what, which event begins it, and which part of the page then changes."""

    title: str
    address: str
    act: Callable[[Page, int], None]
    event: str
    changes: str


ACTED = (
    Action("Self-Attention: 地図のます目 → 枠", LESSON, cell, "mouseup", ".js-plotly-plot .shapelayer path"),
    Action("GPT: 温度のつまみ → 棒", "gpt?step=sampling", slide, "keydown", ".js-plotly-plot .barlayer path"),
    Action(
        "BERT: 語をかくす → 候補の棒",
        "bert?step=hole&s=公園で本を読む。",
        word,
        "mouseup",
        ".js-plotly-plot .barlayer path",
    ),
    Action(
        "Transformer: 図の箱 → 中の値", "transformer", box, "mouseup", "[data-testid=stMain] [data-testid=stMarkdown]"
    ),
    Action(
        "Few-shot: 例の数 → 答え", "few_shot?step=bench", slide, "keydown", "[data-testid=stMain] [data-testid=stCode]"
    ),
)


@contextmanager
def browser() -> Iterator[Any]:
    """Yield a Chromium that reaches nothing but 127.0.0.1."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        context.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
        yield context
        chromium.close()


def opened(page: Page, address: str) -> tuple[float, float]:
    """Open a page with a heatmap; return the seconds until its recorded picture is seen, and until the live one is.

    A page without a recorded picture has its live one at both.
    """
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function(DRAWN, timeout=60_000, polling=20)
    live = time.perf_counter() - started
    recorded = page.evaluate(RECORDED)
    return (live if recorded is None else recorded / 1000), live


def starts(script: str, path: str) -> dict[str, tuple[float, float]]:
    """Return the seconds from the server's start, and from the opening of a page, to the recorded and the live picture."""
    first, warm = [], []
    for _ in range(STARTS):
        with browser() as context, server(script) as app:
            page, up = context.new_page(), time.perf_counter() - app.started
            first.append([up + seconds for seconds in opened(page, f"{app.address}/{path}")])
            time.sleep(5)  # what loads behind the page has loaded
            warm += [opened(context.new_page(), f"{app.address}/{path}") for _ in range(3)]
    return {
        name: (median(r for r, _ in pairs), median(d for _, d in pairs))
        for name, pairs in (("start", first), ("page", warm))
    }


def acted(page: Page, address: str, action: Action) -> dict[str, float]:
    """Do the action again and again; return ms to the new picture, and bytes received for each."""
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    page.goto(f"{address}/{action.address}")
    page.get_by_text("ライブ", exact=True).first.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)
    page.evaluate(WATCH, [action.changes, action.event])
    sizes = []
    for number in range(ACTIONS):
        before, done = sum(received), page.evaluate("window.timed.times.length")
        action.act(page, number)
        page.wait_for_function(f"window.timed.times.length > {done}", timeout=20_000, polling=10)
        page.wait_for_timeout(300)
        sizes.append(sum(received) - before)
    times = page.evaluate("window.timed.times")
    return {
        "median": median(times),
        "p95": float(np.percentile(times, 95)),
        "count": len(times),
        "bytes": int(median(sizes)),
        "most bytes": max(sizes),
    }


def measure() -> dict[str, Any]:
    """Return seconds for start and first picture, ours and of the smallest page, and ms and bytes for each action."""
    results: dict[str, Any] = {"ours": starts("app.py", LESSON), "floor": starts(FLOOR, "")}
    with server() as app, browser() as context:
        results["actions"] = {one.title: acted(context.new_page(), app.address, one) for one in ACTED}
    return results
