"""From messages to what a model reads, such that nothing in a message can be more than text.

A model knows two things that a message must not fake: where a turn begins (a line that starts with a role's name) and
special tokens, which stand in the vocabulary under names like [EOS] or <0x0A>, so that a tokenizer takes them even where
somebody typed them. Hence
  - a line break inside a message is read as a space: a message is one line, and only we begin new ones;
  - a typed name of a special token or byte is cut in two before it is turned into tokens (`SEAM`), so its letters are
    read and not the token. No other text is changed.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.chat import Message, transcript
from core.serving.errors import ContextExceeded
from core.serving.vocabulary import vocabulary

if TYPE_CHECKING:
    from core.causal import CausalLM

SEAM = "\ue0e0"  # private use: never in a message, and gone before a tokenizer reads
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def line(content: str) -> str:
    """Return a message as one line, without spaces at its ends; lone surrogates and SEAM become U+FFFD."""
    return " ".join(LONE_SURROGATE.sub(REPLACEMENT, content).replace(SEAM, REPLACEMENT).splitlines()).strip()


def text(model: "CausalLM", messages: Sequence[Message]) -> str:
    """Return the whole conversation as text, up to where the answer begins; SEAM where it is to be cut.

    By the chat template of the model's tokenizer, and without one by `core.chat.transcript` (which gives the same for
    the embedded chat model, after the begin token).
    """
    names = vocabulary(model).names
    said = [Message(one.role, seamed(line(one.content), names)) for one in messages]
    if not model.tokenizer.chat_template:
        return str(model.tokenizer.bos_token or "") + transcript(said)
    given = [{"role": one.role, "content": one.content} for one in said]
    return str(model.tokenizer.apply_chat_template(given, tokenize=False, add_generation_prompt=True))


def ids(model: "CausalLM", messages: Sequence[Message]) -> tuple[int, ...]:
    """Return the ids of the conversation. Raises ContextExceeded if no token could follow."""
    found = tuple(_ids(model.tokenizer, text(model, messages)))
    if model.card.context and len(found) >= model.card.context:
        raise ContextExceeded("messages", length=len(found), limit=model.card.context)
    return found


def seamed(content: str, names: "re.Pattern[str]") -> str:
    """Return a text with SEAM after each character that could begin a name of a token, if it has one at all.

    Tokenizers may bring a text into another form first (NFKC: ［ becomes [), so names are looked for in that too.
    """
    normal = unicodedata.normalize("NFKC", content)
    begins = {found[0][0] for form in (content, normal) for found in names.finditer(form)}
    if not begins:
        return content
    return "".join(one + SEAM if unicodedata.normalize("NFKC", one)[-1:] in begins else one for one in content)


def _ids(tokenizer: Any, written: str) -> list[int]:
    parts = [
        tokenizer(part, add_special_tokens=False, verbose=False)["input_ids"] for part in written.split(SEAM) if part
    ]
    return [identifier for part in parts for identifier in part]
