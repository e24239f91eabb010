"""Ranking without a screen: four recorded answers to each of some prompts, to be printed (A4), cut apart and ranked."""

import html
from functools import lru_cache

from core.rlhf.comparisons import Answer
from core.rlhf.prompts import train_prompts
from lessons.printable import PAGE, STYLE
from lessons.rlhf.lab import RANKED, RecordedLab, recorded
from lessons.text import Strings

PROMPTS = 8


@lru_cache(maxsize=4)
def sheet(lang: str) -> str:
    """Return the recorded answers as a page without scripts."""
    say = Strings("rlhf", lang)
    parts = [f"<li>{_prompt(say, answers)}</li>" for answers in tables(recorded())]
    title = html.escape(say("paper_title"))
    body = f'<header><h1>{title}</h1></header><p>{html.escape(say("paper_about"))}</p><ol class="parts">{"".join(parts)}</ol>'
    return PAGE.format(lang=lang, title=title, style=STYLE.read_text(encoding="utf-8"), body=body)


def tables(lab: RecordedLab) -> list[tuple[Answer, ...]]:
    """Return RANKED answers to each of the first PROMPTS prompts that have so many."""
    found = (lab.candidates(prompt, 0) or () for prompt in train_prompts())
    return [answers for answers in found if len(answers) == RANKED][:PROMPTS]


def _prompt(say: Strings, answers: tuple[Answer, ...]) -> str:
    places = f'<td>{html.escape(say("paper_place"))} <span class="box"></span></td>'
    rows = (f"<tr>{places}<td>{html.escape(one.text)}</td></tr>" for one in answers)
    return f'<p class="question">{html.escape(answers[0].prompt)}</p><table>{"".join(rows)}</table>'
