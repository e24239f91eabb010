"""Furigana: the readings fit today's texts, are right where somebody checked them, and nothing else becomes HTML."""

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from lessons import furigana, readings
from lessons.furigana import FILE, KANJI, PROTECTED, RUBY, bare, markdown
from lessons.text import FOLDER, sections, toml

LESSONS = readings.lessons()
COMMAND = "a Japanese text was changed: run `python -m lessons.furigana`"
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
TAG = re.compile(r"</?(?:ruby|rp|rt|strong)>")
KNOWN = {
    "鳥が鳴く": "鳥《とり》が鳴《な》く",
    "**文**を`文`と[文](https://a.b/文)へ": "**文《ぶん》**を`文`と[文《ぶん》](https://a.b/文)へ",
}
ONLY = {  # every reading that the lessons need of a kanji that stands alone
    "一": {"いち", "いっ", "ひと"},
    "人": {"ひと"},
    "何": {"なに", "なん"},
    "入": {"い", "はい"},
    "割": {"わ"},
    "数": {"かず", "すう", "かぞ"},
    "文": {"ぶん"},
    "方": {"かた"},
    "枚": {"まい"},
    "泣": {"な"},
    "行": {"ぎょう", "おこな", "い"},
    "語": {"ご"},
    "重": {"おも", "かさ"},
    "間": {"あいだ"},
    "鳥": {"とり"},
    "鳴": {"な"},
}


@pytest.fixture(scope="module")
def annotator() -> readings.Annotator:
    return readings.annotator()


def written(lesson: str) -> str:
    file = FOLDER / lesson / FILE
    assert file.is_file(), COMMAND
    return file.read_text(encoding="utf-8")


def words() -> Iterator[tuple[str, str]]:
    """Yield every run of kanji in the lessons with its reading."""
    for lesson in LESSONS:
        yield from RUBY.findall(written(lesson))


# -- the files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS)
def test_without_its_readings_a_file_is_the_text_of_today(lesson: str) -> None:
    assert [bare(line) for line in written(lesson).splitlines()] == readings.lines(lesson), COMMAND


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_kanji_has_a_reading_in_hiragana(lesson: str) -> None:
    left = [RUBY.sub("", PROTECTED.sub("", line)) for line in written(lesson).splitlines()]
    assert [line for line in left if re.search(f"{KANJI}|[《》]", line)] == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_command_would_write_the_same_file(lesson: str, annotator: readings.Annotator) -> None:
    assert readings.written(lesson, annotator) == written(lesson), COMMAND


@pytest.mark.parametrize("kanji", ONLY)
def test_a_kanji_alone_is_read_as_one_of_its_readings(kanji: str) -> None:
    assert {reading for run, reading in words() if run == kanji} <= ONLY[kanji]


@pytest.mark.parametrize(
    "line",
    [
        "鳥《とり》が鳴《な》く。",
        "赤《あか》ちゃんが泣《な》く。",
        "次《つぎ》の単語《たんご》",
        "文《ぶん》の中《なか》の語《ご》",
        "重《おも》みを一《ひと》つずつ入《い》れて",
        "穴《あな》に入《はい》る語《ご》",
        "層《そう》が六《むっ》つ、ヘッドが四《よっ》つ",
        "一行《いちぎょう》の合計《ごうけい》",
        "どの行《ぎょう》ごとにも",
        "切《き》り方《かた》と使《つか》われ方《かた》",
        "何《なに》から何《なに》を",
        "何《なん》ですか",
        "何本《なんぼん》も",
        "数《かず》を数《かぞ》える",
        "文字《もじ》数《すう》",
        "見《み》る側《がわ》の人《ひと》",
        "計算《けいさん》で行《おこな》う",
        "正《ただ》しく読《よ》む",
        "小《ちい》さな数《かず》で割《わ》ると",
        "地図《ちず》は 24 枚《まい》",
        "取《と》り出《だ》す",
        "次《つぎ》の字《じ》「鳴《な》」",
        "一分《いっぷん》の訓練《くんれん》",
    ],
)
def test_checked_readings(line: str, annotator: readings.Annotator) -> None:
    assert annotator.line(bare(line)) == line


def test_corrections_are_words_with_readings() -> None:
    known = readings.corrections()
    assert len({bare(word) for word in known}) == len(known)
    assert [word for word in known if not RUBY.search(word) or re.search(KANJI, RUBY.sub("", word))] == []


# -- how they are made -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "kana", "found"),
    [
        ("鳴く", "なく", "鳴《な》く"),
        ("取り出す", "とりだす", "取《と》り出《だ》す"),
        ("言葉", "ことば", "言葉《ことば》"),
        ("ナク", "なく", "ナク"),
    ],
)
def test_a_reading_stands_over_the_kanji_alone(word: str, kana: str, found: str) -> None:
    assert readings.annotated(word, kana) == found


def test_a_reading_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(readings.NoReading, match=readings.CORRECTIONS):
        readings.annotated("鳴く", "さえずる")
    with pytest.raises(readings.NoReading, match=readings.CORRECTIONS):
        readings.Annotator(lambda text: None, []).line("鳥")


def cut(text: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(written=letter, kana="よ" if re.match(KANJI, letter) else letter) for letter in text]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("一本の本", "一《よ》本《よ》の本《ほん》"),
        ("本の束", "本の束《たば》"),
        ("**本** `本` $本$ [本](https://a.b/本)", "**本《ほん》** `本` $本$ [本《ほん》](https://a.b/本)"),
        ("| 本 | 木 |", "| 本《ほん》 | 木《よ》 |"),
    ],
)
def test_corrections_and_what_is_left_alone(line: str, found: str) -> None:
    by = readings.Annotator(cut, ["本《ほん》", "本の束《たば》"])
    assert by.line(line) == found


def test_the_words_are_shown_with_their_places() -> None:
    assert readings.words(["鳥《とり》が鳴《な》く\n"]) == {
        "鳥《とり》が": {"【鳥が】鳴く": 1},
        "鳴《な》く": {"鳥が【鳴く】": 1},
    }


# -- how they are drawn ----------------------------------------------------------------------------------------


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furigana, "readings", KNOWN.copy)


def text_of(html: str) -> str:
    """Return what is left of a text without the tags of furigana and their readings."""
    return re.sub(r"</?(?:ruby|strong)>", "", re.sub(r"<rp>\(</rp><rt>[ぁ-ゖー]+</rt><rp>\)</rp>", "", html))


@pytest.mark.usefixtures("known")
def test_marks_of_markdown_stay() -> None:
    ruby = furigana.TAGS.replace(r"\1", "{}").replace(r"\2", "{}")
    bird, call = ruby.format("鳥", "とり"), ruby.format("鳴", "な")
    assert markdown("- 鳥が鳴く\n\n### 鳥が鳴く") == f"- {bird}が{call}く\n\n### {bird}が{call}く"
    sentence = ruby.format("文", "ぶん")
    assert markdown("**文**を`文`と[文](https://a.b/文)へ") == (
        f"<strong>{sentence}</strong>を`文`と[{sentence}](https://a.b/文)へ"
    )


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "text", ["", "a", "<b>", "猫が鳴く", "鳥が鳴く\n<b>", "鳥が鳴く\n猫", "鳥が鳴く <b>", "鳥が鳴く\n```\n<b>"]
)
def test_a_text_that_is_not_the_lessons_own_has_none(text: str) -> None:
    assert markdown(text) is None


@given(st.lists(st.one_of(st.sampled_from(sorted(furigana.readings())), st.text()), max_size=4).map("\n".join))
def test_no_text_brings_html_of_its_own(text: str) -> None:
    assert "<" not in TAG.sub("", PROTECTED.sub("", markdown(text) or ""))


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_section_is_drawn_with_its_readings(lesson: str) -> None:
    for anchor, section in sections(lesson, "ja").items():
        for text in (section.title, section.body):
            if re.search(KANJI, text):
                drawn = markdown(text)
                assert drawn is not None, f"{anchor}: {COMMAND}"
                assert text_of(drawn).replace("&lt;", "<").replace("&amp;", "&") == text.replace("**", "")
                tokens = [token for block in MARKDOWN.parse(drawn) for token in block.children or ()]
                assert {
                    token.content for token in tokens if token.type == "html_inline" and not TAG.match(token.content)
                } == set()
                assert [token.content for token in tokens if token.type == "text" and "**" in token.content] == []


# -- on the page -----------------------------------------------------------------------------------------------


def page() -> None:
    import streamlit as st

    from lessons import furigana
    from lessons.text import sections, toml

    st.session_state.setdefault("lang", st.query_params.get("lang", "ja"))
    furigana.switch(st.session_state["lang"])
    section = sections("self_attention", "ja")["question"]
    furigana.section(section, "question")
    furigana.body("鳥<b>が</b>鳴く")
    question = toml("self_attention", "quiz")["question"][0]["ja"]
    st.radio("?", furigana.options([option["text"] for option in question["options"]]))
    furigana.box(st.success, "**OK**", question["options"][0]["feedback"])


@pytest.fixture
def opened() -> Callable[..., AppTest]:
    def run(**link: str) -> AppTest:
        app = AppTest.from_function(page, default_timeout=60)
        app.query_params = dict(link)
        app.run()
        assert not app.exception
        return app

    return run


def html(app: AppTest) -> list[str]:
    return [drawn.value for drawn in app.markdown if drawn.allow_html]


def test_furigana_are_drawn_when_they_are_asked_for(opened: Callable[..., AppTest]) -> None:
    app = opened()
    assert html(app) == [] and app.subheader[0].anchor == "question"
    options = app.radio[0].options
    app.toggle[0].set_value(True).run()
    assert all("<ruby>" in text for text in html(app)) and len(html(app)) == 3 + len(options)
    assert '<span id="question"></span>' in html(app)[0]
    assert "鳥<b>が</b>鳴く" in {drawn.value for drawn in app.markdown if not drawn.allow_html}
    assert app.radio[0].options == list("アイウエ")
    assert app.success[0].value == "**OK**"
    app.toggle[0].set_value(False).run()
    assert html(app) == [] and app.radio[0].options == options


def test_a_link_asks_for_furigana(opened: Callable[..., AppTest]) -> None:
    app = opened(ruby="1")
    assert app.toggle[0].value and html(app)


def test_an_english_page_has_no_furigana(opened: Callable[..., AppTest]) -> None:
    app = opened(ruby="1", lang="en")
    assert not app.toggle and html(app) == []


def test_every_question_of_a_quiz_has_its_readings() -> None:
    for lesson in (name for name in LESSONS if (FOLDER / name / "quiz.toml").is_file()):
        for question in toml(lesson, "quiz")["question"]:
            for text in (question["ja"]["text"], *(option["feedback"] for option in question["ja"]["options"])):
                assert markdown(text) or not re.search(KANJI, text)
