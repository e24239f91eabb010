"""A conversation as one long text, the way the embedded chat model reads it:

    決まり:短く答えてください。
    人:おはようございます。
    小鳥:おはよう!
    人:今日は何をしますか。
    小鳥:

What follows is the answer, up to the end token. The same text comes from the chat template of the model's tokenizer
(`TEMPLATE`), which is how any chat model of the library tells its own form. Imports nothing heavy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]
NAMES: dict[Role, str] = {"system": "決まり:", "user": "人:", "assistant": "小鳥:"}
TEMPLATE = (
    "{% set names = {'system': '決まり:', 'user': '人:', 'assistant': '小鳥:'} %}"
    "{{ bos_token }}"
    "{% for message in messages %}{{ names[message['role']] + message['content'] }}"
    "{% if not loop.last or add_generation_prompt %}{{ '\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ names['assistant'] }}{% endif %}"
)


@dataclass(frozen=True)
class Message:
    """One turn of a conversation, or what the assistant is told before it ("system")."""

    role: Role
    content: str


BEFORE, BETWEEN = NAMES["user"], "\n" + NAMES["assistant"]  # around a conversation of one turn


def transcript(messages: Sequence[Message]) -> str:
    """Return the text after which the assistant's next answer is to be written."""
    return "".join(f"{NAMES[one.role]}{one.content}\n" for one in messages) + NAMES["assistant"]
