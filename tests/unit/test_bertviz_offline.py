import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import EmptyText, TooManyTokens
from lessons import bertviz_offline
from lessons.bertviz_offline import LIBRARIES, PARAMS, VENDOR, Weights, head_view, height, model_view

# bertviz never closes the script that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*bertviz:ResourceWarning")

View = Callable[[Weights, Sequence[str]], str]
VIEWS = pytest.mark.parametrize("view", [head_view, model_view])
SENTENCE = ["[CLS]", "鳥", "が", "鳴い", "て", "いる", "。", "[SEP]"]
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "'\"`\\",
    "${alert(1)}",
    "\u2028\u2029\x00\n",
    "\ud800",
    "PYTHON_PARAMS",
    "const params = ",
    "const BOXWIDTH = 110;",
    "]]>&lt;",
]


class Page(HTMLParser):
    """What a browser would make of a document: its scripts, its tags and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.in_script = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.in_script = tag == "script"
        if self.in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False

    def handle_data(self, data: str) -> None:
        if self.in_script:
            self.scripts[-1] += data

    def params(self) -> dict[str, Any]:
        """Return the data of the view, which bertviz's script (the last one) opens with."""
        _, data = self.scripts[-1].split(PARAMS, 1)
        params, _ = json.JSONDecoder().raw_decode(data)
        assert isinstance(params, dict)
        return params

    def tokens(self) -> list[str]:
        shown = self.params()["attention"][0]
        assert shown["left_text"] == shown["right_text"]
        return list(shown["left_text"])


def weights(layers: int, heads: int, tokens: int) -> Weights:
    logits = np.random.default_rng(0).normal(size=(layers, heads, tokens, tokens)).astype(np.float32)
    odds: Weights = np.exp(2 * logits)
    rows: Weights = odds / odds.sum(-1, keepdims=True)
    return rows


@VIEWS
def test_document_loads_nothing_from_elsewhere(view: View) -> None:
    html = view(weights(2, 3, len(SENTENCE)), SENTENCE)
    page = Page(html)
    assert len(page.scripts) == 3
    assert not {"src", "href", "srcdoc", "onload", "onerror"} & {name for name, _ in page.attributes}
    assert not {"link", "iframe", "base", "object"} & set(page.tags)
    assert "cdnjs" not in html
    assert "require.min.js" not in html
    assert "//" not in html[html.index("<style>") : html.index("</style>")]


@VIEWS
def test_policy_admits_exactly_the_scripts_of_the_document(view: View) -> None:
    page = Page(view(weights(1, 2, len(SENTENCE)), SENTENCE))
    policy = next(value for _, value in page.attributes if value and value.startswith("default-src"))
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; font-src 'self'; script-src {allowed}"


@VIEWS
def test_weights_stand_once_with_four_decimals(view: View) -> None:
    given_weights = weights(2, 3, len(SENTENCE))
    html = view(given_weights, SENTENCE)
    assert html.count('"attention":') == 1
    assert html.count(json.dumps("鳴い")) == 2  # left and right column
    shown = np.array(Page(html).params()["attention"][0]["attn"])
    assert shown.shape == given_weights.shape
    np.testing.assert_allclose(shown, given_weights, atol=0.5e-4 + 1e-7)
    np.testing.assert_array_equal(shown, np.round(shown, 4))


@VIEWS
def test_hostile_tokens_stay_data(view: View) -> None:
    page = Page(view(weights(2, 2, len(HOSTILE)), HOSTILE))
    assert len(page.scripts) == 3
    assert "img" not in page.tags
    assert page.tokens() == HOSTILE
    assert "alert(1)</script" not in page.scripts[-1]


@VIEWS
@settings(max_examples=30, deadline=None)
@given(tokens=st.lists(st.text(st.characters(), max_size=20), min_size=1, max_size=4))
def test_any_text_is_a_token(view: View, tokens: list[str]) -> None:
    page = Page(view(weights(1, 1, len(tokens)), tokens))
    assert len(page.scripts) == 3
    assert page.tokens() == tokens


@VIEWS
def test_equal_arguments_give_equal_documents(view: View) -> None:
    same = weights(2, 2, len(SENTENCE))
    assert view(same, SENTENCE) == view(same, SENTENCE)


@VIEWS
def test_size_is_the_libraries_and_seven_bytes_a_weight(view: View) -> None:
    html = view(weights(4, 4, 16), ["鳥"] * 16)
    libraries = sum((VENDOR / name).stat().st_size for name in LIBRARIES)
    assert libraries == 323_260
    own = len(html.encode()) - libraries
    assert own - 7 * 4 * 4 * 16 * 16 < 22_000  # bertviz's own script, style, tokens


@VIEWS
def test_64_tokens_are_shown_and_65_are_refused(view: View) -> None:
    assert len(Page(view(weights(1, 1, 64), ["鳥"] * 64)).tokens()) == 64
    with pytest.raises(TooManyTokens):
        view(weights(1, 1, 65), ["鳥"] * 65)


@VIEWS
def test_no_tokens_and_shapes_that_do_not_fit_are_refused(view: View) -> None:
    with pytest.raises(EmptyText):
        view(weights(1, 1, 1), [])
    with pytest.raises(ValueError, match=r"shape \(1, 1, 3, 3\) for 2 tokens"):
        view(weights(1, 1, 3), ["鳥", "が"])


@VIEWS
def test_very_long_token_is_shortened(view: View) -> None:
    (token,) = Page(view(weights(1, 1, 1), ["鳥" * 100])).tokens()
    assert token == "鳥" * 23 + "…"


def test_head_view_opens_with_the_given_layer_and_heads() -> None:
    params = Page(head_view(weights(3, 4, 2), ["鳥", "が"], layer=2, heads=(1, 3))).params()
    assert (params["layer"], params["heads"]) == (2, [1, 3])
    assert Page(head_view(weights(3, 4, 2), ["鳥", "が"], heads=())).params()["heads"] is None


def test_boxes_are_as_wide_as_the_longest_token() -> None:
    assert "const BOXWIDTH = 110;" in head_view(weights(1, 1, 1), ["鳥"])
    assert "const BOXWIDTH = 165;" in head_view(weights(1, 1, 1), ["鳥" * 10])
    assert "const DETAIL_WIDTH = 300;" in model_view(weights(1, 1, 1), ["鳥"])
    assert "const DETAIL_WIDTH = 408;" in model_view(weights(1, 1, 1), ["鳥" * 10])


def test_another_bertviz_is_named_as_the_cause() -> None:
    with pytest.raises(RuntimeError, match=r"Install bertviz==1\.4\.1"):
        bertviz_offline._replace("const BOXWIDTH = 120;", "const BOXWIDTH = 110;", "")


def test_height_follows_tokens_and_layers() -> None:
    assert height("head", layers=4, heads=4, tokens=16) == 458
    assert height("model", layers=4, heads=4, tokens=16) == 742
    assert height("head", layers=12, heads=12, tokens=16) == 458
    assert height("model", layers=6, heads=4, tokens=16) > 742


def test_vendored_scripts_are_those_of_the_list() -> None:
    listed = (VENDOR / "README.md").read_text(encoding="utf-8")
    for name in LIBRARIES:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() in listed
