"""The database file: made, moved to a newer form, kept sound, and refused with a sentence."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from pi_service.studio.core.database import MIGRATIONS, Database, StoreError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "catplotter.sqlite3"


def some_migrations(folder: Path, *scripts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for number, script in enumerate(scripts, 1):
        (folder / f"{number:04d}_step.sql").write_text(script)
    return folder


def test_a_new_file_has_all_tables_in_wal_mode_with_full_sync(path: Path) -> None:
    database = Database(path)
    with database.write() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        tables = connection.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'"
        ).fetchall()
    names = {row["name"] for row in tables}
    assert {"jobs", "drawings", "sheets"} <= names
    assert all(row["strict"] for row in tables if not row["name"].startswith("sqlite_"))
    database.close()


def test_what_was_written_is_there_after_reopening(path: Path) -> None:
    database = Database(path)
    with database.write() as connection:
        connection.execute("UPDATE counters SET last = 7")
    database.close()
    database = Database(path)
    with database.read() as connection:
        assert connection.execute("SELECT last FROM counters").fetchone()[0] == 7
    database.close()


def test_a_failed_transaction_leaves_nothing(path: Path) -> None:
    database = Database(path)

    def write_half() -> None:
        with database.write() as connection:
            connection.execute("UPDATE counters SET last = 7")
            connection.execute("UPDATE tallies SET last = 7")

    with pytest.raises(StoreError, match="no such table"):
        write_half()
    with database.read() as connection:
        assert connection.execute("SELECT last FROM counters").fetchone()[0] == 0
    database.close()


def test_an_inner_transaction_is_part_of_the_outer_one(path: Path) -> None:
    database = Database(path)

    def outer() -> None:
        with database.write() as connection:
            with database.write() as inner:
                inner.execute("UPDATE counters SET last = 7")
            assert connection.execute("SELECT last FROM counters").fetchone()[0] == 7
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outer()
    with database.read() as connection:
        assert connection.execute("SELECT last FROM counters").fetchone()[0] == 0
    database.close()


def test_readers_cannot_write_and_do_not_wait_for_the_writer(path: Path) -> None:
    database = Database(path)
    with database.write() as writer:
        writer.execute("UPDATE counters SET last = 7")
        with database.read() as reader:
            assert reader.execute("SELECT last FROM counters").fetchone()[0] == 0
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader.execute("UPDATE counters SET last = 8")
    database.close()


def test_readers_in_other_threads_go_on_while_a_transaction_is_open(path: Path) -> None:
    database = Database(path)
    read: list[int] = []

    def look() -> None:
        with database.read() as reader:
            read.append(reader.execute("SELECT last FROM counters").fetchone()[0])

    with database.write() as writer:
        writer.execute("UPDATE counters SET last = 7")
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(5.0)
        assert read == [0]
    database.close()


def test_many_threads_write_one_after_the_other(path: Path) -> None:
    database = Database(path)

    def count() -> None:
        for _ in range(20):
            with database.write() as connection:
                connection.execute("UPDATE counters SET last = last + 1")

    threads = [threading.Thread(target=count) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute("SELECT last FROM counters").fetchone()[0] == 100
    database.close()


def test_a_second_service_is_refused(path: Path) -> None:
    database = Database(path)
    with pytest.raises(StoreError, match="Another catplotter service is already using"):
        Database(path)
    database.close()
    Database(path).close()


def test_migrations_run_in_order_and_only_once(path: Path, tmp_path: Path) -> None:
    steps = some_migrations(tmp_path / "steps", "CREATE TABLE a (x INTEGER) STRICT;")
    Database(path, migrations=steps).close()
    some_migrations(
        tmp_path / "steps",
        "CREATE TABLE a (x INTEGER) STRICT;",
        "ALTER TABLE a ADD COLUMN y TEXT; -- a remark; with a semicolon\n"
        "INSERT INTO a VALUES (1, 'y; z');",
    )
    for _ in range(2):
        database = Database(path, migrations=steps)
        with database.read() as connection:
            assert [tuple(row) for row in connection.execute("SELECT * FROM a")] == [
                (1, "y; z")
            ]
        database.close()
    backup = path.with_name("catplotter.before-0002.sqlite3")
    with sqlite3.connect(backup) as old:
        assert [row[1] for row in old.execute("PRAGMA table_info(a)")] == ["x"]
    old.close()


def test_a_migration_that_fails_changes_nothing(path: Path, tmp_path: Path) -> None:
    good, bad = "CREATE TABLE a (x INTEGER) STRICT;", "CREATE TABLE b (x); SELECT nonsense;"
    Database(path, migrations=some_migrations(tmp_path / "s", good)).close()
    with pytest.raises(StoreError, match="no such column: nonsense"):
        Database(path, migrations=some_migrations(tmp_path / "s", good, bad))
    database = Database(path, migrations=some_migrations(tmp_path / "t", good))
    with database.read() as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            connection.execute("SELECT * FROM b")
    database.close()


def test_a_file_of_a_newer_version_is_left_alone(path: Path, tmp_path: Path) -> None:
    Database(path).close()
    shipped = {file.name: file.read_text() for file in MIGRATIONS.glob("*.sql")}
    first = shipped[min(shipped)]
    if len(shipped) == 1:
        newer = some_migrations(tmp_path / "s", first, "CREATE TABLE b (x INTEGER) STRICT;")
        Database(path, migrations=newer).close()
        older = MIGRATIONS
    else:
        older = some_migrations(tmp_path / "s", first)
    with pytest.raises(StoreError, match="written by a newer catplotter"):
        Database(path, migrations=older)


@pytest.mark.parametrize("damage", ["rubbish", "page"])
def test_a_damaged_file_is_named_in_a_sentence(path: Path, damage: str) -> None:
    database = Database(path)
    with database.write() as connection:
        connection.executemany(
            "INSERT INTO counters VALUES (?, 1)", [(f"{n:0500}",) for n in range(200)]
        )
    database.close()
    content = bytearray(path.read_bytes())
    if damage == "rubbish":
        content[:100] = b"rubbish " * 12 + b"1234"
    else:
        content[8192:] = bytes(len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"catplotter\.sqlite3 is damaged"):
        Database(path)
    shutil.move(path, path.with_name("aside"))
    Database(path).close()


def test_a_folder_that_cannot_be_is_named_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"The data folder .*file/data cannot be written"):
        Database(tmp_path / "file" / "data" / "catplotter.sqlite3")


def test_after_closing_everything_says_so(path: Path) -> None:
    database = Database(path)
    database.close()
    database.close()
    with pytest.raises(StoreError, match="cannot be used now"), database.write():
        pass
    with pytest.raises(StoreError, match="is closed: the service is ending"), database.read():
        pass


def test_a_start_keeps_a_backup_once_a_day(path: Path) -> None:
    backup = path.with_name("catplotter.backup.sqlite3")
    database = Database(path)
    with database.write() as connection:
        connection.execute("UPDATE counters SET last = 7")
    database.close()
    assert count_in(backup) == 0, "it was made at the start"
    Database(path).close()
    assert count_in(backup) == 0, "it is not a day old"
    os.utime(backup, (0, 0))
    Database(path).close()
    assert count_in(backup) == 7


def test_a_backup_that_fails_stops_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.with_name("catplotter.backup.sqlite3.new").mkdir(parents=True)
    Database(path).close()
    assert "was not backed up" in caplog.text


def count_in(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT last FROM counters").fetchone()[0])
