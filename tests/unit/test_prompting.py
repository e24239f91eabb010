"""Few-shot tasks: pairs as a reader writes them, prompts letter for letter, and measurements against the plain way."""

import contextlib
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import core
from core.causal import CausalLM
from core.errors import (
    CoreError,
    DuplicatePairs,
    EmptyText,
    NoSuchTask,
    PromptTooLong,
    TooFewPairs,
    TooManyPairs,
    UnreadablePair,
)
from core.prompting import FORMATS, Pair, Prompt, Task, games, prompt, read_pairs, task, tasks
from core.prompting.measure import _writes_the_answer, answer, choose, measure, write
from core.prompting.tasks import MOST_PAIRS, own
from core.sampling import Sampling

ROOT = Path(__file__).parents[2]
ARROW = FORMATS["arrow"]
LETTERS = Task("letters", tuple(Pair(chr(97 + i), chr(65 + i)) for i in range(12)))


@pytest.fixture(scope="module")
def decoder() -> CausalLM:
    model = core.load("decoder")
    assert isinstance(model, CausalLM)
    return model


# -- tasks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", tasks())
def test_a_prepared_task_can_be_learned(name: str) -> None:
    found = task(name)
    given = [pair.given for pair in found.pairs]
    assert len(set(given)) == len(given) >= 30
    assert all(pair.given.strip() == pair.given and pair.answer.strip() == pair.answer for pair in found.pairs)
    assert set(found.title) == set(found.about) == {"ja", "en"}
    assert found.labels == (len(found.answers) <= 4)


def test_a_task_that_is_not_there_is_told() -> None:
    with pytest.raises(NoSuchTask) as told:
        task("../etc/passwd")
    assert "opposites" in told.value.message("ja")


@pytest.mark.parametrize(
    "text",
    [
        "高い→低い\n右→左",
        "高い\t低い\n右\t左\n",
        "高い, 低い\n\n右、左",
        "高い 低い\n右　左",
        "高い: 低い\n右：左",
        '"高い"\t低い\n右\t"左"',
    ],
)
def test_pairs_are_read_as_readers_write_them(text: str) -> None:
    assert read_pairs(text) == (Pair("高い", "低い"), Pair("右", "左"))


def test_a_quote_in_a_cell_of_a_table_is_kept() -> None:
    assert read_pairs('"彼は""はい""と言った"\tよい\nいいえ\tわるい')[0].given == '彼は"はい"と言った'


def test_a_line_without_two_sides_is_told() -> None:
    with pytest.raises(UnreadablePair, match="高い"):
        read_pairs("右→左\n高い")


@given(st.text(max_size=200))
def test_any_pasted_text_is_read_or_told(text: str) -> None:
    with contextlib.suppress(CoreError):
        own(read_pairs(text))


def test_an_own_task_knows_its_labels() -> None:
    pairs = [Pair(f"文{i}", "よい" if i % 2 else "わるい") for i in range(6)]
    assert own(pairs).labels
    assert not own([Pair("a", "A"), Pair("b", "B")]).labels


def test_what_is_no_task_is_told() -> None:
    one, other = Pair("高い", "低い"), Pair("高い", "安い")
    with pytest.raises(TooFewPairs):
        own([one])
    with pytest.raises(DuplicatePairs, match="高い"):
        own([one, other])
    with pytest.raises(TooManyPairs):
        own([Pair(str(i), "x") for i in range(MOST_PAIRS + 1)])
    with pytest.raises(UnreadablePair):
        own([Pair("長" * 61, "短い"), one])
    with pytest.raises(EmptyText):
        own([Pair(" ", "短い"), one])


# -- prompts ---------------------------------------------------------------------------------------------------


def test_a_prompt_is_its_examples_and_the_question() -> None:
    made = Prompt((Pair("高い", "低い"), Pair("右", "左")), "明るい", "暗い", ARROW)
    assert made.text == "高い→低い。右→左。明るい→"


@given(st.integers(0, 11), st.integers(0, 50), st.booleans())
def test_the_question_is_none_of_the_examples(shots: int, episode: int, shuffled: bool) -> None:
    made = prompt(LETTERS, shots, ARROW, episode=episode, shuffled=shuffled)
    assert len(made.examples) == shots
    assert made.given not in {pair.given for pair in made.examples}
    assert made.answer == made.given.upper()


@given(st.integers(0, 10), st.integers(0, 50))
def test_more_examples_begin_with_the_fewer(shots: int, episode: int) -> None:
    fewer, more = (prompt(LETTERS, count, ARROW, episode=episode) for count in (shots, shots + 1))
    assert more.examples[:shots] == fewer.examples
    assert more.given == fewer.given


def test_shuffled_answers_are_the_same_answers() -> None:
    right, wrong = (prompt(LETTERS, 8, ARROW, shuffled=shuffled) for shuffled in (False, True))
    assert [pair.given for pair in right.examples] == [pair.given for pair in wrong.examples]
    assert sorted(pair.answer for pair in wrong.examples) == sorted(pair.answer for pair in right.examples)
    assert wrong.examples != right.examples


def test_a_task_with_as_many_pairs_as_shots_has_no_question() -> None:
    with pytest.raises(TooFewPairs):
        prompt(LETTERS, 12, ARROW)


# -- answers ---------------------------------------------------------------------------------------------------


def test_choosing_is_the_probability_of_the_whole_answer(decoder: CausalLM) -> None:
    asked = prompt(task("opposites"), 2, ARROW)
    answers = ("低い", "小さい", "弱い")
    found = {one.token: one.prob for one in choose(decoder, asked, answers)}
    log2 = []
    for one in answers:
        ids = decoder.tokenizer(one + ARROW.after, add_special_tokens=False)["input_ids"]
        log2.append(sum(decoder.follow(asked.text, ids).log2))
    shares = torch.softmax(torch.tensor(log2) * math.log(2), dim=0).tolist()
    assert [found[one] for one in answers] == pytest.approx(shares, abs=1e-4)


def test_writing_is_always_the_likeliest_token(decoder: CausalLM) -> None:
    asked = prompt(task("opposites"), 3, ARROW)
    written = decoder.generate(asked.text, Sampling(temperature=0, max_tokens=16))
    assert write(decoder, asked) == written.split(ARROW.after)[0].strip()


def test_an_answer_holds_both(decoder: CausalLM) -> None:
    asked = prompt(task("mood"), 1, ARROW)
    found = answer(decoder, asked, task("mood"))
    assert {one.token for one in found.among} == {"よい", "わるい"}
    assert sum(one.prob for one in found.among) == pytest.approx(1)


def test_a_prompt_that_does_not_fit_is_told(decoder: CausalLM) -> None:
    with pytest.raises(PromptTooLong):
        write(decoder, prompt(task("opposites"), 40, ARROW))


# -- measurements ----------------------------------------------------------------------------------------------


def test_a_measurement_counts_its_episodes(decoder: CausalLM) -> None:
    chosen = task("mood")
    found = measure(decoder, chosen, shots=1, episodes=6)
    right = 0
    for episode in range(6):
        asked = prompt(chosen, 1, ARROW, episode=episode)
        right += choose(decoder, asked, chosen.answers)[0].token == asked.answer
    assert (found.right, found.episodes, found.written) == (right, 6, False)
    assert found.chance == 1 / 2
    low, high = found.interval
    assert low <= found.accuracy <= high


def test_a_measurement_can_be_stopped(decoder: CausalLM) -> None:
    found = measure(decoder, task("mood"), shots=0, episodes=50, progress=lambda done, right: done < 3)
    assert found.episodes == 3


def test_the_command_repeats_a_measurement(decoder: CausalLM) -> None:
    options = ["--task", "mood", "--shots", "1", "--episodes", "4", "--seed", "2", "--json"]
    command = [sys.executable, "-m", "core.prompting", "measure", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    found = measure(decoder, task("mood"), shots=1, episodes=4, seed=2)
    assert json.loads(done.stdout)["right"] == found.right


def test_the_command_tells_what_went_wrong() -> None:
    command = [sys.executable, "-m", "core.prompting", "ask", "--task", "nothing", "--lang", "ja"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("「nothing」という課題はありません")


@pytest.mark.parametrize("form", FORMATS)
def test_a_measurement_counts_what_the_model_writes_to_the_end(decoder: CausalLM, form: str) -> None:
    """It leaves a text as soon as it cannot become the answer any more, and comes to the same number."""
    for shots in (0, 2):
        found = measure(decoder, task("katakana"), shots, episodes=12, format=FORMATS[form], written=True)
        prompts = [prompt(tasks()["katakana"], shots, FORMATS[form], episode=episode) for episode in range(12)]
        assert found.right == sum(write(decoder, asked) == asked.answer for asked in prompts)


@pytest.mark.parametrize("form", ["arrow", "quotes"])
def test_a_right_answer_is_known_at_its_end(form: str) -> None:
    """Whatever the model writes is right where it is the answer, and wrong where one letter is another one."""
    model = core.load("fewshot-s-sequences-0")
    assert isinstance(model, CausalLM)
    for episode in range(6):
        asked = prompt(games()["kana-katakana"].at(0, episode), 3, FORMATS[form], episode=episode)
        written = write(model, asked)
        assert _writes_the_answer(model, replace(asked, answer=written), model.reader)
        assert not _writes_the_answer(model, replace(asked, answer=written + "ん"), model.reader)
        assert not _writes_the_answer(model, replace(asked, answer=written[:-1] + "x"), model.reader)
