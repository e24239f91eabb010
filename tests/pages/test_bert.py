"""The lesson on filling holes without a browser: every step, what a link restores, bad input, what the acts do."""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from core.errors import CoreError, EmptyText, TooManyCharacters, TooManyMasks
from core.maps import Cut
from lessons import live, menu, registry
from lessons.bert import holes, looks
from lessons.bert.lab import LiveLab, examples, live_lab, reviews
from lessons.bert.looks import Look, Run
from lessons.bert.score import standing
from lessons.bert.steps import ASKING, STEPS
from lessons.self_attention.lab import MASK
from lessons.self_attention.lab import LiveLab as MaskedLab
from lessons.text import LANGUAGES, Strings, plain, sections, toml

Open = Callable[..., AppTest]
PAGE = "bert"
JA = Strings(PAGE, "ja")
PARK = examples()[0]
MARKUP = (
    "**x**",
    "<b>x</b>",
    "$x$",
    ":red[x]",
    "[x](javascript:alert(1))",
    "# x",
    "`x`",
    "{x}",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
)


@pytest.fixture(scope="module", autouse=True)
def on_the_road() -> Iterator[None]:
    """Open the lesson, whether or not the road has come to it yet."""
    opened = tuple(replace(lesson, ready=lesson.ready or lesson.id == PAGE) for lesson in registry.lessons())
    with pytest.MonkeyPatch.context() as patch:
        for module in (registry, menu):
            patch.setattr(module, "lessons", lambda: opened)
        yield


@pytest.fixture(scope="session")
def encoder(lab: MaskedLab) -> LiveLab:
    """Wait until the model is loaded; return the lab that the page asks."""
    return live_lab(live.wait("encoder"))


def look(step: int, *firsts: str) -> Look:
    """Return a look at two sentences, whose first guesses are given."""
    texts = ("鳥が[MASK]。", "雨が激しく[MASK]。")
    ranked = [((first, 0.5), ("の", 0.2), ("は", 0.1)) for first in firsts]
    return Look(step, dict(zip(texts, ranked, strict=True)))


WATCHED = Run(
    (20, 40, 80),
    (8.0, 6.5, 4.25),
    (1.0, 2.0, 4.0),
    (look(0, "裏", "裏"), look(10, "た", "た"), look(40, "鳴く", "た"), look(80, "鳴く", "降る")),
)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A small recorded training in place of the encoder's."""
    monkeypatch.setattr(looks, "encoder", lambda: WATCHED)
    return WATCHED


def at_step(app: AppTest, step: str) -> AppTest:
    return app.button_group(key="bert:step").set_value(step).run()


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def texts(app: AppTest) -> str:
    """Everything that the page says in Markdown."""
    kinds = ("markdown", "caption", "info", "success", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def figure(app: AppTest, key: str) -> dict[str, Any]:
    found = next(chart for chart in app.get("plotly_chart") if chart.key == key)
    loaded: dict[str, Any] = json.loads(found.proto.spec)
    return loaded


def figures(app: AppTest) -> set[str]:
    return {chart.key for chart in app.get("plotly_chart")}


def errors(app: AppTest) -> list[str]:
    return [element.value for element in app.error]


def sentence(error: CoreError, lang: str = "ja") -> str:
    return plain(Strings(PAGE, lang)("error_prefix") + error.message(lang))


def values(written: Any) -> list[float]:
    """Return the numbers of a plotly array, which may be packed."""
    if isinstance(written, dict):
        found: list[float] = np.frombuffer(base64.b64decode(written["bdata"]), dtype=written["dtype"]).tolist()
        return found
    return list(written)


def bar_words(app: AppTest, key: str) -> list[str]:
    words: list[str] = figure(app, key)["layout"]["yaxis"]["ticktext"]
    return words


# -- every step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_in_both_languages(open_page: Open, encoder: LiveLab, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    assert not app.exception
    assert not errors(app)
    assert not app.warning
    assert app.button_group(key="bert:step").value == step
    assert {section.title for section in sections(PAGE, lang).values()} & {one.value for one in app.subheader}
    assert Strings(PAGE, lang)("needs_live") not in texts(app)


def test_the_steps_lead_from_one_to_the_next(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE)
    seen = []
    while following := [button for button in app.button if (button.key or "").startswith("next:bert:")]:
        seen.append(app.button_group(key="bert:step").value)
        following[0].click().run()
        assert not app.exception
    assert [*seen, app.button_group(key="bert:step").value] == list(STEPS)


def test_every_section_of_the_text_is_on_one_of_the_steps(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE)
    shown = set()
    for step in STEPS:
        shown |= {heading.value for heading in at_step(app, step).subheader}
    assert shown == {section.title for section in sections(PAGE, "ja").values()}


@pytest.mark.parametrize("index", range(len(examples())))
def test_every_example_can_be_chosen(open_page: Open, encoder: LiveLab, index: int) -> None:
    app = open_page(PAGE)
    app.selectbox(key="example:s").set_value(index).run()
    example = examples()[index]
    assert not app.exception and not errors(app)
    assert app.text_input(key="bert:s").value == example.text
    assert example.note["ja"] in texts(app)
    (hole,) = encoder.fills(example.hole)
    assert bar_words(app, "hole:bars:0") == [word for word, _ in hole.ranked[:8]]


def test_the_last_step_has_sources_and_the_teachers_guide(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, step="limits")

    for section in sections(PAGE, "ja", "guide").values():
        assert section.title in texts(app)
    assert "arxiv.org/abs/1810.04805" in texts(app)
    assert f"{encoder.model.card.layers} 層" in texts(app)


@pytest.mark.parametrize(
    ("step", "first", "table"),
    [
        ("hole", "", "hole:bars:0:table"),
        ("guess", "game:pass", f"game:bars:{PARK.hole}:table"),
        ("sides", "guess:skip", "sides:table"),
        ("attention", "guess:skip", "attention:table"),
        ("recorded", "guess:skip", "recorded:course:table"),
        ("use", "guess:skip", "use:table"),
    ],
)
def test_a_figure_has_a_table_with_the_same_numbers(
    open_page: Open, encoder: LiveLab, watched: Run, step: str, first: str, table: str
) -> None:
    app = open_page(PAGE, step=step)
    if first:
        press(app, first)
    tables = sum(str(element.value).startswith("| |") for element in app.markdown)
    app.toggle(key=table).set_value(True).run()

    assert not app.exception
    assert sum(str(element.value).startswith("| |") for element in app.markdown) == tables + 1


# -- recorded, then live ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("step", "first", "chart"),
    [
        ("hole", "", "hole:bars:0"),
        ("guess", "game:pass", f"game:bars:{PARK.hole}"),
        ("sides", "guess:skip", "sides:bars"),
        ("attention", "guess:skip", "attention:figure"),
        ("use", "guess:skip", "use:shares"),
    ],
)
def test_the_recorded_run_is_shown_while_the_model_is_loaded(
    open_page: Open, unloaded: Callable[[], None], step: str, first: str, chart: str, lang: str
) -> None:
    app = open_page(PAGE, step=step, lang=lang)
    if first:
        press(app, first)

    say = Strings(PAGE, lang)
    assert not app.exception and not errors(app)
    assert chart in figures(app)
    assert say("model_loading") in texts(app)
    assert say("needs_live") not in texts(app)
    assert f"[{say('badge_recorded')}]" in texts(app)
    assert f"[{say('badge_live')}]" not in texts(app)


def test_the_recorded_run_gives_way_to_the_model(
    open_page: Open, encoder: LiveLab, unloaded: Callable[[], None]
) -> None:
    app = open_page(PAGE)
    assert f"[{JA('badge_recorded')}]" in texts(app)

    unloaded()
    app.run()
    assert f"[{JA('badge_live')}]" in texts(app)
    assert f"[{JA('badge_recorded')}]" not in texts(app)


@pytest.mark.parametrize("step", [step for step in STEPS if step in ASKING])
def test_an_own_sentence_waits_for_the_model(open_page: Open, unloaded: Callable[[], None], step: str) -> None:
    app = open_page(PAGE, step=step, s="猫が庭で寝る。", k="4")

    assert not app.exception and not errors(app)
    assert app.text_input(key="bert:s").value == "猫が庭で寝る。"
    assert step == "live" or JA("needs_live") in texts(app)


# -- what a link restores --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_restores_the_whole_view(open_page: Open, encoder: LiveLab, lang: str) -> None:
    link = {"s": "雨の日に傘をさして歩く。", "k": "0.4", "step": "attention", "c": "1", "l": "2", "h": "3", "cut": "1"}
    app = open_page(PAGE, lang=lang, **link)
    press(app, "guess:skip")

    assert not app.exception and not errors(app)
    assert app.button_group(key="bert:places").value == [0, 4]
    assert app.selectbox(key="bert:c").value == "1"
    assert (app.selectbox(key="bert:l").value, app.selectbox(key="bert:h").value) == ("2", "3")
    assert "attention:cut" in figures(app)
    assert app.query_params == {**link, **({"lang": lang} if lang == "en" else {})}


NONSENSE = [
    {"k": "²", "c": "²", "cut": "²"},
    {"k": "9" * 1999, "c": "9" * 99, "cut": "." * 999},
    {"k": "none", "c": "-1", "cut": "99.-1"},
    {"l": "99", "h": "0"},
    {"p": "nan", "d": "-5"},
    {"p": "1" * 99, "d": "9" * 1999},
    {"p": "²", "d": "²"},
    {"r": "x", "w": "99"},
    {"q": "own", "o": ""},
    {"q": "own", "o": "   "},
    {"q": "own", "o": MASK, "op": "0"},
    {"q": "own", "o": "あ" * 500, "op": "²"},
    {"q": "-1", "g": "あ" * 1999},
    {"lang": "<script>"},
    {"unknown": "1"},
    {"s": "鳥が" * 5000},
]


@pytest.mark.parametrize("link", NONSENSE, ids=lambda link: str(link)[:40])
def test_nonsense_in_a_link_is_harmless(open_page: Open, encoder: LiveLab, watched: Run, link: dict[str, str]) -> None:
    app = open_page(PAGE, **link)
    for step in STEPS:
        at_step(app, step)
        if any(button.key == "guess:skip" for button in app.button):
            press(app, "guess:skip")
        assert not app.exception, step
        assert app.title[0].value.startswith("BERT")


@pytest.mark.parametrize("step", ["foo", "", "HOLE", "__init__"])
def test_an_unknown_step_is_the_first(open_page: Open, encoder: LiveLab, step: str) -> None:
    app = open_page(PAGE, step=step)

    assert not app.exception
    assert app.button_group(key="bert:step").value == "hole"


# -- bad input -------------------------------------------------------------------------------------------------

SENTENCES: dict[str, tuple[str, CoreError | None]] = {
    "empty": ("", EmptyText()),
    "spaces": ("   ", EmptyText()),
    "wide spaces": ("　　", EmptyText()),
    "500 characters": ("雨" * 500, TooManyCharacters(length="500", limit=400)),
    "emoji": ("🐦🐤👨‍👩‍👧", None),
    "half-width kana": ("ｱﾒｶﾞ", None),
    "combining": ("e\u0301か\u3099", None),
    "right to left": ("\u202e雨\u0000\u0007\u200b", None),
    "line breaks": ("雨が\n激しく\r\n", None),
    "a hole": ("雨が[MASK]", None),
    "only holes": (MASK * 3, None),
    "one letter": ("あ", None),
    **{f"markup {text}": (text, None) for text in MARKUP},
}


@pytest.mark.parametrize("name", SENTENCES)
def test_any_sentence_is_answered_or_explained_on_every_step(open_page: Open, encoder: LiveLab, name: str) -> None:
    text, error = SENTENCES[name]
    lang = "en" if len(name) % 2 else "ja"
    app = open_page(PAGE, lang=lang, s=text, k=holes.AUTO)

    for step in ASKING:
        at_step(app, step)
        assert not app.exception, step
        assert errors(app) == ([] if error is None else [sentence(error, lang)]), step
        assert app.text_input(key="bert:s").value == text


def test_ten_thousand_characters_are_explained(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE)
    app.text_input(key="bert:s").set_value("鳥" * 10_000).run()
    assert not app.exception
    assert errors(app) == [sentence(TooManyCharacters(length="10,000", limit=400))]
    assert app.text_input(key="bert:s").value == "鳥" * 10_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sentence_of_too_many_tokens_is_read_as_far_as_it_is_shown(
    open_page: Open, encoder: LiveLab, lang: str
) -> None:
    app = open_page(PAGE, lang=lang, s="鳥" * 80)
    told = Strings("frame", lang)("cut_short", limit=64)
    for step in ASKING:
        at_step(app, step)
        assert not app.exception and not errors(app)
        shown = [element.value for element in app.warning if element.value.startswith(told)]
        assert shown == [f"{told}\n\n{'鳥' * 62} :orange[✂] :gray[~~{'鳥' * 18}~~]"]  # and [CLS] and [SEP]
        assert app.text_input(key="bert:s").value == "鳥" * 80


def test_a_word_put_into_a_hole_keeps_what_is_not_read(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, s="鳥が鳴く。" + "雨" * 80, k="0.2")
    press(app, "put:do")
    assert app.text_input(key="bert:s").value.endswith("が鳴く。" + "雨" * 80)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hole_in_every_place_is_answered_up_to_the_limit(open_page: Open, encoder: LiveLab, lang: str) -> None:
    app = open_page(PAGE, lang=lang)
    app.button_group(key="bert:places").set_value(list(range(6))).run()
    assert not app.exception and not errors(app)
    assert len([key for key in figures(app) if key.startswith("hole:bars:")]) == 6
    for step in ("sides", "attention", "live"):
        at_step(app, step)
        assert not app.exception and not errors(app)

    app = open_page(PAGE, lang=lang, s="雨が降ったので、試合は中止になった。")
    app.button_group(key="bert:places").set_value(list(range(12))).run()
    assert not app.exception
    assert errors(app) == [sentence(TooManyMasks(count=12, limit=10), lang)]
    assert app.button_group(key="bert:places").value == list(range(12))
    app.button_group(key="bert:places").set_value([0]).run()
    assert not errors(app)


def test_of_two_words_that_are_alike_the_pressed_one_is_hidden(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, s="鳥が鳥を見る。", k="")
    for place in (0, 2):
        app.button_group(key="bert:places").set_value([place]).run()
        assert app.button_group(key="bert:places").value == [place]
        hole = holes.holed("鳥が鳥を見る。", encoder.tokens("鳥が鳥を見る。"), (place,))
        assert bar_words(app, "hole:bars:0")[0] == encoder.fills(hole)[0].ranked[0][0]


def test_a_sentence_without_a_hole_asks_for_one(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE)
    app.button_group(key="bert:places").set_value([]).run()
    assert not app.exception and not errors(app)
    assert JA("no_hole") in texts(app)
    assert app.query_params["k"] == [""] or app.query_params["k"] == ""
    for step in ("sides", "attention"):
        at_step(app, step)
        assert JA("no_hole") in texts(app)
    at_step(app, "live")
    assert JA("live_no_own") in texts(app)


def obeyed(app: AppTest) -> set[tuple[str, str]]:
    """Return what a Markdown reader makes of the page beside plain text, headings, lists, tables and bold."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    kinds = ("html_block", "html_inline", "link_open", "image", "em_open", "s_open", "code_inline")
    found = set()
    for kind in ("markdown", "caption", "info", "warning", "error", "success"):
        for element in app.get(kind):
            written = str(element.value)
            for block in parser.parse(written):
                for token in [block, *(block.children or [])]:
                    if token.type in kinds:
                        found.add((token.type, token.content or str(token.attrs)))
            found |= {("streamlit", match) for match in re.findall(r"(?<!\\)(?:\$.*\$|:\w+\[)", written)}
    return found


def test_markup_of_the_reader_is_shown_and_not_obeyed(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE)
    steps = (*ASKING, "guess")
    own = {step: obeyed(at_step(app, step)) for step in steps}
    colours = {("streamlit", f":{colour}[") for colour in ("blue", "gray", "orange", "green")}
    for text in MARKUP:
        link = {"s": f"{text}雨が降る", "k": holes.AUTO, "o": f"雨が{text}降る", "q": "own", "g": text}
        app = open_page(PAGE, **link)
        for step in steps:
            at_step(app, step)
            for key in ("guess:skip", "game:do"):
                if any(button.key == key for button in app.button):
                    press(app, key)
            assert not app.exception, (text, step)
            assert obeyed(app) <= own[step] | colours, (text, step)
            assert not any(element.allow_html for element in app.markdown)


# -- the holes -------------------------------------------------------------------------------------------------


def test_a_pressed_word_is_hidden(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE)
    assert app.button_group(key="bert:places").value == [2]
    app.button_group(key="bert:places").set_value([0, 2]).run()

    assert not app.exception
    assert app.query_params["k"] in ("0.3", ["0.3"])
    first, second = encoder.fills("[MASK]で[MASK]を読む。")
    assert bar_words(app, "hole:bars:0") == [word for word, _ in first.ranked[:5]]
    assert bar_words(app, "hole:bars:1") == [word for word, _ in second.ranked[:5]]
    assert JA("hole_each_alone") in texts(app)


def test_an_own_sentence_gets_a_hole_and_can_get_others(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE)
    app.text_input(key="bert:s").set_value("猫が図書館で寝る。").run()
    assert not app.exception
    assert len(app.button_group(key="bert:places").value) == 1
    words = [token.text for token in holes.own(encoder.tokens("猫が図書館で寝る。"))]
    app.button_group(key="bert:places").set_value([words.index("猫")]).run()
    best = encoder.fills("[MASK]が図書館で寝る。")[0].ranked[0][0]
    assert bar_words(app, "hole:bars:0")[0] == best
    assert app.selectbox(key="example:s").value is None


def test_a_word_put_into_one_hole_changes_the_other(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, s="母が台所で料理を作る。", k="0.5")
    found = encoder.fills("[MASK]が台所で[MASK]を作る。")
    app.selectbox(key="put:hole").set_value(1).run()
    app.selectbox(key="put:word:1:[MASK]が台所で[MASK]を作る。").set_value(3).run()
    press(app, "put:do")

    assert not app.exception and not errors(app)
    word = found[1].ranked[3][0]
    assert app.text_input(key="bert:s").value == f"母が台所で{word}を作る。"
    assert app.button_group(key="bert:places").value == [0]
    best = encoder.fills(f"[MASK]が台所で{word}を作る。")[0].ranked[0][0]
    assert bar_words(app, "hole:bars:0")[0] == best


def test_the_other_hole_keeps_its_place_when_a_longer_word_is_put_in(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, s="母が台所で料理を作る。", k="0.5")
    hole = "[MASK]が台所で[MASK]を作る。"
    ranked = encoder.fills(hole)[0].ranked[:20]
    longer = next(index for index, (word, _) in enumerate(ranked) if len(word) > 1)
    app.selectbox(key=f"put:word:0:{hole}").set_value(longer).run()
    press(app, "put:do")

    text = app.text_input(key="bert:s").value
    assert text == f"{ranked[longer][0]}が台所で料理を作る。"
    (place,) = app.button_group(key="bert:places").value
    assert holes.own(encoder.tokens(text))[place].text == "料理"


def test_a_written_hole_is_filled_beside_a_hidden_word(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, s="[MASK]で本を読む。", k="7")
    first, second = encoder.fills("[MASK]で[MASK]を読む。")
    assert not app.exception
    assert [bar_words(app, f"hole:bars:{number}")[0] for number in (0, 1)] == [
        first.ranked[0][0],
        second.ranked[0][0],
    ]
    press(app, "put:do")
    assert app.text_input(key="bert:s").value == f"{first.ranked[0][0]}で本を読む。"
    (place,) = app.button_group(key="bert:places").value
    assert holes.own(encoder.tokens(app.text_input(key="bert:s").value))[place].text == "本"


# -- the game --------------------------------------------------------------------------------------------------


def scores(app: AppTest) -> list[str]:
    return [str(metric.value) for metric in app.metric]


def played(app: AppTest, word: str) -> AppTest:
    app.text_input(key="bert:g").set_value(word).run()
    return press(app, "game:do")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_right_word_is_a_point(open_page: Open, encoder: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="guess", lang=lang)
    assert scores(app) == ["0", "0", "0"]
    assert app.button(key="game:do").disabled
    assert not figures(app)
    played(app, PARK.word)

    assert not app.exception
    assert len(app.success) == 1 and PARK.word in app.success[0].value
    model = int(encoder.fills(PARK.hole)[0].ranked[0][0] == PARK.word)
    assert scores(app) == ["1", str(model), "1"]
    assert bar_words(app, f"game:bars:{PARK.hole}")[0] == encoder.fills(PARK.hole)[0].ranked[0][0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_another_word_is_told_its_rank(open_page: Open, encoder: LiveLab, lang: str) -> None:
    word = encoder.fills(PARK.hole)[0].ranked[3][0]
    app = played(open_page(PAGE, step="guess", lang=lang), word)

    assert not app.exception and not errors(app)
    assert len(app.warning) == 1 and word in app.warning[0].value
    prob = encoder.fills(PARK.hole)[0].ranked[3][1]
    assert plain(Strings(PAGE, lang)("game_rank", guess=word, rank=4, prob=f"{prob:.1%}")) in texts(app)
    assert standing(encoder.guess(PARK.hole, word, PARK.word), word) == 4


@pytest.mark.parametrize("word", ["推理小説", "🐦", "\u200b", "xyz", "<b>", "</script><script>alert(1)</script>"])
def test_a_word_that_is_no_token_is_compared_over_the_sentence(open_page: Open, encoder: LiveLab, word: str) -> None:
    app = played(open_page(PAGE, step="guess"), word)

    assert not app.exception and not errors(app)
    (told,) = [one.value for one in app.info if plain(word) in one.value]
    for name, _ in encoder.guess(PARK.hole, word, PARK.word).shares:
        assert plain(name) in told
    assert "文全体" in told


@pytest.mark.parametrize("word", [MASK, "本" * 500])
def test_a_guess_that_cannot_be_read_is_explained(open_page: Open, encoder: LiveLab, word: str) -> None:
    app = played(open_page(PAGE, step="guess"), word)

    assert not app.exception
    assert errors(app) or JA("game_unreadable") in texts(app)
    assert f"game:bars:{PARK.hole}" in figures(app)


def test_a_guess_can_be_picked_or_passed(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, step="guess")
    app.radio(key="bert:picked").set_value(PARK.candidates[1]).run()
    assert app.text_input(key="bert:g").value == PARK.candidates[1]
    assert not app.button(key="game:do").disabled
    press(app, "game:pass")
    assert scores(app)[0] == "0" and scores(app)[2] == "1"
    assert not app.warning and app.info


def test_the_score_is_kept_over_questions_and_steps(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, step="guess")
    model = 0
    for number, example in enumerate(examples(), 1):
        assert example.hole.split(MASK)[-1] in texts(app)
        played(app, example.word)
        model += encoder.fills(example.hole)[0].ranked[0][0] == example.word
        assert scores(app) == [str(number), str(model), str(number)]
        press(app, "game:next")
    at_step(app, "hole")
    at_step(app, "guess")
    assert scores(app)[0] == str(len(examples()))
    assert len(app.success) == 1  # the first question again, answered
    press(app, "game:back")
    assert app.query_params["q"] in (str(len(examples()) - 1), [str(len(examples()) - 1)])
    press(app, "game:again")
    assert scores(app) == ["0", "0", "0"]


def test_a_question_of_ones_own_is_asked(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, step="guess")
    text = "犬が庭で吠える。"
    app.text_input(key="bert:o").set_value(text).run()
    words = [token.text for token in holes.own(encoder.tokens(text))]
    app.button_group(key="bert:op").set_value(words.index("犬")).run()
    press(app, "own:ask")

    assert not app.exception and not errors(app)
    assert JA("game_own") in texts(app)
    played(app, "犬")
    assert len(app.success) == 1 and scores(app)[0] == "1"
    assert bar_words(app, "game:bars:[MASK]が庭で吠える。")[0] == encoder.fills("[MASK]が庭で吠える。")[0].ranked[0][0]
    press(app, "game:next")
    assert JA("game_number", number=1, total=len(examples())) in texts(app)


@pytest.mark.parametrize(
    ("text", "error"),
    [("鳥" * 500, TooManyCharacters(length="500", limit=400)), ("[MASK]が鳴く", None), ("   。　", None)],
)
def test_an_own_question_that_cannot_be_asked_is_explained(
    open_page: Open, encoder: LiveLab, text: str, error: CoreError | None
) -> None:
    app = open_page(PAGE, step="guess")
    app.text_input(key="bert:o").set_value(text).run()

    assert not app.exception
    assert app.text_input(key="bert:o").value == text
    if error is not None:
        assert errors(app) == [sentence(error)]
    elif MASK in text:
        assert [one.value for one in app.warning] == [JA("own_none")]


def test_the_model_of_a_score_is_part_of_the_question(
    open_page: Open, unloaded: Callable[[], None], encoder: LiveLab
) -> None:
    app = played(open_page(PAGE, step="guess"), "新聞")  # recorded
    assert len(app.warning) == 1
    assert scores(app)[2] == "1"


# -- both sides ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("guess", [0, 1])
def test_a_guess_of_the_side_is_answered(open_page: Open, encoder: LiveLab, index: int, guess: int) -> None:
    example = examples()[index]
    start = str(example.text.index(example.word))
    app = open_page(PAGE, step="sides", s=example.text, k=start)
    app.radio(key=f"bert:guess:sides:encoder:{example.hole}:0:radio").set_value(guess).run()
    press(app, "guess:do")

    found = encoder.sides(example.hole, 0)
    word = found.both.ranked[0][0]
    needed = 0 if found.left.prob(word) > found.right.prob(word) else 1
    assert not app.exception
    assert (len(app.success), len(app.warning)) == ((1, 0) if guess == needed else (0, 1))
    for hole in (found.both, found.left, found.right):
        assert plain(hole.says(word)) in texts(app)


def test_the_bars_are_the_three_states(open_page: Open, encoder: LiveLab) -> None:
    app = press(open_page(PAGE, step="sides"), "guess:skip")

    found = encoder.sides(PARK.hole, 0)
    words = bar_words(app, "sides:bars")
    drawn = figure(app, "sides:bars")["data"]
    for bars, hole in zip(drawn, (found.both, found.left, found.right), strict=True):
        assert values(bars["x"]) == pytest.approx([hole.prob(word) * 100 for word in words], abs=1e-3)


@pytest.mark.parametrize("text", ["[MASK]が鳴く", "鳥が[MASK]", "[MASK]"])
def test_a_hole_at_the_edge_has_only_one_side(open_page: Open, encoder: LiveLab, text: str) -> None:
    app = open_page(PAGE, step="sides", s=text, k="")

    assert not app.exception and not errors(app)
    assert JA("sides_one") in texts(app)
    assert "sides:one" in figures(app)


# -- attention and cuts ----------------------------------------------------------------------------------------


def test_the_row_of_the_hole_is_shown_with_its_effects(open_page: Open, encoder: LiveLab) -> None:
    app = press(open_page(PAGE, step="attention", l="3", h="2"), "guess:skip")

    hole = encoder.fills(PARK.hole)[0]
    word, keys = hole.ranked[0][0], [0, 1, 2, 4, 5, 6, 7]
    change = encoder.effects(PARK.hole, 0, word, 2, 1)
    looks_, does, *_ = figure(app, "attention:figure")["data"]
    weights = encoder.maps(PARK.hole).mean(2, 1)[hole.position, keys]
    assert values(looks_["x"]) == pytest.approx(weights.tolist(), abs=1e-4)
    assert change is not None
    assert values(does["x"]) == pytest.approx((change[keys] * 100).tolist(), abs=1e-3)
    assert "attention:cut" not in figures(app)


def test_cut_edges_change_the_answers(open_page: Open, encoder: LiveLab) -> None:
    app = press(open_page(PAGE, step="attention"), "guess:skip")
    app.button_group(key="bert:cuts").set_value([1, 4]).run()

    assert not app.exception
    assert app.query_params["cut"] in ("1.5", ["1.5"])
    hole = encoder.fills(PARK.hole)[0]
    after = encoder.fills(PARK.hole, (Cut(hole.position, 1), Cut(hole.position, 5)))[0]
    words = bar_words(app, "attention:cut")
    assert after.ranked[0][0] in words and hole.ranked[0][0] in words
    before_bars, after_bars = figure(app, "attention:cut")["data"]
    assert values(after_bars["x"]) == pytest.approx([after.prob(word) * 100 for word in words], abs=1e-3)
    assert values(before_bars["x"]) == pytest.approx([hole.prob(word) * 100 for word in words], abs=1e-3)
    app.button_group(key="bert:cuts").set_value([]).run()
    assert JA("cut_none") in texts(app)


def test_cutting_everything_off_is_explained(open_page: Open, encoder: LiveLab) -> None:
    app = press(open_page(PAGE, step="attention"), "guess:skip")
    app.button_group(key="bert:cuts").set_value(list(range(7))).run()
    assert not app.exception  # the hole may still look at itself
    assert "attention:cut" in figures(app)


def test_cuts_go_with_the_hole_they_belong_to(open_page: Open, encoder: LiveLab) -> None:
    app = press(open_page(PAGE, step="attention", cut="5"), "guess:skip")
    assert "attention:cut" in figures(app)
    app.button_group(key="bert:places").set_value([4]).run()
    assert "cut" not in app.query_params


@pytest.mark.parametrize("index", range(7))
def test_a_guess_of_the_edge_is_answered(open_page: Open, encoder: LiveLab, index: int) -> None:
    app = open_page(PAGE, step="attention")
    app.radio(key=f"bert:guess:attention:encoder:{PARK.hole}:0:radio").set_value(index).run()
    press(app, "guess:do")
    assert not app.exception
    assert len(app.success) + len(app.warning) == 1


# -- the idea --------------------------------------------------------------------------------------------------


def test_the_losses_are_those_of_the_hidden_words(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, step="idea", d="3", p="40")

    tokens = encoder.tokens(PARK.text)
    places = holes.drawn(tokens, 0.4, 3, 10)
    found = encoder.losses(PARK.text, places)
    assert not app.exception
    assert values(figure(app, "idea:losses")["data"][0]["y"]) == pytest.approx([one.nats for one in found], abs=1e-4)
    mean = sum(one.nats for one in found) / len(found)
    assert plain(JA("loss_mean", count=len(found), mean=f"{mean:.2f}")) in texts(app)


def test_the_button_hides_other_words(open_page: Open, encoder: LiveLab) -> None:
    app = open_page(PAGE, step="idea")
    seen = set()
    for _ in range(6):
        seen.add(tuple(figure(app, "idea:losses")["layout"]["xaxis"]["ticktext"]))
        press(app, "idea:again")
    assert len(seen) > 2
    assert app.query_params["d"] in ("6", ["6"])
    app.slider(key="bert:p").set_value(60).run()
    assert app.query_params["p"] in ("60", ["60"])


# -- the recorded training -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_slider_shows_what_was_guessed_then(open_page: Open, encoder: LiveLab, watched: Run, lang: str) -> None:
    app = press(open_page(PAGE, step="recorded", lang=lang), "guess:skip")
    assert "裏 50.0%" in texts(app).replace("\\", "")
    app.select_slider(key="bert:r").set_value("40").run()

    assert not app.exception and not errors(app)
    shown = texts(app).replace("\\", "")
    assert "鳴く 50.0%" in shown and "た 50.0%" in shown
    mark = figure(app, "recorded:curve")["data"][1]
    assert (values(mark["x"]), values(mark["y"])) == ([40], [6.5])
    assert figure(app, "recorded:course")["layout"]["shapes"][0]["x0"] == 2
    assert app.query_params["r"] in ("40", ["40"])


def test_a_guess_of_the_first_sentence_is_kept(open_page: Open, encoder: LiveLab, watched: Run) -> None:
    app = open_page(PAGE, step="recorded")
    app.radio(key="bert:guess:recorded:radio").set_value(0).run()
    press(app, "guess:do")
    assert not app.exception
    assert plain(JA("recorded_first", sentences="鳥が□。", step="40")) in texts(app)
    assert len(app.success) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_training_without_looks_says_so(
    open_page: Open, encoder: LiveLab, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    for run in (replace(WATCHED, looks=()), Run((), (), (), ())):
        monkeypatch.setattr(looks, "encoder", lambda run=run: run)
        app = open_page(PAGE, step="recorded", lang=lang)
        assert not app.exception and not errors(app)
        assert Strings(PAGE, lang)("looks_missing") in texts(app)
        assert ("recorded:curve" in figures(app)) == bool(run.steps)


# -- afterwards ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guess", [0, 2, 4])
def test_reviews_are_sorted_by_the_hole(open_page: Open, encoder: LiveLab, guess: int) -> None:
    app = open_page(PAGE, step="use")
    app.radio(key="bert:guess:use:encoder:radio").set_value(guess).run()
    press(app, "guess:do")

    shares = [dict(encoder.shares(review)) for review in reviews()]
    right = sum(max(one, key=one.__getitem__) == review.expected for one, review in zip(shares, reviews(), strict=True))
    assert not app.exception
    assert plain(JA("use_result", right=right, total=4)) in texts(app)
    assert len(app.success) == int(guess == right)
    good = [one[review.words[0]] * 100 for one, review in zip(shares, reviews(), strict=True)]
    assert values(figure(app, "use:shares")["data"][0]["x"]) == pytest.approx(good, abs=1e-3)


# -- the live training -----------------------------------------------------------------------------------------


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the live training; whatever a test began is stopped in the end."""
    from core.training import live as module

    yield module
    for one in list(module._line.members):
        one.stop()
    wait_for(lambda: not module._line.members)


def wait_for(reached: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_training_runs_and_is_stopped(open_page: Open, encoder: LiveLab, training: Any, lang: str) -> None:
    say = Strings(PAGE, lang)
    app = open_page(PAGE, step="live", lang=lang, s="猫が庭で鳴く。", k="4")
    assert say("live_own") in texts(app)
    press(app, "live:start")
    assert not app.exception
    (run,) = training._line.members
    wait_for(lambda: len(run.losses) > 3)
    app.run()
    assert app.get("progress") and "live:curve" in figures(app)
    assert "猫が庭で□。" in texts(app)
    press(app, "live:stop")
    wait_for(lambda: not run.look().running)
    app.run()

    assert not app.exception and not errors(app)
    told = say("live_stopped", seconds=round(run.look().seconds), step=len(run.losses))
    assert told in [one.value for one in app.info]
    assert app.button(key="live:start").label == say("live_again")
    assert {"live:curve"} <= figures(app)
    assert "bert/live" in app.session_state["progress"]
    at_step(app, "hole")
    at_step(app, "live")
    assert "live:curve" in figures(app)  # what it had learned is still there


def test_two_tabs_wait_for_each_other(open_page: Open, encoder: LiveLab, training: Any) -> None:
    first, second = open_page(PAGE, step="live"), open_page(PAGE, step="live", lang="en")
    press(first, "live:start")
    wait_for(lambda: training._line.members and training._line.members[0].losses)
    press(second, "live:start")

    assert not second.exception
    assert Strings(PAGE, "en")("live_waiting", ahead=1, minutes=1) in texts(second)
    press(second, "live:stop")
    wait_for(lambda: len(training._line.members) == 1)
    second.run()
    assert Strings(PAGE, "en")("live_never") in texts(second)
    first.run()
    assert "live:curve" in figures(first)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_line_that_is_too_long_is_explained(
    open_page: Open, encoder: LiveLab, training: Any, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setattr(training._line, "most", -1)
    app = open_page(PAGE, step="live", lang=lang)
    press(app, "live:start")
    assert not app.exception
    assert len(errors(app)) == 1
    assert errors(app)[0].startswith(plain(Strings(PAGE, lang)("error_prefix").strip()))


def test_a_training_that_breaks_off_is_explained(
    open_page: Open, encoder: LiveLab, training: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(training, "_train", broken)
    app = open_page(PAGE, step="live")
    press(app, "live:start")
    wait_for(lambda: not training._line.members)
    app.run()
    assert not app.exception
    assert errors(app) == [JA("live_failed")]


@pytest.mark.parametrize("text", ["", "鳥" * 500, "</script><script>alert(1)</script>", "🐦"])
def test_a_training_can_begin_beside_any_sentence(open_page: Open, encoder: LiveLab, training: Any, text: str) -> None:
    app = open_page(PAGE, step="live", s=text, k=holes.AUTO)
    press(app, "live:start")
    assert not app.exception
    (run,) = training._line.members
    wait_for(lambda: run.looks)
    app.run()
    assert not app.exception
    assert app.text_input(key="bert:s").value == text


# -- quiz ------------------------------------------------------------------------------------------------------


def answer(app: AppTest, question: dict[str, Any], lang: str, *, right: bool) -> dict[str, Any]:
    """Give the right or the first wrong answer; return the option."""
    options = question[lang]["options"]
    index = next(index for index, option in enumerate(options) if option["correct"] == right)
    app.radio(key=f"quiz:{PAGE}:{question['id']}").set_value(index).run()
    chosen: dict[str, Any] = options[index]
    return chosen


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("right", [True, False])
def test_every_answer_is_explained(open_page: Open, encoder: LiveLab, lang: str, right: bool) -> None:
    app = open_page(PAGE, step="quiz", lang=lang)
    say, text = Strings(PAGE, lang), sections(PAGE, lang)
    questions = toml(PAGE, "quiz")["question"]
    assert len([radio for radio in app.radio if (radio.key or "").startswith("quiz:")]) == len(questions) == 5
    for question in questions:
        option = answer(app, question, lang, right=right)
        assert any(option["feedback"] in one.value for one in (app.success if right else app.warning))
        assert right or say("quiz_try_it", heading=text[question["anchor"]].title) in texts(app)

    assert not app.exception
    assert say("quiz_score", score=5 if right else 0, total=5) in [one.value for one in app.success]
