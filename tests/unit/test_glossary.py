"""The glossary: every word is told in both languages and leads somewhere; a reader finds it in kana, kanji and English."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons import progress
from lessons.fonts import common
from lessons.glossary import cards
from lessons.glossary.terms import (
    Term,
    by_lesson,
    by_reading,
    folded,
    heading,
    of_lesson,
    page_of,
    search,
    sort_key,
    term,
    terms,
)
from lessons.registry import Lesson, lessons, references
from lessons.text import LANGUAGES, Strings

EACH = pytest.mark.parametrize("one", terms(), ids=lambda one: one.id)
PAGES = {page.id: page for page in (*lessons(), *references())}
ASKED_FOR = """token tokenizer vocabulary embedding vector self_attention query key value softmax attention_weight head layer
    residual layer_norm feed_forward position_encoding encoder decoder cross_attention causal_mask masked_lm causal_lm logits
    distribution temperature top_k top_p greedy beam_search sampling perplexity surprise parameter training loss gradient
    pretraining fine_tuning sft in_context_learning few_shot prompt context_length induction_head rlhf reward_model
    bradley_terry policy ppo kl reward_hacking api hallucination calibration homophone language_model large_language_model
    transformer attention""".split()


# -- the words ---------------------------------------------------------------------------------------------------


def test_the_words_of_the_course_are_there() -> None:
    assert len(terms()) >= 40
    assert set(ASKED_FOR) <= {one.id for one in terms()}


def test_no_word_is_there_twice() -> None:
    for found in (
        [one.id for one in terms()],
        *([one.name[lang] for one in terms()] for lang in LANGUAGES),
        *([one.definition[lang] for one in terms()] for lang in LANGUAGES),
        [one.reading for one in terms()],
    ):
        assert len(set(found)) == len(found)


@EACH
def test_a_word_is_told_in_both_languages(one: Term) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", one.id)
    assert re.fullmatch("[ぁ-ゖー]+", one.reading)
    for texts in (one.name, one.definition):
        assert set(texts) == set(LANGUAGES)
        assert all(text.strip() == text and text for text in texts.values())
    assert re.search("[ぁ-ん]", one.definition["ja"])
    assert 1 <= one.definition["ja"].count("。") <= 3 and one.definition["ja"].endswith("。")
    assert one.definition["en"].endswith(".")
    assert not re.search("[ぁ-ん]", re.sub("鳴く|泣く", "", one.definition["en"]))


@EACH
def test_a_word_leads_to_a_page_and_a_step_that_exist(one: Term) -> None:
    page = PAGES[one.lesson]
    steps = progress.tasks(one.lesson)
    if one.step:
        assert one.step in steps, f"{one.id}: {one.lesson} has the steps {', '.join(steps)}"
    elif isinstance(page, Lesson):
        assert not page.ready, f"{one.id}: name one of the steps {', '.join(steps)}"
    for lang in LANGUAGES:
        assert page.title[lang] in cards.where(one, lang)


@EACH
def test_words_close_to_it_exist(one: Term) -> None:
    assert one.see
    assert len(set(one.see)) == len(one.see) and one.id not in one.see
    assert all(term(name) is not None for name in one.see)


@EACH
def test_every_letter_is_in_the_font(one: Term) -> None:
    written = {*one.reading, *"".join(one.also), *"".join(one.name.values()), *"".join(one.definition.values())}
    assert sorted(written - common()) == []


def test_every_word_is_read_with_a_definition_that_does_not_need_markup() -> None:
    for one in terms():
        assert not set("*`$<>") & {*"".join(one.definition.values())}, one.id


def test_unknown_words_are_none() -> None:
    assert term("no_such_word") is None and term("") is None
    assert of_lesson("no_such_lesson") == ()


# -- the search --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("おんど", "temperature"),
        ("温度", "temperature"),
        ("TEMPERATURE", "temperature"),
        ("トークン", "token"),
        ("とーくん", "token"),
        ("ﾄｰｸﾝ", "token"),
        ("self attention", "self_attention"),
        ("自己注意", "self_attention"),
        ("topk", "top_k"),
        ("ＰＰＯ", "ppo"),
        ("bradley-terry", "bradley_terry"),
        ("ごい", "vocabulary"),
        ("LLM", "large_language_model"),
        ("チョウ", "context_length"),
    ],
)
def test_a_word_is_found(query: str, first: str) -> None:
    assert first in [one.id for one in search(query)][:3]


@EACH
def test_every_word_is_found_first_by_its_own_names(one: Term) -> None:
    for name in (*one.name.values(), one.reading):
        assert search(name)[0].id == one.id, name


def test_names_come_before_definitions() -> None:
    found = [one.id for one in search("token")]
    assert found[:2] == ["token", "tokenizer"]
    assert len(found) > 2


@pytest.mark.parametrize("query", ["", " ", "　", "-"])
def test_an_empty_query_finds_everything(query: str) -> None:
    assert search(query) == terms()


def test_nothing_is_found_for_what_is_not_there() -> None:
    assert search("存在しない言葉") == ()


@given(st.text())
def test_any_text_can_be_searched(query: str) -> None:
    found = search(query)
    assert len({one.id for one in found}) == len(found)
    assert search(unicodedata.normalize("NFKC", query)) == found


@given(st.text(st.characters(min_codepoint=0x30A1, max_codepoint=0x30F6)))
def test_katakana_and_hiragana_are_alike(kana: str) -> None:
    assert folded(kana) == folded("".join(chr(ord(letter) - 0x60) for letter in kana))


# -- order -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_alphabet_has_every_word_once_and_in_order(lang: str) -> None:
    groups = by_reading(terms(), lang)
    found = [one for _, words in groups for one in words]
    assert sorted(one.id for one in found) == sorted(one.id for one in terms())
    assert [sort_key(one, lang) for one in found] == sorted(sort_key(one, lang) for one in found)
    assert len({title for title, _ in groups}) == len(groups)


@pytest.mark.parametrize(
    ("name", "ja", "en"),
    [("token", "た行", "T"), ("vocabulary", "か行", "V"), ("perplexity", "は行", "P"), ("rlhf", "あ行", "R")],
)
def test_words_stand_under_their_heading(name: str, ja: str, en: str) -> None:
    one = term(name)
    assert one is not None
    assert (heading(one, "ja"), heading(one, "en")) == (ja, en)


def test_lessons_come_in_the_order_of_the_menu() -> None:
    groups = by_lesson(terms())
    assert [page.id for page, _ in groups] == [page for page in PAGES if of_lesson(page)]
    assert sum(len(words) for _, words in groups) == len(terms())
    assert all(page_of(one) == page for page, words in groups for one in words)


# -- cards -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@EACH
def test_a_card_has_the_word_and_leads_only_to_what_is_on_the_page(one: Term, lang: str) -> None:
    say = Strings("glossary", lang)
    html = cards.entry(one, say, {*one.see[:1], one.id}, anchored=True)

    assert f'id="{one.id}"' in html
    assert re.findall(r'href="#([^"]*)"', html) == [one.see[0]]
    assert "href" not in cards.entry(one, say) and "id=" not in cards.entry(one, say)


def test_a_card_reads_nothing_as_markup() -> None:
    wild = "<b>x</b>&"
    one = Term("x", {"ja": wild, "en": wild}, wild, {"ja": wild, "en": wild}, "gpt", "mask")
    html = cards.entry(one, Strings("glossary", "ja"))
    assert "<b>" not in html and "&lt;b&gt;x&lt;/b&gt;&amp;" in html
