"""Make the Japanese web fonts in static/fonts/ from Noto Sans CJK JP.

    python -m lessons.fonts /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc static/fonts
    python -m lessons.fonts /usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc static/fonts

The first command writes `noto-sans-jp-common.woff2` (what lessons and most sentences need) and
`noto-sans-jp-more.woff2` (the rarer kanji), the second `noto-sans-jp-common-bold.woff2`. They are two
font families, "Noto Sans JP" and "Noto Sans JP More": a browser fetches the second only when it meets
a character that the first does not have.

The split follows JIS X 0208, whose level 1 holds the 2965 common kanji and level 2 the 3390 others.
Needs fonttools and brotli; the Debian package fonts-noto-cjk has the sources.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

FAMILY = "Noto Sans CJK JP"

# Rows of JIS X 0208 (https://www.unicode.org/Public/MAPPINGS/OBSOLETE/EASTASIA/JIS/JIS0208.TXT).
PUNCTUATION_TO_GREEK = range(1, 7)
CYRILLIC_TO_BOXES = range(7, 9)
LEVEL_1 = range(16, 48)
LEVEL_2 = range(48, 85)
VENDOR_SYMBOLS = range(13, 14)  # Windows-31J: circled numbers, Roman numerals, ㍻, ㎏
VENDOR_KANJI = range(115, 120)  # Windows-31J: 髙, 﨑 and others found in names

# Jōyō kanji (2010) outside level 1: the list is that of CLDR 45, main exemplar characters of "ja".
JOYO_OF_LEVEL_2 = "丼傲刹哺喩嗅嘲彙恣惧慄憬拉摯曖楷毀璧瘍箋籠緻羞訃諧貪踪辣錮鬱"
JOYO_FORMS = "𠮟塡剝頰"  # printed forms of 叱填剥頬, from JIS X 0213

# Blocks of Unicode that lessons, formulas and tokenizers use, as far as the font has them.
BLOCKS = (
    range(0x0020, 0x0250),  # Latin
    range(0x2010, 0x2300),  # punctuation, superscripts, currency, letter-like signs, arrows, mathematics
    range(0x2460, 0x2474),  # ① to ⑳
    range(0x2580, 0x2670),  # blocks, shapes, signs
    range(0x2713, 0x2714),  # ✓
    range(0x3000, 0x3100),  # Japanese punctuation and kana
    range(0xFF01, 0xFFE7),  # full and half width
)


def jis(rows: range, encoding: str = "euc_jp") -> Iterator[str]:
    """Yield the characters of the given rows of JIS X 0208, as Python's codec maps them."""
    for row in rows:
        for cell in range(1, 95):
            try:
                yield _cell(row, cell, encoding)
            except UnicodeDecodeError:
                continue


def _cell(row: int, cell: int, encoding: str) -> str:
    if encoding == "euc_jp":
        return bytes((row + 0xA0, cell + 0xA0)).decode("euc_jp")
    # Shift_JIS packs two rows of 94 cells behind one lead byte and leaves out 0x7f.
    lead = (row - 1) // 2 + (0x81 if row <= 62 else 0xC1)
    trail = cell + 0x9E if row % 2 == 0 else cell + 0x3F + (cell >= 64)
    return bytes((lead, trail)).decode(encoding)


def common() -> frozenset[str]:
    """Return the characters of the common file: Latin, kana, signs, level 1 and every jōyō kanji."""
    blocks = (chr(code) for block in BLOCKS for code in block)
    kanji = [*jis(LEVEL_1), *JOYO_OF_LEVEL_2, *JOYO_FORMS]
    return frozenset([*blocks, *jis(PUNCTUATION_TO_GREEK), *jis(VENDOR_SYMBOLS, "cp932"), *kanji])


def more() -> frozenset[str]:
    """Return what the common file leaves out: level 2, Cyrillic, boxes and the kanji of names."""
    rest = [*jis(CYRILLIC_TO_BOXES), *jis(LEVEL_2), *jis(VENDOR_KANJI, "cp932")]
    return frozenset(rest) - common()


def write(source: Path, characters: frozenset[str], target: Path) -> int:
    """Write the part of `source` that draws `characters` as woff2 to `target`.

    Return how many of the characters the font has.
    Raises ValueError if the collection has no Noto Sans CJK JP.
    """
    options = subset.Options()
    options.flavor = "woff2"
    options.hinting = False
    options.desubroutinize = True
    # Not "locl": it would double the file with Chinese and Korean forms of the same kanji.
    options.layout_features = ["ccmp", "kern", "liga", "mark"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 11, 13, 14]  # copyright and licence stay in the file
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]  # vertical writing
    options.notdef_outline = True
    font = japanese(source)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    target.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(target), options)
    return len(font.getBestCmap())


def japanese(collection: Path) -> TTFont:
    """Return the Japanese face of a Noto Sans CJK collection."""
    for font in TTCollection(str(collection), lazy=True).fonts:
        if font["name"].getDebugName(1) == FAMILY:
            font.recalcTimestamp = False  # the same input gives the same bytes
            return font
    raise ValueError(f"{collection} has no font named {FAMILY}")


def main() -> None:
    """Write the files of one weight and print their sizes."""
    parser = argparse.ArgumentParser(description="Make the Japanese web fonts from Noto Sans CJK.")
    parser.add_argument("source", type=Path, help="NotoSansCJK-Regular.ttc or NotoSansCJK-Bold.ttc")
    parser.add_argument("folder", type=Path, help="where the woff2 files go")
    arguments = parser.parse_args()
    bold = japanese(arguments.source)["name"].getDebugName(2) == "Bold"
    parts = {"common-bold": common()} if bold else {"common": common(), "more": more()}
    for name, characters in parts.items():
        target = arguments.folder / f"noto-sans-jp-{name}.woff2"
        count = write(arguments.source, characters, target)
        print(f"{target}: {count} characters, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
