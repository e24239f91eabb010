"""Figures as files: a page that needs nothing else and in which a label is never markup, and plotly's camera."""

import json
import re
from types import SimpleNamespace

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from lessons import export
from lessons.text import LANGUAGES, Strings

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
SCRIPT_ENDS = re.compile("</script", re.IGNORECASE)


def chart(label: str) -> go.Figure:
    return go.Figure(data=[go.Bar(x=[label], y=[1], text=[label])], layout={"title": {"text": label}})


def test_a_page_holds_all_of_plotly_and_asks_for_nothing() -> None:
    made = export.page(chart("鳥"), "map", "鳥の重み", "ja")
    assert len(made) > 4_000_000
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=", made) == []
    assert made.startswith('<!doctype html>\n<html lang="ja">') and '<meta charset="utf-8">' in made
    assert "<figcaption>鳥の重み</figcaption>" in made


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_label_is_no_markup(lang: str) -> None:
    plain, evil = (export.page(chart(label), "map", label, lang) for label in ("鳥", EVIL))
    assert len(SCRIPT_ENDS.findall(evil)) == len(SCRIPT_ENDS.findall(plain))
    assert "<img src=x" not in evil and "<script>alert" not in evil
    assert r"\u003c/script\u003e\u003cscript\u003ealert(1)" in evil.replace(r"\u002f", "/")
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in evil


def test_a_page_says_at_its_beginning_which_figure_it_is() -> None:
    first, other, again = (export.page(chart(label), "map", "", "ja")[:2000] for label in "鳥犬鳥")
    assert first == again != other


class Files:
    """What Streamlit keeps: files by place."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def add(self, data: bytes, mime: str, place: str, **more: object) -> None:
        self.kept[place] = data


def test_the_latest_pages_are_kept_until_they_are_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files()
    monkeypatch.setattr(export.runtime, "exists", lambda: True)
    monkeypatch.setattr(export.runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=files))
    monkeypatch.setattr(export, "page", lambda figure, key, caption, lang: caption)
    pages = [export.made(chart("鳥"), "map", str(number), "ja") for number in range(export.KEPT + 3)]
    assert sorted(files.kept.values()) == sorted(pages[3:])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_mode_bar_has_the_camera_alone_and_speaks_the_readers_language(lang: str) -> None:
    options = export.config("map:all", lang)
    words = options["locales"][options["locale"]]["dictionary"]
    assert options["modeBarButtons"] == [["toImage"]] and not options["displaylogo"]
    assert options["toImageButtonOptions"]["filename"] == "kotori-map-all"
    assert words["Download plot as a PNG"] == Strings("frame", lang)("figure_picture")
    json.dumps(options)


@pytest.mark.parametrize(("key", "name"), [("map", "kotori-map"), ("a:b/../c", "kotori-a-b-c"), ("鳥 1", "kotori-1")])
def test_a_file_has_a_plain_name(key: str, name: str) -> None:
    assert export.file_name(key) == name


def page() -> None:
    import plotly.graph_objects as go

    from lessons import widgets

    widgets.figure(go.Figure(data=[go.Bar(x=["鳥"], y=[1])]), "one", "alt")
    widgets.clickable(go.Figure(data=[go.Bar(x=["鳥"], y=[1])]), "two", "alt", lambda row, column: None)


def test_every_figure_is_offered_and_the_file_is_made_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "page", pytest.fail)
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert [button.key for button in app.get("download_button")] == ["export:one", "export:two"]
    for figure in app.get("plotly_chart"):
        assert json.loads(figure.proto.config)["modeBarButtons"] == [["toImage"]]
        assert json.loads(figure.proto.spec)["layout"]["paper_bgcolor"] == export.PAPER


def test_a_projected_figure_has_no_buttons() -> None:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["present"] = "1"
    app.run()
    assert not app.get("download_button")
    assert [json.loads(figure.proto.config)["displayModeBar"] for figure in app.get("plotly_chart")] == [False, False]
