"""A whole lesson of a class: forty learners and their teacher in one room; waiting times, answers lost, and memory.

python -m tests.benchmarks.lesson [--learners 40] [--minutes 50] [--faster 10] [--every 10] [--json]

What the teacher does in `minutes` comes `faster` times as fast, while each learner acts about every `every` seconds, as
learners do. They join, answer a poll, are led through three lessons in which they write sentences of their own, guess a
word, answer a quiz and rank a model's answers; then the teacher fits the reward model to all rankings and trains the
policy while the class goes on. Every eighth learner loses the network in the middle and comes back. They speak
Streamlit's own protocol (wire.py). The pages ask for news by themselves: those runs load the server too, and are told
as `news`.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.classroom import Classroom
from lessons.classroom.following import steps
from lessons.text import Strings, toml
from tests.benchmarks.crowd import PLACES, WHERE, WHO, times, warm
from tests.benchmarks.served import Server, server
from tests.benchmarks.wire import Element, Learner, Run

PAGE = "classroom"
SAY = Strings(PAGE, "ja")
BOXES = {place.box: place.text for place in PLACES if place.step in ("map", "hole", "sampling")}
WORDS = ("鳴く", "泣く", "降る", "歩く", "走る", "吹く")
COMING = 2.0  # minutes in which the class comes in
AWAY = (20.0, 25.0)  # minutes in which every eighth learner has no network
MEMORY_EVERY = 2.0  # s
LEARN = "class:rank:learn:"  # the begin of a key
TRAINING = 300.0  # s, an upper bound
NEWS = "news"


@dataclass
class Log:
    """What happened: seconds by kind of action, what failed, memory over time, and the answers that were accepted."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)  # answers by nickname
    kept: Counter[str] = field(default_factory=Counter)  # those that the database holds at the end
    members: int = 0
    trained: float = 0.0  # s that the policy was trained in front of the class

    @property
    def lost(self) -> Counter[str]:
        """Return how many answers were accepted and are not in the database, by nickname."""
        return self.accepted - self.kept

    def summary(self) -> dict[str, Any]:
        """Return medians and 95th percentiles (ms), counts, and memory at the begin, at the end and at most (MB)."""
        return {
            "action": times([one for kind, found in self.seconds.items() if kind != NEWS for one in found]),
            "by kind": {kind: times(found) for kind, found in sorted(self.seconds.items())},
            "errors": len(self.errors),
            "first errors": self.errors[:5],
            "members": self.members,
            "policy trained in": self.trained,
            "answers": {"accepted": self.accepted.total(), "kept": self.kept.total(), "lost": self.lost.total()},
            "megabytes": {"begin": self.megabytes[0], "end": self.megabytes[-1], "most": max(self.megabytes)},
        }


@dataclass(frozen=True)
class Clock:
    """The time of the lesson, of which `faster` minutes go by in one."""

    minutes: float
    faster: float
    began: float = field(default_factory=time.perf_counter)

    @property
    def minute(self) -> float:
        return (time.perf_counter() - self.began) / 60 * self.faster

    @property
    def over(self) -> bool:
        return self.minute > self.minutes

    async def reach(self, minute: float) -> None:
        """Wait until a minute of the lesson."""
        await asyncio.sleep(max(0.0, minute - self.minute) * 60 / self.faster)


class Pupil:
    """One learner, who does what the page asks for."""

    def __init__(self, app: Server, log: Log, number: int) -> None:
        self.app, self.log, self.name = app, log, f"学習者{number + 1}"
        self.rng, self.page = random.Random(number), Learner(app.address)
        self.hello = {"secret": f"the secret of learner {number}", "role": "", "code": "", "name": ""}
        self.doing = ""

    async def come(self, code: str) -> None:
        """Open the link and join."""
        await self._open("open", room=code)
        self.page.fill("class:nickname", string_value=self.name)
        await self._timed("join", self.page.press("class:join:do"))
        self.hello |= {"role": "member", "code": code, "name": self.name}

    async def come_back(self) -> None:
        """Open the page again, as a browser does that had no network."""
        await self._open("rejoin")

    async def go(self) -> None:
        """Lose the network, or close the page."""
        self.log.seconds[NEWS] += self.page.repeated
        await self.page.close()

    async def act(self) -> None:
        """Answer what is asked, else write something."""
        ballot, cards = self.page.data("class:ballot"), self.page.data("rlhf:cards")
        box = next((one for one in BOXES if one in self.page), None)
        if ballot is not None and ballot["open"] and ballot["accepted"] is None:
            await self._vote(ballot)
        elif cards is not None:
            await self._rank(cards)
        elif "class:answer" in self.page:
            await self._timed("called", self.page.press("class:answer"))
        elif box is not None:
            text = BOXES[box].format(where=self.rng.choice(WHERE), who=self.rng.choice(WHO))
            await self._timed("sentence", self.page.set(box, string_value=text))
        if self.page.failures:
            self.log.errors.append(f"{self.name}, {self.doing}: the page shows {self.page.failures}")
            self.page.failures = []

    async def _open(self, kind: str, **query: str) -> None:
        self.page = Learner(self.app.address)
        began = time.perf_counter()
        await self.page.open(PAGE, **query)
        await self.page.send("class:keeper", "hello", self.hello)
        self.log.seconds[kind].append(time.perf_counter() - began)

    async def _vote(self, ballot: Mapping[str, Any]) -> None:
        options = ballot["options"]
        answer = str(self.rng.randrange(len(options))) if options else self.rng.choice(WORDS)
        sent = {"activity": ballot["activity"], "answer": answer, "ballot": f"{self.rng.getrandbits(64):x}"}
        await self._timed("vote", self.page.send("class:ballot", "vote", sent))
        told = self.page.data("class:ballot")
        if told is not None and told["received"] == sent["ballot"]:
            self.log.accepted[self.name] += 1

    async def _rank(self, cards: Mapping[str, Any]) -> None:
        order = list(range(len(cards["cards"])))
        self.rng.shuffle(order)
        groups, before = json.dumps([[one] for one in order]), self._ranked()
        await self._timed("rank", self.page.send("rlhf:cards", "ranked", {"id": cards["id"], "groups": groups}))
        after = self._ranked()
        self.log.accepted[self.name] += after is not None and after != before

    def _ranked(self) -> str | None:
        """Return what the page tells of how many were ranked."""
        told = self.page.find(lambda one: one.kind == "progress")
        return str(told.proto.text) if told is not None else None

    async def _timed(self, kind: str, ran: Awaitable[Run]) -> None:
        self.doing = kind
        self.log.seconds[kind].append((await ran).seconds)


class Desk:
    """The teacher, who keeps the page of the class open and follows a plan."""

    def __init__(self, app: Server, log: Log) -> None:
        self.app, self.log, self.page, self.code, self.key = app, log, Learner(app.address), "", ""

    async def open(self) -> None:
        """Open a room."""
        await self.page.open(PAGE)
        await self.page.press("class:open")
        kept = self.page.data("class:keeper")
        assert kept is not None
        self.code, self.key = kept["keep"]["code"], kept["keep"]["name"]

    async def ask(self, kind: str, **choice: str) -> None:
        """Ask a question of a kind; `choice`: what is chosen in select boxes, by the end of their key."""
        await self._set("class:kind", string_array_value={"data": [SAY(f"kind_{kind}")]})
        for name, option in choice.items():
            await self._set(f"class:{kind}:{name}", string_value=option)
        await self._press("class:ask")

    async def reveal(self) -> None:
        """Show the answers."""
        await self._press("class:reveal")

    async def lead(self, lesson: str, step: str) -> None:
        """Bring everybody to a step."""
        assert step in steps(lesson)
        await self._set("class:lead:page", string_value=title(lesson))
        await self._set(f"class:lead:{lesson}", string_value=str(toml(lesson, "ui")[f"step_{step}"]["ja"]))
        await self._press("class:lead")

    async def learn(self) -> None:
        """Fit the reward model to the rankings of the class, and train the policy."""

        def button() -> Element | None:
            return self.page.find(lambda one: one.key.startswith(LEARN))

        await self.page.until(lambda page: button() is not None)
        await self._press(getattr(button(), "key", LEARN))
        await self._set("rlhf:step", string_array_value={"data": [Strings("rlhf", "ja")("step_optimise")]})
        await self._press("ppo:start")
        self.log.trained = await self.page.until(lambda page: "ppo:on" in page, TRAINING)

    async def _press(self, key: str) -> None:
        await self._set(key, trigger_value=True)

    async def _set(self, key: str, **value: Any) -> None:
        """Set a widget as soon as it is drawn."""
        await self.page.until(lambda page: key in page)
        self.log.seconds["teacher"].append((await self.page.set(key, **value)).seconds)


def title(lesson: str) -> str:
    return next(str(one["title"]["ja"]) for one in toml("overview", "lessons")["lesson"] if one["id"] == lesson)


def plan(desk: Desk) -> tuple[tuple[float, Callable[[], Awaitable[None]]], ...]:
    """Return what the teacher does, with the minute of the lesson."""
    return (
        (3, lambda: desk.ask("poll")),
        (6, desk.reveal),
        (6.5, lambda: desk.lead("self_attention", "map")),
        (14, lambda: desk.ask("predict")),
        (17, desk.reveal),
        (17.5, lambda: desk.lead("bert", "hole")),
        (25, lambda: desk.ask("quiz", lesson=title("bert"))),
        (28, desk.reveal),
        (28.5, lambda: desk.lead("gpt", "sampling")),
        (35, lambda: desk.ask("rank")),
        (42, desk.reveal),
        (42.5, lambda: desk.lead("self_attention", "map")),
        (43, desk.learn),
    )


async def teach(desk: Desk, clock: Clock) -> None:
    """Follow the plan."""
    for number, (minute, act) in enumerate(plan(desk)):
        await clock.reach(minute)
        try:
            await act()
        except TimeoutError:
            desk.log.errors.append(f"the teacher's act {number} had no effect")
    await clock.reach(clock.minutes)


async def attend(pupil: Pupil, code: str, clock: Clock, every: float, away: bool) -> None:
    """Be one learner until the lesson is over."""
    await clock.reach(pupil.rng.uniform(0, COMING))
    try:
        await pupil.come(code)
        gone = False
        while not clock.over:
            await asyncio.sleep(pupil.rng.uniform(0.5, 1.5) * every)
            if away and not gone and clock.minute > AWAY[0]:
                gone = True
                await pupil.go()
                await clock.reach(AWAY[1])
                await pupil.come_back()
            await pupil.act()
    except (OSError, TimeoutError, LookupError) as error:
        told = f"{pupil.name}, minute {clock.minute:.1f}, {pupil.doing}{' (cut off)' * pupil.page.cut_off}: {type(error).__name__} {error}"
        pupil.log.errors.append(told)
    finally:
        await pupil.go()


async def watch(app: Server, log: Log, clock: Clock) -> None:
    """Read the server's memory every few seconds."""
    while not clock.over:
        log.megabytes.append(app.megabytes)
        await asyncio.sleep(MEMORY_EVERY)
    log.megabytes.append(app.megabytes)


async def play(app: Server, learners: int, minutes: float, faster: float, every: float) -> tuple[Log, Desk]:
    """Play the lesson; return what happened."""
    log = Log()
    await warm(app)
    desk = Desk(app, log)
    await desk.open()
    clock = Clock(minutes, faster)
    people = (
        attend(Pupil(app, log, number), desk.code, clock, every, away=number % 8 == 0) for number in range(learners)
    )
    await asyncio.gather(teach(desk, clock), watch(app, log, clock), *people)
    await desk.page.close()
    return log, desk


def count(database: str, desk: Desk, log: Log) -> None:
    """Count what the database has kept."""
    rooms = Classroom(database)
    log.members = len(rooms.members(desk.code))
    for asked in rooms.activities(desk.code):
        log.kept.update(one.nickname for one in rooms.answers(desk.code, asked.id))


def measure(learners: int = 40, minutes: float = 50, faster: float = 10, every: float = 10) -> dict[str, Any]:
    """Return the summary of a lesson on a server of its own, with a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder) / "class.sqlite3")
        with server(settings={"KOTORI_DATABASE": database, "KOTORI_API": "off"}) as app:
            log, desk = asyncio.run(play(app, learners, minutes, faster, every))
        count(database, desk, log)
    return log.summary()


def main() -> None:
    parser = argparse.ArgumentParser(description="Let a class and its teacher play a whole lesson.")
    parser.add_argument("--learners", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=50, help="of the lesson")
    parser.add_argument("--faster", type=float, default=10, help="how many times as fast the lesson goes by")
    parser.add_argument("--every", type=float, default=10, help="seconds between two actions of a learner")
    parser.add_argument("--json", action="store_true", help="print everything measured as JSON")
    arguments = parser.parse_args()
    found = measure(arguments.learners, arguments.minutes, arguments.faster, arguments.every)
    print(json.dumps(found, ensure_ascii=False, indent=None if arguments.json else 1))


if __name__ == "__main__":
    main()
