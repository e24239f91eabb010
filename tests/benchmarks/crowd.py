"""A class of learners at once: each writes sentences of its own and moves through the steps; waiting times and memory.

python -m tests.benchmarks.crowd [--learners 40] [--minutes 5] [--every 10] [--json]

They speak Streamlit's own protocol (wire.py), so a time is from the request to the last message of the answer: what the
browser then takes to draw it is measured in browser.py.
"""

import argparse
import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.benchmarks.served import Server, server
from tests.benchmarks.wire import Learner

WHO = ("鳥", "赤ちゃん", "犬", "子ども", "白い猫", "庭の虫", "小さなからす", "となりの牛", "妹", "みんな")
WHERE = ("", "森で", "朝の公園で", "うちの庭で", "学校の前で", "夜の川のそばで", "雨の日に", "駅で")
MEMORY_EVERY = 5.0  # s


@dataclass(frozen=True)
class Place:
    """A step of a lesson, and the box in which a learner writes there: `text` with somebody and somewhere in it."""

    lesson: str
    step: str
    box: str
    text: str


PLACES = (
    Place("self_attention", "map", "self-attention:s", "{where}{who}がナク"),
    Place("self_attention", "cut", "self-attention:s", "{where}{who}がナク"),
    Place("bert", "hole", "bert:s", "{where}{who}が[MASK]。"),
    Place("gpt", "mask", "gpt:t", "{where}{who}が歩く"),
    Place("gpt", "sampling", "gpt:s", "{where}{who}が"),
    Place("tokens", "cut", "tokens:s", "{where}{who}がナク"),
)


@dataclass
class Log:
    """What happened: seconds of every opening and every action, bytes of every action, what failed, memory over time."""

    openings: list[float] = field(default_factory=list)
    actions: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Return medians, 95th percentiles, counts, and memory at the begin, at the end and at most (MB)."""
        return {
            "opening": times(self.openings),
            "action": times(self.actions),
            "bytes": int(np.median(self.bytes)) if self.bytes else 0,
            "errors": len(self.errors),
            "first errors": self.errors[:5],
            "megabytes": {"begin": self.megabytes[0], "end": self.megabytes[-1], "most": max(self.megabytes)},
        }


def times(seconds: list[float]) -> dict[str, float]:
    """Return count, median, 95th percentile and the longest (ms)."""
    if not seconds:
        return {"count": 0}
    milliseconds = 1000 * np.array(seconds)
    return {
        "count": len(seconds),
        "median": float(np.median(milliseconds)),
        "p95": float(np.percentile(milliseconds, 95)),
        "most": float(milliseconds.max()),
    }


async def learn(app: Server, log: Log, number: int, until: float, every: float) -> None:
    """Be one learner: come in during the first period, act about every `every` seconds, change the step now and then."""
    rng = random.Random(number)
    await asyncio.sleep(rng.uniform(0, every))
    page: Learner | None = None
    place = PLACES[number % len(PLACES)]
    try:
        while time.perf_counter() < until:
            if page is None or rng.random() < 0.1:
                if page is not None:
                    await page.close()
                    place = rng.choice(PLACES)
                page = Learner(app.address)
                log.openings.append((await page.open(place.lesson, step=place.step)).seconds)
            await asyncio.sleep(rng.uniform(0.5, 1.5) * every)
            ran = await page.set(
                place.box, string_value=place.text.format(where=rng.choice(WHERE), who=rng.choice(WHO))
            )
            log.actions.append(ran.seconds)
            log.bytes.append(ran.bytes)
            if page.failures:
                log.errors.append(f"{place.lesson}/{place.step}: the page shows {page.failures}")
                page.failures = []
    except (OSError, TimeoutError, LookupError) as error:
        log.errors.append(f"{place.lesson}/{place.step}: {type(error).__name__} {error}")
    finally:
        if page is not None:
            await page.close()


async def watch(app: Server, log: Log, until: float) -> None:
    """Read the server's memory every few seconds."""
    while time.perf_counter() < until:
        log.megabytes.append(app.megabytes)
        await asyncio.sleep(MEMORY_EVERY)
    log.megabytes.append(app.megabytes)


async def warm(app: Server) -> None:
    """Let the models be loaded, as the teacher has done before the class comes."""
    for place in PLACES:
        page = Learner(app.address)
        await page.open(place.lesson, step=place.step)
        await page.until(lambda one: not one.waits)
        await page.close()


async def play(app: Server, learners: int, minutes: float, every: float) -> Log:
    """Play the class; return what happened."""
    log = Log()
    await warm(app)
    until = time.perf_counter() + 60 * minutes
    people = (learn(app, log, number, until, every) for number in range(learners))
    await asyncio.gather(watch(app, log, until), *people)
    return log


def measure(learners: int = 40, minutes: float = 5, every: float = 10) -> dict[str, Any]:
    """Return the summary of a class on a server of its own."""
    with server() as app:
        return asyncio.run(play(app, learners, minutes, every)).summary()


def main() -> None:
    parser = argparse.ArgumentParser(description="Let a class of learners use the lessons at once.")
    parser.add_argument("--learners", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--every", type=float, default=10, help="seconds between two actions of a learner")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON")
    arguments = parser.parse_args()
    found = measure(arguments.learners, arguments.minutes, arguments.every)
    print(json.dumps(found, ensure_ascii=False, indent=None if arguments.json else 1))


if __name__ == "__main__":
    main()
