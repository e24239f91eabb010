"""The programs that the lesson shows: Python with the official client, and curl, made of the very request that is sent."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lessons.text import Strings

STREAMED = "    {name} = chunk.choices[0].delta.content if chunk.choices else None"


@dataclass(frozen=True)
class Server:
    """Where a program calls. `variable`: the environment variable that holds the key; "": none is needed.

    `practice`: a key of the practice endpoint, which is no secret and stands in the program. `inside`: where the app
    itself calls, if its programs are for another machine.
    """

    base: str
    variable: str = ""
    practice: str = ""
    inside: str = ""

    @property
    def home(self) -> str:
        """Where the app itself calls it."""
        return self.inside or self.base

    @property
    def key(self) -> str:
        """The key as an expression of Python."""
        if self.variable:
            return f"os.environ[{json.dumps(self.variable)}]"
        return json.dumps(self.practice or "none")


def python(request: Mapping[str, Any], server: Server, say: Strings, **client: object) -> str:
    """Return the program for a request, one that streams if the request does. `client`: more settings of the client."""
    call = _called("client.chat.completions.create", request)
    if request.get("stream"):
        body = [
            f"# {say('code_stream')}",
            f"chunks = {call}",
            "for chunk in chunks:",
            STREAMED.format(name="piece"),
            "    if piece:",
            '        print(piece, end="", flush=True)',
            "",  # ends the loop where the program is pasted into Python's own prompt
            "print()",
        ]
    else:
        body = [f"# {say('code_ask')}", f"answer = {call}", "print(answer.choices[0].message.content)"]
        body += ['print(answer.usage.total_tokens, "tokens")']
    return "\n".join([*_opening(server, say, client), *body]) + "\n"


def handling(request: Mapping[str, Any], server: Server, say: Strings, error: str, **client: object) -> str:
    """Return the program that meets one of the client's exceptions and says so."""
    call = _called("client.chat.completions.create", request).replace("\n", "\n    ")
    body = [
        "try:",
        f"    answer = {call}",
        "    print(answer.choices[0].message.content)",
        f"except openai.{error} as error:",
        f"    # {say(f'code_error_{error.lower()}')}",
        "    print(type(error).__name__, error)",
    ]
    return "\n".join([*_opening(server, say, client, "import openai"), *body]) + "\n"


def patient(request: Mapping[str, Any], server: Server, say: Strings) -> str:
    """Return the program that tries again and again: with the very function that the page runs."""
    from lessons.api import retrying

    call = _called("client.chat.completions.create", request)
    body = [
        f"# {say('code_retry')}",
        inspect.getsource(retrying.patiently).rstrip(),
        "",
        "",
        f"answer = patiently(lambda: {call})",
        "print(answer.choices[0].message.content)",
    ]
    head = ["import random", "import time", "from collections.abc import Callable", "from typing import Any", ""]
    return "\n".join([*head, *_opening(server, say, {"max_retries": 0}, "import openai"), *body]) + "\n"


def curl(request: Mapping[str, Any], server: Server, *, one_line: bool = False) -> str:
    """Return the same call for a terminal (bash, zsh)."""
    parts = [f"curl {server.base}/chat/completions", "-H 'Content-Type: application/json'"]
    if server.variable:
        parts.append(f'-H "Authorization: Bearer ${server.variable}"')
    elif server.practice:
        parts.append(f"-H 'Authorization: Bearer {server.practice}'")
    if request.get("stream"):
        parts.insert(1, "--no-buffer")
    body = json.dumps(request, ensure_ascii=False, indent=None if one_line else 2).replace("'", "'\\''")
    parts.append(f"-d '{body}'")
    return " ".join(parts) if one_line else " \\\n  ".join(parts) + "\n"


def _opening(server: Server, say: Strings, client: Mapping[str, object], first: str = "") -> list[str]:
    lines = [first] if first else []
    if server.variable:
        lines = ["import os", "", *lines]
    settings = {"base_url": json.dumps(server.base), "api_key": server.key}
    settings |= {name: repr(value) for name, value in client.items()}
    given = [f"    {name}={value}," for name, value in settings.items()]
    return [f"# {say('code_install')}", *lines, "from openai import OpenAI", "", "client = OpenAI(", *given, ")", ""]


def _called(function: str, request: Mapping[str, Any]) -> str:
    lines = [f"{function}("]
    for name, value in request.items():
        if name == "messages":
            lines += ["    messages=[", *(f"        {literal(one)}," for one in value), "    ],"]
        else:
            lines.append(f"    {name}={literal(value)},")
    return "\n".join([*lines, ")"])


def literal(value: Any) -> str:
    """Return a value of JSON as Python writes it, texts in double quotes."""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(name)}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    return repr(value)
