"""What a caller asks for: the body of POST /v1/chat/completions, checked.

    model, messages                     whom, and what was said so far
    temperature, top_p, seed            how the tokens are drawn (0 to 2, 1; 0 to 1, 1; without seed each call differs)
    presence_penalty, frequency_penalty taken off the scores of tokens that were written already (−2 to 2, 0)
    max_tokens, max_completion_tokens   one of them, the same thing: how long an answer may be
    stop                                a string, or up to four, before which an answer ends
    n                                   how many answers (1 to 8, 1)
    logprobs, top_logprobs              natural logarithms of the probabilities, with the likeliest tokens (0 to 20)
    stream, stream_options              chunks as they are written; with include_usage the counts at the end
    user, metadata, store               taken and ignored

Anything else that is not null is an error, not a thing silently left out.
"""

from dataclasses import dataclass
from typing import Any

from core.chat import Message, Role
from core.serving.errors import EmptyList, InvalidValue, TooManyElements, UnknownParameter, UnsupportedParameter
from core.serving.fields import Fields

MOST_ANSWERS, MOST_STOPS, MOST_LOGPROBS = 8, 4, 20
HOTTEST, PENALTY = 2.0, 2.0
LARGEST = 2**63 - 1  # of an integer
PART_BREAK = "\n"
ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
IGNORED = ("user", "metadata", "store")
CLAIMED = (
    "model",
    "messages",
    "stream",
    "stream_options",
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "seed",
    "logprobs",
    "top_logprobs",
    "n",
    "presence_penalty",
    "frequency_penalty",
    *IGNORED,
)
UNSUPPORTED = (  # parameters of the API that need what these models or this server do not have
    "audio",
    "function_call",
    "functions",
    "logit_bias",
    "modalities",
    "moderation",
    "parallel_tool_calls",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "service_tier",
    "tool_choice",
    "tools",
    "verbosity",
    "web_search_options",
)
MESSAGE_FIELDS = ("role", "content", "name")


@dataclass(frozen=True)
class ChatRequest:
    """A request that can be answered. `max_tokens` None: as far as the context goes; `seed` None: another each time."""

    model: str
    messages: tuple[Message, ...]
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    logprobs: bool = False
    top_logprobs: int = 0
    stream: bool = False
    include_usage: bool = False


def parse(body: object) -> ChatRequest:
    """Return the request in the body. Raises a Fault that names the parameter."""
    fields = Fields(body)
    _check_names(fields)
    stream = fields.boolean("stream") or False
    logprobs = fields.boolean("logprobs") or False
    fields.required("model")
    return ChatRequest(
        model=fields.text("model") or "",
        messages=_messages(fields.required("messages")),
        temperature=_or(fields.number("temperature", 0.0, HOTTEST), 1.0),
        top_p=_or(fields.number("top_p", 0.0, 1.0), 1.0),
        seed=fields.integer("seed", -LARGEST - 1, LARGEST),
        presence_penalty=_or(fields.number("presence_penalty", -PENALTY, PENALTY), 0.0),
        frequency_penalty=_or(fields.number("frequency_penalty", -PENALTY, PENALTY), 0.0),
        max_tokens=_max_tokens(fields),
        stop=_stop(fields),
        n=fields.integer("n", 1, MOST_ANSWERS) or 1,
        logprobs=logprobs,
        top_logprobs=_top_logprobs(fields, logprobs),
        stream=stream,
        include_usage=_include_usage(fields, stream),
    )


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _check_names(fields: Fields) -> None:
    for name in fields.given():
        if name in UNSUPPORTED:
            raise UnsupportedParameter(name, name=name)
        if name not in CLAIMED:
            raise UnknownParameter(name, name=name)


def _max_tokens(fields: Fields) -> int | None:
    old, new = (fields.integer(name, 1, LARGEST) for name in ("max_tokens", "max_completion_tokens"))
    if old is not None and new is not None:
        raise fields.wrong_value("max_tokens", "one of max_tokens and max_completion_tokens, not both")
    return new if old is None else old


def _stop(fields: Fields) -> tuple[str, ...]:
    value = fields.values.get("stop")
    found = [value] if isinstance(value, str) else value if value is not None else []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise fields.wrong_type("stop", "a string or an array of strings")
    if len(found) > MOST_STOPS:
        raise TooManyElements("stop", name="stop", limit=MOST_STOPS)
    if not all(found):
        raise fields.wrong_value("stop", "strings that are not empty")
    return tuple(found)


def _top_logprobs(fields: Fields, logprobs: bool) -> int:
    count = fields.integer("top_logprobs", 0, MOST_LOGPROBS)
    if count is not None and not logprobs:
        raise fields.wrong_value("top_logprobs", "logprobs to be true where it is given")
    return count or 0


def _include_usage(fields: Fields, stream: bool) -> bool:
    value = fields.values.get("stream_options")
    if value is None:
        return False
    options = Fields(value, "stream_options")
    if not stream:
        raise fields.wrong_value("stream_options", "stream to be true where it is given")
    for name in options.given():
        if name != "include_usage":
            raise UnknownParameter(options.name(name), name=options.name(name))
    return options.boolean("include_usage") or False


def _messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, list):
        raise Fields({}).wrong_type("messages", "an array of objects")
    if not value:
        raise EmptyList("messages", name="messages")
    return tuple(_message(Fields(one, f"messages[{number}]")) for number, one in enumerate(value))


def _message(fields: Fields) -> Message:
    role = fields.required("role")
    if not isinstance(role, str):
        raise fields.wrong_type("role", "a string")
    if role not in ROLES:
        raise fields.wrong_value("role", f"one of {', '.join(ROLES)}")
    fields.text("name")
    for name in fields.given():
        if name not in MESSAGE_FIELDS:
            raise UnsupportedParameter(fields.name(name), name=fields.name(name))
    return Message(ROLES[role], _content(fields))


def _content(fields: Fields) -> str:
    """Return the text of a message: as it is, or of its parts, one a line."""
    value = fields.required("content")
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise fields.wrong_type("content", "a string or an array of text parts")
    if not value:
        raise EmptyList(fields.name("content"), name=fields.name("content"))
    return PART_BREAK.join(_part(Fields(one, f"{fields.name('content')}[{i}]")) for i, one in enumerate(value))


def _part(fields: Fields) -> str:
    if fields.required("type") != "text":
        raise InvalidValue(fields.name("type"), name=fields.name("type"), expected="text, the only kind of part here")
    fields.required("text")
    return fields.text("text") or ""
