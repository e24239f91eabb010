"""bertviz's head view and model view, each as one HTML document that works without internet.

    tokens = [token.text for token in maps.tokens]
    st.iframe(head_view(maps.weights, tokens), height=height("head", *maps.weights.shape[:3]))

bertviz 1.4.1 (Jesse Vig, https://github.com/jessevig/bertviz, Apache-2.0) writes for a notebook. What
differs from its own HTML:

- jQuery and d3 stand in the document (lessons/vendor/) instead of coming from a CDN through require.js;
- the attention weights stand there once instead of twice, with four decimals;
- no token can end the script, and a content security policy admits only our three scripts, by hash;
- equal arguments give an equal document, so that Streamlit does not send it again;
- it fits a column of 700 px; on a phone it scrolls inside its frame; long tokens get wider boxes.
"""

import base64
import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.errors import EmptyText, TooManyTokens

MAX_TOKENS = 64
DECIMALS = 4

# Sizes in px that bertviz's scripts use; the document is laid out around them.
HEAD_FONT, HEAD_BOX, HEAD_ROW, HEAD_TOP = 15, 110, 22.5, 30
DETAIL_FONT, DETAIL_BOX, DETAIL_LINES, DETAIL_ROW, DETAIL_FRAME = 13, 80, 140, 18, 55
THUMBNAIL_FRAME, MODEL_AXIS = 10, 38

MODEL_WIDTH = 680  # px: a model view inside a column of 700 px
LONGEST_TOKEN = 24  # em: longer tokens are shortened with …
SELECT_HEIGHT, PADDING, SCROLLBAR = 44, 4, 16  # px

VENDOR = Path(__file__).parent / "vendor"
LIBRARIES = ("jquery-2.2.4.min.js", "d3-5.7.0.min.js")
PARAMS = "const params = "
REQUIRE = "window.requirejs = (names, run) => run(jQuery, d3);"

CLOSE_DETAIL = """
function closeDetail() {
    config.svg.selectAll(".detail").remove();
    config.svg.selectAll(".attn_background").attr("fill", getBackgroundColor()).attr("stroke-opacity", 0);
    config.detail_layer = config.detail_head = null;
}"""

STYLE = """
@font-face {
  font-family: "Noto Sans JP"; font-display: swap;
  src: url(app/static/fonts/noto-sans-jp-common.woff2) format("woff2");
  unicode-range: U+20-3FF, U+1E00-33FF, U+4E00-9FFF, U+F900-FAFF, U+FF00-FFEF, U+20B9F;
}
@font-face {
  font-family: "Noto Sans JP More"; font-display: swap;
  src: url(app/static/fonts/noto-sans-jp-more.woff2) format("woff2");
  unicode-range: U+400-4FF, U+2500-257F, U+4E00-9FFF, U+F900-FAFF;
}
html { background: #fff; color: #1f2933; color-scheme: light; overflow: auto; }
body {
  margin: 0; padding: PADDING;
  font-family: "Noto Sans JP", "Noto Sans JP More", "Hiragino Sans", "Yu Gothic", Meiryo, sans-serif;
}
label { display: flex; align-items: center; gap: 8px; height: SELECT_HEIGHT; }
select { font: inherit; font-size: 16px; min-width: 64px; min-height: 36px; padding: 0 8px; }
svg { display: block; }
""".replace("PADDING", f"{PADDING}px").replace("SELECT_HEIGHT", f"{SELECT_HEIGHT}px")

DOCUMENT = """<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>bertviz</title>
<style>{style}</style>
</head>
<body>
{markup}
{scripts}
</body>
</html>
"""

Weights = npt.NDArray[np.float32]


def head_view(
    weights: Weights, tokens: Sequence[str], layer: int | None = None, heads: Sequence[int] | None = None
) -> str:
    """Return the head view: one layer as lines between two columns of tokens, one colour a head.

    `weights` has the shape (layer, head, query, key). `layer` and `heads` are what is switched on at
    first, counted from 0: by default layer 0 and every head. Raises EmptyText without tokens,
    TooManyTokens above 64, ValueError for shapes that do not fit.
    """
    import bertviz  # type: ignore[import-untyped]  # it imports torch, which takes seconds

    _check(weights, tokens)
    shown = [_shorten(token) for token in tokens]
    html = bertviz.head_view(
        _attention(weights),
        shown,
        prettify_tokens=False,
        layer=layer,
        heads=list(heads) if heads else None,
        html_action="return",
    ).data
    box = max(HEAD_BOX, _widest(shown, HEAD_FONT) + HEAD_FONT)
    return _document(
        html,
        {
            "const BOXWIDTH = 110;": f"const BOXWIDTH = {box};",
            '.attr("width", "100%")': (
                '.attr("width", Math.max(2 * BOXWIDTH + MATRIX_WIDTH, config.nHeads * CHECKBOX_SIZE))'
            ),
        },
    )


def model_view(weights: Weights, tokens: Sequence[str]) -> str:
    """Return the model view: a thumbnail for every layer (row) and head (column); a click enlarges one.

    `weights` has the shape (layer, head, query, key). Raises as `head_view` does.
    """
    import bertviz

    _check(weights, tokens)
    shown = [_shorten(token) for token in tokens]
    html = bertviz.model_view(
        _attention(weights), shown, prettify_tokens=False, display_mode="light", html_action="return"
    ).data
    box = max(DETAIL_BOX, _widest(shown, DETAIL_FONT) + 4)
    detail = 2 * box + DETAIL_LINES
    return _document(
        html,
        {
            "const DIV_WIDTH = 970;": f"const DIV_WIDTH = {max(MODEL_WIDTH, detail)};",
            "const DETAIL_WIDTH = 300;": f"const DETAIL_WIDTH = {detail};",
            "const DETAIL_BOX_WIDTH = 80;": f"const DETAIL_BOX_WIDTH = {box};",
            "7 * (12 / config.totalHeads)": f"{_thumbnail_row(len(tokens), weights.shape[1])}",
            # With a single head, or with long tokens, the enlarged head would begin left of the edge.
            "x = leftPos + THUMBNAIL_PADDING - DETAIL_WIDTH + 8;": (
                "x = Math.max(MIN_X, leftPos + THUMBNAIL_PADDING - DETAIL_WIDTH + 8);"
            ),
            # An enlarged head may cover its thumbnail, whose click closes it: let its own click do so too.
            "function renderDetailFrame(": f"{CLOSE_DETAIL}\nfunction renderDetailFrame(",
            'var detailFrame = config.svg.append("rect")': (
                'var detailFrame = config.svg.append("rect").on("click", closeDetail)'
            ),
            'tokenContainer.append("rect")': 'tokenContainer.on("click", closeDetail).append("rect")',
        },
    )


def height(view: Literal["head", "model"], layers: int, heads: int, tokens: int) -> int:
    """Return the height in px of a frame that shows the whole view, a horizontal scroll bar included."""
    if view == "head":
        drawing = SELECT_HEIGHT + tokens * HEAD_ROW + HEAD_TOP
    else:
        thumbnails = layers * (tokens * _thumbnail_row(tokens, heads) + THUMBNAIL_FRAME) + MODEL_AXIS
        drawing = max(thumbnails, tokens * DETAIL_ROW + DETAIL_FRAME)
    return math.ceil(drawing) + 2 * PADDING + SCROLLBAR


def _thumbnail_row(tokens: int, heads: int) -> int:
    """Return the height in px of one token in a thumbnail: lower for long sentences and many heads."""
    return max(5, min(14, 84 // heads, 160 // tokens))


def _check(weights: Weights, tokens: Sequence[str]) -> None:
    if not tokens:
        raise EmptyText()
    if len(tokens) > MAX_TOKENS:
        raise TooManyTokens(length=len(tokens), limit=MAX_TOKENS)
    if weights.ndim != 4 or weights.shape[2:] != (len(tokens), len(tokens)):
        raise ValueError(
            f"weights of shape {weights.shape} for {len(tokens)} tokens; "
            f"expected (layer, head, {len(tokens)}, {len(tokens)})"
        )


def _attention(weights: Weights) -> list[object]:
    """Return what bertviz takes: for each layer a tensor of the shape (1, head, query, key)."""
    import torch

    rounded = np.round(weights.astype(np.float64), DECIMALS)  # as float64, 0.1 prints as 0.1
    return [torch.from_numpy(layer[np.newaxis]) for layer in rounded]


def _ems(text: str) -> float:
    """Estimate the width of `text` in em."""
    return sum(1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.57 for character in text)


def _widest(tokens: Sequence[str], font: int) -> int:
    return math.ceil(max(_ems(token) for token in tokens) * font)


def _shorten(token: str) -> str:
    if _ems(token) <= LONGEST_TOKEN:
        return token
    end = next(end for end in range(len(token)) if _ems(token[: end + 1]) > LONGEST_TOKEN - 1)
    return token[:end] + "…"


def _document(notebook: str, changes: Mapping[str, str]) -> str:
    """Return bertviz's `notebook` HTML as a document of its own, with `changes` made to its script."""
    before, rest = notebook.split(PARAMS, 1)
    params, end = json.JSONDecoder().raw_decode(rest)
    after = rest[end:].split("\n", 1)[1]  # the rest of that line repeats the data in a comment

    _, markup, before = re.split(r"<script[^>]*>(?:</script>)?", before)
    before = re.sub(r"require\.config\(.*?\}\);", "", before, flags=re.DOTALL)
    after = after.rstrip().removesuffix("</script>")
    for old, new in changes.items():
        after = _replace(after, old, new)

    markup = re.sub(r"<div id=\"bertviz-\w+\" style=.*?>", '<div id="bertviz">', markup)
    markup = re.sub(r"Layer: (<select.*?</select>)", r"<label>層 Layer \1</label>", markup)
    params["root_div_id"] = "bertviz"
    # Every "<" is inside a string: written so, neither </script> nor <!-- can reach the HTML parser.
    data = json.dumps(params, separators=(",", ":")).replace("<", "\\u003c")
    scripts = [*_libraries(), f"{REQUIRE}\n{before}{PARAMS}{data};\n{after}"]
    return DOCUMENT.format(
        policy=_policy(scripts),
        style=STYLE,
        markup=markup.strip(),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def _replace(script: str, old: str, new: str) -> str:
    if script.count(old) != 1:
        raise RuntimeError(f"bertviz's script has not exactly one {old!r}. Install bertviz==1.4.1.")
    return script.replace(old, new)


@cache
def _libraries() -> tuple[str, ...]:
    return tuple((VENDOR / name).read_text(encoding="utf-8") for name in LIBRARIES)


def _policy(scripts: Sequence[str]) -> str:
    """Return a policy under which nothing but `scripts` runs and only our own fonts are loaded."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; style-src 'unsafe-inline'; font-src 'self'; script-src {allowed}"
