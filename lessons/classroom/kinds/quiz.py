"""A question of a lesson's quiz: the class answers, then sees which answer is right and why."""

from functools import cache
from typing import Any

import streamlit as st

from core.classroom import Question
from lessons import furigana
from lessons.classroom import ballot
from lessons.classroom.kinds.kind import Kind, chosen
from lessons.classroom.scene import Scene
from lessons.registry import lessons
from lessons.text import FOLDER, Strings, plain, toml


@cache
def with_quiz() -> dict[str, dict[str, str]]:
    """Return the lessons that have a quiz, with their titles."""
    return {one.id: one.title for one in lessons() if one.ready and (FOLDER / one.id / "quiz.toml").is_file()}


def entry(lesson: str, name: str) -> dict[str, Any] | None:
    """Return a question of a lesson's quiz, None if this version of the app does not have it."""
    questions = toml(lesson, "quiz")["question"] if lesson in with_quiz() else []
    return next((one for one in questions if one["id"] == name), None)


def of(asked: Question) -> dict[str, Any] | None:
    """Return the entry that a question was made of."""
    return entry(asked.data.get("lesson", ""), asked.data.get("id", ""))


def compose(say: Strings) -> Question | None:
    titles = with_quiz()
    lesson = st.selectbox(
        say("lesson_label"),
        titles,
        format_func=lambda one: titles[one][say.lang],
        key="class:quiz:lesson",
        filter_mode=None,
    )
    questions = {one["id"]: one for one in toml(lesson, "quiz")["question"]}
    name = st.selectbox(
        say("quiz_question"),
        questions,
        format_func=lambda one: questions[one][say.lang]["text"],
        key=f"class:quiz:{lesson}",
        filter_mode=None,
    )
    texts = questions[name][say.lang]
    for option in texts["options"]:
        st.markdown(f"- {option['text']}")
    right = [option["correct"] for option in texts["options"]].index(True)
    options = tuple(option["text"] for option in texts["options"])
    return Question("quiz", texts["text"], options, right, data={"lesson": lesson, "id": name})


def options(asked: Question, lang: str) -> tuple[str, ...]:
    """Return the options in the reader's language."""
    known = of(asked)
    return tuple(option["text"] for option in known[lang]["options"]) if known else asked.options


def title(asked: Question, lang: str) -> str:
    known = of(asked)
    return str(known[lang]["text"]) if known else asked.text


def answer(scene: Scene) -> None:
    ballot.choice(scene, options(scene.asked.question, scene.say.lang))


def tally(scene: Scene) -> None:
    chosen(scene, options(scene.asked.question, scene.say.lang))


def result(scene: Scene) -> None:
    asked, say = scene.asked.question, scene.say
    chosen(scene, options(asked, say.lang), asked.right)
    known = of(asked)
    if known is None:
        return
    texts = known[say.lang]["options"]
    mine = scene.mine.get(0, "")
    if mine.isdecimal() and int(mine) < len(texts) and int(mine) != asked.right:
        furigana.box(st.warning, f"**{plain(texts[int(mine)]['text'])}**", texts[int(mine)]["feedback"])
    if asked.right is not None:
        furigana.box(st.success, f"**{say('mark_right')}**", texts[asked.right]["feedback"])


KIND = Kind("quiz", compose, title, answer, tally, result)
