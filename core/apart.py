"""The conversion of an extra model in a process of its own, for a server.

Reading the file makes millions of small objects, over which Python's garbage collector would go again and again while the
pages are drawn; and the memory that the conversion takes is given back when the process ends.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from core import catalogue, errors, extras
from core.catalogue import Card
from core.errors import ConversionStopped, CoreError
from core.hub import Progress

ROOT = Path(__file__).parents[1]


def convert(name: str, *, accepted: bool, progress: Progress) -> Card:
    """Do and raise what `core.extras.convert` does; raises ConversionStopped too, if the process ended otherwise."""
    extras.package_of(name)
    with subprocess.Popen(
        _command(name, accepted), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            if "error" in told:
                raise getattr(errors, told["error"])(**told["facts"])
            progress(told["done"], told["total"], told["stage"])
    if process.returncode != 0:
        raise ConversionStopped(name=name)
    return catalogue.read_card(name, extras.folder_of(name))


def _command(name: str, accepted: bool) -> list[str]:
    return [sys.executable, "-m", "core.apart", name, *(["--accepted"] if accepted else [])]


def main() -> None:
    """Convert the model that is named; print progress and a CoreError as lines of JSON."""
    parser = argparse.ArgumentParser(description="Convert an extra model, telling of it in lines of JSON.")
    parser.add_argument("name")
    parser.add_argument("--accepted", action="store_true")
    arguments = parser.parse_args()
    try:
        extras.convert(arguments.name, accepted=arguments.accepted, progress=_progress)
    except CoreError as error:
        facts = {fact: str(value) for fact, value in error.facts.items()}
        _print({"error": type(error).__name__, "facts": facts})


def _progress(done: int, total: int, stage: str) -> None:
    _print({"done": done, "total": total, "stage": stage})


def _print(told: dict[str, Any]) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
