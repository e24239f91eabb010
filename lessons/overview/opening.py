"""The first question: the reader decides how 「ナク」 is written, then sees what the model thinks."""

import streamlit as st

from lessons import live, progress, widgets
from lessons.registry import lessons
from lessons.self_attention import figures
from lessons.self_attention.lab import Lab, Question, Shares, examples, live_lab, recorded
from lessons.text import Strings, plain

MODEL = "encoder"
KEY = "overview:bird"
SKIPPED = ""
SENTENCES = 2  # the bird, and the baby that is set against it


def draw(say: Strings) -> None:
    """Draw the question; once it is answered, what the model says of this sentence and of the other."""
    model = None
    with widgets.told(say.lang, say("error_prefix")):
        model = live.model(MODEL)  # the first call begins to load it behind the page
    bird, *others = [example.question for example in examples()[:SENTENCES]]
    if KEY not in st.session_state:
        _ask(bird, say)
        return
    lab = recorded(MODEL) if model is None else live_lab(model)
    _answer(lab, str(st.session_state[KEY]), [bird, *(_alike(other, bird) for other in others)], say)


def _alike(other: Question, question: Question) -> Question:
    """Return the other question with its words in the order of the first."""
    return Question(other.text, other.word, question.candidates)


def _ask(question: Question, say: Strings) -> None:
    def taken(word: str) -> None:
        st.session_state[KEY] = word
        progress.mark("overview", "bird")

    with st.container(border=True):
        st.markdown(f"**{say('bird_title')}**")
        before, after = question.text.split(question.word)
        st.markdown(f"## {plain(before)}:orange[{plain(question.word)}]{plain(after)}", width="content")
        st.markdown(say("bird_question"))
        columns = st.columns(len(question.candidates) + 1)
        for column, word in zip(columns, question.candidates, strict=False):
            column.button(
                plain(word), on_click=taken, args=(word,), type="primary", key=f"bird:{word}", width="stretch"
            )
        columns[-1].button(say("bird_skip"), on_click=taken, args=(SKIPPED,), key="bird:skip", width="stretch")


def _answer(lab: Lab, word: str, questions: list[Question], say: Strings) -> None:
    found = [lab.shares(question) for question in questions]
    with st.container(border=True):
        if found[0] is not None:
            st.markdown(f"**{plain(_compared(word, found[0], say))}**")
        for column, question, shares in zip(st.columns(len(questions)), questions, found, strict=True):
            if shares is not None:
                with column:
                    _bars(question, shares)
        rows = [
            (written, [f"{shares.shares[written]:.1%}" if shares else "–" for shares in found])
            for written in questions[0].candidates
        ]
        widgets.table(say, "bird:table", [question.text for question in questions], rows)
        command = f'python -m core choose "{questions[0].hole}" {" ".join(questions[0].candidates)}'
        widgets.badge(say, lab.live, command if lab.live else getattr(lab, "command", command))
        st.markdown(say("bird_how"))
        with st.container(horizontal=True, vertical_alignment="center"):
            lesson = next(lesson for lesson in lessons() if lesson.id == "self_attention")
            st.page_link(lesson.page, label=say("bird_lesson"), icon=":material/content_cut:")
            st.button(say("bird_again"), on_click=st.session_state.pop, args=(KEY,), key="bird:again", type="tertiary")


def _compared(word: str, shares: Shares, say: Strings) -> str:
    """Return how the reader's answer compares with what the model finds best."""
    best = max(shares.shares, key=shares.shares.__getitem__)
    if word == SKIPPED:
        return say("bird_skipped", best=best)
    return say("bird_same" if word == best else "bird_other", word=word, best=best)


def _bars(question: Question, shares: Shares) -> None:
    """Draw the shares for one sentence."""
    st.markdown(f"##### {plain(question.text)}")
    alt = ", ".join(f"{one} {share:.0%}" for one, share in shares.shares.items())
    widgets.figure(figures.share_bars(shares.shares), f"bird:{question.text}", alt)
