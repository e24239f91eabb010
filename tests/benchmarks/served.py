"""The app as `streamlit run` serves it, on a free port, with its memory."""

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


@dataclass(frozen=True)
class Server:
    """A running app: its address, when its process was started (time.perf_counter), and the process."""

    address: str
    started: float
    process: subprocess.Popen[bytes]

    @property
    def megabytes(self) -> float:
        """The memory that the process holds (resident). Linux."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    @property
    def peak_megabytes(self) -> float:
        """The most memory that it has held. Linux."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@contextmanager
def server(script: str = "app.py", settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a Streamlit script on a free port, with more variables in its environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}")
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, *options],
        cwd=ROOT,
        env={**os.environ, **(settings or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.02)
        yield Server(f"http://127.0.0.1:{port}", started, process)
    finally:
        process.terminate()
        process.wait(10)
