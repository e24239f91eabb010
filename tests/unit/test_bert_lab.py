"""The lesson's questions put to the embedded encoder, live and recorded; the holes; the recorded training; the score."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import core
from core import catalogue
from core.errors import TooManyMasks
from core.maps import Cut
from core.masked import MAX_MASKS
from core.tokens import Token
from core.training import batches
from lessons.bert import holes, looks, record, score
from lessons.bert.lab import (
    RANKED,
    Example,
    Guess,
    Hole,
    LiveLab,
    RecordedLab,
    examples,
    live_lab,
    recorded,
    reviews,
)
from lessons.bert.looks import Look, Run
from lessons.bert.score import Round
from lessons.self_attention.lab import MASK

PARK = examples()[0]
EASY, HARD = ([one for one in examples() if one.hard is hard] for hard in (False, True))
ROUNDED = 1e-3  # the file is rounded, and another processor adds up in another order
TWO = "[MASK]が[MASK]を食べる。"


@pytest.fixture(scope="module")
def lab() -> LiveLab:
    return live_lab(core.load("encoder"))


def tokens(*words: str) -> tuple[Token, ...]:
    """Return tokens of the words in a row between the special ones."""
    found = [Token("[CLS]", 0, 0, True, 0, (2,))]
    for word in words:
        start = found[-1].end
        found.append(Token(word, start, start + len(word), False, len(found), (len(found) + 9,)))
    end = found[-1].end
    return (*found, Token("[SEP]", end, end, True, len(found), (3,)))


READING = tokens("公園", "で", "本", "を", "読む", "。")


# -- examples --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.text)
def test_an_example_hides_one_word_that_is_a_token(lab: LiveLab, example: Example) -> None:
    assert example.text.count(example.word) == 1 and example.word in example.candidates
    assert example.hole == example.text.replace(example.word, MASK)
    found = lab.tokens(example.text)
    places = holes.read(str(example.text.index(example.word)), found)
    assert [holes.own(found)[place].text for place in places] == [example.word]


@pytest.mark.parametrize("example", EASY, ids=lambda example: example.text)
def test_the_model_finds_the_word_of_an_ordinary_example(lab: LiveLab, example: Example) -> None:
    assert lab.fills(example.hole)[0].ranked[0][0] == example.word


@pytest.mark.parametrize("example", HARD, ids=lambda example: example.text)
def test_the_model_misses_what_the_lesson_says_it_misses(lab: LiveLab, example: Example) -> None:
    assert lab.fills(example.hole)[0].ranked[0][0] != example.word


def test_there_is_a_sentence_in_which_only_both_sides_together_find_the_word(lab: LiveLab) -> None:
    found = {one.word: lab.sides(one.hole, 0) for one in EASY}["開ける"]
    assert found.both.prob("開ける") > 0.5 > found.left.prob("開ける") + found.right.prob("開ける")


def test_what_the_text_says_about_the_shares_is_what_the_training_does() -> None:
    assert (batches.MASKED_SHARE, batches.RANDOM_SHARE, batches.KEPT_SHARE) == (0.25, 0.05, 0.05)
    assert MAX_MASKS == 10


# -- holes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "places"),
    [
        ("3", (2,)),
        ("0.3", (0, 2)),
        ("3.0.3", (0, 2)),
        ("1", (0,)),  # inside a word
        ("", ()),
        ("99", ()),
        ("x.².-1.3", (2,)),
        ("9" * 2000, ()),
        (holes.AUTO, (4,)),
    ],
)
def test_places_are_read_with_care(written: str, places: tuple[int, ...]) -> None:
    assert holes.read(written, READING) == places


@given(st.sets(st.integers(0, 5)))
def test_places_are_read_as_they_are_written(places: set[int]) -> None:
    assert holes.read(holes.write(READING, sorted(places)), READING) == tuple(sorted(places))


@given(st.text(st.sampled_from("0123456789.x²-"), max_size=30))
def test_any_written_places_are_places(written: str) -> None:
    assert all(0 <= place < 6 for place in holes.read(written, READING))


def test_a_hole_and_a_space_cannot_be_hidden() -> None:
    found = tokens("雨", " ", MASK, "。")
    assert holes.read("0.1.2.8", found) == (0, 3)
    assert holes.read(holes.AUTO, found) == ()  # the reader has written a hole
    assert holes.read(holes.AUTO, tokens(" ")) == ()


def test_a_hole_takes_the_place_of_its_word() -> None:
    text = "公園で本を読む。"
    assert holes.holed(text, READING, (0, 2)) == "[MASK]で[MASK]を読む。"
    assert holes.holed(text, READING, ()) == text


@given(st.floats(0, 1), st.integers(0, 99), st.integers(0, 8))
def test_words_are_hidden_at_random_as_the_seed_says(share: float, seed: int, most: int) -> None:
    places = holes.drawn(READING, share, seed, most)
    assert places == holes.drawn(READING, share, seed, most) == tuple(sorted(set(places)))
    assert len(places) <= max(0, most)
    assert most == 0 or places
    if share == 1 and most >= 6:
        assert len(places) == 6


def test_more_is_hidden_of_a_larger_share() -> None:
    few, many = (sum(len(holes.drawn(READING, share, seed, 10)) for seed in range(50)) for share in (0.15, 0.6))
    assert few < many


def test_nothing_can_be_hidden_in_a_sentence_of_holes() -> None:
    assert holes.drawn(tokens(MASK, MASK), 0.5, 0, 10) == ()


# -- live ------------------------------------------------------------------------------------------------------


def test_fills_are_those_of_the_model(lab: LiveLab) -> None:
    (found,) = lab.fills(PARK.hole)
    (expected,) = lab.model.fill(PARK.hole, RANKED)
    assert found.position == expected.position
    assert found.ranked == tuple((one.token, one.prob) for one in expected.candidates)
    assert found.place(found.ranked[3][0]) == (4, found.ranked[3][1])
    assert (found.place("雷雨前線"), found.prob("雷雨前線")) == (None, 0.0)
    assert found.says("雷雨前線").startswith("<") and found.says(found.ranked[0][0]).endswith("%")
    assert lab.fills(PARK.hole) is lab.fills(PARK.hole)


def test_too_many_holes_are_an_error(lab: LiveLab) -> None:
    with pytest.raises(TooManyMasks):
        lab.fills(MASK * 11)


@pytest.mark.parametrize("text", [PARK.hole, TWO, "[MASK]", "鳥が[MASK]"])
def test_a_side_without_words_changes_nothing(lab: LiveLab, text: str) -> None:
    for number, hole in enumerate(lab.fills(text)):
        found = lab.sides(text, number)
        words = [token.special for token in lab.tokens(text)]
        assert found.has_left == (not all(words[: hole.position]))
        assert found.has_right == (not all(words[hole.position + 1 :]))
        assert found.both == hole
        if not found.has_right:
            assert found.left == hole
        if not found.has_left:
            assert found.right == hole


def test_a_side_is_out_of_sight_of_all_others(lab: LiveLab) -> None:
    """With the right side cut off, it makes no difference what stands there."""
    first, second = (lab.sides(f"公園で[MASK]を{verb}。", 0) for verb in ("読む", "飲む"))
    assert first.both.ranked[0][0] != second.both.ranked[0][0]
    assert [word for word, _ in first.left.ranked[:20]] == [word for word, _ in second.left.ranked[:20]]
    assert dict(first.left.ranked[:20]) == pytest.approx(dict(second.left.ranked[:20]), abs=1e-5)


@pytest.mark.parametrize(("layer", "head"), [(None, None), (2, 1)])
def test_effects_are_those_of_single_cuts(lab: LiveLab, layer: int | None, head: int | None) -> None:
    hole = lab.fills(PARK.hole)[0]
    word, prob = hole.ranked[0]
    found = lab.effects(PARK.hole, 0, word, layer, head)
    assert found is not None
    for key in range(len(lab.tokens(PARK.hole))):
        if key == hole.position:
            assert np.isnan(found[key])
            continue
        cut = lab.model.fill(PARK.hole, 5, (Cut(hole.position, key, layer, head),))[0].candidates
        after = {one.token: one.prob for one in cut}.get(word)
        assert after is None or found[key] == pytest.approx(after - prob, abs=1e-5)


def test_a_long_text_of_a_large_model_has_no_effects(lab: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lessons.bert.lab.EFFECT_BUDGET", 1)
    assert lab._effects(PARK.hole, 0, "本", None, None) is None


@pytest.mark.parametrize("word", ["本", "新聞"])
def test_a_guess_that_is_a_token_has_its_probability(lab: LiveLab, word: str) -> None:
    found = lab.guess(PARK.hole, word, PARK.word)
    rank, prob = lab.fills(PARK.hole)[0].place(word)  # type: ignore[misc]
    assert (found.method, found.rank) == ("mask", rank)
    assert found.prob == pytest.approx(prob, rel=1e-3)


def test_a_guess_below_the_ranked_words_still_has_its_probability(lab: LiveLab) -> None:
    last = lab.fills(PARK.hole)[0].ranked[-1][1]
    unlikely = next(word for word in ("が", "降る", "は", "泣い") if lab.fills(PARK.hole)[0].place(word) is None)
    found = lab.guess(PARK.hole, unlikely, PARK.word)
    assert found.rank is None and 0 < found.prob <= last


@pytest.mark.parametrize("word", ["推理小説", "🐦", "</script><script>alert(1)</script>", "xyz"])
def test_a_guess_that_is_no_token_is_compared_over_the_sentence(lab: LiveLab, word: str) -> None:
    found = lab.guess(PARK.hole, word, PARK.word)
    assert found.method == "sentence" and found.rank is None
    assert {word, PARK.word} <= {name for name, _ in found.shares}
    assert sum(share for _, share in found.shares) == pytest.approx(1)
    choice = lab.model.choose(PARK.hole, [name for name, _ in found.shares])
    assert dict(found.shares) == pytest.approx({one.token: one.prob for one in choice.candidates}, rel=1e-3)


def test_a_hole_is_no_guess(lab: LiveLab) -> None:
    assert lab.guess(PARK.hole, MASK, PARK.word) == Guess("unreadable")


def test_the_loss_of_a_hidden_word_is_that_of_the_hole(lab: LiveLab) -> None:
    (found,) = lab.losses(PARK.text, (2,))
    hole = lab.fills(PARK.hole)[0]
    assert (found.word, found.best) == (PARK.word, hole.ranked[0][0])
    assert found.prob == pytest.approx(hole.prob(PARK.word), rel=1e-3)
    assert found.nats == pytest.approx(-np.log(found.prob), rel=1e-4)


def test_losses_of_several_words_are_those_of_the_common_holes(lab: LiveLab) -> None:
    text = "雨の日に傘をさして歩く。"
    found = lab.losses(text, (0, 4, 8))
    together = lab.fills(holes.holed(text, lab.tokens(text), (0, 4, 8)))
    assert [one.word for one in found] == ["雨", "傘", "歩く"]
    for one, hole in zip(found, together, strict=True):
        assert one.best == hole.ranked[0][0]
        assert one.prob == pytest.approx(hole.prob(one.word), rel=1e-3)


def test_holes_of_the_reader_are_not_counted_among_the_hidden_words(lab: LiveLab) -> None:
    text = "[MASK]で本を読む。"
    (found,) = lab.losses(text, (2,))
    assert found.word == "本"
    assert found.prob == pytest.approx(lab.fills("[MASK]で[MASK]を読む。")[1].prob("本"), rel=1e-3)


def test_a_word_of_several_pieces_has_a_loss(lab: LiveLab) -> None:
    text = "公園で🐦を見る。"
    found = lab.tokens(text)
    place = next(place for place, token in enumerate(holes.own(found)) if len(token.pieces) > 1)
    (loss,) = lab.losses(text, (place,))
    assert loss.nats > 0 and 0 <= loss.prob < 1


# -- recorded --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.text)
def test_the_recorded_run_is_what_the_model_answers(lab: LiveLab, example: Example) -> None:
    run, hole = recorded(), example.hole
    assert run.tokens(example.text) == lab.tokens(example.text)
    said, found = run.sides(hole, 0), lab.sides(hole, 0)
    assert said is not None
    for name in ("both", "left", "right"):
        one, other = getattr(said, name), getattr(found, name)
        assert one.position == other.position
        assert dict(one.ranked) == pytest.approx({word: other.prob(word) for word, _ in one.ranked}, abs=ROUNDED)
    maps = run.maps(hole)
    assert maps is not None and maps.tokens == lab.tokens(hole)
    np.testing.assert_allclose(maps.weights, lab.maps(hole).weights, atol=ROUNDED)
    assert run.fills(hole) == (said.both,)
    best = said.both.ranked[0][0]
    np.testing.assert_allclose(
        run.effects(hole, 0, best, None, None),
        lab.effects(hole, 0, best, None, None),
        atol=ROUNDED,  # type: ignore[arg-type]
    )


def test_the_recorded_reviews_are_what_the_model_answers(lab: LiveLab) -> None:
    for review in reviews():
        assert review.expected in review.words and review.text.count(MASK) == 1
        said = recorded().shares(review)
        assert said is not None
        assert dict(said) == pytest.approx(dict(lab.shares(review)), abs=ROUNDED)


def test_a_recorded_run_knows_only_what_was_recorded() -> None:
    run = recorded()
    assert run.tokens("猫が") is None and run.fills("猫が[MASK]") is None and run.maps("猫が[MASK]") is None
    assert run.sides(PARK.hole, 1) is None and run.sides("猫が[MASK]", 0) is None
    assert run.fills(PARK.hole, (Cut(1, 0),)) is None
    assert run.effects(PARK.hole, 0, "雷雨前線", None, None) is None
    assert run.effects(PARK.hole, 0, "本", 1, None) is None
    assert run.shares(type(reviews()[0])("x[MASK]", ("a", "b"), "a")) is None


def test_the_recorded_file_is_small_and_names_its_command() -> None:
    assert recorded().command == record.COMMAND
    assert (record.RECORDED / "encoder.json").stat().st_size < 250_000


def test_what_is_recorded_is_read_back(lab: LiveLab) -> None:
    own = Example("猫が庭で寝る。", "寝る", ("寝る", "鳴く"), False, {"ja": "x", "en": "x"})
    entries = {
        "command": "",
        "tokens": [record.tokens_entry(text, lab.tokens(text)) for text in (own.text, own.hole)],
        "holes": [record.hole_entry(lab, own)],
        "reviews": [],
    }
    run = RecordedLab(json.loads(json.dumps(entries)))
    assert run.tokens(own.hole) == lab.tokens(own.hole)
    sides = run.sides(own.hole, 0)
    assert sides is not None and (sides.has_left, sides.has_right) == (True, True)
    assert sides.both.ranked[0][0] == lab.fills(own.hole)[0].ranked[0][0]


# -- the recorded training -------------------------------------------------------------------------------------


def written(folder: Path, **files: Any) -> Run:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return looks.read(folder)


def guesses(*firsts: str) -> list[dict[str, Any]]:
    texts = ("鳥が[MASK]。", "雨が激しく[MASK]。")
    return [
        {"text": text, "candidates": [[first, 0.5], ["の", 0.2]]} for text, first in zip(texts, firsts, strict=True)
    ]


LOG = {"step": [20, 60, 100], "loss": [9.0, 6.0, 5.5], "seconds": [10, 30, 50]}
LOOKS = [
    {"step": 80, "guesses": guesses("鳴く", "降る")},
    {"step": 0, "guesses": guesses("裏", "裏")},
    {"step": 40, "guesses": guesses("鳴く", "は")},
]


def test_a_training_is_read_in_the_order_of_its_steps(tmp_path: Path) -> None:
    run = written(tmp_path, log=LOG, guesses=LOOKS)
    assert [look.step for look in run.looks] == [0, 40, 80]
    assert run.sentences == ("鳥が[MASK]。", "雨が激しく[MASK]。")
    assert (run.steps, run.loss) == ((20, 60, 100), (9.0, 6.0, 5.5))
    assert run.loss_at(0) is None
    assert run.loss_at(70) == (60, 6.0) and run.loss_at(9999) == (100, 5.5)
    assert run.course("鳥が[MASK]。", ("鳴く", "裏", "x")) == [[0.0, 0.5, 0.5], [0.5, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert (run.learned("鳥が[MASK]。"), run.learned("雨が激しく[MASK]。")) == (40, 80)
    assert run.learned("猫が[MASK]。") is None


def test_a_training_that_was_not_watched_has_no_looks(tmp_path: Path) -> None:
    run = written(tmp_path, log=LOG)
    assert run.looks == () and run.sentences == () and run.steps


def test_a_folder_without_a_record_is_empty(tmp_path: Path) -> None:
    run = looks.read(tmp_path)
    assert (run.steps, run.looks, run.loss_at(5)) == ((), (), None)


def test_an_answer_that_came_and_went_was_not_learned_yet() -> None:
    firsts = ("鳴く", "の", "鳴く", "鳴く")
    run = Run((), (), (), tuple(Look(step, {"a": ((word, 0.5),)}) for step, word in enumerate(firsts)))
    assert run.learned("a") == 2


@pytest.mark.skipif(not looks.encoder().looks, reason="the training of the embedded encoder was not watched")
def test_the_encoder_learned_as_the_text_says() -> None:
    """First the same words for every sentence, among them た and は; then different words for different sentences."""
    run = looks.encoder()
    firsts = [{ranked[0][0] for ranked in look.guesses.values()} for look in run.looks]
    assert len(firsts[0]) == 1
    assert {"た", "は"} <= set().union(*(found for found in firsts[:6] if len(found) <= 3))
    assert len(firsts[-1]) >= 5
    assert run.looks[-1].guesses["鳥が[MASK]。"][0][0] == "鳴く"
    losses = [run.loss_at(look.step) for look in run.looks]
    known = [loss[1] for loss in losses if loss is not None]
    assert known[0] > known[-1] and sum(a > b for a, b in pairwise(known)) >= len(known) - 2


def test_the_card_tells_what_the_training_took() -> None:
    assert {"tokens", "steps", "seconds"} <= set(catalogue.card("encoder").recipe)


# -- the score -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guess", "best", "points"),
    [("本", "本", (1, 1)), ("本", "新聞", (1, 0)), ("花", "本", (0, 1)), ("", "本", (0, 1)), ("花", "水", (0, 0))],
)
def test_whoever_finds_the_word_has_a_point(guess: str, best: str, points: tuple[int, int]) -> None:
    played = Round(guess, "本", best)
    assert (int(played.reader), int(played.model)) == points


def test_a_question_is_told_from_others_by_model_sentence_and_word() -> None:
    names = {
        score.question(model, hole, word)
        for model, hole, word in (
            ("encoder", "公園で[MASK]を読む。", "本"),
            ("encoder", "公園で[MASK]を読む。", "新聞"),
            ("encoder", "[MASK]で本を読む。", "公園"),
            ("other/model", "公園で[MASK]を読む。", "本"),
        )
    }
    assert len(names) == 4


def test_a_standing_is_the_rank_or_the_place_among_the_compared() -> None:
    assert score.standing(Guess("mask", 0.1, 7), "本") == 7
    assert score.standing(Guess("mask", 0.1), "本") is None
    assert score.standing(Guess("sentence", shares=(("新聞", 0.7), ("本", 0.3))), "本") == 2


def test_a_hole_says_less_than_the_last_word_for_an_unknown_one() -> None:
    assert Hole(1, (("本", 0.9), ("新聞", 0.05))).says("花") == "<5.0%"
    assert Hole(1, (("本", 0.9999999), ("新聞", 1e-9))).says("花") == "<0.001%"
