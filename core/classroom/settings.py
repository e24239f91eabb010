"""Where the database is and how long a room lives: from the arguments, else from the environment."""

import math
import os
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.classroom.whereabouts import DATABASE, default_file
from core.errors import WrongSetting

ROOM_HOURS = "KOTORI_ROOM_HOURS"  # an environment variable
HOURS = 24.0
DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def database_url(given: str | None) -> URL:
    """Return the address of the database, with the driver that we use. Raises WrongSetting if it is of another kind."""
    text = (given or os.environ.get(DATABASE) or "").strip()
    if not text:
        return URL.create("sqlite", database=str(default_file()))
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser().absolute()))
    try:
        url = make_url(text)
        url = url.set(drivername=DRIVERS[url.drivername])
    except (ArgumentError, KeyError, ValueError) as error:
        raise WrongSetting(name=DATABASE) from error
    if url.drivername == "sqlite" and (url.database or ":memory:") == ":memory:":
        raise WrongSetting(name=DATABASE)  # each connection would have a database of its own
    return url


def keep_seconds(given: timedelta | None) -> float:
    """Return how long a room lives. Raises WrongSetting if that is no positive number of hours."""
    if given is not None:
        return given.total_seconds()
    try:
        hours = float(os.environ.get(ROOM_HOURS) or HOURS)
    except ValueError as error:
        raise WrongSetting(name=ROOM_HOURS) from error
    if not (math.isfinite(hours) and hours > 0):
        raise WrongSetting(name=ROOM_HOURS)
    return hours * 3600
