"""The map of the lessons as HTML of our own text: stages from left to right, on a narrow screen from top to bottom.

Each box leads to the card of its lesson further down the page; nothing of the reader's is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from lessons.registry import Lesson
from lessons.text import Strings, toml

NARROW = "44rem"  # of the map, below which it runs from top to bottom

STYLE = f"""<style>
.km-wrap {{ container-type: inline-size; }}
.km {{ display: flex; gap: .5rem; align-items: stretch; margin: .2rem 0 .4rem; }}
.km-stage {{ border: 1px solid #cfdadd; border-radius: .7rem; padding: .5rem .5rem .6rem; background: #f2f6f7;
  position: relative; flex: var(--boxes) 1 calc(var(--boxes) * 1rem + 2px); min-width: 0; display: flex; flex-direction: column; }}
.km-title {{ font-size: .84rem; font-weight: 700; line-height: 1.35; min-height: 2.3rem; margin: 0 0 .4rem; color: #1f2933;
  word-break: auto-phrase; }}
.km-way {{ display: grid; grid-template-columns: repeat(var(--boxes), minmax(0, 1fr)); gap: .5rem 1rem; flex: 1;
  grid-template-rows: 1fr 1fr; }}
.km-box {{ position: relative; border: 1px solid #1d6a73; border-radius: .55rem; background: #fff; padding: .4rem .4rem .5rem;
  color: #1f2933 !important; text-decoration: none !important; display: flex; flex-direction: column; }}
.km-note {{ font-size: .8rem; line-height: 1.5; color: #44525c; margin: 0; grid-row: 2; grid-column: 1 / var(--note);
  align-self: center; }}
.km-side {{ grid-row: 2; grid-column: -2; }}
a.km-box:hover, a.km-box:focus-visible {{ box-shadow: 0 0 0 3px #1d6a7333; outline: none; }}
.km-box b {{ font-size: .92rem; line-height: 1.25; display: flex; flex-wrap: wrap; align-items: center; gap: .1rem .3rem; }}
.km-box b i {{ font-style: normal; font-size: .7rem; background: #1d6a73; color: #fff;
  border-radius: 1rem; min-width: 1.15rem; text-align: center; line-height: 1.15rem; }}
.km-idea {{ font-size: .8rem; line-height: 1.35; color: #44525c; margin: .15rem 0 .4rem; word-break: auto-phrase; }}
.km-example {{ font-size: .82rem; line-height: 1.45; border-left: .2rem solid #d98a5b; padding-left: .35rem; color: #1f2933;
  margin-bottom: .4rem; word-break: auto-phrase; }}
.km-state {{ margin-top: auto; }}
.km-state {{ font-size: .74rem; color: #44525c; }}
.km-bar {{ height: .3rem; border-radius: .2rem; background: #dde6e8; overflow: hidden; margin-top: .2rem; }}
.km-bar i {{ display: block; height: 100%; background: #1d6a73; }}
.km-coming {{ border-style: dashed; border-color: #8a9aa1; }}
.km-coming b i {{ background: #6b7b83; }}
.km-goal {{ background: #1d6a73; color: #fff !important; justify-content: center; text-align: center; font-size: .8rem; }}
.km-goal b {{ font-size: 1.1rem; justify-content: center; }}
.km-next::before, .km-down::before {{ position: absolute; color: #1d6a73; font-weight: 700; line-height: 1; text-align: center; }}
.km-next::before {{ content: "→"; left: -1.05rem; width: 1rem; top: 50%; transform: translateY(-50%); }}
.km-side.km-next::before {{ content: "↘"; top: -.1rem; }}
.km-stage + .km-stage .km-next:first-child::before {{ left: -1.6rem; width: 1.5rem; }}
.km-down::before {{ content: "↓"; left: 0; right: 0; top: -.8rem; }}
@container (max-width: {NARROW}) {{
  .km {{ flex-direction: column; gap: 1.3rem; }}
  .km-stage {{ flex: none; padding: .5rem .7rem .7rem; }}
  .km-title {{ min-height: 0; font-size: .92rem; }}
  .km-way {{ display: flex; flex-direction: column; gap: 1.3rem; }}
  .km-idea {{ margin-bottom: .2rem; font-size: .85rem; }}
  .km-goal {{ padding: .8rem; }}
  .km-side.km-next {{ margin-left: 1.8rem; order: 1; }}
  .km-forked {{ order: 2; }}
  .km-note {{ margin-top: -.5rem; order: 3; }}
  .km-next::before, .km-down::before {{ content: "↓"; left: 1rem; right: auto; width: 1rem;
    top: -1.15rem; transform: none; }}
  .km-stage + .km-stage .km-next:first-child::before {{ content: none; }}
  .km-stage + .km-stage::before {{ content: "↓"; position: absolute; left: 50%; top: -1.15rem; color: #1d6a73; font-weight: 700; line-height: 1; }}
  .km-side.km-next::before {{ content: "↳"; left: -1.5rem; top: 40%; }}
}}
</style>"""


@dataclass(frozen=True)
class Way:
    """How far the reader is in a lesson: steps done, of how many (0: the lesson counts none)."""

    done: int = 0
    steps: int = 0


def anchor(lesson: str) -> str:
    """Return the id of the lesson's card, to which its box on the map leads."""
    return f"lesson-{lesson}"


def html(lessons: Mapping[str, tuple[int, Lesson, Way]], say: Strings) -> str:
    """Return the map. `lessons`: number, lesson and how far the reader is, by the lesson's id."""
    stages = "".join(
        _stage(number, stage, lessons, say) for number, stage in enumerate(toml("overview", "map")["stage"], 1)
    )
    return f'{STYLE}<div class="km-wrap"><div class="km" role="group" aria-label="{escape(say("map_alt"))}">{stages}</div></div>'


def _stage(number: int, stage: dict[str, Any], lessons: Mapping[str, tuple[int, Lesson, Way]], say: Strings) -> str:
    way, side, lang = list(stage.get("way", ())), list(stage.get("side", ())), say.lang
    boxes = [
        _box(name, lessons[name], say, "" if number == 1 and place == 0 else "km-next")
        for place, name in enumerate(way)
    ]
    if "goal" in stage:
        boxes.append(f'<div class="km-box km-goal km-next"><b>ChatGPT</b>{escape(stage["goal"][lang])}</div>')
    columns = len(boxes)
    boxes += [
        _box(name, lessons[name], say, "km-side km-down" if "goal" in stage else "km-side km-next") for name in side
    ]
    if "note" in stage:
        boxes.append(
            f'<p class="km-note" style="--note:{columns if side else columns + 1}">{escape(stage["note"][lang])}</p>'
        )
    title = f'<div class="km-title">{number}. {escape(stage["title"][lang])}</div>'
    return f'<div class="km-stage" style="--boxes:{columns}">{title}<div class="km-way">{"".join(boxes)}</div></div>'


def _place(*, first: bool, forked: bool) -> str:
    """Return the classes of a box on the way: the first of all has no arrow to it."""
    return " ".join((["km-next"] if not first else []) + (["km-forked"] if forked else []))


def _box(name: str, entry: tuple[int, Lesson, Way], say: Strings, classes: str) -> str:
    number, lesson, way = entry
    words = toml("overview", "map")["lesson"][name]
    coming = "" if lesson.ready else " km-coming"
    return (
        f'<a class="km-box {classes}{coming}" href="#{anchor(name)}">'
        f"<b><i>{number}</i>{escape(words['name'][say.lang])}</b>"
        f'<span class="km-idea">{escape(words["idea"][say.lang])}</span>'
        f'<span class="km-example">{escape(words["example"][say.lang])}</span>{_state(lesson, way, say)}</a>'
    )


def _state(lesson: Lesson, way: Way, say: Strings) -> str:
    if not lesson.ready:
        return f'<span class="km-state">{escape(say("coming_soon"))}</span>'
    if not way.steps:
        return ""
    share = 100 * way.done / way.steps
    said = escape(say("steps_done", done=way.done, steps=way.steps))
    return f'<span class="km-state">{said}</span><span class="km-bar"><i style="width:{share:.0f}%"></i></span>'
