"""The app as `streamlit run` serves it, on a free port, with its memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lessons.first_page import served

ERRORS = {"STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full"}  # an error on a page is told whole


class Server(served.Server):
    """A running app, and the memory that its process holds."""

    @property
    def megabytes(self) -> float:
        """The memory that the process holds (resident). Linux."""
        return self._status("VmRSS:")

    @property
    def peak_megabytes(self) -> float:
        """The most memory that it has held. Linux."""
        return self._status("VmHWM:")

    def _status(self, name: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition(name)[2].split()[0]) / 1024


@contextmanager
def server(script: str = "app.py", settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a Streamlit script on a free port, with more variables in its environment."""
    with served.served(script, settings=ERRORS | dict(settings or {})) as found:
        yield Server(found.address, found.started, found.process)
