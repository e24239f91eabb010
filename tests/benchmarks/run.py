"""All benchmarks with one command; `--readme` writes the table into README.md.

python -m tests.benchmarks.run [--readme] [--json]
"""

import argparse
import json
import os
import platform
import re
from pathlib import Path
from typing import Any

from tests.benchmarks import browser, model

README = Path(__file__).parents[2] / "README.md"
MARKS = re.compile(r"(<!-- benchmark:start -->\n).*?(<!-- benchmark:end -->)", re.DOTALL)


def _ms(times: dict[str, float]) -> str:
    return f"{times['median']:.1f} ms ({times['low']:.1f}–{times['high']:.1f})"


def table(results: dict[str, Any]) -> str:
    """Return the results as a Markdown table, peers beside ours."""
    page = results["browser"]
    click, data = page["click to new picture (ms)"], page["bytes for one click"]
    lines = [
        "| 何を | この教材 | くらべる相手(同じ文・同じモデル・同じ実行) | 目標 |",
        "|---|---|---|---|",
        f"| 起動 → 最初のレッスンの図 | {page['start to first lesson drawn (s)']:.1f} s | | 3 s |",
        f"| ページを開く → 最初の図 | {page['page opened to first picture (s)']:.2f} s | | 1 s |",
        f"| クリック → 新しい図 | 中央値 {click['median']:.0f} ms、95% {click['p95']:.0f} ms ({click['clicks']}回) | | 150 / 300 ms |",
        f"| 一回の操作で送るデータ | {data['median'] / 1000:.1f} kB (最大 {data['max'] / 1000:.1f} kB) | | 100 kB |",
    ]
    for row in results["model"]:
        times, size, n = row["times"], row["bytes"], row["tokens"]
        lines += [
            f'| 穴埋め({n}トークン) | {_ms(times["fill"])} | pipeline("fill-mask") {_ms(times["pipeline fill-mask"])} | 15 ms |',
            f"| Attention を取り出す({n}トークン) | {_ms(times['attention'])} | | 15 ms |",
            f"| Attention の図({n}トークン) | {_ms(times['attention + figure'])}、{size['attention + figure'] / 1000:.1f} kB "
            f"| bertviz head_view {_ms(times['bertviz head_view'])}、{size['bertviz head_view'] / 1000:.1f} kB | 100 kB |",
            f"| 全部のつながりを一つずつ切る({n}トークン、{n * n}本) | {_ms(row['every edge'])} | | |",
        ]
    lines.append(
        f"\n中央値(10–90 パーセンタイル)。{results['machine']}。測り直す: `.venv/bin/python -m tests.benchmarks.run --readme`"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure, side by side with the peers.")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON")
    arguments = parser.parse_args()
    results = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, no GPU",
        "browser": browser.measure(),
        "model": model.measure(),
    }
    if arguments.readme:
        text = README.read_text(encoding="utf-8")
        README.write_text(MARKS.sub(lambda marks: marks[1] + table(results) + "\n" + marks[2], text), encoding="utf-8")
    print(json.dumps(results, ensure_ascii=False, indent=1) if arguments.json else table(results))


if __name__ == "__main__":
    main()
