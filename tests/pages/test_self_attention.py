"""The lesson 「鳥がナク」 without a browser: every step, what a link restores, bad input, the experiment, the quiz."""

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from core.errors import (
    CoreError,
    EmptyText,
    ModelDamaged,
    NoCandidates,
    TooLongWord,
    TooManyCharacters,
    TooManyMasks,
    TooManyTokens,
)
from lessons import live
from lessons.self_attention.lab import LiveLab, Maps, Question, examples, largest
from lessons.self_attention.steps import STEPS, TEXTS
from lessons.text import LANGUAGES, Strings, plain, sections, toml

Open = Callable[..., AppTest]
PAGE = "self_attention"
JA = Strings(PAGE, "ja")
BIRD = examples()[0].question
QUESTION_STEPS = ("question", "cut")  # those that ask for shares
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
)


def at_step(app: AppTest, step: str) -> AppTest:
    return app.button_group(key="self-attention:step").set_value(step).run()


def texts(app: AppTest) -> str:
    """Everything that the page says in Markdown."""
    return "\n".join(str(element.value) for kind in ("markdown", "caption", "info") for element in app.get(kind))


def figure(app: AppTest, key: str) -> dict[str, Any]:
    found = next(chart for chart in app.get("plotly_chart") if chart.key == key)
    loaded: dict[str, Any] = json.loads(found.proto.spec)
    return loaded


def figures(app: AppTest) -> set[str]:
    return {chart.key for chart in app.get("plotly_chart")}


def quiz_radios(app: AppTest) -> list[Any]:
    return [radio for radio in app.radio if str(radio.key).startswith(f"quiz:{PAGE}:")]


def errors(app: AppTest) -> list[str]:
    return [element.value for element in app.error]


def sentence(error: CoreError, lang: str) -> str:
    return plain(Strings(PAGE, lang)("error_prefix") + error.message(lang))


def marks(app: AppTest, key: str) -> set[str]:
    """The signs that are drawn over a figure's cells."""
    return {note["text"] for note in figure(app, key)["layout"].get("annotations", [])}


def position(maps: Maps, text: str) -> int:
    return [token.text for token in maps.tokens].index(text)


# -- every step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_in_both_languages(open_page: Open, lab: LiveLab, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    assert not app.exception
    assert not errors(app)
    assert not app.warning
    assert app.button_group(key="self-attention:step").value == step
    text = sections(PAGE, lang)
    assert {section.title for section in text.values()} & {heading.value for heading in app.subheader}
    assert Strings(PAGE, lang)("needs_live") not in texts(app)


def test_the_steps_lead_from_one_to_the_next(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE)
    seen = []
    while following := [button for button in app.button if (button.key or "").startswith("next:")]:
        seen.append(app.button_group(key="self-attention:step").value)
        following[0].click().run()
        assert not app.exception
    assert [*seen, app.button_group(key="self-attention:step").value] == list(STEPS)


@pytest.mark.parametrize("view", ["heatmap", "overview"])
@pytest.mark.parametrize("reading", ["hole", "plain"])
@pytest.mark.parametrize("hidden", ["", "1"])
def test_the_map_shows_what_is_asked_for(open_page: Open, lab: LiveLab, view: str, reading: str, hidden: str) -> None:
    app = open_page(PAGE, step="map", v=view, r=reading, x=hidden, l="2", h="3")

    assert not app.exception
    maps = lab.maps(BIRD.hole if reading == "hole" else BIRD.text)
    shown = maps.visible if hidden else range(len(maps.tokens))
    drawn = figure(app, "map" if view == "heatmap" else "overview")
    if view == "overview":
        assert len([trace for trace in drawn["data"] if trace["type"] == "heatmap"]) == maps.weights[:, :, 0, 0].size
    else:
        assert drawn["layout"]["xaxis"]["ticktext"] == [maps.tokens[index].text for index in shown]


def test_the_map_has_a_table_with_the_same_numbers(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="map", l="1", h="2")
    app.toggle(key="map:table").set_value(True).run()

    table = next(element.value for element in app.markdown if str(element.value).startswith("| |"))
    weights = lab.maps(BIRD.hole).mean(0, 1)
    assert plain(f"{weights[1, 1]:.3f}") in table.splitlines()[3]


def test_the_numbers_are_those_of_the_chosen_cell(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="numbers", l="2", h="3", e="3-1")

    detail = lab.maps(BIRD.hole).detail.head(1, 2)
    assert f"= **{detail.dots[3, 1]:.3f}**" in texts(app)
    assert f"→ **{detail.weights[3, 1]:.3f}**" in texts(app)
    app.selectbox(key="self-attention:ek").set_value(2).run()
    assert f"= **{detail.dots[3, 2]:.3f}**" in texts(app)
    assert app.query_params["e"] == "3-2"


@pytest.mark.parametrize("index", range(len(examples())))
def test_every_example_is_answered(open_page: Open, lab: LiveLab, index: int) -> None:
    app = open_page(PAGE)
    app.selectbox(key="example").set_value(index).run()

    question = examples()[index].question
    assert not app.exception
    assert app.text_input(key="self-attention:s").value == question.text
    assert f"### {plain(question.hole)}" in texts(app)
    shares = lab.shares(question).shares
    assert figure(app, "choice")["layout"]["yaxis"]["ticktext"] == list(shares)


@pytest.mark.filterwarnings("ignore:unclosed file .*bertviz:ResourceWarning")  # it never closes what it reads
def test_bertviz_opens(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="advanced")
    assert not app.get("iframe")
    app.toggle(key="self-attention:b").set_value(True).run()

    assert not app.exception
    assert len(app.get("iframe")) == 2
    assert app.query_params["b"] == "1"


@pytest.mark.filterwarnings("ignore:unclosed file .*bertviz:ResourceWarning")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_bertviz_says_what_it_leaves_out(open_page: Open, lab: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="advanced", b="1", lang=lang)
    assert not any("32" in element.value for element in app.caption)

    app.text_input(key="self-attention:s").set_value("鳥が" * 20 + "ナク").run()
    assert Strings(PAGE, lang)("bertviz_first", shown=32, all=43) in [element.value for element in app.caption]


def test_the_last_step_has_sources_and_the_teachers_guide(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="limits")

    assert {sections(PAGE, "ja")[anchor].title for anchor in ("limits", "sources")} <= {
        heading.value for heading in app.subheader
    }
    for section in sections(PAGE, "ja", "guide").values():
        assert section.title in texts(app)


# -- recorded, then live ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("step", "chart"), [("question", "choice"), ("map", "map"), ("cut", "cut:bars")])
def test_the_recorded_run_is_shown_while_the_model_is_loaded(
    open_page: Open, unloaded: Callable[[], None], step: str, chart: str, lang: str
) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    say = Strings(PAGE, lang)
    assert not app.exception
    assert chart in figures(app)
    assert say("model_loading") in texts(app)
    if step != "cut":
        assert f"[{say('badge_recorded')}]" in texts(app)
        assert f"[{say('badge_live')}]" not in texts(app)


def test_the_recorded_run_gives_way_to_the_model(open_page: Open, lab: LiveLab, unloaded: Callable[[], None]) -> None:
    app = open_page(PAGE)
    assert f"[{JA('badge_recorded')}]" in texts(app)

    unloaded()
    app.run()
    assert f"[{JA('badge_live')}]" in texts(app)
    assert f"[{JA('badge_recorded')}]" not in texts(app)
    assert JA("model_loading") not in texts(app)


@pytest.mark.parametrize("step", STEPS)
def test_an_own_sentence_waits_for_the_model(open_page: Open, unloaded: Callable[[], None], step: str) -> None:
    app = open_page(PAGE, step=step, s="猫が庭でナク", e="4-2", cut="4-2", b="1")

    assert not app.exception
    assert not errors(app)
    assert app.text_input(key="self-attention:s").value == "猫が庭でナク"
    if step not in ("quiz", "limits"):
        assert JA("needs_live") in texts(app)


def test_every_example_has_a_recorded_run_of_the_model(lab: LiveLab, open_page: Open, unloaded: Any) -> None:
    app = open_page(PAGE)
    for index, example in enumerate(examples()):
        app.selectbox(key="example").set_value(index).run()
        shown = next(trace["text"] for trace in figure(app, "choice")["data"])
        shares = lab.shares(example.question).shares.values()
        assert [float(text.rstrip("%")) for text in shown] == pytest.approx([share * 100 for share in shares], abs=0.06)


# -- what a link restores --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_restores_the_whole_view(open_page: Open, lab: LiveLab, lang: str) -> None:
    link = {
        "s": "赤ちゃんが部屋でナク",
        "c": "泣く、鳴く",
        "step": "cut",
        "l": "2",
        "h": "3",
        "e": "5-1",
        "cut": "5-1.5-2",
        "scope": "head",
    }
    app = open_page(PAGE, lang=lang, **link)

    assert not app.exception
    assert app.text_input(key="self-attention:s").value == link["s"]
    assert app.text_input(key="self-attention:c").value == link["c"]
    assert [app.selectbox(key=f"self-attention:{name}").value for name in ("l", "h", "scope")] == ["2", "3", "head"]
    assert [app.selectbox(key=f"self-attention:{name}").value for name in ("eq", "ek")] == [5, 1]
    names = [token.text for token in lab.maps("赤ちゃんが部屋で[MASK]").tokens]
    say = Strings(PAGE, lang)
    edges = say.listed([f"{names[5]} → {names[1]}", f"{names[5]} → {names[2]}"])
    assert plain(say("cut_list", edges=edges)) in texts(app)
    assert app.query_params == {**link, **({"lang": lang} if lang == "en" else {})}


def test_a_link_restores_the_word_and_the_map(open_page: Open, lab: LiveLab) -> None:
    link = {"s": "ハシを渡る", "w": "ハシ", "c": "橋、箸", "step": "map", "v": "overview", "r": "plain", "x": "1"}
    app = open_page(PAGE, **link)

    assert app.text_input(key="self-attention:w").value == "ハシ"
    assert app.selectbox(key="self-attention:v").value == "overview"
    assert app.selectbox(key="self-attention:r").value == "plain"
    assert app.toggle(key="self-attention:x").value
    assert "overview" in figures(app)
    assert app.query_params == link


def test_the_link_that_is_offered_is_the_address(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="map", l="2", lang="en")

    assert app.code[0].value.endswith("?step=map&l=2&lang=en")


NONSENSE = [
    {"l": "99"},
    {"l": "0", "h": "-1"},
    {"h": "mean of all"},
    {"l": "²", "h": "１"},
    {"r": "neither"},
    {"v": "3d"},
    {"x": "yes"},
    {"b": "true"},
    {"e": "a-b"},
    {"e": "99-0"},
    {"e": "1"},
    {"e": "²-1"},
    {"e": "-1-2"},
    {"e": "9" * 2000},
    {"cut": "1-1.x.999-2"},
    {"cut": "²-1.1-²"},
    {"cut": "--..-."},
    {"cut": "1-2-3"},
    {"scope": "everywhere", "l": "1"},
    {"scope": "head"},
    {"w": "", "c": ""},
    {"w": " ", "c": "、、、"},
    {"lang": "xx"},
    {"lang": "<script>"},
    {"unknown": "1"},
    {"s": "鳥が" * 5000},
]


@pytest.mark.parametrize("link", NONSENSE, ids=lambda link: str(link)[:40])
def test_nonsense_in_a_link_is_harmless(open_page: Open, lab: LiveLab, link: dict[str, str]) -> None:
    for step in ("map", "numbers", "cut", "causal", "advanced"):
        app = open_page(PAGE, step=step, **link)
        assert not app.exception, step
        assert app.title[0].value == "Self-Attention 「鳥がナク」"


def test_a_link_stays_short_enough_to_be_opened(open_page: Open, lab: LiveLab) -> None:
    opened = open_page(PAGE, s="鳥" * 10_000)
    typed = open_page(PAGE)
    typed.text_input(key="self-attention:s").set_value("鳥" * 10_000).run()

    assert opened.query_params["s"] == typed.query_params["s"] == "鳥" * 2_000
    assert opened.text_input(key="self-attention:s").value == "鳥" * 2_000


@pytest.mark.parametrize("step", ["foo", "", "QUESTION", "__init__"])
def test_an_unknown_step_is_the_first(open_page: Open, lab: LiveLab, step: str) -> None:
    app = open_page(PAGE, step=step)

    assert not app.exception
    assert app.button_group(key="self-attention:step").value == "question"


def test_cutting_everything_by_a_link_says_what_is_wrong(open_page: Open, lab: LiveLab) -> None:
    row = ".".join(f"3-{key}" for key in range(len(lab.maps(BIRD.hole).tokens)))
    app = open_page(PAGE, step="cut", cut=row)

    assert not app.exception
    assert len(errors(app)) == 1
    app.button(key="cut:undo").click().run()
    assert not errors(app)


# -- bad input -------------------------------------------------------------------------------------------------

SENTENCES: dict[str, tuple[str, CoreError | None]] = {
    "empty": ("", EmptyText()),
    "spaces": ("   ", EmptyText()),
    "wide spaces": ("　　", EmptyText()),
    "long": ("鳥" * 9_998 + "ナク", TooManyCharacters(length="10,000", limit=400)),
    "emoji": ("🐦🐤👨‍👩‍👧がナク", None),
    "half-width kana": ("ﾄﾘｶﾞﾅｸ", None),
    "combining": ("e\u0301か\u3099ナク", None),
    "script": ("</script><script>alert(1)</script>ナク", None),
    "right to left": ("\u202eナク\u0000\u0007\u200b", None),
    "line breaks": ("鳥が\nナク\r\n", None),
    "unknown characters": ("𠮷𩸽ナク", None),
    "format": ("{0} {x} %s {{ナク", None),
    **{f"markup {text}": (f"{text}ナク", None) for text in MARKUP},
}


@pytest.mark.parametrize("name", SENTENCES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_any_sentence_is_answered_or_explained_on_every_step(
    open_page: Open, lab: LiveLab, name: str, lang: str
) -> None:
    text, error = SENTENCES[name]
    app = open_page(PAGE, lang=lang, w="ﾅｸ" if name == "half-width kana" else "ナク")
    app.text_input(key="self-attention:s").set_value(text).run()

    for step in STEPS:
        at_step(app, step)
        assert not app.exception, step
        told = error is not None and step not in TEXTS
        assert errors(app) == ([sentence(error, lang)] if told and error is not None else []), step
        assert app.text_input(key="self-attention:s").value == text
        if error is None and step == "question":
            assert "choice" in figures(app)


def test_a_sentence_of_too_many_tokens_is_explained(open_page: Open, lab: LiveLab) -> None:
    text = "鯨鰹鱈鱒" * 30 + "ナク"
    app = open_page(PAGE)
    app.text_input(key="self-attention:s").set_value(text).run()

    for step in ("question", "map", "numbers", "cut", "causal"):
        at_step(app, step)
        assert not app.exception
        assert [shown.split("(")[0] for shown in errors(app)] == [
            sentence(TooManyTokens(length=1, limit=64), "ja").split("(")[0]
        ], step
        assert app.text_input(key="self-attention:s").value == text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_too_many_holes_are_explained(open_page: Open, lab: LiveLab, lang: str) -> None:
    text = "[MASK]" * 40
    app = open_page(PAGE, lang=lang)
    app.text_input(key="self-attention:s").set_value(text).run()

    for step in STEPS:
        at_step(app, step)
        assert not app.exception
        expected = [sentence(TooManyMasks(count=40, limit=10), lang)] if step in QUESTION_STEPS else []
        assert errors(app) == expected, step
        assert app.text_input(key="self-attention:s").value == text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("word", ["ワラウ", "<b>", "**x**", "{x}", ""])
def test_a_word_that_is_not_in_the_sentence_is_pointed_out(open_page: Open, lab: LiveLab, word: str, lang: str) -> None:
    app = open_page(PAGE, lang=lang)
    app.text_input(key="self-attention:w").set_value(word).run()

    for step in STEPS:
        at_step(app, step)
        assert not app.exception
        assert [element.value for element in app.warning] == [
            plain(Strings(PAGE, lang)("question_word_missing", word=word))
        ], step
        assert app.text_input(key="self-attention:w").value == word


def test_a_word_of_ten_thousand_characters_is_told_in_a_line(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE)
    app.text_input(key="self-attention:w").set_value("ア" * 10_000).run()
    assert len(app.warning) == 1 and len(app.warning[0].value) < 100
    app.text_input(key="self-attention:w").set_value("ナク").run()
    app.text_input(key="self-attention:c").set_value("鳴く、" + "あ" * 10_000).run()
    assert errors(app) == [sentence(TooLongWord(length="10,000", limit=40), "ja")]
    assert len(app.text_input(key="self-attention:c").value) > 10_000


def test_what_has_no_look_of_its_own_can_be_told(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="map", s="👩\u200d👧がナク", r="plain")
    assert "〈200D〉" in figure(app, "map")["layout"]["xaxis"]["ticktext"]
    at_step(app, "cut")
    assert any("〈200D〉" in option for option in app.selectbox(key="self-attention:ek").options)


@pytest.mark.parametrize("step", ["question", "map", "causal"])
def test_the_command_of_a_sentence_is_one_word_of_it(open_page: Open, lab: LiveLab, step: str) -> None:
    app = open_page(PAGE, step=step, s="鳥が$(ls)ナク", r="plain")
    badges = [element.proto.help for element in app.markdown if "python" in element.proto.help]
    assert badges
    for help_ in badges:
        words = shlex.split(help_.replace("\\", ""))
        assert any("$(ls)" in word and "鳥が" in word for word in words), help_


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("guess", "kind"), [(0, "success"), (1, "warning"), (None, "")])
def test_who_wants_to_guess_first_sees_the_answer_after(
    open_page: Open, lab: LiveLab, guess: int | None, kind: str, lang: str
) -> None:
    app = open_page(PAGE, lang=lang)
    assert "choice" in figures(app)
    app.toggle(key="self-attention:p").set_value(True).run()
    assert app.query_params["p"] == "1"
    assert "choice" not in figures(app) and JA("filling_title") not in texts(app)
    if guess is None:
        app.button(key="guess:skip").click().run()
    else:
        next(radio for radio in app.radio if ":guess:" in str(radio.key)).set_value(guess).run()
        app.button(key="guess:do").click().run()

    assert not app.exception and "choice" in figures(app)
    assert [len(app.success), len(app.warning)] == [kind == "success", kind == "warning"]
    app.text_input(key="self-attention:s").set_value("犬がナク").run()
    assert "choice" not in figures(app)  # every new sentence is guessed anew


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("written", ["", "鳴く", "鳴く、鳴く", "、、", "鳴く、[MASK]"])
def test_fewer_than_two_words_are_pointed_out(open_page: Open, lab: LiveLab, written: str, lang: str) -> None:
    app = open_page(PAGE, lang=lang)
    app.text_input(key="self-attention:c").set_value(written).run()

    for step in STEPS:
        at_step(app, step)
        assert not app.exception
        assert errors(app) == ([sentence(NoCandidates(), lang)] if step in QUESTION_STEPS else []), step
        assert app.text_input(key="self-attention:c").value == written


@pytest.mark.parametrize(
    "written",
    [
        "鳴く、泣いています",  # of different length in tokens: whole sentences are compared
        "鳴く、飛び回っていた、飛び回っている",  # shortened alike in the figure
        "1、2、1.0",
        "鳴く、泣く、[MASK]",  # one of them cannot be read
        "[MASK]、鳴く、泣く",
        "\u200b、鳴く、泣く",
        "a b c d e f g h",
        *(f"鳴く、{text.replace(' ', '')}" for text in MARKUP),
    ],
)
def test_any_words_are_compared(open_page: Open, lab: LiveLab, written: str) -> None:
    app = open_page(PAGE, cut="3-1")
    app.text_input(key="self-attention:c").set_value(written).run()

    for step in STEPS:
        at_step(app, step)
        assert not app.exception, step
        assert not errors(app), step
        assert app.text_input(key="self-attention:c").value == written
        if step == "question":
            bars = figure(app, "choice")
            assert len(bars["layout"]["yaxis"]["ticktext"]) == len(bars["data"][0]["text"]) >= 2
            assert sum(float(text.rstrip("%")) for text in bars["data"][0]["text"]) == pytest.approx(100, abs=0.5)


def test_words_of_different_length_are_compared_over_the_sentence(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, c="鳴く、泣いています")

    assert JA("choice_sentence") in texts(app)


def obeyed(app: AppTest) -> set[tuple[str, str]]:
    """Return what a Markdown reader makes of the page beside plain text, headings, lists, tables and bold."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found = set()
    for kind in ("markdown", "caption", "info", "warning", "error", "success"):
        for element in app.get(kind):
            written = str(element.value)
            for block in parser.parse(written):
                for token in [block, *(block.children or [])]:
                    if token.type in (
                        "html_block",
                        "html_inline",
                        "link_open",
                        "image",
                        "em_open",
                        "s_open",
                        "code_inline",
                    ):
                        found.add((token.type, token.content or str(token.attrs)))
            found |= {("streamlit", match) for match in re.findall(r"(?<!\\)(?:\$.*\$|:\w+\[)", written)}
    return found


@pytest.fixture(scope="module")
def own(open_page: Open, lab: LiveLab) -> dict[str, set[tuple[str, str]]]:
    """What is obeyed on each step of the lesson's own sentence."""
    return {step: obeyed(open_page(PAGE, step=step, c="鳴く、泣いています")) for step in STEPS}


@pytest.mark.parametrize("text", MARKUP)
def test_markup_of_the_reader_is_shown_and_not_obeyed(
    open_page: Open, lab: LiveLab, own: dict[str, set[tuple[str, str]]], text: str
) -> None:
    app = open_page(PAGE, s=f"{text}ナク", c=f"鳴く、{text.replace(' ', '')}")

    for step in STEPS:
        at_step(app, step)
        assert not app.exception, step
        assert obeyed(app) <= own[step], step
        assert not any(element.allow_html for element in app.markdown)
        if step == "question":
            assert plain(f"{text}[MASK]") in texts(app)


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_a_warning_or_a_list_of_cuts_is_not_obeyed(
    open_page: Open, lab: LiveLab, own: dict[str, set[tuple[str, str]]], text: str
) -> None:
    missing = open_page(PAGE, w=text)
    assert len(missing.warning) == 1
    assert obeyed(missing) <= own["question"]

    cut = open_page(PAGE, s=f"{text}ナク", step="cut", cut="1-2.2-1")
    assert not cut.exception and not errors(cut)
    assert obeyed(cut) <= own["cut"]


def test_changing_a_text_forgets_the_edges_of_the_old_one(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="cut", cut="3-1", e="3-1")
    app.text_input(key="self-attention:s").set_value("小鳥がナク").run()

    assert "cut" not in app.query_params
    assert JA("cut_none") in texts(app)


# -- the experiment --------------------------------------------------------------------------------------------


def choose_key(app: AppTest, key: int) -> AppTest:
    return app.selectbox(key="self-attention:ek").set_value(key).run()


def test_cutting_every_edge_that_looks_at_the_bird_lowers_the_call(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="cut")
    bird = position(lab.maps(BIRD.hole), "鳥")
    choose_key(app, bird)
    app.button(key="cut:column").click().run()

    assert not app.exception
    change = next(str(element.value) for element in app.markdown if "割合の変化" in str(element.value))
    assert change.startswith("**「鳴く」") and "−" in change
    assert len(figure(app, "cut:bars")["data"]) == 2
    assert app.query_params["cut"] == ".".join(
        f"{query}-{bird}" for query in range(len(lab.maps(BIRD.hole).tokens)) if query != bird
    )

    app.button(key="guess:skip").click().run()
    assert "✂" in marks(app, "cut:attention") & marks(app, "cut:effect")
    app.button(key="cut:undo").click().run()
    assert JA("cut_none") in texts(app)
    assert len(figure(app, "cut:bars")["data"]) == 1
    assert not marks(app, "cut:attention")
    assert "cut" not in app.query_params


def test_single_cuts_add_up(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="cut", e="3-1")
    assert app.button(key="cut:undo").disabled
    app.button(key="cut:do").click().run()
    choose_key(app, 2)
    app.button(key="cut:do").click().run()
    app.button(key="cut:do").click().run()

    assert app.query_params["cut"] == "3-1.3-2"
    assert not app.button(key="cut:undo").disabled


def test_a_cut_can_be_kept_to_one_head(open_page: Open, lab: LiveLab) -> None:
    everywhere = open_page(PAGE, step="cut", cut="3-1", l="1", h="1")
    one = open_page(PAGE, step="cut", cut="3-1", l="1", h="1", scope="head")

    bars = [figure(app, "cut:bars")["data"][1]["text"] for app in (everywhere, one)]
    assert bars[0] != bars[1]


def guess(app: AppTest, lab: LiveLab, *, right: bool) -> tuple[AppTest, str]:
    """Commit to the best or the worst edge of the hole; return the page and the word that was guessed."""
    maps, change = lab.maps(BIRD.hole), lab.effects(BIRD, None, None)
    hole = position(maps, "[MASK]")
    keys = [key for key in range(len(maps.tokens)) if key != hole and np.isfinite(change[hole, key])]
    best = largest(change, hole, keys)
    worst = min(keys, key=lambda key: abs(float(change[hole, key])))
    assert app.button(key="guess:do").disabled
    app.radio(key=f"guess:encoder:{BIRD.hole}:鳴く:radio").set_value(best if right else worst).run()
    app.button(key="guess:do").click().run()
    return app, maps.tokens[best].text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_right_guess_is_praised(open_page: Open, lab: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="cut", lang=lang)
    assert "cut:effect" not in figures(app)
    app, best = guess(app, lab, right=True)

    assert not app.exception
    assert len(app.success) == 1 and plain(best) in app.success[0].value
    assert not app.warning
    assert {"cut:effect", "cut:attention"} <= figures(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_guess_is_told_the_answer(open_page: Open, lab: LiveLab, lang: str) -> None:
    app, best = guess(open_page(PAGE, step="cut", lang=lang), lab, right=False)

    assert not app.exception
    assert len(app.warning) == 1 and plain(best) in app.warning[0].value
    assert not app.success
    assert {"cut:effect", "cut:attention"} <= figures(app)


def test_no_guess_needs_to_be_made(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="cut")
    app.button(key="guess:skip").click().run()

    assert not app.success and not app.warning
    assert {"cut:effect", "cut:attention"} <= figures(app)
    app.toggle(key="cut:table").set_value(True).run()
    assert any(str(element.value).startswith("| |") for element in app.markdown)


def test_a_long_sentence_is_cut_in_one_row_and_a_longer_one_is_told_so(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="cut", s="鳥が" * 20 + "ナク")
    app.button(key="guess:skip").click().run()
    assert "cut:effect" in figures(app)
    assert JA("effect_row_only") in texts(app)

    app.text_input(key="self-attention:c").set_value("鳴く、泣いています").run()
    assert not app.exception
    assert "cut:bars" in figures(app)
    assert JA("effect_too_long") in texts(app)


def test_the_experiment_asks_of_the_model_what_a_terminal_would(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, step="cut", cut="3-1")

    bars = figure(app, "cut:bars")["data"]
    question = Question(BIRD.text, BIRD.word, BIRD.candidates)
    for trace, choice in zip(
        bars, (lab.model.choose(question.hole, question.candidates), _cut(lab, question)), strict=True
    ):
        expected = [choice.prob(word) * 100 for word in question.candidates]
        assert np.asarray(_values(trace["x"])) == pytest.approx(expected, abs=1e-3)


def _cut(lab: LiveLab, question: Question) -> Any:
    from core.maps import Cut

    return lab.model.choose(question.hole, question.candidates, (Cut(3, 1),))


def _values(written: Any) -> list[float]:
    """Return the numbers of a plotly array, which may be packed."""
    if isinstance(written, dict):
        import base64

        return np.frombuffer(base64.b64decode(written["bdata"]), dtype=written["dtype"]).tolist()
    return list(written)


# -- quiz ------------------------------------------------------------------------------------------------------


def answer(app: AppTest, question: dict[str, Any], lang: str, *, right: bool) -> dict[str, Any]:
    """Give the right or the first wrong answer; return the option."""
    options = question[lang]["options"]
    index = next(index for index, option in enumerate(options) if option["correct"] == right)
    app.radio(key=f"quiz:{PAGE}:{question['id']}").set_value(index).run()
    chosen: dict[str, Any] = options[index]
    return chosen


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_answers_right_are_five_of_five(open_page: Open, lab: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="quiz", lang=lang)
    questions = toml(PAGE, "quiz")["question"]
    assert len(quiz_radios(app)) == len(questions) == 5
    for question in questions:
        option = answer(app, question, lang, right=True)
        assert option["feedback"] in app.success[-1].value or any(
            option["feedback"] in element.value for element in app.success
        )

    assert not app.exception
    assert Strings(PAGE, lang)("quiz_score", score=5, total=5) in [element.value for element in app.success]
    app.button(key=f"quiz:{PAGE}:again").click().run()
    assert not app.success
    assert [radio.value for radio in quiz_radios(app)] == [None] * 5


@pytest.mark.parametrize("lang", LANGUAGES)
def test_wrong_answers_are_explained(open_page: Open, lab: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="quiz", lang=lang)
    say, text = Strings(PAGE, lang), sections(PAGE, lang)
    for number, question in enumerate(toml(PAGE, "quiz")["question"], 1):
        option = answer(app, question, lang, right=False)
        assert len(app.warning) == number
        assert any(option["feedback"] in element.value for element in app.warning)
        assert say("quiz_try_it", heading=text[question["anchor"]].title) in texts(app)

    assert say("quiz_score", score=0, total=5) in [element.value for element in app.success]
    at_step(app, "map")
    at_step(app, "quiz")
    assert len(app.warning) == 5  # the answers are kept


@pytest.mark.parametrize("step", ["quiz", "limits"])
def test_what_does_not_read_the_sentence_is_there_without_one(open_page: Open, lab: LiveLab, step: str) -> None:
    app = open_page(PAGE, s="", step=step)

    assert not app.exception and not app.error
    assert sections(PAGE, "ja")[step].title in texts(app) + "".join(heading.value for heading in app.subheader)


def test_more_words_than_are_compared_are_told(open_page: Open, lab: LiveLab) -> None:
    app = open_page(PAGE, c="鳴く、泣く、歩く、走る、飛ぶ、寝る、食べる")

    assert JA("candidates_most", count=6) in texts(app)
    assert JA("candidates_most", count=6) not in texts(open_page(PAGE))


def test_a_model_that_cannot_be_loaded_is_told_and_can_be_tried_again(
    open_page: Open, lab: LiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = live._Loading(error=ModelDamaged(name="encoder", file="model.safetensors"))
    broken.done.set()
    monkeypatch.setattr(live, "_loadings", {**live._loadings, "encoder": broken})
    app = open_page(PAGE)

    assert errors(app) == [plain(ModelDamaged(name="encoder", file="model.safetensors").message("ja"))]
    assert figures(app)  # the recorded run is there
    app.run()
    assert len(errors(app)) == 1

    next(button for button in app.button if button.label == JA("load_again")).click()
    app.run()
    live.wait("encoder")
    app.run()
    assert not errors(app)
