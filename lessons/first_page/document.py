"""The HTML document of a page: Streamlit's own, with what the page opens with shown until the app has drawn itself.

The words and the picture stand in a closed shadow tree, so that neither styles nor scripts of the app meet them.
"""

import html
import re
from functools import cache
from pathlib import Path

from streamlit import file_util

from lessons.frame.paper import blocks, inline
from lessons.registry import Entry, pages
from lessons.text import FOLDER, sections, toml

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"
FIGURES = "PlotlyChart.*.js"  # Streamlit's script that draws figures, by far its largest
FONTS = {400: "app/static/fonts/noto-sans-jp-common.woff2", 700: "app/static/fonts/noto-sans-jp-common-bold.woff2"}
FACE = '@font-face {{ font-family: "Noto Sans JP"; font-weight: {weight}; src: url("./{file}") format("woff2"); }}'
BADGE = '<span class="badge">{name}</span> '
COVER = """<div id="kotori-first-page" data-wait="{wait}"><template shadowrootmode="closed"><style>{style}</style>
<div class="page{present}">
<aside>{menu}</aside>
<main><h1>{title}</h1><p class="note">{badge}{note}</p>
<div class="columns"><section><h2>{heading}</h2>{text}</section><figure>{picture}</figure></div></main>
</div></template></div>
<script>{script}</script>
"""


@cache
def document(page: str, lang: str, *, present: bool = False) -> str:
    """Return the document of a page of the registry. `present`: for a projector, in large type without the menu.

    Raises StopIteration for a page that is not in the registry.
    """
    entry = next(entry for entry in pages() if entry.id == page)
    text = _index()
    for old, new in (
        ('<html lang="en">', f'<html lang="{lang}">'),
        ("<title>Streamlit</title>", f"<title>{html.escape(entry.title[lang])}</title>"),
        ("</head>", f"{_ahead(page)}</head>"),
        ("</body>", f"{_cover(entry, lang, present)}</body>"),
    ):
        text = text.replace(old, new, 1)
    return re.sub(r"<noscript>.*?</noscript>", f"<noscript>{_word('noscript', lang)}</noscript>", text, flags=re.DOTALL)


def picture(page: str, lang: str) -> str:
    """Return the recorded first picture of a page as SVG, "" for a page that begins without one."""
    file = PICTURES / f"{page}.{lang}.svg"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _word(name: str, lang: str) -> str:
    return html.escape(toml("first_page", "words")[name][lang])


def _index() -> str:
    return (_static() / "index.html").read_text(encoding="utf-8")


def _static() -> Path:
    return Path(file_util.get_static_dir())


def _ahead(page: str) -> str:
    """Return the links to what the browser may fetch already now: the fonts, and what draws figures, if the page has one."""
    links = [f'<link rel="preload" href="./{file}" as="font" type="font/woff2" crossorigin>' for file in FONTS.values()]
    if picture(page, "ja"):
        scripts = sorted((_static() / "static/js").glob(FIGURES))
        links += [f'<link rel="modulepreload" href="./static/js/{script.name}" crossorigin>' for script in scripts]
    faces = (FACE.format(weight=weight, file=file) for weight, file in FONTS.items())
    return "\n".join([*links, f"<style>{''.join(faces)}</style>\n"])


def _cover(entry: Entry, lang: str, present: bool) -> str:
    image = picture(entry.id, lang)
    has_text = (FOLDER / entry.id / f"{lang}.md").is_file()
    first = next(iter(sections(entry.id, lang).values())) if has_text else None
    menu = "".join(
        f"<p{' class=here' if page.id == entry.id else ''}>{html.escape(page.title[lang])}</p>" for page in pages()
    )
    return COVER.format(
        wait="figure" if image else "text",
        style=(HERE / "first_page.css").read_text(encoding="utf-8"),
        present=" present" if present else "",
        menu=menu,
        title=html.escape(entry.title[lang]),
        badge=BADGE.format(name=_word("recorded", lang)) if image else "",
        note=_word("note" if image else "note_text", lang),
        heading=inline(first.title) if first else "",
        text=blocks(first.body) if first else f"<p>{html.escape(entry.summary[lang])}</p>",
        picture=image,
        script=(HERE / "first_page.js").read_text(encoding="utf-8"),
    )
