"""What Alembic runs: the connection comes from `core.classroom.migrations`, which has begun the transaction."""

from alembic import context

from core.classroom.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
