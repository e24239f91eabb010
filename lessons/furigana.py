"""Furigana: the readings above the kanji of the lessons' own texts, for a reader who asks for them.

    python -m lessons.furigana            # write the readings anew, after a Japanese text was changed
    python -m lessons.furigana 鳥 方 何    # show how the words that begin so are read, and in which lines

`body`, `heading` and `section` draw a piece of a lesson's text as st.markdown and st.subheader do; with the switch on,
lines that are in a lesson's `ja.ruby.txt` are drawn with their readings. No other text is ever drawn as HTML.
"""

import html
import re
from collections.abc import Callable, Sequence
from functools import cache

import streamlit as st

from lessons.frame import view
from lessons.text import FOLDER, Section, Strings, plain

FILE = "ja.ruby.txt"
KANJI = "[々〆㐀-䶿一-鿿]"
RUBY: re.Pattern[str] = re.compile(rf"({KANJI}+)《([ぁ-ゖー]+)》")
PROTECTED = re.compile(r"(`+)(?:(?!`).)+?\1|\$[^$\n]+\$|\]\([^)\s]*\)|https?://[!-~]+")  # code, formula, address
FENCE = "```"
BLOCK_MARK = re.compile(r"\s*(?:#{1,6} |[-*+] |\d+\. |> )?\s*")
ANCHOR = re.compile(r" \{#[\w-]+\}$")
BOLD = re.compile(r"\*\*(.+?)\*\*")
TAGS = r"<ruby>\1<rp>(</rp><rt>\2</rt><rp>)</rp></ruby>"
MARKS = "アイウエオカキクケコ"
SWITCH = "view:ruby:switch"
STYLE = """<style>
[data-testid="stMarkdownContainer"]:has(ruby) { line-height: 2; }
ruby { ruby-align: center; }
rt { font-size: 0.5em; font-weight: 400; line-height: 1; user-select: none; }
</style>"""


def bare(text: str) -> str:
    """Return the text without its readings."""
    return RUBY.sub(r"\1", text)


def key(line: str) -> str:
    """Return a line of Markdown without the marks of its block (#, -, 1., {#anchor}): what its reading is filed under."""
    return ANCHOR.sub("", line[_mark(line) :].rstrip())


@cache
def readings() -> dict[str, str]:
    """Return every line of the lessons that has kanji, with its readings behind them: 鳥《とり》が鳴《な》く."""
    files = sorted(FOLDER.glob(f"*/{FILE}"))
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return {bare(line): line for line in lines}


def read(line: str) -> str | None:
    """Return a line of a lesson's text with its readings behind the kanji, None for any other line."""
    found = readings().get(key(line))
    return None if found is None else line[: _mark(line)] + found


def markdown(text: str) -> str | None:
    """Return the text as Markdown with <ruby> around its kanji; any other HTML in it is escaped.

    None if it is not the lessons' own: no line of it, or a line that nobody knows, with kanji or with signs of HTML.
    """
    drawn, known, code = [], 0, False
    for line in text.split("\n"):
        fence = line.lstrip().startswith(FENCE)
        found = None if code or fence else read(line)
        code ^= fence
        if found is not None:
            known += 1
            drawn.append(_tagged(found))
        elif re.search("[<&]", line) or (not (code or fence) and re.search(KANJI, line)):
            return None
        else:
            drawn.append(line)
    return "\n".join(drawn) if known else None


def wanted() -> bool:
    """Say whether the reader wants furigana, and reads Japanese."""
    return view.get(view.RUBY) == view.ON and st.session_state.get("lang", "ja") == "ja"


def body(text: str, before: str = "") -> None:
    """Draw a piece of a lesson's text. `before`: Markdown that stands before it in the same line."""
    ruby = markdown(text) if wanted() else None
    if ruby is None:
        st.markdown(before + text)
    else:
        st.markdown(html.escape(before, quote=False) + ruby, unsafe_allow_html=True)


def heading(title: str, anchor: str) -> None:
    """Draw the title of a section, as st.subheader does."""
    ruby = markdown(title) if wanted() else None
    if ruby is None:
        st.subheader(title, anchor=anchor)
    else:
        st.markdown(f'<h3><span id="{html.escape(anchor)}"></span>{ruby}</h3>', unsafe_allow_html=True)


def section(shown: Section, anchor: str) -> None:
    """Draw a section of a lesson: its title and its text."""
    heading(shown.title, anchor)
    body(shown.body)


def options(texts: Sequence[str]) -> list[str]:
    """Return what st.radio shows of some answers: their texts, or, if they are drawn above with readings, ア, イ, ウ, ….

    The labels of st.radio cannot have readings.
    """
    ruby = [markdown(text) or text for text in texts] if wanted() else []
    if ruby == list(texts) or not ruby:
        return list(texts)
    for mark, text in zip(MARKS, texts, strict=False):
        body(text, before=f"**{mark}**　")
    return list(MARKS[: len(texts)])


def box(kind: Callable[[str], object], verdict: str, text: str) -> None:
    """Draw a verdict and a lesson's text in a coloured box (st.success, st.warning); a text with readings below it."""
    if wanted() and markdown(text):
        kind(verdict)
        body(text)
    else:
        kind(f"{verdict} — {text}")


def switch(lang: str) -> None:
    """Draw the switch of the furigana into the sidebar of a Japanese page."""
    if lang != "ja":
        return
    words = Strings("frame", lang)

    def taken() -> None:
        view.put(view.RUBY, view.ON if st.session_state[SWITCH] else "")

    st.session_state[SWITCH] = wanted()
    with st.sidebar:
        st.toggle(words("ruby"), key=SWITCH, on_change=taken, help=plain(words("ruby_help")))
    if wanted():
        st.html(STYLE)


def _mark(line: str) -> int:
    """Return the length of the marks that begin a block."""
    found = BLOCK_MARK.match(line)
    return found.end() if found else 0


def _tagged(line: str) -> str:
    """Return a line of Markdown with the tags of its readings; code, formulas and addresses stay as they are."""
    start = _mark(line)
    parts, end = [line[:start]], start
    for whole in PROTECTED.finditer(line, start):
        parts += [_ruby(line[end : whole.start()]), whole[0]]
        end = whole.end()
    return "".join((*parts, _ruby(line[end:])))


def _ruby(text: str) -> str:
    # Next to a tag, the asterisks of Markdown are no emphasis.
    return RUBY.sub(TAGS, BOLD.sub(r"<strong>\1</strong>", html.escape(text, quote=False)))


if __name__ == "__main__":
    from lessons.readings import main

    main()
