"""How time and memory grow with the sentence, the class and the model; one figure for the README.

python -m tests.benchmarks.growth [--json]        measures (about ten minutes) and writes static/growth.png
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

import core
from core import runtime
from core.causal import CausalLM
from core.errors import CoreError
from core.language_model import MASK, LanguageModel
from core.masked import MaskedLM
from tests.benchmarks import crowd
from tests.benchmarks.browser import browser
from tests.benchmarks.model import paired

FIGURE = Path(__file__).parents[2] / "static/growth.png"
WIDTH, HEIGHT = 1200, 560  # px
PIECE = "鳥が森で鳴く。"
TOKENS = (8, 16, 24, 32, 48, 64)
LEARNERS = (10, 20, 40, 80)
MINUTES = 2.0  # for each class
MODELS = ("decoder-xs", "decoder-s", "decoder-m", "decoder")
LONG = 24  # tokens, for the sizes of model
PROBE = """
import pathlib, sys
import core
core.load(sys.argv[1]).next(sys.argv[2])
print(int(pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024)
"""
COLOURS = ("#1d6a73", "#c2571a", "#6a4c93", "#5b6770")
DASHES = ("solid", "dash", "dot", "dashdot")


def text_of(model: LanguageModel, tokens: int) -> str:
    """Return a text that the model reads as about so many tokens, and never more."""
    texts = ((PIECE * tokens)[:end] for end in range(2 * tokens, 0, -1))
    return next(text for text in texts if _length(model, text) <= tokens)


def _length(model: LanguageModel, text: str) -> float:
    try:
        return len(model.tokens(text))
    except CoreError:
        return float("inf")


def by_length() -> list[dict[str, Any]]:
    """Return ms for the calls of a page, by the number of tokens."""
    encoder, decoder = core.load("encoder"), core.load("decoder")
    assert isinstance(encoder, MaskedLM)
    assert isinstance(decoder, CausalLM)
    runtime.one_thread_a_call()
    runtime.settle()
    rows = []
    for count in TOKENS:
        masked, left = text_of(encoder, count - 1) + MASK, text_of(decoder, min(count, decoder.limit))
        calls: dict[str, Callable[[], Any]] = {
            "fill": partial(encoder.fill, masked),
            "attention": partial(encoder.attention, masked),
            "next": partial(decoder.next, left),
        }
        rows.append({"tokens": len(encoder.tokens(masked)), "times": paired(calls)})
    return rows


def by_model() -> list[dict[str, Any]]:
    """Return the parameters of each decoder, ms for the next word, and the memory of a process with it alone (MB)."""
    models = {name: core.load(name) for name in MODELS}
    runtime.one_thread_a_call()
    text = text_of(models["decoder"], LONG)
    times = paired({name: partial(model.next, text) for name, model in models.items()})
    rows = []
    for name, model in models.items():
        probe = [sys.executable, "-c", PROBE, name, text]
        memory = float(subprocess.run(probe, check=True, capture_output=True, text=True).stdout)
        rows.append({"name": name, "parameters": model.card.parameters, "times": times[name], "megabytes": memory})
    return rows


def by_class() -> list[dict[str, Any]]:
    """Return the waiting times and the memory of classes of several sizes, each on a server of its own."""
    return [{"learners": count, **crowd.measure(count, MINUTES)} for count in LEARNERS]


def figure(lengths: list[dict[str, Any]], classes: list[dict[str, Any]], models: list[dict[str, Any]]) -> go.Figure:
    """Return the panels: time (ms) by tokens, learners and parameters, and under the last two the memory (MB)."""
    titles = ("文の長さ(トークン)", "同時に使う人数", "モデルのパラメーター数")
    chart = make_subplots(2, 3, subplot_titles=titles, specs=[[{}, {}, {}], [None, {}, {}]], vertical_spacing=0.12)
    tokens = [row["tokens"] for row in lengths]
    for number, (key, name) in enumerate({"fill": "穴埋め", "attention": "Attention", "next": "次の語"}.items()):
        chart.add_trace(_line(tokens, [row["times"][key]["median"] for row in lengths], name, number), 1, 1)
    people = [row["learners"] for row in classes]
    for number, (key, name) in enumerate({"median": "操作の中央値", "p95": "操作の 95%"}.items()):
        chart.add_trace(_line(people, [row["action"][key] for row in classes], name, number), 1, 2)
    chart.add_trace(_line(people, [row["megabytes"]["most"] for row in classes], "メモリー", 3), 2, 2)
    sizes = [row["parameters"] for row in models]
    times = [row["times"]["median"] for row in models]
    chart.add_trace(_line(sizes, times, f"次の語({LONG} トークン)", 2, shown=False), 1, 3)
    chart.add_trace(_line(sizes, [row["megabytes"] for row in models], "メモリー", 3, shown=False), 2, 3)
    chart.update_xaxes(type="log", dtick=1, col=3)
    chart.update_yaxes(rangemode="tozero")
    chart.update_yaxes(title="ms", row=1)
    chart.update_yaxes(title="MB", row=2)
    chart.update_yaxes(type="log", dtick=1, row=1, col=2)
    font = {"family": "Noto Sans CJK JP, Noto Sans JP, sans-serif", "size": 14}
    legend = {"x": 0, "y": 0.4, "yanchor": "top"}
    return chart.update_layout(template="plotly_white", font=font, legend=legend, margin={"t": 40, "b": 30, "r": 20})


def _line(x: list[Any], y: list[float], name: str, number: int, *, shown: bool = True) -> go.Scatter:
    line = {"color": COLOURS[number], "dash": DASHES[number]}
    return go.Scatter(x=x, y=y, name=name, mode="lines+markers", line=line, showlegend=shown)


def draw(chart: go.Figure, to: Path) -> None:
    """Write the figure as PNG, drawn by Chromium."""
    with tempfile.TemporaryDirectory() as folder, browser() as context:
        page = Path(folder) / "figure.html"
        chart.write_html(page, include_plotlyjs=True, default_width=f"{WIDTH}px", default_height=f"{HEIGHT}px")
        tab = context.new_page()
        tab.set_viewport_size({"width": WIDTH + 16, "height": HEIGHT + 16})
        tab.set_content(page.read_text(encoding="utf-8"))
        tab.wait_for_selector(".scatterlayer .point")
        tab.screenshot(path=to)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how time and memory grow, and draw it.")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON")
    arguments = parser.parse_args()
    found = {"lengths": by_length(), "models": by_model(), "classes": by_class()}
    draw(figure(found["lengths"], found["classes"], found["models"]), FIGURE)
    print(json.dumps(found, ensure_ascii=False, indent=None if arguments.json else 1))


if __name__ == "__main__":
    main()
