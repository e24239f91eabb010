"""A PostgreSQL for the tests: a server of its own from Debian's package, or the one that KOTORI_TEST_POSTGRES names."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text

SERVER = "KOTORI_TEST_POSTGRES"  # an environment variable: the URL of somebody who may create databases
OWNER = "postgres"  # a server refuses to be started by root
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "autovacuum": "off",
}
PATIENCE = 60  # s


def programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, None if they are not installed."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = found or (str(debian[-1]) if debian else None)
    return None if path is None else Path(path).parent


class Server:
    """A running server. Only one that we started can be stopped and started."""

    def __init__(self, url: URL, folder: Path | None = None) -> None:
        self.url, self.folder = url, folder

    def start(self) -> None:
        assert self.folder is not None
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        _run(self.folder, "pg_ctl", "-w", "-o", f"-k '{self.folder}' {options}", "-l", f"{self.folder}/log", "start")

    def stop(self) -> None:
        """Stop it as a crash would: nobody is told."""
        assert self.folder is not None
        _run(self.folder, "pg_ctl", "-w", "-m", "immediate", "stop")

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database; its URL."""
        name = f"kotori_{uuid.uuid4().hex}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, unless KOTORI_TEST_POSTGRES names one. Raises FileNotFoundError if none is installed."""
    named = os.environ.get(SERVER)
    if named:
        yield Server(make_url(named).set(drivername="postgresql+psycopg"))
        return
    if programs() is None:
        raise FileNotFoundError("initdb")
    folder = Path(tempfile.mkdtemp(prefix="kotori-pg-", dir="/tmp"))  # short: the path of a socket has a limit
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        user = ["--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"]
        _run(folder, "initdb", *user)
        found = Server(URL.create("postgresql+psycopg", OWNER, database=OWNER, query={"host": str(folder)}), folder)
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(folder)


def _run(folder: Path, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on the data in a folder, as somebody it accepts."""
    where = programs()
    assert where is not None
    become = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    line = [*become, str(where / program), "-D", f"{folder}/data", *arguments]
    with open(os.devnull, "wb") as nowhere:  # not a pipe: the server would inherit it and never close it
        subprocess.run(line, cwd="/", stdout=nowhere, stderr=nowhere, check=True, timeout=PATIENCE)
