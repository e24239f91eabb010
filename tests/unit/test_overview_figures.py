"""Sizes of models: what the papers say, how a number is said, and the figure that is drawn from them."""

from dataclasses import replace
from itertools import pairwise

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import Card
from lessons.overview import compare, figures, road_map, sizes
from lessons.overview.road_map import Way
from lessons.overview.sizes import BOUNDS, Family, Size, amount, bracket, counting, ours, published, ratio
from lessons.registry import lessons
from lessons.self_attention.figures import ACCENT, BAR
from lessons.text import LANGUAGES, Strings, toml

SAY = Strings("overview", "ja")
CARD = Card("encoder", "masked", 4_000_000, 6, 4, 192, 7000, 64, recipe={"tokens": 30_000_000})
OURS = (Family("ours", "about", (Size("small", 100_000, 1_000_000), Size("large", 4_000_000, 30_000_000))),)


def drawn(families: tuple[Family, ...], lang: str = "ja") -> go.Figure:
    names = ("ours", "papers", "tokens")
    return figures.sizes(families, lang, names=names, unknown="unknown", token="tokens")


# -- the numbers of the papers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        ("Transformer", [65e6, 213e6]),
        ("GPT-1", [117e6]),
        ("BERT", [110e6, 340e6]),
        ("GPT-2", [117e6, 345e6, 762e6, 1542e6]),
        ("T5", [60e6, 220e6, 770e6, 2.8e9, 11e9]),
        ("GPT-3", [125e6, 350e6, 760e6, 1.3e9, 2.7e9, 6.7e9, 13e9, 175e9]),
        ("InstructGPT", [1.3e9, 6e9, 175e9]),
        ("ChatGPT", []),
    ],
)
def test_families_have_the_sizes_of_their_papers(family: str, parameters: list[float]) -> None:
    (found,) = (one for one in published("en") if one.name == family)
    assert [size.parameters for size in found.sizes] == parameters


def test_tokens_are_those_of_the_papers() -> None:
    tokens = {family.name: family.largest.tokens for family in published("en") if family.sizes}
    assert {name: number for name, number in tokens.items() if number} == {"BERT": 137e9, "T5": 1e12, "GPT-3": 300e9}


def test_every_number_has_its_paper_and_place() -> None:
    for family in published("ja"):
        assert any(source.where for source in family.sources), family.name
        for source in family.sources:
            assert source.text and source.link.startswith("https://")
        assert [size.parameters for size in family.sizes] == sorted(size.parameters for size in family.sizes)
    assert [family.year for family in published("ja")] == sorted(family.year for family in published("ja"))


def test_every_source_is_used() -> None:
    used = {source.link for family in published("en") for source in family.sources}
    assert used == {source["link"] for source in toml("overview", "sizes")["source"].values()}


def test_our_models_are_grouped_by_kind_and_sorted() -> None:
    cards = [CARD, replace(CARD, name="encoder-s", parameters=1_000_000, recipe={}), replace(CARD, kind="causal")]
    masked, causal = ours(cards, SAY)

    assert [(size.name, size.parameters, size.tokens) for size in masked.sizes] == [
        ("encoder-s", 1_000_000, None),
        ("encoder", 4_000_000, 30_000_000),
    ]
    assert masked.ours and masked.label == SAY("ours_masked") and len(causal.sizes) == 1
    assert ours([], SAY) == ()


# -- how numbers are said ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "ja", "en", "short"),
    [
        (175_000_000_000, "1,750 億", "175 billion", "1,750億"),
        (1_300_000_000, "13 億", "1.3 billion", "13億"),
        (1_542_000_000, "15.4 億", "1.54 billion", "15.4億"),
        (65_000_000, "6,500 万", "65 million", "6,500万"),
        (4_126_592, "413 万", "4.13 million", "413万"),
        (100_000, "10 万", "100,000", "10万"),
        (1_000_000_000_000, "1 兆", "1 trillion", "1兆"),
        (1_000, "1,000", "1,000", "1,000"),
        (7, "7", "7", "7"),
    ],
)
def test_numbers_are_said_as_people_say_them(number: int, ja: str, en: str, short: str) -> None:
    assert (amount(number, "ja"), amount(number, "en"), amount(number, "ja", short=True)) == (ja, en, short)


@given(st.integers(1, 10**13), st.sampled_from(LANGUAGES))
def test_a_larger_number_is_never_said_as_a_smaller_one(number: int, lang: str) -> None:
    assert read(amount(number, lang), lang) == pytest.approx(number, rel=0.006)


def read(said: str, lang: str) -> float:
    digits, _, unit = said.partition(" ")
    units = {name.strip(): float(factor) for factor, name in sizes.UNITS[lang]}
    return float(digits.replace(",", "")) * units.get(unit, 1.0)


def test_counting_is_said_in_days_or_years() -> None:
    assert counting(4_126_592, SAY) == "48 日"
    assert counting(175_000_000_000, SAY) == "5,500 年"


# -- the guess ---------------------------------------------------------------------------------------------------


def test_every_ratio_has_one_right_answer() -> None:
    assert ratio(CARD) == 43_750
    assert [bracket(times) for times in (1, 10, 99, 100, 43_750, 10**7)] == [0, 1, 1, 2, 4, len(BOUNDS)]
    for lang in LANGUAGES:
        answers = compare.options(Strings("overview", lang))
        assert len(set(answers)) == len(answers)
        assert "43" not in "".join(answers)
        for card in (CARD, replace(CARD, parameters=1000), replace(CARD, parameters=10**11)):
            assert answers[compare.right(card)]
    assert compare.right(replace(CARD, parameters=10**11)) == 0


# -- the figure --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_model_is_a_dot_at_its_size(lang: str) -> None:
    families = (*OURS, *published(lang))
    figure = drawn(families, lang)

    span, own, papers, tokens = figure.data
    assert span.mode == "lines" and span.hoverinfo == "skip"
    assert list(own.x) == [100_000, 4_000_000] and own.marker.color == ACCENT
    assert list(papers.x) == [size.parameters for family in published(lang) for size in family.sizes]
    assert papers.marker.color == BAR
    assert list(tokens.x) == [30_000_000, 137e9, 1e12, 300e9]
    for trace in (own, papers, tokens):
        for x, y in zip(trace.x, trace.y, strict=True):
            assert any(x in (size.parameters, size.tokens) for size in families[int(y)].sizes)
    assert figure.layout.xaxis.type == "log"


def test_only_the_ends_of_a_row_are_named() -> None:
    papers = drawn(published("ja")).data[2]
    row = [text for text, y in zip(papers.text, papers.y, strict=True) if published("ja")[int(y)].name == "GPT-3"]
    assert row == ["1.25億", "", "", "", "", "", "", "1,750億"]


def test_a_size_that_is_not_published_is_said_so() -> None:
    (note,) = drawn(published("ja")).layout.annotations
    assert note.text == "unknown"
    assert published("ja")[int(note.y)].name == "ChatGPT"


def test_marks_of_the_axis_are_ten_times_apart() -> None:
    axis = drawn((*OURS, *published("ja"))).layout.xaxis
    assert all(later == 10 * earlier for earlier, later in pairwise(axis.tickvals))
    assert list(axis.ticktext) == [
        "10<br>万",
        "100<br>万",
        "1,000<br>万",
        "1<br>億",
        "10<br>億",
        "100<br>億",
        "1,000<br>億",
        "1<br>兆",
    ]


@given(st.text(min_size=1))
def test_no_name_is_markup(name: str) -> None:
    figure = drawn((Family(name, name, (Size(name, 100, 200),)),))
    said = [*figure.layout.yaxis.ticktext, *figure.data[1].hovertext, *figure.data[3].hovertext]
    assert not any(sign in text for text in said for sign in "<>")


def test_the_figure_depends_only_on_what_is_given_and_asks_nothing_of_the_internet() -> None:
    first, second = (drawn(published("en"), "en").to_json() for _ in range(2))
    assert first == second
    assert "http" not in first


# -- the map -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map_has_every_lesson_once(lang: str) -> None:
    entries = {lesson.id: (number, lesson, Way(1, 4)) for number, lesson in enumerate(lessons(), 1)}
    html = road_map.html(entries, Strings("overview", lang))

    placed = [
        name for stage in toml("overview", "map")["stage"] for name in (*stage.get("way", ()), *stage.get("side", ()))
    ]
    assert sorted(placed) == sorted(set(entries) - {"overview"}) == sorted(toml("overview", "map")["lesson"])
    for name in placed:
        assert html.count(f'href="#{road_map.anchor(name)}"') == 1
    ready = [lesson for lesson in lessons() if lesson.ready and lesson.id != "overview"]
    assert html.count('style="width:25%"') == len(ready)
    assert html.count(Strings("overview", lang)("coming_soon")) == len(placed) - len(ready)


def test_what_is_told_is_no_markup() -> None:
    entries = {
        lesson.id: (number, replace(lesson, title={"ja": "<b>x</b>", "en": "x"}), Way())
        for number, lesson in enumerate(lessons(), 1)
    }
    assert "<b>x</b>" not in road_map.html(entries, SAY)
