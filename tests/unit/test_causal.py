"""What comes next, step by step."""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import CONTEXT, eager

from core import causal as module
from core.causal import CausalLM
from core.errors import AllCut, EmptyText, InvalidCut, TooManyTokens
from core.maps import Cut
from core.sampling import Sampling, filtered, softmax

PROMPT = "雨が激しく"
GREEDY = Sampling(temperature=0, max_tokens=12)


def logits_of(model: CausalLM, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = eager(model)(input_ids=torch.tensor([ids])).logits[0]
    return found


def test_next_is_the_library_s_distribution(causal_model: CausalLM) -> None:
    found = causal_model.next(PROMPT, k=5)
    expected = logits_of(causal_model, list(causal_model.encode(PROMPT).ids))[-1]
    np.testing.assert_allclose(found.logits, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.probabilities, softmax(found.logits))
    best = np.argsort(-found.logits)[:5]
    assert [one.token for one in found.candidates] == [causal_model.word(int(i)) for i in best]
    assert [one.prob for one in found.candidates] == pytest.approx(found.probabilities[best].tolist(), rel=1e-4)


def test_next_of_the_whole_vocabulary(causal_model: CausalLM) -> None:
    candidates = causal_model.next(PROMPT, k=10**9).candidates
    assert sum(one.prob for one in candidates) == pytest.approx(1, abs=1e-4)
    assert all(one.token for one in candidates)


def test_words_are_never_half_characters(bytewise: CausalLM) -> None:
    for identifier in range(len(bytewise.tokenizer)):
        assert bytewise.word(identifier)


def test_a_cut_changes_what_comes_next(causal_model: CausalLM) -> None:
    last = len(causal_model.tokens(PROMPT)) - 1
    cut = causal_model.next(PROMPT, cut=[Cut(last, 0)])
    assert not np.allclose(cut.logits, causal_model.next(PROMPT).logits, atol=1e-3)
    with pytest.raises(InvalidCut):
        causal_model.next(PROMPT, cut=[Cut(last + 1, 0)])
    with pytest.raises(AllCut):
        causal_model.next(PROMPT, cut=[Cut(last, key) for key in range(last + 1)])


def test_cached_logits_equal_uncached_ones(causal_model: CausalLM) -> None:
    ids = list(causal_model.encode(PROMPT).ids)
    steps = list(causal_model.steps(PROMPT, Sampling(seed=3, max_tokens=10)))
    assert len(steps) > 2
    for step in steps:
        np.testing.assert_allclose(step.before.logits, logits_of(causal_model, ids)[-1], rtol=1e-3, atol=1e-4)
        ids.append(step.id)


def test_greedy_steps_equal_the_library_s_generate(causal_model: CausalLM) -> None:
    ids = torch.tensor([causal_model.encode(PROMPT).ids])
    with torch.no_grad():
        expected = (
            eager(causal_model)
            .generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=12)[
                0, ids.shape[1] :
            ]
            .tolist()
        )
    end = causal_model.tokenizer.eos_token_id
    expected = expected[: expected.index(end)] if end in expected else expected
    assert [step.id for step in causal_model.steps(PROMPT, GREEDY)] == expected


def test_generate_is_the_text_of_the_last_step(causal_model: CausalLM) -> None:
    steps = list(causal_model.steps(PROMPT, GREEDY))
    assert causal_model.generate(PROMPT, GREEDY) == steps[-1].text
    assert not any(step.text.endswith("\ufffd") for step in steps)


def test_a_character_appears_when_all_its_bytes_are_drawn(
    causal_model: CausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "𠮷鰯が"
    ids = causal_model.tokenizer(text, add_special_tokens=False)["input_ids"]
    script = iter(ids)
    monkeypatch.setattr(module, "draw", lambda kept, rng: next(script))
    texts = [step.text for step in causal_model.steps(PROMPT, Sampling(max_tokens=len(ids)))]
    assert list(dict.fromkeys(texts)) == ["", "𠮷", "𠮷鰯", text]


def test_the_same_seed_draws_the_same(causal_model: CausalLM) -> None:
    drawn = [[step.id for step in causal_model.steps(PROMPT, Sampling(seed=seed))] for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len({tuple(row) for row in drawn}) > 1


@settings(max_examples=20)
@given(temperature=st.floats(0.1, 3), top_k=st.integers(0, 20), top_p=st.floats(0, 1), seed=st.integers(0, 99))
def test_every_draw_is_one_of_those_left(
    causal: CausalLM, temperature: float, top_k: int, top_p: float, seed: int
) -> None:
    sampling = Sampling(temperature, top_k, top_p, seed, max_tokens=4)
    for step in causal.steps(PROMPT, sampling):
        np.testing.assert_array_equal(step.kept, filtered(step.before.logits, sampling))
        assert step.kept[step.id] > 0
        assert step.token == causal.word(step.id)


def test_steps_are_computed_one_at_a_time(causal: CausalLM) -> None:
    lengths: list[int] = []
    hook = causal.model.register_forward_pre_hook(
        lambda module, args, kwargs: lengths.append(kwargs["input_ids"].shape[1]), with_kwargs=True
    )
    steps = causal.steps(PROMPT, Sampling(seed=3))
    next(steps), next(steps)
    hook.remove()
    assert lengths == [len(causal.encode(PROMPT).ids), 1]


def with_end(model: CausalLM, end: str | None) -> CausalLM:
    """The same model with another end token."""
    tokenizer = copy.deepcopy(model.tokenizer)
    tokenizer.eos_token = end
    return CausalLM(model.model, tokenizer, model.card)


def test_generation_stops_at_the_end_token(causal_model: CausalLM) -> None:
    ids = [step.id for step in causal_model.steps(PROMPT, GREEDY)]
    stopping = with_end(causal_model, causal_model.tokenizer.convert_ids_to_tokens(ids[-1]))
    assert [step.id for step in stopping.steps(PROMPT, GREEDY)] == ids[: ids.index(ids[-1])]


def test_generation_stops_at_the_end_of_the_context(causal_model: CausalLM) -> None:
    prompt = "鳥" * (CONTEXT // 4)
    used = len(causal_model.encode(prompt).ids)
    steps = with_end(causal_model, None).steps(prompt, Sampling(max_tokens=10**6))
    assert len(list(steps)) == CONTEXT - used


def test_a_prompt_that_fills_the_context(causal: CausalLM) -> None:
    prompt = "鳥" * (CONTEXT - 1)
    assert len(causal.encode(prompt).ids) == CONTEXT
    with pytest.raises(TooManyTokens):
        causal.steps(prompt)


@pytest.mark.parametrize("ask", ["next", "steps", "generate", "score", "beams"])
def test_an_empty_text_is_refused_at_once(causal_model: CausalLM, ask: str) -> None:
    with pytest.raises(EmptyText):
        getattr(causal_model, ask)("  ")


@pytest.mark.parametrize("text", ["雨が激しく降る。", "鳥𠮷が", "鳥"])
def test_score_sums_what_each_token_surprises(causal_model: CausalLM, text: str) -> None:
    encoded, score = causal_model.encode(text), causal_model.score(text)
    log2 = torch.log_softmax(logits_of(causal_model, list(encoded.ids)).double(), dim=-1) / math.log(2)
    expected = [
        sum(float(log2[piece - 1, encoded.ids[piece]]) for piece in range(token.first, token.last))
        for token in encoded.tokens[1:]
    ]
    assert score.tokens == encoded.tokens[1:]
    assert score.log2 == pytest.approx(expected, rel=1e-4)
    assert score.bits == pytest.approx(-sum(expected), rel=1e-4)
    assert score.characters == max(1, len(text) - encoded.tokens[0].end)


def test_a_begin_token_lets_every_character_be_scored(causal: CausalLM, bytewise: CausalLM) -> None:
    assert "".join(token.text for token in causal.score("雨が。").tokens) == "雨が。"
    first, *others = bytewise.tokens("雨が。")
    assert not first.special and bytewise.score("雨が。").tokens == tuple(others)


# -- a text carried on by chosen tokens --------------------------------------------------------------------------


def test_following_gives_what_the_steps_gave(causal_model: CausalLM) -> None:
    steps = list(causal_model.steps(PROMPT, Sampling(seed=3, max_tokens=6)))
    found = causal_model.follow(PROMPT, [step.id for step in steps[:-1]], k=3)
    expected = [math.log2(step.before.probabilities[step.id]) for step in steps[:-1]]
    assert found.log2 == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert found.text == steps[-2].text
    np.testing.assert_allclose(found.next.logits, steps[-1].before.logits, rtol=1e-3, atol=1e-4)
    assert len(found.next.candidates) == 3


def test_following_nothing_is_what_comes_next(causal_model: CausalLM) -> None:
    found = causal_model.follow(PROMPT, [])
    assert (found.ids, found.text, found.log2) == ((), "", ())
    np.testing.assert_allclose(found.next.logits, causal_model.next(PROMPT).logits, rtol=1e-4, atol=1e-4)


def test_following_reads_the_tokens_as_they_are(causal: CausalLM) -> None:
    split = causal.tokenizer.convert_tokens_to_ids(["降", "る"])
    assert causal.encode(PROMPT + "降る").ids[-1] == causal.tokenizer.convert_tokens_to_ids("降る")
    found = causal.follow(PROMPT, split)
    assert (found.ids, found.text, len(found.log2)) == (tuple(split), "降る", 2)


def test_following_ends_with_the_limit(causal_model: CausalLM) -> None:
    room = causal_model.limit - len(causal_model.encode(PROMPT).ids)
    assert len(causal_model.follow(PROMPT, [1] * room).log2) == room
    with pytest.raises(TooManyTokens):
        causal_model.follow(PROMPT, [1] * (room + 1))


@pytest.mark.parametrize("identifier", [-1, 10**6])
def test_following_needs_ids_of_the_vocabulary(causal_model: CausalLM, identifier: int) -> None:
    with pytest.raises(IndexError):
        causal_model.follow(PROMPT, [1, identifier])


@pytest.mark.parametrize("count", range(10))
def test_the_text_of_tokens_has_whole_characters(bytewise: CausalLM, count: int) -> None:
    ids = bytewise.tokenizer("𠮷鰯")["input_ids"]
    assert "𠮷鰯".startswith(bytewise.text(ids[:count]))
    assert bytewise.text(ids) == "𠮷鰯"


# -- what each earlier token does --------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [(None, None), (1, None), (1, 2)])
def test_column_effects_are_those_of_single_experiments(
    causal_model: CausalLM, place: tuple[int | None, int | None]
) -> None:
    best = int(np.argmax(causal_model.next(PROMPT).logits))
    found = causal_model.column_effects(PROMPT, best, *place)
    n = len(causal_model.tokens(PROMPT))
    assert found.tokens == causal_model.tokens(PROMPT)
    assert found.base == pytest.approx(causal_model.next(PROMPT).probabilities[best], rel=1e-4)
    for key in range(n - 1):
        cuts = [Cut(query, key, *place) for query in range(n) if query != key]
        expected = causal_model.next(PROMPT, cut=cuts).probabilities[best]
        assert found.prob[key] == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert np.isnan(found.prob[-1]) and np.isnan(found.change[-1])
    np.testing.assert_allclose(found.change[:-1], found.prob[:-1] - found.base, atol=1e-6)


def test_column_effects_are_the_same_in_parts(causal_model: CausalLM, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = causal_model.column_effects(PROMPT, 7)
    monkeypatch.setattr(module, "CHUNK_LOGITS", 1)  # one row at a time
    np.testing.assert_allclose(causal_model.column_effects(PROMPT, 7).prob, whole.prob, rtol=1e-4)


def test_a_single_token_has_no_earlier_one(bytewise: CausalLM) -> None:
    found = bytewise.column_effects("a", 7)
    assert len(found.tokens) == 1 and np.isnan(found.prob).all()


# -- beam search -------------------------------------------------------------------------------------------------


def library_beams(model: CausalLM, width: int, length: int) -> tuple[list[list[int]], list[float]]:
    ids = torch.tensor([model.encode(PROMPT).ids])
    with torch.no_grad():
        found = eager(model).generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            num_beams=width,
            num_return_sequences=width,
            do_sample=False,
            max_new_tokens=length,
            length_penalty=0.0,
            pad_token_id=model.tokenizer.eos_token_id,
            return_dict_in_generate=True,
            output_scores=True,
        )
    return found.sequences[:, ids.shape[1] :].tolist(), found.sequences_scores.tolist()


@pytest.mark.parametrize("width", [2, 4])
def test_beams_are_those_of_the_library(causal_model: CausalLM, width: int) -> None:
    sequences, scores = library_beams(causal_model, width, 8)
    end = causal_model.tokenizer.eos_token_id
    found = causal_model.beams(PROMPT, width, 8)
    assert [list(beam.ids) for beam in found] == [ids[: ids.index(end)] if end in ids else ids for ids in sequences]
    assert [beam.ended for beam in found] == [end in ids for ids in sequences]
    assert [beam.log2 * math.log(2) for beam in found] == pytest.approx(scores, rel=1e-3)
    assert [beam.text for beam in found] == [causal_model.text(beam.ids) for beam in found]


def test_the_probability_of_a_beam_is_that_of_its_tokens(causal_model: CausalLM) -> None:
    end = causal_model.tokenizer.eos_token_id
    for beam in causal_model.beams(PROMPT, 3, 6):
        ids = [*beam.ids, end] if beam.ended else beam.ids
        assert sum(causal_model.follow(PROMPT, ids).log2) == pytest.approx(beam.log2, rel=1e-3)


def test_beams_do_not_care_for_the_model_s_own_settings(causal: CausalLM, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = causal.beams(PROMPT, 3, 6)
    monkeypatch.setattr(causal.model.generation_config, "repetition_penalty", 5.0)
    monkeypatch.setattr(causal.model.generation_config, "length_penalty", 3.0)
    assert causal.beams(PROMPT, 3, 6) == plain


def test_beams_stay_within_the_context(causal: CausalLM) -> None:
    prompt = "鳥" * (CONTEXT - 3)
    assert all(len(beam.ids) <= 2 for beam in causal.beams(prompt, 2, 10))
    with pytest.raises(TooManyTokens):
        causal.beams("鳥" * (CONTEXT - 1))


def test_one_beam_is_no_search(causal: CausalLM) -> None:
    with pytest.raises(ValueError, match="two beams"):
        causal.beams(PROMPT, 1)
