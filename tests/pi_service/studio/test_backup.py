"""Backups: sound copies taken from a running service, and put back whole or not at all."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from pi_service.studio.core.database import Database
from pi_service.studio.history.archive import DATABASE, JOURNAL, BackupError
from pi_service.studio.history.backup import back_up, restore


def note(database: Database, words: str) -> None:
    with database.write() as connection:
        connection.execute("INSERT INTO settings (name, value) VALUES (?, '')", (words,))


def notes(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / DATABASE)) as connection:
        return [
            row[0] for row in connection.execute("SELECT name FROM settings ORDER BY rowid")
        ]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a service that has drawn a little."""
    folder = tmp_path / "data"
    database = Database(folder / DATABASE)
    note(database, "first")
    database.close()
    (folder / JOURNAL).write_bytes(b"strokes")
    return folder


def test_a_backup_of_a_running_service_has_every_commit(data: Path, tmp_path: Path) -> None:
    database = Database(data / DATABASE)
    note(database, "in the log, not yet in the file")
    back_up(data, tmp_path / "b.tar.gz")
    database.close()
    assert not (data / f"{DATABASE}-wal").exists()
    restore(tmp_path / "b.tar.gz", tmp_path / "new")
    assert notes(tmp_path / "new") == ["first", "in the log, not yet in the file"]
    assert (tmp_path / "new" / JOURNAL).read_bytes() == b"strokes"


def test_what_was_there_is_kept_beside(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b.tar.gz")
    database = Database(data / DATABASE)
    note(database, "after the backup")
    database.close()
    aside = restore(tmp_path / "b.tar.gz", data)
    assert notes(data) == ["first"]
    assert aside is not None
    assert notes(aside) == ["first", "after the backup"]
    Database(data / DATABASE).close()  # the service starts on it


def test_only_its_owner_can_read_it(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o077 == 0
    with tarfile.open(tmp_path / "b.tar.gz") as archive:
        assert {(m.uname, m.uid) for m in archive} == {("", 0)}


def test_a_service_that_runs_is_not_restored_under(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b.tar.gz")
    database = Database(data / DATABASE)
    with pytest.raises(BackupError, match="Stop it first"):
        restore(tmp_path / "b.tar.gz", data)
    database.close()
    assert notes(data) == ["first"]


def damaged(archive: Path) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])


def foreign(archive: Path) -> None:
    with tarfile.open(archive, "w:gz") as opened:
        opened.add(__file__, "something.py")


def newer(archive: Path) -> None:
    folder = archive.parent / "newer"
    folder.mkdir()
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA user_version = 9999")
    back_up(folder, archive)


def not_a_database(archive: Path) -> None:
    folder = archive.parent / "odd"
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"no database" * 1000)
    (folder / "backup.json").write_text("{}")
    with tarfile.open(archive, "w:gz") as opened:
        opened.add(folder / DATABASE, DATABASE)
        opened.add(folder / "backup.json", "backup.json")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (damaged, "cannot be read"),
        (foreign, "no backup of catplotter"),
        (newer, "newer catplotter"),
        (not_a_database, "damaged"),
    ],
)
def test_a_bad_archive_changes_nothing(
    data: Path, tmp_path: Path, spoil: object, words: str
) -> None:
    archive = tmp_path / "b.tar.gz"
    back_up(data, archive)
    assert callable(spoil)
    spoil(archive)
    before = sorted(path.name for path in data.iterdir())
    with pytest.raises(BackupError, match=words):
        restore(archive, data)
    assert notes(data) == ["first"]
    assert sorted(path.name for path in data.iterdir()) == before


def test_nothing_to_back_up_is_said(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="There is no"):
        back_up(tmp_path, tmp_path / "b.tar.gz")


def test_a_target_that_cannot_be_written_leaves_nothing(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="could not be backed up"):
        back_up(data, tmp_path / "nowhere" / "b.tar.gz")
