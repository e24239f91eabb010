"""Two ASGI middlewares in front of Streamlit's own routes."""

import gzip
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

from core.hosts import is_loopback
from lessons.first_page.document import document
from lessons.registry import pages
from lessons.text import LANGUAGES

READING = ("GET", "HEAD")
START = "overview"  # the page of the bare address
SCRIPTS = "/static/"  # Streamlit's own scripts and styles; their names change with their content
TYPES = {".js": "text/javascript", ".css": "text/css"}
LEVEL = 6
KEPT = 256  # files
FOR_A_YEAR = "public, immutable, max-age=31536000"


class FirstPicture:
    """Answers a page's address with the page's own document instead of Streamlit's empty one.

    A mistyped address leads to the start page: Streamlit would open a dialog about it, in English.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = _page(scope)
        if page is None:
            await (RedirectResponse("./") if _mistyped(scope) else self.app)(scope, receive, send)
            return
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        lang = asked.get("lang", LANGUAGES)[0]
        text = document(page, lang if lang in LANGUAGES else LANGUAGES[0], present=asked.get("present") == ["1"])
        await HTMLResponse(text, headers={"Cache-Control": "no-cache"})(scope, receive, send)


class SmallScripts:
    """Sends Streamlit's scripts compressed to other computers, each compressed once.

    Streamlit sends them as they are, 10 MB for the first page: on this machine the quickest, but a class of forty
    behind one access point would wait for minutes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = _script(scope)
        data = await run_in_threadpool(compressed, name) if name else None
        if data is None:
            await self.app(scope, receive, send)
            return
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Cache-Control": FOR_A_YEAR}
        await Response(data, media_type=TYPES[Path(name).suffix], headers=headers)(scope, receive, send)


@lru_cache(maxsize=KEPT)
def compressed(name: str) -> bytes | None:
    """Return the compressed content of a file in Streamlit's folder of scripts and styles; None if there is no such."""
    folder = Path(file_util.get_static_dir()).resolve() / "static"
    file = (folder / name).resolve()
    return gzip.compress(file.read_bytes(), LEVEL) if folder in file.parents and file.is_file() else None


def _page(scope: Scope) -> str | None:
    """Return the id of the page that is asked for, None for anything else."""
    if scope["type"] != "http" or scope["method"] not in READING:
        return None
    name = scope["path"].strip("/") or START
    return name if any(entry.id == name for entry in pages()) else None


def _mistyped(scope: Scope) -> bool:
    """Say whether a reader asks for a page that there is not: one word, as a browser asks for a document."""
    if scope["type"] != "http" or scope["method"] not in READING:
        return False
    wanted = dict(scope["headers"]).get(b"accept", b"")
    return b"text/html" in wanted and re.fullmatch(r"/[^/.]+", scope["path"]) is not None


def _script(scope: Scope) -> str:
    """Return the name of the script that another computer asks for and takes compressed, else ""."""
    if scope["type"] != "http" or scope["method"] not in READING or not scope["path"].startswith(SCRIPTS):
        return ""
    headers = dict(scope["headers"])
    name = scope["path"].removeprefix(SCRIPTS)
    wanted = b"gzip" in headers.get(b"accept-encoding", b"") and b"range" not in headers
    return name if wanted and Path(name).suffix in TYPES and not _here(scope) else ""


def _here(scope: Scope) -> bool:
    """Say whether the request comes from this computer."""
    client = scope.get("client")  # none of a socket of another kind
    return client is not None and is_loopback(client[0])
