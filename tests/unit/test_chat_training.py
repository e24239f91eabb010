"""The chat model's training text: our exchanges, the dialogues of others, and which tokens are learned."""

import json
import lzma
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import AutoTokenizer

from core import catalogue
from core.chat import NAMES, Message, transcript
from core.rlhf.prompts import test_prompts as unseen
from core.rlhf.prompts import train_prompts
from core.training import batches
from core.training.chat import corpus, exchanges
from core.training.chat.corpus import Exchange, conversation, from_dialogue, is_answer, split, told
from core.training.chat.training import CONTEXT, RECIPE, Chat, encode
from core.training.corpus import UNWANTED


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(catalogue.folder("chat"))


def test_every_topic_has_prompts_and_answers_that_are_whole_sentences() -> None:
    assert len({topic.name for topic in exchanges.topics()}) == len(exchanges.topics()) > 70
    rng = random.Random(0)
    for topic in exchanges.topics():
        for template in (*topic.prompts, *topic.answers):
            text = exchanges.choose(template, rng)
            assert text[-1] in "。!?" and not set("{}|") & set(text), (topic.name, text)
            assert not UNWANTED.search(text), (topic.name, text)
        answers = [exchanges.choose(one, rng) for one in topic.answers]
        assert all(is_answer(one) for one in answers if len(one) <= corpus.LONGEST_ANSWER), topic.name


def test_the_test_prompts_are_never_learned() -> None:
    asked = {prompt for prompt, _ in exchanges.exchanges(random.Random(1), 3, unseen())}
    assert not asked & set(unseen())
    assert not set(unseen()) & set(train_prompts())


def test_a_wish_is_one_that_the_answer_fulfils() -> None:
    rng = random.Random(0)
    lines = {line: wish for wish in exchanges.wishes() for line in wish.lines}
    for answer in ("はい、犬が好きです。", "そうだね!", "元気ですか。"):
        for _ in range(20):
            line = exchanges.wished(answer, rng)
            assert line is not None and lines[line].fits(answer), (answer, line)


@pytest.mark.parametrize("text", ["大谷翔平さんが好きです。", "ディズニーは楽しいですね。"])
def test_an_answer_that_names_somebody_is_not_learned(text: str) -> None:
    turns = ["何が好きですか。", text]
    assert corpus.tells_names(text) and not list(from_dialogue(turns, random.Random(0)))


@pytest.mark.parametrize("text", ["京都へ行きたいです。", "うちの犬が好きです。", "北海道は寒いですね。"])
def test_places_may_be_named(text: str) -> None:
    assert not corpus.tells_names(text) and list(from_dialogue(["どうですか。", text], random.Random(0)))


def test_a_turn_becomes_a_whole_sentence() -> None:
    assert told("今日は  涼しいですね") == "今日は 涼しいですね。"
    assert told("はい!") == "はい!"


@pytest.mark.parametrize(
    "text", ["うん", "YouTubeを見ます。", "あ。。", "2023年です。", "長" * 40 + "。", "殺します。"]
)
def test_what_the_chat_model_shall_not_say(text: str) -> None:
    assert not is_answer(text)


def test_the_last_of_the_turns_is_the_user_s() -> None:
    assert conversation(["ア", "イ", "ウ"]) == transcript(
        [Message("user", "ア"), Message("assistant", "イ"), Message("user", "ウ")]
    )
    assert conversation(["ア", "イ"]).startswith(NAMES["assistant"])


def test_a_dialogue_gives_an_exchange_for_every_turn_that_can_be_an_answer() -> None:
    turns = [
        "やあ。",
        "こんにちは。",
        "元気ですか。",
        "はい、元気です。",
        "YouTubeは?",
        "見ません。",
        "ありがとう。",
        "では。",
    ]
    found = list(from_dialogue(turns, random.Random(0)))
    assert [one.answer for one in found] == ["はい、元気です。", "見ません。"]
    assert all(one.prompt.endswith(NAMES["assistant"]) for one in found)


def test_no_answer_that_is_kept_back_is_learned() -> None:
    found = [Exchange(f"人:{number}\n小鳥:", f"答え{number % 300}。") for number in range(600)]
    train, kept = split(found)
    assert len(kept) == corpus.HELD_OUT_EACH
    assert not {one.answer for one in train} & {one.answer for one in kept}
    assert split(found[::-1])[1] == kept


def test_only_the_answer_is_learned(tokenizer: Any) -> None:
    rows = encode(
        [Exchange("人:やあ\n小鳥:", "元気です。"), Exchange("人:" + "犬" * CONTEXT + "\n小鳥:", "はい。")], tokenizer
    )
    assert len(rows) == 1  # the other is too long
    learned = rows[0][rows.begins[0] :]
    assert tokenizer.decode(learned[:-1]) == "元気です。" and learned[-1] == batches.EOS


def test_a_training_learns_the_answers_alone_and_ends_as_it_began(tmp_path: Path) -> None:
    found = [Exchange("人:やあ\n小鳥:", "元気です。"), Exchange("人:犬は好きですか。\n小鳥:", "はい。")]
    corpus.write(tmp_path / "train.jsonl", found)
    chat = Chat(replace(RECIPE, tokens=2 * RECIPE.batch_tokens), tmp_path)
    target, read = chat.batch(np.array([0, 1]))
    assert read.shape == target.shape
    for number in (0, 1):
        learned = [int(one) for one in target[number] if one != batches.IGNORED]
        assert learned == chat.answers[number][chat.answers.begins[number] :].tolist()
    chat.finish()
    assert chat.step == 2 and chat.checkpoint.exists()
    assert chat.model.config.max_position_embeddings == CONTEXT


def test_the_corpus_is_written_from_the_dialogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "OWN_EACH", 1)
    monkeypatch.setattr(corpus, "HELD_OUT", tmp_path / "held_out.jsonl")
    monkeypatch.setattr(corpus, "HELD_OUT_EACH", 2)
    (tmp_path / "dialogue").mkdir()
    pairs = [{"input": f"{n}日は何をしますか?", "output": f"{'走' * (n + 1)}ります。"} for n in range(8)]
    chats = [{"turns": [{"speaker": "A", "text": f"{'読' * (n + 2)}みます"} for n in range(9)]}]
    for source, lines in zip(corpus.SOURCES, (pairs, chats), strict=True):
        with lzma.open(tmp_path / "dialogue" / f"{source.name}.jsonl.xz", "wt", encoding="utf-8") as file:
            file.write("\n".join(map(json.dumps, lines)) + "\n")
    count = corpus.build(tmp_path, tmp_path / "out")
    found, kept = corpus.read(tmp_path / "out" / "train.jsonl"), corpus.read(tmp_path / "held_out.jsonl")
    assert count == len(found) and len(kept) == 4
    assert {one.answer for one in kept}.isdisjoint(one.answer for one in found if "走" in one.answer)
    sources = json.loads((tmp_path / "out" / "manifest.json").read_text())["sources"]
    assert [one["name"] for one in sources] == [*(one.name for one in corpus.SOURCES), corpus.OWN.name]
