"""What a browser gets before the app answers: the page's document, and scripts that are sent small."""

import asyncio
import gzip
import html
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Scope
from streamlit import file_util

from lessons.first_page.document import PICTURES, document, picture
from lessons.first_page.middleware import FirstPicture, SmallScripts
from lessons.registry import pages
from lessons.text import LANGUAGES

PAGES = [entry.id for entry in pages()]
BEHIND = "from behind"
ELSEWHERE = ("192.0.2.7", 50000)
HERE = ("127.0.0.1", 50000)
STATIC = Path(file_util.get_static_dir())
SCRIPT = next((STATIC / "static/js").glob("index.*.js"))


def ask(kind: Any, path: str, query: str = "", client: tuple[str, int] = HERE, **headers: str) -> tuple[Any, bytes]:
    """Return (status and headers, body) of what a middleware of the kind sends for a GET."""
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "client": client,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(kind(PlainTextResponse(BEHIND))(scope, receive, send))
    start, *bodies = sent
    return (
        {"status": start["status"], **{name.decode(): value.decode() for name, value in start["headers"]}},
        b"".join(message.get("body", b"") for message in bodies),
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_document_is_that_of_streamlit_with_the_page_in_it(page: str, lang: str) -> None:
    text = document(page, lang)
    entry = next(entry for entry in pages() if entry.id == page)
    assert f'<html lang="{lang}">' in text
    assert f"<title>{html.escape(entry.title[lang])}</title>" in text
    assert text.count('<template shadowrootmode="closed">') == 1
    assert picture(page, lang) in text
    assert "You need to enable JavaScript" not in text
    theirs = (STATIC / "index.html").read_text(encoding="utf-8")
    assert [line for line in re.findall(r"<script.*?</script>|<link.*?>", theirs, re.DOTALL) if line not in text] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_a_picture_fetches_what_draws_figures_early(page: str) -> None:
    ahead = re.findall(r'<link rel="modulepreload" href="\./(static/js/PlotlyChart[^"]+)"', document(page, "ja"))
    assert len(ahead) == bool(picture(page, "ja"))
    assert [name for name in ahead if not (STATIC / name).is_file()] == []


def test_a_projector_gets_large_type_and_no_menu() -> None:
    assert '<div class="page present">' in document("gpt", "ja", present=True)
    assert '<div class="page present">' not in document("gpt", "ja")


def test_a_page_has_its_picture_in_every_language_or_in_none() -> None:
    names = {tuple(file.name.split(".")[:2]) for file in PICTURES.glob("*.svg")}
    assert {page for page, _ in names} <= set(PAGES)
    assert {"self_attention", "bert", "gpt", "transformer"} <= {page for page, _ in names}
    assert names == {(page, lang) for page, _ in names for lang in LANGUAGES}


@pytest.mark.parametrize("file", sorted(PICTURES.glob("*.svg")), ids=lambda file: file.name)
def test_a_picture_is_a_drawing_that_runs_and_fetches_nothing(file: Path) -> None:
    root = ElementTree.parse(file).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"script", "foreignObject", "iframe"}
    links = [value for element in root.iter() for name, value in element.attrib.items() if name.endswith("href")]
    assert [link[:40] for link in links if not link.startswith(("data:image/png;base64,", "#"))] == []
    assert [name for element in root.iter() for name in element.attrib if name.lower().startswith("on")] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_address_of_a_page_gets_its_document(page: str) -> None:
    head, body = ask(FirstPicture, f"/{page}", "lang=en")
    assert head["status"] == 200 and head["cache-control"] == "no-cache"
    assert body.decode() == document(page, "en")


@pytest.mark.parametrize(
    ("query", "lang", "present"),
    [("", "ja", False), ("lang=de", "ja", False), ("lang=en&lang=ja", "en", False), ("present=1", "ja", True)],
)
def test_the_bare_address_is_the_overview(query: str, lang: str, present: bool) -> None:
    assert ask(FirstPicture, "/", query)[1].decode() == document("overview", lang, present=present)


def test_nothing_that_a_reader_typed_gets_into_the_document() -> None:
    attack = "s=%3Cscript%3Ealert(1)%3C/script%3E&lang=%3Cb%3E&step=%22onload%3D"
    assert ask(FirstPicture, "/gpt", attack)[1] == ask(FirstPicture, "/gpt")[1]


@pytest.mark.parametrize("path", ["/nothing", "/_stcore/health", "/app/static/kotori.png", "/gpt/x", "/../gpt"])
def test_anything_else_is_left_to_streamlit(path: str) -> None:
    assert ask(FirstPicture, path)[1].decode() == BEHIND


@pytest.mark.parametrize("path", ["/nothing", "/self-attention", "/全体像"])
def test_a_mistyped_address_leads_to_the_start_page(path: str) -> None:
    head, _ = ask(FirstPicture, path, accept="text/html,application/xhtml+xml")
    assert head["status"] == 307 and head["location"] == "./"


@pytest.mark.parametrize("path", ["/_stcore/health", "/favicon.png", "/media/x.html", "/"])
def test_a_browser_that_asks_for_something_else_is_not_led_away(path: str) -> None:
    assert ask(FirstPicture, path, accept="text/html")[0]["status"] == 200


def test_another_computer_gets_scripts_compressed() -> None:
    head, body = ask(SmallScripts, f"/static/js/{SCRIPT.name}", client=ELSEWHERE, accept_encoding="gzip, deflate")
    assert head["content-encoding"] == "gzip" and "javascript" in head["content-type"]
    assert "immutable" in head["cache-control"]
    assert gzip.decompress(body) == SCRIPT.read_bytes()
    assert len(body) < SCRIPT.stat().st_size / 2


@pytest.mark.parametrize(
    ("path", "client", "headers"),
    [
        (f"/static/js/{SCRIPT.name}", HERE, {"accept_encoding": "gzip"}),
        (f"/static/js/{SCRIPT.name}", ("::1", 1), {"accept_encoding": "gzip"}),
        (f"/static/js/{SCRIPT.name}", ("::ffff:127.0.0.1", 1), {"accept_encoding": "gzip"}),
        (f"/static/js/{SCRIPT.name}", ELSEWHERE, {}),
        (f"/static/js/{SCRIPT.name}", ELSEWHERE, {"accept_encoding": "gzip", "range": "bytes=0-9"}),
        ("/static/js/nothing.js", ELSEWHERE, {"accept_encoding": "gzip"}),
        ("/static/../../../web/bootstrap.js", ELSEWHERE, {"accept_encoding": "gzip"}),
        ("/static/../index.html", ELSEWHERE, {"accept_encoding": "gzip"}),
        ("/static//etc/x.css", ELSEWHERE, {"accept_encoding": "gzip"}),
    ],
)
def test_what_is_not_compressed_is_left_to_streamlit(path: str, client: Any, headers: dict[str, str]) -> None:
    head, body = ask(SmallScripts, path, client=client, **headers)
    assert body.decode() == BEHIND and "content-encoding" not in head
