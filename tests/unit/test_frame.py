"""What stands around the lessons: the view in the URL, and figures for a projector."""

import contextlib

import plotly.graph_objects as go
import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as given_

from lessons.frame import keeping, view
from lessons.frame.projector import LARGER, enlarged


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A session without a server, opened by a link."""
    kept: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", kept)
    monkeypatch.setattr(st, "query_params", {"present": "1", "hide": "quiz.guide", "ruby": ""})
    return kept


def test_a_link_opens_its_view() -> None:
    assert view.presenting()
    assert view.hidden() == {"quiz", "guide"}
    assert view.link() == {"present": "1", "hide": "quiz.guide"}


def test_the_view_is_kept_when_the_address_forgets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert view.presenting()
    monkeypatch.setattr(st, "query_params", {})
    assert view.presenting()
    view.put(view.PRESENT, "")
    assert not view.presenting()


def test_the_language_is_part_of_a_link(session: dict[str, object]) -> None:
    session["lang"] = "en"
    assert view.link()["lang"] == "en"


@given(given_.text())
def test_any_text_may_stand_in_the_address(text: str) -> None:
    st.session_state.clear()
    st.query_params["hide"] = text  # type: ignore[index]
    assert all(len(name) <= view.LIMIT for name in view.hidden())


def test_a_figure_grows_with_all_its_type() -> None:
    bar = go.Bar(x=["鳥"], y=[1], text=["1"], textfont={"size": 10}, marker={"line": {"width": 2}})
    small = go.Figure(data=[bar], layout={"height": 200, "margin": {"l": 10}, "xaxis": {"tickfont": {"size": 13}}})
    large = enlarged(small)
    assert large.layout.height == pytest.approx(200 * LARGER)
    assert large.layout.margin.l == pytest.approx(10 * LARGER)
    assert large.layout.xaxis.tickfont.size == pytest.approx(13 * LARGER)
    assert large.data[0].textfont.size == pytest.approx(10 * LARGER)
    assert large.data[0].marker.line.width == 2
    assert large.layout.font.size == pytest.approx(12 * LARGER)
    assert list(large.data[0].y) == [1]
    assert small.layout.height == 200


def test_a_saved_file_is_read_back() -> None:
    assert keeping.read(b'{"done": ["gpt/mask", 3]}') == ["gpt/mask", 3]


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"done": 1}', b"\xff\xfe", b"x" * 200_000, b"[" * 90_000, b'{"done": {"a": 1}}']
)
def test_a_file_of_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        keeping.read(data)


@given(given_.binary(max_size=200))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(keeping.read(data), list)
