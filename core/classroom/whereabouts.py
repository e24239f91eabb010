"""Where the database of a class is if nothing else is said. Imports nothing, so that whoever has no class pays nothing."""

import os
from pathlib import Path

DATABASE = "KOTORI_DATABASE"  # an environment variable
FILE = "class.sqlite3"


def default_file() -> Path:
    """Return the file that is used where nothing is set."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data.expanduser().absolute() / "kotori" / FILE


def is_used() -> bool:
    """Say whether this machine's environment names a database, or the default file is there."""
    return bool(os.environ.get(DATABASE, "").strip()) or default_file().is_file()
