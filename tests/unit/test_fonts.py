import sys
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from streamlit import config

from lessons.fonts import JOYO_FORMS, JOYO_OF_LEVEL_2, LEVEL_1, LEVEL_2, common, jis, more

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
NOT_IN_NOTO = set("≒∼⋅")  # a browser takes these from another font


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    return tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))


def drawn(name: str) -> set[str]:
    return {chr(code) for code in TTFont(ROOT / f"static/fonts/{name}.woff2").getBestCmap()}


def ranges(text: str) -> set[str]:
    """Return the characters of a CSS unicode-range."""
    found: set[str] = set()
    for part in text.replace("U+", "").split(","):
        first, _, last = part.strip().partition("-")
        found |= {chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)}
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_levels_of_jis_have_their_kanji() -> None:
    level_1, level_2 = set(jis(LEVEL_1)), set(jis(LEVEL_2))
    assert (len(level_1), len(level_2)) == (2965, 3390)
    assert set(JOYO_OF_LEVEL_2) <= level_2
    assert not set(JOYO_FORMS) & (level_1 | level_2)
    assert {"髙", "﨑"} <= more()


@pytest.mark.parametrize("name", ["noto-sans-jp-common", "noto-sans-jp-common-bold"])
def test_common_files_draw_japanese(name: str) -> None:
    characters = drawn(name)
    assert characters <= common()
    assert set(jis(range(1, 48))) - set(jis(range(7, 9))) - NOT_IN_NOTO <= characters
    assert set(JOYO_OF_LEVEL_2 + JOYO_FORMS + "αβ①→▁✓") <= characters


def test_files_do_not_overlap() -> None:
    assert drawn("noto-sans-jp-more") == more()
    assert not more() & common()


def test_configuration_names_existing_options_and_files(options: dict[str, Any]) -> None:
    known = config._config_options_template
    assert [
        f"{section}.{key}" for section, keys in options.items() for key in keys if f"{section}.{key}" not in known
    ] == []
    for face in options["theme"]["fontFaces"]:
        file = ROOT / face["url"].removeprefix("app/")
        assert file.is_file()
        assert drawn(file.stem) <= ranges(face["unicodeRange"])


def test_theme_is_readable(options: dict[str, Any]) -> None:
    theme = options["theme"]
    for background in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        for colour in (theme["primaryColor"], theme["linkColor"], theme["textColor"]):
            assert contrast(colour, background) >= 4.5


def test_lessons_need_only_the_common_file() -> None:
    needed = {character for text in (ROOT / "lessons").rglob("*.md") for character in text.read_text(encoding="utf-8")}
    assert sorted(needed & more()) == []
