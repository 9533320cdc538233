"""A backup as a file: a gzipped tar archive, written whole, and read whole before it counts.

It holds a copy of the database, the record of drawn strokes, the profile as it was changed on
the page, and a note: the form of the tables, when it was made, how many cats are in it, and
the SHA-256 of every other member. Whoever reads one may have been sent it by a stranger: only
regular files of sane sizes are taken, and nothing else is ever unpacked.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from firmware_gcode.facts import CodedError

DATABASE = "catplotter.db"
JOURNAL = "strokes.journal"
PROFILE = "profile.toml"
"""The service's own copy of the machine's profile, where it has one."""
BESIDE = (JOURNAL, PROFILE)
NOTE = "backup.json"
LARGEST_DATABASE = 4 << 30
"""Bytes that a database in a backup may have."""
LARGEST = 16 << 20
"""Bytes that anything else in it may have."""
MOST_MEMBERS = 16
SPARE_BYTES = 64_000_000
"""Free space that must be left for the service itself."""
BLOCK = 1 << 20


class BackupError(CodedError, OSError):
    """A backup that could not be made or put back; nothing was changed by trying."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a backup says of itself.

    Attributes:
        catplotter: The form of its tables.
        made: When it was made.
        cats: Drawings in it that are done; None in those of earlier versions.
        sha256: Of every other member, by its name; empty in those of earlier versions.
    """

    catplotter: int
    made: datetime
    cats: int | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: bytes) -> Note:
        """The note of its JSON. Raises ValueError, KeyError or TypeError if it is none."""
        said = json.loads(text)
        cats, digests = said.get("cats"), said.get("sha256", {})
        made = datetime.fromisoformat(str(said.get("made", "1970-01-01T00:00:00+00:00")))
        return cls(
            catplotter=int(said.get("catplotter", 0)),
            made=made if made.tzinfo else made.replace(tzinfo=UTC),
            cats=None if cats is None else int(cats),
            sha256={str(name): str(digest) for name, digest in digests.items()},
        )

    def as_json(self) -> str:
        """The note as it stands in a backup."""
        return json.dumps(asdict(self) | {"made": self.made.isoformat(timespec="seconds")})


def write(target: Path, database: Path, beside: Mapping[str, bytes], note: Note) -> None:
    """Write an archive of a copy of a database and some small files. Raises OSError."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in beside.items()}
    with database.open("rb") as copy:
        digests[DATABASE] = hashlib.file_digest(copy, "sha256").hexdigest()
    full = Note(note.catplotter, note.made, note.cats, digests)
    with target.open("wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        _add(archive, NOTE, full.as_json().encode())
        archive.add(database, DATABASE, filter=_nobodys)
        for name, content in beside.items():
            _add(archive, name, content)
        archive.close()
        file.flush()
        os.fsync(file.fileno())


def read(path: Path, into: Path | None = None) -> Note:
    """Read an archive to its last byte, and what is known of it into a folder.

    Args:
        into: A folder for the files; None: nothing is written anywhere.

    Raises:
        BackupError: It is damaged, or no backup, or holds what no backup holds.
    """
    where = str(path)
    digests: dict[str, str] = {}
    note = None
    try:
        with gzip.open(path, "rb") as packed, _members(packed) as members:
            for member in members:
                _check(member, digests, where)
                _check_room(member, into)
                name = member.name
                source = cast("IO[bytes]", members.extractfile(member))
                known = into is not None and name in {DATABASE, *BESIDE}
                digests[name], start = _take(source, into / name if into and known else None)
                if name == NOTE:
                    note = Note.of(start)
            _to_the_end(packed)
    except BackupError:
        raise
    except UNREADABLE as error:
        raise BackupError("data-backup-unreadable", archive=where, why=str(error)) from error
    if note is None or DATABASE not in digests:
        missing = NOTE if note is None else DATABASE
        raise BackupError("data-backup-holds-none", archive=where, name=missing)
    for name, digest in note.sha256.items():
        if digests.get(name) != digest:
            raise BackupError("data-backup-bad", archive=where, name=name[:80])
    return note


def first_note(path: Path) -> Note:
    """What an archive says of itself, which stands in it first; the rest is not read.

    Raises:
        BackupError: It is no backup.
    """
    where = str(path)
    try:
        with gzip.open(path, "rb") as packed, _members(packed) as members:
            member = members.next()
            if member is not None and member.name == NOTE:
                _check(member, {}, where)
                return Note.of(cast("IO[bytes]", members.extractfile(member)).read(LARGEST))
    except BackupError:
        raise
    except UNREADABLE as error:
        raise BackupError("data-backup-unreadable", archive=where, why=str(error)) from error
    raise BackupError("data-backup-holds-none", archive=where, name=NOTE)


UNREADABLE = (
    tarfile.TarError,
    EOFError,
    OSError,
    zlib.error,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What reading a file that is no such archive, or a damaged one, may raise."""


class _Bounded:
    """A file of which nobody reads more at a time than an archive's own headers need."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LARGEST:
            raise tarfile.ReadError("a header is too large")
        return self._file.read(size)


@contextmanager
def _members(packed: gzip.GzipFile) -> Iterator[tarfile.TarFile]:
    """The archive in a stream."""
    file: Any = _Bounded(packed)
    with tarfile.open(fileobj=file, mode="r:") as opened:
        yield opened


def _check(member: tarfile.TarInfo, before: Mapping[str, str], where: str) -> None:
    """Refuse what is no regular file (a link, a device), or too large, or there already."""
    most = LARGEST_DATABASE if member.name == DATABASE else LARGEST
    sane = member.isreg() and not member.issparse() and 0 <= member.size <= most
    if not sane or member.name in before or len(before) >= MOST_MEMBERS:
        raise BackupError("data-backup-bad", archive=where, name=member.name[:80])


def _check_room(member: tarfile.TarInfo, into: Path | None) -> None:
    if into is None or member.name != DATABASE:
        return
    free = shutil.disk_usage(into).free
    needed = member.size + SPARE_BYTES
    if free < needed:
        raise no_room(into, needed, free)


def no_room(folder: Path, needed: int, free: int) -> BackupError:
    """There is not enough space for a backup; in bytes."""
    return BackupError(
        "data-backup-no-room",
        folder=str(folder),
        needed=round(needed / 1e6),
        free=round(free / 1e6),
    )


def _take(source: IO[bytes], target: Path | None) -> tuple[str, bytes]:
    """Read a member to its end, into a file if there is one; its SHA-256 and first block."""
    digest, start = hashlib.sha256(), b""
    with source, io.BytesIO() if target is None else target.open("wb") as file:
        while block := source.read(BLOCK):
            start = start or block
            digest.update(block)
            if target is not None:
                file.write(block)
        if target is not None:
            file.flush()
            os.fsync(file.fileno())
    return digest.hexdigest(), start


def _to_the_end(packed: gzip.GzipFile) -> None:
    """Read what follows the last member: only at its end does gzip know that all was right."""
    left = LARGEST
    while block := packed.read(BLOCK):
        left -= len(block)
        if left < 0 or block.strip(b"\0"):
            raise tarfile.ReadError("something follows its end")


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = _nobodys(tarfile.TarInfo(name))
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry that does not tell who made it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry
