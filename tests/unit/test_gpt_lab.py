"""The lesson's questions put to the embedded decoder, live and recorded; the branches; what sampling leaves."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import core
from core.errors import EmptyText, TooManyCharacters, TooManyTokens
from core.maps import Cut
from core.sampling import Sampling, filtered
from lessons.gpt import branches, record
from lessons.gpt.kept import draws, kept
from lessons.gpt.lab import (
    EFFECT_BUDGET,
    WORDS,
    Hidden,
    LiveLab,
    Next,
    RecordedLab,
    examples,
    fills,
    live_lab,
    recorded,
)

RAIN = examples()[0].sentence
EXAMPLES = [example.sentence for example in examples()]
HOLES = [example.sentence for example in examples("both_sides")]
ROUNDED = 1e-3  # the file is rounded, and another processor adds up in another order
LOGITS = np.log(np.array([0.05, 0.4, 0.3, 0.2, 0.05], dtype=np.float32))
RANKED = (1, 2, 3)


@pytest.fixture(scope="module")
def lab() -> LiveLab:
    return live_lab(core.load("decoder"))


# -- examples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sentence", [*EXAMPLES, *HOLES], ids=lambda sentence: sentence.text)
def test_an_example_has_its_word_once_and_something_before_it(sentence: Hidden) -> None:
    assert sentence.text.count(sentence.word) == 1
    assert sentence.left.strip()
    assert sentence.hole == sentence.text.replace(sentence.word, "[MASK]")


def test_the_lesson_begins_with_its_own_sentence() -> None:
    assert Hidden("雨が激しく降る", "降る") == RAIN
    assert RAIN.left == "雨が激しく"
    assert all("降る" in one.candidates for one in examples()[:1])


@pytest.mark.parametrize("word", ["降る", "降っ", "降り"])
def test_the_text_is_right_about_the_forms_that_are_tokens(lab: LiveLab, word: str) -> None:
    assert len(lab._pieces(RAIN.left, word)) == 1


@pytest.mark.parametrize("word", examples()[0].candidates)
def test_the_guesses_to_pick_for_the_lessons_sentence_are_tokens(lab: LiveLab, word: str) -> None:
    assert len(lab._pieces(RAIN.left, word)) == 1


def test_the_lessons_claim_holds(lab: LiveLab) -> None:
    """After 「雨が激しく」 the model expects a form of 降る."""
    assert lab.next(RAIN.left).words[0].startswith("降")


# -- live --------------------------------------------------------------------------------------------------------


def test_next_names_the_likeliest_words(lab: LiveLab) -> None:
    found = lab.next(RAIN.left)
    expected = lab.model.next(RAIN.left, WORDS)

    assert list(found.words) == [one.token for one in expected.candidates]
    assert found.probs == pytest.approx([one.prob for one in expected.candidates], rel=1e-4)
    for rank, (identifier, prob) in enumerate(zip(found.ids, found.probs, strict=True), 1):
        assert found.place(identifier) == (rank, pytest.approx(prob, rel=1e-4))


def test_a_cut_is_passed_on(lab: LiveLab) -> None:
    cuts = (Cut(3, 1),)

    np.testing.assert_array_equal(lab.next(RAIN.left, cuts).logits, lab.model.next(RAIN.left, cut=cuts).logits)
    assert not np.allclose(lab.next(RAIN.left, cuts).logits, lab.next(RAIN.left).logits, atol=1e-3)


def test_a_guess_of_one_token_has_rank_and_probability(lab: LiveLab) -> None:
    found = lab.next(RAIN.left)
    guess = lab.guess(RAIN.left, found.words[2])

    assert (guess.pieces, guess.rank) == ((found.words[2],), 3)
    assert guess.prob == guess.whole == pytest.approx(found.probs[2], rel=1e-4)


@pytest.mark.parametrize("word", ["降っている", "🌧", "どしゃぶりだ"])
def test_a_guess_of_several_tokens_is_their_product(lab: LiveLab, word: str) -> None:
    guess = lab.guess(RAIN.left, word)
    ids = lab._pieces(RAIN.left, word)

    assert len(guess.pieces) == len(ids) > 1
    assert guess.whole == pytest.approx(2.0 ** sum(lab.follow(RAIN.left, ids).log2), rel=1e-3)
    assert guess.whole <= guess.prob
    assert lab.next(RAIN.left).place(ids[0]) == (guess.rank, pytest.approx(guess.prob))


@pytest.mark.parametrize(("word", "error"), [(" ", EmptyText), ("雨" * 500, TooManyCharacters)])
def test_a_guess_that_cannot_be_read_is_an_error(lab: LiveLab, word: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        lab.guess(RAIN.left, word)


def test_a_guess_after_a_full_context(lab: LiveLab) -> None:
    text = "雨" * (lab.limit - 1)
    assert lab.used(text) == lab.limit

    assert lab.guess(text, "降る").pieces == ("降る",)
    with pytest.raises(TooManyTokens):
        lab.guess(text, "降っている")


def test_surprise_is_the_score(lab: LiveLab) -> None:
    found, score = lab.surprise(RAIN.text), lab.model.score(RAIN.text)

    assert found.words == tuple(token.text for token in score.tokens)
    assert found.bits == tuple(-one for one in score.log2)
    assert found.bits_per_character == pytest.approx(score.bits_per_character)


def test_effects_are_those_of_the_model_and_a_long_text_has_none(lab: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    best = lab.next(RAIN.left).ids[0]
    found = lab.effects(RAIN.left, best)
    assert found is not None
    expected = lab.model.column_effects(RAIN.left, best)
    np.testing.assert_allclose(found.change, expected.change)
    assert (found.tokens, found.base) == (expected.tokens, expected.base)

    size = lab.used(RAIN.left) ** 2 * lab.model.card.parameters / 1e6
    monkeypatch.setattr("lessons.gpt.lab.EFFECT_BUDGET", size - 1)
    assert lab._effects(RAIN.left, best) is None
    assert lab.limit**2 * lab.model.card.parameters / 1e6 < EFFECT_BUDGET  # the embedded model always answers


@pytest.mark.parametrize("seed", range(3))
def test_a_sampled_way_is_that_of_the_steps(lab: LiveLab, seed: int) -> None:
    sampling = Sampling(temperature=1.3, top_p=0.9, seed=seed, max_tokens=8)
    steps, way = list(lab.model.steps(RAIN.left, sampling)), lab.sample(RAIN.left, sampling)

    assert (way.text, way.tokens) == (lab.model.generate(RAIN.left, sampling), len(steps))
    log2 = sum(np.log2(step.before.probabilities[step.id]) for step in steps)
    assert way.ended == (len(steps) < 8)
    assert way.log2 <= log2 + 1e-3
    if not way.ended:
        assert way.log2 == pytest.approx(log2, abs=1e-3)


def test_greedy_takes_the_first_word_each_time(lab: LiveLab) -> None:
    way = lab.sample(RAIN.left, Sampling(temperature=0, max_tokens=3))

    ids: tuple[int, ...] = ()
    for _ in range(way.tokens):
        ids = (*ids, lab.follow(RAIN.left, ids).next.ids[0])
    assert way.text == lab.follow(RAIN.left, ids).text


def test_no_way_is_likelier_than_the_best_beam_of_its_kind(lab: LiveLab) -> None:
    ways = lab.beams(RAIN.left, 3, 6)

    assert len(ways) == 3
    assert [way.log2 for way in ways] == sorted((way.log2 for way in ways), reverse=True)


def test_ways_stay_within_the_limit(lab: LiveLab) -> None:
    text = "雨" * (lab.limit - 3)

    assert all(way.tokens <= 2 for way in lab.beams(text, 2, 10))
    assert lab.sample(text, Sampling(max_tokens=10)).tokens <= 2


def test_answers_are_kept(lab: LiveLab) -> None:
    assert lab.next(RAIN.left) is lab.next(RAIN.left)
    assert lab.follow(RAIN.left, (5,)) is lab.follow(RAIN.left, (5,))
    assert live_lab(lab.model) is lab


# -- recorded ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sentence", EXAMPLES, ids=lambda sentence: sentence.text)
def test_the_recorded_run_is_what_the_model_answers(lab: LiveLab, sentence: Hidden) -> None:
    run = recorded()
    said, found = run.maps(sentence.text), lab.maps(sentence.text)
    assert said is not None and said.tokens == found.tokens
    np.testing.assert_allclose(said.weights, found.weights, atol=ROUNDED)
    following, bits = run.next(sentence.left), run.surprise(sentence.text)
    assert following is not None and bits is not None
    expected = lab.next(sentence.left)
    assert dict(zip(following.ids, following.probs, strict=True)) == pytest.approx(
        {one: expected.place(one)[1] for one in following.ids},  # type: ignore[index]
        abs=ROUNDED,
    )
    assert bits.bits == pytest.approx(lab.surprise(sentence.text).bits, abs=1e-2)


@pytest.mark.parametrize("sentence", HOLES, ids=lambda sentence: sentence.text)
def test_the_recorded_holes_are_what_the_models_answer(lab: LiveLab, sentence: Hidden) -> None:
    said, encoder = recorded().fills(sentence.hole), core.load("encoder")
    assert said is not None
    found = dict(fills(encoder, sentence.hole))
    assert dict(said) == pytest.approx({word: found[word] for word, _ in said}, abs=ROUNDED)
    following = recorded().next(sentence.left)
    assert following is not None
    assert following.probs == pytest.approx(lab.next(sentence.left).probs, abs=ROUNDED)


def test_a_recorded_run_knows_only_what_was_recorded() -> None:
    run = recorded()

    assert run.maps("猫が") is None and run.next("猫が") is None and run.surprise("猫が") is None
    assert run.fills("猫が[MASK]") is None and run.guess("猫が", "鳴く") is None
    assert run.next(RAIN.left, (Cut(1, 0),)) is None
    assert run.guess(RAIN.left, "雷雨前線") is None
    found = run.next(RAIN.left)
    assert found is not None and found.logits is None
    assert found.place(-1) is None


def test_a_recorded_guess_has_its_rank() -> None:
    found = recorded().next(RAIN.left)
    assert found is not None
    guess = recorded().guess(RAIN.left, found.words[4])
    assert guess is not None
    assert (guess.rank, guess.prob, guess.whole) == (5, found.probs[4], found.probs[4])
    assert found.place(found.ids[4]) == (5, found.probs[4])


def test_the_recorded_file_is_small_and_names_its_command() -> None:
    assert recorded().command == record.COMMAND
    assert (record.RECORDED / "decoder.json").stat().st_size < 200_000


def test_what_is_recorded_is_read_back(lab: LiveLab) -> None:
    text = "猫が庭で"
    run = RecordedLab(
        json.loads(
            json.dumps(
                {
                    "command": "",
                    "maps": [record.map_entry(lab, text)],
                    "next": [record.next_entry(lab, text)],
                    "surprise": [record.surprise_entry(lab, text)],
                    "fills": [],
                }
            )
        )
    )
    maps, found, bits = run.maps(text), run.next(text), run.surprise(text)
    assert maps is not None and found is not None and bits is not None
    assert maps.tokens == lab.maps(text).tokens
    assert (found.words, found.ids) == (lab.next(text).words, lab.next(text).ids)
    assert bits.bits_per_character == pytest.approx(lab.surprise(text).bits_per_character, abs=1e-4)


# -- what sampling leaves ----------------------------------------------------------------------------------------


def test_nothing_is_left_out_by_default() -> None:
    found = kept(LOGITS, Sampling(), RANKED)

    assert found.before == pytest.approx((0.4, 0.3, 0.2)) == found.after
    assert found.others == pytest.approx((0.1, 0.1))
    assert (found.count, found.cut_off) == (5, 0)


@pytest.mark.parametrize(
    ("sampling", "after", "count", "cut_off"),
    [
        (Sampling(top_k=2), (4 / 7, 3 / 7, 0), 2, 0.3),
        (Sampling(top_p=0.6), (4 / 7, 3 / 7, 0), 2, 0.3),
        (Sampling(top_k=3, top_p=0.01), (1, 0, 0), 1, 0.6),
        (Sampling(temperature=0), (1, 0, 0), 1, 0.6),
        (Sampling(top_k=99), (0.4, 0.3, 0.2), 5, 0),
    ],
)
def test_what_is_cut_off_is_counted(sampling: Sampling, after: tuple[float, ...], count: int, cut_off: float) -> None:
    found = kept(LOGITS, sampling, RANKED)

    assert found.after == pytest.approx(after)
    assert (found.count, found.cut_off) == (count, pytest.approx(cut_off, abs=1e-6))


def test_temperature_alone_removes_no_word() -> None:
    far = np.array([0, -1000], dtype=np.float32)  # so unlikely that no float says how much

    assert kept(far, Sampling(temperature=0.1), (0,)).count == 2


@settings(max_examples=50)
@given(st.just(0.0) | st.floats(0.1, 3), st.integers(0, 8), st.floats(0, 1))
def test_the_shares_of_before_and_after_add_up(temperature: float, top_k: int, top_p: float) -> None:
    found = kept(LOGITS, Sampling(temperature, top_k, top_p), RANKED)

    for shares, others in ((found.before, found.others[0]), (found.after, found.others[1])):
        assert sum(shares) + others == pytest.approx(1, abs=1e-5)
    assert 1 <= found.count <= 5 and 0 <= found.cut_off < 1


def test_draws_are_counted_and_follow_the_seed() -> None:
    found = draws(LOGITS, Sampling(top_k=2, seed=1), 50)

    assert sum(times for _, times in found) == 50
    assert {identifier for identifier, _ in found} <= {1, 2}
    assert found == draws(LOGITS, Sampling(top_k=2, seed=1), 50)


def test_a_place_is_the_rank_among_all_words() -> None:
    found = Next(("b",), (1,), (0.4,), LOGITS)

    assert found.place(1) == (1, pytest.approx(0.4))
    assert found.place(3) == (3, pytest.approx(0.2))


# -- branches ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", [()]),
        ("1.2", [(1, 2)]),
        ("1.2_3", [(1, 2), (3,)]),
        ("_", [(), ()]),
        ("1_2_3_4_5_6", [(1,), (2,), (3,), (4,)]),
        ("1.x.2", [(1,)]),
        ("1.-2", [(1,)]),
        ("²", [()]),
        ("100", [()]),  # outside the vocabulary
        ("9" * 400, [()]),
        ("1.2.3.4.5.6", [(1, 2, 3, 4)]),  # no more room
        ("1.7.2", [(1, 7)]),  # nothing after the end
    ],
)
def test_branches_are_read_with_care(written: str, read: list[tuple[int, ...]]) -> None:
    assert branches.read(written, vocabulary=100, room=4, end=7) == read


@given(st.text(st.sampled_from("0123456789._-x²"), max_size=30))
def test_any_written_branches_are_branches(written: str) -> None:
    found = branches.read(written, vocabulary=50, room=3, end=7)

    assert 1 <= len(found) <= branches.MAX_BRANCHES
    assert all(len(one) <= 3 and all(0 <= identifier < 50 for identifier in one) for one in found)
    assert branches.read(branches.write(found), 50, 3, 7) == found


def test_a_branch_has_ended_with_the_end_token() -> None:
    assert branches.ended((1, 7), 7)
    assert not branches.ended((7, 1), 7) and not branches.ended((), 7) and not branches.ended((1,), None)


def test_a_branch_is_carried_on_by_draws(lab: LiveLab) -> None:
    sampling = Sampling(temperature=1.2, top_k=20, seed=4)
    whole = branches.carry_on(lab, RAIN.left, (), sampling, 0, 4)

    one_by_one: branches.Branch = ()
    for _ in range(4):
        logits = lab.follow(RAIN.left, one_by_one).next.logits
        assert logits is not None
        one_by_one = branches.carry_on(lab, RAIN.left, one_by_one, sampling, 0, 1)
        assert filtered(logits, sampling)[one_by_one[-1]] > 0 or branches.ended(one_by_one, lab.end)
    assert whole == one_by_one
    others = {
        branches.carry_on(lab, RAIN.left, (), Sampling(2.0, seed=seed), number, 4)
        for seed, number in ((4, 0), (4, 1), (5, 0))
    }
    assert len(others) == 3


def test_a_branch_stops_at_its_end_and_at_the_context(lab: LiveLab) -> None:
    assert lab.end is not None
    assert branches.carry_on(lab, RAIN.left, (5, lab.end), Sampling(), 0, 3) == (5, lab.end)
    long = "雨" * (lab.limit - 3)
    assert len(branches.carry_on(lab, long, (), Sampling(temperature=2.0), 0, 9)) <= 2
