"""What a kind of activity has to be able to do."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.classroom import Question
from lessons.classroom.bars import Bar, bars
from lessons.classroom.scene import Scene
from lessons.text import Strings


@dataclass(frozen=True)
class Kind:
    """One kind of activity. `id`: the kind of its questions; its name in ui.toml is `kind_ID`.

    compose   draws the fields of a new question; returns it when it can be asked, else None
    title     returns what is asked, in the reader's language
    answer    draws what a learner answers with (lessons.classroom.ballot)
    tally     draws the class's answers for the teacher while the question is open
    result    draws them for everybody once it is revealed
    """

    id: str
    compose: Callable[[Strings], Question | None]
    title: Callable[[Question, str], str]
    answer: Callable[[Scene], None]
    tally: Callable[[Scene], None]
    result: Callable[[Scene], None]


def chosen(scene: Scene, options: tuple[str, ...], right: int | None = None) -> None:
    """Draw how many chose each option, with the learner's own marked; the right one if there is one to show."""
    votes, say = scene.tally(), scene.say
    everybody = sum(votes.values())
    rows = []
    for number, option in enumerate(options):
        count = votes.get(str(number), 0)
        marks = ([say("mark_right")] if number == right else []) + (
            [say("mark_mine")] if scene.mine.get(0) == str(number) else []
        )
        share = count / everybody if everybody else 0.0
        rows.append(
            Bar(option, share, say("count_share", count=count, share=f"{share:.0%}"), tuple(marks), number == right)
        )
    st.html(bars(rows))
    st.caption(say("answers_in_all", count=everybody))
