"""bertviz's views and the fonts in a real browser that can reach nothing but this machine."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Route

from lessons.bertviz_offline import Weights, head_view, height, model_view

# bertviz never closes the script that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*bertviz:ResourceWarning")

ROOT = Path(__file__).parents[2]
SCRIPT_END = "</script><script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(1)>"
SENTENCE = ["[CLS]", "鳥", "が", "美しい", "声", "で", "鳴い", "て", "いる", "。", "[SEP]"]
HOSTILE = [*SENTENCE[:-1], SCRIPT_END, IMAGE, "\"'`\\", "\u2028", "\ud800", "[SEP]"]


@dataclass
class Visit:
    """A page and everything that happened on it that should not have."""

    page: Page
    requests: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def asked_for(self, name: str) -> bool:
        return any(url.endswith(name) for url in self.requests)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 700, "height": 800})
    record = Visit(page)

    def only_this_machine(route: Route) -> None:
        record.requests.append(route.request.url)
        if route.request.url.startswith("http://127.0.0.1:"):
            route.continue_()
        else:
            record.troubles.append(f"asked for {route.request.url}")
            route.abort()

    def dismiss(dialog: Dialog) -> None:
        record.troubles.append(f"opened a dialog: {dialog.message}")
        dialog.dismiss()

    def heard(line: ConsoleMessage) -> None:
        # Streamlit looks for its base path by asking /<page>/_stcore/… first.
        if line.type == "error" and "/_stcore/" not in line.location["url"]:
            record.troubles.append(f"{line.text} {line.location['url']}")

    page.route("**/*", only_this_machine)
    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: record.troubles.append(str(error)))
    page.on("console", heard)
    yield record
    page.close()


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, new_server: Callable[..., AbstractContextManager[str]]
) -> Iterator[str]:
    """Serve a page with our configuration and fonts: a head view, and a rare kanji behind ?rare=1."""
    folder = tmp_path_factory.mktemp("app")
    for name in (".streamlit", "static"):
        shutil.copytree(ROOT / name, folder / name)
    html = head_view(weights(4, 4, len(SENTENCE)), SENTENCE)
    (folder / "head.html").write_text(html, encoding="utf-8")
    (folder / "app.py").write_text(
        "from pathlib import Path\n"
        "import streamlit as st\n"
        "def lesson():\n"
        "    st.title('大規模言語モデル概観')\n"
        "    st.write('鳥がナク。「トークン」は ① 約 30 % → `雨が激しく降る`')\n"
        "    if 'rare' in st.query_params:\n"
        "        st.write('驟雨')\n"
        f"    st.iframe(Path('head.html').read_text(encoding='utf-8'), height={FRAME})\n"
        "pages = [st.Page(lesson, title='はじめ', url_path='start', default=True),\n"
        "         st.Page(lambda: lesson(), title='注意', url_path='attention')]\n"
        "st.navigation(pages).run()\n",
        encoding="utf-8",
    )
    with new_server(folder) as address:
        yield address


def weights(layers: int, heads: int, tokens: int) -> Weights:
    logits = np.random.default_rng(0).normal(size=(layers, heads, tokens, tokens)).astype(np.float32)
    odds: Weights = np.exp(2 * logits)
    rows: Weights = odds / odds.sum(-1, keepdims=True)
    return rows


def texts(page: Page, selector: str) -> list[str]:
    """Return the text of the elements; a lone surrogate comes as `?`, as it cannot leave the browser."""
    found = page.eval_on_selector_all(
        selector, r"all => all.map(one => one.textContent.replace(/\p{Surrogate}/gu, '?'))"
    )
    assert isinstance(found, list)
    return found


def lines(page: Page, visible: str = "") -> int:
    return page.locator(f"svg line{visible}").count()


FRAME = height("head", layers=4, heads=4, tokens=len(SENTENCE))
SHOWN = [token.replace("\ud800", "?") for token in HOSTILE]


def test_head_view_draws_every_line_and_writes_hostile_tokens_as_text(visit: Visit) -> None:
    visit.page.set_content(head_view(weights(2, 3, len(HOSTILE)), HOSTILE))
    assert lines(visit.page) == 3 * len(HOSTILE) ** 2
    assert texts(visit.page, "#left text") == SHOWN
    assert texts(visit.page, "#right text") == SHOWN
    assert visit.page.get_by_text(SCRIPT_END).first.is_visible()
    assert visit.page.get_by_text("美しい").first.is_visible()
    assert visit.page.locator("img").count() == 0
    assert visit.requests == []
    assert visit.troubles == []


def test_head_view_changes_the_layer_and_follows_the_pointer(visit: Visit) -> None:
    shown = weights(2, 1, len(SENTENCE))
    visit.page.set_content(head_view(shown, SENTENCE, layer=1))
    first = "svg .headAttention:first-child .tokenAttention:first-child line"
    opacity = f"Number(document.querySelector('{first}').getAttribute('stroke-opacity'))"
    assert visit.page.locator("#layer").input_value() == "1"
    assert visit.page.evaluate(opacity) == pytest.approx(shown[1, 0, 0, 0], abs=1e-4)
    visit.page.get_by_label("Layer").select_option("0")
    assert visit.page.evaluate(opacity) == pytest.approx(shown[0, 0, 0, 0], abs=1e-4)
    visit.page.locator("#left text").nth(1).hover()
    assert lines(visit.page, "[visibility=visible]") == len(SENTENCE)
    assert visit.troubles == []


def test_model_view_enlarges_a_head_and_closes_it_again(visit: Visit) -> None:
    visit.page.set_content(model_view(weights(2, 3, len(HOSTILE)), HOSTILE))
    thumbnails = 2 * 3 * len(HOSTILE) ** 2
    assert lines(visit.page) == thumbnails
    visit.page.locator("g:has(> #attn_background_1_0) > rect:last-child").click()
    assert lines(visit.page) == thumbnails + len(HOSTILE) ** 2
    assert texts(visit.page, "text.token") == SHOWN + SHOWN
    visit.page.locator("rect.detail").click(position={"x": 5, "y": 5})
    assert lines(visit.page) == thumbnails
    assert visit.page.locator(".detail").count() == 0
    assert visit.requests == []
    assert visit.troubles == []


@pytest.mark.parametrize("view", ["head", "model"])
@pytest.mark.parametrize(("layers", "heads", "tokens"), [(4, 4, 16), (6, 6, 3), (12, 12, 11), (1, 1, 40)])
def test_view_fits_its_frame(visit: Visit, view: str, layers: int, heads: int, tokens: int) -> None:
    words = (SENTENCE * 4)[:tokens]
    given = weights(layers, heads, tokens)
    if view == "head":
        html, frame = head_view(given, words), height("head", layers, heads, tokens)
    else:
        html, frame = model_view(given, words), height("model", layers, heads, tokens)
    for width in (700, 390):
        visit.page.set_viewport_size({"width": width, "height": frame})
        visit.page.set_content(html)
        size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        across, down = visit.page.evaluate(size)
        assert down <= frame, "no vertical scroll bar"
        assert visit.page.evaluate("document.querySelector('svg').getBoundingClientRect().bottom") > frame - 60
        assert across <= max(width, 690)
        assert view == "model" or across <= width
    assert visit.troubles == []


@pytest.mark.parametrize("path", ["/", "/attention"])
def test_app_fetches_the_rarer_kanji_only_when_needed(visit: Visit, app: str, path: str) -> None:
    visit.page.goto(app + path)
    frame = visit.page.frame_locator("iframe")
    frame.locator("svg line").first.wait_for(state="attached")
    visit.page.evaluate("document.fonts.ready.then(() => null)")
    assert visit.asked_for("noto-sans-jp-common.woff2")
    assert not visit.asked_for("noto-sans-jp-more.woff2")
    assert visit.page.evaluate("document.fonts.check('16px \"Noto Sans JP\"', '鳥')")
    inside = visit.page.frames[-1]
    inside.evaluate("document.fonts.ready.then(() => null)")
    assert inside.evaluate("document.fonts.check('15px \"Noto Sans JP\"', '鳥')")

    with visit.page.expect_request("**/noto-sans-jp-more.woff2"):
        visit.page.goto(f"{app}{path}?rare=1")
    assert visit.troubles == []


def test_app_does_not_scroll_sideways_on_a_phone(visit: Visit, app: str) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.page.goto(app)
    visit.page.frame_locator("iframe").locator("svg line").first.wait_for(state="attached")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visit.troubles == []
