"""How the tables came to be what they are, a step a version, for Alembic."""

import threading
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, table, text
from sqlalchemy.sql import column

from core.errors import DatabaseNewer

LOCK = 7_202_611_220  # of PostgreSQL: one process migrates, the others wait

_one_at_a_time = threading.Lock()  # Alembic keeps what it does in the module


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the tables to a version, within the transaction of this connection. Raises DatabaseNewer if they are of a
    version that is not known here."""
    with _one_at_a_time:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        current = version(connection)
        if current is not None and current not in versions():
            raise DatabaseNewer()
        if current != (versions()[-1] if to == "head" else to):
            command.upgrade(_config(connection), to)


def is_current(connection: Connection) -> bool:
    """Say whether the tables need no migration. Only reads."""
    return version(connection) == versions()[-1]


def version(connection: Connection) -> str | None:
    """Return the version of the tables, None if there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(select(column("version_num")).select_from(table("alembic_version")))
    return found


@cache
def versions() -> tuple[str, ...]:
    """Return every version, the oldest first."""
    script = ScriptDirectory.from_config(_config(None))
    return tuple(reversed([one.revision for one in script.walk_revisions()]))


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
