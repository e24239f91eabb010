"""The Markdown of the lessons' own texts as HTML for paper: paragraphs, lists, tables, emphasis; readings as <ruby>.

Everything else in a text is escaped: whatever it is, it is shown and never markup.
"""

import html
import re

from lessons import furigana

LINK = re.compile(r"\[([^\[\]]+)\]\([^)\s]*\)")
LITERAL = re.compile(r"`([^`\n]+)`|\$([^$\n]+)\$")  # code, formula
ITALIC = re.compile(r"(?<![\w*\\])\*([^*\s][^*]*)\*(?![\w*])")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
LISTS = {"ul": re.compile(r"- "), "ol": re.compile(r"\d+\. ")}


def blocks(text: str, ruby: bool = False) -> str:
    """Return paragraphs, lists and tables as HTML. `ruby`: with the readings of the lines that have some."""
    parts = re.split(r"\n\s*\n", text.strip())
    return "\n".join(_block([_read(line, ruby) for line in part.splitlines()]) for part in parts if part)


def inline(text: str, ruby: bool = False) -> str:
    """Return one line as HTML; of a link its text stays."""
    return _inline(_read(text, ruby))


def _read(line: str, ruby: bool) -> str:
    return (furigana.read(line) if ruby else None) or line


def _inline(text: str) -> str:
    result, end, source = "", 0, LINK.sub(r"\1", text)
    for literal in LITERAL.finditer(source):
        code, formula = literal.groups()
        result += _emphasis(source[end : literal.start()])
        result += f"<code>{html.escape(code)}</code>" if code else f"<i>{html.escape(formula)}</i>"
        end = literal.end()
    return result + _emphasis(source[end:])


def _emphasis(text: str) -> str:
    strong = furigana.BOLD.sub(r"<strong>\1</strong>", html.escape(text))
    emphasis = ITALIC.sub(r"<em>\1</em>", strong)
    return furigana.RUBY.sub(furigana.TAGS, ESCAPED.sub(r"\1", emphasis))


def _block(lines: list[str]) -> str:
    if lines[0].startswith("|"):
        head, *rows = [[_inline(cell.strip()) for cell in line.strip().strip("|").split("|")] for line in lines]
        return f"<table>{_row(head, 'th')}{''.join(_row(row, 'td') for row in rows[1:])}</table>"
    for tag, mark in LISTS.items():
        if mark.match(lines[0]):
            items = (f"<li>{_inline(mark.sub('', line, count=1))}</li>" for line in lines)
            return f"<{tag}>{''.join(items)}</{tag}>"
    return f"<p>{' '.join(map(_inline, lines))}</p>"


def _row(cells: list[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"
