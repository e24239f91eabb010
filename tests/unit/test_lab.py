"""The lesson's question put to the embedded model, live and recorded."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import core
from core import catalogue
from core.errors import NoCandidates
from core.maps import Cut
from lessons.self_attention import record
from lessons.self_attention.lab import (
    MASK,
    MAX_WORDS,
    Lab,
    LiveLab,
    Question,
    RecordedLab,
    examples,
    largest,
    live_lab,
    recorded,
    words,
)
from lessons.self_attention.steps import Scene
from lessons.self_attention.steps.cut import _written
from lessons.self_attention.steps.scene import asked_position, chosen_edge
from lessons.text import Strings

EXAMPLES = [example.question for example in examples()]
BIRD, BABY = EXAMPLES[:2]
ROUNDED = 1e-3  # the file is rounded, and another processor adds up in another order


@pytest.fixture(scope="module")
def encoder() -> LiveLab:
    return live_lab(core.load("encoder"))


@pytest.fixture(scope="module")
def decoder() -> LiveLab:
    return live_lab(core.load("decoder"))


# -- question --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word", "hole"),
    [
        ("鳥がナク", "ナク", "鳥が[MASK]"),
        ("ナクナク", "ナク", "[MASK]ナク"),  # the first
        ("鳥がナク", "ワラウ", "鳥がナク"),
        ("鳥がナク", "", "鳥がナク"),
        ("鳥が[MASK]", "ナク", "鳥が[MASK]"),
        ("鳥が[MASK]とナク", "ナク", "鳥が[MASK]とナク"),
    ],
)
def test_the_hole_is_where_the_word_is(text: str, word: str, hole: str) -> None:
    question = Question(text, word, ("鳴く", "泣く"))

    assert question.hole == hole
    assert question.has_word == (MASK in hole)


def test_an_empty_word_is_in_no_sentence() -> None:
    assert not Question("鳥 がナク", " ", ()).has_word


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("鳴く、泣く", ("鳴く", "泣く")),
        ("鳴く,泣く，吠える", ("鳴く", "泣く", "吠える")),
        ("鳴く/泣く・吠える／笑う", ("鳴く", "泣く", "吠える", "笑う")),
        ("鳴く 泣く　吠える\t笑う\n歌う", ("鳴く", "泣く", "吠える", "笑う", "歌う")),
        ("、、鳴く、、鳴く、", ("鳴く",)),
        ("", ()),
        (" 　、", ()),
    ],
)
def test_words_are_read_as_a_reader_writes_them(written: str, read: tuple[str, ...]) -> None:
    assert words(written) == read


@given(st.text())
def test_words_are_few_different_and_not_blank(written: str) -> None:
    read = words(written)

    assert len(set(read)) == len(read) <= MAX_WORDS
    assert all(word and word == word.strip() for word in read)
    assert words("、".join(read)) == read


@pytest.mark.parametrize("question", EXAMPLES, ids=lambda question: question.text)
def test_an_example_has_its_word_once_and_words_to_compare(question: Question) -> None:
    assert question.text.count(question.word) == 1
    assert len(set(question.candidates)) == len(question.candidates) >= 2


def test_the_lesson_begins_with_its_own_sentence() -> None:
    assert Question("鳥がナク", "ナク", ("鳴く", "泣く")) == BIRD


# -- live ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "word"), [(BIRD, "鳴く"), (BABY, "泣く")])
def test_the_lessons_claim_holds(encoder: LiveLab, question: Question, word: str) -> None:
    shares = encoder.shares(question).shares

    assert max(shares, key=shares.__getitem__) == word
    assert encoder.shares(question).method == "mask"


@pytest.mark.parametrize(("question", "clue"), [(BIRD, "鳥"), (BABY, "赤ちゃん")])
def test_without_the_clue_the_word_is_less_likely(encoder: LiveLab, question: Question, clue: str) -> None:
    tokens = [token.text for token in encoder.maps(question.hole).tokens]
    key = tokens.index(clue)
    cuts = tuple(Cut(query, key) for query in range(len(tokens)) if query != key)
    word = question.candidates[0]

    assert encoder.shares(question, cuts).shares[word] < encoder.shares(question).shares[word]


def test_shares_are_those_of_the_model_in_the_order_given(encoder: LiveLab) -> None:
    question = Question(BIRD.text, BIRD.word, ("泣く", "鳴く", "吠える"))
    found = encoder.shares(question)

    assert list(found.shares) == list(question.candidates)
    assert sum(found.shares.values()) == pytest.approx(1)
    choice = encoder.model.choose(question.hole, question.candidates)
    assert found.shares == {word: choice.prob(word) for word in question.candidates}
    assert len(found.top) == 8
    assert [share for _, share in found.top] == sorted((share for _, share in found.top), reverse=True)


def test_a_word_that_cannot_be_read_is_left_out(encoder: LiveLab) -> None:
    found = encoder.shares(Question(BIRD.text, BIRD.word, (MASK, "鳴く", "泣く")))

    assert list(found.shares) == ["鳴く", "泣く"]
    assert found.shares == encoder.shares(BIRD).shares


@pytest.mark.parametrize("candidates", [(), ("鳴く",), ("鳴く", MASK)])
def test_fewer_than_two_words_are_an_error(encoder: LiveLab, candidates: tuple[str, ...]) -> None:
    with pytest.raises(NoCandidates):
        encoder.shares(Question(BIRD.text, BIRD.word, candidates))


def test_maps_are_means_of_the_models_weights(encoder: LiveLab) -> None:
    maps = encoder.maps(BIRD.hole)

    np.testing.assert_array_equal(maps.mean(1, 2), maps.weights[1, 2])
    np.testing.assert_allclose(maps.mean(None, 2), maps.weights[:, 2].mean(0), rtol=1e-6)
    np.testing.assert_allclose(maps.mean(1, None), maps.weights[1].mean(0), rtol=1e-6)
    np.testing.assert_allclose(maps.mean(None, None).sum(-1), 1, rtol=1e-5)
    assert [maps.tokens[index].special for index in maps.visible] == [False] * len(maps.visible)
    assert len(maps.visible) == len(maps.tokens) - 2


def test_a_cut_edge_has_no_weight(encoder: LiveLab) -> None:
    weights = encoder.maps(BIRD.hole, (Cut(3, 1, 2, 1),)).weights

    assert weights[2, 1, 3, 1] == 0
    assert np.count_nonzero(weights == 0) == 1


def test_effects_are_what_cutting_does(encoder: LiveLab) -> None:
    change = encoder.effects(BIRD, None, None)
    before, after = (encoder.shares(BIRD, cuts).shares["鳴く"] for cuts in ((), (Cut(3, 1),)))

    assert change[3, 1] == pytest.approx(after - before, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("鳥が" * 20 + "ナク", ("鳴く", "泣く")),
        ("鳥が" * 7 + "ナク", ("鳴く", "泣いています")),
    ],
)
def test_of_a_long_sentence_only_the_holes_row_is_cut(encoder: LiveLab, text: str, words: tuple[str, ...]) -> None:
    question = Question(text, "ナク", words)
    tokens = encoder.maps(question.hole).tokens
    hole = [token.text for token in tokens].index(MASK)
    change = encoder.effects(question, None, None)

    assert change is not None and change.shape == (len(tokens), len(tokens))
    assert np.isfinite(change[hole]).all()
    assert np.isnan(np.delete(change, hole, axis=0)).all()
    before, after = (encoder.shares(question, cuts).shares[words[0]] for cuts in ((), (Cut(hole, 1),)))
    assert change[hole, 1] == pytest.approx(after - before, abs=1e-5)


def test_of_a_longer_one_nothing_is(encoder: LiveLab) -> None:
    assert encoder.effects(Question("鳥が" * 20 + "ナク", "ナク", ("鳴く", "泣いています")), None, None) is None


def test_answers_are_kept_for_every_session(encoder: LiveLab) -> None:
    assert live_lab(encoder.model) is encoder
    assert encoder.maps(BIRD.hole) is encoder.maps(BIRD.hole)
    assert encoder.shares(BIRD) is encoder.shares(Question("鳥がナク", "ナク", ("鳴く", "泣く")))
    assert encoder.effects(BIRD, 0, 0) is encoder.effects(BIRD, 0, 0)


# -- recorded --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", EXAMPLES, ids=lambda question: question.text)
def test_the_recorded_run_is_what_the_model_answers(encoder: LiveLab, question: Question) -> None:
    run = recorded("encoder")
    for text in (question.text, question.hole):
        said, found = run.maps(text), encoder.maps(text)
        assert said is not None and said.tokens == found.tokens
        np.testing.assert_allclose(said.weights, found.weights, atol=ROUNDED)
    shares, effects = run.shares(question), run.effects(question, None, None)
    assert shares is not None and effects is not None
    assert shares.method == encoder.shares(question).method
    assert shares.shares == pytest.approx(encoder.shares(question).shares, abs=ROUNDED)
    assert dict(shares.top) == pytest.approx(dict(encoder.shares(question).top), abs=ROUNDED)
    np.testing.assert_allclose(effects, encoder.effects(question, None, None), atol=2 * ROUNDED)


@pytest.mark.parametrize("question", EXAMPLES, ids=lambda question: question.text)
def test_the_decoders_recorded_run_is_what_the_model_answers(decoder: LiveLab, question: Question) -> None:
    said, found = recorded("decoder").maps(question.text), decoder.maps(question.text)

    assert said is not None and said.tokens == found.tokens
    np.testing.assert_allclose(said.weights, found.weights, atol=ROUNDED)


def test_a_recorded_run_knows_only_what_was_recorded() -> None:
    run = recorded("encoder")
    other = Question("猫がナク", "ナク", BIRD.candidates)

    assert run.maps(other.text) is None and run.shares(other) is None and run.effects(other, None, None) is None
    assert run.maps(BIRD.hole, (Cut(3, 1),)) is None and run.shares(BIRD, (Cut(3, 1),)) is None
    assert run.effects(BIRD, 1, None) is None
    for candidates in ((), ("鳴く",), ("鳴く", "泣く", "吠える"), ("吠える", "鳴く")):
        asked = Question(BIRD.text, BIRD.word, candidates)
        assert run.shares(asked) is None


def test_a_recorded_run_answers_in_the_order_asked() -> None:
    swapped = Question(BIRD.text, BIRD.word, BIRD.candidates[::-1])
    found = recorded("encoder").shares(swapped)

    assert found is not None and list(found.shares) == ["泣く", "鳴く"]
    assert recorded("encoder").effects(swapped, None, None) is None  # they are of the other word


def test_recorded_files_are_small_and_name_their_command() -> None:
    for name in ("encoder", "decoder"):
        assert recorded(name).command == record.COMMAND
        assert (record.RECORDED / f"{name}.json").stat().st_size < 200_000


def test_recording_again_gives_the_same_file(encoder: LiveLab) -> None:
    entry = json.loads(json.dumps(record.question_entry(encoder, BIRD)))
    run = RecordedLab({"command": "", "maps": [record.map_entry(encoder, BIRD.hole)], "questions": [entry]})

    again, stored = run.shares(BIRD), recorded("encoder").shares(BIRD)
    assert again is not None and stored is not None
    assert again.shares == pytest.approx(stored.shares, abs=ROUNDED)


# -- edges -----------------------------------------------------------------------------------------------------


def test_the_largest_is_another_one_by_size() -> None:
    values = np.array([[9, 1, -3, 2]], dtype=np.float32)

    assert largest(values, 0, range(4)) == 2
    assert largest(values, 0, [0, 1, 3]) == 3
    assert largest(values, 0, [0]) == 0  # nothing else to choose
    assert largest(np.array([[0, np.nan, 1]], dtype=np.float32), 0, range(3)) == 2


class State(dict[str, str]):
    """Stands in for the state of the page."""

    page = "self-attention"


def scene(lab: Lab, question: Question, **state: str) -> Scene:
    defaults = {"e": "", "l": "mean", "h": "mean", "r": "hole", "x": ""}
    stand_in: Any = State({**defaults, **state})
    return Scene(question, lab, stand_in, Strings("self_attention", "ja"), {}, catalogue.card("encoder"))


@pytest.mark.parametrize(
    ("text", "word", "asked"),
    [
        ("鳥が[MASK]", "ナク", "[MASK]"),
        ("鳥が飛ぶ", "鳥", "鳥"),
        ("[MASK][MASK]", "ナク", "[MASK]"),
    ],
)
def test_the_word_that_is_asked_about_is_found(encoder: LiveLab, text: str, word: str, asked: str) -> None:
    maps = encoder.maps(text)

    assert maps.tokens[asked_position(scene(encoder, Question(text, word, ())), maps)].text == asked


def test_without_a_choice_the_word_looks_at_its_strongest_key(encoder: LiveLab) -> None:
    maps = encoder.maps(BIRD.hole)
    query, key = chosen_edge(scene(encoder, BIRD), maps)

    weights = maps.mean(None, None)
    assert maps.tokens[query].text == MASK
    assert key in maps.visible and key != query
    assert weights[query, key] == max(weights[query, other] for other in maps.visible if other != query)


@given(st.text(st.sampled_from("0123456789-.²１x"), max_size=8))
def test_any_written_edge_is_an_edge_of_the_sentence(written: str) -> None:
    run = recorded("encoder")
    maps = run.maps(BIRD.hole)
    assert maps is not None

    query, key = chosen_edge(scene(run, BIRD, e=written), maps)
    assert 0 <= query < len(maps.tokens) and 0 <= key < len(maps.tokens)
    if written in ("3-1", "0-0"):
        assert f"{query}-{key}" == written


@given(st.text(st.sampled_from("0123456789-.²１x"), max_size=20))
def test_any_written_cuts_are_edges(written: str) -> None:
    assert all(isinstance(number, int) and number >= 0 for edge in _written(written) for number in edge)


def test_cuts_are_read_back() -> None:
    assert _written("3-1.2-1") == [(3, 1), (2, 1)]
    assert _written("") == []
    assert _written("1-1.x.999-2.-.1-2-3") == [(1, 1), (999, 2)]
