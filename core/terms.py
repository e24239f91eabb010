"""The text of a web page without its markup: for terms that come as HTML and are shown as plain text."""

import re
from html.parser import HTMLParser

ARTICLE = "devsite-article-body"  # the class of the part of a Google developer page that holds its text
BLOCKS = set("h1 h2 h3 h4 h5 h6 p div ul ol table tr section article aside hr".split())  # an empty line around them
LINES = {"li", "br"}
SILENT = set("script style template noscript head svg button nav".split())
VOID = set("area base br col embed hr img input link meta source track wbr".split())  # without an end tag


def plain_text(html: str) -> str:
    """Return the text of the page, only that of its ARTICLE where it has one: paragraphs apart, "- " before items."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.article or reader.page).split(_Reader.BREAK))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects what a browser would show: of the whole page, and of the first element of the class ARTICLE."""

    BREAK = "\0"  # a line ends; the page's own line ends mean nothing

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page: list[str] = []
        self.article: list[str] = []
        self.open: list[str] = []  # the elements around this place
        self.around: int | None = None  # how many of them are around the article, once it has begun
        self.ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self.handle_endtag("head")  # a page may leave that out
        if self.around is None and ARTICLE in (dict(attrs).get("class") or "").split():
            self.around = len(self.open)
        self._break(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "li":
            self.handle_data("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:  # what was left open inside it
                pass
            self._break(tag)
        self.ended = self.ended or (self.around is not None and len(self.open) <= self.around)

    def handle_data(self, data: str) -> None:
        if SILENT.isdisjoint(self.open):
            self._add(data.replace(self.BREAK, ""))

    def _break(self, tag: str) -> None:
        self._add(self.BREAK * (2 if tag in BLOCKS else 1 if tag in LINES else 0))

    def _add(self, text: str) -> None:
        self.page.append(text)
        if self.around is not None and not self.ended:
            self.article.append(text)
