"""The figures and coloured tokens of the lesson: what is drawn is what was given, nothing of it is read as markup."""

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.tokens import MAX_CHARACTERS
from lessons.text import plain
from lessons.tokens import chips, figures, lab
from lessons.tokens.figures import Dot
from lessons.tokens.lab import Cutting

READABLE = st.text(st.characters(codec="utf-8"), max_size=30)
CHIP = re.compile(r":(blue|orange|violet|gray)-background\[((?:[^\\\[\]]|\\.)*)\]")
DOTS = (Dot("猫", "animals", 0.5, -0.25), Dot("犬", "animals", 0.25, 0.0), Dot("雨", "weather", -1.0, 1.0))


def shown(markdown: str) -> list[tuple[str, str]]:
    """Return (colour, text) of every chip, as a reader of Markdown sees it."""
    return [(colour, re.sub(r"\\(.)", r"\1", text)) for colour, text in CHIP.findall(markdown)]


# -- chips -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("鳥", "鳥"),
        (" ", "␣"),
        ("\u3000", "␣"),
        ("\n", "〈000A〉"),
        ("\u200d", "〈200D〉"),
        ("\u202e", "〈202E〉"),
        ("\ufe0f", "〈FE0F〉"),
        ("\U000e0100", "〈E0100〉"),
        ("\x00", "〈0000〉"),
        ("\u0301", "◌\u0301"),
        ("e\u0301", "e\u0301"),
        ("か\u3099", "か\u3099"),
        ("צ", "\u2068צ\u2069"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, seen: str) -> None:
    assert chips.visible(text) == seen


@given(text=READABLE)
def test_every_character_is_seen(text: str) -> None:
    seen = chips.visible(text)

    assert not any(character.isspace() for character in seen)
    assert {character for character in seen if unicodedata.category(character) == "Cf"} <= {"\u2068", "\u2069"}
    assert len(seen) >= len(text)


@given(text=READABLE)
def test_a_chip_is_only_text(text: str) -> None:
    chip = chips.chip(chips.visible(text), "blue")

    assert CHIP.fullmatch(chip)
    assert shown(chip) == [("blue", chips.visible(text))]
    inside = plain(chips.visible(text))
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["strikethrough"]).parse("x " + inside + " x")
    assert {child.type for token in tokens for child in token.children or []} <= {"text", "text_special"}
    assert not re.search(r"(?<!\\)(\\\\)*[$:`<\[|]", inside)


@given(text=READABLE)
def test_chips_are_the_tokens_in_order(text: str) -> None:
    assume(text.strip() and len(text) <= MAX_CHARACTERS)
    cutting = lab.ours(text)
    drawn = shown(chips.chips(cutting))

    assert len(drawn) == len(cutting.own[: chips.SHOWN])
    for (colour, seen), token in zip(drawn, cutting.own, strict=False):
        assert seen.startswith(chips.visible(token.text))
        assert (colour == chips.SPELT) == (len(token.pieces) > 1)
        assert len(token.pieces) == 1 or seen.endswith(f"×{len(token.pieces)}")


def test_neighbours_differ_in_colour() -> None:
    colours = [colour for colour, _ in shown(chips.chips(lab.ours("雨が激しく降る")))]

    assert colours == ["blue", "orange", "blue", "orange"]


def test_special_tokens_are_left_out_or_grey() -> None:
    cutting = lab.ours("鳥")

    assert shown(chips.chips(cutting)) == [("blue", "鳥")]
    assert shown(chips.chips(cutting, special=True))[0] == ("gray", "[CLS]")


def test_bytes_are_shown_by_character() -> None:
    assert shown(chips.chips(lab.utf8("鳥a"), bytes_=True)) == [("blue", "E9 B3 A5"), ("orange", "61")]


def test_of_many_tokens_the_rest_is_counted() -> None:
    markdown = chips.chips(lab.ours("鳥" * 200), more="{count} more")

    assert len(shown(markdown)) == chips.SHOWN
    assert markdown.endswith(f"{200 - chips.SHOWN} more")
    assert "more" not in chips.chips(lab.ours("鳥"), more="{count} more")


def test_of_nothing_there_are_no_chips() -> None:
    assert chips.chips(Cutting((), ())) == chips.words([]) == ""


# -- figures ---------------------------------------------------------------------------------------------------


@given(text=READABLE)
def test_no_name_in_a_figure_has_markup(text: str) -> None:
    drawn = figures.shown(text)

    assert not set("<> ") & set(drawn)
    assert not re.search("&(?!amp;|lt;|gt;)", drawn)


def test_names_are_shortened_only_where_they_are_long() -> None:
    assert figures.shown("外国人参政権") == "外国人参政権"
    assert figures.shown("あ" * 13) == "あ" * 11 + "…"
    assert figures.shown("<b>&") == "&lt;b&gt;&amp;"


def test_bars_of_ways_add_up_to_their_cost() -> None:
    found = [[("激しく", -8.5)], [("激", -10.0), ("し", -4.0), ("く", -6.0)]]
    chart = figures.ways(found, axis="cost")

    *stacked, sums = chart.data
    assert [list(trace.x) for trace in stacked] == [[8.5, 10.0], [4.0], [6.0]]
    assert [list(trace.y) for trace in stacked] == [[0, 1], [1], [1]]
    assert list(sums.x) == [8.5, 20.0] and list(sums.text) == [" 8.5", " 20.0"]
    assert chart.layout.barmode == "stack"
    assert chart.layout.yaxis.range[0] > chart.layout.yaxis.range[1]  # the likeliest on top
    assert stacked[0].text[1] == "激 10.0"
    assert len({stacked[0].marker.color[0], stacked[0].marker.color[1]}) == 2


@pytest.mark.parametrize("found", [[], [[]], [[("鳥", 0.0)]]])
def test_ways_of_little_can_be_drawn(found: list[list[tuple[str, float]]]) -> None:
    assert figures.ways(found, axis="").layout.xaxis.range[1] > 0


def test_bars_are_in_the_given_order_with_a_limit() -> None:
    chart = figures.bars([("文字", 7), ("<b>", 21), ("文字", 1.5)], axis="n", decimals=1, limit=64)

    (drawn,) = chart.data
    assert list(drawn.x) == [7, 21, 1.5] and list(drawn.text) == ["7.0", "21.0", "1.5"]
    assert list(chart.layout.yaxis.ticktext) == ["文字", "&lt;b&gt;", "文字"]
    assert (chart.layout.shapes[0].x0, chart.layout.shapes[0].x1) == (64, 64)
    assert chart.layout.annotations[0].text == "64"
    assert chart.layout.xaxis.range[1] >= 64
    assert not figures.bars([("文字", 7)], axis="n").layout.shapes


def test_bars_below_zero_are_seen() -> None:
    chart = figures.bars([("鳥", -0.5), ("猫", 0.5)], axis="cosine")

    assert chart.layout.xaxis.range[0] == -0.5


def test_the_map_colours_the_chosen_groups() -> None:
    chart = figures.word_map(DOTS, {"animals": "生き物"}, ("a", "b"), Dot("<b>", "", 0.0, 0.0))

    faint, animals, own = chart.data
    assert list(faint.hovertext) == ["雨"] and faint.mode == "markers"
    assert list(animals.text) == ["猫", "犬"] and animals.name == "生き物" and animals.showlegend
    np.testing.assert_allclose(animals.x, [0.5, 0.25])
    np.testing.assert_allclose(animals.y, [-0.25, 0.0])
    assert list(own.text) == ["&lt;b&gt;"] and own.marker.symbol == "star" and not own.showlegend
    assert (chart.layout.xaxis.title.text, chart.layout.yaxis.title.text) == ("a", "b")


def test_the_map_around_a_word_names_all_that_lies_there() -> None:
    dots = [*DOTS, Dot("遠い", "far", 5.0, 5.0)]
    chart = figures.word_map(dots, {"animals": "生き物"}, ("a", "b"), Dot("犬", "", 0.25, 0.0), near=True)

    named = [word for trace in chart.data for word in trace.text or ()]
    assert "遠い" not in named and named.count("犬") == 1
    assert all("text" in trace.mode for trace in chart.data)
    assert list(chart.layout.xaxis.range) == [0.25 - figures.NEAR, 0.25 + figures.NEAR]


def test_a_map_without_a_word_is_never_enlarged() -> None:
    chart = figures.word_map(DOTS, {"animals": "生き物"}, ("", ""), near=True)
    assert chart == figures.word_map(DOTS, {"animals": "生き物"}, ("", ""))


def test_the_numbers_beside_an_axis_have_their_room() -> None:
    """Without it a map with 0.6 at its edge said 6, and one with −0.2 said 2."""
    for chart in (
        figures.word_map(DOTS, {}, ("", "")),
        figures.ways([[("鳥", -1.0)]], axis="x"),
        figures.bars([("鳥", 1.0)], axis="x"),
    ):
        assert chart.layout.yaxis.automargin


def test_groups_differ_in_colour_and_mark() -> None:
    chosen = {str(number): str(number) for number in range(figures.COLOURED)}
    dots = [Dot(name, name, 0.0, 0.0) for name in chosen]
    traces = figures.word_map(dots, chosen, ("", "")).data

    assert len({trace.marker.color for trace in traces}) == figures.COLOURED
    assert len({trace.marker.symbol for trace in traces}) == figures.COLOURED


def test_the_map_can_be_drawn_without_groups() -> None:
    assert len(figures.word_map(DOTS, {}, ("", "")).data) == 1


def test_figures_depend_only_on_what_is_given_and_ask_nothing_of_the_internet() -> None:
    for draw in (
        lambda: figures.ways([[("鳥", -1.0)]], axis="x"),
        lambda: figures.bars([("鳥", 1.0)], axis="x"),
        lambda: figures.word_map(DOTS, {"animals": "生き物"}, ("", "")),
    ):
        assert draw().to_json() == draw().to_json()
        assert "http" not in draw().to_json()
