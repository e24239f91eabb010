"""The policy: drawing and reading as the library does, supervised fine-tuning, best-of-n, and the way back."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import eager

from core.causal import CausalLM
from core.decoding import Decoder, Library, reader
from core.errors import Diverged, EmptyText, TooManyCharacters, TooManyTokens
from core.rlhf.best_of import best_of, kl_bound
from core.rlhf.comparisons import Answer
from core.rlhf.policy import Frame, Policy, trainable
from core.rlhf.sft import fine_tune, loss_of
from core.rlhf.steps import Steps

ROOT = Path(__file__).parents[2]
PROMPTS = ["鳥が", "赤ちゃんが泣く。雨が激しく", "犬", "雨が降る。鳥が", "鳥が"]


@pytest.fixture
def policy(causal: CausalLM) -> Policy:
    return Policy.start(causal)


def log_probabilities(model: torch.nn.Module, asked: tuple[int, ...], ids: tuple[int, ...]) -> torch.Tensor:
    """Return log P of each of the ids, as the library has it for one row alone."""
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[*asked, *ids]])).logits[0]
    return logits.log_softmax(-1)[len(asked) - 1 : -1].gather(1, torch.tensor(ids)[:, None])[:, 0]


# -- reading ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["causal", "bytewise"])
def test_log_probabilities_are_those_of_the_library(name: str, request: pytest.FixtureRequest) -> None:
    source = request.getfixturevalue(name)
    policy, model = Policy.start(source), eager(source)
    answers = policy.sample(PROMPTS, seed=1, most=9)
    found = policy.read(answers)
    for row, answer in enumerate(answers):
        expected = log_probabilities(model, policy.read_prompt(answer.prompt), answer.ids)
        torch.testing.assert_close(found.log[row, : len(answer.ids)], expected, atol=1e-4, rtol=1e-4)
        assert found.mask[row].sum() == len(answer.ids)
        assert not found.log[row, len(answer.ids) :].any()
    assert found.log.requires_grad
    assert not policy.frozen().read(answers).log.requires_grad
    assert found.all.shape == (*found.entropy.shape, model.config.vocab_size)
    torch.testing.assert_close(found.all.exp().sum(-1), torch.ones(len(found.all)))
    assert len(found.all) == found.mask.sum()


def test_a_temperature_belongs_to_the_distribution(causal: CausalLM) -> None:
    policy = Policy.start(causal, temperature=0.5)
    (answer,) = policy.sample(PROMPTS[:1], seed=0)
    with torch.inference_mode():
        logits = policy.model(input_ids=torch.tensor([policy.read_prompt(PROMPTS[0])])).logits[0, -1]
    expected = (logits / 0.5).log_softmax(-1)[answer.ids[0]]
    torch.testing.assert_close(policy.read([answer]).log[0, 0].detach(), expected, atol=1e-5, rtol=1e-5)


def test_hidden_states_are_means_over_the_answer(policy: Policy) -> None:
    answers = policy.sample(PROMPTS, seed=1, most=9)
    states, likely = policy.hidden(answers, batch=2)
    found = policy.frozen().read(answers)
    for row, answer in enumerate(answers):
        expected = found.hidden[row, : len(answer.ids)].mean(0)
        np.testing.assert_allclose(states[row], expected, atol=1e-5)
        assert likely[row] == pytest.approx(float(found.log[row].sum()) / len(answer.ids), abs=1e-5)


# -- drawing ---------------------------------------------------------------------------------------------------


def test_prompts_of_any_length_are_continued_as_if_alone(policy: Policy) -> None:
    """Without chance (temperature near 0) each row of a batch is what it would be by itself."""
    policy.temperature = 1e-4
    together = policy.sample(PROMPTS, seed=0, most=8)
    assert together == tuple(policy.sample([prompt], seed=0, most=8)[0] for prompt in PROMPTS)
    model = policy.model
    for answer in together:
        ids = list(policy.read_prompt(answer.prompt))
        for identifier in answer.ids:
            with torch.inference_mode():
                assert int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()) == identifier
            ids.append(identifier)


def test_the_embedded_decoder_draws_with_our_own_layers(decoder: CausalLM) -> None:
    policy = Policy.start(decoder, frame=Frame("「", "」「"), temperature=1e-4)
    assert isinstance(reader(policy.model), Decoder)
    prompts = ["こんにちは。", "好きな食べ物は何ですか?"]
    answers = policy.sample(prompts, seed=0, most=6)
    writer = Library(policy.model)
    for answer in answers:
        ids = [*policy.read_prompt(answer.prompt), *answer.ids]
        logits = writer.read(torch.tensor([ids]), writer.cache(1, len(ids)), len(answer.ids) + 1)
        assert logits[0, :-1].argmax(-1).tolist() == list(answer.ids)


def test_draws_follow_the_probabilities(policy: Policy) -> None:
    answers = policy.sample(["鳥が"] * 3000, seed=0, most=1)
    with torch.inference_mode():
        expected = policy.model(input_ids=torch.tensor([policy.read_prompt("鳥が")])).logits[0, -1].softmax(-1)
    found = np.bincount([answer.ids[0] for answer in answers], minlength=len(expected)) / len(answers)
    np.testing.assert_allclose(found, expected, atol=0.04)


def test_an_answer_ends_with_its_end_token(policy: Policy) -> None:
    answers = policy.sample(["鳥が"] * 200, seed=0, most=12)
    ended = [answer for answer in answers if answer.ids[-1] == policy.end]
    assert 0 < len(ended) < len(answers)
    assert all(policy.end not in answer.ids[:-1] for answer in answers)
    assert all(len(answer.ids) == 12 for answer in answers if answer not in ended)
    assert all("EOS" not in answer.text for answer in answers)


def test_the_same_seed_draws_the_same_and_leaves_other_numbers_alone(policy: Policy) -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    first, again, other = (policy.sample(PROMPTS, seed) for seed in (3, 3, 4))
    assert first == again != other
    assert torch.equal(torch.rand(2), expected)


def test_drawing_can_be_stopped(policy: Policy) -> None:
    asked = iter([False, False, True])
    assert policy.sample(PROMPTS, 0, stop=lambda: next(asked)) == ()


def test_a_prompt_that_cannot_be_read_is_told(policy: Policy) -> None:
    with pytest.raises(EmptyText):
        policy.sample([" "], 0)
    with pytest.raises(TooManyCharacters):
        policy.sample(["鳥" * 5000], 0)
    with pytest.raises(TooManyTokens):
        policy.sample(["鳥" * 70], 0)
    with pytest.raises(TooManyTokens):
        policy.answer("鳥が", "鳥" * 70)
    with pytest.raises(EmptyText):
        policy.answer("鳥が", " ")


def test_a_long_prompt_leaves_what_room_there_is(policy: Policy) -> None:
    asked = "鳥" * 60
    room = policy.context - len(policy.read_prompt(asked))
    assert 0 < room < 12
    for answer in policy.sample([asked] * 20, seed=0, most=24):
        assert len(answer.ids) <= room


# -- what is trained -------------------------------------------------------------------------------------------


def test_the_last_layers_are_named(causal: CausalLM, bytewise: CausalLM) -> None:
    found = trainable(causal.model, 1)
    assert {name.split(".")[2] for name in found if ".layers." in name} == {"2"}
    assert [name for name in found if ".layers." not in name] == ["model.norm.weight", "lm_head.weight"]
    assert {name.split(".")[2] for name in trainable(bytewise.model, 2) if ".h." in name} == {"1", "2"}
    assert len(trainable(causal.model, None)) == len(list(causal.model.parameters()))


def test_training_leaves_the_model_and_other_policies_alone(causal: CausalLM) -> None:
    before = [parameter.clone() for parameter in causal.model.parameters()]
    policy = Policy.start(causal, layers=1)
    other, reference, first = policy.copy(), policy.frozen(), dict(policy.model.named_parameters())
    untrained = {name: one.clone() for name, one in first.items() if name not in policy.trained}
    fine_tune(policy, [policy.answer("鳥が", "鳴く。")], steps=3, rate=0.01)
    assert all(torch.equal(one, old) for one, old in zip(causal.model.parameters(), before, strict=True))
    for kept in (other, reference):
        assert all(torch.equal(one, old) for one, old in zip(kept.model.parameters(), before, strict=True))
    assert all(torch.equal(first[name], old) for name, old in untrained.items())
    assert all(not torch.equal(one, old) for one, old in zip(policy.parameters, other.weights(), strict=True))
    assert not reference.parameters


def test_numbers_that_break_bring_back_the_last_good_weights(policy: Policy) -> None:
    steps = Steps(policy, rate=0.01)
    answers = [policy.answer("鳥が", "鳴く。")]
    with steps.update():
        steps.step(-policy.read(answers).log.sum())
    good = policy.weights()
    for factor in (float("nan"), float("inf")):
        with pytest.raises(Diverged), steps.update():
            steps.step(policy.read(answers).log.sum() * factor)
    assert all(torch.equal(one, old) for one, old in zip(policy.weights(), good, strict=True))
    with pytest.raises(Diverged), steps.update():
        policy.restore([one * float("inf") for one in good])
    assert all(torch.equal(one, old) for one, old in zip(policy.weights(), good, strict=True))
    with torch.no_grad():
        policy.parameters[-1].fill_(float("nan"))
    with pytest.raises(Diverged):
        policy.sample(PROMPTS, 0)


# -- supervised fine-tuning ------------------------------------------------------------------------------------


def test_fine_tuning_teaches_the_demonstrations(policy: Policy) -> None:
    shown = [policy.answer("鳥が", "鳴く。"), policy.answer("犬が", "吠える。")]
    assert shown[0].ids[-1] == policy.end and shown[0].text == "鳴く。"
    steps: list[tuple[int, float]] = []
    found = fine_tune(policy, shown, steps=25, rate=0.01, progress=lambda step, loss: not steps.append((step, loss)))
    assert found.after < found.before / 4
    assert not found.stopped and [step for step, _ in steps] == list(range(1, 26))
    assert tuple(loss for _, loss in steps) == found.losses
    assert found.before == pytest.approx(found.losses[0], abs=1e-5)
    policy.temperature = 1e-4
    assert [answer.text for answer in policy.sample(["鳥が", "犬が"], 0)] == ["鳴く。", "吠える。"]


def test_only_the_answer_is_learned(policy: Policy) -> None:
    shown = policy.answer("鳥が", "鳴く。")
    expected = log_probabilities(policy.model, policy.read_prompt("鳥が"), shown.ids)
    assert loss_of(policy, [shown]) == pytest.approx(-float(expected.mean()), abs=1e-5)


def test_fine_tuning_can_be_stopped(policy: Policy) -> None:
    shown = [policy.answer("鳥が", "鳴く。")] * 3
    found = fine_tune(policy, shown, steps=50, batch=2, progress=lambda step, loss: step < 4)
    assert (len(found.losses), found.stopped) == (4, True)
    with pytest.raises(ValueError, match="demonstrations"):
        fine_tune(policy, [])


# -- best of n -------------------------------------------------------------------------------------------------


def test_the_best_of_n_has_the_highest_score(policy: Policy) -> None:
    found = best_of(policy, lambda answers: np.array([float(len(one.ids)) for one in answers]), ["鳥が", "犬が"], 6)
    assert [best.answer.prompt for best in found] == ["鳥が", "犬が"]
    for best in found:
        assert len(best.scores) == 6
        assert best.score == max(best.scores) == len(best.answer.ids)
    assert best_of(policy, lambda answers: np.zeros(len(answers)), ["鳥が"], 2, stop=lambda: True) == ()


def test_the_bound_on_kl_is_the_kl_of_a_continuous_reward() -> None:
    """The best of n has the density n·F^(n-1): its KL is ∫ n u^(n-1) log(n u^(n-1)) du over 0..1."""
    assert kl_bound(1) == 0
    u = (np.arange(200_000) + 0.5) / 200_000
    for n in (2, 4, 16):
        density = n * u ** (n - 1)
        assert kl_bound(n) == pytest.approx(float((density * np.log(density)).mean()), abs=1e-4)


def test_the_package_is_light() -> None:
    names = ("comparisons", "blind", "labellers", "features", "reward")
    program = (
        f"import sys, core.rlhf, {', '.join('core.rlhf.' + name for name in names)}; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=True)


def test_an_answer_of_a_person_is_cut_by_the_tokenizer(policy: Policy) -> None:
    assert policy.written(Answer("鳥が", (), "鳴く。")) == policy.answer("鳥が", "鳴く。").ids
    assert policy.written(Answer("鳥が", (9, 8), "鳴く。")) == (9, 8)
