"""Any figure as a file: a page of its own with all of plotly in it, made when the reader asks, or a picture (PNG).

The picture is made by the camera in plotly's mode bar, in the reader's browser. Both buttons stand over the figure's
corner and are seen when it is pointed at, so that they take no room.
"""

import hashlib
import html
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit import runtime

from lessons.frame import view
from lessons.text import Strings

NAME = "kotori"
AROUND = f"{NAME}-figure-"  # the key of the container around a figure begins so
PAPER = "#ffffff"  # a picture without a background cannot be read on a dark slide
MIME = "text/html"
KEPT = 16  # pages, of 5 MB each
SCALE = 2  # pixels of the picture per pixel of the screen
CONFIG = {"displaylogo": False, "responsive": True, "scrollZoom": False, "modeBarButtons": [["toImage"]]}
BUTTON = f'[class*="st-key-{AROUND}"] > [data-testid="stElementContainer"]:has(.stDownloadButton)'
STYLE = f"""<style>
[class*="st-key-{AROUND}"] {{ position: relative; }}
{BUTTON} {{ position: absolute; top: 0; right: 2.2rem; width: auto; z-index: 2; opacity: 0; transition: opacity 0.2s; }}
[class*="st-key-{AROUND}"]:hover > [data-testid="stElementContainer"]:has(.stDownloadButton), {BUTTON}:focus-within {{ opacity: 1; }}
@media (hover: none) {{ {BUTTON} {{ opacity: 0.6; }} }}
{BUTTON} button {{ min-height: 1.7rem; padding: 0 0.4rem; background: #ffffffcc; }}
{BUTTON} p {{ font-size: 0.8rem; }}
</style>"""
_made = itertools.count()
PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="{name}-sha256" content="{digest}">
<title>{title}</title>
<style>
body {{ margin: 2rem auto; max-width: 1100px; padding: 0 1rem; color: #1f2933; font-family: "Noto Sans JP", sans-serif; }}
figure {{ margin: 0; }}
figcaption {{ margin-top: 1rem; line-height: 1.7; }}
</style>
</head>
<body>
<figure>
{figure}
<figcaption>{caption}</figcaption>
</figure>
</body>
</html>
"""


def page(figure: go.Figure, key: str, caption: str, lang: str) -> str:
    """Return a figure as an HTML page of about 5 MB that needs nothing else; labels and caption are shown as they are."""
    drawn = figure.to_html(full_html=False, include_plotlyjs=True, config=config(key, lang), div_id=NAME)
    title, caption = html.escape(file_name(key)), html.escape(caption)
    # Streamlit tells large files apart by their beginning, middle and end: the digest makes the beginning the figure's own.
    digest = hashlib.sha256((drawn + caption).encode()).hexdigest()
    return PAGE.format(lang=lang, name=NAME, digest=digest, title=title, figure=drawn, caption=caption)


def made(figure: go.Figure, key: str, caption: str, lang: str) -> bytes:
    """Return the page of a figure, and keep the latest few.

    Streamlit forgets a file that was made on a click after two more runs of anybody's script, which in a class may be
    before a slow browser has fetched it. A file that it has been given besides stays.
    """
    data = page(figure, key, caption, lang).encode()
    if runtime.exists():
        place = f"{NAME}:{next(_made) % KEPT}"
        files = runtime.get_instance().media_file_mgr
        files.add(data, MIME, place, file_name=f"{file_name(key)}.html", is_for_static_download=True)
    return data


def config(key: str, lang: str) -> dict[str, Any]:
    """Return plotly's options for a figure: a mode bar that only has the camera, in the reader's language."""
    words = Strings("frame", lang)
    said = {
        "Download plot as a PNG": words("figure_picture"),
        "Preparing image - this may take a few seconds": words("figure_preparing"),
        "Snapshot succeeded": words("figure_saved"),
    }
    return {
        **CONFIG,
        "toImageButtonOptions": {"filename": file_name(key), "scale": SCALE},
        "locale": f"{lang}-{NAME}",
        "locales": {f"{lang}-{NAME}": {"dictionary": said, "format": {}}},
    }


def file_name(key: str) -> str:
    """Return the name of the files of a figure, without its ending."""
    return f"{NAME}-{re.sub(r'[^A-Za-z0-9]+', '-', key).strip('-')}"


@contextmanager
def offered(figure: go.Figure, key: str, caption: str) -> Iterator[dict[str, Any]]:
    """Offer the figure that is drawn inside the block as a file; yield plotly's options for it."""
    lang = str(st.session_state.get("lang", "ja"))
    if view.presenting():
        yield {**config(key, lang), "displayModeBar": False}
        return
    words = Strings("frame", lang)
    figure.layout.paper_bgcolor = PAPER
    with st.container(key=AROUND + key, gap=None):
        yield config(key, lang)
        st.download_button(
            "HTML",
            partial(made, figure, key, caption, lang),
            f"{file_name(key)}.html",
            MIME,
            key=f"export:{key}",
            help=words("figure_page"),
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )
