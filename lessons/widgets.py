"""Widgets that the lessons share: language, errors, badges, steps, figures that can be clicked and read, quiz."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.errors import CoreError
from lessons import export, furigana
from lessons.frame import view
from lessons.frame.projector import enlarged
from lessons.frame.touched import CLICK, touch
from lessons.state import PageState
from lessons.text import LANGUAGES, Strings, plain, sections, toml

LANGUAGE_NAMES = {"ja": "日本語", "en": "English"}
TABLE_ROWS = 24  # above it a table scrolls in a frame of its own
TABLE_HEIGHT = 560  # px


FRAME = """<style>
[data-testid="stMainBlockContainer"] { padding: 3.2rem 2.2rem 4rem; max-width: 1500px; }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 3.4rem 1rem 4rem; } }
[data-testid="stMain"] h1 { padding: .5rem 0 .9rem; word-break: auto-phrase; text-wrap: balance; }
[data-testid="stCode"] code { font-size: .78rem; line-height: 1.45; }
[data-testid="stSidebarNavLink"] :is(span, div, p) { white-space: normal; }
[data-testid="stButtonGroup"] [role="toolbar"] { flex-wrap: wrap; }
[data-testid="stMarkdownContainer"] h3:has(.stMarkdownColoredBackground) { line-height: 1.9; }
[class*="-step"] [data-testid="stButtonGroup"] button { padding-inline: 0.35rem; }
@media (max-width: 640px) {
  [data-testid="stMarkdownContainer"] table { display: block; max-width: calc(100vw - 2rem); overflow-x: auto; }
  [data-testid="stMarkdownContainer"] :is(th, td) { min-width: 4.6em; }
}
.st-key-kotori-browser { position: absolute; left: 0; width: 0; height: 0; overflow: hidden; }
</style>"""
PROJECTOR = """<style>
html { font-size: clamp(20px, 1.55vw, 32px); }
[data-testid="stHeader"], [data-testid="stSidebar"], [data-testid="stExpandSidebarButton"] { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 1rem; max-width: none; }
</style>"""


def frame() -> None:
    """Give the lesson the room that the page's margins take; on a projector all of the screen, and large type."""
    st.html(FRAME + export.STYLE)
    if view.presenting():
        st.html(PROJECTOR)
    st.session_state["view:drawn"] = view.presenting()


def language() -> str:
    """Draw the language switch into the sidebar; return "ja" or "en". A link may say ?lang=en."""
    if "lang" not in st.session_state:
        asked = st.query_params.get("lang", LANGUAGES[0])
        st.session_state["lang"] = asked if asked in LANGUAGES else LANGUAGES[0]

    def taken() -> None:
        st.session_state["lang"] = st.session_state["lang:widget"] or st.session_state["lang"]

    st.session_state["lang:widget"] = st.session_state["lang"]
    with st.sidebar:
        st.segmented_control(
            "言語 / Language",
            LANGUAGES,
            format_func=LANGUAGE_NAMES.__getitem__,
            key="lang:widget",
            on_change=taken,
            label_visibility="collapsed",
        )
    return str(st.session_state["lang"])


@contextmanager
def told(lang: str, prefix: str = "") -> Iterator[None]:
    """Turn a user's error inside the block into one sentence on the page."""
    try:
        yield
    except CoreError as error:
        st.error(plain(prefix + error.message(lang)), icon=":material/info:")


def badge(say: Strings, live: bool, command: str) -> None:
    """Say whether the numbers beside it are live or recorded, and how to make them again."""
    name = "live" if live else "recorded"
    st.badge(
        say(f"badge_{name}"),
        color="green" if live else "gray",
        help=plain(say(f"badge_{name}_help", command=command)),
    )


def choose_one(
    label: str, state: PageState, name: str, options: Sequence[str], shown: Callable[[str], str], **more: Any
) -> str:
    """Draw a select box whose value lives in the state; return the value."""
    state.pick(name, list(options))
    st.selectbox(
        label,
        options,
        format_func=shown,
        key=state.widget(name),
        on_change=state.taken,
        args=(name,),
        filter_mode=None,
        **more,
    )
    return state[name]


def switch(label: str, state: PageState, name: str, help: str | None = None) -> bool:
    """Draw an on/off switch whose value ("1" or "") lives in the state."""
    key = f"{state.page}:{name}"
    st.session_state[key] = state[name] == "1"

    def taken() -> None:
        state.set(name, "1" if st.session_state[key] else "")

    return bool(st.toggle(label, key=key, on_change=taken, help=help))


def clickable(figure: go.Figure, key: str, alt: str, on_cell: Callable[[int, int], None]) -> None:
    """Draw a figure; `on_cell(row, column)` is called when one of its cells is clicked."""

    def taken() -> None:
        points = st.session_state[key].selection.points
        if points:
            touch(CLICK)
            on_cell(int(points[0]["y"]), int(points[0]["x"]))

    _plot(figure, key, alt, on_select=taken, selection_mode="points")


def figure(chart: go.Figure, key: str, alt: str) -> None:
    """Draw a figure that is only looked at."""
    _plot(chart, key, alt)


def _plot(chart: go.Figure, key: str, alt: str, **more: Any) -> None:
    chart = enlarged(chart) if view.presenting() else chart
    with export.offered(chart, key, alt) as config:
        st.plotly_chart(chart, key=key, theme=None, config=config, alt=alt, **more)


def table(say: Strings, key: str, header: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Offer the same numbers as a table, for reading without the picture; a long one scrolls."""
    if st.toggle(say("table_alternative"), key=key):
        frame = st.container(height=TABLE_HEIGHT) if len(rows) > TABLE_ROWS else st.container()
        frame.markdown(markdown_table(header, rows))


def grid_table(
    say: Strings, key: str, rows: Sequence[str], columns: Sequence[str], values: NDArray[np.floating], decimals: int = 3
) -> None:
    """Offer the numbers of a map (rows × columns) as a table."""
    told = [[f"{value:.{decimals}f}".replace("-", "−") for value in row] for row in np.asarray(values)]
    table(say, key, columns, list(zip(rows, told, strict=True)))


def markdown_table(header: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return a Markdown table; every cell shows its text literally."""
    lines = ["| | " + " | ".join(map(plain, header)) + " |", "|---" * (len(header) + 1) + "|"]
    lines += [f"| **{plain(name)}** | " + " | ".join(map(plain, cells)) + " |" for name, cells in rows]
    return "\n".join(lines)


def quiz(say: Strings, lesson: str, lang: str, heading: Callable[[str], str]) -> None:
    """Draw the lesson's quiz: an answer for every option, a score at the end."""
    questions = toml(lesson, "quiz")["question"]
    answers: dict[str, int] = st.session_state.setdefault(f"quiz:{lesson}", {})
    for number, question in enumerate(questions, 1):
        _question(
            say,
            lesson,
            question,
            lang,
            heading,
            answers,
            say("quiz_question", number=number, total=len(questions)),
        )
    if len(answers) == len(questions):
        score = sum(entry[lang]["options"][answers[entry["id"]]]["correct"] for entry in questions)
        st.success(say("quiz_score", score=score, total=len(questions)), icon=":material/flag:")
        st.button(say("quiz_again"), on_click=answers.clear, key=f"quiz:{lesson}:again")


def guide(say: Strings, lesson: str) -> None:
    """Offer the teacher's guide, unless the link leaves it out."""
    if "guide" in view.hidden():
        return
    with st.expander(say("teacher_guide"), icon=":material/school:"):
        for section in sections(lesson, say.lang, "guide").values():
            st.markdown(f"#### {section.title}\n\n{section.body}")


def _question(
    say: Strings,
    lesson: str,
    question: dict[str, Any],
    lang: str,
    heading: Callable[[str], str],
    answers: dict[str, int],
    number: str,
) -> None:
    name, options = question["id"], question[lang]["options"]
    key = f"quiz:{lesson}:{name}"

    def taken() -> None:
        if st.session_state[key] is not None:
            answers[name] = st.session_state[key]

    with st.container(border=True):
        furigana.body(question[lang]["text"], before=f"**{number}**  \n")
        texts = [option["text"] for option in options]
        names = furigana.options(texts)
        st.session_state[key] = answers.get(name)
        st.radio(
            say("quiz_choose"),
            range(len(options)),
            index=None,
            format_func=names.__getitem__,
            key=key,
            on_change=taken,
            label_visibility="collapsed",
            horizontal=names != texts,
        )
        if name in answers:
            option = options[answers[name]]
            verdict = f"**{say('quiz_right' if option['correct'] else 'quiz_wrong')}**"
            furigana.box(st.success if option["correct"] else st.warning, verdict, option["feedback"])
            if not option["correct"]:
                st.caption(say("quiz_try_it", heading=heading(question["anchor"])))
