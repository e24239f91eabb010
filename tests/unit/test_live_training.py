"""The live training: the same from the same seed, it learns, it stops, others wait, and nothing of the model stays."""

import gc
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import Busy, EmptyText, TooManyCharacters
from core.training import batches, live
from core.training.live import SENTENCES, Snapshot, Training
from core.training.sentences import LESSON_SENTENCES, own_sentences
from core.training.tokenizer import SPECIAL

ROOT = Path(__file__).parents[2]
PATIENCE = 90  # s, an upper bound against hanging, as is the next
LONG = 600.0
NOT_OF_THE_APP = ("fugashi", "unidic_lite", "sentencepiece")


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Begin and end with nobody in the line."""
    yield
    for training in list(live._line.members):
        training.stop()
    until(lambda: not live._line.members)


def until(reached: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


def trained(steps: int, *texts: str, seed: int = 0) -> Snapshot:
    """Return a training that was stopped after so many steps."""
    training = live.start(texts, seed=seed, seconds=LONG)
    until(lambda: len(training.look().losses) >= steps)
    training.stop()
    until(lambda: not training.look().running)
    return training.look()


def test_the_same_seed_gives_the_same_losses_and_another_seed_others() -> None:
    first, again, other = (trained(4, seed=seed).losses[:4] for seed in (0, 0, 1))
    assert first == again
    assert first[0] != other[0]


def test_it_begins_with_knowing_nothing_and_learns() -> None:
    found = trained(60)
    assert found.facts is not None
    assert found.losses[0] == pytest.approx(np.log(found.facts.vocabulary), abs=0.5)
    assert np.mean(found.losses[-10:]) < found.losses[0] - 2
    first, last = found.looks[0], found.looks[-1]
    assert first.step == 0 and last.step == len(found.losses)
    assert last.accuracy > found.facts.baseline > 0.01
    assert last.accuracy > first.accuracy


def test_a_training_ends_with_its_time() -> None:
    training = live.start(seconds=1.0)
    until(lambda: not training.look().running)
    found = training.look()
    assert found.state == "finished"
    assert found.seconds == found.limit == 1.0
    assert found.losses and found.looks[-1].step == len(found.losses)


def test_a_training_stops_after_its_step() -> None:
    training = live.start(seconds=LONG)
    until(lambda: len(training.look().losses) >= 2)
    training.stop()
    until(lambda: training.look().state == "stopped")
    steps = len(training.look().losses)
    time.sleep(0.3)
    assert len(training.look().losses) == steps
    assert training.look().looks[-1].step == steps
    assert not live._line.members


def test_it_guesses_the_readers_sentence_too() -> None:
    own = "猫が[MASK]で魚を[MASK]。"
    found = trained(2, own, SENTENCES[0])
    for look in found.looks:
        assert list(look.guesses) == [*SENTENCES, own]
        assert [len(holes) for holes in look.guesses.values()] == [*[1] * len(SENTENCES), 2]
        for holes in look.guesses.values():
            for ranked in holes:
                probs = [prob for _, prob in ranked]
                assert len(ranked) == live.GUESSES and probs == sorted(probs, reverse=True) and sum(probs) <= 1
                assert all(word.strip() for word, _ in ranked)


@pytest.mark.parametrize("text", ["🐦[MASK]", "</script>[MASK]<script>alert(1)</script>", "[MASK]" * 66, "穴のない文"])
def test_any_sentence_can_be_guessed(text: str) -> None:
    found = trained(1, text)
    assert found.state == "stopped"
    assert len(found.looks[-1].guesses[text]) == min(text.count("[MASK]"), 63)


@pytest.mark.parametrize(("text", "error"), [(" ", EmptyText), ("あ" * 401, TooManyCharacters)])
def test_a_sentence_that_cannot_be_read_is_an_error(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        live.start([text])
    assert not live._line.members


def test_a_second_training_waits_for_the_first() -> None:
    first, second, third = (live.start(seconds=LONG) for _ in range(3))
    until(lambda: first.look().losses)
    assert [training.look().state for training in (first, second, third)] == ["training", "waiting", "waiting"]
    assert [training.look().ahead for training in (first, second, third)] == [0, 1, 2]
    assert not second.look().losses

    second.stop()
    until(lambda: second.look().state == "stopped")
    assert not second.look().losses and second.look().facts is None
    assert third.look().ahead == 1
    first.stop()
    until(lambda: third.look().losses)
    assert first.look().state == "stopped" and third.look().state == "training"


def test_a_training_nobody_watches_gives_way_to_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "UNWATCHED_SECONDS", 0.5)
    first = live.start(seconds=LONG)
    until(lambda: first.losses)
    time.sleep(0.7)
    assert first.state == "training"  # nobody waits
    second = live.start(seconds=LONG)
    until(lambda: second.look().losses)
    assert first.state == "stopped"


def test_the_line_is_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live._line, "most", 1)
    live.start(seconds=LONG), live.start(seconds=LONG)
    with pytest.raises(Busy):
        live.start(seconds=LONG)


def test_what_goes_wrong_ends_the_training_and_lets_the_next_one_begin(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as patch:
        patch.setattr(live, "_step", broken)
        training = live.start(seconds=LONG)
        until(lambda: not training.look().running)
    assert training.look().state == "failed"
    assert "broken" in caplog.text
    assert trained(1).losses


def test_nothing_of_the_model_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Any]] = []
    build = live._model

    def remembered(*arguments: Any) -> Any:
        model = build(*arguments)
        made.extend([weakref.ref(model), weakref.ref(next(model.parameters()))])
        return model

    monkeypatch.setattr(live, "_model", remembered)
    found = trained(2)
    until(lambda: not live._line.members)
    gc.collect()
    assert len(made) == 2 and [one() for one in made] == [None, None]
    assert not any(isinstance(one, torch.Tensor) for one in vars(found).values())


def test_other_random_numbers_are_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    live._model(100, seed=1)
    assert torch.equal(torch.rand(3), expected)


def test_the_sentences_of_the_lessons_are_not_among_what_it_reads() -> None:
    assert not {sentence.rstrip("。") for sentence in own_sentences(0)} & LESSON_SENTENCES


def test_the_vocabulary_is_that_of_the_sentences() -> None:
    text = live._text()
    assert list(text.ids[: len(SPECIAL)]) == list(range(len(SPECIAL)))
    assert len(text.practice) + len(text.exam) == len(own_sentences(0))
    assert text.exam.shape[0] == len(text.places) == len(text.words) == live.HELD_OUT
    assert (text.words >= len(SPECIAL)).all()
    rows = torch.arange(live.HELD_OUT)
    assert (text.exam[rows, text.places] == batches.MASK).all()
    read = text.read("鳥が[MASK]。")[0].tolist()
    assert [text.word(token) for token in read[1:3]] == ["鳥", "が"]
    assert read[3] == batches.MASK
    assert SPECIAL.index("[UNK]") in text.read("薔薇")[0].tolist()


def test_a_training_holds_no_tensor() -> None:
    training = Training(["猫が[MASK]。"], 0, 1.0)
    assert training.texts == (*SENTENCES, "猫が[MASK]。")
    assert training.look() == Snapshot("waiting", 0, 0.0, 1.0, (), (), None)


def test_it_needs_no_package_that_the_app_does_not_install() -> None:
    missing = "; ".join(f"sys.modules[{name!r}] = None" for name in NOT_OF_THE_APP)
    program = f"import sys; {missing}; import core.training.live"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]


def test_it_can_be_watched_from_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    begin = live.start
    monkeypatch.setattr(live, "start", lambda texts: begin(texts, seconds=1.0))
    monkeypatch.setattr(sys, "argv", ["live", "猫が[MASK]。"])
    live.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("   0 s, 0 steps, ") and lines[-1].startswith("   1 s, ")
    assert all("猫が[MASK]。 " in line for line in lines)
