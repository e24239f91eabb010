"""The tables. A migration in `migrations/versions` belongs to every change here; a test compares the two.

Numbers of rows are never given twice (AUTOINCREMENT in SQLite), so that a handle of a deleted room fits no later one.
"""

from sqlalchemy import Column, Double, ForeignKey, Integer, MetaData, String, Table, Text, UniqueConstraint

SECRET = 64  # characters of a SHA-256 in hexadecimal

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

rooms = Table(
    "rooms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(6), nullable=False, unique=True),
    Column("key_hash", String(SECRET), nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("ends_at", Double, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("place", Text),
    sqlite_autoincrement=True,
)

members = Table(
    "members",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("token_hash", String(SECRET), nullable=False),
    Column("nickname", String(100), nullable=False),
    Column("joined_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("left_at", Double),
    UniqueConstraint("room_id", "token_hash"),
    UniqueConstraint("room_id", "nickname"),
    sqlite_autoincrement=True,
)

activities = Table(
    "activities",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("asked_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

votes = Table(
    "votes",
    metadata,
    Column("activity_id", ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("item", Integer, primary_key=True, autoincrement=False),
    Column("answer", Text, nullable=False),
    Column("at", Double, nullable=False),
)
