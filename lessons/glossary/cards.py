"""A word as HTML of our own text, and the link to the step in which it is done."""

from collections.abc import Collection
from html import escape

import streamlit as st

from lessons.glossary.terms import Term, page_of, term
from lessons.registry import Lesson, lessons
from lessons.text import Strings, plain, toml

FIRST = "overview"  # all of its steps stand on one page
STYLE = """<style>
.gl { margin: 0; padding: 0 !important; scroll-margin-top: 5rem; } .gl a { color: #1d6a73; } .gl + .gl { border-top: 1px solid #e3e9eb; margin-top: .7rem; padding-top: .6rem !important; }
.gl dt { font-weight: 700; font-size: 1.02rem; line-height: 1.4; }
.gl dt small { font-weight: 400; font-size: .8rem; color: #5b6b75; margin-left: .5rem; }
.gl dd { margin: .15rem 0 0; font-size: .93rem; line-height: 1.65; } .gl dd.see { font-size: .82rem; color: #5b6b75; }
.gl.large dt { font-size: 1.35rem; } .gl.large dd { font-size: 1.08rem; }
</style>"""


def entry(one: Term, say: Strings, shown: Collection[str] = (), *, anchored: bool = False, large: bool = False) -> str:
    """Return a word with its definition. `shown`: ids on this page, to which a word close to it can lead; `anchored`:
    this entry is where such a link leads."""
    place = f' id="{escape(one.id)}"' if anchored else ""
    names = " · ".join(_others(one, say.lang))
    return (
        f'<dl class="gl{" large" if large else ""}"{place}><dt>{escape(one.name[say.lang])}'
        f"<small>{escape(names)}</small></dt><dd>{escape(one.definition[say.lang])}</dd>{_see(one, say, shown)}</dl>"
    )


def _others(one: Term, lang: str) -> list[str]:
    """Return how else the word is said: its reading and the English name; in English the Japanese name."""
    if lang == "en":
        return [one.name["ja"]] if one.name["ja"] != one.name["en"] else []
    return [one.reading] + ([one.name["en"]] if one.name["en"] != one.name["ja"] else [])


def _see(one: Term, say: Strings, shown: Collection[str]) -> str:
    if not one.see or not shown:
        return ""
    links = [_name(name, say.lang, name in shown) for name in one.see]
    return f'<dd class="see">{escape(say("see"))}: {" / ".join(links)}</dd>'


def _name(name: str, lang: str, linked: bool) -> str:
    other = term(name)
    assert other is not None  # a test holds for every word
    text = escape(other.name[lang])
    return f'<a href="#{escape(name)}">{text}</a>' if linked else text


def where(one: Term, lang: str) -> str:
    """Return the page and the step of a word: "2. トークン — ① 切る"."""
    page = page_of(one)
    numbered = [f"{number}. {lesson.title[lang]}" for number, lesson in enumerate(lessons(), 1) if lesson.id == page.id]
    step = toml(one.lesson, "ui")[f"step_{one.step}"][lang] if one.step else ""
    return " — ".join(filter(None, [*(numbered or [page.title[lang]]), step]))


def link(one: Term, say: Strings) -> None:
    """Draw the link to the step; of a lesson that is still to come, its name."""
    page, label = page_of(one), where(one, say.lang)
    if isinstance(page, Lesson) and not page.ready:
        st.caption(plain(say("coming", lesson=label)))
        return
    step = {"step": one.step} if one.step and page.id != FIRST else None
    st.page_link(page.page, label=label, icon=":material/arrow_forward:", query_params=step)
