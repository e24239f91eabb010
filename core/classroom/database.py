"""Connections and transactions: SQLite as a file, or PostgreSQL, through the same code.

SQLite: a write-ahead log, `synchronous=FULL`, so that what was committed outlives a power cut, and `BEGIN IMMEDIATE`
for whatever writes, so that nobody has to be turned away in the middle.
https://docs.sqlalchemy.org/en/20/dialects/sqlite.html (Serializable isolation / Savepoints / Transactional DDL)
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from core.classroom import failures
from core.classroom.migrations import is_current, migrate
from core.classroom.settings import database_url
from core.classroom.turns import Turns
from core.classroom.whereabouts import default_file
from core.errors import CoreError, DatabaseAway, DatabaseBusy, DatabaseDamaged, DatabaseFileGone, DatabaseFolderGone

PATIENCE = 10  # s that somebody waits for a lock, or for a free connection
CONNECT_SECONDS = 3
WRITES = "kotori_writes"  # an execution option


class Database:
    """A database that may go away and come back: it is looked after again with every transaction.

    A file that was there and is gone is waited for, and no empty one put in its place: for the class that would be the
    end of its room.
    """

    def __init__(self, given: str | None) -> None:
        """`given`: as in `database_url`, which is read with the first transaction."""
        self._given = given
        self._url: URL | None = None
        self._engine: Engine | None = None
        self._file: tuple[int, int] | None = None  # of SQLite: device and inode that the connections are of
        self._setup = threading.Lock()
        self._turns = Turns(PATIENCE)

    @property
    def url(self) -> URL:
        if self._url is None:
            self._url = database_url(self._given)
        return self._url

    @property
    def is_there(self) -> bool:
        """Whether there is a file; True for PostgreSQL. Nothing is connected and nothing made."""
        return self.url.drivername != "sqlite" or _identity(self.url) is not None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that reads. Raises a DatabaseAway if it cannot be done, WrongSetting if the address is none."""
        with self._told(), self._ready().begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write. What it did is on the disk when it ends without an error; else nothing was done.

        Raises a DatabaseAway if it cannot be done, WrongSetting if the address is none.
        """
        with self._told():
            engine = self._ready().execution_options(**{WRITES: True})
            with self._turns, engine.begin() as connection:
                yield connection

    def shrink(self) -> None:
        """Take what was deleted out of the log of SQLite too, if nobody is reading; PostgreSQL does it in its own time."""
        if self.url.drivername == "sqlite":
            with suppress(CoreError), self._told(), self._turns:
                connection = self._ready().raw_connection()
                try:
                    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                finally:
                    connection.close()

    def dispose(self) -> None:
        """Close all connections that nobody uses; the next transaction looks at everything anew."""
        with self._setup:
            self._forget()

    def _forget(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what a driver raises into an error of ours; after it, everything is looked at anew."""
        try:
            yield
        except CoreError:
            raise
        except Exception as error:
            found = failures.told(error, self.url)
            if found is None:
                raise
            if isinstance(found, DatabaseAway) and not isinstance(found, DatabaseBusy):
                self.dispose()
            if isinstance(found, DatabaseDamaged):
                self._file = None  # whoever moves the file away, as they are told to, gets a new one
            raise found from error

    def _ready(self) -> Engine:
        """Return the engine of a database that has its tables."""
        engine = self._engine
        if engine is not None and self._file == _identity(self.url):
            return engine
        with self._setup:
            if self._engine is None or self._file != _identity(self.url):
                self._forget()
                _make_folder(self.url)
                if self._file is not None and _identity(self.url) is None:
                    raise DatabaseFileGone(place=str(self.url.database))
                engine = _engine(self.url)
                try:
                    with engine.begin() as connection:
                        ready = is_current(connection)
                    if not ready:
                        with engine.execution_options(**{WRITES: True}).begin() as connection:
                            migrate(connection)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine, self._file = engine, _identity(self.url)
            return self._engine


def _identity(url: URL) -> tuple[int, int] | None:
    """Return what tells a file from another of its name, None if there is none (or no file, for PostgreSQL)."""
    if url.drivername != "sqlite":
        return None
    with suppress(OSError):
        found = os.stat(url.database or "")
        return found.st_dev, found.st_ino
    return None


def _make_folder(url: URL) -> None:
    """Make the folder of the default file. Any other has to be there: it may be a disk that is not in its place."""
    if url.drivername == "sqlite":
        folder = Path(url.database or "").parent
        if folder == default_file().parent:
            folder.mkdir(parents=True, exist_ok=True)
        if not folder.is_dir():
            raise DatabaseFolderGone(place=str(url.database))


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_timeout=PATIENCE,
            hide_parameters=True,
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "kotori"},
        )
    engine = create_engine(
        url, max_overflow=20, pool_timeout=PATIENCE, hide_parameters=True, connect_args={"timeout": PATIENCE}
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """Prepare a new connection. Transactions are begun by `_begin_sqlite`, not by the driver."""
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:  # for this one lock SQLite does not wait by itself
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")
