"""Trainings behind a page: they can be watched, stopped and gone on with; two at once; a broken one says so."""

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
import torch

from core.causal import CausalLM
from core.errors import Busy, Diverged
from core.rlhf import running
from core.rlhf.comparisons import Answer
from core.rlhf.features import Floats
from core.rlhf.policy import Policy
from core.rlhf.ppo import PPO, Settings
from core.rlhf.running import Run, Snapshot, train, tune

LIMIT = 30.0  # s, an upper bound against hanging
PROMPTS = ("鳥が", "雨が")
SMALL = Settings(answers=4, each=2, tokens=4, epochs=1, minibatch=4)


def lengths(answers: Sequence[Answer]) -> Floats:
    return np.array([float(len(one.ids)) for one in answers])


def ppo(policy: Policy) -> PPO:
    return PPO(policy, lengths, PROMPTS, SMALL)


def until(run: Run, wanted: Callable[[Snapshot], bool] = lambda found: not found.running) -> Snapshot:
    """Return how the run is when it is as wanted."""
    limit = time.monotonic() + LIMIT
    while not wanted(found := run.look()):
        assert time.monotonic() < limit, found
        time.sleep(0.005)
    return found


@pytest.fixture
def policy(causal: CausalLM) -> Policy:
    return Policy.start(causal)


@pytest.fixture
def held() -> Iterator[Callable[[], Run]]:
    """Runs that train until the test ends."""
    end = threading.Event()

    def hold() -> Run:
        run = Run(1)
        run.begin(lambda run: bool(end.wait(LIMIT)) or None)
        return run

    yield hold
    end.set()
    limit = time.monotonic() + LIMIT
    while running._line.members:
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_a_training_tells_how_far_it_is_and_what_the_policy_answers(policy: Policy) -> None:
    found = until(train(ppo(policy), 5, looks=PROMPTS))
    assert (found.state, found.done, found.goal, found.error) == ("finished", 5, 5, None)
    assert [update.step for update in found.updates] == [1, 2, 3, 4, 5]
    assert [look.step for look in found.looks] == [0, 4, 5]
    assert [answer.prompt for answer in found.looks[0].answers] == list(PROMPTS)


def test_a_stopped_training_goes_on_with_what_it_has_shown(policy: Policy) -> None:
    trainer = ppo(policy)
    run = train(trainer, 1000, looks=PROMPTS)
    until(run, lambda found: found.done >= 2)
    run.stop()
    stopped = until(run)
    assert stopped.state == "stopped" and 2 <= stopped.done < 1000
    found = until(train(trainer, 2, looks=PROMPTS, before=run))
    assert found.state == "finished" and found.done == 2
    assert [update.step for update in found.updates] == list(range(1, stopped.done + 3))
    assert found.looks[: len(stopped.looks)] == stopped.looks


def test_who_ends_a_training_finds_it_ended(policy: Policy) -> None:
    run = train(ppo(policy), 1000)
    until(run, lambda found: found.done >= 1)
    run.end()
    until(run)
    run.end()  # again: nothing is left to wait for
    assert run.look().state == "stopped"


def test_a_fine_tuning_tells_its_losses(policy: Policy) -> None:
    run = tune(policy, [policy.answer("鳥が", "鳴く。")], steps=6)
    found = until(run)
    assert found.state == "finished" and found.done == len(found.losses) == 6
    assert run.tuned is not None and run.tuned.after < run.tuned.before


def test_two_train_and_the_third_waits(held: Callable[[], Run]) -> None:
    first, second, third = held(), held(), held()
    for run in (first, second):
        assert until(run, lambda found: found.state == "training").ahead == 0
    assert (third.look().state, third.look().ahead) == ("waiting", 1)
    third.stop()
    assert until(third).state == "stopped"


def test_too_many_are_sent_away(held: Callable[[], Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running._line, "most", 0)
    held(), held()
    with pytest.raises(Busy):
        held()


def test_who_is_not_watched_gives_way_to_those_that_wait(
    held: Callable[[], Run], monkeypatch: pytest.MonkeyPatch, policy: Policy
) -> None:
    held()
    run = train(ppo(policy), 100_000)
    until(run, lambda found: found.done >= 1)
    monkeypatch.setattr(running, "UNWATCHED_SECONDS", 0.3)
    third = held()
    until(third, lambda found: found.state == "training")
    assert run.state == "stopped"


def test_broken_numbers_are_told_and_the_weights_are_those_before(causal: CausalLM) -> None:
    policy = Policy.start(causal)
    before = policy.weights()
    run = train(PPO(policy, lambda answers: np.full(len(answers), np.nan), PROMPTS, SMALL), 3)
    found = until(run)
    assert found.state == "failed" and isinstance(found.error, Diverged)
    assert all(map(torch.equal, policy.weights(), before))


def test_what_nobody_foresaw_ends_the_run_and_frees_its_place(policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    def broken(answers: Sequence[Answer]) -> Floats:
        raise RuntimeError("a fault of ours")

    run = train(PPO(policy, broken, PROMPTS, SMALL), 3)
    found = until(run)
    assert (found.state, found.error) == ("failed", None)
    assert "a fault of ours" in caplog.text
    limit = time.monotonic() + LIMIT
    while running._line.members:
        assert time.monotonic() < limit
        time.sleep(0.005)


def test_nothing_of_a_training_stays_when_nobody_holds_it(causal: CausalLM) -> None:
    policy = Policy.start(causal)
    model = weakref.ref(policy.model)
    run = train(ppo(policy), 2, looks=PROMPTS)
    until(run)
    assert model() is not None
    del policy, run
    limit = time.monotonic() + LIMIT
    while model() is not None:  # its thread may still be on its way out
        assert time.monotonic() < limit
        time.sleep(0.01)
        gc.collect()
