"""Calls of the API: through the official client to a server, or from a recorded run with the same dataclasses.

The client is imported when the server is there, or with the first call, never with the page.
"""

import importlib
import json
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core import runtime
from core.chat import NAMES, Message, Role, transcript
from lessons.api.messages import Turn
from lessons.api.programs import Server
from lessons.api.public import transport
from lessons.api.refusals import Refused, refusal
from lessons.api.spending import Usage

if TYPE_CHECKING:
    from openai import OpenAI

RECORDED = Path(__file__).parent / "recorded"
FILE = RECORDED / "calls.json"
COMMAND = "python -m lessons.api.record"
CHAT, BASE = "chat", "decoder"
PATIENCE, ABROAD = 60.0, 30.0  # s a call may take: on this machine, elsewhere

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Guess:
    """One token of an answer: its log-probability (natural), and the likeliest tokens at its place with theirs."""

    token: str
    log: float
    others: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Reply:
    """An answer. `why`: the finish reason; `body`: the JSON that came."""

    text: str
    why: str
    usage: Usage
    guesses: tuple[Guess, ...]
    body: dict[str, Any]


@dataclass(frozen=True)
class Chunk:
    """One event of a stream: seconds since the call, the line as it came, and the new text in it."""

    at: float
    line: str
    text: str


@dataclass(frozen=True)
class Piece:
    """One token of the text that a conversation becomes, and whose it is."""

    text: str
    role: Role


class Lab(Protocol):
    """What the page asks."""

    live: bool

    def known(self, request: Request) -> Reply | None:
        """Return the answer to a call if no call is needed for it."""
        ...

    def pieces(self, turns: Sequence[Turn]) -> tuple[Piece, ...] | None:
        """Return the tokens that the chat model reads of a conversation; None if they are not known here."""
        ...


class Caller:
    """A server that is called through the official client. `key` is kept in this object alone; `abroad`: it is not the
    app's own; `guarded`: it must be one of the internet, as the reader is not at this machine."""

    def __init__(self, base: str, key: str = "none", *, abroad: bool = False, guarded: bool = False) -> None:
        self.base, self._key, self._abroad, self._guarded = base, key, abroad, guarded

    @contextmanager
    def client(self, **more: Any) -> Iterator["OpenAI"]:
        """Yield a client that tries once. What it raises becomes Refused."""
        from openai import DefaultHttpxClient, OpenAI

        settings = {"timeout": ABROAD if self._abroad else PATIENCE, "max_retries": 0, **more}
        # Without TLS there is nothing to verify, and reading the certificates takes as long as an answer.
        plain = self.base.startswith("http://")
        carrier = DefaultHttpxClient(
            trust_env=self._abroad,
            follow_redirects=False,
            verify=not plain,
            transport=transport(verify=not plain) if self._guarded else None,
        )
        with OpenAI(base_url=self.base, api_key=self._key, http_client=carrier, **settings) as client:
            try:
                yield client
            except Exception as error:
                raise refusal(error, self._key) from None

    def ask(self, request: Request, **more: Any) -> Reply:
        """Return the answer. Raises Refused."""
        with self.client(**more) as client:
            return reply(client.chat.completions.create(**request).model_dump(mode="json", exclude_none=True))

    def stream(self, request: Request) -> Generator[Chunk, None, None]:
        """Yield what arrives, line by line as it stands in the stream. Raises Refused."""
        with self.client() as client:
            begun = time.monotonic()
            calls = client.chat.completions.with_streaming_response
            with calls.create(**{**request, "stream": True}) as response:
                for line in response.iter_lines():
                    if line:
                        yield Chunk(time.monotonic() - begun, line, said(line))

    def models(self) -> list[str]:
        """Return the models that the server lists. Raises Refused."""
        with self.client() as client:
            return [one.id for one in client.models.list()]


@lru_cache(maxsize=1)
def import_client() -> None:
    """Import the client in the background, so that the first call does not wait for it."""
    threading.Thread(target=importlib.import_module, args=("openai",), daemon=True, name="import-openai").start()


class LiveLab:
    """The local server, and the tokenizer of the chat model behind it. `far`: programs of the reader's own machine do not
    reach it, because only those of the app's machine do."""

    live = True

    def __init__(
        self, server: Server, practice: Server, issue: Callable[[], str], chat: Any, key: str, *, far: bool = False
    ) -> None:
        self.server, self.practice, self.issue, self._chat, self.far = server, practice, issue, chat, far
        self.caller = Caller(server.home, key or "none")

    def practising(self, key: str) -> Caller:
        """Return the practice endpoint, called with a key."""
        return Caller(self.practice.home, key)

    def known(self, request: Request) -> Reply | None:
        return None

    def pieces(self, turns: Sequence[Turn]) -> tuple[Piece, ...]:
        return pieces(turns, self._chat)

    def count(self, turns: Sequence[Turn]) -> int:
        """Return how many tokens the chat model reads of a conversation, its begin token and the answer's name too."""
        return len(self.pieces(turns))

    @cached_property
    def context(self) -> int:
        """How many tokens the chat model reads and writes in all."""
        return int(self._chat.card.context)


def one_line(turns: Sequence[Turn]) -> list[Message]:
    """Return the messages as the server puts them into its text: a line break within one becomes a space, and none stands at its ends."""
    return [Message(one.role, " ".join(one.content.splitlines()).strip()) for one in turns]


def pieces(turns: Sequence[Turn], model: Any) -> tuple[Piece, ...]:
    """Return the tokens of a conversation as the model reads them. A conversation of any length is cut into tokens."""
    messages = one_line(turns)
    text, ends = transcript(messages), list[int]()
    for one in messages:
        ends.append((ends[-1] if ends else 0) + len(NAMES[one.role]) + len(one.content) + 1)
    roles: list[Role] = [*(one.role for one in messages), "assistant"]
    with runtime.slot():
        encoding = model.tokenizer(text, return_offsets_mapping=True)
    found = []
    for place, (start, end) in enumerate(encoding["offset_mapping"]):
        role = roles[sum(limit <= start for limit in ends)]
        shown = text[start:end] if end > start else model.tokenizer.convert_ids_to_tokens(encoding["input_ids"][place])
        found.append(Piece(shown, role))
    return tuple(found)


def said(line: str) -> str:
    """Return the new text in a line of a stream; "" if there is none."""
    data = line.removeprefix("data:").strip()
    if not data.startswith("{"):
        return ""
    try:
        choices = json.loads(data).get("choices") or [{}]
    except ValueError:
        return ""
    return str((choices[0].get("delta") or {}).get("content") or "")


def reply(body: dict[str, Any]) -> Reply:
    """Return what a response says. Raises Refused for one that is none of the API's."""
    try:
        choice, used = body["choices"][0], body.get("usage") or {}
        told = (choice.get("logprobs") or {}).get("content") or []
        guesses = [
            Guess(one["token"], one["logprob"], tuple((two["token"], two["logprob"]) for two in one["top_logprobs"]))
            for one in told
        ]
        usage = Usage(int(used.get("prompt_tokens", 0)), int(used.get("completion_tokens", 0)))
        text = choice["message"].get("content") or ""
        return Reply(str(text), str(choice.get("finish_reason") or ""), usage, tuple(guesses), body)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise Refused("server", type(error).__name__, 200, "", {}) from None


class RecordedLab:
    """Answers from a recorded run, to the calls of the lesson."""

    live = False

    def __init__(self, run: dict[str, Any]) -> None:
        self.command: str = run["command"]
        self._replies = {_named(entry["request"]): entry["reply"] for entry in run["calls"]}
        self._pieces = {_named(entry["messages"]): entry["pieces"] for entry in run["pieces"]}

    def known(self, request: Request) -> Reply | None:
        found = self._replies.get(_named(request))
        return None if found is None else reply(found)

    def pieces(self, turns: Sequence[Turn]) -> tuple[Piece, ...] | None:
        found = self._pieces.get(_named([one.sent for one in turns]))
        return None if found is None else tuple(Piece(text, role) for text, role in found)


def _named(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=1)
def recorded() -> RecordedLab:
    """Return the recorded run; one without any call where there is none yet."""
    return RecordedLab(json.loads(FILE.read_text(encoding="utf-8")))
