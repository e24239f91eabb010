"""The endpoint as the official client meets it: every parameter that we claim, with the embedded models."""

import asyncio
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

import core
from core import serving
from core.causal import CausalLM
from core.chat import Message, transcript
from core.serving.generating import TURNS
from core.serving.requests import CLAIMED, IGNORED, UNSUPPORTED

HELLO = [{"role": "user", "content": "おはようございます。"}]
FOOD = [{"role": "user", "content": "好きな食べ物は何ですか。"}]
TALK = [
    {"role": "system", "content": "短く答えてください。"},
    {"role": "user", "content": "やあ"},
    {"role": "assistant", "content": "はい!"},
    {"role": "user", "content": "元気?"},
]


@pytest.fixture(scope="module")
def chat() -> CausalLM:
    found: Any = core.load("chat")
    return found  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def served() -> Iterator[serving.Running]:
    running = serving.start(core.load, serving.Settings(port=0))  # type: ignore[arg-type]
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(served: serving.Running) -> Iterator[OpenAI]:
    with OpenAI(base_url=served.url, api_key="none", max_retries=0) as found:
        yield found


def ask(client: OpenAI, **more: Any) -> ChatCompletion:
    found = client.chat.completions.create(**{"model": "chat", "messages": FOOD, **more})
    assert isinstance(found, ChatCompletion)
    return found


def said(client: OpenAI, **more: Any) -> str:
    return ask(client, **more).choices[0].message.content or ""


def streamed(client: OpenAI, **more: Any) -> list[ChatCompletionChunk]:
    return list(client.chat.completions.create(**{"model": "chat", "messages": FOOD, "stream": True, **more}))


def text(chunks: list[ChatCompletionChunk], index: int = 0) -> str:
    choices = [choice for chunk in chunks for choice in chunk.choices if choice.index == index]
    return "".join(choice.delta.content or "" for choice in choices)


def logged(choice: Any) -> list[Any]:
    return list(choice.logprobs.content)


# -- models ------------------------------------------------------------------------------------------------------


def test_models_are_listed_and_found(client: OpenAI) -> None:
    assert [one.id for one in client.models.list()] == ["chat", "decoder"]
    found = client.models.retrieve("decoder")
    assert (found.id, found.object, found.owned_by) == ("decoder", "model", "kotori") and found.created > 0


# -- an answer ---------------------------------------------------------------------------------------------------


def test_an_answer_has_all_that_the_api_promises(client: OpenAI, chat: CausalLM) -> None:
    found = ask(client, messages=HELLO, temperature=0)
    (choice,) = found.choices
    assert found.id.startswith("chatcmpl-") and found.object == "chat.completion" and found.model == "chat"
    assert (choice.index, choice.finish_reason, choice.logprobs) == (0, "stop", None)
    assert choice.message.role == "assistant" and choice.message.content
    assert found.usage
    assert found.usage.prompt_tokens == len(chat.encode(transcript([Message("user", HELLO[0]["content"])])).ids)
    same = ask(client, messages=HELLO, temperature=0, logprobs=True)
    assert found.usage == same.usage and found.usage.completion_tokens == len(logged(same.choices[0]))
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens


def test_the_fingerprint_is_that_of_the_weights(client: OpenAI) -> None:
    one, other = ask(client, max_tokens=1), ask(client, model="decoder", max_tokens=1)
    assert one.system_fingerprint == ask(client, messages=HELLO, max_tokens=1).system_fingerprint
    assert one.system_fingerprint and one.system_fingerprint != other.system_fingerprint


def test_the_answer_is_what_the_model_generates(client: OpenAI, chat: CausalLM) -> None:
    prompt = transcript([Message("user", HELLO[0]["content"])])
    expected = chat.generate(prompt, core.sampling.Sampling(temperature=0, max_tokens=100))
    assert said(client, messages=HELLO, temperature=0) == expected


def test_an_answer_can_be_sent_back_as_a_message(client: OpenAI) -> None:
    first = ask(client, messages=HELLO, temperature=0).choices[0].message
    assert said(client, messages=[*HELLO, first, FOOD[0]], temperature=0)


def test_all_roles_and_parts_are_read(client: OpenAI) -> None:
    parts = [{"type": "text", "text": "短く"}, {"type": "text", "text": "答えてください。"}]
    same = [{"role": "developer", "content": "短く 答えてください。", "name": "先生"}, *TALK[1:]]
    told = [ask(client, messages=[{**one, "role": "system"}, *TALK[1:]], temperature=0) for one in same[:1]]
    told.append(ask(client, messages=same, temperature=0))
    told.append(ask(client, messages=[{"role": "system", "content": parts}, *TALK[1:]], temperature=0))
    assert len({(one.choices[0].message.content, one.usage.prompt_tokens) for one in told if one.usage}) == 1


def test_the_decoder_carries_the_transcript_on_and_plays_no_other_role(client: OpenAI) -> None:
    for seed in range(8):
        found = said(client, model="decoder", messages=TALK, seed=seed)
        assert not any(turn in found for turn in TURNS)


# -- drawing -----------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_answer_and_no_seed_another(client: OpenAI) -> None:
    assert said(client, seed=5) == said(client, seed=5)
    assert said(client, seed=-5) == said(client, seed=-5)
    assert len({said(client, max_tokens=10) for _ in range(8)}) > 1
    assert len({said(client, seed=seed, max_tokens=10) for seed in range(8)}) > 1


def test_temperature_zero_and_top_p_zero_are_greedy(client: OpenAI) -> None:
    found = {said(client, temperature=0, seed=seed) for seed in range(3)}
    assert found == {said(client, top_p=0, seed=9)} == {said(client, temperature=1e-30, seed=4)}
    assert len({said(client, temperature=2, seed=seed, max_tokens=10) for seed in range(6)}) > 3


def test_top_p_draws_among_the_likeliest(client: OpenAI) -> None:
    found = ask(client, top_p=0.5, seed=2, logprobs=True, top_logprobs=20)
    for one in logged(found.choices[0]):
        likelier = [other.logprob for other in one.top_logprobs if other.logprob > one.logprob]
        assert sum(map(math.exp, likelier)) < 0.5


def greedy(model: CausalLM, presence: float, frequency: float, count: int) -> str:
    """Return the answer to FOOD by the formula of the API, computed again: c·frequency + (c > 0)·presence off each logit."""
    prompt, ids = transcript([Message("user", FOOD[0]["content"])]), list[int]()
    while len(ids) < count:
        logits = model.follow(prompt, ids).next.logits.astype(float)
        for one in set(ids):
            logits[one] -= ids.count(one) * frequency + presence
        if (chosen := int(logits.argmax())) == model.tokenizer.eos_token_id:
            break
        ids.append(chosen)
    return model.text(ids)


@pytest.mark.parametrize(("presence", "frequency"), [(2, 0), (0, 2), (-2, 0), (0, -2), (1.5, -0.5)])
def test_penalties_are_those_of_the_api(client: OpenAI, chat: CausalLM, presence: float, frequency: float) -> None:
    given = {"presence_penalty": presence, "frequency_penalty": frequency}
    assert said(client, temperature=0, max_tokens=24, **given) == greedy(chat, presence, frequency, 24)


def test_penalties_change_answers(client: OpenAI) -> None:
    given = {"presence_penalty": 2, "frequency_penalty": 2}
    assert [said(client, seed=seed, **given) for seed in range(30)] != [said(client, seed=seed) for seed in range(30)]


# -- where an answer ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_an_answer_is_cut_at_its_length(client: OpenAI, name: str) -> None:
    whole, found = ask(client, temperature=0), ask(client, temperature=0, **{name: 3})
    assert found.choices[0].finish_reason == "length" and found.usage and found.usage.completion_tokens == 3
    assert (whole.choices[0].message.content or "").startswith(found.choices[0].message.content or "!")


def test_a_full_context_ends_an_answer(client: OpenAI, chat: CausalLM) -> None:
    used = ask(client, messages=[{"role": "user", "content": "鳥" * 110}], max_tokens=1).usage
    assert used
    room = chat.card.context - used.prompt_tokens
    for seed in range(20):
        messages = [{"role": "user", "content": "鳥" * (110 + room - 2)}]
        found = ask(client, messages=messages, temperature=2, seed=seed)
        assert found.usage and found.usage.total_tokens <= chat.card.context
        if found.choices[0].finish_reason == "length":
            assert found.usage.total_tokens == chat.card.context
            return
    raise AssertionError("no answer was long enough")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_stop_string_is_no_part_of_the_answer(client: OpenAI, stream: bool, count: int) -> None:
    whole = said(client, temperature=0)
    middle = len(whole) // 2
    stop = whole[middle : middle + count]
    expected = whole[: whole.index(stop)]
    given: list[Any] = [stop, [stop], ["ありえない文字列", "zzz", "\n\n", stop]]
    for one in given:
        if stream:
            chunks = streamed(client, temperature=0, stop=one)
            assert text(chunks) == expected and chunks[-1].choices[0].finish_reason == "stop"
        else:
            found = ask(client, temperature=0, stop=one, logprobs=True).choices[0]
            assert (found.message.content, found.finish_reason) == (expected, "stop")
            assert "".join(token.token for token in logged(found)) == expected


def test_an_answer_can_be_empty(client: OpenAI) -> None:
    stop = said(client, temperature=0)[0]
    found = ask(client, temperature=0, stop=stop, logprobs=True).choices[0]
    assert (found.message.content, logged(found), found.finish_reason) == ("", [], "stop")
    chunks = streamed(client, temperature=0, stop=stop)
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices] == [None, "stop"] and text(
        chunks
    ) == ""


# -- probabilities -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more", [{}, {"temperature": 2, "seed": 1}, {"frequency_penalty": 1.5, "seed": 3, "top_p": 0.9}]
)
def test_log_probabilities_are_those_of_the_model(client: OpenAI, chat: CausalLM, more: dict[str, Any]) -> None:
    choice = ask(client, logprobs=True, top_logprobs=3, max_tokens=12, **more).choices[0]
    found = logged(choice)
    assert b"".join(bytes(one.bytes) for one in found).decode("utf-8", "replace") == choice.message.content
    ids = [
        chat.tokenizer.convert_tokens_to_ids(
            one.token.replace(" ", "▁") if "\\x" not in one.token else f"<0x{one.bytes[0]:02X}>"
        )
        for one in found
    ]
    prompt = transcript([Message("user", FOOD[0]["content"])])
    expected = [log2 * math.log(2) for log2 in chat.follow(prompt, ids).log2]
    assert [one.logprob for one in found] == pytest.approx(expected, abs=1e-3)
    for one in found:
        ranked = [other.logprob for other in one.top_logprobs]
        assert len(ranked) == 3 and ranked == sorted(ranked, reverse=True)
        assert one.logprob <= ranked[0]


def test_without_top_logprobs_there_are_none(client: OpenAI) -> None:
    assert all(one.top_logprobs == [] for one in logged(ask(client, logprobs=True).choices[0]))
    assert ask(client, logprobs=False).choices[0].logprobs is None


def test_a_token_without_text_has_no_bytes(client: OpenAI) -> None:
    found = logged(ask(client, messages=HELLO, temperature=0, logprobs=True, top_logprobs=20).choices[0])
    ends = [other for one in found for other in one.top_logprobs if other.token == "[EOS]"]
    assert ends and all(one.bytes is None for one in ends)


# -- several answers ---------------------------------------------------------------------------------------------


def test_several_answers_to_one_call(client: OpenAI) -> None:
    found = ask(client, n=8, seed=3, max_tokens=10)
    assert [choice.index for choice in found.choices] == list(range(8))
    assert len({choice.message.content for choice in found.choices}) > 1
    assert found.choices[0].message.content == said(client, seed=3, max_tokens=10)
    chunks = streamed(client, n=8, seed=3, max_tokens=10)
    assert [text(chunks, index) for index in range(8)] == [choice.message.content for choice in found.choices]


# -- streams -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{"seed": 1}, {"seed": 2, "temperature": 2}, {"messages": TALK, "temperature": 0}])
def test_a_stream_is_the_answer_in_parts(client: OpenAI, more: dict[str, Any]) -> None:
    whole = ask(client, logprobs=True, top_logprobs=2, **more)
    chunks = streamed(client, logprobs=True, top_logprobs=2, stream_options={"include_usage": True}, **more)
    assert text(chunks) == whole.choices[0].message.content and "\ufffd" not in chunks[1].choices[0].delta.content  # type: ignore[operator]
    assert chunks[0].choices[0].delta.role == "assistant" and len(chunks) > 3
    parts = [one for chunk in chunks for choice in chunk.choices if choice.logprobs for one in logged(choice)]
    assert [one.model_dump() for one in parts] == [one.model_dump() for one in logged(whole.choices[0])]
    reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert reasons == [None] * (len(reasons) - 1) + [whole.choices[0].finish_reason]
    assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({(chunk.id, chunk.created, chunk.system_fingerprint) for chunk in chunks}) == 1


def test_a_stream_gives_no_counts_unasked(client: OpenAI) -> None:
    assert all(chunk.usage is None and chunk.choices for chunk in streamed(client, seed=1))


def test_the_lines_of_a_stream(client: OpenAI) -> None:
    calls = client.chat.completions.with_streaming_response
    with calls.create(model="chat", messages=FOOD, seed=1, stream=True) as response:  # type: ignore[arg-type]
        lines = list(response.iter_lines())
    assert response.headers["content-type"].startswith("text/event-stream")
    assert lines[-2:] == ["data: [DONE]", ""]
    assert all(line == "" or line.startswith("data: ") for line in lines)


def test_the_helper_of_the_client_that_collects_a_stream(client: OpenAI) -> None:
    with client.chat.completions.stream(model="chat", messages=FOOD, seed=4) as events:  # type: ignore[arg-type]
        found = events.get_final_completion()
    assert found.choices[0].message.content == said(client, seed=4)


# -- many at once ------------------------------------------------------------------------------------------------


def test_the_asynchronous_client(served: serving.Running, client: OpenAI) -> None:
    async def run() -> tuple[str | None, str]:
        async with AsyncOpenAI(base_url=served.url, api_key="none", max_retries=0) as found:
            create: Any = found.chat.completions.create
            whole = await create(model="chat", messages=FOOD, seed=6)
            parts = [chunk async for chunk in await create(model="chat", messages=FOOD, seed=6, stream=True)]
            return whole.choices[0].message.content, text(parts)

    assert asyncio.run(run()) == (said(client, seed=6),) * 2


def test_sixteen_callers_get_what_one_gets(client: OpenAI) -> None:
    alone = [said(client, seed=seed, max_tokens=10) for seed in range(16)]
    with ThreadPoolExecutor(16) as threads:
        whole = threads.map(lambda seed: said(client, seed=seed, max_tokens=10), range(16))
        parts = threads.map(lambda seed: text(streamed(client, seed=seed, max_tokens=10)), range(16))
        assert list(whole) == list(parts) == alone


# -- what is claimed ---------------------------------------------------------------------------------------------


def test_every_parameter_of_the_client_is_claimed_or_refused() -> None:
    from openai.types.chat import completion_create_params as parameters

    known = set(parameters.CompletionCreateParamsBase.__annotations__) | {"stream"}
    assert known == {*CLAIMED, *UNSUPPORTED}


def test_ignored_parameters_change_nothing(client: OpenAI) -> None:
    given: Any = {"user": "私", "metadata": {"class": "3"}, "store": True}
    assert set(given) == set(IGNORED)
    assert said(client, seed=1, **given) == said(client, seed=1)


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_is_not_supported_is_said(client: OpenAI, name: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, extra_body={name: {}})
    assert (caught.value.param, caught.value.code) == (name, "unsupported_parameter")
    assert said(client, seed=1, extra_body={name: None}) == said(client, seed=1)
