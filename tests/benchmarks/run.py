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

from tests.benchmarks import browser, crowd, decoding, lesson, model

README = Path(__file__).parents[2] / "README.md"
LEARNERS = 40
MARKS = re.compile(r"(<!-- benchmark:start -->\n).*?(<!-- benchmark:end -->)", re.DOTALL)


def _ms(times: dict[str, float]) -> str:
    return f"{times['median']:.1f} ms ({times['low']:.1f}–{times['high']:.1f})"


def _pictures(seconds: tuple[float, float]) -> str:
    recorded, live = seconds
    return f"記録の図 {recorded:.1f} s、動かせる図 {live:.1f} s"


def table(results: dict[str, Any]) -> str:
    """Return the results as a Markdown table, peers beside ours."""
    page, writing = results["browser"], results["decoding"]
    ours, floor = page["ours"], page["floor"]
    empty = "図一つだけの Streamlit"
    lines = [
        "| 何を | この教材 | くらべる相手(同じ文・同じモデル・同じ実行) | 目標 |",
        "|---|---|---|---|",
        f"| 起動 → 最初のレッスンの図 | {_pictures(ours['start'])} | {empty} {floor['start'][1]:.1f} s | 3 s |",
        f"| ページを開く → 最初の図 | {_pictures(ours['page'])} | {empty} {floor['page'][1]:.1f} s | 1 s |",
    ]
    for title, found in page["actions"].items():
        times = f"中央値 {found['median']:.0f} ms、95% {found['p95']:.0f} ms ({found['count']}回)"
        sizes = f"{found['bytes'] / 1000:.1f} kB (最大 {found['most bytes'] / 1000:.1f} kB)"
        lines.append(f"| {title} | {times}、{sizes} | | 150 / 300 ms、100 kB |")
    people = results["crowd"]
    waits, memory = people["action"], people["megabytes"]["most"]
    lines.append(
        f"| {LEARNERS}人が10秒ごとに一回ずつ操作({waits['count']}回、描く時間は別) | 中央値 {waits['median']:.0f} ms、"
        f"95% {waits['p95']:.0f} ms、エラー {people['errors']}、メモリー {memory / 1000:.2f} GB | | 95% 500 ms、0、1.5 GB |"
    )
    school = results["lesson"]
    waits, memory, votes = school["action"], school["megabytes"]["most"], school["answers"]
    lines.append(
        f"| {LEARNERS}人のクラスの50分を5分で({waits['count']}回の操作、答え {votes['accepted']}、失われた答え {votes['lost']}) | "
        f"中央値 {waits['median']:.0f} ms、95% {waits['p95']:.0f} ms、エラー {school['errors']}、メモリー {memory / 1000:.2f} GB "
        f"| | 95% 500 ms、0、1.5 GB |"
    )
    steps, peer = writing["steps"], writing["generate"]
    lines.append(
        f"| 一語ずつ書く(一語) | {steps['ms']:.1f} ms ({steps['low']:.1f}–{steps['high']:.1f})、{steps['faster']:.1f} 倍 "
        f"| generate {peer['ms']:.1f} ms ({peer['low']:.1f}–{peer['high']:.1f}) | 1.5 倍 |"
    )
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
        "crowd": crowd.measure(LEARNERS),
        "lesson": lesson.measure(LEARNERS),
        "decoding": decoding.measure(),
        "model": model.measure(),
    }
    if arguments.readme:
        text = README.read_text(encoding="utf-8")
        README.write_text(MARKS.sub(lambda marks: marks[1] + table(results) + "\n" + marks[2], text), encoding="utf-8")
    print(json.dumps(results, ensure_ascii=False, indent=1) if arguments.json else table(results))


if __name__ == "__main__":
    main()
