"""The lesson on the Transformer without a browser: every step, what a link restores, bad input, what the acts do."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from core.errors import CoreError, EmptyText, NoMask, TooManyCharacters
from lessons import live, menu, progress, registry
from lessons.gpt.figures import percent
from lessons.self_attention.lab import LiveLab as MaskedLab
from lessons.text import LANGUAGES, Strings, plain, sections
from lessons.transformer.answers import asked, examples
from lessons.transformer.architecture import PAPER
from lessons.transformer.asking import start
from lessons.transformer.cutting import combined
from lessons.transformer.lab import LiveLab, live_lab
from lessons.transformer.playback import recorded
from lessons.transformer.steps import ASKING, STEPS
from lessons.transformer.steps.cut import distinct

Open = Callable[..., AppTest]
PAGE = "transformer"
JA = Strings(PAGE, "ja")
BIRD = examples()[0]
OWN = "ねこがねる"
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
def seq2seq(lab: MaskedLab) -> LiveLab:
    """Wait until all models are loaded; return the lab that the page asks."""
    return live_lab(live.wait("seq2seq"))


def at_step(app: AppTest, step: str) -> AppTest:
    return app.button_group(key="transformer:step").set_value(step).run()


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


def guess(app: AppTest, answer: int | None) -> AppTest:
    """Commit to an answer, or see the result without one."""
    if answer is None:
        return press(app, "guess:skip")
    app.radio[0].set_value(answer).run()
    return press(app, "guess:do")


# -- every step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_in_both_languages(open_page: Open, seq2seq: LiveLab, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    assert not app.exception
    assert not errors(app)
    assert not app.warning
    assert app.button_group(key="transformer:step").value == step
    text = sections(PAGE, lang)
    assert {section.title for section in text.values()} & {heading.value for heading in app.subheader}
    assert Strings(PAGE, lang)("needs_live") not in texts(app)


def test_the_steps_lead_from_one_to_the_next(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE)
    seen = []
    while following := [button for button in app.button if (button.key or "").startswith("next:transformer:")]:
        seen.append(app.button_group(key="transformer:step").value)
        following[0].click().run()
        assert not app.exception
    assert [*seen, app.button_group(key="transformer:step").value] == list(STEPS)


def test_every_section_of_the_text_is_on_one_of_the_steps(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE)
    shown = set()
    for step in STEPS:
        shown |= {heading.value for heading in at_step(app, step).subheader}
    assert shown == {section.title for section in sections(PAGE, "ja").values()}


@pytest.mark.parametrize("index", range(len(examples())))
def test_every_example_can_be_chosen(open_page: Open, seq2seq: LiveLab, index: int) -> None:
    app = open_page(PAGE, step="cut")
    app.selectbox(key="example:s").set_value(index).run()

    example = examples()[index]
    place, hidden = start(example, seq2seq.writing(example.text))
    assert not app.exception
    assert app.text_input(key="transformer:s").value == example.text
    assert example.note["ja"] in texts(app)
    assert app.selectbox(key="transformer:p").value == str(place)
    assert tuple(app.button_group(key="transformer:k").value) == hidden.source
    assert list(app.radio[0].options) == [*map(plain, example.candidates), JA("cut_other")]


def test_the_last_step_has_sources_what_goes_wrong_and_the_teachers_guide(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE, step="limits")

    for section in sections(PAGE, "ja", "guide").values():
        assert section.title in texts(app)
    assert "arxiv.org/abs/1706.03762" in texts(app)
    wrong = [one for one in recorded().conversions if one[1] != one[2]]
    assert len(wrong) >= 2
    for text, expected, written in wrong:
        assert all(plain(one) in texts(app) for one in (text, expected, written))


@pytest.mark.parametrize(
    ("step", "key"),
    [("stack", "stack:table"), ("decoder", "decoder:table"), ("cross", "cross:table"), ("cut", "cut:table")],
)
def test_a_figure_has_a_table_with_the_same_numbers(open_page: Open, seq2seq: LiveLab, step: str, key: str) -> None:
    app = open_page(PAGE, step=step)
    if step in ("stack", "cut"):
        guess(app, None)
    before = sum(str(element.value).startswith("| |") for element in app.markdown)
    app.toggle(key=key).set_value(True).run()

    assert not app.exception
    assert sum(str(element.value).startswith("| |") for element in app.markdown) == before + 1


# -- recorded, then live ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("step", "chart"),
    [
        ("figure", "figure:paper"),
        ("stack", "stack:strips"),
        ("decoder", "decoder:map"),
        ("cross", "cross:map"),
        ("beliefs", "beliefs:decoder"),
    ],
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


def test_a_cut_is_answered_from_the_recorded_run(open_page: Open, unloaded: Callable[[], None]) -> None:
    app = guess(open_page(PAGE, step="cut"), 0)

    assert not app.exception
    assert "cut:ways" in figures(app) and JA("needs_live") not in texts(app)
    app.button_group(key="transformer:k").set_value([0]).run()  # other letters than were recorded
    assert JA("needs_live") in texts(app)


def test_the_recorded_run_gives_way_to_the_model(
    open_page: Open, seq2seq: LiveLab, unloaded: Callable[[], None]
) -> None:
    app = open_page(PAGE)
    assert f"[{JA('badge_recorded')}]" in texts(app)

    unloaded()
    app.run()
    assert f"[{JA('badge_live')}]" in texts(app)
    assert f"[{JA('badge_recorded')}]" not in texts(app)


@pytest.mark.parametrize("step", [*ASKING, "beliefs", "code"])
def test_an_own_text_waits_for_the_model(open_page: Open, unloaded: Callable[[], None], step: str) -> None:
    app = open_page(PAGE, step=step, s=OWN, w="ねこが", f="猫が[MASK]。", g="猫が")

    assert not app.exception
    assert not errors(app)
    assert JA("needs_live") in texts(app)


# -- what a link restores --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_restores_the_whole_view(open_page: Open, seq2seq: LiveLab, lang: str) -> None:
    link = {"s": OWN, "b": "decoder.cross_attention", "l": "3", "t": "1"}
    app = open_page(PAGE, lang=lang, **link)

    assert not app.exception
    assert app.text_input(key="transformer:s").value == OWN
    assert [app.selectbox(key=f"transformer:{name}").value for name in "blt"] == [link["b"], "3", "1"]
    assert app.query_params == {**link, **({"lang": lang} if lang == "en" else {})}


def test_a_link_restores_the_cut(open_page: Open, seq2seq: LiveLab) -> None:
    link = {"step": "cut", "p": "1", "k": "0.2", "j": "0", "x": "encoder"}
    app = guess(open_page(PAGE, **link), None)

    assert not app.exception
    assert app.selectbox(key="transformer:p").value == "1"
    assert app.button_group(key="transformer:k").value == [0, 2]
    assert app.selectbox(key="transformer:x").value == "encoder"
    assert app.query_params == link


def test_the_link_that_is_offered_is_the_address(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE, step="cross", i="2", lang="en")

    assert app.code[0].value.endswith("?step=cross&i=2&lang=en")


NONSENSE = [
    {"b": "encoder.cross_attention", "l": "99", "t": "-1"},
    {"b": "<script>", "l": "²", "t": "x"},
    {"a": "99", "h": "0"},
    {"a": "²", "h": "mean of all"},
    {"e": "99", "i": "99", "o": "99"},
    {"e": "²", "i": "-1", "o": "x"},
    {"p": "99", "k": "99.²..-1", "j": "0.0.0.9"},
    {"p": "²", "k": "-", "j": "-", "x": "cross.cross"},
    {"x": "decoder.cross", "d": "99999"},
    {"d": "-1", "n": "Layer"},
    {"f": "", "g": " "},
    {"f": "鳥" * 5000, "g": "鳥" * 5000},
    {"w": "鳥" * 5000},
    {"lang": "<script>"},
    {"unknown": "1"},
    {"s": "とり" * 5000},
]


@pytest.mark.parametrize("link", NONSENSE, ids=lambda link: str(link)[:40])
def test_nonsense_in_a_link_is_harmless(open_page: Open, seq2seq: LiveLab, link: dict[str, str]) -> None:
    app = open_page(PAGE, **link)
    for step in STEPS:
        at_step(app, step)
        assert not app.exception, step
        if any(button.key == "guess:skip" for button in app.button):
            guess(app, None)
            assert not app.exception, step
        assert app.title[0].value.startswith("Transformer")


@pytest.mark.parametrize("step", ["foo", "", "FIGURE", "__init__"])
def test_an_unknown_step_is_the_first(open_page: Open, seq2seq: LiveLab, step: str) -> None:
    app = open_page(PAGE, step=step)

    assert not app.exception
    assert app.button_group(key="transformer:step").value == "figure"


# -- bad input -------------------------------------------------------------------------------------------------

SENTENCES: dict[str, tuple[str, CoreError | None]] = {
    "empty": ("", EmptyText()),
    "spaces": ("   ", EmptyText()),
    "wide spaces": ("　　", EmptyText()),
    "500 characters": ("と" * 500, TooManyCharacters(length="500", limit=400)),
    "too many tokens": ("と" * 64, None),
    "kanji": ("鳥が鳴く", None),
    "katakana and letters": ("ABCのウタ", None),
    "emoji": ("🐦🐤👨‍👩‍👧", None),
    "half-width kana": ("ﾄﾘｶﾞﾅｸ", None),
    "combining": ("e\u0301か\u3099", None),
    "right to left": ("\u202eとり\u0000\u0007\u200b", None),
    "line breaks": ("とりが\nなく\r\n", None),
    "a hole": ("とりが[MASK]", None),
    **{f"markup {text}": (text, None) for text in MARKUP},
}


@pytest.mark.parametrize("name", SENTENCES)
def test_any_text_is_answered_or_explained_on_every_step(open_page: Open, seq2seq: LiveLab, name: str) -> None:
    text, error = SENTENCES[name]
    lang = "en" if len(name) % 2 else "ja"
    app = open_page(PAGE, lang=lang, s=text)

    for step in ASKING:
        at_step(app, step)
        assert not app.exception, step
        assert errors(app) == ([] if error is None else [sentence(error, lang)]), step
        assert app.text_input(key="transformer:s").value == text


def test_a_typed_text_stays_when_it_cannot_be_read(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE, step="cross", i="2")
    app.text_input(key="transformer:s").set_value("と" * 10_000).run()

    assert errors(app) == [sentence(TooManyCharacters(length="10,000", limit=400), "ja")]
    assert app.text_input(key="transformer:s").value == "と" * 10_000
    app.text_input(key="transformer:s").set_value(OWN).run()
    assert not errors(app)
    assert app.selectbox(key="transformer:i").value == "0"  # what was chosen of the other text is gone


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", ASKING)
def test_a_text_of_too_many_tokens_is_read_as_far_as_it_is_shown(
    open_page: Open, seq2seq: LiveLab, step: str, lang: str
) -> None:
    app = open_page(PAGE, step=step, lang=lang, s="と" * 80)

    assert not app.exception and not errors(app)
    told, end = Strings("frame", lang)("cut_short", limit=64), seq2seq.fitting("と" * 80)
    shown = f"{told}\n\n{end} :orange[✂] :gray[~~{'と' * (80 - len(end))}~~]"
    assert [one.value for one in app.warning if one.value.startswith(told)] == [shown]
    assert app.text_input(key="transformer:s").value == "と" * 80


@pytest.mark.parametrize(("step", "name"), [("beliefs", "f"), ("beliefs", "g"), ("code", "f")])
def test_a_text_for_another_model_is_read_as_far_as_it_is_shown(
    open_page: Open, seq2seq: LiveLab, step: str, name: str
) -> None:
    app = open_page(PAGE, step=step, **{name: "[MASK]" + "鳥" * 80})

    assert not app.exception and not errors(app)
    assert len([one for one in app.warning if one.value.startswith(Strings("frame", "ja")("cut_short", limit=64))]) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"f": "鳥が鳴く"}, NoMask()),
        ({"f": " "}, EmptyText()),
        ({"g": "鳥" * 500}, TooManyCharacters(length="500", limit=400)),
    ],
)
def test_a_text_that_no_layer_can_answer_is_explained_beside_the_other(
    open_page: Open, seq2seq: LiveLab, given: dict[str, str], error: CoreError, lang: str
) -> None:
    app = open_page(PAGE, step="beliefs", lang=lang, **given)

    assert not app.exception
    assert errors(app) == [sentence(error, lang)]
    assert figures(app) == {"beliefs:decoder" if "f" in given else "beliefs:encoder"}
    for name, text in given.items():
        assert app.text_input(key=f"transformer:{name}").value == text


def obeyed(app: AppTest) -> set[tuple[str, str]]:
    """Return what a Markdown reader makes of the page beside plain text, headings, lists, tables and bold."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    kinds = ("html_block", "html_inline", "link_open", "image", "em_open", "s_open")
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


def test_markup_of_the_reader_is_shown_and_not_obeyed(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE)
    asking = [*ASKING, "beliefs", "code"]
    own = {step: obeyed(at_step(app, step)) for step in asking}
    colours = {("streamlit", f":{colour}[") for colour in ("orange", "green", "blue", "gray")}
    for text in MARKUP:
        app = open_page(PAGE, s=text, w=text, f=f"{text}[MASK]", g=text)
        for step in asking:
            at_step(app, step)
            if any(button.key == "guess:skip" for button in app.button):
                guess(app, None)
            assert not app.exception, (text, step)
            assert obeyed(app) <= own[step] | colours, (text, step)
            assert not any(element.allow_html for element in app.markdown)


# -- the figure ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PAPER.names)
def test_every_box_tells_what_goes_in_and_out(open_page: Open, seq2seq: LiveLab, name: str, lang: str) -> None:
    app = open_page(PAGE, b=name, lang=lang)

    box, inside = PAPER.box(name), seq2seq.inside(BIRD.text)
    block = inside.blocks[name, 1 if box.stacked else None]
    assert not app.exception and not errors(app)
    assert f"`({block.shape[0]:,}, {block.shape[1]:,})`" in texts(app)
    assert ("figure:strips" in figures(app)) == (box.part != "output")
    assert ("figure:map" in figures(app)) == (name in inside.attention)
    assert app.selectbox(key="transformer:l").disabled != box.stacked


def test_the_figure_shows_what_was_read_and_what_is_written(open_page: Open, seq2seq: LiveLab) -> None:
    drawn = figure(open_page(PAGE), "figure:paper")

    notes = [note["text"] for note in drawn["layout"]["annotations"]]
    assert "<b>と り が な く [EOS]</b>" in notes
    assert "<b>[BOS] 鳥 が 鳴 く</b>" in notes and "<b>鳥 が 鳴 く [EOS]</b>" in notes
    assert len(drawn["data"][0]["y"]) == len(PAPER.boxes)


def test_numbers_of_the_chosen_token_are_told(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE, b="encoder.feed_forward", l="3")
    app.selectbox(key="transformer:t").set_value("3").run()

    vector = seq2seq.inside(BIRD.text).blocks["encoder.feed_forward", 2].output[3]
    table = next(str(one.value) for one in app.markdown if str(one.value).startswith("| |"))
    assert plain(", ".join(f"{value:.2f}" for value in vector[:6]).replace("-", "−")) in table
    assert plain(f"{float(np.linalg.norm(vector)):.1f}") in table


def test_the_softmax_tells_the_next_character(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE, b="output.softmax", t="2")

    word, prob = seq2seq.inside(BIRD.text).answers[2][0]
    assert figure(app, "figure:answers")["layout"]["yaxis"]["ticktext"][0] == word
    assert plain(percent(prob)) in texts(app)


def test_no_click_asks_the_model(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE)
    calls: list[Any] = []
    hook = seq2seq.model.model.register_forward_pre_hook(lambda *args: calls.append(args))
    try:
        for name in PAPER.names:
            app.selectbox(key="transformer:b").set_value(name).run()
            assert not app.exception
        at_step(app, "cross")
        press(app, "cross:on")
    finally:
        hook.remove()
    assert not calls


# -- stack, decoder, cross-attention ---------------------------------------------------------------------------


@pytest.mark.parametrize("right", [True, False])
def test_a_guess_at_the_largest_turn(open_page: Open, seq2seq: LiveLab, right: bool) -> None:
    app = open_page(PAGE, step="stack", t="3")
    assert "stack:turns" not in figures(app) and app.button(key="guess:do").disabled
    app = guess(app, 0)
    values = figure(app, "stack:turns")["data"][0]["y"]
    most = int(np.argmax(values))
    if right:
        app.selectbox(key="transformer:t").set_value("2").run()  # another token is another question
        assert "stack:turns" not in figures(app)
        return
    assert len(app.success) == (most == 0) and len(app.warning) == (most != 0)
    assert f"{PAGE}/stack" in app.session_state[progress.DONE]


def test_what_is_masked_is_hatched(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE, step="decoder")

    drawn = figure(app, "decoder:map")
    assert drawn["layout"]["xaxis"]["ticktext"] == list(seq2seq.writing(BIRD.text).read)
    assert any(trace.get("fillpattern") for trace in drawn["data"])
    for row, token in enumerate(seq2seq.writing(BIRD.text).read):
        app.selectbox(key="transformer:e").set_value(str(row)).run()
        assert plain(
            JA("decoder_sees", token=token, seen="、".join(seq2seq.writing(BIRD.text).read[: row + 1]))
        ) in texts(app)


def test_what_is_said_to_have_been_written_changes_the_next_character(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE, step="decoder")
    assert "赤ちゃんが" in app.button_group(key="transformer:forged").options
    app.button_group(key="transformer:forged").set_value("赤ちゃんが").run()

    assert not app.exception
    assert app.text_input(key="transformer:w").value == "赤ちゃんが"
    word, prob = seq2seq.inside(BIRD.text, "赤ちゃんが").answers[-1][0]
    assert plain(JA("decoder_answers", word=word, prob=percent(prob))) in texts(app)
    assert app.query_params["w"] == "赤ちゃんが"
    app.button_group(key="transformer:forged").set_value("").run()
    assert app.text_input(key="transformer:w").value == ""


def test_the_writing_goes_on_and_back(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE, step="cross")
    writing = seq2seq.writing(BIRD.text)
    assert app.button(key="cross:back").disabled
    for step in range(1, len(writing.words)):
        press(app, "cross:on")
        assert app.selectbox(key="transformer:i").value == str(step)
        heading = next(str(one.value) for one in app.markdown if str(one.value).startswith("### "))
        assert plain(writing.written(step)) in heading
        drawn = figure(app, "cross:candidates")["layout"]["yaxis"]["ticktext"]
        assert drawn[0] == writing.candidates[step][0][0]
    assert app.button(key="cross:on").disabled
    press(app, "cross:back")
    assert app.selectbox(key="transformer:i").value == str(len(writing.words) - 2)


def test_layer_and_head_choose_the_map(open_page: Open, seq2seq: LiveLab) -> None:
    app = open_page(PAGE, step="cross", i="2", a="2", h="3")

    own = seq2seq.writing(BIRD.text).cross[1, 2]
    app.toggle(key="cross:table").set_value(True).run()
    table = next(str(one.value) for one in app.markdown if str(one.value).startswith("| |"))
    assert all(plain(f"{value:.3f}") in table for value in own[2])


def test_a_writing_that_does_not_end_is_told_so(open_page: Open, seq2seq: LiveLab) -> None:
    text = "と" * 63
    app = open_page(PAGE, step="cross", s=text)

    assert not app.exception and not errors(app)
    assert bool(app.warning) == (not seq2seq.writing(text).ended)


# -- cuts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [0, 1, 2, None])
def test_a_guess_about_the_cut_is_judged_by_what_happens(open_page: Open, seq2seq: LiveLab, answer: int | None) -> None:
    app = guess(open_page(PAGE, step="cut"), answer)

    place, hidden = start(BIRD, seq2seq.writing(BIRD.text))
    after = seq2seq.after(BIRD.text, place, hidden.on(("cross",)))
    options = [*BIRD.candidates, after.words[0]]
    right = answer is not None and options.index(after.words[0]) == answer
    assert not app.exception
    assert (len(app.success), len(app.warning)) == (right, answer is not None and not right)
    assert plain(percent(after.probs[0])) in texts(app)


def test_letters_that_come_twice_are_told_apart(open_page: Open, seq2seq: LiveLab) -> None:
    assert distinct(["と", "り", "と"]) == ["と 1", "り", "と 2"]
    app = guess(open_page(PAGE, step="cut", s="きょうはてんきがいい", k="0"), None)

    assert app.button_group(key="transformer:k").value == [0]
    assert "cut:ways" in figures(app)


def test_every_combination_of_ways_is_shown_as_it_is(open_page: Open, seq2seq: LiveLab) -> None:
    app = guess(open_page(PAGE, step="cut"), None)

    place, hidden = start(BIRD, seq2seq.writing(BIRD.text))
    drawn = figure(app, "cut:ways")
    assert len(drawn["layout"]["yaxis"]["ticktext"]) == len(combined()) == 8
    for row, ways in enumerate(combined()):
        found = seq2seq.after(BIRD.text, place, hidden.on(ways))
        for bar, word in zip(drawn["data"], BIRD.candidates, strict=False):
            expected = found.probs[found.words.index(word)] if word in found.words else 0
            assert bar["x"][row] == pytest.approx(expected * 100, abs=1e-3)


def test_a_choice_of_ways_is_told_in_full(open_page: Open, seq2seq: LiveLab) -> None:
    app = guess(open_page(PAGE, step="cut"), None)
    app.selectbox(key="transformer:x").set_value("cross.encoder").run()

    place, hidden = start(BIRD, seq2seq.writing(BIRD.text))
    assert not app.exception
    assert plain(seq2seq.freely(BIRD.text, hidden.on(("cross", "encoder")))) in texts(app)
    assert plain(percent(seq2seq.after(BIRD.text, place, hidden.on(("cross", "encoder"))).probs[0])) in texts(app)


def test_where_nothing_was_written_there_is_no_way_through_it(open_page: Open, seq2seq: LiveLab) -> None:
    app = guess(open_page(PAGE, step="cut", s="あめをたべる"), None)

    assert not app.exception
    assert len(figure(app, "cut:ways")["layout"]["yaxis"]["ticktext"]) == 4


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_hidden_is_pointed_out(open_page: Open, seq2seq: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="cut", k="-", lang=lang)

    assert not app.exception
    assert Strings(PAGE, lang)("cut_nothing") in [element.value for element in app.info]
    app.button_group(key="transformer:k").set_value([0]).run()
    assert any(button.key == "guess:skip" for button in app.button)


# -- places, beliefs, code -------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [0, 1, None])
def test_without_places_all_orders_are_written_alike(open_page: Open, seq2seq: LiveLab, answer: int | None) -> None:
    app = open_page(PAGE, step="positions")
    assert JA("column_without") not in texts(app)
    guess(app, answer)

    found = seq2seq.orders(BIRD.text, 0)
    assert not app.exception
    assert texts(app).count(plain(found[0].blind)) >= 3
    assert (len(app.success), len(app.warning)) == (answer == 0, answer == 1)


def test_letters_are_shuffled_again(open_page: Open, seq2seq: LiveLab) -> None:
    app = press(open_page(PAGE, step="positions"), "positions:again")

    assert app.query_params["d"] == "1"
    assert plain(seq2seq.orders(BIRD.text, 1)[2].letters) in texts(app)


@pytest.mark.parametrize(("model", "name"), [("encoder", "f"), ("decoder", "g")])
def test_the_layers_are_those_of_the_model(open_page: Open, seq2seq: LiveLab, model: str, name: str) -> None:
    text = asked(model)[1]
    app = open_page(PAGE, step="beliefs")
    app.selectbox(key=f"transformer:picked:{model}").set_value(text).run()

    assert not app.exception
    assert app.text_input(key=f"transformer:{name}").value == text
    drawn = figure(app, f"beliefs:{model}")
    assert len(drawn["layout"]["yaxis"]["ticktext"]) == live.wait(model).card.layers + 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_blackboard_proves_itself(open_page: Open, seq2seq: LiveLab, lang: str) -> None:
    app = open_page(PAGE, step="code", lang=lang)

    say = Strings(PAGE, lang)
    assert plain(say("proof_logits")) in texts(app) and f"[{say('badge_live')}]" in texts(app)
    app.text_input(key="transformer:f").set_value("猫が[MASK]。").run()
    assert not app.exception and not errors(app)
    for block in app.selectbox(key="transformer:n").options:
        app.selectbox(key="transformer:n").select(block).run()
        assert not app.exception
        assert any("def " in code.value or "class " in code.value for code in app.code)
