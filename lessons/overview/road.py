"""The road of lessons: the map, and a card for each lesson with the way that the reader has come."""

from html import escape

import streamlit as st

from lessons import progress
from lessons.frame.keeping import progress_panel
from lessons.overview import road_map
from lessons.overview.road_map import Way, anchor
from lessons.registry import Lesson, lessons
from lessons.text import Strings

COLUMNS = 3
HERE = "overview"
STYLE = """<style>
.km-card { scroll-margin-top: 5rem; }
.km-card h3 { font-size: 1.08rem; line-height: 1.4; padding: 0; margin: .15rem 0 .2rem; }
.km-card p { font-size: .9rem; line-height: 1.55; color: #44525c; margin: 0; }
.km-chip { display: inline-block; font-size: .76rem; border-radius: .4rem; padding: .05rem .5rem; background: #e3f0e6; color: #1c5a2c; }
.km-chip.coming { background: #e9edef; color: #44525c; } .km-chip.here { background: #fdebdd; color: #8a3a12; }
</style>"""


def way(lesson: Lesson) -> Way:
    """Return how many of the lesson's steps the reader has done."""
    steps = progress.tasks(lesson.id)
    return Way(sum(f"{lesson.id}/{step}" in progress.done() for step in steps), len(steps))


def draw_map(say: Strings) -> None:
    """Draw the map of all lessons but this page."""
    entries = {lesson.id: (number, lesson, way(lesson)) for number, lesson in enumerate(lessons(), 1)}
    st.html(road_map.html(entries, say))


def draw_cards(say: Strings) -> None:
    """Draw how far the reader is in all, and a card for each lesson, in the order of the road."""
    progress_panel(say.lang, (lesson.id for lesson in lessons() if lesson.ready))
    st.html(STYLE)
    road = list(enumerate(lessons(), 1))
    for start in range(0, len(road), COLUMNS):
        for column, (number, lesson) in zip(st.columns(COLUMNS), road[start : start + COLUMNS], strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(number, lesson, say)


def _card(number: int, lesson: Lesson, say: Strings) -> None:
    come = way(lesson)
    st.html(
        f'<div class="km-card" id="{anchor(lesson.id)}">{_chip(lesson, come, say)}'
        f"<h3>{number}. {escape(lesson.title[say.lang])}</h3><p>{escape(lesson.summary[say.lang])}</p></div>"
    )
    if lesson.ready and come.steps:
        st.progress(come.done / come.steps, text=say("steps_done", done=come.done, steps=come.steps))
    if lesson.ready and lesson.id != HERE:
        begun = 0 < come.done < come.steps
        st.page_link(lesson.page, label=say("go_on") if begun else say("start_lesson"), icon=":material/play_arrow:")


def _chip(lesson: Lesson, come: Way, say: Strings) -> str:
    """Return the word on the state of a lesson."""
    if lesson.id == HERE:
        return f'<span class="km-chip here">{escape(say("here"))}</span>'
    if not lesson.ready:
        return f'<span class="km-chip coming">{escape(say("coming_soon"))}</span>'
    done = come.done == come.steps > 0
    return (
        f'<span class="km-chip">{"✓ " if done else ""}{escape(say("all_done") if done else say("lesson_ready"))}</span>'
    )
