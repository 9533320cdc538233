"""How the page and the privileged updater talk: three files, of which each owns some.

The service may write nowhere but to its own folders. It leaves a request in one of them; a
path unit then starts the updater, which is root's. That takes nothing from the request but the
name of an archive and its digest: the archive itself must lie in a folder that is root's, so
that nobody who has taken over the service can have a program of theirs installed. What becomes
of it stands in a third file, which is root's too. Nothing is imported here that a bare Python
lacks.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tarfile
import time
import tomllib
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

INCOMING = Path("/opt/catplotter/incoming")
"""Where the owner puts releases: archives named ``catplotter-0.6.0.tar.gz``."""
REQUEST = Path("/run/catplotter/update-request")
OUTCOME = Path("/opt/catplotter/update.json")
MOST = 20
"""Archives that are looked at."""
LARGEST = 4 << 20
"""Bytes of a member that is read."""
MOST_LINES = 80
"""Lines of the changelog that are told."""
HOLDS_S = 4500.0
"""So long nothing is begun for an update that does not end: the updater was killed."""
HOLDING = frozenset({"waiting", "switching"})
GOING_ON = frozenset({"asked", "building", *HOLDING})
"""Phases of an update that has not ended."""
_NAME = re.compile(r"catplotter-[0-9][\w.+-]{0,40}\.tar\.gz")
_VERSION = re.compile(r"^## (\d+(?:\.\d+)*)", re.MULTILINE)
_UNREADABLE = (OSError, tarfile.TarError, ValueError, KeyError, EOFError, zlib.error)


class RequestError(ValueError):
    """A request, or an archive, that the updater does not take; says why."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A release that may be installed.

    Attributes:
        changes: What its changelog says of the versions after ours, line by line.
        sha256: Of the archive.
    """

    name: str
    version: str
    changes: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far an update is, or what became of it.

    Attributes:
        phase: ``building``, ``waiting`` (for the end of a drawing), ``switching``, ``done``,
            ``failed``.
        why: Why it failed, in a sentence; empty otherwise.
        at: Seconds since 1970.
    """

    phase: str
    version: str
    at: float
    why: str = ""


def offered(folder: Path, ours: str) -> list[Offered]:
    """The releases in a folder that are newer than ours, the newest first."""
    try:
        archives = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except OSError:
        return []
    found = [_look(path, ours) for path in archives[:MOST]]
    newer = [each for each in found if each is not None and key(each.version) > key(ours)]
    return sorted(newer, key=lambda each: key(each.version), reverse=True)


def key(version: str) -> tuple[int, ...]:
    """A version as numbers that can be compared."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def _look(archive: Path, ours: str) -> Offered | None:
    """What an archive holds; None if it is no release."""
    try:
        with archive.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        texts: dict[str, str] = {}
        with tarfile.open(archive, "r:gz") as members:
            for member in members:
                _, _, inside = member.name.partition("/")
                wanted = inside in {"pyproject.toml", "pi_service/CHANGELOG.md"}
                if wanted and member.isreg() and member.size <= LARGEST:
                    read = members.extractfile(member)
                    texts[inside] = "" if read is None else read.read().decode("utf-8")
        project = tomllib.loads(texts["pyproject.toml"])["project"]
        if project["name"] != "catplotter":
            return None
        changes = news(texts.get("pi_service/CHANGELOG.md", ""), ours)
        return Offered(archive.name, str(project["version"]), tuple(changes), digest)
    except _UNREADABLE:
        return None


def news(changelog: str, ours: str) -> list[str]:
    """The entries of a changelog for the versions after ours, each in one line."""
    heads = list(_VERSION.finditer(changelog))
    lines: list[str] = []
    for number, head in enumerate(heads):
        if key(head[1]) <= key(ours):
            continue
        end = heads[number + 1].start() if number + 1 < len(heads) else len(changelog)
        for line in changelog[head.end() : end].splitlines():
            if line.startswith("- "):
                lines.append(line[2:].strip())
            elif line.startswith("  ") and lines:
                lines[-1] += f" {line.strip()}"
    return lines[:MOST_LINES]


def ask(request: Path, name: str | None, sha256: str = "") -> None:
    """Leave a request for the updater; None for the version before. Raises OSError."""
    body = {"back": True} if name is None else {"name": name, "sha256": sha256}
    fresh = request.with_name(f".{request.name}.new")
    fresh.write_text(json.dumps(body))
    fresh.replace(request)


def take(request: Path) -> dict[str, Any]:
    """Read a request once, as the updater does: whoever wrote it is not trusted.

    Returns:
        ``{"back": True}``, or ``name`` and ``sha256``.

    Raises:
        RequestError: It is none.
    """
    try:
        handle = os.open(request, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise RequestError(f"There is no request: {error.strerror}.") from error
    with os.fdopen(handle, "rb") as file:
        regular = stat.S_ISREG(os.fstat(handle).st_mode)
        text = file.read(4096) if regular else b""
    request.unlink(missing_ok=True)
    try:
        said = json.loads(text)
        if said.get("back") is True:
            return {"back": True}
        name, digest = str(said["name"]), str(said["sha256"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RequestError("The request cannot be understood.") from error
    if not _NAME.fullmatch(name):
        raise RequestError("The request names no release.")
    return {"name": name, "sha256": digest}


def trusted(folder: Path, name: str, sha256: str, *, owner: int = 0) -> Path:
    """A release that nobody but root may have put or changed there.

    Raises:
        RequestError: Somebody else may have, or it is another one than was asked for.
    """
    path = folder / name
    for each in (folder, path):
        try:
            found = each.lstat()
        except OSError as error:
            raise RequestError(f"There is no {each}: {error.strerror}.") from error
        kind = stat.S_ISDIR(found.st_mode) if each == folder else stat.S_ISREG(found.st_mode)
        if not kind or found.st_uid != owner or found.st_mode & 0o022:
            raise RequestError(
                f"{each} must be root's, and nobody else may write to it: "
                f"sudo chown root: {each} && sudo chmod go-w {each}"
            )
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise RequestError(f"{path} is not the release that was asked for any more.")
    return path


def tell(outcome: Path, phase: str, version: str, why: str = "") -> None:
    """Note how far an update is, for the page. Raises OSError."""
    fresh = outcome.with_name(f".{outcome.name}.new")
    fresh.write_text(json.dumps(asdict(Outcome(phase, version, time.time(), why))))
    fresh.chmod(0o644)
    fresh.replace(outcome)


def heard(outcome: Path, clock: Callable[[], float] = time.time) -> Outcome | None:
    """How far the last update is; None where there was none. One that hangs has failed."""
    try:
        said = json.loads(outcome.read_text())
        found = Outcome(
            str(said["phase"]), str(said["version"]), float(said["at"]), str(said["why"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if found.phase in GOING_ON and clock() - found.at > HOLDS_S:
        return Outcome("failed", found.version, found.at, "It was broken off.")
    return found
