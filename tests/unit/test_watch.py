"""What a model guesses while it learns: asked at doubling steps, in every kind, without changing it."""

from pathlib import Path

import pytest

import core
from core.training import watch


@pytest.mark.parametrize(("step", "expected"), [(0, True), (1, False), (10, True), (20, True), (30, False), (40, True)])
def test_the_model_is_asked_at_doubling_steps(step: int, expected: bool) -> None:
    assert watch.due(step, last=1000) is expected


def test_the_model_is_asked_at_the_end() -> None:
    assert watch.due(777, last=777)


def test_a_later_look_replaces_an_earlier_one_of_the_same_step(tmp_path: Path) -> None:
    file = tmp_path / "guesses.jsonl"
    for step, word in ((0, "a"), (20, "b"), (10, "c"), (20, "d")):
        watch.append(file, step, [{"text": "鳥が[MASK]。", "candidates": [[word, 0.5]]}])
    looks = watch.read(file)
    assert [look["step"] for look in looks] == [0, 10, 20]
    assert looks[-1]["guesses"][0]["candidates"] == [["d", 0.5]]


def test_a_run_that_was_not_watched_has_no_looks(tmp_path: Path) -> None:
    assert watch.read(tmp_path / "guesses.jsonl") == []


def test_the_guesses_are_those_of_the_model_that_is_shipped() -> None:
    encoder = core.load("encoder")
    for look in watch.guesses(encoder.model, encoder.tokenizer, "masked"):
        filled = encoder.fill(look["text"], k=watch.GUESSES)[0].candidates
        assert [word for word, _ in look["candidates"]] == [candidate.token for candidate in filled]
        assert [prob for _, prob in look["candidates"]] == pytest.approx([one.prob for one in filled], abs=1e-3)


def test_a_causal_model_goes_on_after_the_last_word() -> None:
    decoder = core.load("decoder")
    for look in watch.guesses(decoder.model, decoder.tokenizer, "causal"):
        following = decoder.next(look["text"], k=1).candidates[0]
        assert look["candidates"][0][1] == pytest.approx(following.prob, abs=1e-3)


def test_an_encoder_decoder_is_not_asked() -> None:
    assert watch.guesses(core.load("seq2seq").model, None, "seq2seq") == []
