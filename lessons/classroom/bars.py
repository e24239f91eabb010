"""Tallies as HTML: bars that a screen reader reads as a list, drawn anew every second without a figure's weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

STYLE = """<style>
[data-testid="InputInstructions"] { display: none; }
.cl-bars { list-style: none; margin: 0 0 .4rem; padding: 0 !important; display: grid; gap: .55rem; }
.cl-bars li { margin: 0; padding: 0; font-size: 1.02rem; line-height: 1.35; }
.cl-name { display: flex; justify-content: space-between; gap: .8rem; align-items: baseline; }
.cl-name > span:first-child { overflow-wrap: anywhere; min-width: 0; } .cl-name > span:last-child { flex: none; font-variant-numeric: tabular-nums; }
.cl-bar { height: .95rem; border-radius: .25rem; background: #eef2f3; overflow: hidden; margin-top: .12rem; }
.cl-bar i { display: block; height: 100%; background: #7a9aa8; }
.cl-bar.model { background: repeating-linear-gradient(45deg, #f6efe6 0 6px, #fff 6px 12px); } .cl-bar.model i { background: #c9772d; }
.cl-right .cl-bar i { background: #1d6a73; } .cl-right .cl-name > span:first-child { font-weight: 700; }
.cl-mark { font-size: .8rem; border: 1px solid #1d6a73; color: #1d6a73; border-radius: .4rem; padding: 0 .35rem; margin-left: .4rem; white-space: nowrap; font-weight: 400; }
.cl-key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .9rem; margin: .1rem 0 .5rem; }
.cl-key i { display: inline-block; width: 1.1rem; height: .8rem; border-radius: .2rem; background: #7a9aa8; margin-right: .35rem; } .cl-key .model i { background: #c9772d; }
.cl-value { font-size: .85rem; color: #44525c; font-variant-numeric: tabular-nums; }
.cl-pair { display: grid; grid-template-columns: 1fr 6.2rem; gap: .1rem .6rem; align-items: center; } .cl-pair .cl-bar { margin: 0; }
.cl-pairs { container-type: inline-size; }
@container (min-width: 34rem) { .cl-pairs .cl-bars { grid-template-columns: 1fr 1fr; gap: .55rem 2rem; } }
</style>"""


@dataclass(frozen=True)
class Bar:
    """One answer. `share`: 0 to 1; `value`: that number in words; `marks`: what is said of it ("あなた", "正解")."""

    name: str
    share: float
    value: str
    marks: tuple[str, ...] = ()
    right: bool = False


@dataclass(frozen=True)
class Pair:
    """One word with the class's share and the model's probability (None: it has none)."""

    name: str
    share: float
    value: str
    prob: float | None
    said: str
    marks: tuple[str, ...] = ()


def bars(rows: Sequence[Bar]) -> str:
    """Return one bar an answer."""
    return f'<ol class="cl-bars">{"".join(map(_row, rows))}</ol>'


def pairs(rows: Sequence[Pair], klass: str, model: str) -> str:
    """Return two bars a word, under a key of their colours: `klass` and `model` are what these are called."""
    key = f"<span><i></i>{escape(klass)}</span><span class='model'><i></i>{escape(model)}</span>"
    drawn = "".join(_two(one, klass, model) for one in rows)
    return f'<div class="cl-pairs"><div class="cl-key" aria-hidden="true">{key}</div><ol class="cl-bars">{drawn}</ol></div>'


def _row(one: Bar) -> str:
    return (
        f'<li{" class=cl-right" if one.right else ""}><div class="cl-name"><span>{escape(one.name)}{_marks(one.marks)}</span>'
        f"<span>{escape(one.value)}</span></div>{_bar(one.share)}</li>"
    )


def _two(one: Pair, klass: str, model: str) -> str:
    shown = 0.0 if one.prob is None else one.prob
    return (
        f'<li><div class="cl-name"><span>{escape(one.name)}{_marks(one.marks)}</span></div><div class="cl-pair">'
        f'{_bar(one.share)}<span class="cl-value" title="{escape(klass)}">{escape(one.value)}</span>'
        f'{_bar(shown, "model")}<span class="cl-value" title="{escape(model)}">{escape(one.said)}</span></div></li>'
    )


def _marks(marks: Sequence[str]) -> str:
    return "".join(f'<span class="cl-mark">{escape(mark)}</span>' for mark in marks)


def _bar(share: float, kind: str = "") -> str:
    width = f"{100 * min(max(share, 0.0), 1.0):.1f}"
    return f'<div class="cl-bar {kind}" aria-hidden="true"><i style="width:{width}%"></i></div>'
