"""The recorded first picture of a page shows what the page itself draws first."""

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from lessons import live
from lessons.first_page.document import PICTURES, picture
from lessons.text import LANGUAGES

RECORDED = sorted({file.name.partition(".")[0] for file in PICTURES.glob("*.svg")})
MODELS = ("encoder", "decoder", "seq2seq")
TAG = re.compile(r"<[^<>]*>")


def written(spec: dict[str, Any]) -> set[str]:
    """Return what a figure of plotly has written in or beside its bars, boxes and cells."""
    found: list[Any] = [note["text"] for note in spec["layout"].get("annotations", [])]
    for trace in spec["data"]:
        for name in ("text", "y", "x"):
            values = trace.get(name, [])
            found += [cell for row in values for cell in (row if isinstance(row, list) else [row])]
    return {_words(text) for text in found if isinstance(text, str)} - {""}


def _words(text: str) -> str:
    return "".join(TAG.sub("", text).split())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", RECORDED)
def test_picture_says_what_the_page_says(page: str, lang: str, open_page: Callable[..., AppTest]) -> None:
    for model in MODELS:
        live.wait(model)
    app = open_page(page, lang=lang)
    assert not app.exception
    drawn = written(json.loads(app.get("plotly_chart")[0].proto.spec))
    texts = (element for element in ElementTree.fromstring(picture(page, lang)).iter() if element.tag.endswith("}text"))
    recorded = {_words("".join(element.itertext())) for element in texts}
    assert drawn and sorted(text for text in drawn if not any(text in one for one in recorded)) == []
