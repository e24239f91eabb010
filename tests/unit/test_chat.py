"""The text of a conversation: the same from our function and from the chat template that the model brings along."""

from typing import Any

import pytest
from transformers import AutoTokenizer

from core import catalogue
from core.chat import BEFORE, BETWEEN, NAMES, Message, transcript

TALK = (
    Message("system", "短く答えてください。"),
    Message("user", "やあ"),
    Message("assistant", "はい!"),
    Message("user", "元気?"),
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(catalogue.folder("chat"))


@pytest.mark.parametrize("first", range(4))
def test_the_model_s_own_template_gives_the_same_text(tokenizer: Any, first: int) -> None:
    messages = [{"role": one.role, "content": one.content} for one in TALK[first:]]
    found = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert found == tokenizer.bos_token + transcript(TALK[first:])


def test_the_template_without_an_answer_to_come_ends_with_the_last_message(tokenizer: Any) -> None:
    found = tokenizer.apply_chat_template([{"role": "user", "content": "やあ"}], tokenize=False)
    assert found == tokenizer.bos_token + NAMES["user"] + "やあ"


def test_a_conversation_of_one_turn_is_the_prompt_in_its_frame() -> None:
    assert transcript([Message("user", "やあ")]) == f"{BEFORE}やあ{BETWEEN}"


def test_the_names_of_the_roles_are_few_tokens(tokenizer: Any) -> None:
    """A byte or two more for every turn would soon fill the context."""
    assert all(len(tokenizer(name, add_special_tokens=False)["input_ids"]) <= 3 for name in NAMES.values())
