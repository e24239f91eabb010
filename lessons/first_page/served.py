"""The app as `streamlit run` serves it, on a free port of this machine: to record it, to test it and to measure it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTED = 60  # s, an upper bound against hanging, as is the next
ENDED = 10  # s
LOOK = 0.02  # s


@dataclass(frozen=True)
class Server:
    """A running app: its address, when its process was started (time.perf_counter), and the process."""

    address: str
    started: float
    process: subprocess.Popen[bytes]


@contextmanager
def served(script: str = "app.py", folder: Path = ROOT, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a Streamlit script of a folder until the end of the block, with more variables in its environment.

    Raises ConnectionError if it does not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}")
    command = [sys.executable, "-m", "streamlit", "run", script, *options]
    environment = {**os.environ, **(settings or {})}
    silent = subprocess.DEVNULL
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=silent, stderr=silent)
    try:
        _wait(port)
        yield Server(f"http://127.0.0.1:{port}", started, process)
    finally:
        process.terminate()
        process.wait(ENDED)


def _wait(port: int) -> None:
    end = time.monotonic() + STARTED
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError as error:
            if time.monotonic() > end:
                raise ConnectionError(f"nothing answers on port {port}") from error
        time.sleep(LOOK)
