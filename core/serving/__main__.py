"""The endpoint alone, from a terminal:

    python -m core.serving [--host HOST] [--port PORT] [--key KEY]

It says in one line, in Japanese and English, where it listens, when the models are loaded, and gives a program to copy.
Without arguments it takes KOTORI_API_HOST, KOTORI_API_PORT and KOTORI_API_KEY, and else listens on this machine only
and asks for no key. Ctrl-C ends it.
"""

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import core
from core import runtime
from core.errors import CoreError, WrongTask
from core.hosts import is_loopback
from core.serving.server import Running, start
from core.serving.settings import Settings, port

if TYPE_CHECKING:
    from core.causal import CausalLM

READY = "準備できました / ready: {url}"
LOADING = "モデルを読み込んでいます / loading the models …"
WARNING = (
    "ほかのコンピューターからも、キーなしで呼べます。信頼できるネットワークでだけ使ってください。 / "
    "Other machines can call this server without a key: use it on a network that you trust, or give --key."
)
ENDED = "終了しました / ended"
EXAMPLE = """
from openai import OpenAI

client = OpenAI(base_url="{url}", api_key="{key}")
answer = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "おはようございます。"}}],
)
print(answer.choices[0].message.content)
"""
KEY_SHOWN = "YOUR_KEY"  # a key is never printed


def load(name: str) -> "CausalLM":
    """Return a causal model of the catalogue, at one core a call. Raises the errors of `core.load` and WrongTask."""
    from core.causal import CausalLM

    model = core.load(name, local=False)
    if not isinstance(model, CausalLM):
        raise WrongTask(name=name, task="chat")
    runtime.one_thread_a_call()
    runtime.settle()
    return model


def settings(argv: list[str] | None = None) -> Settings:
    """Return the settings of a command line. Raises InvalidAddress."""
    parser = argparse.ArgumentParser(prog="python -m core.serving", description="An OpenAI-compatible endpoint.")
    parser.add_argument("--host", help="where to listen; 0.0.0.0: for all machines of the network")
    parser.add_argument("--port", help="which port; the next free one where it is taken")
    parser.add_argument("--key", help="what every caller has to show (better: KOTORI_API_KEY)")
    given = parser.parse_args(argv)
    found = Settings.from_environment()
    return replace(
        found,
        host=found.host if given.host is None else given.host,
        port=found.port if given.port is None else port(given.port),
        key=found.key if given.key is None else given.key,
    )


def told(running: Running, found: Settings) -> str:
    """Return what is printed when the server is ready."""
    example = EXAMPLE.format(url=running.url, key=KEY_SHOWN if found.key else "none", model=found.models[0])
    return READY.format(url=running.url) + "\n" + example


def serve(found: Settings) -> None:
    """Load the models, say where they are, and serve for ever. Raises CoreError."""
    print(LOADING, flush=True)
    models = {name: load(name) for name in found.models}
    running = start(models.__getitem__, found)
    try:
        if not found.key and not is_loopback(found.host):
            print(WARNING, file=sys.stderr)
        print(told(running, found), flush=True)
        running.wait()
    finally:
        running.stop()


def main(argv: list[str] | None = None) -> int:
    """Serve until Ctrl-C; return 0, or 2 after telling the user's error in both languages."""
    try:
        serve(settings(argv))
    except CoreError as error:
        print(f"{error.message('ja')} / {error.message('en')}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\n{ENDED}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
