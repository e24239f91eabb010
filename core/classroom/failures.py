"""What went wrong with the database, as a sentence: each failure of a driver becomes one of our errors."""

import sqlite3

from sqlalchemy import URL, exc
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from core.classroom.whereabouts import DATABASE
from core.errors import (
    CoreError,
    DatabaseAway,
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseFolderGone,
    DatabaseFull,
    DatabaseReadOnly,
    DriverMissing,
    WrongSetting,
)

DRIVER = 'pip install "psycopg[binary]"'


def place(url: URL) -> str:
    """Return how the database is called in a sentence: its file, or its name and host. Never a password."""
    if url.drivername == "sqlite":
        return url.database or ""
    return f"{url.database or 'postgres'} ({url.host or 'localhost'})"


def told(error: Exception, url: URL) -> CoreError | None:
    """Return the error that says what happened, None if it was a mistake of this program."""
    if isinstance(error, exc.TimeoutError):
        return DatabaseBusy()
    if isinstance(error, NoSuchModuleError | ImportError):
        return DriverMissing(command=DRIVER)
    if isinstance(error, OSError):
        return DatabaseFolderGone(place=place(url))
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite(error.orig, place(url))
    return _postgres(error, url)


def _sqlite(error: sqlite3.Error, file: str) -> CoreError | None:
    """Python 3.10 has no `sqlite_errorcode`: SQLite's own messages, which have been the same for twenty years."""
    message = str(error)
    if "locked" in message or "busy" in message:
        return DatabaseBusy()
    if "readonly" in message:
        return DatabaseReadOnly(place=file)
    if "is full" in message:
        return DatabaseFull(place=file)
    if "unable to open" in message:
        return DatabaseFolderGone(place=file)
    if "malformed" in message or "not a database" in message:
        return DatabaseDamaged(place=file)
    if "disk I/O" in message or "no such table" in message:  # the file was changed or taken away under our feet
        return DatabaseAway(place=file)
    return None


def _postgres(error: DBAPIError, url: URL) -> CoreError | None:
    """By the class of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state in ("25006", "42501"):  # read only, or not allowed
        return DatabaseReadOnly(place=place(url))
    if state == "53100":
        return DatabaseFull(place=place(url))
    if state[:2] == "53" or state in (
        "40001",
        "40P01",
        "55P03",
        "57014",
    ):  # too many connections; a lock or its time-out
        return DatabaseBusy()
    if state[:2] == "XX":
        return DatabaseDamaged(place=place(url))
    if state[:2] in ("28", "3D") and not error.connection_invalidated:
        return WrongSetting(name=DATABASE)
    # Nothing of it is there (42P01: no table), or no connection: refused, cut off, shutting down, starting up
    gone = error.connection_invalidated or state in ("", "42P01") or state[:2] in ("08", "57", "58")
    return DatabaseAway(place=place(url)) if gone else None
