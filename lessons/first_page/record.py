"""Record the first picture of every page in both languages: `python -m lessons.first_page.record`.

Opens each page of the app in Chromium, waits for its model, and lets plotly write the first figure as SVG.
Needs what the browser tests need (tests/requirements.txt, Chromium).
"""

import argparse
import html
import re
import shutil
from typing import Any

from plotly.offline import get_plotlyjs

from lessons.first_page.document import PICTURES
from lessons.first_page.served import served
from lessons.registry import pages
from lessons.text import LANGUAGES

SCREEN = {"width": 1366, "height": 768}
HEADING = "[data-testid=stMain] h1"
FIRST = "[data-testid=stMain] .js-plotly-plot"
POLL = 1000  # ms
STEADY = 6  # polls with the same figure (or none): the model is loaded and has answered
PATIENCE = 300_000  # ms, an upper bound against hanging
FIGURE = """(selector) => {
  const figure = document.querySelector(selector), box = figure && figure.getBoundingClientRect();
  if (!figure || box.top > innerHeight) return null;
  const alt = figure.closest("[role=figure]")?.getAttribute("aria-label") ?? "";
  const { data, layout } = figure;
  return { data, layout, alt, width: Math.round(box.width), height: Math.round(box.height) };
}"""
DRAWN = """async ({ data, layout, width, height }) => {
  const url = await Plotly.toImage({ data, layout }, { format: "svg", width, height });
  return decodeURIComponent(url.slice(url.indexOf(",") + 1));
}"""
LONG_NUMBER = re.compile(r"\d+\.\d{3,}")


def shortened(svg: str) -> str:
    """Return the picture with its coordinates rounded to a hundredth of a pixel."""
    return LONG_NUMBER.sub(lambda number: f"{float(number[0]):.2f}", svg)


def told(svg: str, alt: str) -> str:
    """Return the picture with its words for those who do not see it."""
    return re.sub(
        r"^<svg ([^>]*)>", lambda tag: f"<svg role='img' {tag[1]}><title>{html.escape(alt)}</title>", svg, count=1
    )


def settled(page: Any) -> dict[str, Any] | None:
    """Return the first figure in sight once it stays the same, None for a page without."""
    page.locator(HEADING).first.wait_for(timeout=PATIENCE)
    seen: list[dict[str, Any] | None] = []
    while len(seen) < STEADY or len({repr(one) for one in seen[-STEADY:]}) > 1:  # NaN, hidden cells, equals nothing
        page.wait_for_timeout(POLL)
        seen.append(page.evaluate(FIGURE, FIRST))
    return seen[-1]


def record(browser: Any, address: str) -> None:
    """Write the picture of each page that begins with a figure; remove that of one that does not."""
    canvas = browser.new_page()
    canvas.set_content("<div></div>")
    canvas.add_script_tag(content=get_plotlyjs())
    for entry in pages():
        for lang in LANGUAGES:
            page = browser.new_page(viewport=SCREEN)
            page.goto(f"{address}/{entry.id}?lang={lang}")
            figure = settled(page)
            file = PICTURES / f"{entry.id}.{lang}.svg"
            if figure is None:
                file.unlink(missing_ok=True)
            else:
                drawn = told(shortened(canvas.evaluate(DRAWN, figure)), figure["alt"])
                file.write_text(drawn + "\n", encoding="utf-8")
            page.close()


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    from playwright.sync_api import sync_playwright

    with served() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        record(browser, app.address)
        browser.close()


if __name__ == "__main__":
    main()
