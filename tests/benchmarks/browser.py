"""Times as a reader meets them, in a real Chromium with the network cut: start, first picture, click → new picture."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
CLICKS = 30
LESSON = "self_attention?step=map&r=hole"
DRAWN = (
    "document.querySelectorAll('.js-plotly-plot .heatmaplayer image, .js-plotly-plot .heatmaplayer path').length > 0"
)

# A click is timed inside the page: from the pointer event to the moment when the frame on the chosen cell has moved.
WATCH = """() => {
  window.timed = {clicked: 0, times: []};
  document.addEventListener('mouseup', () => { window.timed.clicked = performance.now(); }, true);
  const layer = document.querySelector('.js-plotly-plot');
  let last = layer.querySelector('.shapelayer path')?.getAttribute('d');
  const look = () => {
    const plot = document.querySelector('.js-plotly-plot');
    const now = plot?.querySelector('.shapelayer path')?.getAttribute('d');
    if (now && now !== last && window.timed.clicked) {
      window.timed.times.push(performance.now() - window.timed.clicked); window.timed.clicked = 0; last = now;
    }
    requestAnimationFrame(look);
  };
  look();
}"""
CELLS = """() => {
  const box = document.querySelector('.js-plotly-plot .heatmaplayer').getBoundingClientRect();
  return [box.x, box.y, box.width, box.height];
}"""


@contextmanager
def server() -> Iterator[tuple[str, float]]:
    """Run the app on a free port; yield its address and the moment when the process was started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.headless=true",
        "--server.address=127.0.0.1",
    ]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, f"--server.port={port}"],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}", started
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def browser() -> Iterator[Any]:
    """Yield a Chromium that reaches nothing but 127.0.0.1."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        context.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
        yield context
        chromium.close()


def opened(page: Page, address: str) -> float:
    """Open the lesson; return the seconds until its first figure is drawn."""
    started = time.perf_counter()
    page.goto(address)
    page.wait_for_function(DRAWN, timeout=60_000, polling=20)
    return time.perf_counter() - started


def clicks(page: Page) -> tuple[list[float], list[int]]:
    """Click cells of the heatmap; return ms from click to new picture, and bytes received for each."""
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    page.reload()
    page.wait_for_function(DRAWN, timeout=60_000)
    page.get_by_text("ライブ", exact=True).first.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)
    page.evaluate(WATCH)
    sizes = []
    for number in range(CLICKS):
        x, y, width, height = page.evaluate(CELLS)
        n = 5
        column, row = number % 3 + 1, (number // 3) % 3 + 1
        before, done = sum(received), page.evaluate("window.timed.times.length")
        page.mouse.click(x + width * (column + 0.5) / n, y + height * (row + 0.5) / n)
        page.wait_for_function(f"window.timed.times.length > {done}", timeout=10_000, polling=10)
        page.wait_for_timeout(250)
        sizes.append(sum(received) - before)
    return page.evaluate("window.timed.times"), sizes


def measure() -> dict[str, Any]:
    """Return seconds for start and first picture, and ms and bytes for a click."""
    first, warm = [], []
    for _ in range(3):
        with server() as (address, started), browser() as context:
            page = context.new_page()
            opened(page, f"{address}/{LESSON}")
            first.append(time.perf_counter() - started)
            if len(first) < 3:
                continue
            page.get_by_text("ライブ", exact=True).first.wait_for(timeout=60_000)
            warm = [opened(context.new_page(), f"{address}/{LESSON}") for _ in range(5)]
            times, sizes = clicks(context.new_page() if page.is_closed() else page)
    return {
        "start to first lesson drawn (s)": median(first),
        "page opened to first picture (s)": median(warm),
        "click to new picture (ms)": {
            "median": median(times),
            "p95": float(np.percentile(times, 95)),
            "clicks": len(times),
        },
        "bytes for one click": {"median": int(median(sizes)), "max": max(sizes)},
    }
