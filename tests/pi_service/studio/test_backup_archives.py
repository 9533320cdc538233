"""Archives that came from anywhere: read to their last byte, and refused in a sentence."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pi_service.studio.core.database import Database
from pi_service.studio.history.archive import (
    DATABASE,
    JOURNAL,
    LARGEST,
    NOTE,
    PROFILE,
    BackupError,
    read,
)
from pi_service.studio.history.backup import (
    COPY,
    back_up,
    newest_good,
    restore,
    verify,
)

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A good backup."""
    data = tmp_path / "data"
    Database(data / DATABASE).close()
    (data / JOURNAL).write_bytes(b"strokes")
    (data / PROFILE).write_bytes(b"profile")
    back_up(data, tmp_path / "good.tar.gz")
    return tmp_path / "good.tar.gz"


def contents(archive: Path) -> dict[str, bytes]:
    found = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            file = opened.extractfile(member)
            assert file is not None
            found[member.name] = file.read()
    return found


def pack(archive: Path, files: dict[str, bytes], *extra: tarfile.TarInfo) -> None:
    with tarfile.open(archive, "w:gz") as opened:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
        for entry in extra:
            opened.addfile(entry)


def refused(archive: Path, words: str) -> None:
    with pytest.raises(BackupError, match=words) as raised:
        verify(archive)
    assert "Traceback" not in str(raised.value)
    with pytest.raises(BackupError, match=words):
        restore(archive, archive.parent / "elsewhere")
    assert not (archive.parent / "elsewhere" / DATABASE).exists()


def test_a_good_one_says_what_it_is(archive: Path) -> None:
    note = read(archive)
    assert note.cats == 0
    assert set(note.sha256) == {DATABASE, JOURNAL, PROFILE}
    verify(archive)


def test_one_of_an_earlier_version_has_no_checksums_and_still_counts(archive: Path) -> None:
    files = contents(archive)
    files[NOTE] = json.dumps({"catplotter": 5, "made": "2026-01-02T03:04:05+00:00"}).encode()
    pack(archive, files)
    verify(archive)
    assert read(archive).made == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("at", [-1, -5, 300])
def test_a_byte_that_changed_anywhere_is_found(archive: Path, at: int) -> None:
    spoilt = bytearray(archive.read_bytes())
    spoilt[at] ^= 0x55
    archive.write_bytes(spoilt)
    refused(archive, "cannot be read|bad")


@pytest.mark.parametrize("left", [4, 9, 2000])
def test_one_that_was_cut_short_is_found(archive: Path, left: int) -> None:
    archive.write_bytes(archive.read_bytes()[:-left])
    refused(archive, "cannot be read")


def test_a_member_that_is_not_what_the_note_says_is_found(archive: Path) -> None:
    files = contents(archive)
    files[JOURNAL] = b"STROKES"
    pack(archive, files)
    refused(archive, f"bad {JOURNAL}")
    del files[JOURNAL]
    pack(archive, files)
    refused(archive, f"bad {JOURNAL}")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, b"3"])
@pytest.mark.parametrize("name", [DATABASE, JOURNAL, "other"])
def test_links_and_devices_are_refused(archive: Path, kind: bytes, name: str) -> None:
    files = contents(archive)
    files.pop(name, None)
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, "/etc/passwd"
    pack(archive, files, entry)
    refused(archive, f"bad {name}")


def twice(archive: Path) -> None:
    entry = tarfile.TarInfo(NOTE)
    pack(archive, contents(archive), entry)


def large_journal(archive: Path) -> None:
    pack(archive, contents(archive) | {JOURNAL: bytes(LARGEST + 1)})


def large_note(archive: Path) -> None:
    pack(archive, contents(archive) | {NOTE: bytes(LARGEST + 1)})


def large_stranger(archive: Path) -> None:
    pack(archive, {"other": bytes(LARGEST + 1)} | contents(archive))


def many_members(archive: Path) -> None:
    pack(archive, contents(archive) | {f"n{n}": b"" for n in range(50)})


def large_header(archive: Path) -> None:
    """A header of 256 MiB that tarfile would read into memory."""
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, 256 << 20
    with gzip.open(archive, "wb", 1) as file:
        file.write(entry.tobuf())
        for _ in range(256):
            file.write(bytes(1 << 20))


def after_the_end(archive: Path) -> None:
    whole = gzip.decompress(archive.read_bytes())
    with gzip.open(archive, "wb", 1) as file:
        file.write(whole)
        for _ in range(40):
            file.write(bytes(1 << 20))


@pytest.mark.parametrize(
    "spoil",
    [
        twice,
        large_journal,
        large_note,
        large_stranger,
        many_members,
        large_header,
        after_the_end,
    ],
)
def test_a_bomb_is_refused_without_being_unpacked(
    archive: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(archive)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(archive, "cannot be read|bad|no backup")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KiB


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON jobs BEGIN DELETE FROM jobs; END",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE more (a)",
        "DROP TABLE settings",
        "ALTER TABLE jobs ADD COLUMN more TEXT",
        "PRAGMA user_version = 1",
        "PRAGMA user_version = 0",
    ],
)
def test_a_database_that_no_version_makes_is_refused(archive: Path, statement: str) -> None:
    database = archive.parent / "data" / DATABASE
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(statement)
    back_up(database.parent, archive)
    refused(archive, "not as version")


def test_what_is_a_link_is_neither_backed_up_nor_replaced(archive: Path) -> None:
    data = archive.parent / "data"
    (data / JOURNAL).unlink()
    (data / JOURNAL).symlink_to("/etc/passwd")
    with pytest.raises(BackupError, match="symbolic link"):
        back_up(data, archive.parent / "b.tar.gz")
    with pytest.raises(BackupError, match="symbolic link"):
        restore(archive, data)


def test_the_services_own_copy_can_be_put_back(archive: Path) -> None:
    data = archive.parent / "data"
    (data / DATABASE).unlink()
    aside = restore(data / COPY, data)
    Database(data / DATABASE).close()
    assert aside is not None
    assert (aside / COPY).exists()  # the next one is of the restored database


def test_the_newest_backup_is_the_newest_that_can_be_read(archive: Path) -> None:
    data = archive.parent / "data"
    (data / "backups").mkdir()
    for number in (1, 2, 3):
        path = data / "backups" / f"catplotter-2026010{number}-040000.tar.gz"
        back_up(data, path, now=datetime(2026, 1, number, 4, tzinfo=UTC))
        os.utime(path, (2e9 + number,) * 2)
    path.write_bytes(path.read_bytes()[:-9])
    found = newest_good(data)
    assert found is not None
    assert (found.path.name, found.cats) == ("catplotter-20260102-040000.tar.gz", 0)
    for path in (data / "backups").iterdir():
        path.write_bytes(b"")
    found = newest_good(data)
    assert found is not None
    assert found.path.name == COPY
