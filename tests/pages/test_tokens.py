"""The lesson on tokens without a browser: every step, the guesses, own words, bad input, links, another model, the quiz."""

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest
from tiny import bert, byte_tokenizer, card, gpt2, japanese_tokenizer

from core.causal import CausalLM
from core.errors import CoreError, EmptyText, TooManyCharacters
from core.masked import MaskedLM
from lessons import live, menu
from lessons.registry import lessons
from lessons.text import LANGUAGES, Strings, plain, sections, toml
from lessons.tokens import chips, figures, lab, lattice, record
from lessons.tokens.steps import STEPS
from lessons.tokens.steps.pieces import PREPARED as WORDS
from lessons.tokens.steps.rare import PREPARED as CHARACTERS

Open = Callable[..., AppTest]
ROOT = Path(__file__).parents[2]
PAGE = "tokens"
JA = Strings(PAGE, "ja")
GUEST = "owner/tiny"
FIRST = lab.examples()[0].text
GUESSED = toml(PAGE, "examples")["guess"][0]["text"]
BOXES = {"cut": "s", "guess": "g", "pieces": "w", "rare": "u", "vectors": "s", "length": "s"}
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
    "]:red-background[x",
)


@pytest.fixture(autouse=True)
def on_the_menu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the page be opened whether or not it is ready."""
    entries = tuple(dataclasses.replace(entry, ready=entry.ready or entry.id == PAGE) for entry in lessons())
    monkeypatch.setattr(menu, "lessons", lambda: entries)


@pytest.fixture(autouse=True)
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is loaded: the page does not need one."""
    monkeypatch.setattr(live, "model", lambda name: None)


def texts(app: AppTest) -> str:
    """Everything that the page says in Markdown."""
    kinds = ("markdown", "caption", "info", "success", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def figure(app: AppTest, key: str) -> dict[str, Any]:
    found = next(chart for chart in app.get("plotly_chart") if chart.key == key)
    loaded: dict[str, Any] = json.loads(found.proto.spec)
    return loaded


def drawn(app: AppTest) -> set[str]:
    return {chart.key for chart in app.get("plotly_chart")}


def errors(app: AppTest) -> list[str]:
    return [element.value for element in app.error]


def sentence(error: CoreError, lang: str) -> str:
    return plain(Strings(PAGE, lang)("error_prefix") + error.message(lang))


def at_step(app: AppTest, step: str) -> AppTest:
    return app.button_group(key="tokens:step").set_value(step).run()


def typed(app: AppTest, name: str, text: str) -> AppTest:
    return app.text_input(key=f"tokens:{name}").set_value(text).run()


# -- every step ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_in_both_languages(open_page: Open, step: str, lang: str) -> None:
    app = open_page(PAGE, step=step, lang=lang)

    assert not app.exception
    assert not errors(app)
    assert app.button_group(key="tokens:step").value == step
    titles = {section.title for section in sections(PAGE, lang).values()}
    assert titles & {heading.value for heading in app.subheader}


def test_the_steps_lead_from_one_to_the_next_and_show_every_section(open_page: Open) -> None:
    app = open_page(PAGE)
    seen, shown = [], set()
    while True:
        shown |= {heading.value for heading in app.subheader}
        seen.append(app.button_group(key="tokens:step").value)
        following = [button for button in app.button if (button.key or "").startswith("next:")]
        if not following:
            break
        following[0].click().run()
        assert not app.exception
    assert seen == list(STEPS)
    assert shown == {section.title for section in sections(PAGE, "ja").values()}


def test_every_step_is_drawn_before_torch_is_there() -> None:
    program = """
import dataclasses, sys
from streamlit.testing.v1 import AppTest
from lessons import live, menu
from lessons.registry import lessons
entries = tuple(dataclasses.replace(entry, ready=entry.ready or entry.id == "tokens") for entry in lessons())
menu.lessons = lambda: entries
live.model = lambda name: None
app = AppTest.from_file("app.py", default_timeout=60).run()
app.switch_page("pages/tokens.py").run()
from lessons.tokens.steps import STEPS
for step in STEPS:
    app.button_group(key="tokens:step").set_value(step).run()
    assert not app.exception and not app.error and app.title, step
heavy = {"torch", "transformers"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


# -- cut -------------------------------------------------------------------------------------------------------


def test_the_first_picture_is_the_sentence_cut(open_page: Open) -> None:
    app = open_page(PAGE)

    assert ":blue-background[雨] :orange-background[が] :blue-background[激しく] :orange-background[降る]" in texts(app)
    assert plain(JA("counts", characters=7, tokens=4, bytes=21)) in texts(app)
    assert f"[{JA('badge_live')}]" in texts(app)


@pytest.mark.parametrize("example", lab.examples(), ids=lambda example: example.text)
def test_every_example_is_cut_in_three_ways_with_its_note(open_page: Open, example: lab.Example) -> None:
    app = open_page(PAGE)
    index = [one.text for one in lab.examples()].index(example.text)
    app.selectbox(key="tokens:s:prepared").set_value(index).run()

    assert not app.exception and not errors(app)
    assert app.text_input(key="tokens:s").value == example.text
    assert example.note["ja"] in texts(app)
    for cutting in (lab.ours(example.text), lab.characters(example.text)):
        assert chips.chips(cutting) in texts(app)
    assert chips.chips(lab.utf8(example.text), bytes_=True) in texts(app)


@pytest.mark.parametrize("name", ["ours", "characters", "bytes"])
def test_the_table_has_ids_places_and_bytes(open_page: Open, name: str) -> None:
    text = "鳥🐦"
    app = open_page(PAGE, s=text, t=name)

    table = next(str(element.value) for element in app.markdown if str(element.value).startswith("| |"))
    cut = {"ours": lab.ours, "characters": lab.characters, "bytes": lab.utf8}[name]
    for token in cut(text).own:
        assert (
            f"| {' '.join(map(str, token.pieces))} | {token.start}–{token.end} | {len(token.text.encode())} |" in table
        )
    assert table.count("\n") == len(cut(text).tokens) + 1


# -- guess -----------------------------------------------------------------------------------------------------


def guessed(app: AppTest, number: int, text: str = GUESSED) -> AppTest:
    assert app.button(key="guess:do").disabled
    app.number_input(key=f"guess:number:{text}").set_value(number).run()
    return app.button(key="guess:do").click().run()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("off", "name"), [(0, "guess_exact"), (2, "guess_near"), (9, "guess_far")])
def test_a_guess_is_told_how_far_it_is_off(open_page: Open, off: int, name: str, lang: str) -> None:
    say, count = Strings(PAGE, lang), lab.ours(GUESSED).count
    app = open_page(PAGE, step="guess", lang=lang)
    assert chips.chips(lab.ours(GUESSED)) not in texts(app)
    guessed(app, count + off)

    assert not app.exception
    assert chips.chips(lab.ours(GUESSED)) in texts(app)
    facts = {"tokens": count} if off == 0 else {"tokens": count, "guess": count + off, "off": off}
    shown = app.warning if name == "guess_far" else app.success
    assert plain(say(name, **facts)) in [element.value for element in shown]
    assert plain(say("guess_mean", guesses=1, mean=f"{off:.1f}")) in texts(app)


def test_guesses_are_counted_and_kept(open_page: Open) -> None:
    app = open_page(PAGE, step="guess")
    guessed(app, lab.ours(GUESSED).count + 1)
    app.button(key="guess:next").click().run()
    second = app.text_input(key="tokens:g").value
    assert second != GUESSED
    guessed(app, lab.ours(second).count + 2, second)

    assert plain(JA("guess_mean", guesses=2, mean="1.5")) in texts(app)
    at_step(app, "cut")
    at_step(app, "guess")
    assert plain(JA("guess_mean", guesses=2, mean="1.5")) in texts(app)


def test_no_guess_needs_to_be_made(open_page: Open) -> None:
    app = open_page(PAGE, step="guess")
    app.button(key="guess:skip").click().run()

    assert plain(JA("guess_skipped", tokens=lab.ours(GUESSED).count)) in texts(app)
    assert "差の平均" not in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("number", range(1, len(lab.pairs()) + 1))
def test_the_longer_of_a_pair_is_revealed(open_page: Open, number: int, right: bool, lang: str) -> None:
    pair = lab.pairs()[number - 1]
    app = open_page(PAGE, step="guess", p=str(number), lang=lang)
    assert pair.note[lang] not in texts(app)
    app.radio(key=f"pair:{number}").set_value(pair.more if right else 1 - pair.more).run()

    assert not app.exception
    assert len(app.success if right else app.warning) == 1
    assert pair.note[lang] in texts(app)
    assert plain(Strings(PAGE, lang)("pair_score", right=int(right), total=1)) in texts(app)
    for text in pair.texts:
        assert chips.chips(lab.ours(text)) in texts(app)


# -- why -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("written", WORDS)
def test_prepared_words_are_taken_apart(open_page: Open, written: str, lang: str) -> None:
    app = open_page(PAGE, step="pieces", w=written, lang=lang)

    assert not app.exception and not errors(app)
    for word in written.split("、"):
        best = lattice.ways(word)[0]
        bars = figure(app, f"ways:{word}")["data"]
        assert bars[-1]["text"][0] == f" {-best.log_probability:.1f}"
        app.toggle(key=f"ways:{word}:table").set_value(True).run()
        assert plain(f"{best.log_probability:.3f}") in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_own_words_are_told_what_cannot_be_done(open_page: Open, lang: str) -> None:
    say, app = Strings(PAGE, lang), open_page(PAGE, step="pieces", lang=lang)
    typed(app, "w", "寿限無寿限無五劫の擦り切れ、鳥、雨、風、雪")

    assert not app.exception and not errors(app)
    long = plain(say("word_long", word="寿限無寿限無五劫の擦り切れ", characters=lattice.LONGEST))
    assert [element.value for element in app.warning] == [long]
    assert {"ways:鳥", "ways:雨"} == drawn(app)
    assert plain(say("words_left", words=3, rest=say.listed(["風", "雪"]))) in texts(app)
    typed(app, "w", "、 、")
    assert errors(app) == [sentence(EmptyText(), lang)]


def test_a_word_whose_parts_are_likelier_says_so(open_page: Open) -> None:
    word = next(name for name in lattice.vocabulary() if len(lattice.ways(name)[0].pieces) == 2)
    way = " | ".join(piece.text for piece in lattice.ways(word)[0].pieces)
    app = open_page(PAGE, step="pieces", w=word)

    assert not app.exception
    number = f"{lattice.number_of_ways(word):,}"
    assert plain(JA("word_beaten", word=word, way=way, number=number)) in texts(app)


@pytest.mark.parametrize("word", ["[MASK]", "[BOS]", "<0x41>"])
def test_a_special_token_is_given_no_count(open_page: Open, word: str) -> None:
    app = open_page(PAGE, step="pieces", w=word)

    assert not app.exception and not errors(app)
    assert plain(JA("word_special", word=word)) in texts(app)


def test_a_word_of_many_ways_says_so(open_page: Open) -> None:
    word = "おじいさんのあるところに"
    app = open_page(PAGE, step="pieces", w=word)

    number = lattice.number_of_ways(word)
    assert number > lattice.BEST
    assert plain(JA("ways_more", shown=lattice.BEST, number=f"{number:,}")) in texts(app)


# -- rare ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", CHARACTERS)
def test_characters_are_spelt_in_bytes(open_page: Open, text: str) -> None:
    app = open_page(PAGE, step="rare", u=text)

    assert not app.exception and not errors(app)
    for letter in text:
        assert letter.encode().hex(" ").upper() in texts(app)
        assert plain(f"U+{ord(letter):04X}") in texts(app)
    assert chips.chips(lab.ours(text)) in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("example", lab.hard(), ids=lambda example: example.text)
def test_hard_texts_are_compared_with_a_readers_cuts(open_page: Open, example: lab.Example, lang: str) -> None:
    say, found = Strings(PAGE, lang), lab.compare(example.text)
    app = open_page(PAGE, step="rare", b=example.text, lang=lang)

    assert not app.exception and not errors(app)
    assert example.note[lang] in texts(app)
    facts = {"words": len(found.words), "broken": len(found.broken), "across": len(found.across)}
    assert plain(say("hard_found", **facts)) in texts(app)
    assert say("hard_none") not in texts(app)


def test_cuts_that_agree_are_praised(open_page: Open) -> None:
    app = typed(open_page(PAGE, step="rare"), "b", "雨/が/激しく/降る")

    assert [element.value for element in app.success] == [JA("hard_none")]


# -- vectors ---------------------------------------------------------------------------------------------------


def test_the_row_is_that_of_the_chosen_token(open_page: Open) -> None:
    app = open_page(PAGE, step="vectors")
    token = lab.ours(FIRST).tokens[3]
    app.selectbox(key="tokens:i").set_value("3").run()

    assert not app.exception
    assert f"### {token.text} → {token.id} → " in texts(app)
    assert app.query_params["i"] == ["3"] or app.query_params["i"] == "3"
    app.toggle(key="vector:table").set_value(True).run()
    assert any(str(element.value).startswith("| |") for element in app.markdown)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_neighbours_of_a_word_are_drawn(open_page: Open, lang: str) -> None:
    app = typed(open_page(PAGE, step="vectors", lang=lang), "n", "暑い")

    assert not app.exception
    assert "寒い" in figure(app, "neighbours")["layout"]["yaxis"]["ticktext"]
    assert figure(app, "map")["data"][-1]["text"] == ["暑い"]
    app.toggle(key="neighbours:table").set_value(True).run()
    assert "**寒い**" in texts(app)


@pytest.mark.parametrize("word", ["ナク", "🐦", "激しく降る"])
def test_a_word_of_several_pieces_has_no_row(open_page: Open, word: str) -> None:
    app = open_page(PAGE, step="vectors", n=word)

    assert not app.exception and not errors(app)
    assert plain(JA("neighbour_pieces", word=word)) in texts(app)
    assert {"map", "vector"} == drawn(app)
    assert len(figure(app, "map")["data"]) == 4  # no star


def test_the_first_and_the_last_piece_of_the_vocabulary_have_neighbours(open_page: Open) -> None:
    last = next(name for name in reversed(lattice.vocabulary()) if len(lattice.ways(name)[0].pieces) == 1)
    for word in (lab.name(0), lab.name(4), last):
        app = open_page(PAGE, step="vectors", n=word)
        assert not app.exception and not errors(app)
        assert "neighbours" in drawn(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map_is_searched_and_enlarged_around_the_word(open_page: Open, lang: str) -> None:
    app = open_page(PAGE, step="vectors", lang=lang)
    app.text_input(key="tokens:n:map").set_value("雨").run()
    app.toggle(key="tokens:z").set_value(True).run()

    assert app.text_input(key="tokens:n").value == "雨"
    chart = figure(app, "map")
    star = chart["data"][-1]
    assert (star["text"], star["marker"]["symbol"]) == (["雨"], "star")
    low, high = chart["layout"]["xaxis"]["range"]
    assert high - low == pytest.approx(2 * figures.NEAR)
    assert not errors(app)

    app.text_input(key="tokens:n:map").set_value("鳥が鳴く").run()
    assert any(box.value == plain(Strings(PAGE, lang)("map_missing", word="鳥が鳴く")) for box in app.info)


def test_the_map_is_recorded_and_its_groups_can_be_chosen(open_page: Open) -> None:
    app = open_page(PAGE, step="vectors", gr="colours.numbers", lang="en")

    titles = record.titles("en")
    assert f"[{Strings(PAGE, 'en')('badge_recorded')}]" in texts(app)
    named = [trace["name"] for trace in figure(app, "map")["data"] if trace.get("showlegend")]
    assert named == [titles["colours"], titles["numbers"]]
    app.button_group(key="tokens:gr").set_value(list(titles)).run()
    assert not app.exception
    named = [trace["name"] for trace in figure(app, "map")["data"] if trace.get("showlegend")]
    assert len(named) == figures.COLOURED
    app.button_group(key="tokens:gr").set_value([]).run()
    assert not app.exception
    app.toggle(key="tokens:map:table").set_value(True).run()
    assert "**猫**" in texts(app)


# -- length ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_long_text_is_over_the_limit(open_page: Open, lang: str) -> None:
    say, app = Strings(PAGE, lang), open_page(PAGE, step="length", lang=lang)
    fits = lab.ours(FIRST).length
    facts = {"read": fits, "limit": 64, "left": 64 - fits}
    assert [element.value for element in app.success] == [plain(say("length_fits", **facts))]
    app.button(key="length:long").click().run()

    assert not app.exception and not errors(app)
    cutting = lab.ours(toml(PAGE, "examples")["long"][0]["text"])
    assert [element.value for element in app.warning] == [plain(say("length_over", read=cutting.length, limit=64))]
    assert texts(app).count("gray-background") == len(cutting.own) - len(
        [token for token in cutting.own if token.last < 64]
    )
    assert figure(app, "length")["layout"]["shapes"]
    app.toggle(key="length:table").set_value(True).run()
    assert plain(f"{cutting.length**2:,}") in texts(app)


# -- another model ---------------------------------------------------------------------------------------------


@pytest.fixture(params=["encoder", "decoder"])
def guest(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Any]:
    """A tiny model of another tokenizer that has come from the hub; its kind's name on the page."""
    model: Any
    if request.param == "encoder":
        tokenizer = japanese_tokenizer(tmp_path)
        network = bert(len(tokenizer))
        model = MaskedLM(network, tokenizer, dataclasses.replace(card("masked", network), name=GUEST))
    else:
        tokenizer = byte_tokenizer()
        network = gpt2(len(tokenizer))
        model = CausalLM(network, tokenizer, dataclasses.replace(card("causal", network), name=GUEST))
    loading = live._Loading(model=model)
    loading.done.set()
    monkeypatch.setattr(live, "_loadings", {GUEST: loading})
    return str(request.param), model


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_model_that_has_come_stands_beside_ours(open_page: Open, guest: tuple[str, Any], lang: str) -> None:
    kind, model = guest
    app = open_page(PAGE, k=kind, m=GUEST, t="guest", lang=lang)

    assert not app.exception and not errors(app)
    assert chips.chips(lab.guest(model, FIRST)) in texts(app)
    assert f"{plain(GUEST)}: " in texts(app)
    at_step(app, "length")
    assert GUEST.split("/")[1] in figure(app, "length")["layout"]["yaxis"]["ticktext"]


def test_a_text_too_long_for_the_other_model_is_told(open_page: Open, guest: tuple[str, Any]) -> None:
    app = open_page(PAGE, k=guest[0], m=GUEST, s="鳥が鳴く。" * 40)

    assert not app.exception
    assert len(errors(app)) == 1 and "トークン" in errors(app)[0]
    assert chips.chips(lab.ours("鳥が鳴く。" * 40), more=JA("chips_more")) in texts(app)


def test_a_model_is_described_before_it_is_fetched(open_page: Open) -> None:
    app = open_page(PAGE, k="decoder", m="Qwen/Qwen3-0.6B-Base")

    assert not app.exception and not errors(app)
    assert any(button.key == "tokens:fetch" for button in app.button)
    app.selectbox(key="tokens:k").set_value("encoder").run()
    assert not app.exception


def test_changing_the_kind_changes_the_default(open_page: Open) -> None:
    app = open_page(PAGE)
    app.selectbox(key="tokens:k").set_value("decoder").run()

    assert not app.exception and not errors(app)
    assert app.query_params["m"] in ("decoder", ["decoder"])


# -- bad input -------------------------------------------------------------------------------------------------

INPUTS: dict[str, tuple[str, CoreError | None]] = {
    "empty": ("", EmptyText()),
    "spaces": ("   ", EmptyText()),
    "wide spaces": ("　　", EmptyText()),
    "500 characters": ("鳥" * 500, TooManyCharacters(length="500", limit=400)),
    "emoji": ("🐦👨‍👩‍👧🏳️‍🌈", None),
    "combining": ("e\u0301か\u3099\u0301\u0301", None),
    "half-width kana": ("ﾄﾘｶﾞﾅｸ", None),
    "right to left": ("שלום\u202eعربي\u200b", None),
    "script": ("</script><script>alert(1)</script>", None),
    "special tokens": ("[MASK][CLS][SEP][PAD][UNK]", None),
    "bytes by name": ("<0xE9><0x41>▁", None),
    "format": ("{0} {x} %s {{", None),
    "newline": ("鳥\nが\t鳴く", None),
    "nul": ("鳥\u0000が", None),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", INPUTS)
def test_any_text_is_shown_or_explained_in_every_box(open_page: Open, name: str, lang: str) -> None:
    text, error = INPUTS[name]
    app = open_page(PAGE, lang=lang)
    for step, box in [*BOXES.items(), ("rare", "b"), ("vectors", "n")]:
        at_step(app, step)
        typed(app, box, text)

        assert not app.exception, step
        if error is None:
            assert not errors(app), step
        elif box not in ("w", "n") or isinstance(error, EmptyText):
            assert set(errors(app)) == {sentence(error, lang)}, step
        assert app.text_input(key=f"tokens:{box}").value == text
    for step in STEPS:
        assert not at_step(app, step).exception, step


def test_a_lone_surrogate_is_shown_as_a_sign(open_page: Open) -> None:
    """No browser sends one; should one come all the same, the page must not break."""
    app = open_page(PAGE)
    state = app.session_state["state:tokens"]
    for step, box in [*BOXES.items(), ("rare", "b"), ("vectors", "n")]:
        at_step(app, step)
        state[box] = "鳥\ud800"
        app.run()
        assert not app.exception, step
        assert app.text_input(key=f"tokens:{box}").value == "鳥\ufffd"


def obeyed(app: AppTest) -> set[tuple[str, str]]:
    """Return what a Markdown reader makes of the page beside plain text, headings, lists, tables, bold and chips."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found = set()
    watched = ("html_block", "html_inline", "link_open", "image", "em_open", "s_open", "code_inline")
    for kind in ("markdown", "caption", "info", "warning", "error", "success"):
        for element in app.get(kind):
            written = str(element.value)
            for block in parser.parse(written):
                for token in [block, *(block.children or [])]:
                    if token.type in watched:
                        found.add((token.type, token.content or str(token.attrs)))
            bare = re.sub(r":(?:blue|orange|violet|gray|green)-(?:background|badge)\[(?:[^\\\[\]]|\\.)*\]", "", written)
            found |= {("streamlit", match) for match in re.findall(r"(?<!\\)(?:\$.*\$|:[\w-]+\[)", bare)}
    return found


@pytest.fixture(scope="module")
def own(open_page: Open) -> dict[str, set[tuple[str, str]]]:
    """What is obeyed on each step of the lesson's own texts."""
    with pytest.MonkeyPatch.context() as patch:
        entries = tuple(dataclasses.replace(entry, ready=entry.ready or entry.id == PAGE) for entry in lessons())
        patch.setattr(menu, "lessons", lambda: entries)
        patch.setattr(live, "model", lambda name: None)
        return {step: obeyed(open_page(PAGE, step=step)) for step in STEPS}


@pytest.mark.parametrize("text", [*MARKUP, INPUTS["script"][0], INPUTS["special tokens"][0]])
def test_markup_of_the_reader_is_shown_and_not_obeyed(
    open_page: Open, own: dict[str, set[tuple[str, str]]], text: str
) -> None:
    app = open_page(PAGE, **dict.fromkeys(["s", "g", "w", "u", "b", "n"], text))
    for step in STEPS:
        at_step(app, step)
        if step == "guess":
            app.button(key="guess:skip").click().run()
        assert not app.exception, step
        assert obeyed(app) <= own[step], step
        assert not any(element.allow_html for element in app.markdown)


# -- links -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_link_restores_the_whole_view(open_page: Open, lang: str) -> None:
    link = {
        "s": "鳥🐦が鳴く",
        "step": "vectors",
        "i": "2",
        "n": "猫",
        "gr": "food.body",
        "t": "bytes",
        "g": "雪が降る",
        "p": "3",
        "w": "雪",
        "u": "鰰",
        "b": "雪/が/降る",
    }
    app = open_page(PAGE, lang=lang, **link)

    assert not app.exception and not errors(app)
    assert app.text_input(key="tokens:s").value == link["s"]
    assert app.text_input(key="tokens:n").value == "猫"
    assert app.selectbox(key="tokens:i").value == "2"
    assert app.query_params == {**link, **({"lang": lang} if lang == "en" else {})}
    for step, box in BOXES.items():
        at_step(app, step)
        assert app.text_input(key=f"tokens:{box}").value == link[box]
    assert app.code[0].value.split("?")[1].startswith("s=")


NONSENSE = [
    {"t": "guest"},
    {"t": "nothing"},
    {"k": "seq2seq"},
    {"p": "99"},
    {"p": "²"},
    {"i": "999"},
    {"i": "-1"},
    {"i": "x"},
    {"gr": "nothing..animals.animals.."},
    {"gr": "9" * 2000},
    {"m": "decoder"},
    {"lang": "<script>"},
    {"unknown": "1"},
    {"s": "鳥が" * 5000},
    {"w": "、" * 2000},
    {"b": "/" * 300},
]


@pytest.mark.parametrize("link", NONSENSE, ids=lambda link: str(link)[:40])
def test_nonsense_in_a_link_is_harmless(open_page: Open, link: dict[str, str]) -> None:
    app = open_page(PAGE, **link)
    for step in STEPS:
        at_step(app, step)
        assert not app.exception, step
        assert app.title[0].value == "トークン"


@pytest.mark.parametrize("name", ["../../etc/passwd", "<b>x</b>", "owner/na me"])
def test_what_is_no_name_of_a_model_is_told(open_page: Open, name: str) -> None:
    app = open_page(PAGE, m=name)

    assert not app.exception
    assert len(errors(app)) == 1
    assert chips.chips(lab.ours(FIRST)) in texts(app)


# -- quiz and sources ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("right", [True, False])
def test_every_answer_of_the_quiz_is_explained(open_page: Open, right: bool, lang: str) -> None:
    say, app = Strings(PAGE, lang), open_page(PAGE, step="quiz", lang=lang)
    questions = toml(PAGE, "quiz")["question"]
    assert len(app.radio) == len(questions) == 5
    for question in questions:
        options = question[lang]["options"]
        index = next(index for index, option in enumerate(options) if option["correct"] == right)
        app.radio(key=f"quiz:{PAGE}:{question['id']}").set_value(index).run()
        assert options[index]["feedback"] in texts(app)

    assert not app.exception
    assert say("quiz_score", score=5 if right else 0, total=5) in texts(app)
    app.button(key=f"quiz:{PAGE}:again").click().run()
    assert [radio.value for radio in app.radio] == [None] * 5


def test_the_last_step_has_sources_and_the_teachers_guide(open_page: Open) -> None:
    app = open_page(PAGE, step="limits")

    assert "https://arxiv.org/abs/1804.10959" in texts(app)
    for section in sections(PAGE, "ja", "guide").values():
        assert section.title in texts(app)
