"""What a class must outlive: a killed server, a database that goes and comes back, two processes, versions of the tables."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import classroom_voter
import postgres
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, event, exc, inspect, text

from core.classroom import Classroom, Question, failures, settings, tables
from core.classroom.database import Database
from core.classroom.migrations import migrate, version, versions
from core.errors import (
    CoreError,
    DatabaseAway,
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseFileGone,
    DatabaseFolderGone,
    DatabaseFull,
    DatabaseNewer,
    DatabaseReadOnly,
    DriverMissing,
    NoSuchRoom,
    WrongSetting,
)

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # s
WORD = Question("predict", "鳥が[MASK]。")
TOKEN = "0123456789abcdef"


@pytest.fixture
def classroom(database_url: str) -> Iterator[Classroom]:
    found = Classroom(database_url)
    yield found
    found.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[tuple[Path, Classroom]]:
    """A file of SQLite in a folder of its own, and its classroom."""
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "class.sqlite3"
    found = Classroom(str(path))
    yield path, found
    found.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    found = create_engine(settings.database_url(database_url))
    yield found
    found.dispose()


def child(*arguments: str) -> subprocess.Popen[str]:
    """Start a process that votes."""
    line = [sys.executable, str(classroom_voter.__file__), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


# -- killed, and several at once ------------------------------------------------------------------------------


def test_no_accepted_vote_is_lost_by_a_kill(classroom: Classroom, database_url: str) -> None:
    opened = classroom.open()
    asked = classroom.ask(classroom.enter(opened.code, opened.key), WORD)
    printed: list[str] = []
    for number in range(2):
        with child(database_url, opened.code, str(asked.id), str(number * 1000)) as voter:
            assert voter.stdout is not None
            printed += [voter.stdout.readline() for _ in range(8)]
            voter.kill()  # SIGKILL, in the middle of whatever it does
            printed += voter.stdout.readlines()
    accepted = [line.rstrip("\n").split(" ", 1) for line in printed if line.endswith("\n")]
    stored = [(str(one.member), one.answer) for one in classroom.answers(opened.code, asked.id)]
    assert len(accepted) >= 16
    assert [tuple(one) for one in accepted if stored.count((one[0], one[1])) != 1] == []
    assert len({member for member, _ in stored}) == len(stored) <= len(accepted) + 2
    assert sum(classroom.tally(opened.code, asked.id).values()) == len(stored)


def test_two_processes_vote_at_once(classroom: Classroom, database_url: str) -> None:
    opened = classroom.open()
    asked = classroom.ask(classroom.enter(opened.code, opened.key), WORD)
    voters = [child(database_url, opened.code, str(asked.id), first) for first in ("1000", "2000")]
    try:
        here = classroom.join(opened.code, "here", TOKEN, "")
        for number in range(30):
            classroom.vote(here, asked.id, f"w{number}")
        lines = [voter.stdout.readline() for voter in voters for _ in range(10) if voter.stdout]
    finally:
        for voter in voters:
            voter.kill()
            voter.communicate()
    accepted = {tuple(line.rstrip("\n").split(" ", 1)) for line in lines} | {(str(here.id), "w29")}
    stored = {(str(one.member), one.answer) for one in classroom.answers(opened.code, asked.id)}
    assert len(accepted) == 21 and accepted <= stored


def test_several_start_at_once_on_an_empty_database(database_url: str) -> None:
    several = [Classroom(database_url) for _ in range(6)]
    ready = threading.Barrier(6)

    def first_call(one: Classroom) -> str:
        ready.wait(PATIENCE)
        return one.open().code

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(first_call, several))
    assert [several[0].look(code).members for code in found] == [0] * 6
    for one in several:
        one.dispose()


def test_a_new_server_knows_the_rooms_of_the_old_one(classroom: Classroom, database_url: str) -> None:
    opened = classroom.open()
    member = classroom.join(opened.code, "はなこ", TOKEN, "")
    classroom.dispose()
    later = Classroom(database_url)
    assert later.rejoin(opened.code, TOKEN) == member and later.enter(opened.code, opened.key)
    later.dispose()


# -- migrations -----------------------------------------------------------------------------------------------


def test_migrated_tables_are_those_of_the_program(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []
        assert version(connection) == versions()[-1]
        keys = {name: inspect(connection).get_foreign_keys(name) for name in ("members", "activities", "votes")}
    found = [(name, key["options"].get("ondelete")) for name, of in keys.items() for key in of]
    assert len(found) == 4 and {rule for _, rule in found} == {"CASCADE"}


@pytest.mark.parametrize("start", [None, *versions()])
def test_every_earlier_version_is_upgraded(engine: Engine, database_url: str, start: str | None) -> None:
    if start is not None:
        with engine.begin() as connection:
            migrate(connection, start)
            assert version(connection) == start
    found = Classroom(database_url)
    assert found.look(found.open().code).members == 0
    with engine.connect() as connection:
        assert version(connection) == versions()[-1]
    found.dispose()


def test_versions_have_one_line() -> None:
    assert (
        len(set(versions()))
        == len(versions())
        == len(list((ROOT / "core/classroom/migrations/versions").glob("v*.py")))
    )


def test_a_newer_version_is_told_and_left_alone(classroom: Classroom, database_url: str, engine: Engine) -> None:
    code = classroom.open().code
    for stamped, raises in (("9999", True), (versions()[-1], False)):
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": stamped})
        later = Classroom(database_url)
        if raises:
            with pytest.raises(DatabaseNewer):
                later.look(code)
        else:
            assert later.look(code).members == 0
        later.dispose()


# -- the database is away -------------------------------------------------------------------------------------


def test_postgres_goes_and_comes_back(postgres_server: postgres.Server) -> None:
    if postgres_server.folder is None:
        pytest.skip(f"the server that {postgres.SERVER} names is not ours to be stopped")
    with postgres_server.database() as url:
        classroom = Classroom(url)
        opened = classroom.open()
        teacher = classroom.enter(opened.code, opened.key)
        member, asked = classroom.join(opened.code, "はなこ", TOKEN, ""), classroom.ask(teacher, WORD)
        classroom.vote(member, asked.id, "鳴く")
        postgres_server.stop()
        try:
            for call in (
                lambda: classroom.look(opened.code),
                lambda: classroom.vote(member, asked.id, "泣く"),
                classroom.open,
                lambda: classroom.rejoin(opened.code, TOKEN),
            ):
                with pytest.raises(DatabaseAway) as caught:
                    call()
                assert type(caught.value) is DatabaseAway and "kotori_" in caught.value.message("ja")
        finally:
            postgres_server.start()
        assert classroom.mine(member, asked.id) == {0: "鳴く"}
        assert classroom.vote(member, asked.id, "泣く").answer == "泣く"
        assert classroom.rejoin(opened.code, TOKEN) == member
        classroom.dispose()


def test_tables_that_somebody_dropped_are_made_again(classroom: Classroom, engine: Engine) -> None:
    code = classroom.open().code
    with engine.begin() as connection:
        tables.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(DatabaseAway):
        classroom.look(code)
    with pytest.raises(NoSuchRoom):
        classroom.look(code)
    assert classroom.look(classroom.open().code).members == 0


def test_postgres_that_nobody_started(tmp_path: Path) -> None:
    away = Classroom(f"postgresql://somebody:secret@/class?host={tmp_path}")
    with pytest.raises(DatabaseAway) as caught:
        away.open()
    assert type(caught.value) is DatabaseAway
    assert "class" in str(caught.value) and "secret" not in str(caught.value) + caught.value.message("ja")


def test_folder_goes_and_comes_back(file: tuple[Path, Classroom]) -> None:
    path, classroom = file
    opened = classroom.open()
    away = path.parent.with_name("away")
    path.parent.rename(away)
    for call in (lambda: classroom.look(opened.code), classroom.open):
        with pytest.raises(DatabaseFolderGone) as caught:
            call()
        assert str(path) in caught.value.message("ja")
    away.rename(path.parent)
    assert classroom.look(opened.code).members == 0


def test_a_file_that_is_gone_is_waited_for(file: tuple[Path, Classroom]) -> None:
    path, classroom = file
    opened = classroom.open()
    teacher = classroom.enter(opened.code, opened.key)
    member, asked = classroom.join(opened.code, "はなこ", TOKEN, ""), classroom.ask(teacher, WORD)
    classroom.vote(member, asked.id, "鳴く")
    path.rename(path.with_suffix(".away"))
    for call in (
        lambda: classroom.look(opened.code),
        lambda: classroom.enter(opened.code, opened.key),
        lambda: classroom.vote(member, asked.id, "泣く"),
        classroom.open,
    ):
        with pytest.raises(DatabaseFileGone) as caught:
            call()
        assert str(path) in caught.value.message("ja")
        assert classroom.purge() == 0 and not path.exists()
    path.with_suffix(".away").rename(path)
    assert classroom.enter(opened.code, opened.key) == teacher
    assert classroom.mine(member, asked.id) == {0: "鳴く"}


def test_another_file_in_its_place_is_noticed(file: tuple[Path, Classroom], tmp_path: Path) -> None:
    path, classroom = file
    opened = classroom.open()
    classroom.dispose()  # the log is merged into the file
    shutil.copy(path, tmp_path / "copy")
    classroom.look(opened.code)
    for one in path.parent.iterdir():
        one.unlink()
    other = Classroom(str(path))  # another process makes an empty one
    code = other.open().code
    with pytest.raises(NoSuchRoom):
        classroom.enter(opened.code, opened.key)
    assert classroom.look(code).members == 0
    for one in (other, classroom):
        one.dispose()
    os.replace(tmp_path / "copy", path)
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    assert classroom.enter(opened.code, opened.key).code == opened.code


def test_damaged_file_is_told_and_left_alone(file: tuple[Path, Classroom]) -> None:
    path, classroom = file
    path.write_bytes(b"this is no database " * 1000)
    before = path.read_bytes()
    with pytest.raises(DatabaseDamaged) as caught:
        classroom.open()
    assert str(path) in str(caught.value) and path.read_bytes() == before
    path.rename(path.with_suffix(".old"))
    assert classroom.open().code


def test_locked_file_is_busy(file: tuple[Path, Classroom], monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = file
    monkeypatch.setattr("core.classroom.database.PATIENCE", 0.05)
    classroom = Classroom(str(path))
    opened = classroom.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy):
        classroom.join(opened.code, "はなこ", TOKEN, "")
    assert classroom.look(opened.code).members == 0  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    assert classroom.join(opened.code, "はなこ", TOKEN, "")
    classroom.dispose()


def refused(prepare: Callable[[sqlite3.Connection], object], *, read_only: str = "") -> sqlite3.Error:
    """Return the error of SQLite itself when something is written to a database that was prepared so."""
    connection = sqlite3.connect(f"file:{read_only}?mode=ro" if read_only else ":memory:", uri=bool(read_only))
    try:
        prepare(connection)
        connection.execute("CREATE TABLE t AS SELECT zeroblob(100000)")
    except sqlite3.Error as error:
        return error
    finally:
        connection.close()
    raise AssertionError("it was written")


def test_sqlite_says_what_is_wrong(file: tuple[Path, Classroom]) -> None:
    path, classroom = file
    classroom.open()
    classroom.dispose()
    url = settings.database_url(str(path))
    for error, expected in (
        (refused(lambda connection: None, read_only=str(path)), DatabaseReadOnly),
        (refused(lambda connection: connection.execute("PRAGMA query_only = ON")), DatabaseReadOnly),
        (refused(lambda connection: connection.execute("PRAGMA max_page_count = 2")), DatabaseFull),
        (refused(lambda connection: connection.execute("SELECT * FROM t")), DatabaseAway),
        (sqlite3.OperationalError("disk I/O error"), DatabaseAway),
        (sqlite3.DatabaseError("database disk image is malformed"), DatabaseDamaged),
    ):
        found = failures.told(exc.DatabaseError("", None, error), url)
        assert type(found) is expected
        assert found.facts == {"place": str(path)}
    syntax = refused(lambda connection: connection.execute("SELEC"))
    assert failures.told(exc.DatabaseError("", None, syntax), url) is None
    assert failures.told(ZeroDivisionError(), url) is None


def test_full_disk_in_mid_lesson(file: tuple[Path, Classroom], monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = file
    full = threading.Event()

    def limit(connection: sqlite3.Connection, _: object) -> None:
        if full.is_set():
            connection.execute("PRAGMA max_page_count = 1")  # it becomes the size that the file has

    def engine(url: object) -> Engine:
        found = make(url)  # type: ignore[arg-type]
        event.listen(found, "connect", limit)
        return found

    from core.classroom import database

    make = database._engine
    monkeypatch.setattr(database, "_engine", engine)
    classroom = Classroom(str(path))
    opened = classroom.open()
    teacher, member = classroom.enter(opened.code, opened.key), classroom.join(opened.code, "はなこ", TOKEN, "")
    asked = classroom.ask(teacher, WORD)
    full.set()
    classroom.dispose()
    with pytest.raises(DatabaseFull) as caught:
        classroom.ask(teacher, Question("predict", "x" * 150_000))
    assert str(path) in str(caught.value)
    full.clear()
    classroom.dispose()
    assert classroom.activities(opened.code)[0].id == asked.id
    assert classroom.ask(teacher, Question("predict", "x" * 50_000)).id > asked.id
    assert classroom.rejoin(opened.code, TOKEN) == member
    classroom.dispose()


class _State(Exception):
    """An error of a driver with a SQLSTATE."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        *((state, DatabaseAway) for state in (None, "57P01", "57P03", "08006", "58030", "42P01")),
        *((state, DatabaseBusy) for state in ("53300", "40P01", "55P03")),
        *((state, DatabaseReadOnly) for state in ("25006", "42501")),
        ("53100", DatabaseFull),
        ("XX001", DatabaseDamaged),
        *((state, WrongSetting) for state in ("28P01", "3D000")),
        *((state, None) for state in ("42601", "23505", "22P02")),
    ],
)
def test_postgres_says_what_is_wrong(state: str | None, expected: type[CoreError] | None) -> None:
    url = settings.database_url("postgres://somebody:secret@db.example/class")
    found = failures.told(exc.DBAPIError("", None, _State(state)), url)
    assert (None if found is None else type(found)) is expected
    assert "secret" not in str(found)


def test_programming_mistakes_are_not_hidden(file: tuple[Path, Classroom]) -> None:
    database = Database(str(file[0]))
    with pytest.raises(exc.OperationalError), database.read() as connection:
        connection.execute(text("SELEC"))
    with pytest.raises(ZeroDivisionError), database.write():
        _ = 1 / 0
    database.dispose()


def test_sqlite_commits_to_the_disk(file: tuple[Path, Classroom]) -> None:
    database = Database(str(file[0]))
    with database.read() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 1, 10_000]
    database.dispose()


def test_deleted_is_gone_from_the_disk(file: tuple[Path, Classroom]) -> None:
    path, classroom = file
    opened = classroom.open()
    teacher = classroom.enter(opened.code, opened.key)
    asked = classroom.ask(teacher, Question("predict", "very secret question"))
    for number in range(50):
        member = classroom.join(opened.code, f"secret nickname{number}", f"{number:032x}", "")
        classroom.vote(member, asked.id, "very secret answer")
    there = [one for one in path.parent.iterdir() if b"secret" in one.read_bytes()]
    assert there
    classroom.delete(teacher)
    assert [one for one in path.parent.iterdir() if b"secret" in one.read_bytes()] == []


# -- settings -------------------------------------------------------------------------------------------------


def test_where_the_database_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOTORI_DATABASE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    default = tmp_path / "data" / "kotori" / "class.sqlite3"
    assert settings.database_url(None).database == str(default)
    classroom = Classroom()
    classroom.open()
    assert default.is_file()
    classroom.dispose()
    monkeypatch.setenv("KOTORI_DATABASE", str(tmp_path / "other.sqlite3"))
    assert settings.database_url(None).database == str(tmp_path / "other.sqlite3")
    assert settings.database_url("sqlite:////a/b.sqlite3").database == "/a/b.sqlite3"
    for url in ("postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"):
        assert settings.database_url(url).drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    "url", ["mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "://", "postgresql://h:port/d"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(WrongSetting) as caught:
        Classroom(url).open()
    assert "KOTORI_DATABASE" in str(caught.value) and "secret" not in str(caught.value)


def test_missing_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DriverMissing, match="pip install"):
        Classroom("postgresql://h/d").open()


def test_importing_the_package_is_cheap() -> None:
    code = "import sys, core.classroom; print(sorted({'sqlalchemy', 'alembic', 'torch', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == b"[]"
    code = code.replace("core.classroom;", "core.classroom.classroom;")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == b"['alembic', 'sqlalchemy']"
