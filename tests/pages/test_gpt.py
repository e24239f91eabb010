"""The lesson 「雨が激しく降る」 without a browser: every step, what a link restores, bad input, what the acts do."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from core.errors import CoreError, EmptyText, TooManyCharacters, TooManyMasks
from core.sampling import Sampling
from lessons import live, menu, registry
from lessons.gpt import branches
from lessons.gpt.figures import percent
from lessons.gpt.lab import LiveLab, examples, live_lab
from lessons.gpt.steps import ASKS, STEPS
from lessons.self_attention.lab import LiveLab as MaskedLab
from lessons.text import LANGUAGES, Strings, plain, sections, toml

Open = Callable[..., AppTest]
PAGE = "gpt"
JA = Strings(PAGE, "ja")
RAIN = examples()[0]
BEGINNING = RAIN.sentence.left
PARK = examples("both_sides")[0].sentence
ASKING = [step for step, asked in ASKS.items() if asked]
CARRIED_ON = [step for step, asked in ASKS.items() if asked == "s"]
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
def decoder(lab: MaskedLab) -> LiveLab:
    """Wait until both models are loaded; return the lab that the page asks."""
    return live_lab(live.wait("decoder"))


def at_step(app: AppTest, step: str) -> AppTest:
    return app.button_group(key="gpt:step").set_value(step).run()


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


def sentence(error: CoreError, lang: str) -> str:
    return plain(Strings(PAGE, lang)("error_prefix") + error.message(lang))


def address(app: AppTest, name: str) -> str:
    """Return one value of the address."""
    found = app.query_params.get(name, "")
    return found[0] if isinstance(found, list) else str(found)


def values(written: Any) -> list[float]:
    """Return the numbers of a plotly array, which may be packed."""
    if isinstance(written, dict):
        found: list[float] = np.frombuffer(base64.b64decode(written["bdata"]), dtype=written["dtype"]).tolist()
        return found
    return list(written)


# -- every step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_in_both_languages(open_page: Open, decoder: LiveLab, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    assert not app.exception
    assert not errors(app)
    assert not app.warning
    assert app.button_group(key="gpt:step").value == step
    text = sections(PAGE, lang)
    assert {section.title for section in text.values()} & {heading.value for heading in app.subheader}
    assert Strings(PAGE, lang)("needs_live") not in texts(app)


def test_the_steps_lead_from_one_to_the_next(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE)
    seen = []
    while following := [button for button in app.button if (button.key or "").startswith("next:gpt:")]:
        seen.append(app.button_group(key="gpt:step").value)
        following[0].click().run()
        assert not app.exception
    assert [*seen, app.button_group(key="gpt:step").value] == list(STEPS)


def test_every_section_of_the_text_is_on_one_of_the_steps(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE)
    shown = set()
    for step in STEPS:
        shown |= {heading.value for heading in at_step(app, step).subheader}
    assert shown == {section.title for section in sections(PAGE, "ja").values()}


@pytest.mark.parametrize("index", range(len(examples())))
def test_every_example_can_be_chosen_where_it_is_asked_for(open_page: Open, decoder: LiveLab, index: int) -> None:
    app = open_page(PAGE, step="guess")
    app.selectbox(key="example:s").set_value(index).run()
    example = examples()[index]
    assert not app.exception
    assert app.text_input(key="gpt:s").value == example.sentence.left
    assert example.note["ja"] in texts(app)
    assert list(app.radio(key="gpt:picked").options) == [plain(word) for word in example.candidates]

    at_step(app, "mask")
    app.selectbox(key="example:t").set_value(index).run()
    assert app.text_input(key="gpt:t").value == example.sentence.text
    assert "mask:map" in figures(app)


def test_the_last_step_has_sources_and_the_teachers_guide(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="limits")

    for section in sections(PAGE, "ja", "guide").values():
        assert section.title in texts(app)
    assert "arxiv.org/abs/1904.09751" in texts(app)
    assert f"{decoder.model.card.layers} 層" in texts(app)


@pytest.mark.parametrize("step", ["mask", "sampling", "surprise", "both:encoder"])
def test_a_figure_has_a_table_with_the_same_numbers(open_page: Open, decoder: LiveLab, step: str) -> None:
    app = open_page(PAGE, step=step.split(":", maxsplit=1)[0])
    app.toggle(key=f"{step}:table").set_value(True).run()

    assert not app.exception
    assert any(str(element.value).startswith("| |") for element in app.markdown)


# -- recorded, then live ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("step", "chart"), [("mask", "mask:map"), ("surprise", "surprise:bars"), ("both", "both:encoder")]
)
def test_the_recorded_run_is_shown_while_the_model_is_loaded(
    open_page: Open, unloaded: Callable[[], None], step: str, chart: str, lang: str
) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    say = Strings(PAGE, lang)
    assert not app.exception and not errors(app)
    assert chart in figures(app)
    assert say("model_loading") in texts(app)
    assert say("needs_live") not in texts(app)
    assert f"[{say('badge_recorded')}]" in texts(app)
    assert f"[{say('badge_live')}]" not in texts(app)


def test_a_guess_is_answered_from_the_recorded_run(open_page: Open, unloaded: Callable[[], None]) -> None:
    app = open_page(PAGE, step="guess")
    press(app, "reveal:skip")

    assert not app.exception
    assert "next:bars" in figures(app)
    app.text_input(key="gpt:g").set_value("雷雨前線").run()  # not among the recorded words
    assert JA("needs_live") in texts(app)


def test_the_recorded_run_gives_way_to_the_model(
    open_page: Open, decoder: LiveLab, unloaded: Callable[[], None]
) -> None:
    app = open_page(PAGE)
    assert f"[{JA('badge_recorded')}]" in texts(app)

    unloaded()
    app.run()
    assert f"[{JA('badge_live')}]" in texts(app)
    assert f"[{JA('badge_recorded')}]" not in texts(app)


@pytest.mark.parametrize("step", STEPS)
def test_an_own_text_waits_for_the_model(open_page: Open, unloaded: Callable[[], None], step: str) -> None:
    own = {"s": "猫が庭で", "t": "猫が庭で寝る", "f": "猫が庭で寝る", "w": "寝る", "g": "寝る"}
    app = open_page(PAGE, step=step, **own, b="300.301_302", n="1", q="1")
    if step == "guess":
        press(app, "reveal:do")

    assert not app.exception
    assert not errors(app)
    if step not in ("quiz", "limits"):
        assert JA("needs_live") in texts(app)


# -- what a link restores --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_restores_the_whole_view(open_page: Open, decoder: LiveLab, lang: str) -> None:
    link = {"s": "夜になると、空に", "step": "sampling", "T": "0.7", "k": "5", "p": "0.9", "d": "7", "x": "1"}
    app = open_page(PAGE, lang=lang, **link)

    assert not app.exception
    assert app.text_input(key="gpt:s").value == link["s"]
    assert [app.slider(key=f"gpt:{name}").value for name in "Tkp"] == [0.7, 5, 0.9]
    assert app.number_input(key="gpt:d").value == 7
    assert plain(Strings(PAGE, lang)("sampling_drawn", count=20)) in texts(app)
    assert app.query_params == {**link, **({"lang": lang} if lang == "en" else {})}


def test_a_link_restores_the_branches(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write")
    press(app, "write:draw")
    press(app, "write:branch")
    press(app, "write:more")
    link = {name: value for name, value in app.query_params.items() if isinstance(value, str)}
    assert {"b", "v", "n"} <= set(link)

    again = open_page(PAGE, **link)
    assert not again.exception
    assert again.query_params == app.query_params
    headings = [
        [str(one.value) for one in opened.markdown if str(one.value).startswith("### ")] for opened in (app, again)
    ]
    assert headings[0] == headings[1]


def test_the_link_that_is_offered_is_the_address(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="search", bw="3", lang="en")

    assert app.code[0].value.endswith("?step=search&bw=3&lang=en")


NONSENSE = [
    {"T": "nan", "k": "inf", "p": "-1"},
    {"T": "1e99", "k": "²", "p": "x"},
    {"d": "-5", "bw": "99", "bl": "0"},
    {"d": "9" * 2000},
    {"l": "99", "h": "0"},
    {"l": "²", "h": "mean of all"},
    {"e": "99", "q": "99", "y": "99999999"},
    {"e": "²", "q": "-1", "y": "x"},
    {"b": "²._-1.x", "n": "²", "v": "x"},
    {"b": "." * 2000, "n": "9" * 99},
    {"b": "_".join(["1"] * 500), "n": "3"},
    {"b": "99999999999999999999"},
    {"x": "yes", "g": " "},
    {"lang": "<script>"},
    {"unknown": "1"},
    {"s": "鳥が" * 5000, "t": "鳥が" * 5000, "f": "鳥が" * 5000},
]


@pytest.mark.parametrize("link", NONSENSE, ids=lambda link: str(link)[:40])
def test_nonsense_in_a_link_is_harmless(open_page: Open, decoder: LiveLab, link: dict[str, str]) -> None:
    app = open_page(PAGE, **link)
    for step in STEPS:
        at_step(app, step)
        assert not app.exception, step
        assert app.title[0].value.startswith("GPT")


def test_branches_of_a_link_with_the_right_mark_are_read_with_care(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write")
    press(app, "write:draw")
    mark = address(app, "v")
    for written in ("²._-1.x", "99999999", "." * 99, "_".join(["300"] * 50), ".".join(["300"] * 400)):
        again = open_page(PAGE, step="write", b=written, v=mark, n="77")
        assert not again.exception, written
        assert not errors(again)
    full = [element.value for element in again.warning]  # of the last: as much of it as the context holds
    assert full == [JA("context_full", limit=64)]
    assert again.button(key="write:draw").disabled and not again.button(key="write:back").disabled


@pytest.mark.parametrize("step", ["foo", "", "MASK", "__init__"])
def test_an_unknown_step_is_the_first(open_page: Open, decoder: LiveLab, step: str) -> None:
    app = open_page(PAGE, step=step)

    assert not app.exception
    assert app.button_group(key="gpt:step").value == "mask"


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
    **{f"markup {text}": (text, None) for text in MARKUP},
}


@pytest.mark.parametrize("name", SENTENCES)
def test_any_text_is_answered_or_explained_on_every_step(open_page: Open, decoder: LiveLab, name: str) -> None:
    text, error = SENTENCES[name]
    lang = "en" if len(name) % 2 else "ja"
    app = open_page(PAGE, lang=lang, s=text, t=text, f=text + "降る", w="降る")

    for step in ASKING:
        at_step(app, step)
        assert not app.exception, step
        if ASKS[step] == "f":
            continue
        assert errors(app) == ([] if error is None else [sentence(error, lang)]), step
        assert app.text_input(key=f"gpt:{ASKS[step]}").value == text


def test_a_typed_text_stays_when_it_cannot_be_read(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write")
    press(app, "write:draw")
    written = app.query_params["b"]
    app.text_input(key="gpt:s").set_value("雨" * 500).run()
    assert errors(app) == [sentence(TooManyCharacters(length="500", limit=400), "ja")]
    assert app.text_input(key="gpt:s").value == "雨" * 500

    app.text_input(key="gpt:s").set_value("風が").run()
    assert JA("write_other_text") in texts(app)
    app.text_input(key="gpt:s").set_value(BEGINNING).run()
    assert JA("write_other_text") not in texts(app)
    assert app.query_params["b"] == written  # the branch is there again


@pytest.mark.parametrize("step", CARRIED_ON)
def test_a_beginning_of_too_many_tokens_is_read_as_far_as_it_is_shown(
    open_page: Open, decoder: LiveLab, step: str
) -> None:
    text = "鯨鰹鱈鱒" * 30
    app = open_page(PAGE, step=step, s=text)

    assert not app.exception and not errors(app)
    assert cut_at(decoder, text) in [element.value for element in app.warning]
    assert app.text_input(key="gpt:s").value == text


@pytest.mark.parametrize("step", ["mask", "surprise"])
def test_a_sentence_of_too_many_tokens_is_read_as_far_as_it_is_shown(
    open_page: Open, decoder: LiveLab, step: str
) -> None:
    text = "雨が激しく降る。" * 30
    app = open_page(PAGE, step=step, t=text)

    assert not app.exception and not errors(app)
    assert [element.value for element in app.warning] == [cut_at(decoder, text)]
    assert app.text_input(key="gpt:t").value == text


def test_both_models_read_a_long_sentence_as_far_as_it_is_shown(open_page: Open, decoder: LiveLab) -> None:
    text = "公園で本を読む。" * 20
    app = open_page(PAGE, step="both", f=text, w="本")

    assert not app.exception and not errors(app)
    assert [element.value for element in app.warning] == [cut_at(live.wait("encoder"), text)]


def cut_at(model: Any, text: str) -> str:
    """Return what the page says of a text of which the model reads only the beginning."""
    read = model.fitting(text)
    told = Strings("frame", "ja")("cut_short", limit=model.limit)
    return f"{told}\n\n{plain(read)} :orange[✂] :gray[~~{plain(text[len(read) :])}~~]"


def full(lab: LiveLab) -> str:
    """Return a beginning that fills the context to the last token."""
    return "雨" * (lab.limit - lab.used("雨") + 1)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_beginning_that_fills_the_context(open_page: Open, decoder: LiveLab, lang: str) -> None:
    text = full(decoder)
    assert decoder.used(text) == decoder.limit == 64
    app = open_page(PAGE, s=text, lang=lang, step="write")

    told = Strings(PAGE, lang)("context_full", limit=64)
    for step in CARRIED_ON:
        at_step(app, step)
        assert not app.exception, step
        assert not errors(app), step
        assert (told in [element.value for element in app.warning]) == (step in ("write", "search")), step
        assert app.text_input(key="gpt:s").value == text
    at_step(app, "write")
    assert app.button(key="write:draw").disabled and app.button(key="write:more").disabled
    at_step(app, "guess")
    app.text_input(key="gpt:g").set_value("降る").run()
    press(app, "reveal:do")
    assert not app.exception and not errors(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("word", ["歌う", "<b>", "**x**", "{x}", "", " "])
def test_a_hidden_word_that_is_not_there_is_pointed_out(
    open_page: Open, decoder: LiveLab, word: str, lang: str
) -> None:
    app = open_page(PAGE, step="both", lang=lang)
    app.text_input(key="gpt:w").set_value(word).run()

    assert not app.exception
    assert [one.value for one in app.warning] == [plain(Strings(PAGE, lang)("both_missing", word=word.strip()))]
    assert app.text_input(key="gpt:w").value == word


def test_a_hidden_word_at_the_beginning_leaves_the_decoder_nothing(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="both", f="本を読む", w="本")

    assert not app.exception and not errors(app)
    assert JA("both_nothing_left") in texts(app)
    assert figures(app) == {"both:encoder"}


def test_too_many_holes_are_explained(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="both", f="[MASK]" * 20 + "本", w="本")

    assert not app.exception
    assert errors(app) == [sentence(TooManyMasks(count=21, limit=10), "ja")]


def test_the_hole_of_the_hidden_word_is_the_one_that_is_filled(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="both", f="[MASK]で本を読む。", w="本")

    second = live.wait("encoder").fill("[MASK]で[MASK]を読む。", 1)[1].candidates[0].token
    assert figure(app, "both:encoder")["layout"]["yaxis"]["ticktext"][0] == second


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


def test_markup_of_the_reader_is_shown_and_not_obeyed(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE)
    own = {step: obeyed(at_step(app, step)) for step in ASKING}
    colours = {("streamlit", f":{colour}[") for colour in ("blue", "gray", "orange", "green")}
    for text in MARKUP:
        link = {"s": f"{text}雨が", "t": f"{text}雨が", "f": f"{text}雨が降る", "w": text, "g": text}
        app = open_page(PAGE, **link)
        for step in ASKING:
            at_step(app, step)
            if step == "guess":
                press(app, "reveal:do")
            assert not app.exception, (text, step)
            assert obeyed(app) <= own[step] | colours, (text, step)
            assert not any(element.allow_html for element in app.markdown)


# -- the triangle ----------------------------------------------------------------------------------------------


def test_what_is_masked_is_hatched_and_not_coloured(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE)

    drawn = figure(app, "mask:map")
    names = [token.text for token in decoder.maps(RAIN.sentence.text).tokens]
    assert drawn["layout"]["xaxis"]["ticktext"] == names
    heatmap = next(trace for trace in drawn["data"] if trace["type"] == "heatmap")
    grid = np.array(values(heatmap["z"])).reshape(len(names), -1)
    assert np.isnan(grid[np.triu_indices(len(names), 1)]).all()
    assert np.isfinite(grid[np.tril_indices(len(names))]).all()
    assert any(trace.get("fillpattern") for trace in drawn["data"])


def test_a_row_tells_what_it_sees_and_how_well_it_guesses(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE)
    names = [token.text for token in decoder.maps(RAIN.sentence.text).tokens]
    for row in range(len(names)):
        app.selectbox(key="gpt:e").set_value(str(row)).run()
        assert plain(JA("mask_sees", word=names[row], seen="、".join(names[: row + 1]))) in texts(app)
        assert ("見えないもの" in texts(app)) == (row < len(names) - 1)
    last = 2.0 ** -decoder.surprise(RAIN.sentence.text).bits[-1]
    assert last == pytest.approx(
        float(decoder.next(BEGINNING).place(decoder._pieces(BEGINNING, "降る")[0])[1]), rel=1e-3
    )


# -- the next word ---------------------------------------------------------------------------------------------


def told_guess(open_page: Open, word: str, lang: str = "ja") -> AppTest:
    app = open_page(PAGE, step="guess", lang=lang)
    assert app.button(key="reveal:do").disabled
    assert "next:bars" not in figures(app)
    app.text_input(key="gpt:g").set_value(word).run()
    return press(app, "reveal:do")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_guess_is_praised(open_page: Open, decoder: LiveLab, lang: str) -> None:
    best = decoder.next(BEGINNING).words[0]
    app = told_guess(open_page, best, lang)

    assert not app.exception
    assert len(app.success) == 1 and best in app.success[0].value
    assert "next:bars" in figures(app)
    assert figure(app, "next:bars")["layout"]["yaxis"]["ticktext"][0] == best


@pytest.mark.parametrize("lang", LANGUAGES)
def test_another_guess_is_told_its_rank(open_page: Open, decoder: LiveLab, lang: str) -> None:
    word = decoder.next(BEGINNING).words[3]
    app = told_guess(open_page, word, lang)

    assert not app.exception
    assert len(app.warning) == 1 and word in app.warning[0].value and "4" in app.warning[0].value


@pytest.mark.parametrize("word", ["どしゃぶりだ", "🌧", "xyz", "<b>"])
def test_a_guess_that_is_no_token_is_told_its_pieces(open_page: Open, decoder: LiveLab, word: str) -> None:
    app = told_guess(open_page, word)

    guess = decoder.guess(BEGINNING, word)
    assert not app.exception and not errors(app)
    assert len(guess.pieces) > 1
    assert any(str(len(guess.pieces)) in one.value and plain(word) in one.value for one in app.info)
    assert app.text_input(key="gpt:g").value == word


@pytest.mark.parametrize("word", ["雨" * 500, "\u200b"])
def test_a_guess_that_cannot_be_read_is_explained(open_page: Open, decoder: LiveLab, word: str) -> None:
    app = told_guess(open_page, word)

    assert not app.exception
    assert app.text_input(key="gpt:g").value == word
    assert errors(app) or app.info or app.warning
    assert "next:bars" in figures(app)


def test_a_guess_can_be_picked(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="guess")
    app.radio(key="gpt:picked").set_value(RAIN.candidates[1]).run()

    assert app.text_input(key="gpt:g").value == RAIN.candidates[1]
    assert not app.button(key="reveal:do").disabled


def test_no_guess_needs_to_be_made(open_page: Open, decoder: LiveLab) -> None:
    app = press(open_page(PAGE, step="guess"), "reveal:skip")

    assert "next:bars" in figures(app)
    assert not app.success and not app.warning
    app.text_input(key="gpt:s").set_value("風が").run()
    assert "next:bars" not in figures(app)  # a new beginning is a new question


# -- sampling --------------------------------------------------------------------------------------------------


def test_no_slider_asks_the_model(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="sampling")
    calls: list[Any] = []
    hook = decoder.model.model.register_forward_pre_hook(lambda *args: calls.append(args))
    try:
        for name, value in (("T", 0.3), ("k", 4), ("p", 0.5), ("T", 0.0), ("T", 2.0)):
            app.slider(key=f"gpt:{name}").set_value(value).run()
            assert not app.exception
        app.toggle(key="gpt:x").set_value(True).run()
        app.number_input(key="gpt:d").set_value(5).run()
    finally:
        hook.remove()
    assert not calls


def test_the_bars_are_what_is_left(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="sampling", k="2")

    before, after = (values(trace["x"]) for trace in figure(app, "sampling:bars")["data"])
    probs = decoder.next(BEGINNING).probs
    assert before[:8] == pytest.approx([prob * 100 for prob in probs[:8]], abs=1e-3)
    assert [sum(before), sum(after)] == pytest.approx([100, 100], abs=1e-2)
    assert after[2:] == [0] * 7
    assert after[0] / after[1] == pytest.approx(probs[0] / probs[1], rel=1e-3)
    press(app, "sampling:reset")
    before, after = (values(trace["x"]) for trace in figure(app, "sampling:bars")["data"])
    assert before == pytest.approx(after, abs=1e-3)
    assert "k" not in app.query_params


def test_draws_follow_the_seed(open_page: Open, decoder: LiveLab) -> None:
    drawn = []
    for seed in ("1", "1", "2"):
        app = open_page(PAGE, step="sampling", x="1", d=seed, T="2")
        drawn.append(next(str(one.value) for one in app.markdown if "20 回引いた" in str(one.value)))
    assert drawn[0] == drawn[1] != drawn[2]


# -- writing ---------------------------------------------------------------------------------------------------


def written(app: AppTest) -> str:
    return next(str(one.value) for one in app.markdown if str(one.value).startswith("### "))


def ids(app: AppTest) -> list[list[int]]:
    return [[int(one) for one in part.split(".") if one] for part in address(app, "b").split("_")]


def test_a_candidate_is_written(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write")
    assert "write:bars:0:0" in figures(app)
    app.selectbox(key="write:pick:0:0").set_value(2).run()
    press(app, "write:add")

    found = decoder.next(BEGINNING)
    assert not app.exception
    assert ids(app) == [[found.ids[2]]]
    assert found.words[2] in written(app)
    assert "write:bars:0:1" in figures(app)
    assert app.get("progress")[0].proto.text == JA("write_room", used=decoder.used(BEGINNING) + 1, limit=64)
    press(app, "write:back")
    assert ids(app) == [[]]


def test_a_draw_is_that_of_its_seed(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write", d="3", T="1.5")
    press(app, "write:more")

    expected = branches.carry_on(decoder, BEGINNING, (), Sampling(temperature=1.5, seed=3), 0, 5)
    assert ids(app) == [list(expected)]
    press(app, "write:back")
    press(app, "write:draw")
    assert ids(app) == [list(expected)]  # back and drawn again: the same


def test_branches_are_written_one_beside_the_other(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write")
    press(app, "write:draw")
    press(app, "write:branch")
    first, second = ids(app)
    assert first == second
    app.selectbox(key="write:pick:1:1").set_value(4).run()
    press(app, "write:add")
    assert ids(app)[0] == first and len(ids(app)[1]) == 2

    app.button_group(key="gpt:n").set_value(0).run()
    press(app, "write:back")
    assert [len(one) for one in ids(app)] == [0, 2]
    press(app, "write:drop")
    assert [len(one) for one in ids(app)] == [2]


def test_no_more_branches_than_can_be_compared(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write")
    press(app, "write:draw")
    for _ in range(branches.MAX_BRANCHES - 1):
        press(app, "write:branch")

    assert len(ids(app)) == branches.MAX_BRANCHES
    assert app.button(key="write:branch").disabled


def test_what_is_written_can_be_the_beginning(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write")
    press(app, "write:draw")
    text = decoder.follow(BEGINNING, tuple(ids(app)[0])).text
    press(app, "write:begin")

    assert not app.exception
    assert app.text_input(key="gpt:s").value == BEGINNING + text
    assert ids(app) == [[]]


def test_an_ended_text_is_told_so(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write")
    press(app, "write:draw")
    mark = address(app, "v")
    app = open_page(PAGE, step="write", b=f"{ids(app)[0][0]}.{decoder.end}.300", v=mark)

    assert not app.exception
    assert JA("write_ended") in texts(app)
    assert app.button(key="write:draw").disabled
    assert not any(key.startswith("write:bars") for key in figures(app))
    press(app, "write:back")
    assert JA("write_ended") not in texts(app)


def test_writing_ends_with_the_context(open_page: Open, decoder: LiveLab) -> None:
    app = open_page(PAGE, step="write")
    press(app, "write:draw")
    mark = address(app, "v")
    word = str(ids(app)[0][0])
    app = open_page(PAGE, step="write", b=".".join([word] * 200), v=mark)

    assert not app.exception
    assert JA("context_full", limit=64) in texts(app)
    assert app.button(key="write:draw").disabled
    press(app, "write:back")
    assert not app.button(key="write:draw").disabled


# -- why -------------------------------------------------------------------------------------------------------


def why_guess(app: AppTest, decoder: LiveLab, *, right: bool) -> tuple[AppTest, str]:
    found = decoder.next(BEGINNING)
    effects = decoder.effects(BEGINNING, found.ids[0])
    assert effects is not None
    sizes = np.abs(effects.change[:-1])
    assert app.button(key="guess:do").disabled
    key = f"gpt:guess:why:decoder:{BEGINNING}:{found.ids[0]}:radio"
    app.radio(key=key).set_value(int(sizes.argmax() if right else sizes.argmin())).run()
    return press(app, "guess:do"), effects.tokens[int(sizes.argmax())].text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("right", [True, False])
def test_a_guess_of_the_reason_is_answered(open_page: Open, decoder: LiveLab, lang: str, right: bool) -> None:
    app = open_page(PAGE, step="why", lang=lang)
    assert "why:figure" not in figures(app)
    app, best = why_guess(app, decoder, right=right)

    assert not app.exception
    said = app.success if right else app.warning
    assert len(said) == 1 and plain(best) in said[0].value
    assert "why:figure" in figures(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_last_word_is_said_to_be_no_edge(open_page: Open, decoder: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="why", lang=lang)
    press(app, "guess:skip")
    found, last = decoder.next(BEGINNING), "激しく"
    facts = {"last": last, "word": found.words[0], "base": percent(found.probs[0])}
    assert plain(Strings(PAGE, lang)("why_help", **facts)) in [caption.value for caption in app.caption]
    assert {"降り", "降る"} <= set(found.words[:3])  # the words that the text asks about


def test_cutting_an_earlier_word_shows_what_comes_next_then(open_page: Open, decoder: LiveLab) -> None:
    app = press(open_page(PAGE, step="why"), "guess:skip")
    assert "why:cut" not in figures(app)
    app.selectbox(key="gpt:q").set_value("1").run()

    assert not app.exception
    before, after = (values(trace["x"]) for trace in figure(app, "why:cut")["data"])
    found = decoder.next(BEGINNING)
    effects = decoder.effects(BEGINNING, found.ids[0])
    assert effects is not None
    assert before[0] == pytest.approx(found.probs[0] * 100, abs=1e-2)
    assert after[0] - before[0] == pytest.approx(float(effects.change[1]) * 100, abs=1e-2)
    assert app.query_params["q"] == "1"


def test_attention_and_effect_are_put_side_by_side(open_page: Open, decoder: LiveLab) -> None:
    app = press(open_page(PAGE, step="why", l="2", h="3"), "guess:skip")

    looks = values(figure(app, "why:figure")["data"][0]["x"])
    expected = decoder.maps(BEGINNING).mean(1, 2)[-1, :-1]
    assert looks == pytest.approx(expected.tolist(), abs=1e-4)
    app.selectbox(key="gpt:y").set_value(str(decoder.next(BEGINNING).ids[1])).run()
    assert "why:figure" not in figures(app)  # another word is another question


# -- search ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_three_ways_are_shown_side_by_side(open_page: Open, decoder: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="search", bw="2", bl="6", lang=lang)
    press(app, "guess:skip")

    assert not app.exception
    greedy = decoder.sample(BEGINNING, Sampling(temperature=0, max_tokens=6))
    beams = decoder.beams(BEGINNING, 2, 6)
    for way in (greedy, *beams):
        assert plain(way.text) in texts(app)
        assert plain(f"{-way.log2:.1f}") in texts(app)


@pytest.mark.parametrize("index", range(3))
def test_a_guess_of_the_best_way_is_answered(open_page: Open, decoder: LiveLab, index: int) -> None:
    app = open_page(PAGE, step="search", bw="3", bl="6")
    app.radio(key=f"gpt:guess:search:decoder:{BEGINNING}:radio").set_value(index).run()
    press(app, "guess:do")

    assert not app.exception
    assert len(app.success) + len(app.warning) == 1


# -- surprise and both sides -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["雨が激しく降る", "雨が激しく泳ぐ", "鳥"])
def test_surprise_is_the_score_of_the_model(open_page: Open, decoder: LiveLab, text: str) -> None:
    app = open_page(PAGE, step="surprise", t=text)

    score = decoder.model.score(text)
    assert not app.exception
    assert values(figure(app, "surprise:bars")["data"][0]["y"]) == pytest.approx([-one for one in score.log2])
    assert plain(f"{score.bits_per_character:.2f}") in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_both_models_guess_the_same_place(open_page: Open, decoder: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="both", lang=lang)

    encoder = live.wait("encoder")
    found = [one.token for one in encoder.fill(PARK.hole, 8)[0].candidates]
    assert figure(app, "both:encoder")["layout"]["yaxis"]["ticktext"] == found
    left = decoder.next(PARK.left).words[:8]
    assert figure(app, "both:decoder")["layout"]["yaxis"]["ticktext"] == list(left)
    for word in ("読む", "公園"):
        assert (word in "".join(str(one.value) for one in app.markdown if ":orange[" in str(one.value))) == (
            word == "公園"
        )


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
def test_every_answer_is_explained(open_page: Open, decoder: LiveLab, lang: str, right: bool) -> None:
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
