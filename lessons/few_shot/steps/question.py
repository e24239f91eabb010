"""① The question: the same question after more and more examples, and what the reader expects."""

import streamlit as st

from lessons import widgets
from lessons.few_shot.questions import SHOTS, Question, questions
from lessons.few_shot.steps.scene import RIGHT, WRONG, Scene, badge
from lessons.few_shot.variants import first_right
from lessons.scenes import NOT_GUESSED, guessed, quoted, waiting
from lessons.text import plain

MODEL_COMMAND = "python -m core next"


def question(scene: Scene) -> None:
    """① The question: the same question after more and more examples, and what the reader expects."""
    say = scene.say
    left, right = st.columns([5, 6], gap="large")
    with left:
        scene.heading("question")
    with right:
        known = [str(index) for index in range(len(questions()))]
        index = int(widgets.choose_one(say("question_label"), scene.state, "i", known, lambda one: _name(int(one))))
        asked = questions()[index]
        st.caption(asked.note[say.lang])
        ways = [say("question_shots", shots=shots) for shots in SHOTS] + [say("question_never")]
        guess = guessed(scene, f"question:{index}", say("question_ask", answer=asked.answer), ways)
        if guess is not None:
            _revealed(scene, asked, guess, ways)


def _name(index: int) -> str:
    one = questions()[index]
    first = one.examples[0]
    return f"{first.given}→{first.answer}。… {one.given}→"


def _revealed(scene: Scene, asked: Question, guess: int, ways: list[str]) -> None:
    """Show what was written after how many examples, and how the guess did."""
    say = scene.say
    found = {shots: scene.lab.reply(asked.prompt(shots), ()) for shots in SHOTS}
    texts = {shots: reply.text for shots, reply in found.items() if reply is not None}
    if len(texts) < len(found):
        waiting(scene)
        return
    badge(scene, f"{MODEL_COMMAND} {quoted(asked.prompt(SHOTS[-1]).text)}")
    with st.container(border=True):
        for shots, text in texts.items():
            mark = RIGHT if text == asked.answer else WRONG
            shown = f":blue-background[{plain(text) or say('wrote_nothing')}] {mark}"
            st.markdown(f"**{say('question_shots', shots=shots)}** {_prompt(asked, shots)}{shown}")
    first = first_right(texts, asked.answer)
    place = len(SHOTS) if first is None else SHOTS.index(first)
    told = plain(say("question_told", way=ways[place], answer=asked.answer))
    if guess == NOT_GUESSED:
        st.info(told)
    elif guess == place:
        st.success(f"{say('guess_right')} {told}")
    else:
        st.warning(f"{say('guess_wrong', guess=ways[guess])} {told}")
    _same_weights(scene)


def _prompt(asked: Question, shots: int) -> str:
    """Return a prompt as Markdown, its examples grey."""
    made = asked.prompt(shots)
    examples = plain("".join(map(made.format.example, made.examples)))
    return (f":gray[{examples}]" if examples else "") + plain(made.format.question(made.given))


def _same_weights(scene: Scene) -> None:
    """Show that no weight has changed by answering."""
    lab = scene.live
    if lab is not None and lab.before is not None:
        facts = {"count": f"{scene.card.parameters:,}", "times": lab.answered}
        now = lab.fingerprint()
        st.caption(plain(scene.say("question_weights", **facts, before=lab.before, now=now)))
